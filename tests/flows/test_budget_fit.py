"""A media mix model of the figures in the lake: whose days, money and results, and the run that is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from installations import Shop, connect, load
from lakes import GRAIN, days, insight, morning, write
from typer.testing import CliRunner

from workbench.budget.data import MixData
from workbench.budget.fit import fit_mix
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.priors import WorthPrior
from workbench.budget.spec import MixSpec
from workbench.cli.main import app
from workbench.core.dates import Period
from workbench.core.errors import DataError, NotEnoughData
from workbench.flows.budget_asked import Asked
from workbench.flows.budget_fit import fit_from_lake
from workbench.flows.budget_plan import plan_budget
from workbench.flows.budget_rows import LakeQuestion, read_lake
from workbench.flows.budget_run import read_run
from workbench.flows.budget_series import mix_from_lake
from workbench.flows.budget_view import view_of
from workbench.flows.company import own_lake, sandbox_lake
from workbench.ledger import open_ledger

FIRST, N_DAYS = date(2026, 1, 1), 210
LAST = FIRST + timedelta(days=N_DAYS - 1)
GAP = date(2026, 3, 3)
SMALL = MixSpec(n_fourier=0, n_weekday=0, n_lags=3)


def rows(*, account: str = "1", gap: date | None = None, **figures):
    """Two campaigns whose spend moves from day to day, and what they brought."""
    rng = np.random.default_rng(7)
    out = []
    for k, day in enumerate(days(FIRST, N_DAYS)):
        for c, name in enumerate(("Spring", "Autumn")):
            spend = round(float(rng.gamma(4.0, 10.0)) * 1_000_000)
            brought = float(rng.poisson(20 + 10 * np.tanh(spend / 50e6) + 3 * np.sin(k / 20)))
            if day != gap:
                given = {"campaign_id": f"c{c}", "campaign_name": name, "spend_micros": spend}
                out.append(insight(day, account_id=account, **{**given, "results": brought, **figures}))
    return out


def filled(settings, *parts: list, believed: date = LAST):
    lake = own_lake(settings)
    for k, part in enumerate(parts):
        write(lake, "ad_insights", part, load_id=f"load_{k}", believed_at=morning(believed))
    return lake


def refusal(settings, lake, kind=DataError, **asked):
    with pytest.raises(kind) as caught:
        mix_from_lake(lake, settings, LakeQuestion(**asked))
    return caught.value


def test_the_series_are_the_lakes_sums_less_the_immature_days(settings):
    lake = filled(settings, rows())
    mix = mix_from_lake(lake, settings, LakeQuestion(level="campaign"))
    stop = LAST - timedelta(days=7)  # of a 7-day click window
    assert (mix.data.dates[0], mix.data.dates[-1], mix.data.period) == (FIRST, stop, "day")
    kept = [row for row in rows() if row["date_start"] <= stop]
    for c, key in enumerate(("c0", "c1")):
        spent = sum(row["spend_micros"] for row in kept if row["campaign_id"] == key) / 1e6
        assert mix.data.spend[:, c].sum() == pytest.approx(spent)
    assert mix.data.outcome.sum() == sum(row["results"] for row in kept)
    assert (mix.data.channels, mix.groups) == (("Spring", "Autumn"), ("meta", "meta"))
    assert (mix.data.currency, mix.data.outcome_name) == ("EUR", "leads")
    assert "the last 7 days are left out" in mix.notes[0]


def test_the_page_labels_what_was_fitted_on_a_simulated_company(settings, tmp_path):
    lake = sandbox_lake(settings)
    write(lake, "ad_insights", rows(source="sandbox"), load_id="l", believed_at=morning(LAST))
    mix = mix_from_lake(lake, settings, LakeQuestion(level="campaign"))
    fit = fit_mix(mix.data, SMALL, n_draws=400)
    for origin, expected in ((mix.origin, True), ({**mix.origin, "is_simulated": False}, False)):
        run_id = write_model_run(fit, tmp_path / str(expected), source="lake", origin=origin)
        run = read_run(tmp_path / str(expected), run_id)
        assert view_of(run, Asked()).is_simulated is expected


def test_weeks_end_with_the_last_day_and_channels_are_networks(settings):
    lake = filled(settings, rows(), rows(account="2", network="google"))
    mix = mix_from_lake(lake, settings, LakeQuestion(period="week"))
    assert mix.data.period == "week"
    assert mix.data.dates[-1] == LAST - timedelta(days=7 + 6)
    assert sorted(mix.data.channels) == ["google", "meta"]
    assert mix.data.spend[:, 0] == pytest.approx(mix.data.spend[:, 1])
    assert mix.data.n_periods == (N_DAYS - 7) // 7
    for k in (0, 11, mix.data.n_periods - 1):
        week = Period(mix.data.dates[k], mix.data.dates[k] + timedelta(days=6))
        inside = [row for row in rows() if week.start <= row["date_start"] <= week.stop]
        assert mix.data.spend[k, 0] == pytest.approx(sum(row["spend_micros"] for row in inside) / 1e6)
        assert mix.data.outcome[k] == 2 * sum(row["results"] for row in inside)  # of two accounts


def test_gaps_are_named_and_have_their_own_control(settings):
    mix = mix_from_lake(filled(settings, rows(gap=GAP)), settings, LakeQuestion(level="campaign"))
    assert mix.data.control_names == ("missing_days",)
    assert mix.data.controls[:, 0].sum() == 1
    assert mix.data.controls[mix.data.dates.index(GAP), 0] == 1
    assert mix.data.outcome[mix.data.dates.index(GAP)] == 0
    assert any(str(GAP) in note for note in mix.notes)
    assert mix.origin["missing_days"] == [str(GAP)]


def test_a_day_that_was_read_and_has_no_rows_is_a_zero_and_no_gap(settings):
    unread, idle = date(2026, 11, 3), date(2026, 11, 5)
    connect(settings, Shop(account_id="1", time_zone="America/New_York", n_days=60, gaps=(unread, idle)))
    with open_ledger(settings) as ledger, ledger.write() as session:
        load(session, ("meta", "1"), Period(idle, idle), at=morning(idle), source="sandbox")
    read = read_lake(sandbox_lake(settings), settings, LakeQuestion(level="campaign"))
    assert read.missing == {"1": [unread]}
    assert read.slices[0].time_zone == "America/New_York"


def test_a_part_of_today_is_never_read(settings):
    lake = filled(settings, rows(), believed=LAST - timedelta(days=1))
    mix = mix_from_lake(lake, settings, LakeQuestion(level="campaign"))
    assert mix.data.dates[-1] == LAST - timedelta(days=8)


def test_two_currencies_or_no_named_account_are_refused_with_the_next_step(settings):
    lake = filled(settings, rows(), rows(account="2", currency="USD"))
    error = refusal(settings, lake)
    assert error.message.startswith("currency: EUR and USD")
    assert "--account" in error.next_step
    assert "2: USD" in error.next_step
    assert refusal(settings, lake, level="campaign").field == "account"
    assert refusal(settings, lake, accounts=("3",)).field == "account"
    assert mix_from_lake(lake, settings, LakeQuestion(accounts=("2",))).data.currency == "USD"


def test_kinds_of_results_are_never_added(settings):
    sales = [row | {"campaign_id": f"s{row['campaign_id']}"} for row in rows(result_type="purchase")]
    lake = filled(settings, rows() + sales)
    assert "lead, purchase are never added" in refusal(settings, lake, level="campaign").message
    assert refusal(settings, lake, result_type="install").field == "result"
    mix = mix_from_lake(lake, settings, LakeQuestion(level="campaign", result_type="lead"))
    assert mix.data.outcome.sum() == sum(
        r["results"] for r in rows() if r["date_start"] <= LAST - timedelta(7)
    )
    assert mix.data.channels == ("Spring (c0)", "Autumn (c1)")
    assert any(note.startswith("Left out, because they never count lead") for note in mix.notes)


def test_items_that_hardly_spent_are_left_out_with_their_outcome(settings):
    rare = [insight(day, campaign_id="c9", campaign_name="Test cell", results=99.0) for day in days(FIRST, 2)]
    mix = mix_from_lake(filled(settings, rows() + rare), settings, LakeQuestion(level="campaign"))
    assert mix.data.channels == ("Spring", "Autumn")
    assert mix.data.outcome[:2].max() < 99
    assert any("Test cell" in note for note in mix.notes)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"level": "adset"}, "level"),
        ({"outcome": "value"}, "outcome"),
        ({"since": LAST + timedelta(days=3)}, "since"),
        ({"since": LAST - timedelta(days=3)}, "until"),
        ({"since": LAST - timedelta(days=20)}, "dates"),
    ],
)
def test_too_little_is_refused_with_what_is_missing(settings, asked, field):
    error = refusal(settings, filled(settings, rows()), NotEnoughData, **asked)
    assert error.field == field
    assert error.next_step


def test_ranges_are_no_days(settings):
    ranges = [row | {"grain": GRAIN.replace("day", "range")} for row in rows()[:2]]
    error = refusal(settings, filled(settings, ranges), NotEnoughData, level="campaign")
    assert "no daily figures by campaign" in error.message
    assert "date ranges" in error.next_step


def test_an_empty_lake_and_unknown_words_are_refused(settings):
    assert refusal(settings, own_lake(settings), NotEnoughData).next_step
    for asked in ({"level": "ad"}, {"outcome": "leads"}, {"period": "month"}):
        with pytest.raises(DataError, match="is unknown"):
            LakeQuestion(**asked)
    with pytest.raises(DataError, match="is after"):
        LakeQuestion(since=LAST, until=FIRST)


def test_the_run_is_that_of_a_file_with_the_same_figures_and_can_be_planned(settings):
    lake = filled(settings, rows(gap=GAP))
    asked = LakeQuestion(level="campaign")
    found = fit_from_lake(settings, asked, SMALL, total_only=True)
    data = mix_from_lake(lake, settings, asked).data
    same = MixData(
        data.dates,
        data.outcome,
        data.spend,
        data.channels,
        data.controls,
        data.control_names,
        data.outcome_name,
        data.currency,
    )
    pooled = replace(SMALL, groups=dict.fromkeys(("Spring", "Autumn"), "meta"))
    np.testing.assert_array_equal(fit_mix(same, pooled).draws.contribution, found.fit.draws.contribution)
    stored = read_model_run(settings.runs_folder, found.run_id)
    assert stored.about["origin"] == found.mix.origin
    assert stored.about["source"] == "lake: meta 1, by campaign"
    assert (
        sum(
            one["spend_minor"]
            for one in plan_budget(settings.runs_folder, found.run_id, "90").to_dict()["allocation"]
        )
        == 9_000
    )


def test_ad_sets_are_pooled_in_their_campaign_and_networks_in_none(settings):
    grain = GRAIN.replace("campaign", "adset")
    sets = [
        row | {"grain": grain, "adset_id": f"{row['campaign_id']}{k}", "adset_name": f"set {k}"}
        for row in rows()
        for k in range(2)
    ]
    filled(settings, sets)
    fit = fit_from_lake(settings, LakeQuestion(level="adset"), SMALL).fit
    assert fit.model.spec.groups["Spring / set 0"] == "c0"
    assert fit.to_dict()["groups"]["Autumn / set 1"] == "c1"
    assert fit_from_lake(settings, LakeQuestion(), SMALL).fit.model.spec.groups == {}
    single = replace(SMALL, worth={"Spring / set 0": WorthPrior("roas", 1.0, 1.0)})
    assert fit_from_lake(settings, LakeQuestion(level="adset"), single).fit.model.spec.groups == {}


def wb(settings, *words: str, code=0):
    given = ["budget", "fit", *words, "--home", str(settings.home)]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_the_command_reads_the_lake(settings):
    filled(settings, rows())
    words = ("--from-lake", "--level", "campaign", "--outcome", "results", "--account", "1")
    shape = ("--since", "2026-01-05", "--until", "2026-06-30", "--fourier", "0", "--lags", "3")
    got = json.loads(wb(settings, *words, *shape, "--interval", ".8", "--json").stdout)
    assert got["dates"] == {"first": "2026-01-05", "last": "2026-06-30"}
    assert (got["level"], got["simulated"], got["origin"]["level"]) == (0.8, False, "campaign")
    assert got["model_run"].startswith("mix-")
    assert "Kept as mix-" in wb(settings, *words, *shape).stdout


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--from-lake", "--spend", "a"), "--spend"),
        (("--since", "2026-01-05"), "--since"),
        (("--from-lake", "--until", "soon"), "--until"),
        ((), "FILE"),
        (("sales.csv", "--date", "day", "--spend", "a"), "--outcome"),
    ],
)
def test_half_a_question_is_a_usage_error(settings, words, option):
    assert option in wb(settings, *words, code=2).output
