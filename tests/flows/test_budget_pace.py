"""The running month from the lake: which days, whose budgets, sums to the cent, and what is refused."""

from __future__ import annotations

import json
from datetime import date

import pytest
from lakes import days, insight, morning, write
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.core.errors import DataError, NotEnoughData
from workbench.core.money import to_minor
from workbench.core.settings import Settings
from workbench.flows.budget_pace import pace_from_lake
from workbench.flows.company import own_lake

FIRST, N_DAYS = date(2026, 5, 20), 30  # to 18 June
LAST = date(2026, 6, 18)


def rows(account: str = "1") -> list[dict[str, object]]:
    """One campaign whose days are no whole cents; it paused on 5 June."""
    out = []
    for k, day in enumerate(days(FIRST, N_DAYS)):
        if day != date(2026, 6, 5):
            spend = 90_000_000 + 1_003_337 * (k % 5)
            out.append(insight(day, account_id=account, campaign_id="c1", spend_micros=spend))
    return out


def filled(
    settings: Settings,
    *,
    budgets: tuple[int | None, ...] = (),
    account: str = "1",
    lifetime: int | None = None,
) -> Settings:
    lake = own_lake(settings)
    write(lake, "ad_insights", rows(account), load_id=f"figures {account}", believed_at=morning(LAST))
    things = [
        {
            "date_start": LAST,
            "entity_type": "campaign",
            "entity_id": f"c{k}",
            "parent_id": account,
            "status": "ACTIVE",
            "currency": "EUR",
            "daily_budget_minor": budget,
            "lifetime_budget_minor": None if budget else lifetime,
        }
        for k, budget in enumerate(budgets)
    ]
    if things:
        write(lake, "ad_entities", things, load_id="things", believed_at=morning(LAST))
    return settings


def in_june(account: str = "1") -> int:
    return sum(int(str(r["spend_micros"])) for r in rows(account) if str(r["date_start"]) >= "2026-06-01")


def test_the_month_so_far_is_the_lakes_to_the_cent_and_pauses_are_days_without_spend(settings) -> None:
    found = pace_from_lake(filled(settings), plan="3000")
    assert (found.period.start, found.period.stop) == (date(2026, 6, 1), LAST)
    assert found.pace.spent_minor == to_minor(in_june(), "EUR")
    assert (found.pace.plan_minor, found.pace.days_left) == (300_000, 12)
    assert found.pace.landing_minor == pytest.approx(found.pace.spent_minor * 30 / 18, rel=1e-3)
    assert "the dearest day so far" in found.notes[0]


def test_budgets_that_are_set_are_the_daily_budget(settings) -> None:
    filled(settings, budgets=(10_000, None))
    found = pace_from_lake(settings, plan="4000")
    assert found.notes == ("The daily budget is the sum of those set on campaigns and ad sets that run.",)
    given = pace_from_lake(settings, plan="4000", daily_budget="100")
    assert given.pace == found.pace
    assert given.pace != pace_from_lake(settings, plan="4000", daily_budget="95").pace


def test_budgets_for_a_lifetime_are_said_not_to_be_in_the_sum(settings) -> None:
    found = pace_from_lake(filled(settings, budgets=(10_000, None), lifetime=50_000), plan="4000")
    assert found.notes[0].endswith("Budgets for a lifetime, of 1, are not in it; their spend is.")


def test_accounts_of_one_currency_are_added_and_one_may_be_named(settings) -> None:
    filled(settings)
    filled(settings, account="2")
    both, one = (pace_from_lake(settings, plan="6000", account=name) for name in ("", "2"))
    assert both.pace.spent_minor == to_minor(2 * in_june(), "EUR")
    assert one.pace.spent_minor == to_minor(in_june(), "EUR")


def test_a_young_or_an_empty_month_and_amounts_that_are_none_are_refused(settings) -> None:
    filled(settings)
    with pytest.raises(NotEnoughData, match=r"day: 4 of the 5 days .* --day 2026-05-31\."):
        pace_from_lake(settings, plan="3000", asof=date(2026, 6, 4))
    with pytest.raises(
        NotEnoughData, match=r"day: nothing was spent .* There are figures of 2026-05-20 – 2026-06-18"
    ):
        pace_from_lake(settings, plan="3000", asof=date(2026, 4, 10))
    with pytest.raises(DataError, match="plan: 0 leaves nothing to pace"):
        pace_from_lake(settings, plan="0")
    with pytest.raises(DataError, match="plan"):
        pace_from_lake(settings, plan="three thousand")
    with pytest.raises(DataError, match="daily_budget: 0 is no budget"):
        pace_from_lake(settings, plan="3000", daily_budget="0")


def test_the_command_line_says_it_in_words_and_as_json(settings) -> None:
    filled(settings, budgets=(10_000,))
    call = ["budget", "pace", "--plan", "4000", "--home", str(settings.home)]
    spoken = CliRunner().invoke(app, call)
    assert spoken.exit_code == 0, spoken.output
    assert "a day from tomorrow" in spoken.output
    document = json.loads(CliRunner().invoke(app, [*call, "--json"]).stdout)
    assert document["spent_minor"] == to_minor(in_june(), "EUR")
    assert document["days"] == {"start": "2026-06-01", "stop": "2026-06-18"}
    assert document["interval_minor"][0] <= document["landing_minor"] <= document["interval_minor"][1]
    assert document["simulated"] is False
    assert CliRunner().invoke(app, [*call[:2], "--home", str(settings.home)]).exit_code == 2
