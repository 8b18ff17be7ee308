"""From what is asked about a test to what a page shows: verdict, what acting costs, densities, checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.core.errors import DataError
from workbench.core.number_text import number
from workbench.experiments.decision import LEAST_RESULTS
from workbench.experiments.split_check import BROKEN_BELOW
from workbench.flows.experiment_entered import ANALYSES, LOGS
from workbench.flows.experiment_kinds import EVIDENCE
from workbench.flows.experiment_numbers import numbers_of, options_of, per_day_of, refused_at
from workbench.flows.experiment_stops import Stops, stops_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.experiments.options import Options
    from workbench.experiments.result import ExperimentResult, Uplift
    from workbench.flows.experiment_entered import Numbers
    from workbench.flows.experiment_entry import Entry
    from workbench.stats.laws import Law

_N_POINTS = 121
_TAIL = 4e-4  # drawn on either side; less is thinner than a line
_CONFLICT_BELOW = 0.01
_LONGEST_WAIT_DAYS = 3650
#: So many times the seen mean, or its reciprocal, may the mean of a lognormal law be.
_VALUES_WITHIN = 1.25


@dataclass(frozen=True)
class Curve:
    """The density of one arm's posterior, in the metric's unit."""

    name: str
    x: NDArray[np.float64]
    density: NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """What either choice costs on average, per day in currency or per unit in the metric's unit.

    Attributes
    ----------
    arm : str
        The arm that would be chosen now: the one with the smallest expected loss.
    choosing, waiting : float
        Expected loss of choosing it now, and of leaving all arms running at their shares.
    currency : str or None
        ISO 4217 code of a loss per day; ``None`` for a loss per unit of the metric.
    """

    arm: str
    choosing: float
    waiting: float
    currency: str | None


@dataclass(frozen=True)
class Guard:
    """One thing that was looked at before the winner: what it is, whether it holds, and why."""

    name: str
    state: Literal["fine", "watch", "broken"]
    words: str


@dataclass(frozen=True)
class ExperimentView:
    """Everything that a page shows of a test.

    Attributes
    ----------
    entry : Entry
        What was asked.
    options : Options
    result : ExperimentResult
    curves : tuple of Curve
        One for each arm.
    costs : Costs
    more_days : float or None
        Days until the leader's interval would leave zero, if the effect is as large as it looks and traffic
        stays as stated; ``None`` where that is not known or needless.
    guards : tuple of Guard
    evidence : tuple of str
        Name of the class of evidence, and what it allows to be said.
    notes : tuple of str
        How it was made.
    stops : Stops or None
        Badges and prior strip of the leader's change; ``None`` where nothing may be read.
    """

    entry: Entry
    options: Options
    result: ExperimentResult
    curves: tuple[Curve, ...]
    costs: Costs
    more_days: float | None
    guards: tuple[Guard, ...]
    stops: Stops | None
    evidence: tuple[str, str]
    notes: tuple[str, ...] = ()

    @property
    def leader(self) -> Uplift:
        """The comparison that the verdict speaks of."""
        return leader_of(self.result)


def leader_of(result: ExperimentResult) -> Uplift:
    """Return the comparison that a verdict speaks of: of the leading arm, else of the best of the others."""
    best = result.arms[min(range(len(result.arms)), key=lambda k: result.expected_loss[k])].name
    named = next((one for one in result.uplift if one.arm == best), None)
    return named or max(result.uplift, key=lambda one: one.prob_better)


def view_of(entry: Entry) -> ExperimentView:
    """Answer an entry.

    Raises
    ------
    EntryRefused
        If a figure cannot be read; ``errors`` names the inputs.

    Examples
    --------
    >>> from workbench.flows.experiment_entry import example
    >>> view = view_of(example())
    >>> view.result.decision.headline
    'Ship New page'
    """
    options, numbers = options_of(entry), numbers_of(entry)
    analysis = ANALYSES[entry.kind]
    try:
        result = analysis.result(numbers, options)
        laws = analysis.laws(numbers, result.prior)
    except DataError as error:
        raise refused_at(entry, error) from None
    view = view_from(entry, options, result, laws=laws, numbers=numbers)
    if result.decision.verdict == "do not read":
        return view
    return replace(view, stops=stops_of(entry, leader_of(result), analysis.units(numbers)))


def view_from(
    entry: Entry, options: Options, result: ExperimentResult, *, laws: Sequence[Law], numbers: Numbers
) -> ExperimentView:
    """Put an analysis into what a page shows, without badges.

    Parameters
    ----------
    entry : Entry
        What was asked, in the words of the page.
    options : Options
    result : ExperimentResult
    laws : sequence of Law
        Each arm's posterior.
    numbers : mapping
        The figures by column.
    """
    return ExperimentView(
        entry=entry,
        options=options,
        result=result,
        curves=tuple(_curve(arm.name, law) for arm, law in zip(result.arms, laws, strict=True)),
        costs=_costs(result, options),
        more_days=_more_days(entry, result, numbers),
        guards=_guards(entry, result, numbers),
        stops=None,
        evidence=EVIDENCE[entry.evidence],
        notes=tuple(getattr(result, "notes", ())),
    )


def _curve(name: str, law: Law) -> Curve:
    low, high = law.quantile(_TAIL), law.quantile(1 - _TAIL)
    x = np.linspace(low, high, _N_POINTS)
    inside = x[(x > law.support[0]) & (x < law.support[1])]
    z = law.coordinate(inside)
    return Curve(name, inside, law.density(z) / law.slope(z))


def _costs(result: ExperimentResult, options: Options) -> Costs:
    """Give the losses: waiting leaves every arm its share of the units, and so its share of the losses."""
    best = min(range(len(result.arms)), key=lambda k: result.expected_loss[k])
    shares = options.shares_of(len(result.arms))
    per_day = result.expected_loss_per_day
    losses = per_day or result.expected_loss
    return Costs(
        arm=result.arms[best].name,
        choosing=float(losses[best]),
        waiting=float(np.dot(shares, losses)),
        currency=result.currency if per_day else None,
    )


def _more_days(entry: Entry, result: ExperimentResult, numbers: Numbers) -> float | None:
    """Extrapolate: an interval narrows with the root of the units, so its distance to zero tells how many."""
    per_day = per_day_of(entry)
    if result.decision.verdict != "wait" or not per_day or per_day < 0:
        return None
    change = leader_of(result).absolute
    reach = (change.high - change.low) / 2
    if not change.estimate or reach <= abs(change.estimate):
        return None
    so_far = sum(numbers["exposure"] if entry.kind == "counts" else ANALYSES[entry.kind].units(numbers))
    days = so_far * ((reach / change.estimate) ** 2 - 1) / per_day
    return days if math.isfinite(days) and days <= _LONGEST_WAIT_DAYS else None


def _guards(entry: Entry, result: ExperimentResult, numbers: Numbers) -> tuple[Guard, ...]:
    return tuple(
        guard
        for guard in (
            _split_guard(result),
            _size_guard(entry, numbers),
            _conflict_guard(result),
            _values_guard(entry, numbers),
            _evidence_guard(entry),
        )
        if guard is not None
    )


def _split_guard(result: ExperimentResult) -> Guard | None:
    if result.split_p is None:
        return Guard("Split", "watch", "not checked: it is not known how many people each arm was given")
    said = "p < 0.000001" if result.split_p < 1e-6 else f"p = {number(result.split_p, digits=2)}"
    if result.split_p < BROKEN_BELOW:
        return Guard("Split", "broken", f"the arms' sizes do not fit the planned shares ({said})")
    return Guard("Split", "fine", f"the arms' sizes fit the planned shares ({said})")


def _size_guard(entry: Entry, numbers: Numbers) -> Guard:
    first = entry.about.columns[0]
    total, word = sum(numbers[first.key]), first.label.lower()
    if total < LEAST_RESULTS:
        return Guard(
            "Enough data", "watch", f"{number(total, digits=6)} {word} in all; {LEAST_RESULTS} are the least"
        )
    return Guard("Enough data", "fine", f"{number(total, digits=9)} {word} in all")


def _conflict_guard(result: ExperimentResult) -> Guard | None:
    odd = [
        arm.name
        for arm in result.arms
        if arm.prior_conflict_p is not None and arm.prior_conflict_p < _CONFLICT_BELOW
    ]
    if not odd:
        return None
    return Guard("Prior", "watch", f"{', '.join(odd)}: so extreme a figure was hardly expected")


def _values_guard(entry: Entry, numbers: Numbers) -> Guard | None:
    """Hold what the logarithms say of a mean beside the mean: other logarithms, or another law, show."""
    if entry.kind != "revenue" or not all(key in numbers for key in LOGS):
        return None
    keys = ("n_paying", "mean", *LOGS)
    rows = zip(entry.names, *(numbers[key] for key in keys), strict=True)
    odd = [
        f"{name} {number(math.exp(m + s * s / 2), digits=3)} (seen {number(mean, digits=3)})"
        for name, k, mean, m, s in rows
        if k and mean > 0 and abs(m + s * s / 2 - math.log(mean)) > math.log(_VALUES_WITHIN)
    ]
    if not odd:
        return Guard("Values", "fine", "the logarithms fit the means: lognormal values would have them")
    said = "the logarithms would give means per buyer of"
    return Guard("Values", "watch", f"{said} {', '.join(odd)}. Were natural logarithms (LN) taken?")


def _evidence_guard(entry: Entry) -> Guard | None:
    if entry.evidence == "randomised":
        return None
    return Guard("Comparability", "watch", "the arms may have reached different people")
