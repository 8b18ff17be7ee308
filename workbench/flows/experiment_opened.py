"""Registered tests as a page shows them: the list, and one of them opened, with its looks over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.errors import WorkbenchError
from workbench.core.identity import Role, current_actor
from workbench.experiments.result import Uplift
from workbench.experiments.stopping import badges_of
from workbench.flows.experiment_entered import ANALYSES
from workbench.flows.experiment_entry import Entry
from workbench.flows.experiment_kinds import KINDS, EntryColumn, Kind
from workbench.flows.experiment_stops import stops_from
from workbench.flows.experiment_view import ExperimentView, Guard, leader_of, view_from
from workbench.stats.change import Change

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.experiments.stopping import Badge
    from workbench.flows.experiment_entered import Numbers
    from workbench.flows.experiment_reading import ExperimentReading
    from workbench.flows.experiment_registry import Registered

_EVIDENCE = {
    "split_test": "split",
    "lift": "randomised",
    "randomised": "randomised",
    "observational": "observational",
}
_EVIDENCE_NAMES = {
    "split_test": "Split test",
    "lift": "Lift test",
    "randomised": "Randomised test",
    "observational": "Observational",
}


@dataclass(frozen=True)
class RegisteredRow:
    """One line of the list: what is asked, how it stands, for how many days, and what was last said of it."""

    experiment_id: str
    question: str
    state: str
    n_days: int
    verdict: str


@dataclass(frozen=True)
class LookPoint:
    """The leading change as it was at one look, with its anytime-valid interval."""

    day: date
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Opened:
    """A registered test, opened by somebody.

    Attributes
    ----------
    reading : ExperimentReading
    is_open : bool
        Whether this reader may see figures.
    opens : str
        What has to be reached before figures are shown, in words; empty when they are.
    view : ExperimentView or None
        ``None`` where nothing may be shown, or there is nothing to analyse yet.
    looks : tuple of LookPoint
        The leading change over time; fewer than two say nothing.
    """

    reading: ExperimentReading
    is_open: bool
    opens: str
    view: ExperimentView | None
    looks: tuple[LookPoint, ...]


def role_here(settings: Settings) -> Role:
    """Return the role of whoever runs this page; a viewer where it cannot be told."""
    from workbench.flows.acting import actor_of
    from workbench.ledger import open_ledger

    try:
        if not _has_ledger(settings):
            return current_actor(settings).role
        with open_ledger(settings) as ledger:
            return actor_of(settings, ledger, None).role
    except WorkbenchError:
        return Role.VIEWER


def _has_ledger(settings: Settings) -> bool:
    """Say whether there is a ledger; looking at a page makes none."""
    return bool(settings.ledger_url) or (settings.home / "ledger.db").exists()


def registered_rows(
    settings: Settings, *, role: Role, today: date | None = None
) -> tuple[RegisteredRow, ...]:
    """Return every registered test; what was last seen of a running one is for more than viewers.

    Parameters
    ----------
    settings : Settings
    role : Role
        Of the reader.
    today : date, optional
        For the days of running tests.
    """
    from workbench.core.dates import now_utc
    from workbench.flows.experiment_registry import registered_tests

    if not _has_ledger(settings):
        return ()
    at = today or now_utc().date()
    return tuple(_row(settings, test, role, at) for test in registered_tests(settings))


def open_test(settings: Settings, experiment_id: str, *, role: Role, as_of: datetime | None = None) -> Opened:
    """Open a registered test; a look at present figures is kept, a page that hides them is none.

    Parameters
    ----------
    settings : Settings
    experiment_id : str
    role : Role
        Of the reader.
    as_of : datetime, optional
        Open it with what was believed at this moment; such a look back is not kept.

    Raises
    ------
    DataError
        If there is no such test, or its figures cannot be read.
    """
    from workbench.flows.experiments import read_experiment

    reading = read_experiment(settings, experiment_id, keeps_look=role > Role.VIEWER, as_of=as_of)
    if not reading.is_open_to(role):
        return Opened(reading, is_open=False, opens=_opens(reading), view=None, looks=())
    if role == Role.VIEWER:
        reading = read_experiment(settings, experiment_id, as_of=as_of)
    view = None if reading.result is None else _view(reading)
    leader = "" if view is None else view.leader.arm
    looks = () if view is None else _looks(settings, reading, leader)
    return Opened(reading, is_open=True, opens="", view=view, looks=looks)


def _row(settings: Settings, test: Registered, role: Role, today: date) -> RegisteredRow:
    plan = test.registration
    end = min(plan.stop, today) if plan.stop else today
    if test.decisions and test.state != "running":
        last = test.decisions[-1]
        verdict = f"{last['verdict']} {last['arm'] or ''}".strip()
    elif role > Role.VIEWER:
        seen = _seen(settings, plan.experiment_id)
        verdict = seen[-1][1]["result"]["decision"]["headline"] if seen else "not read yet"
    else:
        verdict = "open it"
    n_days = max((end - plan.start).days + 1, 0)
    return RegisteredRow(plan.experiment_id, plan.hypothesis, test.state, n_days, verdict)


def _seen(settings: Settings, experiment_id: str) -> list[tuple[date, dict[str, Any]]]:
    """Return the last look of each day that had a result, in order."""
    from workbench.ledger import looks_of, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        looks = looks_of(session, settings.environment, experiment_id)
        by_day = {one.data_to: json.loads(one.result) | {"figures": json.loads(one.figures)} for one in looks}
    return [(day, seen) for day, seen in sorted(by_day.items()) if seen.get("result")]


def _opens(reading: ExperimentReading) -> str:
    plan = reading.test.registration
    said = "; ".join(
        f"{int(seen):,} of {least:,.0f} {name}" for name, seen, least in reading.minimum_run if seen < least
    )
    first = plan.start + timedelta(days=plan.minimum_days + reading.n_left_out)
    return f"{said}. Not before {first:%-d %B %Y}, as the last days of a test are still maturing"


def _view(reading: ExperimentReading) -> ExperimentView:
    result = reading.result
    if result is None:  # pragma: no cover - asked for results only
        raise WorkbenchError("There is nothing to show.")
    entry, plan = _entry(reading), reading.test.registration
    analysis, leader, learned = ANALYSES[entry.kind], leader_of(result), reading.history.prior
    seen, sure = _numbers(reading, 1.0), _numbers(reading, reading.dispersion)
    view = view_from(entry, plan.options(), result, laws=analysis.laws(sure, result.prior), numbers=seen)
    strip = next(
        (one for one, e in zip(reading.strips, reading.effects, strict=False) if e.arm == leader.arm), None
    )
    units = tuple(max(1, round(n)) for n in analysis.units(sure))
    stops = None
    if result.decision.verdict != "do not read":
        stops = stops_from(
            entry, leader, units, learned=None if learned is None else learned.prior, strip=strip
        )
    evidence = _EVIDENCE_NAMES[plan.evidence], reading.evidence.partition(": ")[2] or reading.evidence
    evidence = evidence[0], evidence[1][:1].upper() + evidence[1][1:]
    run = Guard("Minimum run", *_run_words(reading))
    return replace(view, stops=stops, evidence=evidence, guards=(run, *view.guards), notes=_notes(reading))


def _numbers(reading: ExperimentReading, spread: float) -> Numbers:
    """Return the figures by column, divided by how much more days vary than chance."""
    first, second = (c.key for c in KINDS[reading.test.registration.metric.kind].columns[:2])
    return {
        first: tuple(arm.numerator / spread for arm in reading.arms),
        second: tuple(arm.denominator / spread for arm in reading.arms),
    }


def _run_words(reading: ExperimentReading) -> tuple[Any, str]:
    said = ", ".join(f"{int(seen):,} of {least:,.0f} {name}" for name, seen, least in reading.minimum_run)
    return ("fine", f"reached ({said})") if reading.has_run_enough else ("watch", f"not over: {said}")


def _notes(reading: ExperimentReading) -> tuple[str, ...]:
    costs = [arm for arm in reading.arms if arm.cost is not None]
    said = ", ".join(f"{arm.name} {arm.cost:,.2f} {reading.place.currency}" for arm in costs)
    return (*((f"Spend per {_singular(reading)}: {said}.",) if costs else ()), *reading.notes)


def _singular(reading: ExperimentReading) -> str:
    return reading.test.registration.metric.numerator.replace("_", " ").removesuffix("s")


def _entry(reading: ExperimentReading) -> Entry:
    """Put the reading into the form's words, so that all figures are drawn by the same code."""
    plan, metric = reading.test.registration, reading.test.registration.metric
    return Entry(
        kind=metric.kind,
        names=tuple(arm.name for arm in reading.arms),
        figures=_texts(reading),
        shares=("",) * len(reading.arms),
        evidence=_EVIDENCE[plan.evidence],
        lower=not metric.higher_is_better,
        level=f"{plan.level:g}",
        words=_words(reading),
    )


def _texts(reading: ExperimentReading) -> tuple[tuple[str, ...], ...]:
    columns = [
        tuple(f"{arm.numerator:.10g}" for arm in reading.arms),
        tuple(f"{arm.denominator:.10g}" for arm in reading.arms),
    ]
    missing = len(KINDS[reading.test.registration.metric.kind].columns) - len(columns)
    return (*columns, *(("",) * len(reading.arms),) * missing)


def _words(reading: ExperimentReading) -> Kind:
    metric = reading.test.registration.metric
    kind = KINDS[metric.kind]
    top, bottom = (name.replace("_", " ") for name in (metric.numerator, metric.denominator))
    labels = (top.capitalize(), bottom.capitalize())
    columns = tuple(
        EntryColumn(c.key, label, c.optional) for c, label in zip(kind.columns, (*labels, ""), strict=False)
    )
    per = f"1,000 {'spent' if metric.is_cost else bottom}"
    name = f"{top.capitalize()} per {per}" if not kind.is_rate else f"{top.capitalize()} per {bottom}"
    return replace(kind, metric=name, columns=columns, loss_unit=f"{top} per {per}", is_plural=True)


def _looks(settings: Settings, reading: ExperimentReading, arm: str) -> tuple[LookPoint, ...]:
    points = []
    last = reading.period.stop if reading.period is not None else date.max
    for day, seen in _seen(settings, reading.test.registration.experiment_id):
        if day > last:  # looked at after the moment that is shown
            continue
        badge = _anytime(seen, arm)
        if badge is not None:
            points.append(LookPoint(day, badge[0], badge[1].low, badge[1].high))
    return tuple(points)


def _anytime(seen: dict[str, Any], arm: str) -> tuple[float, Badge] | None:
    """Give one look's change the interval that holds at all looks together."""
    result = seen["result"]
    one = next((row for row in result["uplift"] if row["arm"] == arm), None)
    if one is None or one["interval"] is None:
        return None
    low, high = one["interval"]
    change = Change(one["estimate"], one["median"], low, high, result["level"], one["prob_better"])
    uplift = Uplift(arm, one["vs"], change, change, one["prob_better"], None)
    units = _units(seen, (one["vs"], arm))
    try:
        found = badges_of(uplift, units, higher_is_better=result["higher_is_better"])
    except WorkbenchError:
        return None
    return change.estimate, found.anytime_valid


def _units(seen: dict[str, Any], names: Sequence[str]) -> list[float]:
    """Return the units of two arms: trials of a rate, results of a count."""
    arms = seen["figures"]["arms"] if isinstance(seen["figures"], dict) else seen["figures"]
    figures = {arm["name"]: arm for arm in arms}
    field = "denominator" if seen["result"]["kind"] == "rates" else "numerator"
    return [figures[name][field] for name in names]
