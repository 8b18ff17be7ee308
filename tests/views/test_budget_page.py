"""The Budget page live: verdict first, refusals said, the last plan kept, links, files and drafts."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from kept_mix import keep_mix, mix_of_five

from workbench.budget.estimate import Estimate
from workbench.budget.fit import fit_mix
from workbench.budget.model_run import write_model_run
from workbench.budget.spec import MixSpec
from workbench.core.number_text import number
from workbench.flows.budget_checks import keep_checks, kept_concerns
from workbench.flows.budget_plan import NO_CURRENCY
from workbench.flows.budget_record import PastPlan
from workbench.flows.budget_view import view_of
from workbench.views.budget_blocks import budget_css, header
from workbench.views.budget_controls import still_controls
from workbench.views.budget_experiment import experiment_html, question_of
from workbench.views.budget_limits import still_limits
from workbench.views.budget_page import BudgetPage
from workbench.views.budget_record import record_html
from workbench.views.budget_sheet import about
from workbench.views.budget_words import assumptions
from workbench.views.saved import MAX_BYTES
from workbench.views.tokens import NARROW_PX


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    keep_mix(folder / "runs", run_id="mix-20261120-080000-abc123")
    return folder


@pytest.fixture
def page(home):
    return BudgetPage(home)


def words(html: str) -> str:
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u202f", " ")


def lead(page) -> str:
    found = re.search(r'wb-lead">(.*?)</p>', page.answer.value)
    return unescape(re.sub(r"<[^>]+>", "", found.group(1))).replace("\u202f", " ")


def test_the_verdict_says_how_much_to_move_what_it_brings_and_how_sure_that_is(page):
    assert re.fullmatch(
        r"Move €[\d,]+ a week\. Expected \+\d+ leads a week \[\+\d+, \+\d+\]; "
        r">99 % likely to beat today's split\.",
        lead(page),
    )
    said = words(page.answer.value)
    assert "Worst tenth of cases: +" in said
    assert said.index("Move €") < said.index("Today → proposed") < said.index("What the next euro buys")


def test_what_is_assumed_and_what_is_proven_stand_below(page):
    said = words(page.basis.value)
    assert "no lift test has checked it" in said
    assert "Of Test cell B the data teach little" in said
    assert "Nothing is planned beyond the highest spend ever seen in a week: Retargeting €" in said
    assert "no split within the limits is better by more than a billionth" in said
    assert "mix-20261120-080000-abc123" in said


@pytest.mark.parametrize(("last", "said"), [("2026-11-16", "16 Nov"), ("2019-11-11", "11 Nov 2019")])
def test_figures_of_an_earlier_year_are_not_taken_for_this_year_s(page, last, said):
    run = page.view.run
    result = {**run.stored.about["result"], "dates": {**run.stored.about["result"]["dates"], "last": last}}
    about = {**run.stored.about, "made_at": "2026-11-20T08:00:00Z", "result": result}
    old = replace(
        page.view,
        run=replace(run, stored=replace(run.stored, about=about)),
        found=replace(page.view.found, last_date=last),
    )
    assert f"model of 20 Nov · data to {said}<" in header(old)
    assert f"weeks to {said}, and today's spend" in assumptions(old)[0]


@pytest.mark.parametrize(
    ("patch", "begins"),
    [
        ({"percent": "-50"}, "Spending €3,185 a week less costs "),
        ({"percent": "-10"}, "Spend €637 a week less, split as below, and still expect +"),
        ({"percent": "20"}, "Spend €1,274 a week more, split as below. Expected +"),
        ({"step": "20"}, "Move €"),
        ({"caution": "100"}, "Move €"),
    ],
)
def test_every_control_answers(page, patch, begins):
    page.change({"lock": "Retargeting,Lead form", **patch} if patch == {"percent": "-50"} else patch)
    assert lead(page).startswith(begins)
    assert page.controls.error == ""


def test_all_locked_leaves_the_split_as_it_is(page):
    page.change(
        {"lock": ",".join(row.name.replace("%", "%25").replace(",", "%2C") for row in page.view.rows)}
    )
    assert lead(page).startswith("Leave the split as it is: no move within these limits")
    assert page.controls.spec["locks"] == [row.name for row in page.view.rows]


def test_what_cannot_be_kept_is_said_and_the_last_plan_stays_greyed(page):
    before = lead(page)
    page.change({"step": "10"})
    page.change({"percent": "30"})
    assert "total" in page.controls.error.lower()
    assert 'class="wb-earlier"' in page.answer.value
    assert "The last plan that could be made, not what is asked for now" in page.answer.value
    assert page.actions.link == ""
    assert not page.draft.enabled
    assert (page.controls.spec["step"], page.controls.spec["percent"]) == ("10", "30")
    page.change({"percent": "0", "step": ""})
    assert page.controls.error == ""
    assert lead(page) == before
    assert "The last plan" not in page.answer.value


def test_a_limit_is_kept_or_refused_at_its_field(page):
    page.change({"most:Retargeting": "1200", "add_group": "1"})
    page.change({"group:0:items": "Retargeting,Lead form", "group:0:most": "2500", "group:0:name": "warm"})
    assert page.limits.errors == {}
    assert page.limits.spec["gist"] == "Retargeting at most 1200 EUR; warm at most 2500 EUR"
    assert {row.name: row.proposed for row in page.view.rows}["Retargeting"] <= 1200
    page.change({"most:Retargeting": "much"})
    assert "is no amount" in page.limits.errors["most:Retargeting"]
    assert page.limits.spec["items"][0]["most"] == "much"
    assert page.controls.error == ""
    assert 'class="wb-earlier"' in page.answer.value
    assert not page.draft.enabled
    page.change({"most:Retargeting": "", "least:Lead form": "2600"})
    assert "at least €2,600.00 for Lead form; at most €2,500.00 for group warm" in page.controls.error
    assert page.limits.errors == {}
    page.change({"clear_limits": "1"})
    assert page.controls.error == ""
    assert "none set" in still_limits(page.limits.spec)
    assert still_limits({}) == ""


def test_a_target_is_met_or_said_to_be_out_of_reach(page):
    page.change({"target_kind": "cpa", "target": "1"})
    assert "No plan meets the target" in page.limits.errors["target"]
    page.change({"target": "100"})
    assert page.limits.errors == {}
    assert "leads at most 100 EUR each" in page.limits.spec["gist"]


ROW = {
    "item": "Broad video",
    "design": "pause",
    "n_periods": 6,
    "prob_plan_changes": 0.36,
    **{
        name: {"mean": mean, "interval": [mean - 900, mean + 900]}
        for name, mean in (("gain", 1429.0), ("cost", 795.0), ("net", 634.0))
    },
}
ANSWER = {
    "summary": "Pause Broad video for 6 weeks: costs €795, worth €1,429 over the next 12 months.",
    "best": ROW,
    "rows": [ROW, ROW | {"n_periods": 4}, ROW | {"design": "half", "cost": ROW["cost"] | {"mean": -3.0}}],
    "unit": "EUR",
    "currency": "EUR",
    "period": "week",
    "notes": ["What a test takes counts."],
}


def test_the_experiment_that_could_overturn_it_comes_later_and_only_for_the_plan_shown(page, monkeypatch):
    asked = []
    monkeypatch.setattr(page._later, "ask", asked.append)
    page.change({"percent": "2"})
    assert asked == []  # nobody reads this page yet
    page._arrived(None)
    page.change({"lock": "Lead form", "worth": "80"})
    assert asked[-1].value_per_result == 80
    assert asked[-1].constraints == '{"fixed": ["Lead form"]}'
    assert "Pricing the experiments" in page.experiment.value
    assert "Pricing" not in page._saved().decode()
    page._priced(asked[0], ANSWER)
    assert "Pricing the experiments" in page.experiment.value  # that plan has passed
    page._priced(asked[-1], ANSWER)
    said = words(page.experiment.value)
    assert "Pause Broad video for 6 weeks: costs €795, worth €1,429" in said
    assert "36 % of what it may show would move" in said
    assert "Worth of leads: €80.00 each, as you said." in said
    assert said.count("Broad video: pause") == 1  # its best length
    assert "nothing" in said
    assert "Pause Broad video" in page._saved().decode()
    page._priced(asked[-1], ANSWER | {"best": None, "summary": "No experiment pays. The nearest: …"})
    assert "No experiment pays" in page.experiment.value
    page._priced(asked[-1], {"error": {"message": "Targets cannot be priced.", "next_step": None}})
    assert "No experiment could be priced. Targets cannot be priced." in words(page.experiment.value)
    page.change({"total": "much"})
    assert page.experiment.value == ""


def test_without_a_worth_a_result_counts_what_one_more_costs_by_the_plan(page):
    worth = question_of(page.view).value_per_result
    assert worth == pytest.approx(1 / page.view.plan.multiplier, rel=0.01)
    said = words(experiment_html(ANSWER, page.view))
    assert "each, what one more costs by this plan; say otherwise in Limits. Where leads are money" in said
    lake = replace(
        page.view.run.stored, about={**page.view.run.stored.about, "origin": {"outcome": "results"}}
    )
    said = words(experiment_html(ANSWER, replace(page.view, run=replace(page.view.run, stored=lake))))
    assert "say otherwise in Limits." in said
    assert "money already" not in said
    page.change({"worth": "-1"})
    assert "is no worth of a result" in page.limits.errors["worth"]


def test_the_table_writes_what_the_next_euro_buys_and_a_phone_shows_three_columns_of_it(page):
    table = re.search(r"<table.*?</table>", page.basis.value, flags=re.S).group(0)
    heads = re.findall(r"<th scope=\"col\"([^>]*)>.*?>([^<]+)</button>", table)
    assert [name for css, name in heads if "wb-wide" not in css] == ["Item", "Proposed", "Change"]
    assert [name for _, name in heads][-2:] == ["Next euro", "Its interval"]
    top = max(page.view.rows, key=lambda row: abs(row.change))
    assert f">{number(top.next_proposed.mean, digits=2)}</td>" in table


def test_small_figures_are_never_scaled_below_eleven_pixels():
    least = int(re.search(r"\.wb-smalls\{[^}]*minmax\(min\((\d+)px", budget_css()).group(1))
    assert least / NARROW_PX * 13 >= 11  # 13 px is what they are drawn at


def test_the_page_asks_for_the_run_s_own_currency(page):
    assert "Where does the next euro go?" in header(page.view)
    found = page.view.found
    dollars, unnamed = (
        replace(page.view, found=replace(found, plan=replace(found.plan, currency=code)))
        for code in ("USD", NO_CURRENCY)
    )
    assert "Where does the next dollar go?" in header(dollars)
    assert "Where does the next euro go?" in header(unnamed)


def test_several_periods_are_drawn_said_and_drafted_as_such(page):
    page.change({"periods": "2"})
    assert re.match(r"Move €[\d,]+ over 2 weeks\. Expected \+\d+ leads \[", lead(page))
    said = words(page.basis.value)
    assert "Week by week" in said
    assert "begin with what earlier spend carries in" in said
    assert "the mean of the 2 weeks" in words(page.answer.value)
    assert "the next 2 weeks" in still_controls(page.controls.spec)
    with zipfile.ZipFile(io.BytesIO(page._sheet())) as book:
        assert "From 2026-11-23" in book.read("xl/sharedStrings.xml").decode()
    assert page.draft.enabled


def test_s_shaped_curves_take_no_caution(tmp_path):
    data = mix_of_five(n_weeks=104)
    fit = fit_mix(data, MixSpec(saturation="hill"), n_draws=100)
    write_model_run(fit, tmp_path / "runs")
    page = BudgetPage(tmp_path)
    assert page.controls.spec["can_be_cautious"] is False
    page.arrive({"caution": "50"})
    assert "S-shaped" in page.controls.error


def test_what_changes_nothing_is_no_draft(page):
    page.change(
        {"lock": ",".join(row.name.replace("%", "%25").replace(",", "%2C") for row in page.view.rows)}
    )
    assert not page.draft.enabled


def test_a_link_restores_the_whole_state_in_a_second_browser(page, home):
    page.change({"percent": "7", "caution": "50", "lock": "Lookalike%2C 1 %25", "step": "50"})
    other = BudgetPage(home)
    other.arrive(dict(page._fragment.shown))
    assert other.asked == page.asked
    assert other.answer.value == page.answer.value
    assert "run=mix-20261120-080000-abc123" in page.actions.link


@pytest.mark.parametrize("address", [{"run": "mix-none"}, {"total": "much"}, {"caution": "900"}])
def test_an_address_that_cannot_be_shown_is_said(page, address):
    page.arrive(address)
    assert page.controls.error
    assert "could not be computed" not in page.controls.error


def test_without_a_run_it_says_how_to_make_one(tmp_path):
    page = BudgetPage(tmp_path)
    said = words(page.answer.value)
    assert "There is no model run yet" in said
    assert "wb budget fit sales.csv" in said
    assert "wb budget fit --from-lake" in said
    assert page.controls.spec == {}
    assert page.draft.label == ""
    keep_mix(tmp_path / "runs", n_draws=400)
    page.refresh()
    assert lead(page).startswith("Move €")


def test_the_concerns_of_a_checked_fit_stand_under_what_is_assumed(tmp_path):
    run_id = keep_mix(tmp_path / "runs", n_draws=400)
    assert "concern" not in words(BudgetPage(tmp_path).basis.value)
    keep_checks(tmp_path / "runs", run_id, {"concerns": ["Residuals hang together."]})
    said = words(BudgetPage(tmp_path).basis.value)
    assert "The checks of this fit raise a concern: Residuals hang together." in said
    assert said.index("What this assumes") < said.index("Residuals hang")
    keep_checks(tmp_path / "runs", run_id, {"concerns": []})
    assert "no concern" in words(BudgetPage(tmp_path).basis.value)
    (tmp_path / "runs" / run_id / "checks.json").write_text("{")
    assert kept_concerns(tmp_path / "runs", run_id) is None


def test_a_plan_of_reported_results_says_that_they_are(page):
    from dataclasses import replace

    from workbench.views.budget_words import assumptions

    assert "read from what happened" in assumptions(page.view)[2]
    stored = page.view.run.stored
    reported = {**stored.about, "result": {**stored.about["result"], "explains": "reported"}}
    for origin, says in (({}, True), ({"channel_run": "mix-1"}, False)):
        about = {**reported, "origin": origin}
        run = replace(page.view.run, stored=replace(stored, about=about))
        said = assumptions(replace(page.view, run=run))[2]
        assert ("what the network reports of each item" in said) == says


def test_a_model_of_simulated_figures_is_labelled(tmp_path):
    keep_mix(
        tmp_path / "runs", n_draws=400, origin={"is_simulated": True, "notes": ["Two days are missing."]}
    )
    page = BudgetPage(tmp_path)
    assert "simulated company" in page.header.value
    assert b"Simulated figures of no real company" in page._saved()
    assert "What was read" in page.basis.value
    assert "Two days are missing." in page.basis.value


def test_the_record_says_what_was_expected_and_what_came(page):
    expected = Estimate(31.0, (4.0, 58.0))
    one = PastPlan(
        7,
        "draft",
        "ada",
        datetime(2026, 11, 20, tzinfo=UTC),
        1,
        510.0,
        expected,
        (),
        None,
        None,
        2,
        "too early",
    )
    assert record_html([], page.view) == ""
    said = words(record_html([one], page.view))
    assert "No plan can be compared with what came yet." in said
    assert re.search(r"7 of 20 Nov.* €510 \+31 \[\+4, \+58\] too early to say 2 weeks of data since", said)
    came = Estimate(24.0, (3.0, 47.0))
    came = replace(one, came=came, expected_as_spent=expected, why_not="", n_since=5)
    assert "The one plan that can be compared ended inside its interval." in record_html([came], page.view)
    both = (Estimate(17.0, (1.0, 30.0)), Estimate(14.0, (2.0, 29.0)))
    more = replace(one, number=6, n_periods=8, by_period=both)
    said = words(record_html([came, replace(came, came=Estimate(70.0, (60.0, 80.0))), more], page.view))
    assert "Of the last 2 plans that can be compared, 1 ended inside their interval." in said
    assert "+24 [+3, +47] inside, 5 weeks of data since" in said
    assert "outside, 5 weeks" in said
    assert "€510 in 8 weeks +31 [+4, +58] in 8 weeks week by week +17, +14, … too early to say" in said
    assert "2 weeks of data since of 8" in said


def test_the_same_plan_is_drafted_once(page, home):
    page.make_draft()
    assert page.draft.said.startswith("Draft 1 is written: sandbox, €")
    assert not page.draft.enabled
    assert "too early to say" in page.record.value
    again = BudgetPage(home)
    again.make_draft()
    assert again.draft.said.startswith("This plan is draft 1 already")
    again.change({"percent": "3"})
    assert again.draft.said == ""
    assert again.draft.enabled


def test_it_is_taken_along_as_one_file_and_as_a_sheet(page):
    saved = page._saved()
    assert len(saved) < MAX_BYTES
    assert b"<script" not in saved
    assert b"Move " in saved
    with zipfile.ZipFile(io.BytesIO(page._sheet())) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        sheets = book.read("xl/workbook.xml").decode()
    assert {"Figures", "Curves", "Definitions", "About"} <= set(re.findall(r'sheet name="(\w+)"', sheets))
    assert "Lookalike, 1 %" in texts
    assert "Proven: by this model" in texts


def test_a_sheet_without_a_currency_has_plain_numbers(tmp_path):
    keep_mix(tmp_path / "runs", currency="", n_draws=400)
    page = BudgetPage(tmp_path)
    assert page._sheet()[:2] == b"PK"
    assert "€" not in page.answer.value + page.basis.value + str(page.controls.spec)
    assert "What the next unit buys" in page.answer.value


def test_a_plan_of_wandering_rates_says_which_days_it_is_for(page):
    about = page.view.run.stored.about
    result = about["result"] | {"drift": {"deviation": 0.1, "correlation": 0.8, "days_ahead": 28}}
    stored = replace(page.view.run.stored, about=about | {"result": result})
    said = assumptions(replace(page.view, run=replace(page.view.run, stored=stored)))[0]
    assert said.startswith("What money buys wanders: the plan is for the 28 days after ")


def test_a_sheet_gives_the_total_in_the_currencys_own_digits(tmp_path):
    keep_mix(tmp_path / "runs", currency="JPY", n_draws=400)
    total = about(BudgetPage(tmp_path).view)["Total"]
    assert re.fullmatch(r"[\d,]+ JPY", total)


def test_the_still_picture_shows_what_the_controls_show(page):
    page.change({"caution": "30", "step": "20", "lock": "Broad video"})
    still = words(still_controls(page.controls.spec))
    assert "worst tenth counts 30 %" in still
    assert "± 20 %" in still
    assert "a week, as now" in still
    assert still_controls({}) == ""


def test_an_unforeseen_failure_is_one_line_with_an_id(page, monkeypatch):
    def fails(run, asked):
        raise ZeroDivisionError

    monkeypatch.setattr("workbench.views.budget_page.view_of", fails)
    page.change({"percent": "5"})
    assert re.search(r"could not be computed\. The log has the details under err_", page.controls.error)
    assert view_of is not fails
