"""The Budget page's figures: what moves, and what the next currency unit buys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.core.number_text import Unit, number, percent
from workbench.views.budget_words import is_whole, money_unit, one_unit
from workbench.views.chart import Band, Chart, Dot, Dots, Line, Mark, Points, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.flows.budget_run import NextCurve
    from workbench.flows.budget_view import BudgetView, Row

_MOST_LINES = 6
_TALLEST = 2.6  # of the highest point: a steeper beginning of a curve would flatten all the rest


def moves_chart(view: BudgetView, locale: str) -> Chart:
    """Return today and proposed spend of every item, the largest move first."""
    one = one_unit(view)
    rows = [
        Dot(
            row.name,
            row.proposed,
            before=row.now,
            note=" · ".join([next_words(row, locale), *row.flags]),
            tone="plain",
        )
        for row in by_move(view.rows)
    ]
    return Chart(
        title=f"Today → proposed, {view.span}",
        subtitle=f"Hollow: today. Filled: proposed. Below each name: {view.found.outcome} that its "
        f"next {one} buys, today → proposed.",
        marks=[Dots(rows)],
        unit=money_unit(view, whole=is_whole(view)),
        locale=locale,
        from_zero=True,
        aria="",
    )


def next_words(row: Row, locale: str) -> str:
    """Write what the next currency unit buys at either spend."""
    now, new = (number(at.mean, locale, digits=2) for at in (row.next_now, row.next_proposed))
    return f"{now} → {new}" if now != new else f"{now} as before"


def next_chart(view: BudgetView, locale: str) -> Chart:
    """Return what the next currency unit buys over spend: for what gains most and what gives most."""
    chosen = _told_apart(view.rows)
    curves = dict(zip(view.run.stored.channels, view.run.curves, strict=True))
    ceiling = _TALLEST * max(at.mean for row in chosen for at in (row.next_now, row.next_proposed))
    marks: list[Mark] = []
    for row in chosen:
        marks += _curve_marks(row, curves[row.name], ceiling)
    for row in chosen:
        now, new = row.each
        ys = [row.next_now.mean, row.next_proposed.mean]
        if view.n_periods > 1:  # an average of periods, which lies on the curve of a usual one
            ys = np.interp(row.each, curves[row.name].spend, curves[row.name].slope).tolist()
        marks.append(Points([now], [ys[0]], f"{row.name}, today", hollow=True))
        marks.append(Points([new], [ys[1]], f"{row.name}, proposed"))
    if view.plan.multiplier > 0 and view.moved > 0:
        more = number(view.plan.multiplier, locale, digits=2)
        marks.append(Rule(view.plan.multiplier, f"one {one_unit(view)} more:\N{NO-BREAK SPACE}{more}"))
    some = "" if len(chosen) == len(view.rows) else " The two that move most; the others are below."
    return Chart(
        title=f"What the next {one_unit(view)} buys",
        subtitle=f"{view.found.outcome.capitalize()} at each spend a {view.found.period}. "
        f"Grey dots: beyond what was ever spent.{averaged(view)}{some}",
        marks=marks,
        unit=Unit(),
        x_unit=money_unit(view, whole=is_whole(view)),
        x_name=f"Spend a {view.found.period}",
        locale=locale,
        from_zero=True,
        height_px=300,
    )


def response_chart(view: BudgetView, row: Row, locale: str) -> Chart:
    """Return what all of one item's spend brings, with its band and both points."""
    curve = dict(zip(view.run.stored.channels, view.run.curves, strict=True))[row.name]
    shown = curve.is_seen | curve.is_beyond
    xs, low, high = (part[shown].tolist() for part in (curve.spend, curve.low, curve.high))
    level = percent(view.plan.level, locale, digits=2)

    def line(chosen: NDArray[np.bool_]) -> list[float | None]:
        pairs = zip(curve.response[shown].tolist(), chosen[shown].tolist(), strict=True)
        return [y if is_in else None for y, is_in in pairs]

    ends = np.interp(row.each, curve.spend, curve.response).tolist()
    return Chart(
        title=row.name,
        subtitle=", ".join(row.flags),
        marks=[
            Band(xs, low, high, f"{level} interval"),
            Line(xs, line(curve.is_seen), view.found.outcome.capitalize()),
            Line(xs, line(curve.is_beyond), "Beyond what was seen", role="beyond"),
            Points([row.each[0]], [ends[0]], "Today", hollow=True),
            Points([row.each[1]], [ends[1]], "Proposed"),
        ],
        unit=Unit(),
        x_unit=money_unit(view, whole=is_whole(view)),
        x_name=f"Spend a {view.found.period}",
        locale=locale,
        from_zero=True,
        height_px=180,
    )


def periods_chart(view: BudgetView, locale: str) -> Chart:
    """Return what each item spends in each planned period, after today's."""
    days = view.period_starts
    last = days[0] - (days[1] - days[0])
    shown = by_move(view.rows)[:_MOST_LINES]
    rest = len(view.rows) - len(shown)
    more = f" The {_MOST_LINES} that move most; the XLSX has the other {rest}." if rest > 0 else ""
    each = [
        Line([last, *days], [row.each[0], *row.by_period], row.name, role="category", end_label=row.name)
        for row in shown
    ]
    now = [Points([last], [row.each[0]], f"{row.name}, today", hollow=True) for row in shown]
    return Chart(
        title=f"{view.found.period.capitalize()} by {view.found.period}",
        subtitle=f"Proposed spend of each {view.found.period}, which sum to the same total. "
        f"Hollow: today.{more}",
        marks=[*each, *now],
        unit=money_unit(view, whole=is_whole(view)),
        x_name=view.found.period.capitalize(),
        locale=locale,
        from_zero=True,
    )


def averaged(view: BudgetView) -> str:
    """Say what the points of a plan of several periods are; nothing for one."""
    return f" Points: the mean of the {view.n_periods} {view.found.period}s." if view.n_periods > 1 else ""


def _told_apart(rows: Sequence[Row]) -> list[Row]:
    """Return what gains most and what gives most, so that two curves stay readable."""
    moved = by_move(rows)
    up = next((row for row in moved if row.change > 0), None)
    down = next((row for row in moved if row.change < 0), None)
    chosen = [row for row in (up, down) if row is not None]
    return chosen + [row for row in moved if row not in chosen][: 2 - len(chosen)]


def _curve_marks(row: Row, curve: NextCurve, ceiling: float) -> list[Mark]:
    shown = curve.is_seen | curve.is_beyond
    xs, slopes = curve.spend[shown].tolist(), curve.slope[shown].tolist()

    def heights(chosen: NDArray[np.bool_]) -> list[float | None]:
        pairs = zip(slopes, chosen[shown].tolist(), strict=True)
        return [y if is_in and y <= ceiling else None for y, is_in in pairs]

    return [
        Line(xs, heights(curve.is_seen), row.name, role="category", end_label=row.name),
        Line(xs, heights(curve.is_beyond), f"{row.name}, beyond what was seen", role="beyond"),
    ]


def by_move(rows: Sequence[Row]) -> list[Row]:
    """Return the items by the amount that moves, the largest first."""
    return sorted(rows, key=lambda row: (-abs(row.change), row.name))
