"""How much a period tells where results drift: neighbours that are alike tell less than independent ones.

Ads wear out and are renewed, rivals come and go: an item's results per currency unit wander for weeks, and
the negative-binomial law takes periods for independent. A sum of ``n`` figures with autocorrelations ``r_k``
tells what ``n / (1 + 2 Σ r_k)`` independent ones would; each period's log density is given that share as its
weight (a composite likelihood adjusted in magnitude: Ribatet, Cooley & Davison 2012,
doi:10.5705/ss.2009.248). Slow drift is partly taken for rate, curve or season, so that the weight makes
intervals more honest, not exact: decision 19 has the figures.
"""

from __future__ import annotations

import numpy as np

from workbench.budget.contributions import PosteriorDraws
from workbench.budget.reported import ReportedMixModel
from workbench.stats.counts import Floats

#: Standard errors by which the first autocorrelation has to exceed zero: by chance one fit in a hundred.
_NOTABLE = 2.33
#: The same for a model of drift to be tried, which finds out by itself how much there is: about one in twenty
#: by chance, since residuals of a fit are a little less alike than independent ones.
_POSSIBLE = 0.7
_N_DRAWS = 200
_N_CORRECTIONS = 4


def period_weight(model: ReportedMixModel, draws: PosteriorDraws) -> float:
    """Return the share of an independent period's information that a period has, in (0, 1].

    Parameters
    ----------
    model : ReportedMixModel
    draws : PosteriorDraws
        Of a fit that took periods for independent.

    Returns
    -------
    float
        ``1 / (1 + 2 Σ r_k)``, of the items' autocorrelations together, as long as they are above zero; 1
        where the first one is within chance.
    """
    residuals = _residuals(model, draws)
    r, n_first = _autocorrelations(residuals)
    if not len(r) or r[0] * n_first**0.5 < _NOTABLE:
        return 1.0
    inflation, n = 1.0, float(np.mean([len(one) for one in residuals]))
    for _ in range(_N_CORRECTIONS):
        # About a mean that was estimated too, each is by inflation / n too low.
        above = r + inflation / n
        last = len(r) if (above > 0).all() else int(np.argmax(above <= 0))
        inflation = 1 + 2 * float(above[:last].sum())
    return 1 / inflation


def may_drift(model: ReportedMixModel, draws: PosteriorDraws) -> bool:
    """Say whether neighbouring periods are so alike that rates may wander."""
    r, n_first = _autocorrelations(_residuals(model, draws))
    return bool(len(r)) and float(r[0] * n_first**0.5) > _POSSIBLE


def _autocorrelations(residuals: list[Floats]) -> tuple[Floats, int]:
    """Return those of all items together, up to an eighth of the periods, and the number of neighbours."""
    variance = sum(float((one**2).sum()) for one in residuals) / sum(len(one) for one in residuals)
    longest = min(len(one) for one in residuals) // 8
    out, n_first = np.zeros(longest), 0
    for lag in range(1, longest + 1):
        products = np.concatenate([one[lag:] * one[:-lag] for one in residuals])
        out[lag - 1] = products.mean() / variance
        n_first = n_first or len(products)
    return out, n_first


def _residuals(model: ReportedMixModel, draws: PosteriorDraws) -> list[Floats]:
    """Return each item's Pearson residuals at the mean of the draws, its own mean taken away.

    Periods that no spend reaches are left out; what comes after a pause counts as what comes next.
    """
    some = slice(None, None, max(1, draws.n_draws // _N_DRAWS))
    exposure, rates = model.exposure(draws.scores[some]), draws.worths[some]
    expected = (exposure * rates[:, :, None]).mean(axis=0)
    extra = float((draws.noise[some] ** 2).mean())
    out = []
    for mean, seen in zip(expected, model.totals.counts, strict=True):
        at = mean > 0
        residual = (seen[at] - mean[at]) / np.sqrt(mean[at] + extra * mean[at] ** 2)
        out.append(residual - residual.mean())
    return out
