"""Figures and blocks as a browser shows them: readable, inside their card, accessible, without a script."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.core.number_text import Unit
from workbench.views import blocks
from workbench.views.chart import Band, Bars, Chart, Dot, Dots, Event, Line, Rule, Step, Waterfall
from workbench.views.figure import figure_html
from workbench.views.table import SORT_SCRIPT, Cell, Column, Interval, table_html
from workbench.views.tokens import css

pytestmark = pytest.mark.browser

EUR = Unit("money", "EUR")
DAYS = [date(2026, 9, 27) + timedelta(days=k) for k in range(55)]
NAMES = [
    "Prospecting · lookalike 1 %",
    "Retargeting · 30 days",
    "Broad · video",
    "A_name_without_any_space_at_all_2026",
]

_LOOK = """() => {
  const small = [], outside = [];
  for (const text of document.querySelectorAll("svg text")) {
    const box = text.getBoundingClientRect(), svg = text.ownerSVGElement, frame = svg.getBoundingClientRect();
    if (!box.width || getComputedStyle(text).visibility === "hidden") continue;
    const size = parseFloat(getComputedStyle(text).fontSize) * frame.width / svg.viewBox.baseVal.width;
    if (size < 11) small.push([size, text.textContent]);
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)
      outside.push(text.textContent);
  }
  for (const element of document.querySelectorAll("main *")) {
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < 11 && !element.closest("svg")) small.push(element.outerHTML);
  }
  const shown = [...document.querySelectorAll(".wb-draw")].map(
    (draw) => [...draw.children].filter((svg) => svg.getBoundingClientRect().width).length);
  const root = document.documentElement;
  return {small, outside, shown, overflow: root.scrollWidth - root.clientWidth};
}"""


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    y = [22 + math.sin(k) for k in range(55)]
    trend = Chart(
        "Cost per lead by day",
        "Solid: this period, with its 90 % band. Dashed: the previous eight weeks.",
        [
            Band(DAYS, [v - 1 for v in y], [v + 1 for v in y], "90 % interval"),
            Line(DAYS, y, "Cost per lead", end_label="mean €23.10"),
            Line(DAYS, [v - 2 for v in y], "previous", role="previous", end_label="mean €20.30"),
            Event(DAYS[31], "bid cap removed (Prospecting)"),
            Event(DAYS[33], "a new landing page for every campaign of the autumn"),
        ],
        unit=EUR,
    )
    steps = [
        Step("Before", 20.3, is_total=True),
        Step("CPM", 1.86, tone="worse"),
        Step("CTR", -0.34, tone="better"),
    ]
    steps += [Step("Conversion", 0.09, tone="worse"), Step("Mix", 1.19, tone="worse")]
    fall = Chart("What moved it", marks=[Waterfall([*steps, Step("Now", 23.1, is_total=True)])], unit=EUR)
    dots = [Dot(name, 20 + k, 17 + k, 24 + k, note="pooled") for k, name in enumerate(NAMES)]
    rows = Chart(
        "By campaign", marks=[Dots(dots, reference=21, reference_words="account mean €21.00")], unit=EUR
    )
    bars = Chart(
        "Spend by day", marks=[Bars(DAYS, [k * 30 for k in range(55)], "Spend"), Rule(720, "plan €720")]
    )
    columns = [Column("Campaign", "text"), Column("Spend", phone=False), Column("Leads")]
    columns += [Column("90 % interval", "interval", phone=False, reference=21, unit=EUR), Column("Change")]
    cells = [
        [name, f"€{k}", Cell(str(k), sort=k), Interval(20 + k, 17, 25), "+3 %"]
        for k, name in enumerate(NAMES)
    ]
    why = blocks.why_rows([("Restated since 14 Nov", "€12.40", ""), ("Unexplained", "€0.00", "")])
    tiles = [
        blocks.tile(n, "€39,520", change="+4 %", definition="What was charged.", why_html=why) for n in "ABCD"
    ]
    tiles.append(
        blocks.missing_tile("ROAS", columns=["Purchase value"], clicks=["Open Columns."], definition="x")
    )
    body = (
        blocks.header("Overview", "What changed?", [blocks.Badge("simulated company", "simulated")])
        + blocks.finding(["Cost per lead rose ", blocks.worse("14 %"), "."], "More than noise.")
        + blocks.tiles(*tiles)
        + blocks.grid(figure_html(trend, 640), figure_html(fall, 400))
        + figure_html(rows, 1100)
        + blocks.grid(figure_html(bars, 640), figure_html(Chart("Nothing"), 400))
        + blocks.card(
            "Campaigns", table_html(columns, cells, caption="Campaigns"), note="Computed from 385 rows."
        )
        + blocks.error_line("It failed.", next_step="Try again.", error_id="k3f9")
        + blocks.empty_state("Nothing yet", "Load an export.")
    )
    file = tmp_path_factory.mktemp("figures") / "page.html"
    file.write_text(blocks.page_html("Overview", body, css=css(), script=SORT_SCRIPT), encoding="utf-8")
    return Path(file).as_uri()


def open_page(browser: Any, url: str, **options: Any) -> Any:
    page = browser.new_context(**options).new_page()
    page.goto(url)
    return page


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_text_is_readable_and_stays_inside(browser: Any, page_url: str, width: int):
    page = open_page(browser, page_url, viewport={"width": width, "height": 900})
    seen = page.evaluate(_LOOK)
    page.context.close()
    assert seen == {"small": [], "outside": [], "shown": [1] * 5, "overflow": 0}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(browser: Any, page_url: str, scheme: str, width: int):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(browser, page_url, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
    violations = Axe().run(page).response["violations"]
    page.context.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []


def test_a_definition_opens_by_keyboard_and_a_day_tells_its_figures(browser: Any, page_url: str):
    page = open_page(browser, page_url, viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    definition = page.locator(".wb-def > .wb-pop").first
    assert not definition.is_visible()
    page.keyboard.press("Tab")
    definition.wait_for(state="visible")
    plot = page.locator(".wb-w640 svg.wb-w").first.bounding_box()
    page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2)
    assert page.locator(".hit:hover > g").is_visible()
    page.context.close()


def test_heads_sort_by_number(browser: Any, page_url: str):
    page = open_page(browser, page_url, viewport={"width": 1280, "height": 900})
    page.click(".wb-card > .wb-table >> text=Leads")
    first = page.locator(".wb-card > .wb-table tbody th").first.inner_text()
    order = page.locator(".wb-card > .wb-table thead th").nth(2).get_attribute("aria-sort")
    page.context.close()
    assert (first, order) == (NAMES[-1], "descending")
