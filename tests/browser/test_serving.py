"""Pages as a reader meets them: at once, on current data, without the network."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

FIGURE = """
import os, pathlib
from IPython.display import HTML
figure = pathlib.Path(os.environ["WORKBENCH_HOME"], "figure.txt").read_text()
HTML(f"<h1>Spend</h1><p id='figure'>{figure}</p>")
"""
SLIDER = """
import ipywidgets
slider = ipywidgets.IntSlider(description="Amount")
label = ipywidgets.Label("0")
slider.observe(lambda change: setattr(label, "value", f"now {change.new}"), "value")
ipywidgets.VBox([slider, label])
"""
HOME_PAGE = "from IPython.display import HTML\nHTML('<h1>Workbench</h1>')"


@pytest.fixture
def data(tmp_path: Path) -> Any:
    """Make a home whose one figure is its own version; ``data(200)`` loads a new one."""
    home = tmp_path / "home"
    home.mkdir()

    def load(value: int) -> Path:
        fresh = home / "figure.new"
        fresh.write_text(str(value))
        fresh.replace(home / "figure.txt")
        return home

    load(100)
    return load


def test_app_is_served_with_its_figure_in_the_first_bytes(write_app, serve_app, data, fetch):
    folder = write_app("spend", FIGURE, SLIDER)
    home = data(100)
    server = serve_app(folder, home, version_file=home / "figure.txt")
    status, headers, body = fetch(f"{server.url}app/spend")
    assert status == 200
    assert b"<p id='figure'>100</p>" in body
    assert b'<html lang="en">' in body
    assert body.count(b"<main") == 1
    assert b"<title>Spend</title>" in body
    assert b'content="100"' in body  # the version it was made from
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers


def test_home_page_is_served_at_the_root(write_app, serve_app, data, fetch):
    write_app("home", HOME_PAGE, title="Workbench")
    folder = write_app("spend", FIGURE)
    home = data(100)
    server = serve_app(folder, home, version_file=home / "figure.txt")
    status, _, body = fetch(server.url)
    assert status == 200
    assert b"<h1>Workbench</h1>" in body


def test_version_is_told_as_json(write_app, serve_app, data, fetch):
    home = data(7)
    server = serve_app(write_app("spend", FIGURE), home, version_file=home / "figure.txt")
    _, headers, body = fetch(f"{server.url}wb/version?kernel=nobody")
    assert json.loads(body) == {"version": "7", "awake": False}
    assert headers["Content-Type"].startswith("application/json")


def test_next_reader_sees_the_new_figure_whenever_it_was_loaded(write_app, serve_app, data, fetch):
    """Without a pause the warmed page is still the old one; with one, the pool has been warmed again."""
    home = data(100)
    server = serve_app(write_app("spend", FIGURE), home, version_file=home / "figure.txt", refill_delay_s=0.0)
    for round_ in range(1, 5):
        time.sleep((0.0, 0.3, 1.5, 3.0)[round_ - 1])
        data(100 + round_)
        _, _, body = fetch(f"{server.url}app/spend")
        assert f"<p id='figure'>{100 + round_}</p>".encode() in body


def test_widget_answers_and_nothing_leaves_the_machine(write_app, serve_app, data, visit):
    home = data(100)
    server = serve_app(write_app("spend", FIGURE, SLIDER), home, version_file=home / "figure.txt")
    seen = visit(f"{server.url}app/spend")
    slider = seen.page.get_by_role("slider", name="Amount")
    slider.wait_for()
    assert seen.page.locator(".wb-skeleton").count() == 0
    slider.press("ArrowRight")
    seen.page.get_by_text("now 1").wait_for()
    assert seen.requests_outside == []
    assert seen.complaints == []


def test_open_page_offers_to_refresh_after_a_load(write_app, serve_app, data, visit):
    home = data(100)
    server = serve_app(write_app("spend", FIGURE, SLIDER), home, version_file=home / "figure.txt")
    seen = visit(f"{server.url}app/spend")
    notice = seen.page.get_by_role("status").filter(has_text="New data has been loaded.")
    assert notice.count() == 0
    data(200)
    notice.wait_for()
    refresh = notice.get_by_role("button", name="Refresh")
    refresh.focus()
    refresh.press("Enter")
    seen.page.locator("#figure", has_text="200").wait_for()
    assert seen.page.get_by_role("status").filter(has_text="New data").count() == 0


def test_widgets_whose_state_came_too_late_are_asked_for_again(write_app, serve_app, data, visit):
    home = data(100)
    server = serve_app(write_app("spend", FIGURE, SLIDER), home, version_file=home / "figure.txt")
    seen = visit(f"{server.url}app/spend")
    seen.page.get_by_role("slider").wait_for()
    seen.page.evaluate("""() => {
        const manager = window.jupyterapp.widgetManager;
        manager._models = Object.create(null);
        const host = document.querySelector(".wb-widget > .lm-Widget");
        host.innerHTML = "Error displaying widget: model not found";
        host.classList.add("jupyter-widgets");
        const restore = manager.restoreWidgets.bind(manager);
        manager.restoreWidgets = () => ((window.asked = (window.asked ?? 0) + 1), restore());
    }""")
    seen.page.wait_for_function("window.asked >= 1")
    seen.page.get_by_role("status").filter(has_text="did not come to life").wait_for()
