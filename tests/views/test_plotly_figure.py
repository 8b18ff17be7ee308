"""The same chart drawn by Plotly says the same."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import date, timedelta

import pytest

from workbench.core.number_text import Unit
from workbench.views.chart import (
    Band,
    Bars,
    Chart,
    Dot,
    Dots,
    Event,
    Line,
    Points,
    Rule,
    Step,
    Waterfall,
)
from workbench.views.plotly_figure import to_plotly
from workbench.views.tokens import DARK, LIGHT

DAYS = [date(2026, 11, 1) + timedelta(days=k) for k in range(4)]
EUR = Unit("money", "EUR")


def test_days_values_and_words_are_the_charts():
    line = Line(DAYS, [1, math.nan, 3, 4], "Cost", end_label="mean €2")
    figure = to_plotly(Chart("Cost <b>", "How.", [line, Event(DAYS[2], "cap"), Rule(2, "plan")], unit=EUR))
    assert list(figure.data[0].x) == [day.isoformat() for day in DAYS]
    assert list(figure.data[0].y) == [1, None, 3, 4]
    assert "&lt;b&gt;" in figure.layout.title.text
    assert [a.text for a in figure.layout.annotations] == [" mean €2", "3 Nov: cap", "plan"]
    assert figure.layout.yaxis.tickprefix == "€"


def test_missing_days_leave_gaps_in_lines_and_bands():
    days = [*DAYS, DAYS[-1] + timedelta(days=5), DAYS[-1] + timedelta(days=6)]
    y = [1.0, 2, 3, 4, 5, 6]
    figure = to_plotly(Chart("x", marks=[Line(days, y, "a"), Band(days, y, y, "b")]))
    bands = [trace for trace in figure.data if trace.fill == "tonexty"]
    line = next(trace for trace in figure.data if trace.name == "a")
    assert [len(band.x) for band in bands] == [4, 2]
    assert list(line.y) == [1, 2, 3, 4, None, 5, 6]


def test_totals_are_marks_and_parts_are_bars():
    steps = [Step("Before", 20, is_total=True), Step("CPM", 2, tone="worse"), Step("Now", 22, is_total=True)]
    figure = to_plotly(Chart("x", marks=[Waterfall(steps)], unit=EUR))
    assert [trace.type for trace in figure.data] == ["bar", "scatter"]
    assert list(figure.data[0].base) == [20]
    assert list(figure.data[0].marker.color) == [LIGHT.worse]


@pytest.mark.parametrize("dark", [False, True])
def test_every_mark_is_drawn_light_and_dark(dark):
    charts = [
        Chart("x", marks=[Bars(["a"], [1], "b", tones=["better"])]),
        Chart("x", marks=[Points([1.0, 2.0], [1, 2], "b", hollow=True)]),
        Chart(
            "x", marks=[Dots([Dot("a", 1, 0, 2, before=3), Dot("b", None)], reference=1, reference_words="m")]
        ),
        Chart("x", marks=[Line(DAYS, [0.1] * 4, "a", role="category")], unit=Unit("percent")),
        Chart("x"),
    ]
    for chart in charts:
        figure = to_plotly(chart, dark=dark)
        assert figure.layout.template.layout.paper_bgcolor == (DARK if dark else LIGHT).card
        assert figure.to_json()


def test_pages_never_load_plotly():
    code = (
        "import sys, workbench.views.blocks, workbench.views.figure, workbench.views.table\n"
        "import workbench.views.plotly_figure\n"
        "heavy = {'plotly', 'pandas', 'numpy', 'matplotlib', 'ipywidgets', 'babel'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
