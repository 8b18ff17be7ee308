"""Many comparisons at once, over metrics and arms: which are something, by local false-discovery rate.

Under a spike and slab every comparison has a probability that there is nothing behind it. Named are those
whose rates average to at most the stated share of false discoveries: the largest such set (Müller et al.
2004, doi:10.1198/016214504000001646). Nothing is corrected afterwards: the prior, learned from the history
or stated, already expects most comparisons to be nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.core.number_text import percent
from workbench.experiments.options import refuse
from workbench.stats.effect_mixture import EffectMixture, checked_effects, spike_and_slab

if TYPE_CHECKING:
    import pandas as pd

    from workbench.experiments.learned_prior import LearnedPrior

#: Standard deviation of relative effects that are something, where nobody states or learned one.
DEFAULT_SLAB = 0.05


@dataclass(frozen=True)
class Comparison:
    """One metric of one arm among many.

    Attributes
    ----------
    name : str
    effect, deviation : float
        Relative effect as estimated, and its standard error.
    estimate : float
        Posterior mean.
    interval : tuple of float
        Equal-tailed, at the screen's level.
    prob_above, prob_below : float
        Probability that the effect is above, and below, zero.
    local_fdr : float
        Probability that there is no effect; the three add up to one.
    is_named : bool
        Whether it is among those called something.
    """

    name: str
    effect: float
    deviation: float
    estimate: float
    interval: tuple[float, float]
    prob_above: float
    prob_below: float
    local_fdr: float
    is_named: bool


@dataclass(frozen=True)
class ManyTests:
    """All comparisons, and how many of the named ones are expected to be nothing.

    Attributes
    ----------
    comparisons : tuple of Comparison
        In the order given.
    false_share : float
        Largest expected share of false discoveries among the named.
    level : float
        Of the intervals.
    basis : str
        Where the prior comes from, in words.
    is_learned : bool
    """

    comparisons: tuple[Comparison, ...]
    false_share: float
    level: float
    basis: str
    is_learned: bool

    @property
    def named(self) -> tuple[Comparison, ...]:
        """Those that are called something."""
        return tuple(one for one in self.comparisons if one.is_named)

    @property
    def expected_false(self) -> float:
        """How many of the named are expected to be nothing."""
        return float(sum(one.local_fdr for one in self.named))

    def summary(self) -> str:
        """Say it in a sentence."""
        n, named = len(self.comparisons), self.named
        if not named:
            return f"None of {n} comparisons is called something. {self.basis}"
        names = ", ".join(one.name for one in named)
        share = percent(self.expected_false / len(named), digits=2)
        return (
            f"Called something: {len(named)} of {n} comparisons, {names}; "
            f"{share} of them are expected to be nothing. {self.basis}"
        )

    def table(self) -> pd.DataFrame:
        """Return one row for each comparison."""
        import pandas as pd

        return pd.DataFrame([_row(one) for one in self.comparisons])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "false_share": self.false_share,
            "level": self.level,
            "basis": self.basis,
            "is_learned": self.is_learned,
            "expected_false": self.expected_false,
            "comparisons": [_row(one) for one in self.comparisons],
            "summary": self.summary(),
        }


def screen(
    effects: ArrayLike,
    deviations: ArrayLike,
    *,
    prior: LearnedPrior | Sequence[LearnedPrior] | None = None,
    spike_weight: float | None = None,
    slab_deviation: float = DEFAULT_SLAB,
    names: Sequence[str] = (),
    false_share: float = 0.05,
    level: float = 0.95,
) -> ManyTests:
    """Say which of many comparisons are something.

    Parameters
    ----------
    effects, deviations : array_like, shape (n,)
        Relative effects and their standard errors.
    prior : LearnedPrior or one for each comparison, optional
        Learned from past tests of the metric.
    spike_weight, slab_deviation : float
        What to expect where there is no history: the share of comparisons that are nothing, in (0, 1), and
        the spread of the others.
    names : sequence of str
        One for each; default numbers.
    false_share : float
        Largest expected share of false discoveries among the named, in (0, 1).
    level : float
        Of the intervals.

    Raises
    ------
    DataError
        If there is neither a learned prior nor a spike weight, or a field cannot be used; ``field`` names it.

    Examples
    --------
    >>> found = screen([0.03, 0.002, -0.001], [0.004] * 3, spike_weight=0.8, names=("a", "b", "c"))
    >>> [one.name for one in found.named], round(found.comparisons[1].local_fdr, 3)
    (['a'], 0.978)
    """
    e, d = checked_effects(effects, deviations)
    if not 0 < false_share < 1:
        refuse("false_share", false_share, "is no share", "Give one above 0 and below 1, such as 0.05.")
    labels = tuple(names) or tuple(str(k + 1) for k in range(e.size))
    if len(labels) != e.size:
        refuse("names", ",".join(labels), f"does not name {e.size} comparisons", "Give one name for each.")
    priors, basis = _priors(prior, e.size, spike_weight, slab_deviation)
    after = [law.seen(*one) for law, *one in zip(priors, e.tolist(), d.tolist(), strict=True)]
    rates = np.array([law.spike for law in after])
    is_named = _largest_set(rates, false_share)
    return ManyTests(
        comparisons=tuple(
            Comparison(
                name=labels[k],
                effect=float(e[k]),
                deviation=float(d[k]),
                estimate=law.mean,
                interval=law.interval(level),
                prob_above=law.prob_above,
                prob_below=law.prob_below,
                local_fdr=law.spike,
                is_named=bool(is_named[k]),
            )
            for k, law in enumerate(after)
        ),
        false_share=false_share,
        level=level,
        basis=basis,
        is_learned=prior is not None,
    )


def _priors(
    prior: LearnedPrior | Sequence[LearnedPrior] | None,
    n: int,
    spike_weight: float | None,
    slab_deviation: float,
) -> tuple[list[EffectMixture], str]:
    if prior is not None:
        each = list(prior) if isinstance(prior, Sequence) else [prior] * n
        if len(each) != n:
            refuse("prior", len(each), f"priors do not fit {n} comparisons", "Give one, or one for each.")
        seen = sorted({one.n_effects for one in each})
        size = f"{seen[0]}" if len(seen) == 1 else f"{seen[0]} to {seen[-1]}"
        return [one.spike_slab.predictive for one in each], f"The prior was learned from {size} past effects."
    if spike_weight is None:
        raise DataError(
            "spike_weight: None is missing, and there is no history to learn it from.",
            next_step="Give the share of comparisons that you expect to be nothing, such as 0.8.",
            field="spike_weight",
        )
    if not 0 < spike_weight < 1:
        refuse("spike_weight", spike_weight, "is no share", "Give one above 0 and below 1, such as 0.8.")
    if not (np.isfinite(slab_deviation) and slab_deviation > 0):
        refuse("slab_deviation", slab_deviation, "is not above zero", "Give a spread such as 0.05.")
    basis = (
        "There is not enough history: the prior was stated and not learned "
        f"({percent(spike_weight)} nothing, the others spread by {percent(slab_deviation)})."
    )
    return [spike_and_slab(spike_weight, slab_deviation)] * n, basis


def _largest_set(rates: np.ndarray, false_share: float) -> np.ndarray:
    """Mark the most comparisons whose rates average to at most the share: the smallest rates first."""
    order = np.argsort(rates, kind="stable")
    running = np.cumsum(rates[order]) / np.arange(1, rates.size + 1)
    n_named = int((running <= false_share).sum())
    marked = np.zeros(rates.size, dtype=bool)
    marked[order[:n_named]] = True
    return marked


def _row(one: Comparison) -> dict[str, Any]:
    low, high = one.interval
    return {
        "name": one.name,
        "effect": one.effect,
        "deviation": one.deviation,
        "estimate": one.estimate,
        "low": low,
        "high": high,
        "prob_above": one.prob_above,
        "prob_below": one.prob_below,
        "local_fdr": one.local_fdr,
        "is_named": one.is_named,
    }
