r"""How large, how long and how dear a test has to be.

The effect is not known before the test, so it is drawn from a prior, :math:`N(lift, sd^2)`: what is believed,
not one change that must be hit. Then a size has

- **assurance**: the probability that the test decides, either way (O'Hagan, Stevens & Campbell 2005,
  doi:10.1002/pst.175),
- an expected **width** of the interval,
- an expected **loss** that is left when the arm with the better posterior is taken,
- **power**, for those who ask: the probability to find the lift if it is exactly that.

The estimate of the relative change is taken as normal, with the variance each kind of metric has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.number_text import number, percent, percent_change, probability
from workbench.experiments.options import refuse
from workbench.experiments.plan_design import Design
from workbench.experiments.traffic import Traffic
from workbench.experiments.unit_noise import MetricKind, UnitNoise

if TYPE_CHECKING:
    import pandas as pd

_MOST_UNITS = 10**13
_FRACTIONS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class PlanRow:
    """What a size would do.

    Attributes
    ----------
    n_per_arm : float
        Units (exposure for counts) of each arm.
    days : int or None
        Until then; ``None`` where the traffic is not known or too small.
    assurance, power : float
        Probability of a decision under the prior; of finding the lift if it is exactly that.
    interval_width : float
        Expected, of the relative change.
    expected_loss_stopped : float
        Left when the better arm is taken at this size, in the metric's unit.
    cost : float or None
        Of all arms, in currency units.
    """

    n_per_arm: float
    days: int | None
    assurance: float
    power: float
    interval_width: float
    expected_loss_stopped: float
    cost: float | None


@dataclass(frozen=True)
class ExperimentPlan:
    """The smallest test that reaches its goals.

    Attributes
    ----------
    kind : str
    baseline, lift, prior_sd : float
        Of the control; mean and standard deviation of the relative change that is believed.
    level : float
    n_arms : int
    goal : str
        The goal that asks for the most units.
    chosen : PlanRow
    expected_loss_now : float
        What taking the better arm without any test loses on average, in the metric's unit.
    currency : str
    around : tuple of PlanRow
        A quarter to twice the size.
    """

    kind: str
    baseline: float
    lift: float
    prior_sd: float
    level: float
    n_arms: int
    goal: str
    chosen: PlanRow
    expected_loss_now: float
    currency: str
    around: tuple[PlanRow, ...]

    def table(self) -> pd.DataFrame:
        """Return one row for each size around the chosen one."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.around])

    def summary(self) -> str:
        """Return the plan in words."""
        row = self.chosen
        days = f" in {number(row.days)} days" if row.days is not None else ""
        cost = f", for {number(row.cost, digits=4)} {self.currency}".rstrip() if row.cost is not None else ""
        unit = "exposure" if self.kind == "counts" else "units"
        lift, sd = percent_change(self.lift), percent(self.prior_sd, digits=2)
        size, assurance, power = (
            number(row.n_per_arm, digits=12),
            *map(probability, (row.assurance, row.power)),
        )
        return (
            f"{size} {unit} in each of {self.n_arms} arms{days}{cost}: if changes of "
            f"{lift} ± {sd} are believed, the test decides with a probability of "
            f"{assurance}; it finds exactly {lift} with {power}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``: the chosen size's figures, and those around it."""
        rest = {k: v for k, v in asdict(self).items() if k not in ("chosen", "around")}
        rows = [asdict(row) for row in self.around]
        return {**rest, **asdict(self.chosen), "around": rows, "summary": self.summary()}


@dataclass(frozen=True)
class Goals:
    """What a size has to reach; at least one, and all that are given.

    Attributes
    ----------
    assurance, power : float or None
        Probabilities in (0, 1).
    interval_width : float or None
        Largest expected width of the relative change's interval.
    expected_loss : float or None
        Largest expected loss when stopped, in the metric's unit.
    """

    assurance: float | None = None
    power: float | None = None
    interval_width: float | None = None
    expected_loss: float | None = None

    def __post_init__(self) -> None:
        for field in ("assurance", "power"):
            given = getattr(self, field)
            if given is not None and not 0 < given < 1:
                refuse(
                    field, given, "is no probability to reach", "Give one above 0 and below 1, such as 0.8."
                )
        for field in ("interval_width", "expected_loss"):
            given = getattr(self, field)
            if given is not None and not 0 < given < math.inf:
                refuse(field, given, "is not a positive number", "Leave it out, or give one above 0.")


def plan(
    baseline: float,
    lift: float,
    *,
    kind: MetricKind = "rates",
    deviation: float | None = None,
    prior_sd: float | None = None,
    goals: Goals | None = None,
    level: float = 0.95,
    anytime: bool = False,
    n_arms: int = 2,
    traffic: Traffic | None = None,
    cost_per_unit: float | None = None,
    currency: str = "",
) -> ExperimentPlan:
    """Find the smallest test that reaches its goals.

    Parameters
    ----------
    baseline : float
        Figure of the control.
    lift : float
        Relative change that is believed on average.
    kind : {"rates", "counts", "means", "ratios", "revenue"}
    deviation : float, optional
        Of one unit's value; for means, ratios and revenue.
    prior_sd : float, optional
        How far off the lift may be, as a standard deviation of the relative change; default half the lift.
    goals : Goals, optional
        Default: an assurance of 80 %.
    level : float
        Of the interval that decides.
    anytime : bool
        Whether the test is read whenever one likes, with the asymptotic confidence sequence.
    n_arms : int
        Arms of equal size, each compared with the first.
    traffic : Traffic, optional
        For the days.
    cost_per_unit : float, optional
        In currency units, for the cost.
    currency : str

    Raises
    ------
    DataError
        If a field cannot be used, or no size reaches a goal.

    Examples
    --------
    >>> got = plan(0.04, 0.1, goals=Goals(power=0.8))
    >>> got.chosen.n_per_arm, round(got.chosen.power, 3)
    (39473.0, 0.8)
    """
    goals = goals or Goals(assurance=0.8)
    design = Design(UnitNoise(kind, baseline, deviation), lift, prior_sd, level=level, anytime=anytime)
    if n_arms < 2:
        refuse("n_arms", n_arms, "is no comparison", "Give two arms or more.")
    if cost_per_unit is not None and not 0 <= cost_per_unit < math.inf:
        refuse("cost_per_unit", cost_per_unit, "is no cost", "Leave it out, or give one of at least 0.")
    sizes = {
        "assurance": _smallest(goals.assurance, design.assurance, "assurance"),
        "power": _smallest(goals.power, design.power, "power"),
        "interval_width": _smallest(
            goals.interval_width, design.interval_width, "interval_width", falls=True
        ),
        "expected_loss": _smallest(goals.expected_loss, design.expected_loss, "expected_loss", falls=True),
    }
    goal = max(sizes, key=lambda name: sizes[name])

    def row(n: float) -> PlanRow:
        days = None if traffic is None else traffic.days_for(n * n_arms)
        cost = None if cost_per_unit is None else cost_per_unit * n * n_arms
        figures = design.assurance(n), design.power(n), design.interval_width(n), design.expected_loss(n)
        return PlanRow(n, days, *figures, cost)

    n = float(max(sizes[goal], 1))
    return ExperimentPlan(
        kind=kind,
        baseline=baseline,
        lift=lift,
        prior_sd=design.sd,
        level=level,
        n_arms=n_arms,
        goal=goal,
        chosen=row(n),
        expected_loss_now=design.expected_loss(0.0),
        currency=currency,
        around=tuple(row(float(math.ceil(n * part))) for part in _FRACTIONS),
    )


def _smallest(
    goal: float | None, figure: Callable[[float], float], field: str, *, falls: bool = False
) -> int:
    """Return the smallest whole size at which a figure that only rises (or only falls) reaches its goal."""
    if goal is None:
        return 0
    reached: Callable[[int], bool] = (
        (lambda n: figure(float(n)) <= goal) if falls else (lambda n: figure(float(n)) >= goal)
    )
    high = 1
    while not reached(high):
        if high > _MOST_UNITS:
            refuse(field, goal, "is reached by no size", "Ask for less, or believe in larger changes.")
        high *= 4
    low = high // 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
