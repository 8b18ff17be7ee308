"""Read an account again, window by window: fetch, reconcile with the account's own total, replace, note.

A window is in the lake whole or not at all, and the ledger knows which ones are. So a refresh that is killed
anywhere goes on with the first window that is missing, and rows that came twice are the same load.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.core.errors import ChannelError, DataError, NotReconciled
from workbench.core.money import exact_text, round_micros
from workbench.lake.window import Grain, Window
from workbench.loaders.meta.days import note_unnoted, runs_of
from workbench.loaders.meta.notes import LedgerRunBook, note_quarantined, note_window
from workbench.loaders.meta.rows import Asked, fields_of, meta_breakdowns
from workbench.loaders.meta.spool import DaySums, Spool
from workbench.loaders.meta.totals import account_total, reconcile_window
from workbench.loaders.meta.windows import RESTATED_DAYS, known_pace, windows

if TYPE_CHECKING:
    from workbench.ledger.models import Refresh
    from workbench.loaders.meta.source import Source

#: Windows of attribution that are asked for; the two that ended in 2026 are not.
ATTRIBUTION_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")

_HELD = """
SELECT date_start, load_id, sum(spend_micros) AS spend_micros, coalesce(sum(results), 0) AS results
FROM ad_insights
WHERE network = 'meta' AND account_id = ? AND grain = ? AND date_start BETWEEN ? AND ? GROUP BY ALL
"""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh of one account and grain did.

    Attributes
    ----------
    account_id, currency, grain : str
        Whose rows, at which grain.
    period : Period
        Days that were read.
    n_rows : int
        Rows of all windows, also of those that a killed run before had loaded already.
    spend_micros : int
        Spend of the windows read in this run, in millionths of ``currency``.
    n_windows, n_windows_before : int
        Windows read in this run, and those that were in the lake from a killed run before.
    restated_micros : int
        How far the spend of days that were loaded before moved, day by day, all amounts counted positive.
    restated_results : float
        The same of their results.
    changed : bool
        Whether the lake changed.
    reconciled : str
        The worst of the windows: ``to the cent``, ``within rounding`` or ``parts are missing``.
    warnings : tuple of str
        What the reader should know.
    """

    account_id: str
    currency: str
    grain: str
    period: Period
    n_rows: int = 0
    spend_micros: int = 0
    n_windows: int = 0
    n_windows_before: int = 0
    restated_micros: int = 0
    restated_results: float = 0.0
    changed: bool = False
    reconciled: str = "to the cent"
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {
            "account_id": self.account_id,
            "grain": self.grain,
            "period": {"start": self.period.start.isoformat(), "stop": self.period.stop.isoformat()},
            "rows": self.n_rows,
            "spend": str(round_micros(self.spend_micros, self.currency)),
            "spend_exact": exact_text(self.spend_micros),
            "currency": self.currency,
            "windows": self.n_windows,
            "windows_before": self.n_windows_before,
            "restated": exact_text(self.restated_micros),
            "restated_results": self.restated_results,
            "reconciled": self.reconciled,
            "changed": self.changed,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class _Window:
    """One window that went into the lake."""

    n_rows: int
    spend_micros: int
    changed: bool
    reconciled: str
    warning: str | None = None


_WORST = ("to the cent", "within rounding", "parts are missing")


def refresh_insights(
    source: Source, *, account_id: str, currency: str, grain: Grain, period: Period
) -> Refreshed:
    """Read all days of a period again and replace what the lake holds of them.

    Parameters
    ----------
    source : Source
        Where from and where to.
    account_id, currency : str
        The account, without ``act_``, and the currency that it says it has.
    grain : Grain
        Level, breakdowns and attribution of the rows.
    period : Period
        Days in the account's own time zone.

    Raises
    ------
    NotReconciled
        If a window misses the account's own total twice; it is in quarantine then, and the old rows stay.
    SchemaError, DataError
        If an answer cannot be used.
    ChannelError
        If Meta refuses or does not answer; windows that were read before stay read.
    """
    from workbench.ledger import begin_refresh, record_refresh_finished, windows_done

    asked = Asked(account_id, currency, grain, source.label)
    with source.ledger.write() as session:
        refresh = begin_refresh(
            session,
            environment=source.environment,
            network="meta",
            account_id=account_id,
            grain=str(grain),
            period=period,
            actor=source.actor,
        )
        done = windows_done(session, refresh.refresh_id)
    try:
        read = _read_windows(source, refresh, asked, done)
    except (ChannelError, DataError) as error:
        with source.ledger.write() as session:
            record_refresh_finished(session, refresh.refresh_id, error=str(error))
        raise
    with source.ledger.write() as session:
        finished = record_refresh_finished(session, refresh.refresh_id)
    return Refreshed(
        account_id=account_id,
        currency=currency,
        grain=str(grain),
        period=period,
        n_rows=finished.n_rows,
        spend_micros=sum(w.spend_micros for w in read),
        n_windows=len(read),
        n_windows_before=len(done),
        restated_micros=finished.restated_micros,
        restated_results=finished.restated_results,
        changed=any(w.changed for w in read),
        reconciled=max((w.reconciled for w in read), key=_WORST.index, default=_WORST[0]),
        warnings=tuple(dict.fromkeys(w.warning for w in read if w.warning)),
    )


def _read_windows(source: Source, refresh: Refresh, asked: Asked, done: tuple[Period, ...]) -> list[_Window]:
    period = Period(refresh.period_start, refresh.period_stop)
    pace = known_pace(
        source.lake, asked.account_id, asked.grain, since=period.stop - timedelta(days=RESTATED_DAYS)
    )
    read = []
    for window in windows(period, done, pace):
        source.progress(f"Meta {asked.account_id}, {asked.grain}: {window} …")
        found = _read_window(source, refresh, asked, window)
        pace.learn(window, found.n_rows)
        read.append(found)
    return read


def _read_window(source: Source, refresh: Refresh, asked: Asked, window: Period) -> _Window:
    reports = LedgerRunBook(source.ledger, refresh.refresh_id, window)
    is_last = False
    while True:
        with Spool(asked) as spool:
            _fill(source, spool, window, reports)
            try:
                total = account_total(source.graph, asked.account_id, window)
                reconciled, warning = reconcile_window(spool, *total)
            except NotReconciled as error:
                # figures may move between the rows and the total; twice is no accident
                if is_last:
                    note_quarantined(source.ledger, refresh, window, asked, error=error)
                    raise
                is_last = True
                reports.forget()
                continue
            stored = _store(source, refresh, window, spool, reconciled=reconciled)
            return replace(stored, warning=warning)


def _fill(source: Source, spool: Spool, window: Period, reports: LedgerRunBook) -> None:
    from workbench.channels.meta_insights import InsightsQuery, fetch_insights

    grain = spool.asked.grain
    query = InsightsQuery(
        account_id=spool.asked.account_id,
        level=grain.level,  # type: ignore[arg-type]
        period=window,
        fields=fields_of(grain),
        breakdowns=meta_breakdowns(grain),
        attribution_windows=ATTRIBUTION_WINDOWS,
    )
    for page in fetch_insights(source.graph, query, runs=reports, progress=source.progress):
        spool.add(page)


def _store(source: Source, refresh: Refresh, window: Period, spool: Spool, *, reconciled: str) -> _Window:
    """Replace the days that differ from what the lake holds, in one commit, and note the window."""
    asked = spool.asked
    whole = Window("meta", asked.account_id, asked.grain, window)
    held = source.lake.sql(
        _HELD, params=(asked.account_id, str(asked.grain), window.start, window.stop)
    ).to_pylist()
    note_unnoted(source, "ad_insights", held, network="meta", account_id=asked.account_id)
    days = source.lake.differing_days("ad_insights", whole, spool.batches())
    restated, believed_at = _moved(spool, held, days), None
    if days:
        load_id = spool.load_id(days)
        windows = [Window("meta", asked.account_id, asked.grain, run) for run in runs_of(days)]
        rows = spool.batches(load_id, days=days)
        believed_at = source.lake.replace("ad_insights", windows, rows, load_id=load_id).believed_at
    with source.ledger.write() as session:
        note_window(
            session,
            refresh,
            window,
            spool,
            days=days,
            restated=restated,
            reconciled=reconciled,
            believed_at=believed_at,
        )
    return _Window(spool.n_rows, spool.spend_micros, bool(days), reconciled)


def _moved(spool: Spool, held: list[dict[str, Any]], days: Sequence[date]) -> tuple[int, float]:
    """Return how far spend and results of days loaded before moved, all changes counted positive."""
    spend: dict[date, int] = defaultdict(int)
    results: dict[date, float] = defaultdict(float)
    for row in held:
        spend[row["date_start"]] += row["spend_micros"]
        results[row["date_start"]] += row["results"]
    now = {day: spool.days.get(day, DaySums()) for day in days if day in spend}
    moved_micros = sum(abs(sums.spend_micros - spend[day]) for day, sums in now.items())
    return moved_micros, sum(abs(sums.results - results[day]) for day, sums in now.items())
