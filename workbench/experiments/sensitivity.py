"""Does the verdict hang on the prior? One estimate under a flat, the learned, and a twice as wide one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.core.number_text import percent_change, probability
from workbench.experiments.decision import Verdict
from workbench.stats.counts import tail_of
from workbench.stats.effect_mixture import EffectMixture, flat_posterior

if TYPE_CHECKING:
    import pandas as pd

    from workbench.experiments.learned_prior import LearnedPrior
    from workbench.experiments.result import Uplift

#: A median further than this share of the half-width from the middle of its interval is no normal law's.
_LOPSIDED = 0.25
#: Standard deviations from zero beyond which a probability tells no more where the estimate is.
_CERTAIN = 5.0


@dataclass(frozen=True)
class UnderPrior:
    """One estimate under one prior.

    Attributes
    ----------
    prior : {"flat", "learned", "twice as wide"}
    estimate : float
        Posterior mean of the relative effect.
    interval : tuple of float
        Equal-tailed, at the strip's level.
    prob_better, prob_worse, prob_nothing : float
        They add up to one; ``prob_nothing`` is the local false-discovery rate.
    loss_of_shipping, loss_of_keeping : float
        Expected relative loss of either choice.
    verdict : {"ship", "stop", "wait"}
        "ship" or "stop" exactly where the interval excludes zero.
    """

    prior: str
    estimate: float
    interval: tuple[float, float]
    prob_better: float
    prob_worse: float
    prob_nothing: float
    loss_of_shipping: float
    loss_of_keeping: float
    verdict: Verdict


@dataclass(frozen=True)
class Sensitivity:
    """The strip: three priors, three verdicts.

    Attributes
    ----------
    level : float
    higher_is_better : bool
    under : tuple of UnderPrior
        Flat, learned, twice as wide.
    is_rough : bool
        Whether the estimate came from a lopsided interval, so that a normal law only roughly stands for it.
    """

    level: float
    higher_is_better: bool
    under: tuple[UnderPrior, ...]
    is_rough: bool = False

    @property
    def agrees(self) -> bool:
        """Whether all priors give one verdict."""
        return len({one.verdict for one in self.under}) == 1

    def summary(self) -> str:
        """Say it in a sentence."""
        flat, learned = self.under[0], self.under[1]
        ends = " to ".join(percent_change(end) for end in learned.interval)
        says = (
            f"With the learned prior the change is {percent_change(learned.estimate)}, from {ends}; "
            f"better with a probability of {probability(learned.prob_better)}."
        )
        if self.is_rough:
            says += " Roughly: so few results make a lopsided interval, and a normal law stands for it."
        if self.agrees:
            return f"The verdict is the same under all three priors: {flat.verdict}. {says}"
        each = ", ".join(f"{one.prior}: {one.verdict}" for one in self.under)
        return f"The verdict hangs on the prior ({each}). {says}"

    def table(self) -> pd.DataFrame:
        """Return one row for each prior."""
        import pandas as pd

        return pd.DataFrame([_row(one) for one in self.under])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "level": self.level,
            "higher_is_better": self.higher_is_better,
            "agrees": self.agrees,
            "is_rough": self.is_rough,
            "under": [_row(one) for one in self.under],
            "summary": self.summary(),
        }


def sensitivity(
    estimate: float,
    deviation: float,
    learned: LearnedPrior,
    *,
    level: float = 0.95,
    higher_is_better: bool = True,
    is_rough: bool = False,
    is_log: bool = False,
) -> Sensitivity:
    """Read one relative effect under three priors.

    Parameters
    ----------
    estimate, deviation : float
        Relative effect and its standard error, above 0.
    learned : LearnedPrior
        From past tests; the third prior is the same, its normal laws twice as wide.
    level : float
        Of the intervals.
    higher_is_better : bool
        False for costs, complaints, unsubscribes.
    is_rough : bool
        Whether a normal law only roughly stands for the estimate, as :func:`effect_of` says.
    is_log : bool
        Whether the estimate is a log ratio; estimate and interval are then given as relative changes.

    Raises
    ------
    DataError
        If the estimate is not finite, the deviation not above zero, or the level none.
    """
    tail_of(level)
    posteriors = {
        "flat": flat_posterior(estimate, deviation),
        "learned": learned.seen(estimate, deviation),
        "twice as wide": learned.prior.widened(2).seen(estimate, deviation),
    }
    under = tuple(
        _under(name, posterior, level=level, higher_is_better=higher_is_better, is_log=is_log)
        for name, posterior in posteriors.items()
    )
    return Sensitivity(level, higher_is_better, under, is_rough)


def effect_of(uplift: Uplift) -> tuple[float, float, bool]:
    """Return an analysis' relative effect, its standard error, and whether a normal law is rough for it.

    On the scale of log ratios, on which small changes are what they are and large ones are nearly normal: the
    law with the same width of the interval and the same probability of being above zero, so that under a flat
    prior it is better exactly where the analysis says so. Where that probability is all but certain, the
    centre of the interval instead. Means that may change their sign stay on the plain scale.

    Raises
    ------
    DataError
        If the analysis has no relative effect.
    """
    from scipy.special import ndtri

    change = uplift.relative
    if change is None:
        raise DataError(
            f"uplift: {uplift.arm} has no relative effect, because the control's interval holds zero.",
            next_step="Compare the absolute effects.",
            field="uplift",
            value=uplift.arm,
        )
    low, middle, high = change.low, change.median, change.high
    if low > -1:
        low, middle, high = math.log1p(low), math.log1p(middle), math.log1p(high)
    centre, half = (low + high) / 2, (high - low) / 2
    deviation = half / -float(ndtri(tail_of(change.level)))
    z = float(ndtri(change.prob_above))
    estimate = deviation * z if abs(z) < _CERTAIN else centre
    return estimate, deviation, bool(abs(middle - centre) > _LOPSIDED * half)


def _under(
    name: str, after: EffectMixture, *, level: float, higher_is_better: bool, is_log: bool
) -> UnderPrior:
    low, high = after.interval(level)
    estimate = after.mean
    if is_log:
        low, high, estimate = math.expm1(low), math.expm1(high), math.expm1(estimate)
    gain, loss = after.mean_above, after.mean_below
    is_better, is_worse = (low > 0, high < 0) if higher_is_better else (high < 0, low > 0)
    above, below = after.prob_above, after.prob_below
    return UnderPrior(
        prior=name,
        estimate=estimate,
        interval=(low, high),
        prob_better=above if higher_is_better else below,
        prob_worse=below if higher_is_better else above,
        prob_nothing=after.spike,
        loss_of_shipping=loss if higher_is_better else gain,
        loss_of_keeping=gain if higher_is_better else loss,
        verdict="ship" if is_better else "stop" if is_worse else "wait",
    )


def _row(one: UnderPrior) -> dict[str, Any]:
    low, high = one.interval
    return {
        "prior": one.prior,
        "estimate": one.estimate,
        "low": low,
        "high": high,
        "prob_better": one.prob_better,
        "prob_worse": one.prob_worse,
        "prob_nothing": one.prob_nothing,
        "loss_of_shipping": one.loss_of_shipping,
        "loss_of_keeping": one.loss_of_keeping,
        "verdict": one.verdict,
    }
