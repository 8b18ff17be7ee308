"""Many ads at once: each drawn towards its ad set and campaign, which may be best, and what is left to gain.

Ads of one ad set are not shown to people at random: the network picks who sees which (Braun & Schwartz
2024, doi:10.1177/00222429241275886). So whatever is said here is **observational**, and is labelled so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.core.number_text import number
from workbench.experiments.ads_result import AdEstimate, ManyAds, Metric
from workbench.experiments.options import refuse
from workbench.stats.counts import Floats, checked_counts, tail_of
from workbench.stats.laws import Law
from workbench.stats.leaf_models import Kind
from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_journeys import Journeys
from workbench.stats.tree_race import race_in_tree
from workbench.stats.tree_remaining import remaining_in_tree

#: Kind of counts behind each metric: cost per result is results per unit of money, the other way up.
KINDS: dict[Metric, Kind] = {"cpa": "counts", "cvr": "rates", "ctr": "rates"}


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
    journeys = Journeys(quick)
    race = race_in_tree(quick, laws, journeys=journeys)
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
        remaining=remaining_in_tree(quick, laws, race, journeys=journeys),
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
