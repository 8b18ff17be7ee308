"""What kind of media mix model is meant: curves, baseline, priors and lift tests, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workbench.budget.data import MixData
from workbench.budget.priors import DEFAULT_PRIORS, Prior, WorthPrior, refused
from workbench.budget.transforms import (
    ADSTOCK_PARAMETERS,
    ADSTOCKS,
    SATURATION_PARAMETERS,
    SATURATIONS,
    Adstock,
    Saturation,
)
from workbench.stats.counts import tail_of

_LAGS = {1: 28, 7: 8}
#: Prior standard deviation of all channels' share together, if nothing else is said.
_SHARE_SD = 0.5
_CURVE_POOLING, _MOST_OWN_CURVES = 0.5, 12


@dataclass(frozen=True)
class MixSpec:
    """How the outcome is to be explained.

    Attributes
    ----------
    adstock : {"geometric", "delayed", "none"}
    saturation : {"logistic", "tanh", "michaelis_menten", "hill"}
    n_lags : int or None
        Periods over which an effect is spread; by default 8 weeks or 28 days.
    trend : bool
        Whether the baseline may rise or fall.
    n_bends : int or None
        How often the trend's slope may change, evenly spaced; by default once for each full year of data.
    n_fourier : int
        Pairs of sine and cosine for the year's season.
    n_weekday : int
        The same for the days of the week; daily data only.
    priors : mapping of str to Prior
        For ``retention``, ``delay``, ``rate``, ``half_saturation``, ``slope``, ``noise`` (a share of the mean
        outcome), where the defaults do not suit.
    worth : mapping of str to WorthPrior
        For channels whose ROAS or share of the outcome is known; by default a share is half-normal with a
        standard deviation of ``0.5 / √n_channels``.
    groups : mapping of str to str
        What each item belongs to: its campaign or network. Curves and effects of a group's items are pooled;
        empty for channels, each on its own.
    curve_pooling : float or None
        Share of the prior variance of an item's curve that is its group's: 1 gives a group one curve. By
        default a half, and 1 where there are more than 12 items, whose own curves a few months do not tell.
    outcome_scale : float or None
        Unit of the baseline's and the noise's priors; by default the mean absolute outcome.
    level : float
        Probability inside every interval.
    """

    adstock: Adstock = "geometric"
    saturation: Saturation = "logistic"
    n_lags: int | None = None
    trend: bool = True
    n_bends: int | None = None
    n_fourier: int = 2
    n_weekday: int = 3
    priors: Mapping[str, Prior] = field(default_factory=dict)
    worth: Mapping[str, WorthPrior] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    curve_pooling: float | None = None
    outcome_scale: float | None = None
    level: float = 0.9

    def __post_init__(self) -> None:
        tail_of(self.level)
        if self.adstock not in ADSTOCKS:
            raise refused("adstock", self.adstock, "is unknown", f"Use {', '.join(ADSTOCKS)}.")
        if self.saturation not in SATURATIONS:
            raise refused("saturation", self.saturation, "is unknown", f"Use {', '.join(SATURATIONS)}.")
        if self.n_lags is not None and not 1 <= self.n_lags <= 366:
            raise refused("n_lags", self.n_lags, "is no number of periods", "Give 1 to 366.")
        counts = {"n_fourier": self.n_fourier, "n_weekday": self.n_weekday, "n_bends": self.n_bends or 0}
        for name, value in counts.items():
            if not 0 <= value <= 10:
                raise refused(name, value, "is no number of waves or bends", "Give 0 to 10.")
        if self.n_weekday > 3:
            raise refused("n_weekday", self.n_weekday, "is more than seven days hold", "Give 0 to 3.")
        for name in self.priors:
            if name not in DEFAULT_PRIORS:
                raise refused("priors", name, "is no parameter", f"Use {', '.join(DEFAULT_PRIORS)}.")
        if self.groups and self.worth:
            raise refused(
                "worth", ", ".join(self.worth), "is given, but effects are pooled", "Leave one out."
            )
        if self.curve_pooling is not None and not 0 <= self.curve_pooling <= 1:
            raise refused("curve_pooling", self.curve_pooling, "is no share", "Give 0 to 1.")
        if self.outcome_scale is not None and not (
            math.isfinite(self.outcome_scale) and self.outcome_scale > 0
        ):
            raise refused("outcome_scale", self.outcome_scale, "is not above zero", "Leave it out.")

    @property
    def curve_parameters(self) -> tuple[str, ...]:
        """Names of the parameters that every channel's curve has."""
        return ADSTOCK_PARAMETERS[self.adstock] + SATURATION_PARAMETERS[self.saturation]

    @cached_property
    def all_priors(self) -> dict[str, Prior]:
        """The priors given, and the defaults for the rest."""
        return {**DEFAULT_PRIORS, **self.priors}

    def n_bends_of(self, n_days: int) -> int:
        """Return how often the trend may bend in so many days."""
        return min(n_days // 365, 10) if self.n_bends is None else self.n_bends

    def n_lags_of(self, data: MixData) -> int:
        """Return the number of lags for weekly or daily data."""
        return self.n_lags or _LAGS[data.step_days]

    def curve_pooling_of(self, n_items: int) -> float:
        """Return the share of an item's curve that is its group's."""
        usual = _CURVE_POOLING if n_items <= _MOST_OWN_CURVES else 1.0
        return usual if self.curve_pooling is None else self.curve_pooling

    def worths_of(self, channels: tuple[str, ...]) -> tuple[WorthPrior, ...]:
        """Return each channel's prior of worth."""
        for name in self.worth:
            if name not in channels:
                raise refused("worth", name, "is no channel", f"Channels are {', '.join(channels)}.")
        usual = WorthPrior("share", 0.0, _SHARE_SD / math.sqrt(len(channels)))
        return tuple(self.worth.get(name, usual) for name in channels)


@dataclass(frozen=True)
class LiftTest:
    """What an experiment found when a channel's spend was changed and held.

    Attributes
    ----------
    channel : str
    spend_before, spend_change : float
        Currency units a period; the change may be negative.
    effect : float
        Change of the outcome a period that the experiment found.
    interval : tuple of float
        Equal-tailed interval of the effect.
    level : float
        Probability inside it.

    Examples
    --------
    >>> round(LiftTest("social", 100, 50, 20.0, (10.2, 29.8), level=0.95).standard_error, 2)
    5.0
    """

    channel: str
    spend_before: float
    spend_change: float
    effect: float
    interval: tuple[float, float]
    level: float = 0.95

    def __post_init__(self) -> None:
        low, high = self.interval
        given = (self.spend_before, self.spend_change, self.effect, low, high)
        if not all(math.isfinite(x) for x in given) or not low < high or not low <= self.effect <= high:
            raise refused("interval", self.interval, "is no interval about the effect", "Give low < high.")
        if self.spend_before < 0 or self.spend_before + self.spend_change < 0 or self.spend_change == 0:
            raise refused(
                "spend_change",
                f"{self.spend_change:g} from {self.spend_before:g}",
                "is no change between two spends",
                "Spends are at least 0, and differ.",
            )
        tail_of(self.level)

    @property
    def standard_error(self) -> float:
        """Standard error, from the width of the interval."""
        from scipy.special import ndtri

        return float((self.interval[1] - self.interval[0]) / 2 / -ndtri(tail_of(self.level)))
