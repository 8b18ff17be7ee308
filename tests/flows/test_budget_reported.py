"""Campaigns of the lake by their own reported results: what is read, said, kept, scaled and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from lakes import days, insight, morning, write
from typer.testing import CliRunner

from workbench.budget.model_run import read_model_run
from workbench.budget.priors import WorthPrior
from workbench.budget.spec import MixSpec
from workbench.cli.main import app
from workbench.core.errors import DataError
from workbench.flows.budget_fit import fit_from_lake
from workbench.flows.budget_plan import plan_budget
from workbench.flows.budget_reported import uses_reported
from workbench.flows.budget_rows import LakeQuestion
from workbench.flows.budget_series import mix_from_lake
from workbench.flows.company import own_lake

FIRST, N_DAYS = date(2026, 1, 1), 90
SMALL = MixSpec(adstock="none", n_fourier=0, n_weekday=0, trend=False, curve_pooling=1.0)
CAMPAIGNS = LakeQuestion(level="campaign")


@pytest.fixture
def lake(settings):
    """Two campaigns of the same spends, one of which brings four times what the other does."""
    rng, rows = np.random.default_rng(7), []
    for day in days(FIRST, N_DAYS):
        spend = round(float(rng.gamma(4.0, 10.0)) * 1_000_000)
        for c, rate in (("Spring", 0.4), ("Autumn", 0.1)):
            brought = float(rng.poisson(rate * spend / 1e6))
            given = {"campaign_id": c, "campaign_name": c, "spend_micros": spend}
            rows.append(insight(day, account_id="1", **given, results=brought))
    lake = own_lake(settings)
    write(lake, "ad_insights", rows, load_id="l", believed_at=morning(FIRST + timedelta(days=N_DAYS - 1)))
    return lake


def test_the_split_is_what_was_reported_of_each(settings, lake):
    mix = mix_from_lake(lake, settings, CAMPAIGNS)
    np.testing.assert_array_equal(mix.reported.sum(axis=1), mix.data.outcome)
    found = fit_from_lake(settings, CAMPAIGNS, SMALL)
    for one, reported in zip(found.fit.channels, mix.reported.sum(axis=0), strict=True):
        assert one.contribution.interval[0] < reported < one.contribution.interval[1]
    assert "plans reported results" in found.mix.notes[-1]
    stored = read_model_run(settings.runs_folder, found.run_id)
    assert stored.about["result"]["explains"] == "reported"
    assert stored.about["origin"]["notes"] == list(found.mix.notes)
    plan = plan_budget(settings.runs_folder, found.run_id, "60").to_dict()
    assert sum(one["spend_minor"] for one in plan["allocation"]) == 6_000
    assert any("as reported of each item" in note for note in plan["notes"])


def test_the_total_is_explained_where_counts_are_not_asked_for():
    for asked, given, expected in (
        (CAMPAIGNS, {}, True),
        (LakeQuestion(level="adset", outcome="conversions"), {}, True),
        (LakeQuestion(), {}, False),
        (LakeQuestion(level="campaign", outcome="value"), {}, False),
        (CAMPAIGNS, {"total_only": True}, False),
        (CAMPAIGNS, {"has_lift_tests": True}, False),
    ):
        assert uses_reported(asked, SMALL, **given) is expected
    assert not uses_reported(CAMPAIGNS, MixSpec(worth={"Spring": WorthPrior("roas", 1.0, 1.0)}))


def test_items_add_up_to_what_their_channel_brought(settings, lake):
    channel = fit_from_lake(settings, LakeQuestion(), replace(SMALL, n_lags=3))
    plain = fit_from_lake(settings, CAMPAIGNS, SMALL)
    found = fit_from_lake(settings, CAMPAIGNS, SMALL, channel_run=channel.run_id)
    totals = np.sort(found.fit.draws.contribution.sum(axis=1))
    np.testing.assert_allclose(totals, np.sort(channel.fit.draws.contribution[:, 0]))
    shares = [
        one.fit.draws.contribution / one.fit.draws.contribution.sum(axis=1, keepdims=True)
        for one in (plain, found)
    ]
    np.testing.assert_allclose(*shares)
    spend = found.mix.data.spend.sum(axis=0)
    np.testing.assert_allclose(found.fit.draws.worths * spend, found.fit.draws.contribution)
    first = found.fit.channels[0]
    assert first.contribution.mean == pytest.approx(found.fit.draws.contribution[:, 0].mean())
    assert first.roas.mean == pytest.approx(found.fit.draws.worths[:, 0].mean())
    assert f"to what meta brought by {channel.run_id}" in found.mix.notes[-1]
    assert read_model_run(settings.runs_folder, found.run_id).about["origin"]["channel_run"] == channel.run_id
    notes = plan_budget(settings.runs_folder, found.run_id, "60").to_dict()["notes"]
    assert not any("as reported of each item" in note for note in notes)


def test_a_channel_of_other_days_or_with_the_total_is_refused(settings, lake):
    later = fit_from_lake(settings, LakeQuestion(since=FIRST + timedelta(days=5)), replace(SMALL, n_lags=3))
    with pytest.raises(DataError, match="first_day 2026-01-06, and the items have 2026-01-01") as caught:
        fit_from_lake(settings, CAMPAIGNS, SMALL, channel_run=later.run_id)
    assert "--since 2026-01-01" in caught.value.next_step
    with pytest.raises(DataError, match="is for items' own reported results"):
        fit_from_lake(settings, CAMPAIGNS, SMALL, channel_run=later.run_id, total_only=True)


def test_results_without_spend_are_named(settings, lake):
    idle = [
        insight(
            day, account_id="1", campaign_id="Spring", campaign_name="Spring", spend_micros=0, results=1.0
        )
        for day in days(FIRST - timedelta(days=3), 3)
    ]
    busy = [
        {**row, "campaign_id": "Autumn", "campaign_name": "Autumn", "spend_micros": 10**7} for row in idle
    ]
    last = morning(FIRST + timedelta(days=N_DAYS))
    write(lake, "ad_insights", idle + busy, load_id="m", believed_at=last)
    said = fit_from_lake(settings, CAMPAIGNS, SMALL).mix.notes
    assert any(note.startswith("3 results were booked on days to which no spend") for note in said)


def wb(settings, *words: str, code: int = 0):
    given = ["budget", "fit", *words, "--home", str(settings.home)]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_the_command_chooses_between_reported_results_and_the_total(settings, lake):
    words = ("--from-lake", "--level", "campaign", "--fourier", "0", "--no-trend", "--json")
    own = json.loads(wb(settings, *words).stdout)
    assert (own["explains"], own["adstock"]) == ("reported", "none")
    total = json.loads(wb(settings, *words, "--total-only", "--lags", "3").stdout)
    assert (total["explains"], total["adstock"]) == ("total", "geometric")
    assert "--channel-run" in wb(settings, "sales.csv", "--channel-run", "mix-1", code=2).output
    assert "--total-only" in wb(settings, "sales.csv", "--total-only", code=2).output


def test_checks_are_of_each_items_counts(settings, lake):
    words = ("--from-lake", "--level", "campaign", "--fourier", "0", "--no-trend", "--checks")
    got = json.loads(wb(settings, *words, "--json").stdout)["checks"]
    assert set(got) == {"concerns", "reported", "rolling"}
    assert len(got["rolling"]["refits"]) == 1
    assert [one["item"] for one in got["reported"]["items"]] == ["Autumn", "Spring"]
    assert "before --channel-run" in wb(settings, *words, "--channel-run", "mix-1", code=2).output
