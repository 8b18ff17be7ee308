"""What past tests say: their relative effects, and how often one that is watched crosses a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import NotEnoughData, SchemaError
from workbench.core.number_text import percent
from workbench.stats.counts import Floats
from workbench.stats.effect_mixture import EffectMixture

if TYPE_CHECKING:
    import pandas as pd

#: Columns of a table of looks: one row for each look at one arm and metric of a test.
KEY = ("experiment_id", "variant_id", "metric_id")
_ARMS = ("count_c", "count_t", "mean_c", "mean_t", "variance_c", "variance_t")


def relative_effects(looks: pd.DataFrame) -> pd.DataFrame:
    """Give every look the relative effect seen and its standard error, by the delta method.

    Looks without a variance, or at a control whose mean is zero, say nothing and are left out.

    Parameters
    ----------
    looks : pandas.DataFrame
        ``experiment_id``, ``variant_id``, ``metric_id``, ``time_since_start``, and for control and treatment
        ``count_c``, ``mean_c``, ``variance_c`` (of single values), ``count_t``, ``mean_t``, ``variance_t``.

    Returns
    -------
    pandas.DataFrame
        The usable rows in order of time, with ``effect`` and ``deviation`` (relative to the control).

    Raises
    ------
    SchemaError
        If a column is missing.
    """
    missing = [name for name in (*KEY, "time_since_start", *_ARMS) if name not in looks]
    if missing:
        raise SchemaError(
            f"The table of looks has no column {missing[0]!r}.",
            next_step=f"It needs {', '.join((*KEY, 'time_since_start', *_ARMS))}.",
            field=missing[0],
        )
    some = looks[
        (looks["count_c"] > 0)
        & (looks["count_t"] > 0)
        & (looks["variance_c"] > 0)
        & (looks["variance_t"] > 0)
        & (looks["mean_c"] != 0)
    ].sort_values("time_since_start", kind="stable")
    control, other = some["mean_c"], some["mean_t"]
    variance = some["variance_t"] / some["count_t"] / control**2
    variance += some["variance_c"] / some["count_c"] * other**2 / control**4
    effect = (other - control) / control.abs()
    return some.assign(effect=effect, deviation=np.sqrt(variance))


def last_looks(looks: pd.DataFrame) -> pd.DataFrame:
    """Return the last usable look of every experiment, arm and metric."""
    return relative_effects(looks).groupby(list(KEY), sort=True).tail(1)


@dataclass(frozen=True)
class Crossings:
    """How many series were ever called better or worse, and how many are at their last look.

    Attributes
    ----------
    n_series : int
        Experiments × arms × metrics.
    n_looks : int
    n_ever, n_at_end : int
        Series that were across at some look, and at the last one.
    threshold : float
        Probability of being better (or worse) above which a look is across.
    """

    n_series: int
    n_looks: int
    n_ever: int
    n_at_end: int
    threshold: float

    @property
    def ever_share(self) -> float:
        """Share of series that were across at some look."""
        return self.n_ever / self.n_series

    @property
    def at_end_share(self) -> float:
        """Share of series that are across at their last look."""
        return self.n_at_end / self.n_series

    def summary(self) -> str:
        """Say it in a sentence."""
        return (
            f"Of {self.n_series} series, {percent(self.ever_share)} ever crossed {percent(self.threshold)} "
            f"either way and {percent(self.at_end_share)} were across at the end."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "ever_share": self.ever_share, "at_end_share": self.at_end_share}


def crossings(
    looks: pd.DataFrame,
    prior_of: Callable[[Any], EffectMixture] | None = None,
    *,
    threshold: float = 0.95,
) -> Crossings:
    """Count the series that a reader of every look would have called.

    Parameters
    ----------
    looks : pandas.DataFrame
        As for :func:`relative_effects`.
    prior_of : callable, optional
        Gives the prior of relative effects of a ``metric_id``; default the flat one.
    threshold : float
        A look is across when the effect is above zero, or below it, with a higher probability.

    Raises
    ------
    NotEnoughData
        If no look can be used.
    """
    usable = relative_effects(looks)
    if not len(usable):
        raise NotEnoughData("No look has a variance.", next_step="Check the columns variance_c, variance_t.")
    is_across = np.zeros(len(usable), dtype=bool)
    metrics = usable["metric_id"].to_numpy()
    effects, deviations = usable["effect"].to_numpy(), usable["deviation"].to_numpy()
    for metric in usable["metric_id"].unique():
        mine = metrics == metric
        prior = prior_of(metric) if prior_of else None
        above, below = probabilities(prior, effects[mine], deviations[mine])
        is_across[mine] = (above > threshold) | (below > threshold)
    series = usable.assign(is_across=is_across).groupby(list(KEY))["is_across"]
    ever, end = series.any(), series.last()
    return Crossings(len(ever), len(usable), int(ever.sum()), int(end.sum()), threshold)


def probabilities(prior: EffectMixture | None, effects: Floats, deviations: Floats) -> tuple[Floats, Floats]:
    """Return the probabilities that each effect is above and below zero, for very many estimates at once.

    Parameters
    ----------
    prior : EffectMixture or None
        ``None`` for the flat one.
    effects, deviations : ndarray, shape (n,)
    """
    from scipy.special import ndtr

    if prior is None:
        return ndtr(effects / deviations), ndtr(-effects / deviations)
    return prior.signs(effects, deviations)
