"""The experiments digest: every running test as it stands, what was decided lately, what history teaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.errors import NotEnoughData, WorkbenchError
from workbench.core.identity import Role
from workbench.flows.company import shown_company, shown_lake
from workbench.flows.experiment_priors import History, priors
from workbench.flows.experiment_registry import Registered, registered_tests
from workbench.flows.experiments import read_experiment

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.experiment_reading import ExperimentReading
    from workbench.lake import Lake

#: Decisions so old or younger are told.
DECIDED_WITHIN_DAYS = 28
_READY = ("ship", "stop")


@dataclass(frozen=True)
class Running:
    """One running test.

    Attributes
    ----------
    test : Registered
    reading : ExperimentReading or None
        ``None`` where it could not be read, and ``error`` says why.
    error : str
    """

    test: Registered
    reading: ExperimentReading | None
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether every reader may see its figures; a digest is sent to viewers too."""
        return self.reading is not None and self.reading.is_open_to(Role.VIEWER)

    @property
    def verdict(self) -> str:
        """``ship``, ``stop``, ``do not read``, ``wait``, or ``unread``."""
        if self.reading is None:
            return "unread"
        if not self.is_open or self.reading.result is None:
            return "wait"
        return self.reading.result.decision.verdict


@dataclass(frozen=True)
class Digest:
    """What the report says.

    Attributes
    ----------
    asof : datetime.date
        The report's day.
    running : tuple of Running
        Those to decide first, then broken ones, then those that wait.
    decided : tuple of Registered
        Tests whose last decision was made in the 28 days up to the report's day, the newest first.
    histories : tuple of History
        Per metric and kind of test.
    is_simulated : bool
    """

    asof: date
    running: tuple[Running, ...]
    decided: tuple[Registered, ...]
    histories: tuple[History, ...]
    is_simulated: bool

    @property
    def believed_at(self) -> datetime | None:
        """Moment of the newest load that was read."""
        moments = [one.reading.as_of for one in self.running if one.reading is not None]
        return max(moments, default=None)

    def subject(self) -> str:
        """Return the finding in one line."""
        ready = [one for one in self.running if one.verdict in _READY]
        broken = [one for one in self.running if one.verdict in ("do not read", "unread")]
        n_waiting = len(self.running) - len(ready) - len(broken)
        said = []
        if ready:
            names = ", ".join(_headline(one) for one in ready)
            said.append(f"{_tests(len(ready))} can be decided ({names})")
        if broken:
            said.append(f"{_tests(len(broken))} cannot be read")
        if n_waiting:
            said.append(f"{_tests(n_waiting)} {'waits' if n_waiting == 1 else 'wait'}")
        if not said:
            return "No test is running."
        return f"{', '.join(said)}."[:1].upper() + f"{', '.join(said)}."[1:]


def experiments_digest(settings: Settings, *, asof: date, account_id: str = "") -> Digest:
    """Read every running test without counting it as a look, and gather what was decided.

    Parameters
    ----------
    settings : Settings
        The installation.
    asof : datetime.date
        The report's day; tests that start later are left out.
    account_id : str
        Leave out tests that run in other accounts; empty for all.

    Raises
    ------
    NotEnoughData
        If no test was ever registered.
    """
    tests = [one for one in registered_tests(settings) if one.registration.start <= asof]
    if not tests:
        raise NotEnoughData(
            f"No test that starts by {asof} is registered.",
            next_step="Register one with `wb experiment register FILE.yml`.",
            asof=asof,
        )
    lake = shown_lake(settings)
    running = [_read(settings, one, lake) for one in tests if one.state == "running"]
    if account_id:
        running = [one for one in running if one.reading and one.reading.place.account_id == account_id]
    running.sort(key=lambda one: (_ORDER.index(one.verdict), one.test.registration.experiment_id))
    return Digest(
        asof=asof,
        running=tuple(running),
        decided=tuple(_decided(tests, asof)),
        histories=priors(settings),
        is_simulated=shown_company(settings) != "own",
    )


_ORDER = ("ship", "stop", "do not read", "unread", "wait")


def _read(settings: Settings, test: Registered, lake: Lake) -> Running:
    name = test.registration.experiment_id
    try:
        return Running(test, read_experiment(settings, name, keeps_look=False, lake=lake))
    except WorkbenchError as error:
        return Running(test, None, str(error))


def _decided(tests: list[Registered], asof: date) -> list[Registered]:
    since = asof - timedelta(days=DECIDED_WITHIN_DAYS)
    recent = [one for one in tests if one.decisions and since < decided_on(one.decisions[-1]) <= asof]
    return sorted(recent, key=lambda one: str(one.decisions[-1]["at"]), reverse=True)


def decided_on(decision: dict[str, Any]) -> date:
    """Return the day of a decision."""
    at = decision["at"]
    return (at if isinstance(at, datetime) else datetime.fromisoformat(str(at))).date()


def _headline(one: Running) -> str:
    result = one.reading.result if one.reading is not None else None
    name = one.test.registration.experiment_id
    return f"{name}: {result.decision.headline}" if result is not None else name


def _tests(n: int) -> str:
    return "one test" if n == 1 else f"{n} tests"
