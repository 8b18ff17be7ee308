"""Which days of each account are loaded: a strip of days, drawn for a screen, a tablet and a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.flows.operations_words import network_name
from workbench.views.date_text import day, day_range
from workbench.views.scales import Scale, date_ticks
from workbench.views.svg_text import clean, cut, n, text_tag, text_width
from workbench.views.tokens import FULL_PX, MAIN_PX, NARROW_PX

if TYPE_CHECKING:
    from workbench.flows.coverage import Coverage, DayRun, DayState
    from workbench.flows.operations import Account

MAX_STRIPS = 12
STATE_WORDS: dict[DayState, str] = {
    "loaded": "loaded",
    "provisional": "loaded, may still be restated",
    "missing": "missing",
}
_CSS_CLASS: dict[DayState, str] = {"loaded": "bar", "provisional": "soon", "missing": "worse"}
_BAR_PX, _AXIS_PX, _LEAST_PITCH_PX = 18.0, 24.0, 5.0
_KEY_PATHS: dict[DayState, str] = {
    "loaded": "M1,1h12v12h-12z",
    "provisional": "M1.5,1.5h11v11h-11z",
    "missing": "M1,5.5h12v3h-12z",
}


@dataclass(frozen=True)
class _Row:
    """One account with the words that stand at its strip."""

    name: str
    under: str
    words: str
    since: str
    is_bad: bool
    runs: tuple[DayRun, ...]


def strip_figure(accounts: Sequence[Account], locale: str = "en_GB") -> str:
    """Return a card with one strip of days per account; empty where nothing was ever loaded.

    Parameters
    ----------
    accounts : sequence of Account
        In the order to show them; those without days are left out, and so are all beyond twelve.
    locale : str
        Locale in which days are written.
    """
    covered = [(account, account.coverage) for account in accounts if account.coverage is not None]
    if not covered:
        return ""
    shown = [_row(account, days, locale) for account, days in covered[:MAX_STRIPS]]
    period = Period(min(days.period.start for _, days in covered), covered[0][1].period.stop)
    said = ". ".join(f"{row.name}: {row.words}" for row in shown)
    drawn = "".join(
        _drawing(shown, period, width, css_class=css_class, said=said, locale=locale)
        for css_class, width in (("wb-w", FULL_PX), ("wb-m", MAIN_PX), ("wb-n", NARROW_PX))
    )
    more = len(covered) - len(shown)
    note = f'<p class="wb-note">{more} more accounts are in the XLSX.</p>' if more else ""
    return (
        f'<figure class="wb-block wb-card wb-figure wb-w{FULL_PX}"><figcaption>'
        '<h2 class="wb-head">Which days are loaded</h2>'
        f'<p class="wb-sub">One mark for each of the last {period.n_days} days, '
        "in the account’s own time zone, at any level.</p></figcaption>"
        f'{_key()}<div class="wb-draw">{drawn}</div>{_table(covered[:MAX_STRIPS], locale)}{note}</figure>'
    )


def _key() -> str:
    items = "".join(
        f'<li><svg class="wb-svg" viewBox="0 0 14 14" aria-hidden="true"><path class="{_CSS_CLASS[state]}" '
        f'd="{_KEY_PATHS[state]}"/></svg>{words}</li>'
        for state, words in STATE_WORDS.items()
    )
    return f'<ul class="wb-key">{items}</ul>'


def days_words(days: Coverage, locale: str = "en_GB") -> str:
    """Say how many days are loaded and which are missing, such as ``88 of 90, missing 3 – 4 Oct``."""
    missing = days.missing
    if not missing:
        return f"all {days.period.n_days} days"
    stop = days.period.stop
    named = ", ".join(day_range(gap.start, gap.stop, locale, year=stop.year) for gap in missing[-2:][::-1])
    more = " …" if len(missing) > 2 else ""
    return f"{days.n_days('missing')} missing: {named}{more}"


def _row(account: Account, days: Coverage, locale: str) -> _Row:
    at = days.read_at
    return _Row(
        name=account.label,
        under=account.account_id if account.name else network_name(account.network),
        words=days_words(days, locale),
        since=f"last read {day(at.date(), locale, year=days.period.stop.year)}" if at else "",
        is_bad=bool(days.missing),
        runs=days.runs,
    )


def _drawing(
    rows: Sequence[_Row], period: Period, width: float, *, css_class: str, said: str, locale: str
) -> str:
    narrow = width < MAIN_PX
    left, right = (0.0, float(width)) if narrow else _edges(rows, width)
    scale = Scale((0, period.n_days), (left, right))
    pitch, top = (74.0, 40.0) if narrow else (46.0, 8.0)
    parts = []
    for i, row in enumerate(rows):
        y = i * pitch
        parts.append(_words_above(row, y, width) if narrow else _words_beside(row, y + top, (left, right)))
        parts += [_marks(run, period, scale, y + top, locale=locale) for run in row.runs]
    height = len(rows) * pitch + _AXIS_PX
    parts.insert(0, _axis(period, scale, height, narrow=narrow, locale=locale))
    classes = f"{css_class} wb-svg{' n' if narrow else ''}"
    return (
        f'<svg class="{classes}" viewBox="0 0 {n(width)} {n(height)}" role="img" aria-label="{clean(said)}">'
        f"{''.join(parts)}</svg>"
    )


def _edges(rows: Sequence[_Row], width: float) -> tuple[float, float]:
    """Return where the strips start and stop, so that the words beside them fit."""
    before = max(max(text_width(r.name, 12, bold=True), text_width(r.under, 12)) for r in rows)
    after = max(max(text_width(r.words, 12, bold=True), text_width(r.since, 12)) for r in rows)
    return min(before, 0.22 * width) + 14, width - min(after, 0.28 * width) - 14


def _words_beside(row: _Row, top: float, edges: tuple[float, float]) -> str:
    left, right = edges
    css_class = "s worse" if row.is_bad else "s"
    return (
        text_tag(0, top + 6, cut(row.name, left - 8, 12, bold=True), "s")
        + text_tag(0, top + 21, cut(row.under, left - 8, 12))
        + text_tag(right + 14, top + 6, row.words, css_class)
        + text_tag(right + 14, top + 21, row.since)
    )


def _words_above(row: _Row, top: float, width: float) -> str:
    room = width - text_width(row.since, 13) - 12
    css_class = "s worse" if row.is_bad else ""
    return (
        text_tag(0, top + 14, cut(row.name, room, 13, bold=True), "s")
        + text_tag(width, top + 14, row.since, "e")
        + text_tag(0, top + 32, cut(row.words, width, 13, bold=True), css_class)
    )


def _marks(run: DayRun, period: Period, scale: Scale, top: float, *, locale: str) -> str:
    pitch = scale(1) - scale(0)
    gap = 1.5 if pitch > 5 else 0.8
    offset = (run.period.start - period.start).days
    flat = run.state == "missing"
    y, tall = (top + _BAR_PX / 2 - 2, 4.0) if flat else (top, _BAR_PX)
    inset = 0.5 if run.state == "provisional" else 0.0  # an outline stands on the edge, half outside
    wide = pitch - gap - 2 * inset
    n_marks = run.period.n_days
    if pitch < _LEAST_PITCH_PX:  # too narrow for a mark each: the run is one
        wide += (n_marks - 1) * pitch
        n_marks = 1
    box = f"h{wide:.2f}v{n(tall - 2 * inset)}h{-wide:.2f}z"
    cells = "".join(f"M{n(scale(offset + i) + gap / 2 + inset)},{n(y + inset)}{box}" for i in range(n_marks))
    title = clean(_run_words(run, locale))
    return f'<g><title>{title}</title><path class="{_CSS_CLASS[run.state]}" d="{cells}"/></g>'


def _run_words(run: DayRun, locale: str) -> str:
    read = f", read {_moment(run, locale)}" if run.read_at else ""
    return f"{day_range(run.period.start, run.period.stop, locale)}: {STATE_WORDS[run.state]}{read}"


def _moment(run: DayRun, locale: str) -> str:
    at = run.read_at
    return f"{day(at.date(), locale, year=run.period.stop.year)}, {at:%H:%M} UTC" if at is not None else "—"


def _axis(period: Period, scale: Scale, height: float, *, narrow: bool, locale: str) -> str:
    ticks = date_ticks(period.start, period.stop, n_max=3 if narrow else 7, locale=locale)
    parts = []
    for tick in ticks:
        x = scale((tick.when - period.start).days + 0.5)
        parts.append(f'<path class="grid" d="M{n(x)},0V{n(height - 18)}"/>')
        parts.append(text_tag(x, height - 4, tick.text, _anchor(tick.when, period)))
    return "".join(parts)


def _anchor(when: date, period: Period) -> str:
    if when == period.start:
        return ""
    return "e" if when == period.stop else "m"


def _table(covered: Sequence[tuple[Account, Coverage]], locale: str) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Account", "Days", "State", "Read last"))
    rows = "".join(
        f'<tr><th scope="row">{clean(account.label)}</th>'
        f"<td>{clean(day_range(run.period.start, run.period.stop, locale, year=days.period.stop.year))}</td>"
        f"<td>{STATE_WORDS[run.state]}</td><td>{clean(_moment(run, locale))}</td></tr>"
        for account, days in covered
        for run in days.runs[::-1]
    )
    return (
        '<details class="wb-more"><summary>Show the days</summary>'
        '<div class="wb-scroll" tabindex="0" role="region" aria-label="Days of each account">'
        f'<table class="wb-table wb-small"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )
