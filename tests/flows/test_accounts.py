"""Names and time zones of accounts, where they are known."""

from __future__ import annotations

import pytest
from installations import NOW, YESTERDAY, Shop, connect
from lakes import insight, write

from workbench.flows.accounts import with_account_facts
from workbench.flows.available import available
from workbench.flows.company import own_lake, shown_lake
from workbench.views.overview_page import OverviewPage


@pytest.fixture
def two_shops(settings):
    connect(
        settings,
        Shop("1", name="Shop", time_zone="America/New_York", n_days=3),
        Shop("2", name="", time_zone="Asia/Tokyo", n_days=3),
    )
    return settings


def test_each_account_has_its_own_time_zone_and_name(two_shops):
    known = with_account_facts(available(shown_lake(two_shops)), two_shops)
    facts = {s.account_id: (s.account_label, s.time_zone) for s in known.slices}
    assert facts == {"1": ("Shop (1)", "America/New_York"), "2": ("2", "Asia/Tokyo")}


def test_the_page_says_the_accounts_own_time_zone(two_shops):
    page = OverviewPage(two_shops.home)
    page.filters.change({"network": "meta", "account": "1"})
    assert "· America/New_York" in page.header.value
    assert {"value": '["meta","1"]', "label": "Shop (1)"} in page.filters.view["accounts"]
    page.filters.change({"network": "meta", "account": "2"})
    assert "· Asia/Tokyo" in page.header.value


def test_an_export_takes_the_settings_zone_and_no_rehearsal_names_it(two_shops):
    row = insight(YESTERDAY, account_id="1", currency="EUR", grain="campaign||day|", source="ads_export")
    write(own_lake(two_shops), "ad_insights", [row], load_id="own", believed_at=NOW)
    known = with_account_facts(available(shown_lake(two_shops)), two_shops)
    assert [(s.account_label, s.time_zone) for s in known.slices] == [("1", two_shops.time_zone)]
