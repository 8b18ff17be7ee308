"""The Budget page's figures: they agree with the plan, keep limits, and say what is beyond or unknown."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_mix import CHANNELS, keep_mix

from workbench.budget.problem import Risk
from workbench.core.errors import DataError, StoreError
from workbench.flows.budget_asked import Asked, from_fragment
from workbench.flows.budget_limits import AskedLimits, ItemLimit, limits_of_text
from workbench.flows.budget_plan import plan_budget
from workbench.flows.budget_run import mix_runs, read_run
from workbench.flows.budget_view import view_of


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "runs"
    keep_mix(folder)
    return folder


@pytest.fixture(scope="module")
def run(runs):
    return read_run(runs)


def test_it_is_the_plan_that_the_command_line_gives(runs, run):
    view = view_of(run, Asked(total="7000.07", locks=("Broad video",), step="50"))
    same = plan_budget(runs, run.stored.run_id, "7000.07", {"fixed": ["Broad video"], "step_limit": 0.5})
    assert view.plan.to_dict() == same.plan.to_dict()
    assert sum(item.spend_minor for item in view.plan.items) == 700_007


def test_the_rows_add_up_to_the_plan(run):
    view = view_of(run, Asked())
    assert sum(row.gain.mean for row in view.rows) == pytest.approx(view.plan.gain.mean)
    assert sum(row.change for row in view.rows) == pytest.approx(0, abs=0.005)
    assert view.moved == pytest.approx(sum(row.change for row in view.rows if row.change > 0), abs=0.01)
    assert view.total == pytest.approx(view.now)
    for row, item in zip(view.rows, view.plan.items, strict=True):
        assert row.next_proposed.mean == pytest.approx(item.marginal)
    low, high = view.plan.gain.interval
    assert view.worst_tenth < view.plan.gain.mean
    assert low - (high - low) < view.worst_tenth


def test_where_nothing_binds_the_next_euro_buys_the_same_everywhere(run):
    free = [row for row in view_of(run, Asked()).rows if row.proposed > 0]
    slopes = [row.next_proposed.mean for row in free]
    assert max(slopes) == pytest.approx(min(slopes), rel=0.1)  # found on the other half of the draws
    assert max(row.next_now.mean for row in free) > 2 * max(slopes)


def test_flags_are_in_words_and_a_lock_holds(run):
    view = view_of(run, Asked(locks=("Test cell B",), step="20"))
    by_name = {row.name: row for row in view.rows}
    assert by_name["Test cell B"].is_locked
    assert by_name["Test cell B"].change == 0
    assert {"not identified", "locked"} <= set(by_name["Test cell B"].flags)
    assert all(abs(row.change) <= 0.2 * row.now + 0.01 for row in view.rows)
    assert any("large step" in row.flags for row in view_of(run, Asked()).rows)


def test_limits_hold_and_are_those_of_the_command_line(runs, run):
    document = {
        "bounds": {"Retargeting": [None, "1200"]},
        "groups": [{"name": "warm", "items": ["Retargeting", "Lead form"], "max": "2500"}],
        "min_change": {"Broad video": "500"},
    }
    view = view_of(run, Asked(limits=limits_of_text(json.dumps(document))))
    same = plan_budget(runs, run.stored.run_id, run.total_at(0), document)
    assert view.plan.items == same.plan.items
    by_name = {row.name: row for row in view.rows}
    assert by_name["Retargeting"].proposed <= 1200
    assert by_name["Retargeting"].proposed + by_name["Lead form"].proposed <= 2500
    assert by_name["Broad video"].change == 0 or abs(by_name["Broad video"].change) >= 500


def test_several_periods_add_up_and_begin_with_what_is_carried_in(run):
    view = view_of(run, Asked(periods=2))
    assert (view.n_periods, view.span) == (2, "over 2 weeks")
    assert view.now == pytest.approx(2 * sum(run.now_minor) / 100)
    for period in zip(*(row.by_period for row in view.rows), strict=True):
        assert sum(period) == pytest.approx(float(run.total_at(0)))
    assert sum(row.gain.mean for row in view.rows) == pytest.approx(view.plan.gain.mean)
    for row, item in zip(view.rows, view.plan.items, strict=True):
        assert row.next_proposed.mean == pytest.approx(item.marginal)
        assert row.each == (row.now / 2, row.proposed / 2)
    first, second = view.period_starts
    assert (second - first).days == 7
    assert f"{first - (second - first)}" == view.found.last_date


def test_what_cannot_be_kept_is_refused_at_its_field(run):
    with pytest.raises(DataError) as caught:
        view_of(run, Asked(locks=CHANNELS, total="9000"))
    assert "total" in str(caught.value).lower()
    with pytest.raises(DataError, match="is no item"):
        view_of(run, Asked(locks=("Radio",)))
    with pytest.raises(DataError, match="is no amount"):
        view_of(run, Asked(total="much"))


def test_caution_costs_mean_and_never_warns(run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bold = view_of(run, Asked(total="4000"))
        for step in ("", "20"):
            view_of(run, Asked(caution=100, step=step))
        careful = view_of(run, Asked(caution=100, total="4000"))
    assert careful.plan.gain.mean <= bold.plan.gain.mean + 2.0
    assert careful.plan.n_fitted_draws == careful.plan.n_held_out_draws == 500


@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_a_cautious_plan_at_its_limits_divides_by_no_room(runs, run, weight):
    limits = {"step_limit": 0.2}  # a warning fails the test
    found = plan_budget(runs, run.stored.run_id, run.total_at(0), limits, risk=Risk(0.1, weight))
    assert found.plan.certificate.relative_gap < 1e-6


def test_curves_rise_bend_and_end_where_they_are_said_to(run):
    for curve in run.curves:
        assert (np.diff(curve.response) > 0).all()
        assert (np.diff(curve.slope) < 0).all()
        assert (curve.low <= curve.response).all()
        assert (curve.response <= curve.high).all()
        assert (curve.is_seen & curve.is_beyond).sum() == 1  # the two lines meet
        assert curve.spend[curve.is_seen].max() <= curve.observed_max


def test_the_slider_stays_where_a_plan_exists(run):
    least, most = run.percents
    assert (least, most) == (-50, 50)
    assert run.total_at(0) == f"{sum(run.now_minor) / 100:.2f}"
    for percent in (least, most):
        assert view_of(run, Asked(total=run.total_at(percent))).total > 0
    high = replace(run, stored=replace(run.stored, about=run.stored.about | {"highest_spend": [1.0] * 5}))
    assert high.percents == (-50, 0)


def test_where_nothing_is_spent_now_the_usual_total_is_planned(run):
    quiet = replace(run.stored, about=run.stored.about | {"recent_spend": [[0.0] * 5] * 8})
    view = view_of(replace(run, stored=quiet), Asked())
    assert view.now == 0
    assert view.total == pytest.approx(sum(run.stored.about["current_spend"]), abs=0.01)
    assert view.moved == 0
    assert view.plan.gain.interval[0] > 0


def test_more_items_than_the_baseline_has_columns_are_planned(run):
    n_draws = run.stored.draws["noise"].size
    narrow = replace(run.stored, draws=run.stored.draws | {"baseline": np.zeros((n_draws, 1))})
    assert view_of(replace(run, stored=narrow), Asked()).plan == view_of(run, Asked()).plan


def test_a_fit_without_a_currency_is_planned_in_its_own_unit(tmp_path):
    keep_mix(tmp_path, currency="", n_draws=400)
    view = view_of(read_run(tmp_path), Asked())
    assert view.currency == ""
    assert view.total == pytest.approx(view.now)


def test_runs_are_listed_latest_first_and_a_broken_one_is_left_out(runs, tmp_path):
    assert mix_runs(tmp_path / "nowhere") == ()
    (known,) = mix_runs(runs)
    assert known[1].startswith("leads, data to 2026-11-16 · leads.csv")
    for name, made, text in (
        ("mix-a", "2026-01-01", None),
        ("mix-b", "2026-03-01", None),
        ("mix-c", "", "{"),
    ):
        about = {"result": {"outcome": name, "dates": {"last": "x"}}, "source": "", "made_at": made}
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(text or json.dumps(about))
    assert [name for name, _ in mix_runs(tmp_path)] == ["mix-b", "mix-a"]


def test_runs_of_the_same_words_are_told_apart_by_when_they_were_made(tmp_path):
    for name, made in (("mix-a", "2026-01-01T08:15:09+00:00"), ("mix-b", "2026-03-01T10:00:00+00:00")):
        about = {"result": {"outcome": "leads", "dates": {"last": "2026-01-01"}}, "source": "a.csv"}
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(about | {"made_at": made}))
    words = "leads, data to 2026-01-01 · a.csv"
    assert mix_runs(tmp_path) == (
        ("mix-b", f"{words} · made 2026-03-01 10:00"),
        ("mix-a", f"{words} · made 2026-01-01 08:15"),
    )


def test_without_a_run_the_next_step_is_named(tmp_path):
    with pytest.raises(StoreError, match="no model run") as caught:
        read_run(tmp_path)
    assert "wb budget fit" in str(caught.value.next_step)


texts = st.text("abc ,%&=#é", min_size=1, max_size=8).filter(lambda text: text == text.strip())


@given(
    st.builds(
        Asked,
        run=st.just("mix-1"),
        total=st.sampled_from(["", "900.50"]),
        caution=st.integers(0, 100),
        step=st.sampled_from(["", "20"]),
        locks=st.lists(texts, unique=True, max_size=3).map(tuple),
        periods=st.sampled_from([1, 4]),
        limits=st.sampled_from([AskedLimits(), AskedLimits((ItemLimit("tv, %", most="5"),))]),
    )
)
def test_a_link_keeps_everything(asked):
    assert from_fragment(asked.to_fragment()) == asked


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"caution": "101"}, "caution"),
        ({"caution": "x"}, "caution"),
        ({"step": "7"}, "step"),
        ({"periods": "3"}, "periods"),
        ({"periods": "x"}, "periods"),
        ({"limits": "{"}, "limits"),
    ],
)
def test_an_address_is_refused_at_its_field(patch, field):
    with pytest.raises(DataError) as caught:
        from_fragment(patch)
    assert caught.value.field == field


def test_showing_a_plan_loads_neither_pymc_nor_an_optimiser(runs):
    code = (
        "import sys\nfrom workbench.views.budget_page import BudgetPage\n"
        "page = BudgetPage(sys.argv[1])\npage.change({'percent': '-10'})\nassert page.view is not None\n"
        "heavy = {'pymc', 'pytensor', 'nutpie', 'scipy.optimize', 'statsmodels', 'plotly'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(runs.parent)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
