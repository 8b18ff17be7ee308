"""May I stop? The badges of an entered test's leading change, and its verdict under three priors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.core.errors import DataError
from workbench.experiments.stopping import badges_of
from workbench.flows.experiment_numbers import EntryRefused, number_text
from workbench.stats.counts import tail_of
from workbench.stats.effect_mixture import normal_prior

if TYPE_CHECKING:
    from workbench.experiments.result import Uplift
    from workbench.experiments.sensitivity import Sensitivity
    from workbench.experiments.stopping import Badges
    from workbench.flows.experiment_entry import Entry
    from workbench.stats.effect_mixture import EffectMixture

DEFAULT_TAU = 0.1
_PER_CENT = 100


@dataclass(frozen=True)
class UnderPrior:
    """The leading change under one prior: its relative interval, and the verdict that follows from it."""

    prior: str
    low: float
    high: float
    verdict: Literal["better", "worse", "wait"]


@dataclass(frozen=True)
class Stops:
    """What the leading change says whenever it is read.

    Attributes
    ----------
    badges : Badges
        Fixed horizon, prior-calibrated, anytime-valid.
    strip : tuple of UnderPrior
        Under a flat prior, the assumed one, and one twice as wide; empty without a relative change.
    tau : float
        Usual size of a true relative change under the assumed prior.
    source : {"assumed", "given", "learned"}
        Where that size comes from.
    """

    badges: Badges
    strip: tuple[UnderPrior, ...]
    tau: float
    source: Literal["assumed", "given", "learned"]

    def size_under(self, prior: str) -> float | None:
        """Return the usual size of a true change under a prior of the strip; ``None`` for a flat one."""
        return {"assumed": self.tau, "learned": self.tau, "twice as wide": 2 * self.tau}.get(prior)


def stops_of(entry: Entry, leader: Uplift, units: Sequence[float]) -> Stops | None:
    """Read the leading change at any time; ``None`` where it has no error to speak of yet.

    Parameters
    ----------
    entry : Entry
        Of which the usual size of a change and the direction count.
    leader : Uplift
    units : sequence of float
        Of all arms, the control first.

    Raises
    ------
    EntryRefused
        If the usual size of a change is no number above zero.
    """
    tau, is_given = _tau(entry), bool(entry.tau.strip())
    badges = _badges(entry, leader, units, normal_prior(tau) if is_given else None)
    if badges is None:
        return None
    strip = _strip(leader, tau, lower=entry.lower)
    return Stops(badges, strip, tau, source="given" if is_given else "assumed")


def stops_from(
    entry: Entry,
    leader: Uplift,
    units: Sequence[float],
    *,
    learned: EffectMixture | None,
    strip: Sensitivity | None,
) -> Stops | None:
    """Read a registered test's leading change, under the prior learned from past tests where there is one.

    Parameters
    ----------
    entry, leader, units
        As for :func:`stops_of`.
    learned : EffectMixture or None
    strip : Sensitivity or None
        The change under a flat, the learned, and a twice as wide prior.
    """
    if learned is None or strip is None:
        return stops_of(entry, leader, units)
    badges = _badges(entry, leader, units, learned)
    if badges is None:
        return None
    words: dict[str, Literal["better", "worse", "wait"]] = {"ship": "better", "stop": "worse"}
    rows = tuple(UnderPrior(one.prior, *one.interval, words.get(one.verdict, "wait")) for one in strip.under)
    return Stops(badges, rows, learned.deviation, source="learned")


def _badges(
    entry: Entry, leader: Uplift, units: Sequence[float], prior: EffectMixture | None
) -> Badges | None:
    pair = [units[0], units[entry.names.index(leader.arm)] if leader.arm in entry.names else units[-1]]
    try:
        return badges_of(leader, pair, prior=prior, higher_is_better=not entry.lower)
    except DataError:
        return None


def _tau(entry: Entry) -> float:
    if not entry.tau.strip():
        return DEFAULT_TAU
    value = number_text(entry.tau)
    if value is None or not 0 < value <= _PER_CENT:
        raise EntryRefused({"tau": f"{entry.tau} % is not usable. Give a size above 0 and up to 100 %."})
    return value / _PER_CENT


def _strip(leader: Uplift, tau: float, *, lower: bool) -> tuple[UnderPrior, ...]:
    """Read the change on the scale of its logarithm, where its law is nearly normal, as the badges do."""
    from scipy.special import ndtri

    change = leader.relative
    if change is None or change.low <= -1 or not math.isfinite(change.high):
        return ()
    low, high = math.log1p(change.low), math.log1p(change.high)
    seen = (low + high) / 2, (high - low) / (-2 * float(ndtri(tail_of(change.level))))
    assumed = normal_prior(tau)
    rows = [UnderPrior("flat", change.low, change.high, _verdict(change.low, change.high, lower=lower))]
    for name, prior in (("assumed", assumed), ("twice as wide", assumed.widened(2))):
        rows.append(_under(name, prior.seen(*seen), change.level, lower=lower))
    return tuple(rows)


def _under(name: str, after: EffectMixture, level: float, *, lower: bool) -> UnderPrior:
    low, high = (math.expm1(end) for end in after.interval(level))
    return UnderPrior(name, low, high, _verdict(low, high, lower=lower))


def _verdict(low: float, high: float, *, lower: bool) -> Literal["better", "worse", "wait"]:
    if low > 0:
        return "worse" if lower else "better"
    if high < 0:
        return "better" if lower else "worse"
    return "wait"
