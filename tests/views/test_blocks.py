"""Blocks of a page: escaped, named, readable without a script."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from workbench.core.errors import ConfigError, SchemaError
from workbench.views import blocks
from workbench.views.blocks import Badge, better, worse
from workbench.views.chart import Bars, Chart, Dot, Dots
from workbench.views.figure import figure_html
from workbench.views.table import SORT_SCRIPT, Cell, Column, Interval, table_html
from workbench.views.tokens import css

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """Collects tags and checks that they close in order."""

    VOID = frozenset({"meta", "br", "path", "circle", "rect", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def everything(text: str) -> str:
    columns = [Column(text, "text"), Column(text), Column(text, "interval", phone=False, reference=1)]
    rows = [[text, Cell(text, sort=text, note=text, tone="worse", href=text), Interval(1, 0, 2)]]
    chart = Chart(text, text, [Dots([Dot(text, 1, note=text)])])
    return "".join(
        [
            blocks.header(text, text, [Badge(text, "simulated"), Badge(text)]),
            blocks.filter_chips({text: text}),
            blocks.finding([text, worse(text)], text),
            blocks.tiles(
                blocks.tile(
                    text,
                    text,
                    change=[better(text), text],
                    aside=text,
                    definition=text,
                    why_html=blocks.why_rows([(text, text, text)], rest=text),
                ),
                blocks.missing_tile(text, columns=[text, text], clicks=[text], definition=text),
            ),
            blocks.card(text, table_html(columns, rows, caption=text), sub=text, note=text),
            blocks.error_line(text, next_step=text, error_id=text),
            blocks.empty_state(text, text),
            blocks.link_list([(text, text, text)]),
            figure_html(chart, 400, note=text),
        ]
    )


def test_no_text_can_become_markup():
    page = Tags(everything(EVIL))
    assert not [
        tag for tag, attrs in page.tags if tag in ("script", "img") or any(a.startswith("on") for a in attrs)
    ]
    assert "<script>alert(1)</script>" in page.words


def test_blocks_use_no_ids_so_that_two_of_a_kind_never_clash():
    assert not [attrs for _, attrs in Tags(everything("x")).tags if "id" in attrs]


def test_a_page_needs_nothing_but_itself():
    page = blocks.page_html("Overview", everything("x"), css=css(), lang="de", script=SORT_SCRIPT)
    tags = Tags(page).tags
    assert page.startswith('<!doctype html>\n<html lang="de">')
    assert not [a for t, a in tags if t == "link" or "src" in a]
    assert page == blocks.page_html("Overview", everything("x"), css=css(), lang="de", script=SORT_SCRIPT)
    assert "<script" not in blocks.page_html("Overview", "", css="")


def test_a_tile_without_its_column_names_it_and_the_clicks_that_bring_it():
    words = Tags(
        blocks.missing_tile("ROAS", columns=["Purchase value"], clicks=["Open Columns.", "Tick it."])
    ).words
    assert "needs the column “Purchase value”" in words
    assert "Open Columns." in words


def test_a_definition_is_heard_as_part_of_the_button():
    tags = Tags(blocks.tile("Spend", "€1", definition="What was charged."))
    assert ("button", {"type": "button"}) in tags.tags
    assert "Spend: What was charged." in tags.words


def test_every_tile_can_open_why_ads_manager_differs():
    html = blocks.tile("Spend", "€1", why_html=blocks.why_rows([("Rounding", "€0.03", "")]))
    assert blocks.WHY_WORDS in html
    assert "<details" in html


def test_an_error_says_the_next_step_and_an_id_aloud():
    html = blocks.error_line("The file cannot be read.", next_step="Export it again.", error_id="k3f9")
    assert 'role="alert"' in html
    assert Tags(html).words == "The file cannot be read. Export it again. error k3f9"


def test_tables_stay_readable():
    with pytest.raises(SchemaError, match="8 columns"):
        table_html([Column(str(i), phone=False) for i in range(8)], [])
    with pytest.raises(SchemaError, match="5 of them on a phone"):
        table_html([Column(str(i)) for i in range(5)], [])
    with pytest.raises(SchemaError, match="1 cells"):
        table_html([Column("a"), Column("b")], [["1"]])


def test_intervals_share_one_scale_and_say_their_figures():
    columns = [Column("Campaign", "text"), Column("Interval", "interval", reference=5)]
    html = table_html(columns, [["a", Interval(2, 0, 4)], ["b", Interval(8, 6, 10)], ["c", Interval(None)]])
    assert 'd="M7,9H81.4"' in html
    assert 'd="M118.6,9H193"' in html
    assert html.count('class="ev" d="M100,0') == 3
    assert 'aria-label="2 [0, 4]"' in html
    assert 'aria-label="—"' in html


def test_a_figure_is_drawn_for_every_room_and_carries_its_figures():
    chart = Chart("Spend", marks=[Bars(["a", "b"], [1, 2], "Spend")], x_name="Campaign")
    assert figure_html(chart, 640).count("<svg") == 2
    assert figure_html(chart, 1100).count("<svg") == 3
    assert "Show the figures" in figure_html(chart)
    assert "Show the figures" not in figure_html(Chart("Spend"))
    with pytest.raises(ConfigError, match="500 px"):
        figure_html(chart, 500)


@pytest.mark.parametrize("kind", ["tiles", "figure", "line"])
def test_a_skeleton_is_not_announced(kind):
    assert 'aria-hidden="true"' in blocks.skeleton(kind)
    Tags(blocks.skeleton(kind))
