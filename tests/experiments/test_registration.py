"""Registrations: what is refused, at which field, and that nothing is lost on the way to JSON and back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.counts import analyse_counts
from workbench.experiments.delivered import analyse_delivered, cost_interval
from workbench.experiments.delivered_metrics import METRICS
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates
from workbench.experiments.registration import EVIDENCE_WORDS
from workbench.experiments.registration_file import registration_of


def document(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": "video",
        "hypothesis": "Video is cheaper.",
        "metric": "cpa",
        "start": "2026-10-01",
        "arms": [{"name": "picture", "adsets": ["1", 2]}, {"name": "video", "adsets": 3, "units": 40}],
    }
    return {key: value for key, value in (base | changes).items() if value != "left out"}


def test_there_and_back_again() -> None:
    plan = registration_of(document(looks=[7, 14], minimum={"days": 14, "units": 100}, stop="2026-10-28"))
    assert plan.arms[0].ids == ("1", "2")
    assert (plan.arms[1].ids, plan.arms[1].n_units) == (("3",), 40)
    assert (plan.minimum_days, plan.minimum_units, plan.stop) == (14, 100, date(2026, 10, 28))
    assert registration_of(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_metric_may_start_from_a_known_one() -> None:
    plan = registration_of(document(metric={"base": "cpa", "name": "cost per lead", "result_type": "lead"}))
    assert (plan.metric.name, plan.metric.denominator) == ("cost per lead", "spend")
    assert METRICS["cpa"].is_cost
    assert not METRICS["ctr"].is_cost


_ARM = {"name": "a", "adsets": ["9"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "Spring Video"}, "id"),
        ({"hypothesis": " "}, "hypothesis"),
        ({"hypothesis": "left out"}, "hypothesis"),
        ({"metric": "roas"}, "metric"),
        ({"metric": {"base": "cpa", "numerator": "reach"}}, "metric.numerator"),
        ({"metric": {"base": "cpa", "kind": "rates"}}, "metric.kind"),
        ({"metric": {"base": "cpa", "kind": "means"}}, "metric.kind"),
        ({"metric": {"base": "cpa", "value": -1}}, "metric.value"),
        ({"metric": {"base": "cpa", "name": ""}}, "metric.name"),
        ({"metric": {"base": "cpa", "colour": 1}}, "registration"),
        ({"arms": [_ARM]}, "arms"),
        ({"arms": [_ARM, {"name": "b", "adsets": ["9"]}]}, "arms"),
        ({"arms": [_ARM, {"name": "b", "campaigns": ["8"]}]}, "arms"),
        ({"arms": [_ARM, {"name": "b"}]}, "arms"),
        ({"arms": [_ARM, {"name": "b", "adsets": ["8"], "colour": 1}]}, "arms"),
        ({"arms": [_ARM, {"name": "a", "adsets": ["8"]}]}, "names"),
        ({"arms": [{**_ARM, "share": 0.5}, {"name": "b", "adsets": ["8"]}]}, "arms.share"),
        ({"arms": [{**_ARM, "share": 0.5}, {"name": "b", "adsets": ["8"], "share": 0.6}]}, "shares"),
        ({"evidence": "proof"}, "evidence"),
        ({"evidence": "randomised"}, "evidence"),
        ({"evidence": "lift", "arms": [_ARM, *({"name": n, "adsets": [n]} for n in "bc")]}, "arms"),
        ({"stop": "2026-09-01"}, "stop"),
        ({"looks": [14, 7]}, "looks"),
        ({"minimum": {"days": 0}}, "minimum"),
        ({"minimum": {"weeks": 1}}, "minimum"),
        ({"colour": "red"}, "colour"),
        ({"level": 1.5}, None),
        ({"start": "soon"}, None),
        ({"looks": 7}, "registration"),
    ],
)
def test_what_cannot_be_registered_is_refused_at_the_field(
    changes: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(DataError) as caught:
        registration_of(document(**changes))
    assert caught.value.next_step
    if field is not None:
        assert caught.value.field == field


def test_only_randomised_evidence_is_called_causal() -> None:
    assert {name: "causal" in words for name, words in EVIDENCE_WORDS.items()} == {
        "observational": False,
        "split_test": False,
        "lift": True,
        "randomised": True,
    }


def test_delivered_arms_are_read_as_the_plain_analyses_do() -> None:
    rates = analyse_delivered([40, 66], [1000, 1100], kind="rates")
    plain = analyse_rates([40, 66], [1000, 1100])
    assert rates.uplift == plain.uplift
    assert rates.split_p is None
    counts = analyse_delivered([40, 66], [900.5, 1100.25], kind="counts")
    assert counts.uplift == analyse_counts([40, 66], [900.5, 1100.25]).uplift


def test_parts_of_results_and_no_results_at_all_can_be_read() -> None:
    assert analyse_delivered([10.5, 12.25], [100, 100], kind="counts").arms[0].observed == 0.105
    none = analyse_delivered([0, 0], [100, 100], kind="rates")
    assert none.prob_best[1] == pytest.approx(0.5)
    assert cost_interval((0.0, 0.5)) == (2.0, np.inf)


def test_lower_is_better_for_what_is_delivered() -> None:
    result = analyse_delivered([300, 200], [1e4, 1e4], kind="rates", options=Options(higher_is_better=False))
    assert result.decision.headline == "Ship B"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (([-1, 2], [10, 10], "rates"), "numerator"),
        (([11, 2], [10, 10], "rates"), "numerator"),
        (([1, 2], [10, 0], "counts"), "denominator"),
        (([1, 2], [10, 10], "means"), "kind"),
        (([1], [10], "rates"), "numerator"),
    ],
)
def test_delivered_figures_are_refused_at_the_field(given: tuple[Any, Any, str], field: str) -> None:
    with pytest.raises(DataError) as caught:
        analyse_delivered(given[0], given[1], kind=given[2])
    assert caught.value.field == field


def test_intervals_cover_overdispersed_days() -> None:
    """Days that move together: 90 % intervals hold the truth about as often as they say."""
    from workbench.stats.dispersion import dispersion

    rng = np.random.default_rng(5)
    inside = []
    for _ in range(150):
        days = rng.poisson(rng.gamma(5, 20 / 5, (30, 2)))  # mean 20, variance 20 + 80
        spread = dispersion(days, np.broadcast_to(days.mean(axis=0), days.shape), n_parameters=2)
        result = analyse_delivered(
            days.sum(axis=0), [30.0, 30.0], kind="counts", dispersion=spread, options=Options(level=0.9)
        )
        inside += [low <= 20 <= high for low, high in (arm.interval for arm in result.arms)]
    assert np.mean(inside) == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / len(inside)))
