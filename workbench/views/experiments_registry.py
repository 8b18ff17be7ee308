"""Registered tests on the page: the list, one opened, and what a viewer sees before the minimum run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, number
from workbench.views import blocks
from workbench.views.chart import Band, Chart, Line, Rule
from workbench.views.date_text import day as day_text
from workbench.views.experiments_figures import WIDTHS, fitted_figure
from workbench.views.svg import render
from workbench.views.table import AnyCell, Cell, Column, table_html

if TYPE_CHECKING:
    from workbench.flows.experiment_opened import LookPoint, Opened, RegisteredRow

TITLE = "Registered tests"
_HOW = (
    "A test that is registered before it starts says what it asks, how long it runs at least, and when it "
    "will be looked at. Register one with wb experiment register FILE.yml."
)


def registry_html(rows: Sequence[RegisteredRow], locale: str = "en_GB") -> str:
    """Return the list of registered tests; a click on a name opens it."""
    if not rows:
        return blocks.card(TITLE, "", sub=_HOW)
    columns = [
        Column("Test", "text"),
        Column("Question", "text", phone=False),
        Column("State", "text"),
        Column("Days"),
        Column("Last verdict", "text"),
    ]
    body: list[list[AnyCell]] = [
        [
            Cell(row.experiment_id, href=f"#test={row.experiment_id}"),
            row.question,
            row.state,
            Cell(number(row.n_days, locale, digits=9), sort=row.n_days),
            row.verdict,
        ]
        for row in rows
    ]
    return blocks.card(TITLE, table_html(columns, body, caption=TITLE, locale=locale))


def hidden_html(found: Opened) -> str:
    """Return what a viewer sees before the minimum run is over: when the figures open, and why not now."""
    plan = found.reading.test.registration
    said = blocks.finding(
        [f"Wait: the figures of {plan.experiment_id} open after its minimum run."],
        f"So far {found.opens}.",
    )
    facts = [
        ("Question", plan.hypothesis),
        ("Metric", plan.metric.name),
        ("Arms", " against ".join(arm.name for arm in plan.arms)),
        ("Started", f"{plan.start:%-d %B %Y}"),
        ("Why", "Whoever sees early figures stops early, and early winners are often none."),
    ]
    return said + blocks.card("What was registered", blocks.fact_rows(facts))


def waiting_html(found: Opened) -> str:
    """Return what is said of a test without anything to analyse yet."""
    return blocks.finding(["Wait: there is nothing to read yet."], found.reading.why_none)


def over_time_html(found: Opened, locale: str = "en_GB") -> str:
    """Return the leading change over time in its anytime-valid band; nothing for fewer than two looks."""
    looks = found.looks
    if found.view is None or len(looks) < 2:
        return ""
    days = [look.day for look in looks]
    chart = Chart(
        title="The change over time",
        marks=[
            Band(days, _ends(looks, "low"), _ends(looks, "high"), "anytime-valid interval"),
            Line(
                days,
                [look.estimate for look in looks],
                found.view.leader.arm,
                end_label=found.view.leader.arm,
            ),
            Rule(0.0, "no change"),
        ],
        unit=Unit("percent"),
        x_name="Look",
        locale=locale,
    )
    level = number(100 * found.view.result.level, locale)
    sub = f"At each look so far. The band holds the true change at all looks together with {level} %."
    return fitted_figure(chart.title, sub, {px: render(chart, px) for px in WIDTHS})


def _ends(looks: Sequence[LookPoint], name: str) -> list[float | None]:
    """Leave out ends that nothing bounds: they would flatten the rest."""
    ends = [float(getattr(look, name)) for look in looks]
    return [end if abs(end) < 10 else None for end in ends]


def opened_badges(
    found: Opened, locale: str = "en_GB", *, as_of: datetime | None = None
) -> list[blocks.Badge]:
    """Return the page's badges for an opened test; ``as_of`` is the moment it is held at."""
    reading = found.reading
    badges = [blocks.Badge("simulated company", "simulated")] if reading.is_simulated else []
    if reading.period is not None:
        badges.append(blocks.Badge(f"mature data to {day_text(reading.period.stop, locale, year=0)}"))
    if as_of is not None:
        badges.append(blocks.Badge(f"as believed on {moment_text(as_of)}"))
    return badges


def moment_text(at: datetime) -> str:
    """Write a moment as readers see it, in UTC."""
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def opened_question(found: Opened) -> str:
    """Return what an opened test asks: its name and its hypothesis."""
    plan = found.reading.test.registration
    return f"{plan.experiment_id}: {plan.hypothesis}"
