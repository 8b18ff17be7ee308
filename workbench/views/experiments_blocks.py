"""A test as blocks: the same ones for the app and for a saved file. The verdict first, P(best) last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench.core.number_text import percent, probability, value_text
from workbench.views import blocks
from workbench.views.experiments_figures import (
    badges_html,
    densities_html,
    losses_of,
    strip_html,
    uplift_html,
)
from workbench.views.experiments_words import (
    DAYS_A_MONTH,
    figure_text,
    finding,
    loss_number,
    metric_unit,
    money_text,
)
from workbench.views.svg_text import clean
from workbench.views.table import AnyCell, Cell, Column, Interval, table_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.experiment_view import ExperimentView, Guard

TITLE = "Experiments"
QUESTION = "Who wins, and may I stop?"
_MARKS = {"fine": ("✓", "fine"), "watch": ("!", "look at this"), "broken": ("✕", "broken")}
_CAUSES = "".join(
    f"<li>{cause}</li>"
    for cause in (
        "One arm loads slower, redirects or breaks, and some leave before they are counted.",
        "The tracking fires later, or not at all, in one arm.",
        "Bots, own staff or repeated visits are filtered in one arm only.",
        "The shares were changed while the test ran, or one arm was paused.",
        "The other shares were planned: see “Planned shares” among your figures.",
    )
)
FIGURES = (densities_html, uplift_html, badges_html, strip_html)
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
        figures="".join(draw(view, locale) for draw in FIGURES) if readable else "",
        table=_arms_table(view, locale, readable=readable),
        best=_best(view, locale) if readable else "",
    )


def header(question: str = QUESTION, badges: Sequence[blocks.Badge] = ()) -> str:
    """Return the page's title, the question that is answered, and its badges."""
    return blocks.header(TITLE, question, badges)


def earlier(html: str) -> str:
    """Return an answer as one of earlier figures: greyed, and said to be so."""
    words = "These are of the earlier figures. Correct the marked fields to see the new ones."
    return (
        f'<p class="wb-block wb-earlier-said" role="status">{words}</p><div class="wb-earlier">{html}</div>'
    )


def _tiles(view: ExperimentView, locale: str, *, readable: bool) -> str:
    if not readable:  # a class of evidence would vouch for figures that nobody may read
        return blocks.card("Where units usually get lost", f'<ul class="wb-causes">{_CAUSES}</ul>')
    name, meaning = view.evidence
    evidence = blocks.tile("Class of evidence", name, change=meaning)
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
        return money_text(loss, view.costs.currency, locale)
    return loss_number(loss, view, locale)


def _cost_words(loss: float, view: ExperimentView, locale: str, *, when: str) -> str:
    if view.costs.currency is None:
        return f"{view.entry.about.loss_unit}, {when}"
    month = money_text(loss * DAYS_A_MONTH, view.costs.currency, locale)
    return f"a day ({month} a month) {when}"


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


def _arms_table(view: ExperimentView, locale: str, *, readable: bool) -> str:
    kind, unit = view.entry.about, metric_unit(view.entry.kind)
    given = [
        (c, texts)
        for c, texts in zip(kind.columns, view.entry.figures, strict=True)
        if c.in_table and any(texts)
    ]
    figures = [c for c, _ in given]
    columns = [
        Column("Arm", "text"),
        *(Column(c.label.removesuffix(" (optional)"), phone=k < 2) for k, c in enumerate(figures)),
        Column("Estimate" if kind.metric in {c.label for c in figures} else kind.metric),
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
            *(figure_text(texts[k], locale) for _, texts in given),
            value_text(arm.estimate * per, unit, locale),
            Interval(arm.estimate * per, arm.interval[0] * per, arm.interval[1] * per),
        ]
        if readable:
            row.append(_loss_cell(losses_of(view)[k], view, locale))
        rows.append(row)
    note = " ".join(view.notes)
    if not readable:
        note = "Nothing is compared as long as it is not known which units are missing."
    return blocks.card("The arms", table_html(columns, rows, caption="The arms", locale=locale), note=note)


def _loss_cell(loss: float, view: ExperimentView, locale: str) -> str:
    if view.costs.currency is not None:
        return money_text(loss, view.costs.currency, locale)
    return loss_number(loss, view, locale)


def _best(view: ExperimentView, locale: str) -> str:
    result = view.result
    said = " · ".join(
        f"{arm.name} {probability(p, locale)}" for arm, p in zip(result.arms, result.prob_best, strict=True)
    )
    return f'<p class="wb-block wb-best"><b>P(best)</b> {clean(said)}. {clean(BEST_WORDS)}</p>'
