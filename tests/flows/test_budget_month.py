"""The month's money: sums to the cent, the plan that held, where the next lands, whose model speaks."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from months import JUNE, drafted, filled, fitted, month_rows

from workbench.core.errors import DataError, NotEnoughData
from workbench.core.money import to_minor
from workbench.core.settings import Settings, load_settings
from workbench.flows.budget_asked import Asked
from workbench.flows.budget_month import budget_month
from workbench.flows.budget_run import read_run
from workbench.flows.budget_view import view_of
from workbench.flows.company import own_lake

ASOF = date(2026, 7, 19)
ROWS = month_rows()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    settings = filled(load_settings(tmp_path_factory.mktemp("made")), ROWS)
    return settings, fitted(settings)


@pytest.fixture
def kept(made, tmp_path) -> tuple[Settings, str]:
    """Give each test a copy of its own."""
    settings, run_id = made
    shutil.copytree(settings.home, tmp_path / "own")
    return load_settings(tmp_path / "own"), run_id


def in_june(settings) -> int:
    """Ask the lake itself."""
    query = "SELECT sum(spend_micros)::BIGINT AS n FROM ad_insights WHERE date_start BETWEEN ? AND ?"
    return int(own_lake(settings).sql(query, params=JUNE)["n"].to_pylist()[0])


def test_spend_is_the_lakes_to_the_cent_and_the_next_plan_the_budget_pages(kept):
    settings, run_id = kept
    report = budget_month(settings, asof=ASOF)
    assert report.spend.total_micros == in_june(settings)
    assert report.spent_minor == to_minor(in_june(settings), "EUR")
    assert {one.name for one in report.items} == {"Spring", "Autumn"}
    shown = view_of(read_run(settings.runs_folder, run_id), Asked())
    assert [one.spend_minor for one in report.view.plan.items] == [
        one.spend_minor for one in shown.plan.items
    ]
    assert report.run.stored.run_id == run_id


def test_the_month_is_the_last_that_ended_and_its_last_day_ends_it(kept):
    settings, _ = kept
    months = {
        asof: str(budget_month(settings, asof=asof).spend.month)
        for asof in (date(2026, 6, 29), date(2026, 6, 30), ASOF, date(2026, 12, 24))
    }
    assert list(months.values()) == [
        "2026-05-01 – 2026-05-31",
        "2026-06-01 – 2026-06-30",
        "2026-06-01 – 2026-06-30",
        "2026-06-01 – 2026-06-30",  # figures end in July
    ]


def test_the_running_month_lands_at_what_was_spent_and_as_much_a_day(kept):
    settings, _ = kept
    found = budget_month(settings, asof=ASOF).pace
    july = sum(row["spend_micros"] for row in ROWS if row["date_start"] >= date(2026, 7, 1))
    assert found.spent_minor == to_minor(july, "EUR")
    assert found.landing_minor == pytest.approx(to_minor(july, "EUR") * 31 / 19, abs=2)
    low, high = found.interval_minor
    assert low < found.landing_minor < high
    assert found.plan_minor == 0
    assert budget_month(settings, asof=JUNE[1]).no_pace == "The figures end with the month."
    assert budget_month(settings, asof=date(2026, 7, 4)).no_pace.startswith("4 days are too few")


def test_the_plan_is_the_last_one_written_by_the_months_end(kept):
    settings, run_id = kept
    assert budget_month(settings, asof=ASOF).no_plan == "No plan was written by then."
    drafted(settings, run_id, "70", on=date(2026, 4, 1))
    may = drafted(settings, run_id, "80", on=date(2026, 5, 28))
    july = drafted(settings, run_id, "90", on=date(2026, 7, 2))
    report = budget_month(settings, asof=ASOF)
    assert report.plan.number == may
    assert report.planned_minor == 30 * 8_000
    assert report.pace.plan_minor == 31 * 9_000
    assert report.covered_micros == report.spend.total_micros
    assert [one.number for one in report.kept] == [july, may]
    assert sum(one.planned_minor for one in report.items) == report.planned_minor


def test_what_the_plan_does_not_name_is_in_no_comparison(kept):
    settings, run_id = kept
    budgets = [{"item": "Spring", "by_period_minor": [4_000]}, {"item": "Winter", "by_period_minor": [100]}]
    drafted(settings, run_id, "80", on=date(2026, 5, 28), budgets=budgets, total_minor=4_100)
    report = budget_month(settings, asof=ASOF)
    spring = sum(
        row["spend_micros"]
        for row in ROWS
        if row["campaign_id"] == "spring" and JUNE[0] <= row["date_start"] <= JUNE[1]
    )
    assert report.covered_micros == spring < report.spend.total_micros
    assert {one.name: one.planned_minor for one in report.items} == {
        "Spring": 120_000,
        "Autumn": None,
        "Winter": 3_000,
    }


def test_a_plan_of_other_items_is_none_to_compare_with(kept):
    settings, run_id = kept
    drafted(
        settings,
        run_id,
        "80",
        on=date(2026, 5, 28),
        budgets=[{"item": "tv", "by_period_minor": [100]}],
    )
    report = budget_month(settings, asof=ASOF)
    assert (report.plan, report.planned_minor) == (None, None)
    assert report.no_plan == "Plan 1, the last one, speaks of other items than these figures."


def test_no_simulated_companys_model_or_plan_explains_own_figures(kept):
    settings, run_id = kept
    simulated = fitted(settings, is_simulated=True)  # kept later
    drafted(settings, simulated, "80", on=date(2026, 5, 28))
    report = budget_month(settings, asof=ASOF)
    assert report.run.stored.run_id == run_id
    assert (report.plan, report.kept, report.is_simulated) == (None, (), False)


def test_without_a_run_there_is_spend_by_campaign_and_the_reason(settings):
    report = budget_month(filled(settings, ROWS), asof=ASOF)
    assert (report.run, report.view) == (None, None)
    assert report.no_view == "No kept model run is of these figures."
    assert report.spend.total_micros == in_june(settings)
    assert not (settings.home / "ledger.db").exists()


def test_one_campaign_is_enough(settings):
    filled(settings, month_rows(("Spring",)))
    run_id = fitted(settings)
    report = budget_month(settings, asof=ASOF)
    assert report.run.stored.run_id == run_id
    assert [row.name for row in report.view.rows] == ["Spring"]
    assert report.view.moved == 0


def test_an_account_level_export_is_reported_by_network(settings):
    filled(settings, month_rows(("Spring",), grain="account||day|7d_click,1d_view", campaign_id=None))
    report = budget_month(settings, asof=ASOF)
    assert [one.name for one in report.items] == ["meta"]


def test_a_month_without_figures_and_an_unknown_account_are_refused(kept, settings):
    with pytest.raises(NotEnoughData, match=r"no figures from 2025-12-01 to 2025-12-31") as caught:
        budget_month(kept[0], asof=date(2026, 1, 30))
    assert "begin on 2026-01-01" in caught.value.next_step
    with pytest.raises(DataError, match="9"):
        budget_month(kept[0], asof=ASOF, account_id="9")
