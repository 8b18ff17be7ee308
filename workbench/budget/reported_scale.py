"""Reported results made to add up to what a channel brought, draw by draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.budget.estimate import estimate
from workbench.budget.fit import ChannelResult, MixFit
from workbench.stats.counts import Floats

_SCALED = ("amplitude", "contribution", "marginal", "worths")


def scaled_to(fit: MixFit, total: Floats) -> MixFit:
    """Scale all items of a fit, draw by draw, so that they add up to ``total``.

    The split among the items and the shapes of their curves stay those that were fitted; what a network
    claims beyond, or short of, what the channel brought is taken from, or given to, all items alike.

    Parameters
    ----------
    fit : MixFit
    total : ndarray, shape (n,)
        Draws of what the items' channel brought over the same periods, of any number, above 0. They are
        independent of the fit's draws, and paired with them at random.
    """
    rng = np.random.default_rng([fit.seed, len(total)])
    n = fit.draws.n_draws
    paired = np.resize(rng.permutation(total), n) if len(total) < n else rng.permutation(total)[:n]
    factor = (paired / fit.draws.contribution.sum(axis=1))[:, None]
    draws = replace(fit.draws, **{name: getattr(fit.draws, name) * factor for name in _SCALED})
    channels = tuple(_scaled(fit, one, factor[:, 0], c) for c, one in enumerate(fit.channels))
    return replace(fit, draws=draws, channels=channels)


def _scaled(fit: MixFit, one: ChannelResult, factor: Floats, c: int) -> ChannelResult:
    level = fit.model.spec.level
    brought = fit.draws.contribution[:, c] * factor
    return replace(
        one,
        contribution=estimate(brought, level),
        share=estimate(brought / fit.model.data.outcome[: fit.model.n_used].sum(), level),
        roas=estimate(brought / one.spend, level),
        marginal_roas=estimate(fit.draws.marginal[:, c] * factor, level),
        cost_per_result=estimate(one.spend / np.maximum(brought, 1e-300), level, by_median=True),
    )
