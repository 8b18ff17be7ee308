"""From typed figures to an answer, and every refusal at its own input."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.flows.experiment_edits import changed
from workbench.flows.experiment_entry import example
from workbench.flows.experiment_numbers import EntryRefused, number_text
from workbench.flows.experiment_view import view_of

MEANS = {
    "n.0": "400", "n.1": "410", "mean.0": "10", "mean.1": "10.6", "deviation.0": "4", "deviation.1": "4.1",
}  # fmt: skip


def of(**patch):
    return changed(example(), {key.replace("__", "."): text for key, text in patch.items()})


def means(**patch):
    return changed(
        changed(example(), {"kind": "means"}), MEANS | {k.replace("__", "."): v for k, v in patch.items()}
    )


LOGS = {"log_mean.0": "3.76", "log_mean.1": "3.8", "log_deviation.0": "0.55", "log_deviation.1": "0.55"}


def revenue(patch):
    return changed(changed(example(), {"kind": "revenue"}), patch)


def refusals(entry):
    with pytest.raises(EntryRefused) as refused:
        view_of(entry)
    return refused.value.errors


@pytest.mark.parametrize(
    ("patch", "key", "words"),
    [
        ({"successes__0": "-3"}, "successes.0", "below 0"),
        ({"successes__1": "1.5"}, "successes.1", "not a whole number"),
        ({"successes__1": "20000"}, "successes.1", "more than its 12040 trials"),
        ({"trials__0": ""}, "trials.0", "empty"),
        ({"trials__0": "0"}, "trials.0", "below 1"),
        ({"trials__1": "nan"}, "trials.1", "no number"),
        ({"trials__1": "a lot"}, "trials.1", "no number"),
        ({"trials__1": "1,5"}, "trials.1", "no number"),
        ({"share__0": "50", "share__1": "60"}, "share.1", "add up to 110 %"),
        ({"share__0": "0", "share__1": "100"}, "share.0", "not above zero"),
        ({"share__0": "50"}, "share.1", ""),
        ({"name__1": "Today's page"}, "name.1", "Two arms"),
        ({"name__1": " "}, "name.1", "no name"),
        ({"value": "-2"}, "value", "not a positive number"),
        ({"per_day": ""}, "per_day", "how many a day"),
        ({"currency": "EURO"}, "currency", "three letters"),
        ({"rope": "120"}, "rope", "below 100 %"),
    ],
)
def test_bad_input_is_refused_at_its_field_with_the_reason(patch, key, words):
    assert words in refusals(of(**patch))[key]


def test_all_empty_figures_are_named_at_once():
    texts = {f"{key}.{k}": "" for key in ("events", "exposure") for k in (0, 1)}
    assert set(refusals(changed(changed(example(), {"kind": "counts"}), texts))) == {
        "events.0", "events.1", "exposure.0", "exposure.1",
    }  # fmt: skip


def test_sums_are_refused_at_the_figures_they_were_made_from():
    assert "do not vary" in refusals(means(deviation__0="0"))["deviation.0"]
    assert "below zero" in refusals(means(deviation__1="-4"))["deviation.1"]
    assert "too few" in refusals(means(n__0="2"))["n.0"]


def test_logarithms_read_revenue_as_a_hurdle_with_lognormal_values():
    from workbench.experiments.revenue import analyse_revenue
    from workbench.experiments.revenue_sums import RevenueSums

    paid = [rng.lognormal(3.8 + 0.05 * k, 0.9, 400 + 60 * k) for k, rng in enumerate(_generators(2))]
    texts = {f"n_paying.{k}": str(len(x)) for k, x in enumerate(paid)}
    for k, x in enumerate(paid):
        logs = np.log(x)
        texts |= {f"mean.{k}": repr(float(x.mean())), f"deviation.{k}": repr(float(x.std(ddof=1)))}
        texts |= {
            f"log_mean.{k}": repr(float(logs.mean())),
            f"log_deviation.{k}": repr(float(logs.std(ddof=1))),
        }
    view = view_of(revenue(texts))
    exact = analyse_revenue(
        RevenueSums.of([np.append(x, np.zeros(n - len(x))) for x, n in zip(paid, (4000, 4050), strict=True)])
    )
    assert view.result.prob_best == pytest.approx(exact.prob_best, abs=1e-9)
    assert view.result.uplift[0].relative.low == pytest.approx(exact.uplift[0].relative.low, abs=1e-9)
    for curve, arm in zip(view.curves, view.result.arms, strict=True):
        assert np.trapezoid(curve.x * curve.density, curve.x) == pytest.approx(arm.estimate, rel=2e-3)
    assert [g.state for g in view.guards if g.name == "Values"] == ["fine"]


def _generators(n):
    return [np.random.default_rng([5, k]) for k in range(n)]


def test_without_logarithms_it_is_said_what_is_taken_for_granted():
    assert "ln(paid)" in " ".join(view_of(revenue({})).notes)
    three = changed(revenue(LOGS), {"add": "1"})
    texts = {
        "n": "4000",
        "n_paying": "410",
        "mean": "51",
        "deviation": "30",
        "log_mean": "3.77",
        "log_deviation": "0.6",
    }
    view = view_of(changed(three, {f"{key}.2": text for key, text in texts.items()}))
    assert "lognormal only" in " ".join(view.notes)


@pytest.mark.parametrize(
    ("patch", "key", "words"),
    [
        ({"log_deviation.0": "", "log_deviation.1": ""}, "log_deviation.1", "other figure of the logarithms"),
        ({"log_mean.0": "", "log_mean.1": ""}, "log_mean.0", "other figure of the logarithms"),
        ({"log_mean.1": ""}, "log_mean.1", "empty"),
        ({"log_mean.1": "4"}, "log_mean.1", "more than ln(52) = 3.951"),
        ({"log_deviation.0": "-1"}, "log_deviation.0", "below zero"),
        ({"n_paying.1": "5000"}, "n_paying.1", "more than its 4050 units"),
        ({"mean.0": "0"}, "mean.0", "not above zero"),
    ],
)
def test_what_logarithms_cannot_be_is_refused_at_its_field(patch, key, words):
    assert words in refusals(revenue(LOGS | patch))[key]


def test_logarithms_to_another_base_are_pointed_out():
    view = view_of(
        revenue(
            LOGS
            | {
                "log_mean.0": "1.63",
                "log_mean.1": "1.65",
                "log_deviation.0": "0.24",
                "log_deviation.1": "0.24",
            }
        )
    )
    guard = next(g for g in view.guards if g.name == "Values")
    assert guard.state == "watch"
    assert "natural logarithms" in guard.words


@pytest.mark.parametrize(
    ("text", "value"),
    [("12 000", 12000), ("1,234.5", 1234.5), ("12\u202f000", 12000), ("1e3", 1000), ("−2", -2), (".5", 0.5)],
)
def test_numbers_are_read_as_people_write_them(text, value):
    assert number_text(text) == value


@pytest.mark.parametrize("entry", [of(), means(), of(add="1", successes__2="500", trials__2="11980")])
def test_densities_have_nearly_all_the_probability_and_the_arms_mean(entry):
    view = view_of(entry)
    for arm, curve in zip(view.result.arms, view.curves, strict=True):
        assert np.trapezoid(curve.density, curve.x) == pytest.approx(1, abs=2e-3)
        assert np.trapezoid(curve.density * curve.x, curve.x) == pytest.approx(arm.estimate, rel=2e-3)


def test_waiting_costs_every_arms_loss_by_its_share():
    view = view_of(of(share__0="20", share__1="80"))
    losses = view.result.expected_loss_per_day
    assert view.costs.waiting == pytest.approx(0.2 * losses[0] + 0.8 * losses[1])
    assert view.costs.choosing == pytest.approx(min(losses))
    assert view.costs.currency == "EUR"
    unpriced = view_of(of(value=""))
    assert unpriced.costs.currency is None
    assert unpriced.costs.choosing == pytest.approx(min(unpriced.result.expected_loss))


def test_the_wait_shrinks_the_interval_to_the_effect():
    view = view_of(of(successes__0="480", successes__1="510"))
    assert view.result.decision.verdict == "wait"
    more = int(view.more_days * 900 / 2)
    grown = {
        "successes__0": str(480 + more * 480 // 12000), "trials__0": str(12000 + more),
        "successes__1": str(510 + more * 510 // 12040), "trials__1": str(12040 + more),
    }  # fmt: skip
    low = view_of(of(**grown)).leader.absolute.low
    reach = view.leader.absolute.high - view.leader.absolute.low
    assert abs(low) < 0.05 * reach


@pytest.mark.parametrize(
    ("patch", "verdict"),
    [
        ({}, "ship"),
        ({"successes__1": "500"}, "wait"),
        ({"successes__1": "380"}, "stop"),
        ({"trials__1": "13000"}, "do not read"),
        ({"successes__0": "2", "successes__1": "3"}, "wait"),
    ],
)
def test_every_verdict_is_reached(patch, verdict):
    assert view_of(of(**patch)).result.decision.verdict == verdict


def test_lower_is_better_turns_the_verdict_round():
    view = view_of(of(lower="1"))
    assert view.result.decision.verdict == "stop"
    assert view.costs.arm == "Today's page"


def test_guards_say_what_is_broken_and_what_is_unknown():
    broken = {guard.name: guard.state for guard in view_of(of(trials__1="13000")).guards}
    assert broken["Split"] == "broken"
    observed = {guard.name: guard.state for guard in view_of(of(evidence="observational")).guards}
    assert observed["Comparability"] == "watch"
    counts = changed(changed(example(), {"kind": "counts"}), {
        "events.0": "3", "events.1": "4", "exposure.0": "100.5", "exposure.1": "120.25",
    })  # fmt: skip
    few = {guard.name: guard.state for guard in view_of(counts).guards}
    assert few["Split"] == few["Enough data"] == "watch"
