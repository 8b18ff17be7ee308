"""Registered tests read from the lake: figures, maturity, evidence, what viewers see, and re-reading."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from lakes import days, insight, morning, write

from workbench.core.errors import DataError, NotAllowed, NotEnoughData
from workbench.core.identity import Actor, Role
from workbench.core.settings import Settings
from workbench.experiments.counts import analyse_counts
from workbench.experiments.options import Options
from workbench.experiments.registration_file import registration_of
from workbench.flows.company import own_lake
from workbench.flows.experiment_priors import priors
from workbench.flows.experiment_registry import (
    decide_test,
    register_test,
    registered_test,
    registered_tests,
)
from workbench.flows.experiments import read_experiment, reread_running
from workbench.ledger import looks_of, open_ledger

FIRST = date(2026, 9, 1)
GRAIN = "adset||day|7d_click,1d_view"
ADA = Actor("ada", Role.ANALYST)


def plan(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": "video",
        "hypothesis": "The video brings leads at a lower cost.",
        "metric": "cpa",
        "arms": [{"name": "picture", "adsets": ["s1"]}, {"name": "video", "adsets": ["s2"]}],
        "start": FIRST,
        "evidence": "split_test",
        "kind_of_test": "creative",
    }
    return document | changes


def fill(
    settings: Settings, results: dict[str, float], *, n_days: int = 40, load_id: str = "L1", **figures: Any
) -> date:
    """Write days of ad sets with so many results each day on average; return the last day."""
    rng = np.random.default_rng(3)
    every = days(FIRST, n_days)
    rows = [
        insight(
            day,
            grain=GRAIN,
            adset_id=adset,
            results=float(rng.poisson(mean)),
            **({"spend_micros": 100_000_000} | figures),
        )
        for day in every
        for adset, mean in results.items()
    ]
    write(own_lake(settings), "ad_insights", rows, load_id=load_id, believed_at=morning(every[-1]))
    return every[-1]


def register(settings: Settings, **changes: Any) -> None:
    register_test(settings, registration_of(plan(**changes)), actor=ADA)


def test_a_cost_test_is_what_the_sums_say(settings: Settings) -> None:
    last = fill(settings, {"s1": 10.0, "s2": 16.0, "s9": 90.0})
    register(settings)
    reading = read_experiment(settings, "video", actor=ADA)
    assert reading.n_left_out == 7
    assert reading.period is not None
    assert (reading.period.start, reading.period.stop) == (FIRST, last - timedelta(days=7))
    assert [arm.spend for arm in reading.arms] == [3300.0, 3300.0]
    assert [arm.n_days for arm in reading.arms] == [33, 33]
    assert reading.result is not None
    if reading.dispersion == 1:
        exact = analyse_counts(
            [arm.numerator for arm in reading.arms],
            [arm.spend for arm in reading.arms],
            options=Options(names=("picture", "video")),
        )
        assert reading.result.uplift[0].prob_better == pytest.approx(exact.uplift[0].prob_better)
        assert reading.result.arms[1].interval == pytest.approx(exact.arms[1].interval)
    assert reading.result.decision.headline == "Ship video"
    assert "exposure" not in reading.result.decision.reason
    video = reading.arms[1]
    assert video.cost == pytest.approx(3300 / video.numerator)
    assert video.cost_low is not None
    assert video.cost_high is not None
    assert video.cost_low < video.cost < video.cost_high
    assert reading.place.currency == "EUR"
    assert not reading.is_simulated
    document = json.loads(json.dumps(reading.to_dict()))
    assert document["days_left_out"] == 7
    assert document["grain"] == GRAIN
    assert any("7 days, a click window" in note for note in document["notes"])


def test_a_loss_is_said_in_the_metrics_words(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 10.0, "s9": 90.0})
    register(settings)
    result = read_experiment(settings, "video", actor=ADA).result
    assert result is not None
    assert re.search(r"costs [\d.]+ results per 1,000 EUR on average", result.decision.reason)


def test_money_per_day_where_a_value_is_known(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 10.3}, value_micros=500_000_000)
    register(settings)
    result = read_experiment(settings, "video", actor=ADA).result
    assert result is not None
    assert result.currency == "EUR"
    assert result.expected_loss_per_day is not None
    n_results = 10.15
    assert result.expected_loss_per_day[0] / result.expected_loss[0] == pytest.approx(
        (500 / n_results) * 200, rel=0.05
    )


@pytest.mark.parametrize(
    ("evidence", "is_causal"), [("observational", False), ("split_test", False), ("lift", True)]
)
def test_the_word_causal_is_for_randomised_evidence(
    settings: Settings, evidence: str, is_causal: bool
) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0})
    register(settings, evidence=evidence)
    reading = read_experiment(settings, "video", actor=ADA)
    assert ("causal" in json.dumps(reading.to_dict()).lower()) == is_causal
    assert ("causal" in reading.summary().lower()) == is_causal


def test_ads_are_never_randomised(settings: Settings) -> None:
    with pytest.raises(DataError) as caught:
        register(settings, arms=[{"name": "a", "ads": ["1"]}, {"name": "b", "ads": ["2"]}])
    assert caught.value.field == "evidence"


def test_viewers_see_figures_from_the_minimum_run_on(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=20)
    register(settings, minimum={"days": 14, "units": 5000})
    early = read_experiment(settings, "video", actor=ADA)
    assert early.is_open_to(Role.ANALYST)
    assert not early.is_open_to(Role.VIEWER)
    hidden = early.to_dict(Role.VIEWER)
    assert not {"arms", "result", "effects", "sensitivity", "many", "dispersion"} & set(hidden)
    assert "13 of 14 mature days" in hidden["summary"]
    assert "2,600 of 5,000 EUR" in hidden["summary"]
    assert early.result is not None
    assert early.result.decision.verdict == "wait"
    assert "minimum run" in early.result.decision.withheld_by
    fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=40, load_id="L2")
    late = read_experiment(settings, "video", actor=ADA)
    assert late.is_open_to(Role.VIEWER)
    assert late.result is not None
    assert late.result.decision.verdict == "ship"


def test_nothing_is_read_before_a_day_is_mature(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=5)
    register(settings)
    reading = read_experiment(settings, "video", actor=ADA)
    assert (reading.result, reading.period) == (None, None)
    assert "no day is mature yet" in reading.summary()
    assert registered_test(settings, "video").n_looks == 0


def test_immature_days_are_known_from_the_delays_of_conversions(settings: Settings) -> None:
    last = fill(settings, {"s1": 10.0, "s2": 16.0})
    every = days(FIRST, 40)
    rows = [
        {
            "date_start": day,
            "converted_on": day + timedelta(days=delay),
            "conversion_type": "lead",
            "campaign_id": "c1",
            "currency": "EUR",
            "conversions": n,
        }
        for day in every
        for delay, n in ((0, 12.0), (1, 5.0), (3, 3.0))
        if day + timedelta(days=delay) <= last
    ]
    write(own_lake(settings), "conversions", rows, load_id="C", believed_at=morning(last))
    register(settings)
    reading = read_experiment(settings, "video", actor=ADA)
    assert reading.n_left_out == 3  # 60 %, 85 %, 85 % of the results of the last three days are known
    assert any("fewer than 90" in note for note in reading.notes)


def test_today_is_no_whole_day(settings: Settings) -> None:
    rows = [insight(day, grain=GRAIN, adset_id=adset) for day in days(FIRST, 10) for adset in ("s1", "s2")]
    noon = datetime(2026, 9, 10, 12, tzinfo=UTC)
    write(own_lake(settings), "ad_insights", rows, load_id="L", believed_at=noon)
    register(settings, metric="ctr")
    reading = read_experiment(settings, "video", actor=ADA)
    assert reading.period is not None
    assert reading.period.stop == date(2026, 9, 9)


def test_clicks_are_counted_when_they_happen(settings: Settings) -> None:
    last = fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=20)
    register(settings, metric="ctr")
    reading = read_experiment(settings, "video", actor=ADA)
    assert reading.n_left_out == 0
    assert reading.period is not None
    assert reading.period.stop == last
    assert reading.result is not None
    assert reading.result.split_p is None  # impressions are no assignment
    assert reading.arms[0].denominator == 20 * 10_000


def test_the_split_is_checked_where_units_are_registered(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0})
    arms = [
        {"name": "picture", "adsets": ["s1"], "units": 44_700},
        {"name": "video", "adsets": ["s2"], "units": 45_489},
    ]
    register(settings, arms=arms)
    result = read_experiment(settings, "video", actor=ADA).result
    assert result is not None
    assert result.split_p == pytest.approx(0.008608, abs=1e-6)
    assert result.decision.verdict == "do not read"


def test_days_that_move_together_widen_the_interval(settings: Settings) -> None:
    from workbench.experiments.delivered import analyse_delivered

    narrow, wide = (analyse_delivered([100, 130], [1e3, 1e3], kind="counts", dispersion=d) for d in (1, 4))
    ratio = np.diff(wide.arms[0].interval)[0] / np.diff(narrow.arms[0].interval)[0]
    assert ratio == pytest.approx(2, rel=0.05)
    rng = np.random.default_rng(1)
    rows = [
        insight(day, grain=GRAIN, adset_id=adset, results=float(rng.poisson(rng.choice([2.0, 30.0]))))
        for day in days(FIRST, 40)
        for adset in ("s1", "s2")
    ]
    write(own_lake(settings), "ad_insights", rows, load_id="L", believed_at=morning(date(2026, 10, 10)))
    register(settings)
    reading = read_experiment(settings, "video", actor=ADA)
    assert reading.dispersion > 4
    assert any("times as much as chance" in note for note in reading.notes)


def test_a_look_is_kept_once_and_a_look_back_is_not(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=30)
    register(settings, looks=[30])
    first = read_experiment(settings, "video", actor=ADA)
    again = read_experiment(settings, "video", actor=ADA)
    assert (first.test.n_looks, again.test.n_looks) == (1, 1)
    fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=40, load_id="L2")
    back = read_experiment(settings, "video", as_of=morning(date(2026, 9, 30)), actor=ADA)
    assert back.period == first.period
    assert [arm.numerator for arm in back.arms] == [arm.numerator for arm in first.arms]
    now = read_experiment(settings, "video", actor=ADA)
    assert now.test.n_looks == 2
    assert any("1 looks were taken before this one; 1 were planned" in note for note in now.notes)
    with open_ledger(settings) as ledger, ledger.read() as session:
        kept = looks_of(session, "sandbox", "video")
    assert [one.data_to for one in kept] == [date(2026, 9, 23), date(2026, 10, 3)]
    assert json.loads(kept[0].result)["effects"][0]["arm"] == "video"


def test_a_plan_changed_after_a_look_is_said(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0})
    register(settings)
    read_experiment(settings, "video", actor=ADA)
    register(settings, minimum={"days": 3})
    assert "registered after 1 looks" in registered_test(settings, "video").summary()
    assert any("the plan was changed" in note for note in read_experiment(settings, "video").notes)


def test_running_tests_are_read_again(settings: Settings) -> None:
    assert reread_running(settings) == ()
    fill(settings, {"s1": 10.0, "s2": 16.0}, n_days=30)
    register(settings)
    register(settings, id="lost", arms=[{"name": "a", "adsets": ["x"]}, {"name": "b", "adsets": ["y"]}])
    register(settings, id="over")
    decide_test(settings, "over", verdict="stop", why="nothing in it", actor=ADA)
    done = {one.experiment_id: one for one in reread_running(settings)}
    assert set(done) == {"video", "lost"}
    assert done["video"].is_new
    assert "No daily rows" in str(done["lost"].error)
    assert not {one.experiment_id: one for one in reread_running(settings)}["video"].is_new
    assert registered_test(settings, "video").n_looks == 0  # nobody has looked


def test_priors_are_learned_from_tests_that_ended(settings: Settings) -> None:
    fill(settings, {f"s{k}": 10.0 + k % 3 for k in range(1, 25)}, n_days=20)
    for k in range(1, 12):
        arms = [{"name": "a", "adsets": [f"s{k}"]}, {"name": "b", "adsets": [f"s{k + 12}"]}]
        register(settings, id=f"t{k}", arms=arms)
    reread_running(settings)
    for k in range(1, 12):
        decide_test(settings, f"t{k}", verdict="stop", why="over", actor=ADA)
    decide_test(settings, "t11", verdict="void", why="broken", actor=ADA)
    (history,) = priors(settings)
    assert (history.metric, history.kind_of_test, history.n_effects) == ("cost per result", "creative", 10)
    assert history.prior is not None
    register(settings)
    reading = read_experiment(settings, "video", actor=ADA)
    assert len(reading.strips) == 1
    assert [one.prior for one in reading.strips[0].under] == ["flat", "learned", "twice as wide"]
    register(settings, id="other", kind_of_test="audience")
    other = read_experiment(settings, "other", actor=ADA)
    assert not other.strips
    assert any("too few to learn a prior" in note for note in other.notes)


def test_several_arms_without_history_take_a_stated_weight(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0, "s3": 10.0})
    arms = [{"name": name, "adsets": [f"s{k}"]} for k, name in enumerate("abc", 1)]
    register(settings, arms=arms)
    without = read_experiment(settings, "video", actor=ADA)
    assert without.many is None
    assert any("spike weight" in note for note in without.notes)
    found = read_experiment(settings, "video", spike_weight=0.5, actor=ADA).many
    assert found is not None
    assert not found.is_learned
    assert "was stated and not learned" in found.basis
    assert found.comparisons[0].local_fdr < found.comparisons[1].local_fdr


def test_arms_of_campaigns_are_added_up_from_a_finer_grain(settings: Settings) -> None:
    fill(settings, {"s1": 10.0, "s2": 16.0})
    arms = [{"name": "a", "campaigns": ["c1"]}, {"name": "b", "campaigns": ["c2"]}]
    register(settings, arms=arms)
    reading = read_experiment(settings, "video", actor=ADA)
    assert reading.arms[0].spend == 2 * 3300
    assert "nothing was delivered by b" in reading.why_none
    assert any("no rows for campaign c2" in note for note in reading.notes)


def test_an_arm_that_ran_on_other_days_is_said(settings: Settings) -> None:
    rows = [
        insight(day, grain=GRAIN, adset_id=adset)
        for adset, first, n in (("s1", FIRST, 30), ("s2", FIRST + timedelta(days=20), 10))
        for day in days(first, n)
    ]
    write(own_lake(settings), "ad_insights", rows, load_id="L", believed_at=morning(date(2026, 9, 30)))
    register(settings)
    reading = read_experiment(settings, "video", actor=ADA)
    assert [arm.n_days for arm in reading.arms] == [23, 3]
    assert [note for note in reading.notes if "delivered" in note] == [
        "video delivered on 3 of 23 days; the others did on more."
    ]


def test_what_cannot_be_read_together_is_refused(settings: Settings) -> None:
    lake = own_lake(settings)
    rows = [
        insight(FIRST, grain=GRAIN, adset_id="s1", result_type="lead"),
        insight(FIRST, grain=GRAIN, adset_id="s2", result_type="purchase"),
        insight(FIRST, grain=GRAIN, adset_id="s3", account_id="2"),
    ]
    write(lake, "ad_insights", rows, load_id="L", believed_at=morning(FIRST))
    register(settings)
    with pytest.raises(DataError, match="lead, purchase") as caught:
        read_experiment(settings, "video", actor=ADA)
    assert caught.value.field == "metric.result_type"
    arms = [{"name": "a", "adsets": ["s1"]}, {"name": "b", "adsets": ["s3"]}]
    register(settings, id="two", arms=arms)
    with pytest.raises(DataError, match="several accounts") as caught:
        read_experiment(settings, "two", actor=ADA)
    assert caught.value.field == "account_id"
    register(settings, id="none", arms=[{"name": "a", "adsets": ["x"]}, {"name": "b", "adsets": ["y"]}])
    with pytest.raises(NotEnoughData, match="No daily rows"):
        read_experiment(settings, "none", actor=ADA)
    with pytest.raises(DataError, match=r"No test 'nowhere'.*") as caught:
        read_experiment(settings, "nowhere", actor=ADA)
    assert "two" in str(caught.value.next_step)


def test_arms_from_a_file(settings: Settings, tmp_path: Any) -> None:
    path = tmp_path / "arms.csv"
    lines = ["date_start,arm,results,spend"]
    lines += [f"2026-09-{d:02d},{a},{r},100" for d in range(1, 21) for a, r in (("a", 10), ("b", 16))]
    path.write_text("\n".join(lines))
    register(settings, arms=[{"name": "a", "file": str(path)}, {"name": "b", "file": str(path)}])
    reading = read_experiment(settings, "video", actor=ADA)
    assert [(arm.numerator, arm.spend) for arm in reading.arms] == [(200, 2000), (320, 2000)]
    assert reading.result is not None
    assert reading.result.decision.headline == "Ship b"
    path.write_text("arm,results\na,1\n")
    with pytest.raises(DataError, match="no column 'date_start'"):
        read_experiment(settings, "video", actor=ADA)


def test_viewers_neither_register_nor_decide(settings: Settings) -> None:
    bob = Actor("bob", Role.VIEWER)
    with pytest.raises(NotAllowed):
        register_test(settings, registration_of(plan()), actor=bob)
    register(settings)
    with pytest.raises(NotAllowed):
        decide_test(settings, "video", verdict="stop", why="x", actor=bob)


def test_a_decision_names_an_arm_of_the_test(settings: Settings) -> None:
    register(settings)
    for arm in (None, "radio"):
        with pytest.raises(DataError, match="no arm of video") as caught:
            decide_test(settings, "video", verdict="ship", why="cheaper", arm=arm, actor=ADA)
        assert caught.value.field == "arm"
    done = decide_test(settings, "video", verdict="ship", why="cheaper", arm="video", actor=ADA)
    assert (done.state, done.decisions[0]["why"]) == ("ship", "cheaper")
    assert [one.state for one in registered_tests(settings)] == ["ship"]


def test_a_load_reads_running_tests_again(settings: Settings, tmp_path: Any) -> None:
    from workbench.flows.load import load_exports

    path = tmp_path / "export.csv"
    header = "Day,Account ID,Currency,Campaign ID,Campaign name,Ad set ID,Ad set name,Amount spent (EUR)"
    lines = [f"{header},Impressions,Link clicks,Results,Result indicator"]
    for day in days(FIRST, 20):
        for adset, results in (("11", 10), ("12", 16)):
            lines.append(f"{day},1,EUR,9,Spring,{adset},{adset},100.00,10000,150,{results},actions:lead")
    path.write_text("\n".join(lines))
    arms = [{"name": "picture", "adsets": ["11"]}, {"name": "video", "adsets": ["12"]}]
    register(settings, arms=arms)
    (loaded,) = load_exports([path], settings=settings, account_id="1", currency="EUR")
    assert loaded.to_dict()["rows"] == 40, loaded.to_dict()
    with open_ledger(settings) as ledger, ledger.read() as session:
        kept = looks_of(session, "sandbox", "video")
    assert [(one.actor, one.company) for one in kept] == [("refresh", "own")]
