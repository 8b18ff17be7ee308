"""Priced experiments of a kept run: its limits, its units, and the sentence that a reader gets."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from kept_mix import CHANNELS, keep_mix

from workbench.budget.fit import fit_reported
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.reported_simulate import simulate_reported
from workbench.core.errors import DataError
from workbench.flows.budget_experiment import priced_experiments
from workbench.flows.budget_plan import plan_stored
from workbench.flows.budget_run import read_run

#: Two items that may be tested make quicker tests than five.
LOCKED = {"fixed": list(CHANNELS[:3])}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "runs"
    keep_mix(folder, n_draws=400)
    return read_run(folder)


@pytest.fixture(scope="module")
def found(run):
    return priced_experiments(run, total_minor=run.usual_minor, lengths=[4])


@pytest.fixture(scope="module")
def of_two(run):
    return priced(run)


def priced(run, **given):
    return priced_experiments(
        run, **{"total_minor": usual(run), "constraints": LOCKED, "lengths": [4], **given}
    )


def usual(run):
    """Return what is spent now, in cents, whatever holds the run."""
    return int(getattr(run, "stored", run).recent_spend[-4:].mean(axis=0).sum() * 100)


def test_it_starts_from_the_plan_of_the_same_total(run, found):
    plan = plan_stored(run.stored, run.total_at(0))
    planned = {item.name: item.spend_minor / 100 for item in plan.plan.items}
    for row in found.rows:
        assert row.spend_before == pytest.approx(planned[row.item], abs=0.011)
    assert {row.item for row in found.rows} == set(CHANNELS)
    assert found.unit == "leads"
    assert found.horizon_periods == 52
    assert {row.n_read for row in found.rows} == {4}


def test_it_can_be_read_and_sent(found):
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["summary"] == found.summary()
    assert len(plain["rows"]) == len(found.table()) == len(found.rows)
    assert plain["rows"][0]["net"]["mean"] == found.rows[0].net.mean
    assert list(found.table().columns)[:5] == ["item", "design", "spend_before", "spend_during", "n_weeks"]
    for row, sent in zip(found.rows, plain["rows"], strict=True):
        test = sent["lift_test"]
        assert test["channel"] == row.item
        assert test["spend_before"] + test["spend_change"] == pytest.approx(row.spend_during)
    nearest = found.best or found.rows[0]
    assert nearest.words[1:] in found.summary()
    assert "over the next 12 months." in nearest.words
    assert "leads" in nearest.words


def test_a_value_of_a_result_prices_everything_in_currency(run, of_two):
    money = priced(run, value_per_result=40.0)
    assert money.unit == "EUR"
    assert "€" in money.rows[0].words
    assert "leads" not in money.rows[0].words
    for one, other in zip(of_two.rows, money.rows, strict=True):
        assert other.gain.mean == pytest.approx(40 * one.gain.mean)
        assert other.net.interval == pytest.approx([40 * end for end in one.net.interval])
        assert other.pays == one.pays


def test_a_fit_of_value_is_in_currency_already(run, of_two):
    about = {**run.stored.about, "origin": {"outcome": "value"}}
    money = priced(replace(run.stored, about=about))
    assert money.unit == "EUR"
    assert money.rows[0].net == of_two.rows[0].net


def test_a_fit_without_a_currency_speaks_of_its_own_unit(run):
    bare = replace(
        run.stored, about={**run.stored.about, "result": {**run.stored.about["result"], "currency": None}}
    )
    money = priced(bare, value_per_result=2.0)
    assert money.unit == "units of spend"
    assert money.currency == ""
    assert "¤" not in money.rows[0].words
    assert priced(bare, value_per_result=2.0, currency="USD").unit == "USD"


def test_locked_items_are_not_tested_and_a_lock_on_all_leaves_nothing(run):
    assert {row.item for row in priced(run).rows} == set(CHANNELS[3:])
    nothing = priced(run, total_minor=sum(run.now_minor), constraints={"fixed": list(CHANNELS)})
    assert nothing.rows == ()
    assert nothing.best is None
    assert "No experiment can be run" in nothing.summary()
    assert nothing.table().empty


def test_no_experiment_pays_where_every_draw_is_alike(run):
    draws = {name: np.repeat(x[:1], 400, axis=0) for name, x in run.stored.draws.items()}
    known = priced(replace(run.stored, draws=draws))
    assert known.best is None
    assert known.summary().startswith("No experiment pays. The nearest: ")
    assert known.to_dict()["best"] is None


def test_of_what_is_reported_each_item_is_read_with_its_own_noise(tmp_path):
    made = simulate_reported(
        ("a", "a"), n_periods=80, rng=np.random.default_rng(5), n_fourier=0, curve_pooling=1.0
    )
    fit = fit_reported(made.model.data, made.model.reported, made.model.spec, n_draws=400, weight=0.5)
    stored = read_model_run(tmp_path, write_model_run(fit, tmp_path))
    usual_minor = round(fit.model.data.spend[-4:].sum() * 25)
    found = priced_experiments(stored, total_minor=usual_minor, lengths=[4])
    assert any("reported of each item" in note for note in found.notes)
    a_period = stored.draws["contribution"].mean(axis=0) / 80
    extra = (stored.draws["noise"] ** 2).mean()
    for row in found.rows:
        mean = a_period[stored.channels.index(row.item)]
        about = np.sqrt((mean + extra * mean**2) / 0.5 * 2 / 4)
        assert row.standard_error == pytest.approx(about, rel=0.05)


REFUSED = [
    ({"total_minor": 0}, "total: 0 leaves nothing"),
    ({"value_per_result": 0.0}, "value_per_result"),
    ({"currency": "USD"}, "is not the fit's, EUR"),
    ({"value_per_result": 1e300}, "Give an amount up to"),
    ({"lengths": [0]}, "lengths: 0"),
    ({"lengths": [999]}, "lengths: 999 leaves none of the 52 weeks"),
    ({"horizon_periods": 1_000_000}, "Give 520 weeks at most"),
    ({"constraints": {"bounds": {"tv": [0, 1]}}}, "tv"),
    ({"constraints": {"target_cpa": 10}}, "target_cpa"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_what_cannot_be_used_is_refused_by_name(run, given, words):
    with pytest.raises(DataError, match=words):
        priced_experiments(run, **{"total_minor": run.usual_minor, **given})
