"""The monthly budget report in words: one sentence first, amounts that add up, no more than is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from months import drafted, filled, fitted, month_rows

from workbench.core.settings import load_settings
from workbench.flows.budget_month import budget_month
from workbench.views.budget_month_blocks import (
    brought_card,
    facts_of,
    head,
    kept_card,
    plan_card,
    provenance,
    spend_card,
    tiles,
)
from workbench.views.budget_words import certificate, finding

ASOF = date(2026, 7, 19)
EN = "en_GB"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    settings = filled(load_settings(tmp_path_factory.mktemp("home")), month_rows())
    drafted(settings, fitted(settings), "80", on=date(2026, 5, 28))
    return budget_month(settings, asof=ASOF)


def told(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def whole(report) -> str:
    return "".join(
        part(report, EN) for part in (head, tiles, spend_card, brought_card, plan_card, kept_card, provenance)
    )


def without_model(report):
    return replace(report, run=None, view=None, no_view="No kept model run is of these figures.")


def test_the_first_sentence_has_spend_plan_and_what_to_do(report):
    said = facts_of(report, EN)["subject"]
    assert said.startswith("June 2026 cost €")
    assert "than planned, and " in said
    assert said.endswith(".")
    assert told(said) in told(head(report, EN))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("move", "is expected to bring"),
        ("likely", "likely better, not yet shown"),
        ("leave", "may stay as it is"),
    ],
)
def test_the_sentence_says_no_more_than_the_verdict(report, verdict, words):
    plan = replace(report.view.plan, verdict=verdict)
    view = replace(report.view, found=replace(report.view.found, plan=plan))
    assert words in facts_of(replace(report, view=view), EN)["subject"]


def test_the_shown_amounts_add_up_to_the_total_row(report):
    rows = re.findall(r"<tr>.*?</tr>", spend_card(report, EN))[1:]
    cents = [
        [int(text.replace("−", "-").replace(".", "").replace(",", "")) for text in found]
        for found in (re.findall(r"([+−]?)€([\d,]+\.\d\d)", told(row)) for row in rows)
        for found in [["".join(pair) for pair in found]]
    ]
    planned, total = [row[1] for row in cents], cents[-1]
    assert sum(planned[:-1]) == total[1] == report.planned_minor
    assert total[0] == report.spent_minor
    assert abs(sum(row[0] for row in cents[:-1]) - total[0]) <= 1  # each rounded once
    assert total[2] == total[0] - total[1]


def test_the_plans_words_and_proof_are_the_budget_pages(report):
    said, _ = finding(report.view, EN)
    html = told(plan_card(report, EN))
    assert "".join(part if isinstance(part, str) else part.text for part in said) in html
    for line in certificate(report.view, EN):
        assert line in html
    assert "not identified" in html


def test_dates_units_and_origin_are_said(report):
    html = told(whole(report))
    for words in (
        "1 Jan – 12 Jul 2026, not of this month alone",
        "90 % intervals",
        "Cost of each",
        "Next euro",
    ):
        assert words in html
    for words in ("Draft 1", "28 May 2026", "July 2026 lands at", "seed 1", "the last 7 days are left out"):
        assert words in html


def test_an_outcome_that_is_money_has_a_value_and_no_cost(report):
    stored = report.run.stored
    about = {**stored.about, "origin": {**stored.about["origin"], "outcome": "value"}}
    run = replace(report.run, stored=replace(stored, about=about))
    html = told(brought_card(replace(report, run=run), EN))
    assert "Value per euro" in html
    assert "Cost of each" not in html


def test_a_model_of_reported_results_is_called_that_before_any_figure(report):
    stored = report.run.stored
    for explains, scaled_to, is_said in (
        ("reported", "", True),
        ("reported", "mix-1", False),
        ("total", "", False),
    ):
        origin = {**stored.about["origin"], "channel_run": scaled_to}
        about = {**stored.about, "origin": origin, "result": {**stored.about["result"], "explains": explains}}
        other = replace(report, run=replace(report.run, stored=replace(stored, about=about)))
        assert ("would have come without the spend is not asked" in head(other, EN)) == is_said
        assert ("as reported of each" in brought_card(other, EN)) == is_said


def test_without_plan_run_or_running_month_it_says_so(report):
    bare = replace(
        without_model(report),
        plan=None,
        no_plan="No plan was written by then.",
        items=tuple(replace(one, planned_minor=None) for one in report.items),
        pace=None,
        no_pace="The figures end with the month.",
        kept=(),
    )
    html = told(whole(bare))
    assert facts_of(bare, EN)["subject"].endswith("and no kept model says yet what it brought.")
    for words in (
        "No plan was written by then.",
        "wb budget fit --from-lake",
        "The figures end with the month.",
    ):
        assert words in html
    assert "The next plan" not in html
    refused = replace(report, view=None, no_view="total: 0 leaves nothing to plan.")
    assert "no next plan could be made" in facts_of(refused, EN)["subject"]
    assert "leaves nothing to plan" in plan_card(refused, EN)


def test_simulated_figures_are_labelled_and_the_locale_is_the_readers(report):
    simulated = replace(report, is_simulated=True)
    assert "simulated company" in head(simulated, EN)
    assert facts_of(simulated, EN)["subject"].startswith("Simulated: ")
    assert "€" in spend_card(report, "de_DE")
    assert re.search(r"\d,\d\d\s€", unescape(spend_card(report, "de_DE")))


def test_the_same_figures_give_the_same_words(report):
    assert whole(report) == whole(report)
