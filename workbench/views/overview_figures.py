"""The two figures of the Overview: cost per result over time, and what moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, value_text
from workbench.performance.decomposition import FACTORS
from workbench.performance.words import cost_word, result_word
from workbench.views.chart import Band, Chart, Event, Line, Step, Tone, Waterfall
from workbench.views.date_text import day as day_text
from workbench.views.date_text import day_range

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from workbench.flows.overview import OverviewView
    from workbench.performance.overview import Overview

_SHORT = {
    "volume": "Spend",
    "price": "CPM",
    "click_rate": "CTR",
    "conversion_rate": "Conversion",
    "mix": "Mix",
}


def trend_chart(view: OverviewView, locale: str) -> Chart | None:
    """Describe cost per result over time; ``None`` for rows that span several days."""
    overview = view.overview
    trend = overview.trend
    if trend is None:
        return None
    days: list[date] = list(trend.days)  # type: ignore[arg-type]
    unit = Unit("money", overview.currency)
    now, before = overview.measure("cost_per_result").value, overview.measure("cost_per_result").before
    marks: list[Band | Line | Event] = [
        Band(days, _values(trend.low), _values(trend.high), "90 % interval"),
        Line(days, _values(trend.cost), "this period", end_label=f"mean {value_text(now, unit, locale)}"),
    ]
    compared = ""
    if trend.before is not None and overview.comparison is not None:
        label = f"mean {value_text(before, unit, locale)}" if before is not None else ""
        marks.insert(1, Line(days, _values(trend.before), "comparison", role="previous", end_label=label))
        compared = f" Dashed: {day_range(overview.comparison.start, overview.comparison.stop, locale)}."
    marks += _events(view, days, locale)
    return Chart(
        title=f"{cost_word(overview.result_type)} by {trend.step}",
        subtitle=f"Solid: this period, with its 90 % band.{compared}",
        marks=marks,
        unit=unit,
        x_name=trend.step.capitalize(),
        locale=locale,
        empty_words=f"No {result_word(overview.result_type, plural=True)} in these days.",
    )


def _events(view: OverviewView, days: list[date], locale: str) -> list[Event]:
    """Mark the edits; one after the last step's first day stands there and says its own day."""
    events = []
    for event in view.events:
        if event.day < days[0]:
            continue
        said = f" on {day_text(event.day, locale)}" if event.day > days[-1] else ""
        events.append(Event(min(event.day, days[-1]), event.text + said))
    return events


def _values(values: NDArray[np.float64]) -> list[float | None]:
    return [None if v != v else float(v) for v in values]  # noqa: PLR0124 - NaN differs from itself


def moved_chart(overview: Overview, locale: str) -> Chart | None:
    """Describe what moved cost per result (or results); the parts add up as they are shown."""
    found = overview.decomposition
    if found is None:
        return None
    is_cost = found.metric == "cost_per_result"
    digits = _digits(overview, is_cost=is_cost)
    scale = 10**digits
    parts = found.rounded(digits)
    steps = [Step("Before", round(found.before * scale) / scale, is_total=True)]
    for name in FACTORS:
        if name in parts:
            value = parts[name] / scale
            is_good = value < 0 if is_cost else value > 0
            tone: Tone = "plain" if not value or name == "volume" else ("better" if is_good else "worse")
            steps.append(Step(_SHORT[name], value, tone=tone))
    steps.append(Step("Now", round(found.after * scale) / scale, is_total=True))
    what = f"in {overview.currency} per {result_word(overview.result_type)}" if is_cost else "in results"
    return Chart(
        title="What moved it" if is_cost else f"What moved {result_word(overview.result_type, plural=True)}",
        subtitle=f"The parts add up to the change exactly, {what}.",
        marks=[Waterfall(steps)],
        unit=Unit("money", overview.currency) if is_cost else Unit(),
        x_name="Part",
        locale=locale,
    )


def _digits(overview: Overview, *, is_cost: bool) -> int:
    """Return how many decimals a part is shown with: the currency's own, or whole results."""
    from workbench.core.money import minor_digits

    return minor_digits(overview.currency) if is_cost else 0
