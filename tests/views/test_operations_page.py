"""The Operations page live: looked up again when a browser arrives, saved, and never a bare trace."""

from __future__ import annotations

import pytest
from installations import Shop, connect, notice, refuse_file

from workbench.core.errors import StoreError
from workbench.core.settings import load_settings
from workbench.views import operations_page
from workbench.views.commands import COPY_SCRIPT
from workbench.views.operations_page import OperationsPage, scripts
from workbench.views.saved import MAX_BYTES


@pytest.fixture
def settings(tmp_path):
    found = load_settings(tmp_path / "home", environment="sandbox")
    found.home.mkdir()
    return found


def test_a_warmed_page_looks_again_when_a_browser_arrives(settings):
    connect(settings, Shop())
    page = OperationsPage(settings.home)
    assert "Shop is up to date" in page.body.value
    notice(settings, "token_refused", "Meta does not accept the token.")
    fragment = page.toolbar.children[0]
    fragment.place = {"loopback": True, "width": "wide"}
    assert "Meta refuses the token" in page.body.value


def test_it_can_be_taken_along_without_scripts(settings):
    connect(settings, *(Shop(str(n), f"Shop {n}") for n in range(12)))
    refuse_file(settings)
    page = OperationsPage(settings.home)
    assert [what for what, _ in page.actions.offers] == ["page", "xlsx"]
    assert page.actions.link
    saved = page._saved()
    assert len(saved) < MAX_BYTES
    assert b"<script" not in saved
    assert b"Simulated figures of no real company." in saved
    assert page._sheet()[:2] == b"PK"


def test_the_row_of_actions_is_there_before_any_script(settings):
    html = OperationsPage(settings.home).toolbar._repr_mimebundle_()["text/html"]
    for words in ("Copy link", "Save as file", "XLSX"):
        assert words in html


def test_what_cannot_be_looked_up_is_one_line_with_the_next_step(settings, monkeypatch):
    def fail(_):
        raise StoreError("The ledger is locked.", next_step="Try again.")

    monkeypatch.setattr(operations_page, "operations_of", fail)
    page = OperationsPage(settings.home)
    assert "The ledger is locked." in page.body.value
    assert "Try again." in page.body.value
    assert page.view is None


def test_an_unexpected_failure_is_logged_under_an_id(settings, monkeypatch, caplog):
    monkeypatch.setattr(operations_page, "operations_of", lambda _: 1 / 0)
    page = OperationsPage(settings.home)
    assert "division" not in page.body.value
    error_id = page.body.value.split("error ")[1].split("<")[0]
    assert error_id in caplog.text


def test_the_scripts_sort_and_copy():
    assert COPY_SCRIPT in scripts()
    assert "wb-sort" in scripts()
