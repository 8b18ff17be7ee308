"""Tools below the answer: planning the next test, and trying one's looks on tests without a difference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench.core.number_text import Unit, number, percent, percent_change, value_text
from workbench.flows.experiment_planner import PLAN_KINDS
from workbench.views import blocks
from workbench.views.chart import Chart, Event, Line, Rule
from workbench.views.experiments_figures import WIDTHS, fitted_svgs
from workbench.views.experiments_form import Button, Field, FieldForm, Group, still_form
from workbench.views.live import LiveHtml
from workbench.views.svg import render
from workbench.views.svg_text import clean
from workbench.views.table import Cell, Column, table_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.experiments.null_simulation import NullSimulation, RuleRates
    from workbench.flows.experiment_planner import Planned

PLAN_TITLE, LOOKS_TITLE = "Plan the next test", "What do my looks cost?"
PLAN_KEYS = ("kind", "baseline", "deviation", "lift", "spread", "daily", "assurance", "reading", "cost")
LOOKS_KEYS = ("looks", "per_look")
_RULES = {
    "fixed horizon, read once": "Read once, at the last look",
    "fixed horizon, read at every look": "Stop at the first crossing of the usual interval",
    "prior-calibrated": "Prior-calibrated interval, at every look",
    "asymptotic sequence": "Anytime-valid interval (asymptotic)",
    "normal mixture": "Anytime-valid interval (normal mixture)",
    "multinomial e-process": "Anytime-valid test of counts",
}
_PEEKING = "fixed horizon, read at every look"
_SAFE = "asymptotic sequence"


class Tool(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """A card with a title, a form and its answer, with a still picture for the first bytes of a page."""

    def __init__(self, title: str, sub: str, form: FieldForm) -> None:
        self.head = LiveHtml(f'<h2 class="wb-head">{clean(title)}</h2><p class="wb-sub">{clean(sub)}</p>')
        self.form, self.answer = form, LiveHtml()
        super().__init__(children=(self.head, form, self.answer))
        self.add_class("wb-tool")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        still = (
            f'<div class="wb-tool"><div>{self.head.value}</div>{still_form(self.form)}'
            f"<div>{self.answer.value}</div></div>"
        )
        return bundle | {"text/html": still}


def describe_plan(form: FieldForm, texts: Mapping[str, str]) -> None:
    """Draw the planner's form."""
    is_rate, is_count = texts["kind"] == "rates", texts["kind"] == "counts"
    kinds = tuple(PLAN_KINDS.items())
    baseline = "Baseline rate" if is_rate else "Results per unit spent" if is_count else "Baseline mean"
    spread = "" if is_rate or is_count else texts["deviation"]
    figures = [
        Field("kind", "Metric", texts["kind"], options=kinds, wide=True),
        Field("baseline", baseline, texts["baseline"], unit="%" if is_rate else ""),
        *([] if is_rate or is_count else [Field("deviation", "Std deviation", spread)]),
        Field("lift", "Change worth finding", texts["lift"], unit="%"),
        Field("daily", f"{'Spend' if is_count else 'People'} a day", texts["daily"], placeholder="not known"),
        Field("assurance", "Chance of a decision", texts["assurance"], unit="%"),
    ]
    more = (
        Field("spread", "Give or take", texts["spread"], unit="%", placeholder="half of it"),
        Field("cost", "Cost per unit" if is_count else "Cost per person", texts["cost"], placeholder="none"),
        Field(
            "reading",
            "How it will be read",
            texts["reading"],
            options=(("once", "once, at the end"), ("any", "whenever I like")),
            wide=True,
        ),
    )
    is_open = bool(texts["spread"] or texts["cost"] or texts["reading"] != "once")
    form.describe([Group("The test", tuple(figures)), Group("More", more, folded=True, is_open=is_open)])


def describe_looks(form: FieldForm, texts: Mapping[str, str]) -> None:
    """Draw the form of the looks."""
    fields = (
        Field("looks", "Looks", texts["looks"]),
        Field("per_look", "New units per arm", texts["per_look"], hint="New units of each arm at each look"),
    )
    form.describe([Group("My schedule", fields)], buttons=[Button("run", "Simulate", strong=True)])


def plan_html(found: Planned, locale: str = "en_GB") -> str:
    """Return the plan as a sentence, its figures, and the assurance against days."""
    plan, row = found.plan, found.plan.chosen
    unit = "of spend" if plan.kind == "counts" else "people"
    size = f"{number(_rounded(row.n_per_arm), locale, digits=12)} {unit} in each arm"
    days = f"{number(row.days, locale, digits=12)} days" if row.days is not None else size
    said = [f"Run it for {days}." if row.days is not None else f"It takes {size}."]
    believed = f"{percent_change(plan.lift, locale)} ± {percent(plan.prior_sd, locale, digits=2)}"
    assurance, power = (percent(p, locale, digits=2) for p in (row.assurance, row.power))
    hedge = (
        f"If true changes are {believed}, it decides with a probability of {assurance}. If the change is "
        f"exactly {percent_change(plan.lift, locale)}, it finds it with {power} (power)."
    )
    facts = [("In each arm", size.removesuffix(" in each arm"))]
    facts.append(("Interval at the end", f"{percent(row.interval_width, locale, digits=2)} wide"))
    if row.cost is not None:
        money = Unit("money", plan.currency) if plan.currency else Unit()
        facts.append(("Cost", value_text(row.cost, money, locale)))
    return (
        f'<div class="wb-found"><p class="wb-lead">{clean("".join(said))}</p>'
        f'<p class="wb-hedges">{clean(hedge)}</p></div>{blocks.fact_rows(facts)}{_curve(found, locale)}'
    )


def _curve(found: Planned, locale: str) -> str:
    row = found.plan.chosen
    at = row.n_per_arm * found.plan.n_arms / found.daily if found.in_days and found.daily else row.n_per_arm
    chart = Chart(
        title="Chance of a decision",
        marks=[
            Line(list(found.x), list(found.assurance), "chance of a decision"),
            Event(at, f"{percent(row.assurance, locale, digits=2)} here"),
            Rule(row.assurance, ""),
        ],
        unit=Unit("percent"),
        x_unit=Unit(suffix="days" if found.in_days else ""),
        x_name="Days" if found.in_days else "Per arm",
        locale=locale,
        from_zero=True,
        height_px=200,
    )
    against = "days" if found.in_days else "size of each arm"
    sub = f"Chance of a decision against {against}, to twice the plan."
    drawn = {px: render(chart, px) for px in WIDTHS}
    return (
        f'<figure class="wb-figure wb-fit"><figcaption><p class="wb-sub">{sub}</p></figcaption>'
        f"{fitted_svgs(drawn)}</figure>"
    )


def looks_html(found: NullSimulation, locale: str = "en_GB") -> str:
    """Return what a schedule of looks does to tests without a difference, as a sentence and a small table."""
    by_name = {rule.rule: rule for rule in found.rules}
    peeking, safe = by_name[_PEEKING], by_name[_SAFE]
    lead = (
        f"Of 100 tests without any difference, {_of_hundred(peeking, locale)} would name a winner "
        f"if you stop at the first crossing; {_of_hundred(safe, locale)} with the anytime-valid badge."
    )
    rows = [
        [_rule_cell(rule), _false_cell(rule, found, locale), _found_cell(rule, found, locale)]
        for rule in found.rules
    ]
    lift = percent_change(found.lift, locale) if found.lift is not None else ""
    columns = [Column("Rule", "text"), Column("False winners"), Column(f"Finds {lift}")]
    note = (
        f"Simulated, {number(found.n_runs, locale, digits=12)} tests, {found.n_looks} looks, "
        f"{number(found.n_per_arm, locale, digits=12)} units an arm at the last. Promised: at most "
        f"{percent(found.alpha, locale, digits=2)} false winners."
    )
    table = table_html(columns, rows, caption=LOOKS_TITLE, locale=locale, sortable=False)
    return f'<div class="wb-found"><p class="wb-lead">{clean(lead)}</p></div>{table}{blocks.notes(note)}'


def _rule_cell(rule: RuleRates) -> Cell:
    return Cell(_RULES.get(rule.rule, rule.rule), note="" if rule.badge == "none" else f"badge: {rule.badge}")


def _false_cell(rule: RuleRates, found: NullSimulation, locale: str) -> Cell:
    low, high = (number(100 * end, locale, digits=2) for end in rule.interval)
    return Cell(
        percent(rule.false_positive_rate, locale, digits=2),
        sort=rule.false_positive_rate,
        tone="worse" if rule.interval[0] > found.alpha else "plain",
        note=f"[{low}, {high}]",
    )


def _found_cell(rule: RuleRates, found: NullSimulation, locale: str) -> Cell:
    if rule.found_rate is None or rule.looks_to_find is None:
        return Cell("—")
    looks = f"after {number(rule.looks_to_find, locale, digits=3)} of {found.n_looks} looks"
    return Cell(percent(rule.found_rate, locale, digits=2), sort=rule.found_rate, note=looks)


def _of_hundred(rule: RuleRates, locale: str) -> str:
    n = round(100 * rule.false_positive_rate)
    return number(n, locale) if n else "fewer than one"


def _rounded(n: float) -> float:
    """Keep three digits: nobody plans to the last person."""
    scale = 10.0 ** max(0, math.floor(math.log10(max(n, 1))) - 2)
    return math.ceil(n / scale) * scale
