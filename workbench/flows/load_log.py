"""What was loaded last, what was refused and why, and which refreshes did not come to their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.dates import Period
from workbench.flows.available import grain_label
from workbench.lake.schema import SIMULATED_SOURCES

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.company import ShownCompany
    from workbench.ledger.load_history import DaysRead, Sources
    from workbench.ledger.models import Load

#: What is called recent.
RECENT = timedelta(days=7)
_FILE_SOURCES = frozenset({"ads_export", "mapping", "network_report", "sample"})
#: Windows of one account that ended so close to one another are one visit.
_ONE_VISIT = timedelta(hours=1)
_N_LOADS, _N_SHOWN, _N_CELLS = 400, 40, 200
_WORST = ("to the cent", "within rounding", "no total in the file", "parts are missing", "not reconciled")


@dataclass(frozen=True)
class Visit:
    """One file, or all that was read of one account in one go.

    Attributes
    ----------
    name : str
        The file's name; empty for what came through an API.
    network, account_id : str
        The account.
    state : {"started", "done", "quarantined", "failed"}
        The worst of its parts.
    reconciled : str
        How rows and totals agree, the worst of its parts; may be empty.
    period : Period or None
        Days of all parts together.
    n_parts, n_grains, n_rows : int
        Windows, kinds of rows, and rows that were read; rows of two kinds describe the same money.
    at : datetime
        When it ended, UTC; when it began if it did not end.
    reason : str
        Why it was refused or failed.
    """

    name: str
    network: str
    account_id: str
    state: Literal["started", "done", "quarantined", "failed"]
    reconciled: str
    period: Period | None
    n_parts: int
    n_grains: int
    n_rows: int
    at: datetime
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the visit as JSON values."""
        period = self.period
        days = period and {"start": period.start.isoformat(), "stop": period.stop.isoformat()}
        return {**asdict(self), "period": days, "at": self.at.isoformat()}


@dataclass(frozen=True)
class RefusedCell:
    """One thing in quarantine: where it stood, and why it was not loaded.

    Attributes
    ----------
    name : str
        File or answer.
    row : int or None
        Line of the file, from 1.
    column, value, reason : str
        Header, redacted value and reason; the first two may be empty.
    at : datetime
        When, UTC.
    """

    name: str
    row: int | None
    column: str
    value: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Unfinished:
    """A refresh that did not come to its end.

    Attributes
    ----------
    network, account_id, grain : str
        Whose rows; the grain in words.
    period : Period
        Days it was to read.
    state : {"running", "interrupted", "failed"}
        ``running`` ones may also have been killed: nobody knows until they are run again.
    n_windows, n_rows : int
        What is in the lake already.
    reason : str
        Why it failed.
    started_at : datetime
        Since when, UTC.
    """

    network: str
    account_id: str
    grain: str
    period: Period
    state: Literal["running", "interrupted", "failed"]
    n_windows: int
    n_rows: int
    reason: str
    started_at: datetime


@dataclass(frozen=True)
class LoadLog:
    """Loads, quarantine and unfinished refreshes.

    Attributes
    ----------
    visits : tuple of Visit
        The last ones, the newest first.
    refused : tuple of RefusedCell
        The newest first.
    unfinished : tuple of Unfinished
        The newest first.
    n_recent, n_refused_recent : int
        Loads that ended in the last seven days, and those of them that were refused or failed.
    """

    visits: tuple[Visit, ...] = ()
    refused: tuple[RefusedCell, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    n_recent: int = 0
    n_refused_recent: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the log as JSON values."""
        return {
            "loads": [visit.to_dict() for visit in self.visits],
            "quarantine": [{**asdict(cell), "at": cell.at.isoformat()} for cell in self.refused],
            "unfinished": [
                {
                    **asdict(refresh),
                    "period": str(refresh.period),
                    "started_at": refresh.started_at.isoformat(),
                }
                for refresh in self.unfinished
            ],
            "loads_last_7_days": self.n_recent,
            "refused_last_7_days": self.n_refused_recent,
        }


NoLoads = LoadLog()


def load_log(
    settings: Settings, company: ShownCompany, *, since: date, at: datetime
) -> tuple[LoadLog, tuple[DaysRead, ...]]:
    """Look up the log of the company that is shown, and which days were read when.

    Parameters
    ----------
    settings : Settings
        The installation.
    company : {"own", "sandbox", "sample"}
        Whose loads; own ones are never listed beside simulated ones.
    since : datetime.date
        First day to look at of what was read.
    at : datetime
        The present moment.
    """
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return NoLoads, ()
    from workbench.ledger import load_history, open_ledger

    sources = _sources(company)
    with open_ledger(settings) as ledger, ledger.read() as session:
        recent = load_history.count_loads(session, sources, since=at - RECENT)
        loads = load_history.latest_loads(session, sources, n=_N_LOADS)
        cells = load_history.latest_quarantined(session, sources, n=_N_CELLS)
        reads = load_history.days_read(session, sources, since=since)
        unfinished = (
            ()
            if company == "own" and settings.environment == "sandbox"
            else _unfinished(session, settings, at)
        )
    reasons = {cell.load_id: cell.reason for cell in cells}  # a file's first cell comes last
    log = LoadLog(
        visits=_visits(loads, reasons)[:_N_SHOWN],
        refused=tuple(
            RefusedCell(
                answer_words(c.file_name),
                c.row_number,
                c.column_name or "",
                c.value_redacted or "",
                c.reason,
                c.at,
            )
            for c in sorted(cells, key=lambda c: (-c.at.timestamp(), c.file_name, c.row_number or 0))
        ),
        unfinished=unfinished,
        n_recent=sum(recent.values()),
        n_refused_recent=recent.get("quarantined", 0) + recent.get("failed", 0),
    )
    return log, reads


def last_visits(settings: Settings, company: ShownCompany, *, n: int = 5) -> tuple[Visit, ...]:
    """Return the last files and visits to accounts, the newest first; nothing before the first.

    Parameters
    ----------
    settings, company
        As for :func:`load_log`.
    n : int
        How many at most.
    """
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return ()
    from workbench.ledger import load_history, open_ledger

    sources = _sources(company)
    with open_ledger(settings) as ledger, ledger.read() as session:
        loads = load_history.latest_loads(session, sources, n=_N_LOADS)
        cells = load_history.latest_quarantined(session, sources, n=_N_CELLS)
    return _visits(loads, {cell.load_id: cell.reason for cell in cells})[:n]


def answer_words(name: str) -> str:
    """Write the name of an answer of an API with its grain in words; a file's name stays as it is.

    Examples
    --------
    >>> answer_words("Meta 1 · campaign||day|7d_click · 2026-11-01 – 2026-11-07"), answer_words("week.csv")
    ('Meta 1 · campaign · daily · 7-day click · 2026-11-01 – 2026-11-07', 'week.csv')
    """
    return " · ".join(grain_label(part) if part.count("|") == 3 else part for part in name.split(" · "))


def _sources(company: ShownCompany) -> Sources:
    from workbench.ledger.load_history import Sources

    # Nothing own is loaded while a simulated company is shown, but an own file may have been refused.
    return Sources(without=SIMULATED_SOURCES) if company == "own" else Sources()


def _visits(loads: Iterable[Load], reasons: dict[str, str]) -> tuple[Visit, ...]:
    """Gather the windows of one account that were read in one go; each file stands for itself."""
    groups: list[list[Load]] = []
    latest: dict[tuple[str, str, str], list[Load]] = {}
    for load in loads:  # the newest first
        key = (load.source, load.network, load.account_id)
        group = latest.get(key)
        is_file = load.source in _FILE_SOURCES
        if group is not None and not is_file and group[-1].started_at - load.started_at <= _ONE_VISIT:
            group.append(load)
        else:
            latest[key] = [load]
            groups.append(latest[key])
    found = [_visit(group, reasons) for group in groups]
    return tuple(sorted(found, key=lambda visit: visit.at, reverse=True))


def _visit(group: Sequence[Load], reasons: dict[str, str]) -> Visit:
    first = group[0]
    states = [load.state for load in group]
    state: Any = next(s for s in ("failed", "quarantined", "started", "done") if s in states)
    words = [load.reconciled for load in group if load.reconciled]
    days = [day for load in group for day in (load.period_start, load.period_stop) if day is not None]
    bad = next((load for load in group if load.state == state and state != "done"), None)
    reason = "" if bad is None else reasons.get(bad.load_id) or bad.error or ""
    return Visit(
        name=first.file_name if first.source in _FILE_SOURCES else "",
        network=first.network,
        account_id=first.account_id,
        state=state,
        reconciled=max(words, key=lambda w: _WORST.index(w) if w in _WORST else 0, default=""),
        period=Period(min(days), max(days)) if days else None,
        n_parts=len(group),
        n_grains=len({load.grain for load in group if load.grain}),
        n_rows=sum(load.n_rows or 0 for load in group),
        at=max(load.finished_at or load.started_at for load in group),
        reason=reason,
    )


def _unfinished(session: Any, settings: Settings, at: datetime) -> tuple[Unfinished, ...]:
    from workbench.ledger import load_history, windows_done
    from workbench.ledger.refreshes import RESUMED_WITHIN

    found = []
    for refresh in load_history.unfinished_refreshes(session, settings.environment):
        is_old = at - refresh.started_at > RESUMED_WITHIN
        state: Any = "failed" if refresh.state == "failed" else "interrupted" if is_old else "running"
        found.append(
            Unfinished(
                refresh.network,
                refresh.account_id,
                grain_label(refresh.grain),
                Period(refresh.period_start, refresh.period_stop),
                state,
                len(windows_done(session, refresh.refresh_id)),
                refresh.n_rows,
                refresh.error or "",
                refresh.started_at,
            )
        )
    return tuple(found)
