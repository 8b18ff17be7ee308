"""A test as blocks: the same ones for the app and for a saved file. The verdict first, P(best) last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, number, percent, probability, value_text
from workbench.flows.experiment_kinds import EVIDENCE, KINDS
from workbench.views import blocks
from workbench.views.chart import Chart, Dot, Dots
from workbench.views.experiments_density import Hill, density_svg
from workbench.views.experiments_words import (
    DAYS_A_MONTH,
    change_text,
    figure_text,
    finding,
    loss_text,
    metric_unit,
    money_text,
)
from workbench.views.svg import render
from workbench.views.svg_text import clean
from workbench.views.table import AnyCell, Cell, Column, Interval, table_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.experiment_view import ExperimentView, Guard

TITLE = "Experiments"
QUESTION = "Who wins, and may I stop?"
WIDE_PX, MIDDLE_PX, NARROW_PX = 760, 520, 330
_MARKS = {"fine": ("✓", "fine"), "watch": ("!", "look at this"), "broken": ("✕", "broken")}
BEST_WORDS = (
    "Probability of being the best of all arms, given these figures. It is no error rate: among equal arms "
    "it wanders, and sooner or later passes any line."
)


@cache
def experiments_css() -> str:
    """Return the style sheet of this page's own blocks, as an element."""
    text = (files("workbench.views") / "css" / "experiments.css").read_text(encoding="utf-8")
    return f"<style>{text}</style>"


@dataclass(frozen=True)
class Parts:
    """The blocks of a test, in the order of the page.

    Attributes
    ----------
    finding, tiles, guards, figures, table, best : str
        HTML.
    """

    finding: str
    tiles: str
    guards: str
    figures: str
    table: str
    best: str

    def body(self, *more: str) -> str:
        """Return the whole answer; ``more`` blocks stand after the figures."""
        return self.finding + self.tiles + self.guards + self.figures + "".join(more) + self.table + self.best


def parts_of(view: ExperimentView, locale: str = "en_GB") -> Parts:
    """Turn an answer into blocks; a broken split leaves out everything that would name a winner.

    Parameters
    ----------
    view : ExperimentView
    locale : str
        Locale of the numbers.
    """
    said, hedges = finding(view, locale)
    readable = view.result.decision.verdict != "do not read"
    return Parts(
        finding=blocks.finding(said, hedges),
        tiles=_tiles(view, locale, readable=readable),
        guards=guards_html(view.guards),
        figures=densities_html(view, locale) + uplift_html(view, locale) if readable else "",
        table=_arms_table(view, locale, readable=readable),
        best=_best(view, locale) if readable else "",
    )


def header(*, badges: Sequence[blocks.Badge] = ()) -> str:
    """Return the page's title, its question and its badges."""
    return blocks.header(TITLE, QUESTION, badges)


def earlier(html: str) -> str:
    """Return an answer as one of earlier figures: greyed, and said to be so."""
    words = "These are of the earlier figures. Correct the marked fields to see the new ones."
    return (
        f'<p class="wb-block wb-earlier-said" role="status">{words}</p><div class="wb-earlier">{html}</div>'
    )


def _tiles(view: ExperimentView, locale: str, *, readable: bool) -> str:
    name, meaning = EVIDENCE[view.entry.evidence]
    evidence = blocks.tile("Class of evidence", name, change=meaning)
    if not readable:
        return blocks.tiles(evidence)
    costs = view.costs
    return blocks.tiles(
        blocks.tile(
            _choice_label(view),
            _cost_value(costs.choosing, view, locale),
            change=_cost_words(costs.choosing, view, locale, when="on average, in case it is the wrong arm"),
            definition="Expected loss: how much worse it is than the best arm, times how probable that is.",
        ),
        blocks.tile(
            "Waiting costs",
            _cost_value(costs.waiting, view, locale),
            change=_cost_words(costs.waiting, view, locale, when="while every arm keeps its share"),
            definition="Expected loss of every arm, weighted with its planned share, while the test runs.",
        ),
        evidence,
    )


def _choice_label(view: ExperimentView) -> str:
    is_control = view.costs.arm == view.result.arms[0].name
    return f"{'Keeping' if is_control else 'Shipping'} {view.costs.arm} now costs"


def _cost_value(loss: float, view: ExperimentView, locale: str) -> str:
    if view.costs.currency is not None:
        return f"{money_text(loss, view.costs.currency, locale)} a day"
    return number(loss * KINDS[view.entry.kind].loss_per, locale, digits=2)


def _cost_words(loss: float, view: ExperimentView, locale: str, *, when: str) -> str:
    if view.costs.currency is None:
        return f"{KINDS[view.entry.kind].loss_unit}, {when}"
    return f"{money_text(loss * DAYS_A_MONTH, view.costs.currency, locale)} a month {when}"


def guards_html(guards: Sequence[Guard]) -> str:
    """Return what was looked at before the winner, one mark for each."""
    items = "".join(
        f'<li class="wb-guard-{guard.state}">'
        f'<span class="wb-mark" aria-hidden="true">{_MARKS[guard.state][0]}</span>'
        f'<span><b>{clean(guard.name)}</b><span class="wb-hidden"> ({_MARKS[guard.state][1]})</span> '
        f"{clean(guard.words)}</span></li>"
        for guard in guards
    )
    return f'<ul class="wb-block wb-guards" aria-label="Checks">{items}</ul>'


def densities_html(view: ExperimentView, locale: str) -> str:
    """Return the figure of the arms' densities, drawn for each width it will be seen at."""
    kind, unit = KINDS[view.entry.kind], metric_unit(view.entry.kind)
    per, control = kind.shown_per, view.result.arms[0].name
    hills = [
        Hill(
            arm.name,
            curve.x * per,
            curve.density / per,
            arm.estimate * per,
            arm.interval[0] * per,
            arm.interval[1] * per,
            is_control=arm.name == control,
        )
        for arm, curve in zip(view.result.arms, view.curves, strict=True)
    ]
    drawn = {px: density_svg(hills, unit, px, locale=locale) for px in (WIDE_PX, MIDDLE_PX, NARROW_PX)}
    level = percent(view.result.level, digits=2)
    return _figure(
        f"Where the {kind.metric.lower()} of each arm lies",
        f"The higher the hill, the more probable the figure. Dark: {level} of the probability. "
        f"Dashed: {control}.",
        drawn,
    )


def uplift_html(view: ExperimentView, locale: str) -> str:
    """Return the figure of every arm's change against the control, on one scale with its zero line."""
    uplift, result = view.result.uplift, view.result
    relative = all(one.relative is not None for one in uplift)
    per = 1 if relative else KINDS[view.entry.kind].shown_per
    losses = dict(zip((arm.name for arm in result.arms), _losses(view), strict=True))
    rows = []
    for one in uplift:
        change = one.relative if relative and one.relative is not None else one.absolute
        rows.append(
            Dot(
                one.arm,
                change.estimate * per,
                change.low * per,
                change.high * per,
                note=f"loses {loss_text(losses[one.arm], view, locale)}",
                text=change_text(one, view, locale),
            )
        )
    control = result.arms[0].name
    chart = Chart(
        title=f"Change against {control}",
        marks=[Dots(rows, reference=0.0, reference_words="no change")],
        unit=Unit("percent") if relative else Unit(),
        locale=locale,
        from_zero=True,
    )
    drawn = {px: render(chart, px) for px in (WIDE_PX, MIDDLE_PX, NARROW_PX)}
    side = "right" if result.higher_is_better else "left"
    level = percent(result.level, digits=2)
    sub = (
        f"Better is to the {side} of the line. Bars hold the true change with {level}; "
        "“loses” is the average if chosen."
    )
    return _figure(chart.title, sub, drawn)


def _losses(view: ExperimentView) -> tuple[float, ...]:
    return view.result.expected_loss_per_day or view.result.expected_loss


def _figure(title: str, sub: str, drawn: dict[int, str]) -> str:
    names = {WIDE_PX: "wb-xw", MIDDLE_PX: "wb-xm", NARROW_PX: "wb-xn"}
    inner = "".join(svg.replace('<svg class="', f'<svg class="{names[px]} ', 1) for px, svg in drawn.items())
    return (
        f'<figure class="wb-block wb-card wb-figure wb-fit"><figcaption>'
        f'<h2 class="wb-head">{clean(title)}</h2>'
        f'<p class="wb-sub">{clean(sub)}</p></figcaption><div class="wb-draw">{inner}</div></figure>'
    )


def _arms_table(view: ExperimentView, locale: str, *, readable: bool) -> str:
    kind, unit = KINDS[view.entry.kind], metric_unit(view.entry.kind)
    figures = [c for c, texts in zip(kind.columns, view.entry.figures, strict=True) if any(texts)]
    columns = [
        Column("Arm", "text"),
        *(Column(c.label.removesuffix(" (optional)"), phone=k < 2) for k, c in enumerate(figures)),
        Column(kind.metric),
        Column(f"{percent(view.result.level, digits=2)} interval", "interval", unit=unit, phone=False),
    ]
    if readable:
        money = view.costs.currency is not None
        columns.append(Column("Loss a day" if money else "Expected loss", phone=False))
    rows = []
    for k, arm in enumerate(view.result.arms):
        per = kind.shown_per
        row: list[AnyCell] = [
            Cell(arm.name, note="control" if k == 0 else ""),
            *(figure_text(texts[k], locale) for texts in view.entry.figures if any(texts)),
            value_text(arm.estimate * per, unit, locale),
            Interval(arm.estimate * per, arm.interval[0] * per, arm.interval[1] * per),
        ]
        if readable:
            row.append(_loss_cell(_losses(view)[k], view, locale))
        rows.append(row)
    note = "" if readable else "Nothing is compared as long as it is not known which units are missing."
    return blocks.card("The arms", table_html(columns, rows, caption="The arms", locale=locale), note=note)


def _loss_cell(loss: float, view: ExperimentView, locale: str) -> str:
    if view.costs.currency is not None:
        return money_text(loss, view.costs.currency, locale)
    return number(loss * KINDS[view.entry.kind].loss_per, locale, digits=2)


def _best(view: ExperimentView, locale: str) -> str:
    result = view.result
    said = " · ".join(
        f"{arm.name} {probability(p, locale)}" for arm, p in zip(result.arms, result.prob_best, strict=True)
    )
    return f'<p class="wb-block wb-best"><b>P(best)</b> {clean(said)}. {clean(BEST_WORDS)}</p>'
