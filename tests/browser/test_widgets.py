"""The blocks that all apps share, in a real browser: the address, links, files out and files in."""

from __future__ import annotations

import hashlib
import os
import socket
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import openpyxl
import pytest

from workbench.views.saved import saved_page

PAGE = """
import hashlib, html
from datetime import UTC, date, datetime
from pathlib import Path
import ipywidgets
from IPython.display import display
from workbench.core.dates import Period
from workbench.flows.available import Available, Slice
from workbench.views.actions import ActionBar
from workbench.views.drop_zone import DropZone
from workbench.views.filters import FilterBar
from workbench.views.fragment import FragmentState
from workbench.views.saved import saved_page
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.toolbar import Toolbar
from workbench.views.xlsx import workbook

available = Available((
    Slice("meta", "7", "campaign||day|", "EUR", Period(date(2025, 1, 1), date(2026, 11, 20)),
          campaigns=tuple((f"c{i}", f"Campaign {i}") for i in range(12))),
    Slice("meta", "7", "ad|age|day|", "EUR", Period(date(2025, 1, 1), date(2026, 11, 20)),
          breakdowns=(("age", ("18-24", "25-34")),)),
))
shown = ipywidgets.HTML()
at = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
n_drawn = 0

def body():
    return f"<p class='shown'>{html.escape(str(toolbar_state[0]))}</p>"

def draw(state):
    global n_drawn
    n_drawn += 1
    toolbar_state[:] = [state.to_fragment()]
    shown.value = body() + f"<p class='drawn'>{n_drawn}</p>"
    actions.show(state, believed_at=at)

def sheet():
    columns = (SheetColumn("name", "Name", "text"), SheetColumn("spend", "Spend", "money"))
    return workbook(SheetSpec(columns, [{"name": "A", "spend": 23_100_000}], "EUR", {"Dates": "all"}))

def saved():
    return saved_page("Overview", body(), "", as_of=at, source="test", simulated=True)

def take(path):
    data = path.read_bytes()
    return f"<p class='taken'>{path.name} {len(data)} {hashlib.sha256(data).hexdigest()}</p>"

toolbar_state = [{}]
fragment = FragmentState()
actions = ActionBar("overview", page=saved, xlsx=sheet)
filters = FilterBar(lambda as_of: available, draw, fragment=fragment)
filters.start()
display(Toolbar(fragment, filters, actions))
display(shown)
display(DropZone(Path(INBOX), take, max_bytes=300_000_000))
"""
GRAIN = "campaign%7C%7Cday%7C"


@pytest.fixture(scope="module")
def app(request, tmp_path_factory):
    """One server for all tests here; each visit still gets a kernel of its own."""
    start_server = request.config.pluginmanager.getplugin(
        str(Path(__file__).with_name("conftest.py"))
    ).start_server
    folder = tmp_path_factory.mktemp("widgets")
    (folder / "apps").mkdir()
    (folder / "version").write_text("one")
    cell = nbformat.v4.new_code_cell(PAGE.replace("INBOX", repr(str(folder / "inbox"))))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "elsewhere", "display_name": "?", "language": "python"}
    notebook.metadata["workbench"] = {"title": "Overview", "question": "What now?"}
    nbformat.write(notebook, folder / "apps" / "overview.ipynb")
    server = start_server(folder / "apps", folder / "home", version_file=folder / "version")
    yield server
    server.stop()
    server.process.stdout.close()


def address(app, fragment=""):
    return f"{app.url}app/overview" + (f"#{fragment}" if fragment else "")


def wait_for_state(page, **expected):
    """Wait until the page shows these filters, as the kernel drew them."""
    texts = [f"'{key.rstrip('_')}': '{value}'" for key, value in expected.items()]
    page.wait_for_function(
        "texts => texts.every((t) => document.querySelector('.shown')?.textContent.includes(t))", arg=texts
    )


def open_page(visit, app, fragment="", **options):
    seen = visit(address(app, fragment), **options)
    seen.page.wait_for_selector(".wb-bar[role=search]")
    return seen


def fragment_of(page):
    return urlsplit(page.url).fragment


def test_filters_travel_through_the_address_and_back(app, visit):
    from playwright.sync_api import expect

    seen = open_page(visit, app, f"account=7&grain={GRAIN}&from=2026-09-27&to=2026-11-20&compare=year")
    page = seen.page
    wait_for_state(page, from_="2026-09-27", compare="year")
    expect(page.get_by_label("Compare")).to_have_value("year", timeout=60_000)
    page.get_by_label("Compare").select_option("none")
    wait_for_state(page, compare="none")
    page.wait_for_function("location.hash.includes('compare=none')")
    assert "from=2026-09-27" in fragment_of(page)
    n_entries = page.evaluate("history.length")
    page.evaluate("location.hash = 'from=2026-11-01&to=2026-11-07'")
    wait_for_state(page, from_="2026-11-01", to="2026-11-07")
    assert page.evaluate("history.length") == n_entries + 1  # the reader's own step; ours leave none
    page.evaluate("location.hash = 'from=yesterday'")
    page.get_by_text("'yesterday' is not a day.").wait_for()
    wait_for_state(page, from_="2026-11-01")
    assert seen.complaints == []
    assert seen.requests_outside == []


def test_an_untouched_page_keeps_its_address_bare(app, visit):
    page = open_page(visit, app).page
    wait_for_state(page, from_="2026-10-24")
    assert fragment_of(page) == ""


def test_controls_work_by_keyboard_and_quick_acts_are_one_computation(app, visit):
    page = open_page(visit, app).page
    page.get_by_role("button", name="Campaigns").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.type === 'search'")
    page.keyboard.type("Campaign 1")
    assert page.locator(".wb-choice:visible").count() == 3  # 1, 10, 11
    for _ in range(3):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    wait_for_state(page, campaign="c1,c10,c11")
    before = int(page.locator(".drawn").text_content())
    chosen = page.locator(".wb-choice:visible input:checked")
    chosen.evaluate_all("boxes => boxes.slice(1).forEach((box) => box.click())")  # quicker than any hand
    wait_for_state(page, campaign="c1")
    assert int(page.locator(".drawn").text_content()) == before + 1
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.textContent.startsWith('Campaigns')")
    page.get_by_role("button", name="Dates").click()
    page.get_by_role("button", name="Last 7 days").click()
    wait_for_state(page, from_="2026-11-14", to="2026-11-20")
    page.get_by_role("button", name="Dates").click()
    page.get_by_label("From", exact=True).last.fill("2026-11-01")
    wait_for_state(page, from_="2026-11-01", to="2026-11-20")


def test_another_level_brings_its_own_filters(app, visit):
    page = open_page(visit, app, "campaign=c1").page
    wait_for_state(page, campaign="c1")
    page.get_by_label("Level").select_option("ad|age|day|")
    page.locator("button.wb-chip", has_text="Age").click()
    page.get_by_label("18-24").check()
    wait_for_state(page, age="18-24")
    assert page.get_by_role("button", name="Campaigns").count() == 0
    assert "campaign=" not in fragment_of(page)


def test_a_copied_link_is_pinned_and_opens_to_the_same_view(app, visit):
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    page = open_page(visit, app, "from=2026-11-01", **options).page
    wait_for_state(page, from_="2026-11-01")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("This link opens only on this machine.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "as_of=2026-11-20T08:15:00Z" in link
    assert link.startswith(app.url)
    other = visit(link).page
    other.wait_for_selector(".wb-bar[role=search]")
    wait_for_state(other, from_="2026-11-01", as_of="2026-11-20T08:15:00Z")
    other.get_by_text("As believed").click()
    other.wait_for_function("!location.hash.includes('as_of')")


def test_without_a_clipboard_the_link_stands_there_selected(app, visit):
    seen = visit("about:blank")
    seen.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    seen.page.goto(address(app))
    seen.page.get_by_role("button", name="Copy link").click()
    seen.page.get_by_label("Link to this view").wait_for()
    seen.page.wait_for_function("url => getSelection().toString().startsWith(url)", arg=app.url)


def test_saved_files_hold_what_is_shown(app, visit, tmp_path):
    page = open_page(visit, app, "from=2026-11-01&to=2026-11-20").page
    wait_for_state(page, from_="2026-11-01")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save as file").click()
    assert caught.value.suggested_filename == "overview_2026-11-01_2026-11-20.html"
    file = tmp_path / caught.value.suggested_filename
    caught.value.save_as(file)
    shown = page.locator(".shown").text_content()
    saved = visit(file.as_uri())
    assert saved.page.locator(".shown").text_content() == shown
    assert saved.page.get_by_text("Simulated figures").count() == 1
    with page.expect_download() as caught:
        page.get_by_role("button", name="XLSX").click()
    assert caught.value.suggested_filename == "overview_2026-11-01_2026-11-20.xlsx"
    book = openpyxl.load_workbook(BytesIO(Path(caught.value.path()).read_bytes()), data_only=True)
    assert book["Figures"]["B2"].value == 23.1


def test_a_saved_view_asks_nobody_and_runs_nothing(visit, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        picture = f'<img src="http://127.0.0.1:{listener.getsockname()[1]}/a.png">'
        body = f'<p id="x">as it was</p>{picture}<script>x.textContent = "changed"</script>'
        file = tmp_path / "view.html"
        file.write_bytes(saved_page("View", body, "", as_of=datetime(2026, 1, 1, tzinfo=UTC), source="test"))
        page = visit(file.as_uri()).page
        page.wait_for_load_state("networkidle")
        assert page.locator("#x").text_content() == "as it was"
        with pytest.raises(TimeoutError):
            listener.accept()


def test_dropped_files_arrive_whole(app, visit, tmp_path):
    page = open_page(visit, app).page
    files = [tmp_path / name for name in ("a.csv", "b.xlsx")]
    for n, file in enumerate(files):
        file.write_bytes(os.urandom(5_000_000 * n + 17))
    page.set_input_files("input[type=file]", [str(file) for file in files])
    page.wait_for_function("document.querySelectorAll('.taken').length === 2")
    said = page.locator(".taken").all_text_contents()
    wanted = [
        f"{f.name} {f.stat().st_size} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in reversed(files)
    ]
    assert said == wanted
    drop = """() => {
        const data = new DataTransfer();
        data.items.add(new File(["hello"], "dropped.csv"));
        data.items.add(new File(["no"], "virus.exe"));
        const drop = new DragEvent("drop", {dataTransfer: data, bubbles: true});
        document.querySelector(".wb-drop").dispatchEvent(drop);
    }"""
    page.evaluate(drop)
    page.get_by_text("dropped.csv 5 ").wait_for()
    page.get_by_text("Only .csv and .xlsx files can be read.").wait_for()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_row_fits_its_page_and_has_no_accessibility_fault(app, visit, width):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(visit, app, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for opened in (False, True):
        if opened:
            page.get_by_role("button", name="Dates").click()
            page.wait_for_selector(".wb-panel:popover-open")
            box = page.locator(".wb-panel:popover-open").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        found = Axe().run(page).response["violations"]
        ours = [(v["id"], n["html"]) for v in found for n in v["nodes"] if "wb-" in n["html"]]
        assert ours == []
