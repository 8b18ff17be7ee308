"""The Operations page as blocks: the same ones for the app and for a saved file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.number_text import ABSENT, money, number, percent
from workbench.flows.operations_words import network_name
from workbench.views import blocks
from workbench.views.commands import command_html, operations_css
from workbench.views.date_text import day, day_range
from workbench.views.operations_strip import strip_figure
from workbench.views.operations_tables import accounts_card, loads_card, refused_card, unfinished_card
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from workbench.flows.operations import Account, OperationsView

TITLE = "Operations"
QUESTION = "Is everything connected, fresh and allowed?"
#: From this share of a quota on, a reader should know.
MUCH_USED = 0.8

#: What brings the first own figures: what to do, why, and the command.
STEPS = (
    (
        "Store a token of Meta.",
        "Make one in Meta’s Business settings with the permission ads_read. "
        "It goes into the system’s keyring, never into a file.",
        "keyring set workbench META_TOKEN",
    ),
    (
        "Say that it is for real.",
        "A fresh installation is a rehearsal and talks to this machine only. "
        "The server of the pages needs the same word.",
        "export WORKBENCH_ENVIRONMENT=live",
    ),
    (
        "Read the accounts.",
        "All that the token sees, the last 28 days first; run it again every morning. "
        "Without a token, drop an export of Ads Manager on the home page instead.",
        "wb load meta",
    ),
)


@dataclass(frozen=True)
class Parts:
    """The blocks of the page, in their order.

    Attributes
    ----------
    header, finding, tiles, body, notes : str
        HTML; on a fresh installation ``tiles`` is empty and ``body`` says how to begin.
    """

    header: str
    finding: str
    tiles: str
    body: str
    notes: str

    def below(self) -> str:
        """Return everything below the header."""
        return operations_css() + self.finding + self.tiles + self.body + self.notes


def operations_parts(view: OperationsView, locale: str = "en_GB") -> Parts:
    """Turn the state of an installation into blocks.

    Parameters
    ----------
    view : OperationsView
        What to show.
    locale : str
        Locale in which numbers and days are written.
    """
    log = "".join(
        (
            unfinished_card(view, locale),
            refused_card(view, locale),
            loads_card(view, locale),
        )
    )
    is_new = view.is_fresh_install
    accounts = _steps(view) if is_new else accounts_card(view, locale) + strip_figure(view.accounts, locale)
    return Parts(
        header=blocks.header(TITLE, QUESTION, _badges(view, locale)),
        finding=_finding(view),
        tiles="" if is_new else blocks.tiles(*_tiles(view, locale)),
        body=accounts + log,
        notes=_notes(view),
    )


def _badges(view: OperationsView, locale: str) -> list[blocks.Badge]:
    badges = [blocks.Badge("simulated company", "simulated")] if view.is_simulated else []
    days = [] if view.is_fresh_install else [a.last_day for a in view.accounts if a.last_day is not None]
    if days:
        behind = any(a.state not in ("ok", "files") for a in view.accounts)
        first, last = min(days), max(days)
        reach = day_range(first, last, locale) if behind else day(last, locale, year=0)
        badges.append(blocks.Badge(f"data to {reach}", "stale" if behind else "plain"))
    return badges


def _finding(view: OperationsView) -> str:
    found = view.finding
    said = [blocks.worse(text) if tone == "worse" else text for text, tone in found.segments]
    html = blocks.finding(said, " ".join(found.hedges))
    if view.notices:
        return html + _notices(view)
    if found.command:
        return html + f'<div class="wb-block wb-command-block">{command_html(found.command)}</div>'
    return html


def _notices(view: OperationsView) -> str:
    items = "".join(
        f"<li><p>{clean(notice.text)}</p><small>open since {notice.opened_at:%-d %b %Y, %H:%M} UTC</small>"
        f"{command_html(notice.command) if notice.command else ''}</li>"
        for notice in view.notices
    )
    return f'<ul class="wb-block wb-todo" aria-label="To be put right">{items}</ul>'


def _steps(view: OperationsView) -> str:
    steps = [step for step in STEPS if view.environment == "sandbox" or "ENVIRONMENT" not in step[2]]
    items = "".join(
        f"<li><b>{clean(what)}</b><p>{clean(why)}</p>{command_html(command)}</li>"
        for what, why, command in steps
    )
    return blocks.empty_state(
        f"{'Three' if len(steps) == 3 else 'Two'} steps to your own figures",
        "Once they are there, every page shows them, and this one says how they stand.",
        inner_html=f'<ol class="wb-steps">{items}</ol>',
    )


def _tiles(view: OperationsView, locale: str) -> list[str]:
    tiles = [_fresh_tile(view), _last_load_tile(view, locale), _refused_tile(view, locale)]
    return [*tiles, _restated_tile(view, locale), _quota_tile(view, locale)] if view.connected else tiles


def _fresh_tile(view: OperationsView) -> str:
    connected = view.connected
    files = [a for a in view.accounts if a.state == "files"]
    bad = [a for a in connected if a.state != "ok"]
    aside = f"{len(files)} more from files" if files and connected else ""
    if not connected:
        return blocks.tile(
            "Accounts from files", str(len(files)), aside="none connected", definition=_DEFINITIONS["files"]
        )
    change: blocks.Sentence = [blocks.worse(_counts(bad))] if bad else ""
    return blocks.tile(
        "Accounts up to date",
        f"{len(connected) - len(bad)} of {len(connected)}",
        change=change,
        aside=aside or ("" if bad else "none is behind"),
        definition=_DEFINITIONS["fresh"],
    )


def _counts(accounts: list[Account]) -> str:
    words = {"refused": "refused", "unreachable": "not reached", "late": "behind", "new": "not read yet"}
    states = [account.state for account in accounts]
    return ", ".join(f"{states.count(state)} {words[state]}" for state in dict.fromkeys(states))


def _last_load_tile(view: OperationsView, locale: str) -> str:
    visit = view.log.visits[0] if view.log.visits else None
    if visit is None:
        return blocks.tile("Last load", ABSENT, aside="nothing yet", definition=_DEFINITIONS["last"])
    what = visit.name or f"{network_name(visit.network)}, {number(visit.n_rows, locale, digits=9)} rows"
    return blocks.tile(
        "Last load",
        day(visit.at.date(), locale, year=view.at.year),
        change=f"{visit.at:%H:%M} UTC",
        aside=what,
        definition=_DEFINITIONS["last"],
    )


def _refused_tile(view: OperationsView, locale: str) -> str:
    n = view.log.n_refused_recent
    of = f"of {number(view.log.n_recent, locale, digits=9)} loads{'; the reasons are below' if n else ''}"
    return blocks.tile("Refused in 7 days", str(n), aside=of, definition=_DEFINITIONS["refused"])


def _restated_tile(view: OperationsView, locale: str) -> str:
    sums: dict[str, int] = {}
    for account in view.connected:
        moved = account.connector.restated_micros if account.connector is not None else None
        if moved is not None:
            sums[account.currency] = sums.get(account.currency, 0) + moved
    if not sums:
        return blocks.tile(
            "Restated last time",
            ABSENT,
            aside="nothing was read twice yet",
            definition=_DEFINITIONS["restated"],
        )
    # the amounts of several currencies stand beside one another and are never added
    first, *others = [money(micros, currency, locale) for currency, micros in sorted(sums.items())]
    return blocks.tile(
        "Restated last time",
        first,
        change=f"and {' and '.join(others)}" if others else "",
        aside="of days loaded before",
        definition=_DEFINITIONS["restated"],
    )


def _quota_tile(view: OperationsView, locale: str) -> str:
    used = [
        (a.connector.quota_used, a.label)
        for a in view.connected
        if a.connector and a.connector.quota_used is not None
    ]
    if not used:
        return blocks.tile("Quota left", ABSENT, aside="not told yet", definition=_DEFINITIONS["quota"])
    worst, label = max(used)
    left = percent(max(0.0, 1 - worst), locale, digits=2)
    change: blocks.Sentence = [blocks.worse("little")] if worst >= MUCH_USED else ""
    aside = f"least: {label}" if len(used) > 1 else label
    return blocks.tile("Quota left", left, change=change, aside=aside, definition=_DEFINITIONS["quota"])


def _notes(view: OperationsView) -> str:
    lines = [f"looked up {view.at:%Y-%m-%d %H:%M} UTC", f"environment: {view.environment}"]
    lines += (
        []
        if view.is_fresh_install
        else [
            "restated: how far spend and results of days that were loaded before moved, all counted positive",
            "amounts of two currencies are never added",
        ]
    )
    if view.n_hidden:
        accounts = "account" if view.n_hidden == 1 else "accounts"
        lines.append(
            f"{view.n_hidden} {accounts} of a rehearsal not shown beside own figures; "
            'company = "sandbox" shows them'
        )
    return blocks.notes(*lines)


_DEFINITIONS = {
    "fresh": "Accounts read through their network’s API that have data to yesterday in their own time zone.",
    "files": "Accounts whose figures come from exports that somebody loaded; nobody reads them by itself.",
    "last": "When the last file or account was loaded, also if it was refused.",
    "refused": "Files and windows of the last seven days that were put into quarantine or failed; "
    "the old data stay.",
    "restated": "How far the spend of days that were loaded before moved in the last refresh, "
    "summed over days.",
    "quota": "What is left of the network’s limits of calls, of the account and limit where least is left.",
}
