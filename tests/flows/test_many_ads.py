"""Ads side by side from a lake: their label, their delivery, and what is refused with a way on."""

from __future__ import annotations

import json
from datetime import date

import pytest
from lakes import days, insight, morning, write

from workbench.core.errors import DataError, NotEnoughData
from workbench.flows.many_ads import compare_ads
from workbench.lake import Lake

FIRST, N_DAYS = date(2026, 10, 1), 14
LAST = days(FIRST, N_DAYS)[-1]
BY_AD, BY_AGE = "ad||day|7d_click,1d_view", "{}|age|day|7d_click,1d_view"
#: Results a day of each ad for 50 EUR: two in one ad set, one in another campaign.
ADS = {"a1": 4, "a2": 2, "b1": 1}
#: Link clicks a day: rates that differ, for a race between equal ones takes five times as long to work out.
CLICKS = {"a1": 150, "a2": 110, "b1": 60}


def row(day: date, ad: str, **figures):
    campaign = ad[0]
    return insight(
        day,
        **{
            "grain": BY_AD,
            "campaign_id": f"c-{campaign}",
            "campaign_name": f"Campaign {campaign}",
            "adset_id": f"s-{campaign}",
            "adset_name": f"Set {campaign}",
            "ad_id": ad,
            "ad_name": f"Ad {ad}",
            "spend_micros": 50_000_000,
            "results": float(ADS.get(ad, 0)),
            "link_clicks": CLICKS.get(ad, 90),
            **figures,
        },
    )


def every_day(ads=ADS, **figures):
    return [row(day, ad, **figures) for day in days(FIRST, N_DAYS) for ad in ads]


def by_age(level: str, shares: dict[str, float], ads=ADS):
    """Break each ad down by two ages, of which the younger has its share of everything."""
    cells = [("18-24", lambda ad: shares[ad]), ("25-34", lambda ad: 1 - shares[ad])]
    keep = {"ad": {}, "adset": {"ad_id": None, "ad_name": None}}[level]
    return [
        row(
            day,
            ad,
            grain=BY_AGE.format(level),
            age=age,
            impressions=int(10_000 * share(ad)),
            spend_micros=int(50_000_000 * share(ad)),
            results=float(round(10 * ADS[ad] * share(ad))),
            **keep,
        )
        for day in days(FIRST, N_DAYS)
        for ad in ads
        for age, share in cells
    ]


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def load(lake: Lake, *tables: list[dict]) -> Lake:
    for k, rows in enumerate(tables):
        write(lake, "ad_insights", rows, load_id=f"l{k}", believed_at=morning(LAST))
    return lake


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Three ads as they are, without a breakdown."""
    return compare_ads(load(Lake(tmp_path_factory.mktemp("ads") / "lake"), every_day()))


def test_the_better_ad_leads_and_the_evidence_is_observational(found):
    best, *_, worst = sorted(found.estimates.ads, key=lambda ad: ad.estimate)
    assert (best.name, best.groups, best.results, best.size) == ("Ad a1", ("s-a", "c-a"), 56, 700)
    assert best.observed == pytest.approx(12.5)
    assert worst.name == "Ad b1"
    assert found.estimates.leader is best
    assert best.prob_best > 0.99
    assert found.estimates.evidence == "observational"
    assert "Observational" in found.summary()
    assert "causal" not in json.dumps(found.to_dict()).lower()
    assert (found.currency, found.result_type, found.is_simulated) == ("EUR", "lead", False)
    assert (found.period.stop, len(list(found.period.days()))) == (LAST, 28)


def test_without_a_breakdown_it_says_that_delivery_is_not_known(found):
    assert (found.balance, found.balance_grain) == (None, None)
    assert "No breakdown of these days is loaded" in found.summary()


def test_ads_shown_to_the_same_people_are_alike_and_others_are_not(lake):
    load(lake, every_day(), by_age("ad", {"a1": 0.5, "a2": 0.5, "b1": 0.9}))
    found = compare_ads(lake, start=FIRST)
    assert found.balance_grain == BY_AGE.format("ad")
    assert found.balance_note == ""
    a1, a2, b1 = sorted(found.balance.ads, key=lambda ad: ad.name)
    assert b1.distance > 2 * a1.distance
    assert a1.distance == pytest.approx(a2.distance)
    assert b1.p < 0.001
    assert found.balance.summary() in found.summary()


def test_a_coarser_breakdown_is_used_and_named(lake):
    load(lake, every_day(), by_age("adset", {"a1": 0.5, "b1": 0.9}, ads=("a1", "b1")))
    found = compare_ads(lake, start=FIRST)
    assert found.balance_note == "Delivery is known by adset only."
    assert [ad.name for ad in found.balance.ads] == ["Set a", "Set b"]


def test_a_breakdown_of_one_cell_tells_nothing(lake):
    one = [each for each in by_age("ad", dict.fromkeys(ADS, 0.5)) if each["age"] == "18-24"]
    found = compare_ads(load(lake, every_day(), one), start=FIRST)
    assert found.balance is None
    assert "holds too little" in found.summary()


def test_without_any_result_every_ad_still_has_a_finite_answer(lake):
    found = compare_ads(load(lake, every_day(results=0.0)), start=FIRST)
    assert [ad.observed for ad in found.estimates.ads] == [None] * 3
    assert all(0 < ad.interval[0] < ad.estimate < ad.interval[1] for ad in found.estimates.ads)
    a1, a2, b1 = (ad.prob_best for ad in found.estimates.ads)
    assert a1 == pytest.approx(a2)
    assert a1 < b1 < 0.5  # alone in its campaign, less is known of it
    json.dumps(found.to_dict(), allow_nan=False)


def test_ads_without_spend_are_left_out(lake):
    load(lake, every_day() + every_day(["a9"], spend_micros=0, results=3.0))
    assert [ad.name for ad in compare_ads(lake).estimates.ads] == ["Ad a1", "Ad a2", "Ad b1"]
    assert len(compare_ads(lake, metric="ctr").estimates.ads) == 4


def test_another_kind_of_result_is_left_out(lake):
    load(lake, every_day() + every_day(["d1"], result_type="purchase", results=40.0, spend_micros=1_000_000))
    found = compare_ads(lake)
    assert found.result_type == "lead"
    assert "Ad d1" not in [ad.name for ad in found.estimates.ads]


def test_two_ads_of_one_name_are_told_apart(lake):
    found = compare_ads(load(lake, every_day(ad_name="Ad")))
    assert [ad.name for ad in found.estimates.ads] == ["Ad (a1)", "Ad (a2)", "Ad (b1)"]


def test_levels_above_and_their_groups(lake):
    load(
        lake,
        every_day(grain="adset||day|7d_click,1d_view", ads=("a1", "b1"), ad_id=None, ad_name=None),
        every_day(grain="campaign||day|7d_click,1d_view", ads=("a1", "b1"), ad_id=None, adset_id=None),
    )
    sets, campaigns = compare_ads(lake, "adset"), compare_ads(lake, "campaign")
    assert [(ad.name, ad.groups) for ad in sets.estimates.ads] == [("Set a", ("c-a",)), ("Set b", ("c-b",))]
    assert [(ad.name, ad.groups) for ad in campaigns.estimates.ads] == [
        ("Campaign a", ()),
        ("Campaign b", ()),
    ]


def test_money_of_two_currencies_is_never_added_up(lake):
    half = days(FIRST, N_DAYS)[7]
    rows = [{**each, "currency": "USD" if each["date_start"] >= half else "EUR"} for each in every_day()]
    load(lake, rows)
    with pytest.raises(DataError, match="spend in EUR and USD") as refused:
        compare_ads(lake)
    assert refused.value.next_step == "Choose days of one currency, or a metric without money (cvr or ctr)."
    assert compare_ads(lake, start=half).currency == "USD"
    assert compare_ads(lake, metric="ctr").estimates.metric == "ctr"


@pytest.mark.parametrize(
    ("ads", "asked", "said"),
    [
        (("a1",), {}, "Fewer than two had any spend"),
        (ADS, {"start": date(2025, 1, 1), "stop": date(2025, 1, 31)}, "Fewer than two"),
        (ADS, {"level": "campaign"}, "account 1 has no figures by campaign"),
        (ADS, {"level": "post"}, "level 'post'"),
        (ADS, {"metric": "roas"}, "metric 'roas'"),
        (ADS, {"account_id": "7"}, "'7' has no figures"),
        ((), {}, "no figures yet"),
    ],
)
def test_what_cannot_be_answered_names_a_way_on(lake, ads, asked, said):
    if ads:
        load(lake, every_day(ads))
    with pytest.raises(DataError, match=said) as refused:
        compare_ads(lake, **asked)
    assert refused.value.next_step
    assert isinstance(refused.value, NotEnoughData) == (not asked or "start" in asked)
