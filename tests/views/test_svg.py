"""Figures as SVG: well formed, inside their box, safe, the same every time."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import ConfigError
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
from workbench.views.svg import render
from workbench.views.svg_labels import place_events, spread
from workbench.views.svg_text import text_width

EUR = Unit("money", "EUR")
WIDTHS = (330, 400, 640, 1100)
DAYS = [date(2026, 9, 27) + timedelta(days=k) for k in range(55)]
EVIL = "<script>alert('x')</script>\"&\x00\ud800]]>"


def trend(**changes) -> Chart:
    y = [22 + math.sin(k) for k in range(55)]
    marks = [
        Band(DAYS, [v - 1 for v in y], [v + 1 for v in y], "90 %"),
        Line(DAYS, y, "Cost per lead", end_label="mean €23.10"),
        Line(DAYS, [v - 2 for v in y], "previous", role="previous", end_label="mean €20.30"),
        Event(DAYS[31], "bid cap removed (Prospecting)"),
    ]
    return Chart("Cost per lead by day", "How to read it.", **{"marks": marks, "unit": EUR} | changes)


def waterfall() -> Chart:
    steps = [
        Step("Before", 20.3, is_total=True),
        Step("CPM", 1.86, tone="worse"),
        Step("CTR", -0.34, tone="better"),
    ]
    return Chart("What moved it", marks=[Waterfall([*steps, Step("Now", 21.82, is_total=True)])], unit=EUR)


def rows() -> Chart:
    dots = [Dot("Prospecting", 26, 24, 28), Dot("Test", 28.4, 20, 41, note="pooled"), Dot("New", None)]
    return Chart("By campaign", marks=[Dots(dots, reference=23.1, reference_words="account mean")], unit=EUR)


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own output


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in parse(svg).iter() if node.tag.endswith("text")]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [trend, waterfall, rows])
def test_a_figure_is_one_well_formed_labelled_element_and_the_same_every_time(make, width):
    svg = render(make(), width)
    root = parse(svg)
    assert root.get("viewBox").startswith(f"0 0 {width} ")
    assert root.get("role") == "img"
    assert root.get("aria-label").startswith(make().title)
    assert svg == render(make(), width)
    assert not re.search(r"#[0-9a-f]{6}|nan|inf|None", svg.replace(root.get("aria-label"), ""))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [trend, waterfall, rows])
def test_no_text_leaves_the_figure(make, width):
    svg = render(make(), width)
    size = 13 if width < 390 else 12
    height = float(parse(svg).get("viewBox").split()[3])
    for node in parse(svg).iter("text"):
        css = (node.get("class") or "").split()
        needed = text_width("".join(node.itertext()), size, bold="s" in css)
        x = float(node.get("x")) - needed * (0.5 if "m" in css else 1.0 if "e" in css else 0.0)
        assert x >= -1
        # the widths are on the safe side; labels of rows are bold and soft in one text
        assert x + needed <= width + (0.1 * needed if "tspan" in ET.tostring(node).decode() else 1)
        assert 8 <= float(node.get("y")) <= height


def test_names_cannot_break_out():
    charts = [
        Chart(
            EVIL, marks=[Line(DAYS[:2], [1, 2], EVIL, end_label=EVIL), Event(DAYS[0], EVIL), Rule(1.5, EVIL)]
        ),
        Chart(EVIL, marks=[Bars([EVIL, "b"], [1, 2], EVIL)]),
        Chart(EVIL, marks=[Waterfall([Step(EVIL, 1, is_total=True)])]),
        Chart(EVIL, marks=[Dots([Dot(EVIL, 1, note=EVIL, text=EVIL)], reference=1, reference_words=EVIL)]),
        Chart(EVIL, empty_words=EVIL),
    ]
    for chart in charts:
        for width in WIDTHS:
            for standalone in (False, True):
                svg = render(chart, width, standalone=standalone)
                assert "<script" not in svg
                assert not [
                    n for n in parse(svg).iter() if "script" in n.tag or set(n.attrib) & {"onload", "onclick"}
                ]
                svg.encode("utf-8")


def test_missing_days_leave_a_gap_and_a_lone_day_is_a_dot():
    days = [*DAYS[:5], *DAYS[8:12], DAYS[20]]
    svg = render(Chart("x", marks=[Line(days, [1.0] * 10, "a")]))
    assert svg.count('class="ln"') == 2
    assert svg.count('class="pt"') == 1


def test_absent_values_leave_a_gap_too():
    svg = render(Chart("x", marks=[Line(DAYS[:5], [1, 2, math.nan, 3, 4], "a")]))
    assert svg.count('class="ln"') == 2


def test_every_bar_stands_on_zero():
    svg = render(Chart("x", marks=[Bars(["a", "b", "c"], [100, 101, -3], "spend")]))
    zero = re.search(r'class="zero" d="M[\d.]+,([\d.]+)H', svg).group(1)
    boxes = re.findall(r'class="bar" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', svg)
    assert len(boxes) == 3
    for y, height in boxes:
        top, bottom = float(y), float(y) + float(height)
        assert min(abs(top - float(zero)), abs(bottom - float(zero))) <= 0.2


def test_totals_of_a_waterfall_are_marks_and_never_bars():
    svg = render(waterfall())
    assert svg.count('class="total"') == 2
    assert svg.count("<rect") == 2
    assert [t for t in texts(svg) if t[0] in "+−"] == ["+€1.86", "−€0.34"]


def test_worse_and_better_carry_a_sign_as_well_as_a_colour():
    svg = render(waterfall())
    assert 'class="worse"' in svg
    assert 'class="better"' in svg


def test_on_a_phone_labels_stay_and_ticks_go():
    wide, narrow = texts(render(trend(), 640)), texts(render(trend(), 330))
    assert "28 Oct: bid cap removed (Prospecting)" in wide
    assert "28 Oct: bid cap removed (Prospecting)" in narrow
    days = [t for t in narrow if re.fullmatch(r"\d+ (Sep|Oct|Nov)", t)]
    assert len(days) < len([t for t in wide if re.fullmatch(r"\d+ (Sep|Oct|Nov)", t)])
    assert {"mean", "€23.10", "€20.30"} <= set(narrow)


def two_curves(**changes) -> Chart:
    marks = [
        Line([0, 800], [0.1, 0.03], "a", role="category", end_label="Retargeting · 30 days"),
        Line([0, 2000], [0.05, 0.02], "b", role="category", end_label="Prospecting · lookalike 1 %"),
        Rule(0.025, "one euro more: 0.025"),
    ]
    return Chart("What the next euro buys", **{"marks": marks, "x_unit": EUR} | changes)


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_of_several_lines_stand_behind_a_piece_of_their_line(width):
    svg = render(two_curves(), width)
    keys = re.findall(r'<path class="([^"]+)" d="M([\d.]+),[\d.]+h12"/><text x="([\d.]+)"[^>]*>([^<]+)', svg)
    assert [css for css, *_ in keys] == ["ln c1", "ln c2", "rule"]
    assert all(float(text) - float(key) == pytest.approx(18, abs=0.2) for _, key, text, _ in keys)
    assert [words[:4] for *_, words in keys] == ["Reta", "Pros", "one "]
    assert not [text for text in texts(svg) if text.startswith("·")]
    assert "h12" not in render(trend(), width)  # one line and the one before need no key


@pytest.mark.parametrize("width", [250, *WIDTHS])
@pytest.mark.parametrize("most", [900, 1300, 2600, 160_000])
def test_numbers_under_a_figure_stand_evenly_apart(width, most):
    chart = Chart("x", marks=[Line([0.0, most], [1.0, 2.0], "a")], x_unit=Unit("money", "USD"))
    svg = render(chart, width)
    bottom = float(parse(svg).get("viewBox").split()[3]) - 6
    said = [node.text for node in parse(svg).iter("text") if float(node.get("y")) == bottom]
    numbers = [float(re.sub(r"[^\d.]", "", text)) for text in said if " · " not in text]  # no tips
    assert len(numbers) >= 2
    assert all(b - a == pytest.approx(numbers[1] - numbers[0]) for a, b in pairwise(numbers))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_line_of_an_event_without_words_runs_through_nobody_s(width):
    events = [
        Event(DAYS[k], f"daily budget set to {k} for all of them (Prospecting)") for k in range(3, 50, 3)
    ]
    svg = render(trend(marks=[*trend().marks, *events]), width)
    words = {node.text: float(node.get("y")) for node in parse(svg).iter("text") if ": " in (node.text or "")}
    lines = re.findall(r'class="ev" d="M[\d.]+,([\d.]+)V[\d.]+"><title>([^:]+:)', svg)
    silent = [float(top) for top, when in lines if not any(text.startswith(when) for text in words)]
    assert len(silent) > 5
    assert min(silent) > max(words.values())


def test_a_note_below_a_name_is_broken_and_not_cut():
    note = "0.044 → 0.029 · not identified · at the highest spend seen · large step"
    chart = Chart("x", marks=[Dots([Dot("a", 8, before=6, note=note), Dot("b", 5, before=6, note="kept")])])
    for width in WIDTHS:
        said = " ".join(texts(render(chart, width)))
        assert note in said
        assert "…" not in said


def test_days_are_written_in_the_readers_locale():
    assert "27. Sept." in texts(render(trend(locale="de_DE")))


def test_a_pointer_finds_value_and_interval_of_each_day_without_a_script():
    tips = [t for t in texts(render(trend())) if t.startswith("28 Oct · ")]
    assert len(tips) == 1
    assert re.fullmatch(r"28 Oct · €[\d.]+ · \[[\d.]+, [\d.]+\] · previous €[\d.]+", tips[0])


def test_an_empty_figure_says_so():
    svg = render(Chart("Leads", empty_words="No leads in this period. Load an export on the home page."), 330)
    assert "Load an export" in " ".join(texts(svg))


def test_a_width_that_cannot_be_read_is_refused():
    with pytest.raises(ConfigError, match="120 px"):
        render(trend(), 120)


def test_a_stand_alone_figure_carries_its_own_style():
    svg = render(trend(), standalone=True)
    assert "--wb-accent:" in svg
    assert parse(svg).get("width") == "640"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats()), min_size=1, max_size=12),
    st.sampled_from(WIDTHS),
    st.sampled_from(["line", "bars", "points", "dots", "band"]),
)
def test_any_values_draw_something_well_formed(values, width, kind):
    days = DAYS[: len(values)]
    marks = {
        "line": Line(days, values, "a", end_label="a"),
        "bars": Bars([f"campaign {i}" for i in range(len(values))], values, "a"),
        "points": Points(list(range(len(values))), values, "a", hollow=True),
        "dots": Dots([Dot(f"row {i}", v, v, v) for i, v in enumerate(values)]),
        "band": Band(days, values, values, "a"),
    }
    svg = render(Chart("x", marks=[marks[kind]]), width)
    parse(svg)
    geometry = re.sub(r'aria-label="[^"]*"', "", svg)
    numbers = re.findall(r'(?:x|y|cx|cy|width|height|d)="([^"]*)"', geometry)
    assert not any("nan" in t or "inf" in t for t in numbers)


@given(st.lists(st.tuples(st.floats(30, 600), st.text(min_size=1, max_size=40)), max_size=9))
def test_words_of_events_never_overlap_nor_leave(events):
    labels = place_events(events, left=0, right=640, size_px=12, n_rows=3)
    assert len(labels) == len(events)
    for row in range(3):
        spans = sorted(label.span(12) for label in labels if label.row == row and label.text)
        assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(spans))
        assert all(start >= -1e-6 and stop <= 640 + 1e-6 for start, stop in spans)


@given(st.lists(st.floats(0, 240), min_size=1, max_size=6))
def test_labels_at_line_ends_are_moved_apart(centres):
    moved = spread(centres, [15.0] * len(centres), 0, 240)
    order = sorted(moved)
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(order))
    assert all(7.5 - 1e-6 <= m <= 232.5 + 1e-6 for m in moved)
