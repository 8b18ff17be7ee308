"""Tables of the Operations page: accounts, loads, quarantine, refreshes that did not finish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbench.core.number_text import ABSENT, money, number, percent
from workbench.flows.operations_words import network_name
from workbench.views import blocks
from workbench.views.date_text import day, day_range
from workbench.views.svg_text import n
from workbench.views.table import Cell, Column, Interval, table_html

if TYPE_CHECKING:
    from workbench.flows.load_log import Visit
    from workbench.flows.operations import Account, OperationsView

MAX_ROWS = 12
_SOON = timedelta(days=7)
_MUCH_USED = 0.8
_STATES = {
    "ok": "up to date",
    "late": "behind",
    "refused": "token refused",
    "unreachable": "not reached",
    "new": "not read yet",
    "files": "from files",
}
_BAD = ("refused", "unreachable", "late")
_VISITS = {"done": "loaded", "quarantined": "refused", "failed": "failed", "started": "not finished"}
_RECONCILED = {
    "to the cent": "agrees with its own total to the cent",
    "within rounding": "agrees with its own total within rounding",
    "no total in the file": "has no total to compare with",
    "parts are missing": "parts of the total are missing",
    "not reconciled": "does not agree with its own total",
}
_ALL_RECONCILED = {
    "to the cent": "each agrees with the account’s own total to the cent",
    "within rounding": "each agrees with the account’s own total within rounding",
    "parts are missing": "in some, parts of the account’s own total are missing",
    "not reconciled": "not all agree with the account’s own total",
}
_UNFINISHED = {"running": "running, or killed", "interrupted": "interrupted", "failed": "failed"}
_Row = list[str | Cell | Interval]


def accounts_card(view: OperationsView, locale: str = "en_GB") -> str:
    """Return the card with one row per account; empty where there is none."""
    if not view.accounts:
        return ""
    columns = [Column("Account", "text"), Column("State", "text"), Column("Data to")]
    if view.connected:  # files have no quota, version or token
        columns += [
            Column("Restated last time", phone=False),
            Column("Quota used"),
            Column("API version", "text", phone=False),
            Column("Token to", phone=False),
        ]
    shown = view.accounts[:MAX_ROWS]
    table = table_html(
        columns,
        [_account_row(a, view, locale)[: len(columns)] for a in shown],
        caption="Accounts and how they stand",
        locale=locale,
    )
    for i, account in enumerate(shown):  # cells hold words alone; the bar takes its mark's place
        table = table.replace(f"<small>{_bar_mark(i)}</small>", _bar(account), 1)
    more = len(view.accounts) - len(shown)
    note = f"{more} more accounts are in the XLSX." if more else ""
    has_bad = any(account.state in _BAD for account in view.accounts)
    fine = "As their networks answered last." if view.connected else "As far as somebody loaded files."
    sub = "Those that need somebody first." if has_bad else fine
    return blocks.card("Accounts", table, sub=sub, note=note)


def _account_row(account: Account, view: OperationsView, locale: str) -> _Row:
    whose = [network_name(account.network), account.account_id if account.name else "", account.currency]
    link = account.connector
    return [
        Cell(account.label, note=" · ".join(part for part in whose if part)),
        _state_cell(account),
        _day_cell(account, locale),
        Cell(ABSENT)
        if link is None or link.restated_micros is None
        else Cell(
            money(link.restated_micros, account.currency, locale),
            note=f"and {number(link.restated_results, locale)} results",
            sort=link.restated_micros,
        ),
        _quota_cell(account, view, locale),
        Cell(ABSENT)
        if link is None or not link.api_version
        else Cell(
            link.api_version,
            note=f"ends {day(link.api_version_ends, locale, year=0)}"
            if link.api_version_ends
            else "no end announced",
            tone="worse" if link.api_version_ends else "plain",
        ),
        _token_cell(account, view, locale),
    ]


def _state_cell(account: Account) -> Cell:
    link = account.connector
    # what a refused token means stands in its notice; of other errors the first sentence will do here
    error = link.error if link is not None and account.state != "refused" else ""
    return Cell(
        _STATES[account.state],
        note=error.split(". ")[0][:120],
        tone="worse" if account.state in _BAD else "plain",
    )


def _day_cell(account: Account, locale: str) -> Cell:
    if account.last_day is None:
        return Cell(ABSENT, sort=0)
    lag = account.lag_days or 0
    words = "yesterday" if lag == 0 else "the day before" if lag == 1 else f"{lag} days behind"
    bad = account.state not in ("ok", "files") and lag > 0
    text = day(account.last_day, locale, year=0)
    return Cell(text, sort=account.last_day.toordinal(), note=words, tone="worse" if bad else "plain")


def _quota_cell(account: Account, view: OperationsView, locale: str) -> Cell:
    used = account.connector.quota_used if account.connector is not None else None
    if used is None:
        return Cell(ABSENT, sort=-1)
    return Cell(
        percent(used, locale, digits=2),
        sort=used,
        note=_bar_mark(view.accounts.index(account)),
        tone="worse" if used >= _MUCH_USED else "plain",
    )


def _bar_mark(i: int) -> str:
    return f"\ue000{i}\ue001"  # letters of nobody's language


def _bar(account: Account) -> str:
    used = (account.connector.quota_used if account.connector is not None else None) or 0.0
    css_class = ' class="worse"' if used >= _MUCH_USED else ""
    return (
        '<svg class="wb-quota" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="6"/><path{css_class} d="M0,0h{n(100 * min(1.0, used))}v6H0z"/></svg>'
    )


def _token_cell(account: Account, view: OperationsView, locale: str) -> Cell:
    link = account.connector
    if link is None or account.state == "refused":
        return Cell(
            "refused" if link is not None else ABSENT, sort=0, tone="worse" if link is not None else "plain"
        )
    ends = link.token_expires_at
    if ends is None:
        return Cell("no end", sort=float("inf"))
    # a rehearsal has a calendar of its own, which the account's last day is told in
    today = (
        view.at.date() if not view.is_simulated else (account.last_day or view.at.date()) + timedelta(days=1)
    )
    soon = ends.date() - today <= _SOON
    return Cell(
        day(ends.date(), locale, year=0),
        sort=ends.timestamp(),
        note=_in_days(ends.date(), today) if soon else "",
        tone="worse" if soon else "plain",
    )


def _in_days(when: date, today: date) -> str:
    n_days = (when - today).days
    if n_days < 0:
        return "over"
    return "today" if n_days == 0 else "tomorrow" if n_days == 1 else f"in {n_days} days"


def loads_card(view: OperationsView, locale: str = "en_GB") -> str:
    """Return the card with the last files and visits to accounts; empty before the first."""
    visits = view.log.visits
    if not visits:
        return ""
    names = {(a.network, a.account_id): a.label for a in view.accounts}
    more = len(visits) - MAX_ROWS
    return blocks.card(
        "Last loads",
        visits_table(visits[:MAX_ROWS], names, year=view.at.year, locale=locale),
        sub="Every file and every answer is compared with its own total before it is stored.",
        note=f"{more} more are in the XLSX." if more > 0 else "",
    )


def visits_table(
    visits: Sequence[Visit],
    names: Mapping[tuple[str, str], str],
    *,
    year: int,
    locale: str = "en_GB",
    sortable: bool = True,
) -> str:
    """Return the table of files and visits to accounts.

    Parameters
    ----------
    visits : sequence of Visit
        The newest first.
    names : mapping of (str, str) to str
        Names of accounts by network and id.
    year : int
        Days of this year are written without it.
    locale : str
        Locale in which numbers and days are written.
    sortable : bool
        Whether its heads sort it.
    """
    columns = [
        Column("What", "text"),
        Column("State", "text"),
        Column("Days", "text", phone=False),
        Column("Rows", phone=False),
        Column("At, UTC"),
    ]
    rows = [_visit_row(visit, names, year=year, locale=locale) for visit in visits]
    caption = "Last loads and how they reconciled"
    return table_html(columns, rows, caption=caption, locale=locale, sortable=sortable)


def _visit_row(visit: Visit, names: Mapping[tuple[str, str], str], *, year: int, locale: str) -> _Row:
    name = (
        visit.name
        or f"{network_name(visit.network)} · {names.get((visit.network, visit.account_id), visit.account_id)}"
    )
    known = _RECONCILED if visit.n_parts == 1 else _ALL_RECONCILED
    words = visit.reason or known.get(visit.reconciled, visit.reconciled)
    if visit.n_parts > 1 and not visit.reason:
        words = f"{visit.n_parts} windows: {words}" if words else f"{visit.n_parts} windows"
    period = visit.period
    return [
        Cell(name, note=words),
        Cell(_VISITS[visit.state], tone="plain" if visit.state == "done" else "worse"),
        "" if period is None else day_range(period.start, period.stop, locale, year=year),
        Cell(number(visit.n_rows, locale, digits=9), sort=visit.n_rows),
        Cell(
            day(visit.at.date(), locale, year=year),
            note=f"{visit.at:%H:%M}",
            sort=visit.at.timestamp(),
        ),
    ]


def refused_card(view: OperationsView, locale: str = "en_GB") -> str:
    """Return the card with what is in quarantine; empty where there is nothing."""
    cells = view.log.refused
    if not cells:
        return ""
    columns = [
        Column("File or answer", "text"),
        Column("Row"),
        Column("Column", "text", phone=False),
        Column("Value", "text", phone=False),
        Column("Reason", "text"),
    ]
    rows: list[_Row] = [
        [
            Cell(cell.name, note=f"{day(cell.at.date(), locale, year=view.at.year)}, {cell.at:%H:%M} UTC"),
            Cell(ABSENT if cell.row is None else str(cell.row), sort=cell.row or 0),
            cell.column or ABSENT,
            cell.value or ABSENT,
            cell.reason,
        ]
        for cell in cells[:MAX_ROWS]
    ]
    more = len(cells) - len(rows)
    return blocks.card(
        "In quarantine",
        table_html(columns, rows, caption="What was not loaded, and why", locale=locale),
        sub="Nothing of these files or answers was stored; what was loaded before stays. "
        "Personal data are taken out of the values.",
        note=f"{more} more are in the XLSX." if more > 0 else "",
    )


def unfinished_card(view: OperationsView, locale: str = "en_GB") -> str:
    """Return the card with refreshes in progress or failed; empty where there is none."""
    found = view.log.unfinished
    if not found:
        return ""
    names = {(a.network, a.account_id): a.label for a in view.accounts}
    columns = [
        Column("Account", "text"),
        Column("State", "text"),
        Column("Days", "text", phone=False),
        Column("In the lake already", phone=False),
        Column("Since, UTC"),
    ]
    rows: list[_Row] = [
        [
            Cell(names.get((u.network, u.account_id), u.account_id), note=u.grain),
            Cell(_UNFINISHED[u.state], note=u.reason, tone="plain" if u.state == "running" else "worse"),
            day_range(u.period.start, u.period.stop, locale, year=view.at.year),
            Cell(f"{number(u.n_rows, locale, digits=9)} rows", sort=u.n_rows, note=_windows(u.n_windows)),
            Cell(
                day(u.started_at.date(), locale, year=view.at.year),
                note=f"{u.started_at:%H:%M}",
                sort=u.started_at.timestamp(),
            ),
        ]
        for u in found[:MAX_ROWS]
    ]
    return blocks.card(
        "Refreshes that did not finish",
        table_html(columns, rows, caption="Refreshes in progress or failed", locale=locale),
        sub="The next run goes on with the first window that is missing.",
    )


def _windows(n_windows: int) -> str:
    return f"{n_windows} {'window' if n_windows == 1 else 'windows'}"
