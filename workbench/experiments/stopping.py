"""May I stop? Three badges on a figure, each with the condition under which it may be believed.

- **Fixed horizon**: the usual interval. Its error rate holds for *one* reading, planned before the start.
- **Prior-calibrated**: the posterior under what past tests say of effects. Its chances come true however
  often it is read, if effects do come from that prior.
- **Anytime-valid**: an interval that holds at all times at once, so that reading it daily costs nothing but
  width. Asymptotic for any metric; exact for conversions and for cost per result.

"Says better" is never a test of its own: it is that the badge's interval lies on the better side of zero.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.number_text import number, percent, percent_change
from workbench.experiments.options import refuse
from workbench.experiments.result import Uplift
from workbench.stats.confidence_sequence import PLANNED_UNITS, sequence_radius
from workbench.stats.counts import Floats, tail_of
from workbench.stats.effect_mixture import EffectMixture, normal_prior

if TYPE_CHECKING:
    import pandas as pd

BadgeName = Literal["fixed horizon", "prior-calibrated", "anytime-valid"]

#: Used, and said, where no past tests are known: most changes of a page or an ad move less than a tenth.
DEFAULT_PRIOR = normal_prior(0.1)
#: Below so many units an arm the asymptotic interval misses more often than it says.
ASYMPTOTIC_FROM = 1_000


@dataclass(frozen=True)
class Badge:
    """One reading of an effect, and when it may be believed.

    Attributes
    ----------
    name : {"fixed horizon", "prior-calibrated", "anytime-valid"}
    method : str
        How the interval is made.
    low, high : float
        Its ends; infinite where the data do not bound the effect.
    level : float
    higher_is_better : bool
    valid_when : str
        In words.
    """

    name: BadgeName
    method: str
    low: float
    high: float
    level: float
    higher_is_better: bool
    valid_when: str

    @property
    def says_better(self) -> bool:
        """Whether the interval lies wholly on the better side of zero."""
        return self.low > 0 if self.higher_is_better else self.high < 0

    @property
    def says_worse(self) -> bool:
        """Whether the interval lies wholly on the worse side of zero."""
        return self.high < 0 if self.higher_is_better else self.low > 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; an end that is not bounded is missing."""
        ends = [end if math.isfinite(end) else None for end in (self.low, self.high)]
        rest = {key: value for key, value in asdict(self).items() if key not in ("low", "high")}
        return {**rest, "interval": ends, "says_better": self.says_better, "says_worse": self.says_worse}


@dataclass(frozen=True)
class Badges:
    """The three badges of one figure.

    Attributes
    ----------
    estimate : float
    fixed_horizon, prior_calibrated, anytime_valid : Badge
    """

    estimate: float
    fixed_horizon: Badge
    prior_calibrated: Badge
    anytime_valid: Badge

    @property
    def all(self) -> tuple[Badge, Badge, Badge]:
        """The badges, the one that demands least of the reader last."""
        return self.fixed_horizon, self.prior_calibrated, self.anytime_valid

    def table(self) -> pd.DataFrame:
        """Return one row for each badge."""
        import pandas as pd

        rows = [
            {**asdict(one), "says_better": one.says_better, "says_worse": one.says_worse} for one in self.all
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return what each badge says, in words."""
        return " ".join(f"{one.name.capitalize()}: {_says(one)}; {one.valid_when}." for one in self.all)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {"estimate": self.estimate, "badges": [one.to_dict() for one in self.all]}


def badges(
    estimate: float,
    deviation: float,
    n_per_arm: ArrayLike,
    *,
    prior: EffectMixture | None = None,
    planned_n: float = PLANNED_UNITS,
    level: float = 0.95,
    higher_is_better: bool = True,
) -> Badges:
    """Give an effect its three badges.

    Parameters
    ----------
    estimate : float
        Relative change (or any effect with a nearly normal estimate).
    deviation : float
        Its standard error, above 0.
    n_per_arm : array_like, shape (2,) or ()
        Units of each arm.
    prior : EffectMixture, optional
        Of such effects, best learned from past tests; default N(0, .1²), and said to be a default.
    planned_n : float
        Units of both arms when the test was planned to end, where the anytime-valid interval is narrowest.
    level : float
        Probability inside each interval.
    higher_is_better : bool

    Raises
    ------
    DataError
        If the estimate, its deviation or the units cannot be used.

    Examples
    --------
    >>> got = badges(0.05, 0.02, 10_000, planned_n=20_000)
    >>> [one.says_better for one in got.all]
    [True, True, False]
    """
    from scipy.special import ndtri

    units = _total_units(n_per_arm)
    if not (math.isfinite(estimate) and math.isfinite(deviation) and deviation > 0):
        refuse(
            "deviation",
            f"{deviation!r} of an estimate of {estimate!r}",
            "is no standard error",
            "Give a finite estimate and a standard error above 0.",
        )
    reach = -float(ndtri(tail_of(level))) * deviation
    radius = float(sequence_radius(deviation, units, alpha=1 - level, planned_n=planned_n))
    reading = _Reading(level, higher_is_better)
    return Badges(
        estimate=estimate,
        fixed_horizon=_fixed(estimate - reach, estimate + reach, reading),
        prior_calibrated=_calibrated((prior or DEFAULT_PRIOR).seen(estimate, deviation), prior, reading),
        anytime_valid=_asymptotic((estimate - radius, estimate + radius), units, reading),
    )


def badges_of(
    uplift: Uplift,
    n_per_arm: ArrayLike,
    *,
    prior: EffectMixture | None = None,
    planned_n: float = PLANNED_UNITS,
    higher_is_better: bool = True,
) -> Badges:
    """Give a comparison of an analysis its three badges.

    The first is the analysis' own exact interval. The others take the width of that interval as normal: on
    the scale of the logarithm for a relative change, where that is nearly so.

    Parameters
    ----------
    uplift : Uplift
        From an analysis; the relative change is used where there is one, the absolute one elsewhere.
    n_per_arm : array_like, shape (2,)
        Units of the two arms.
    prior, planned_n, higher_is_better
        As for :func:`badges`.

    Examples
    --------
    >>> from workbench.experiments.rates import analyse_rates
    >>> result = analyse_rates([400, 480], [10_000, 10_000])
    >>> [one.says_better for one in badges_of(result.uplift[0], [10_000, 10_000]).all]
    [True, True, False]
    """
    from scipy.special import ndtri

    change = uplift.relative or uplift.absolute
    on_log = uplift.relative is not None and change.low > -1 and math.isfinite(change.high)
    low, high = (math.log1p(end) if on_log else end for end in (change.low, change.high))
    deviation = (high - low) / (-2 * float(ndtri(tail_of(change.level))))
    got = badges(
        (low + high) / 2,
        deviation,
        n_per_arm,
        prior=prior,
        planned_n=planned_n,
        level=change.level,
        higher_is_better=higher_is_better,
    )
    back = math.expm1 if on_log else float
    calibrated, anytime = (replace(one, low=back(one.low), high=back(one.high)) for one in got.all[1:])
    return Badges(
        change.estimate,
        _fixed(change.low, change.high, _Reading(change.level, higher_is_better)),
        calibrated,
        anytime,
    )


def _total_units(n_per_arm: ArrayLike) -> float:
    units: Floats = np.asarray(n_per_arm, dtype=np.float64)
    if units.ndim > 1 or units.size > 2 or not (np.isfinite(units) & (units > 0)).all():
        refuse(
            "n_per_arm", n_per_arm, "is not the units of two arms", "Give both, or one number for each arm."
        )
    return float(units.sum() if units.size == 2 else 2 * units.sum())


@dataclass(frozen=True)
class _Reading:
    level: float
    higher_is_better: bool


def _fixed(low: float, high: float, reading: _Reading) -> Badge:
    return Badge(
        name="fixed horizon",
        method="one planned reading",
        low=low,
        high=high,
        **asdict(reading),
        valid_when="valid only if read once, at the size planned before the start",
    )


def _calibrated(after: EffectMixture, prior: EffectMixture | None, reading: _Reading) -> Badge:
    low, high = after.interval(reading.level)
    source = "" if prior is not None else " (a default, not learned from past tests)"
    return Badge(
        name="prior-calibrated",
        method=f"posterior under {_in_words(prior or DEFAULT_PRIOR)}",
        low=low,
        high=high,
        **asdict(reading),
        valid_when=f"valid at any time if effects come from that prior{source}",
    )


def _asymptotic(ends: tuple[float, float], units: float, reading: _Reading) -> Badge:
    few = "" if units >= 2 * ASYMPTOTIC_FROM else f"; not yet, with {number(units, digits=12)} in all"
    return Badge(
        name="anytime-valid",
        method="asymptotic confidence sequence",
        low=ends[0],
        high=ends[1],
        **asdict(reading),
        valid_when=f"valid at any time from about {number(ASYMPTOTIC_FROM)} units an arm on{few}",
    )


def _in_words(prior: EffectMixture) -> str:
    text = f"effects of ±{percent(prior.deviation, digits=2)} or so"
    return f"{text}, none at all with {percent(prior.spike, digits=2)}" if prior.spike else text


def _says(one: Badge) -> str:
    ends = ", ".join(
        percent_change(end) if math.isfinite(end) else "unbounded" for end in (one.low, one.high)
    )
    verdict = "better" if one.says_better else "worse" if one.says_worse else "not decided"
    return f"{verdict}, {percent(one.level)} interval [{ends}]"
