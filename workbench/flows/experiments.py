"""Read a registered test from the lake, and read the running ones again when new figures have come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.core.dates import now_utc
from workbench.core.errors import WorkbenchError
from workbench.core.identity import Actor
from workbench.core.number_text import number
from workbench.experiments.checks import Check
from workbench.experiments.decision import with_checks
from workbench.experiments.registration import Registration
from workbench.flows.acting import actor_of
from workbench.flows.experiment_analysis import (
    analysed,
    arms_of,
    effects_of,
    screened,
    strips_of,
    with_costs,
)
from workbench.flows.experiment_figures import read_delivered
from workbench.flows.experiment_priors import History, priors
from workbench.flows.experiment_reading import ArmFigures, ExperimentReading
from workbench.flows.experiment_registry import (
    Registered,
    registered_test,
    registered_tests,
    row_of,
)

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.experiments.result import ExperimentResult
    from workbench.flows.experiment_place import Delivered
    from workbench.lake import Lake

#: Below this, a day's figures vary as chance alone would have them.
_NOTABLE_DISPERSION = 1.2
#: Share of the days on which an arm delivers in a test that compares the same days.
_MOST_DAYS = 0.9


def read_experiment(
    settings: Settings,
    experiment_id: str,
    *,
    as_of: datetime | None = None,
    spike_weight: float | None = None,
    actor: Actor | None = None,
    keeps_look: bool = True,
    lake: Lake | None = None,
) -> ExperimentReading:
    """Read a registered test: the arms' figures, the analysis, and what the history makes of it.

    Only mature days count, in the account's own calendar and at one grain. A look at present figures is kept
    in the ledger; a look back is not.

    Parameters
    ----------
    settings : Settings
        The installation; figures come from the company that its pages show.
    experiment_id : str
        A registered test.
    as_of : datetime, optional
        Read what was believed at this moment.
    spike_weight : float, optional
        Share of arms expected to make no difference, for several arms without enough history.
    actor : Actor, optional
        Who looks; default the system's user.
    keeps_look : bool
        Whether the look is kept.
    lake : Lake, optional
        An open lake of that company; several readings share it.

    Returns
    -------
    ExperimentReading
        Ask ``is_open_to(role)`` before figures are shown to a viewer.

    Raises
    ------
    DataError
        If there is no such test, or its figures cannot be read together; ``field`` names why.
    NotEnoughData
        If none of its arms has a row.
    """
    from workbench.flows.company import shown_company, shown_lake

    test = registered_test(settings, experiment_id)
    plan = test.registration
    found = read_delivered(lake or shown_lake(settings), plan, settings, as_of=as_of)
    company = shown_company(settings)
    history = _history(settings, plan)
    arms = arms_of(plan, found)
    result, why_none, spread = analysed(plan, found, arms)
    effects = effects_of(result)
    minimum = _minimum_run(plan, found, arms)
    if result is not None:
        result = with_checks(result, [_check(minimum)])
    many, said = screened(plan, effects, history, spike_weight)
    reading = ExperimentReading(
        test=test,
        place=found.place,
        period=found.period,
        n_left_out=found.n_left_out,
        arms=with_costs(plan, arms, result),
        result=result,
        why_none=why_none,
        dispersion=spread,
        effects=effects,
        strips=strips_of(plan, effects, history),
        many=many,
        history=history,
        minimum_run=minimum,
        notes=(*found.notes, *_notes(test, spread, result), *_gaps(found, arms), *said),
        is_simulated=company != "own" or found.is_simulated,
        company=company,
    )
    return _kept(settings, reading, actor) if keeps_look and as_of is None else reading


@dataclass(frozen=True)
class Reread:
    """What reading one running test again did.

    Attributes
    ----------
    experiment_id : str
    is_new : bool
        Whether its figures have changed.
    error : str or None
        Why it could not be read.
    """

    experiment_id: str
    is_new: bool = False
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def reread_running(settings: Settings) -> tuple[Reread, ...]:
    """Read every running test again and keep its figures; one that cannot be read stops no other.

    Called where a load ends. It never raises for a test: a load that is done stays done.
    """
    from workbench.flows.company import shown_lake
    from workbench.ledger.experiments import AUTOMATIC

    done: list[Reread] = []
    running = _running(settings)
    if not running:
        return ()
    try:
        lake = shown_lake(settings)
    except WorkbenchError as error:
        return tuple(Reread(test.registration.experiment_id, error=str(error)) for test in running)
    for test in running:
        name = test.registration.experiment_id
        try:
            reading = read_experiment(settings, name, keeps_look=False, lake=lake)
            done.append(Reread(name, _keep(settings, reading, AUTOMATIC)))
        except WorkbenchError as error:
            done.append(Reread(name, error=str(error)))
    return tuple(done)


def _running(settings: Settings) -> list[Registered]:
    try:
        return [one for one in registered_tests(settings) if one.state == "running"]
    except WorkbenchError:
        return []


def _history(settings: Settings, plan: Registration) -> History:
    for one in priors(settings, metric=plan.metric.name, without=plan.experiment_id):
        if one.kind_of_test == plan.kind_of_test:
            return one
    return History(plan.metric.name, plan.kind_of_test, 0, None)


def _minimum_run(
    plan: Registration, found: Delivered, arms: tuple[ArmFigures, ...]
) -> tuple[tuple[str, float, float], ...]:
    n_days = 0 if found.period is None else found.period.n_days
    unit = found.place.currency if plan.metric.is_cost else plan.metric.denominator.replace("_", " ")
    seen = sum(arm.denominator for arm in arms)
    units = ((unit, seen, float(plan.minimum_units)),) if plan.minimum_units else ()
    return (("mature days", float(n_days), float(plan.minimum_days)), *units)


def _check(minimum: tuple[tuple[str, float, float], ...]) -> Check:
    short = [(name, seen, least) for name, seen, least in minimum if seen < least]
    if not short:
        return Check("minimum run", withholds=False, reason="the registered minimum run is over.")
    said = ", ".join(f"{number(seen)} of {number(least)} {name}" for name, seen, least in short)
    return Check("minimum run", withholds=True, reason=f"the registered minimum run is not over: {said}.")


def _notes(test: Registered, spread: float, result: ExperimentResult | None) -> list[str]:
    notes, plan = [], test.registration
    if test.version_note:
        notes.append(test.version_note)
    if plan.looks and test.n_looks >= len(plan.looks):
        notes.append(f"{test.n_looks} looks were taken before this one; {len(plan.looks)} were planned.")
    if plan.metric.is_cost and result is not None:
        notes.append("Changes are in results per currency unit: more of them is a lower cost of each.")
    if spread > _NOTABLE_DISPERSION:
        notes.append(f"Days vary {number(spread)} times as much as chance; the intervals allow for it.")
    if result is not None and plan.is_randomised and result.split_p is None:
        notes.append("The split was not checked: the units of each arm are not registered.")
    return notes


def _gaps(found: Delivered, arms: tuple[ArmFigures, ...]) -> list[str]:
    """Name arms that did not deliver on most days: other days are another audience and another auction."""
    n_days = 0 if found.period is None else found.period.n_days
    short = [arm for arm in arms if arm.n_days < _MOST_DAYS * max(one.n_days for one in arms)]
    return [
        f"{arm.name} delivered on {arm.n_days} of {n_days} days; the others did on more." for arm in short
    ]


def _kept(settings: Settings, reading: ExperimentReading, actor: Actor | None) -> ExperimentReading:
    from dataclasses import replace

    from workbench.ledger import open_ledger

    with open_ledger(settings) as ledger:
        name = actor_of(settings, ledger, actor).name
    _keep(settings, reading, name)
    return replace(reading, test=registered_test(settings, reading.test.registration.experiment_id))


def _keep(settings: Settings, reading: ExperimentReading, actor: str) -> bool:
    """Keep what was seen; return whether it is new. A reading without an analysis has shown nothing."""
    from workbench.ledger import open_ledger, record_look

    if reading.result is None or reading.period is None:
        return False
    seen = reading.figures()
    with open_ledger(settings) as ledger:
        row = row_of(ledger, settings, reading.test.registration.experiment_id)
        with ledger.write() as session:
            return record_look(
                session,
                row,
                company=reading.company,
                days=(reading.period.start, reading.period.stop),
                as_of=reading.as_of or now_utc(),
                figures={"arms": seen["arms"], "currency": reading.place.currency},
                result={"result": seen["result"], "effects": seen["effects"]},
                actor=actor,
            ).is_new
