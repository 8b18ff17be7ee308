"""What a reading of a registered test says, and to whom."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.core.identity import Role
from workbench.experiments.registration import EVIDENCE_WORDS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.dates import Period
    from workbench.experiments.many_tests import ManyTests
    from workbench.experiments.result import ExperimentResult
    from workbench.experiments.sensitivity import Sensitivity
    from workbench.flows.experiment_place import Place
    from workbench.flows.experiment_priors import History
    from workbench.flows.experiment_registry import Registered


@dataclass(frozen=True)
class ArmFigures:
    """What one arm had.

    Attributes
    ----------
    name : str
    numerator, denominator : float
        Of the metric; spend in currency units.
    spend : float
        Currency units.
    n_days : int
        Days on which it delivered.
    n_units : int or None
        Units that were assigned, where that is known.
    cost : float or None
        Spend over the numerator, for cost metrics.
    cost_low, cost_high : float or None
        Its interval; ``None`` where it has no end.
    """

    name: str
    numerator: float
    denominator: float
    spend: float
    n_days: int
    n_units: int | None = None
    cost: float | None = None
    cost_low: float | None = None
    cost_high: float | None = None


@dataclass(frozen=True)
class Effect:
    """Relative effect of one arm on the control, as the history keeps it.

    Attributes
    ----------
    arm : str
    effect, deviation : float
        Log ratio of the metric as it is read (numerator over denominator), and its standard error.
    is_rough : bool
        Whether a normal law only roughly stands for it.
    """

    arm: str
    effect: float
    deviation: float
    is_rough: bool


@dataclass(frozen=True)
class ExperimentReading:
    """A registered test, read once.

    Attributes
    ----------
    test : Registered
    place : Place
        Account, grain, currency, time zone, last whole day, moment of the newest load.
    period : Period or None
        Mature days that were read; ``None`` where there is none yet.
    n_left_out : int
        Immature last days that were left out.
    arms : tuple of ArmFigures
    result : ExperimentResult or None
        The analysis; ``None`` where there is nothing to analyse yet, and ``why_none`` says why.
    why_none : str
    dispersion : float
        Variance over mean of a day's figures, at least 1, which every interval allows for.
    effects : tuple of Effect
        Each other arm against the control.
    strips : tuple of Sensitivity
        One for each of ``effects``, where a prior could be learned.
    many : ManyTests or None
        All arms at once, by local false-discovery rate.
    history : History
        Past effects of this metric and kind of test.
    minimum_run : tuple of (str, float, float)
        What has to be reached: name, seen, least.
    notes : tuple of str
    is_simulated : bool
    company : str
        Whose figures.
    """

    test: Registered
    place: Place
    period: Period | None
    n_left_out: int
    arms: tuple[ArmFigures, ...]
    result: ExperimentResult | None
    why_none: str
    dispersion: float
    effects: tuple[Effect, ...]
    strips: tuple[Sensitivity, ...]
    many: ManyTests | None
    history: History
    minimum_run: tuple[tuple[str, float, float], ...]
    notes: tuple[str, ...]
    is_simulated: bool
    company: str

    @property
    def has_run_enough(self) -> bool:
        """Whether the registered minimum run is over."""
        return all(seen >= least for _, seen, least in self.minimum_run)

    @property
    def as_of(self) -> datetime:
        """Moment of the newest load that was read."""
        return self.place.believed_at

    @property
    def evidence(self) -> str:
        """The class of evidence in words; "causal" is said of randomised evidence only."""
        return EVIDENCE_WORDS[self.test.registration.evidence]

    def is_open_to(self, role: Role) -> bool:
        """Say whether somebody of this role may see figures: viewers from the minimum run on."""
        return role > Role.VIEWER or self.has_run_enough

    def summary(self, role: Role = Role.ANALYST) -> str:
        """Return the verdict, its reason, the class of evidence and the notes in words."""
        if not self.is_open_to(role):
            return f"Figures are shown after the registered minimum run: {self._missing()}."
        first = self.result.summary() if self.result is not None else f"Wait: {self.why_none}"
        strips = [f"{strip.summary()}" for strip in self.strips]
        many = [self.many.summary()] if self.many is not None else []
        return " ".join([first, self.evidence, *strips, *many, *self.notes])

    def table(self) -> pd.DataFrame:
        """Return one row for each arm."""
        import pandas as pd

        return pd.DataFrame([asdict(arm) for arm in self.arms])

    def to_dict(self, role: Role = Role.ANALYST) -> dict[str, Any]:
        """Return plain values for ``--json``, without figures for whom they are hidden."""
        is_open, period, place = self.is_open_to(role), self.period, self.place
        plain: dict[str, Any] = {
            "id": self.test.registration.experiment_id,
            "version": self.test.version,
            "state": self.test.state,
            "metric": self.test.registration.metric.name,
            "simulated": self.is_simulated,
            "company": self.company,
            "evidence": self.test.registration.evidence,
            "evidence_words": self.evidence,
            "network": place.network,
            "account_id": place.account_id,
            "grain": place.grain,
            "currency": place.currency,
            "time_zone": place.time_zone,
            "as_of": place.believed_at.isoformat(),
            "period": period and {"start": period.start.isoformat(), "stop": period.stop.isoformat()},
            "days_left_out": self.n_left_out,
            "minimum_run": [{"of": name, "seen": seen, "least": n} for name, seen, n in self.minimum_run],
            "has_run_enough": self.has_run_enough,
            "is_open": is_open,
            "n_looks": self.test.n_looks,
            "notes": list(self.notes),
            "summary": self.summary(role),
        }
        return plain | (self.figures() if is_open else {})

    def figures(self) -> dict[str, Any]:
        """Return what was seen, as plain values."""
        return {
            "arms": [asdict(arm) for arm in self.arms],
            "result": self.result and self.result.to_dict(),
            "why_none": self.why_none or None,
            "dispersion": self.dispersion,
            "effects": [asdict(effect) for effect in self.effects],
            "sensitivity": [strip.to_dict() for strip in self.strips],
            "many": self.many and self.many.to_dict(),
            "history": self.history.to_dict(),
        }

    def _missing(self) -> str:
        short = [(name, seen, least) for name, seen, least in self.minimum_run if seen < least]
        return ", ".join(f"{math.floor(seen):,} of {least:,.0f} {name}" for name, seen, least in short)
