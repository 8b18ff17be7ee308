"""One line on top of every page, only while something is frozen or soon will be."""

from __future__ import annotations

from datetime import date

import pytest
from installations import Shop, connect, notice, refuse_file

from workbench.core.settings import load_settings
from workbench.views.home_page import HomePage
from workbench.views.notice_bar import NoticeLine, notice_bar


@pytest.fixture
def settings(tmp_path):
    found = load_settings(tmp_path / "home", environment="sandbox")
    found.home.mkdir()
    return found


def test_without_a_notice_there_is_no_line(settings):
    assert notice_bar(settings) == ""
    connect(settings, Shop())
    assert notice_bar(settings) == ""


def test_a_refused_token_says_to_which_day_the_figures_reach(settings):
    connect(settings, Shop(last_day=date(2026, 11, 18), state="refused"))
    notice(settings, "token_refused", "Meta does not accept the token.")
    html = notice_bar(settings)
    assert "<b>Meta refuses the token.</b> Shop has data to 18 Nov 2026; figures stay as of then." in html
    assert 'href="operations"' in html
    assert 'role="status"' in html
    assert "<a " not in notice_bar(settings, operations_href="")


def test_before_anything_was_read_pages_wait(settings):
    notice(settings, "token_refused", "Meta does not accept the token.")
    assert "Nothing has been read yet; pages wait for it." in notice_bar(settings)


def test_the_graver_notice_is_told_and_others_stay_silent(settings):
    connect(settings, Shop(state="refused"))
    notice(settings, "quota_low", "Little is left.")
    assert notice_bar(settings) == ""
    notice(settings, "token_expires", "Soon.")
    assert "runs out on 20 Jan 2027" in notice_bar(settings)
    notice(settings, "token_refused", "No.")
    assert "refuses the token" in notice_bar(settings)


def test_names_are_escaped(settings):
    connect(settings, Shop(name="<b>Shop", state="refused"))
    notice(settings, "token_refused", "No.")
    assert "&lt;b&gt;Shop" in notice_bar(settings)


def test_the_home_page_begins_with_it_and_leads_to_operations(settings):
    connect(settings, Shop(state="refused"))
    notice(settings, "token_refused", "No.")
    header = HomePage([], settings.home).header.value
    assert header.index("refuses the token") < header.index("What would you like to know?")
    assert 'href="app/operations"' in header


def test_a_page_that_is_redrawn_often_asks_seldom(settings):
    now = [0.0]
    line = NoticeLine(settings, every_s=10, clock=lambda: now[0])
    assert line.html() == ""
    notice(settings, "token_refused", "No.")
    now[0] = 9.9
    assert line.html() == ""
    now[0] = 10.0
    assert "refuses the token" in line.html()


def test_the_home_page_lists_visits_to_accounts_and_files(settings):
    connect(settings, Shop())
    refuse_file(settings)
    loads = HomePage([], settings.home).loads.value
    assert "Meta · Shop" in loads
    assert "29 windows: each agrees with the account’s own total to the cent" in loads
    assert "week 47.csv" in loads
    assert "campaign||day" not in loads
