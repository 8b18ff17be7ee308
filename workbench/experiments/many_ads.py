"""Many ads at once: each drawn towards its ad set and campaign, which may be best, and what is left to gain.

Ads of one ad set are not shown to people at random: the network picks who sees which (Braun & Schwartz
2024, doi:10.1177/00222429241275886). So whatever is said here is **observational**, and is labelled so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.core.number_text import number, percent, probability
from workbench.experiments.options import refuse
from workbench.stats.counts import Floats, checked_counts, tail_of
from workbench.stats.laws import Law
from workbench.stats.leaf_models import Kind
from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_race import race_in_tree
from workbench.stats.tree_remaining import RemainingInTree, remaining_in_tree

if TYPE_CHECKING:
    import pandas as pd

Metric = Literal["cpa", "cvr", "ctr"]
OBSERVATIONAL = "observational"
#: Kind of counts behind each metric: cost per result is results per unit of money, the other way up.
KINDS: dict[Metric, Kind] = {"cpa": "counts", "cvr": "rates", "ctr": "rates"}
WORDS: dict[Metric, str] = {
    "cpa": "cost per result",
    "cvr": "results per click",
    "ctr": "clicks per impression",
}


@dataclass(frozen=True)
class AdEstimate:
    """One ad, ad set or campaign.

    Attributes
    ----------
    name : str
    groups : tuple of str
        What it is in: ad set and campaign for an ad.
    results, size : float
        Results or clicks, and the money, clicks or impressions they came from.
    observed : float or None
        The plain figure; ``None`` for a cost without results.
    estimate : float
        Posterior mean of a rate, posterior median of a cost, in the metric's unit.
    interval : tuple of float
        Equal-tailed, in the metric's unit.
    prob_best : float
        Probability that it is the best of all.
    expected_loss : float
        What choosing it loses on average against the best: rate, or results per unit of money.
    """

    name: str
    groups: tuple[str, ...]
    results: float
    size: float
    observed: float | None
    estimate: float
    interval: tuple[float, float]
    prob_best: float
    expected_loss: float


@dataclass(frozen=True)
class ManyAds:
    """All ads side by side.

    Attributes
    ----------
    metric : {"cpa", "cvr", "ctr"}
    level : float
        Of every interval.
    ads : tuple of AdEstimate
        In the order given.
    remaining : RemainingInTree
        What is left to gain over the ad chosen now; shares are of cost per result, or of the best rate.
    spreads : tuple of float
        How far siblings differ, as standard deviations of log rates: ads in their ad set first, the top last.
    dispersion : float
        Variance of the counts over their mean that was allowed for.
    evidence : str
        Always ``observational``.
    """

    metric: Metric
    level: float
    ads: tuple[AdEstimate, ...]
    remaining: RemainingInTree
    spreads: tuple[float, ...]
    dispersion: float
    evidence: str = OBSERVATIONAL

    @property
    def leader(self) -> AdEstimate:
        """The one with the smallest expected loss."""
        return self.ads[self.remaining.chosen]

    def summary(self) -> str:
        """Say who leads, how surely, and what is left to gain."""
        left, lead = self.remaining, self.leader
        what = (
            "cost per result could still fall" if self.metric == "cpa" else "the rate could still be higher"
        )
        return (
            f"{lead.name} leads {len(self.ads)} by {WORDS[self.metric]}, best of all with a probability of "
            f"{probability(lead.prob_best)}. Staying with it, {what} by {percent(left.relative_expected)} on "
            f"average and with {percent(left.p)} probability by no more than "
            f"{percent(left.relative_quantile)}. Observational: people were not assigned to ads at random."
        )

    def table(self) -> pd.DataFrame:
        """Return one row for each ad, the smallest expected loss first.

        Returns
        -------
        pandas.DataFrame
            Columns ``ad``, ``in``, ``results``, ``size``, ``observed``, ``estimate``, ``low``, ``high``,
            ``prob_best``, ``expected_loss``.
        """
        import pandas as pd

        rows = [
            {
                "ad": ad.name,
                "in": " / ".join(reversed(ad.groups)),
                "results": ad.results,
                "size": ad.size,
                "observed": ad.observed,
                "estimate": ad.estimate,
                "low": ad.interval[0],
                "high": ad.interval[1],
                "prob_best": ad.prob_best,
                "expected_loss": ad.expected_loss,
            }
            for ad in sorted(self.ads, key=lambda ad: ad.expected_loss)
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "metric": self.metric,
            "evidence": self.evidence,
            "level": self.level,
            "ads": [
                {**asdict(ad), "groups": list(ad.groups), "interval": list(ad.interval)} for ad in self.ads
            ],
            "leader": self.leader.name,
            "value_remaining": asdict(self.remaining),
            "spreads": list(self.spreads),
            "dispersion": self.dispersion,
            "summary": self.summary(),
        }


def analyse_ads(
    results: ArrayLike,
    size: ArrayLike,
    *,
    names: Sequence[str],
    groups: Sequence[Sequence[str]] = (),
    metric: Metric = "cpa",
    level: float = 0.95,
    dispersion: float = 1.0,
) -> ManyAds:
    """Estimate many ads together: those with few results are drawn towards their ad set and campaign.

    Parameters
    ----------
    results : array_like, shape (n_ads,)
        Results (``cpa``, ``cvr``) or clicks (``ctr``).
    size : array_like, shape (n_ads,)
        Money spent in currency units, clicks, or impressions; above 0.
    names : sequence of str
        Of the ads.
    groups : sequence of sequence of str
        What each ad is in, the closest first: ad sets, then campaigns. Empty: all are siblings.
    metric : {"cpa", "cvr", "ctr"}
    level : float
        Probability inside every interval.
    dispersion : float
        Variance of a day's count over its mean, at least 1, from :mod:`workbench.stats.dispersion`.

    Raises
    ------
    DataError
        If a field is refused; ``field`` names it.

    See Also
    --------
    workbench.stats.nested_rates : the model and its priors.

    Examples
    --------
    >>> found = analyse_ads([30, 45, 1], [900.0, 900.0, 60.0], names=["a", "b", "c"], groups=[list("xxy")])
    >>> found.leader.name, found.evidence
    ('b', 'observational')
    """
    if metric not in KINDS:
        refuse("metric", repr(metric), "is not known", "Choose cpa, cvr or ctr.")
    tail = tail_of(level)
    y, n = _checked(results, size, names, metric)
    kind = KINDS[metric]
    tree = nested_rates(kind, *checked_counts(y, n, dispersion), parents=tree_places(groups, len(names)))
    laws = [tree.law(k) for k in range(len(names))]
    quick = tree.quick()
    race = race_in_tree(quick, laws)
    return ManyAds(
        metric=metric,
        level=level,
        ads=tuple(
            AdEstimate(
                name=name,
                groups=tuple(str(labels[k]) for labels in groups),
                results=float(y[k]),
                size=float(n[k]),
                observed=_observed(metric, float(y[k]), float(n[k])),
                estimate=1 / laws[k].quantile(0.5) if metric == "cpa" else laws[k].mean,
                interval=_interval(metric, laws[k], tail),
                prob_best=float(race.prob_best[k]),
                expected_loss=float(race.expected_loss[k]),
            )
            for k, name in enumerate(names)
        ),
        remaining=remaining_in_tree(quick, laws, race),
        spreads=tree.spread_medians,
        dispersion=dispersion,
    )


def tree_places(groups: Sequence[Sequence[str]], n_units: int) -> list[list[int]]:
    """Return numbers for the groups of a tree: each unit's parent, each parent's parent, and so on.

    Two groups of one name in two different parents are two groups.

    Examples
    --------
    >>> tree_places([["s", "t", "s"], ["c", "c", "d"]], 3)
    [[0, 1, 2], [0, 0, 1]]
    """
    for labels in groups:
        if len(labels) != n_units:
            refuse("groups", len(labels), f"labels do not fit {n_units} ads", "Give one label for each ad.")
    keys: list[tuple[str, ...]] = [tuple(str(one) for one in path) for path in zip(*groups, strict=True)]
    out: list[list[int]] = []
    while keys and keys[0]:
        known = list(dict.fromkeys(keys))
        place = {key: k for k, key in enumerate(known)}
        out.append([place[key] for key in keys])
        keys = [key[1:] for key in known]
    return out


def _checked(
    results: ArrayLike, size: ArrayLike, names: Sequence[str], metric: Metric
) -> tuple[Floats, Floats]:
    try:
        y, n = np.asarray(results, dtype=np.float64), np.asarray(size, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            "results: something is no number.", next_step="Give one number for each ad.", field="results"
        ) from error
    if len(names) < 2:
        refuse("names", len(names), "ads are no comparison", "A comparison takes two ads or more.")
    for field, values in (("results", y), ("size", n)):
        if values.shape != (len(names),) or not np.isfinite(values).all():
            refuse(field, values.shape, "is not one finite number for each ad", "Leave out what is missing.")
    if KINDS[metric] == "rates" and (y > n).any():
        worst = int((y - n).argmax())
        refuse(
            "results",
            f"{number(y[worst])} of {names[worst]}",
            f"is more than its {number(n[worst])}",
            "A rate's results come out of its clicks or impressions; use cpa where they need not.",
        )
    return y, n


def _observed(metric: Metric, y: float, n: float) -> float | None:
    if metric == "cpa":
        return n / y if y else None
    return y / n


def _interval(metric: Metric, law: Law, tail: float) -> tuple[float, float]:
    low, high = law.quantile(tail), law.quantile(1 - tail)
    return (1 / high, 1 / low) if metric == "cpa" else (low, high)
