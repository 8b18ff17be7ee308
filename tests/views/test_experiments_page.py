"""The Experiments page live: verdict first, refusals at the field, the last good answer kept, links."""

from __future__ import annotations

import io
import re

import pytest

from workbench.flows.experiment_kinds import KINDS
from workbench.views.experiments_page import ExperimentsPage
from workbench.views.saved import MAX_BYTES


@pytest.fixture
def page(tmp_path):
    return ExperimentsPage(tmp_path / "home")


def words(html: str) -> str:
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def lead(page) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r'wb-lead">(.*?)</p>', page.answer.value).group(1))


def test_it_begins_with_a_labelled_example_and_its_verdict(page):
    assert "example: invented figures" in page.header.value
    assert lead(page).startswith("Ship New page: conversion rate is up 18")
    said = words(page.answer.value)
    assert said.index("Ship New page") < said.index("Shipping New page now costs") < said.index("P(best)")
    assert "the difference is causal" in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["", "40"])
def test_every_kind_of_metric_is_answered(page, kind, value):
    page.change({"kind": kind, "value": value, "per_day": "900", "currency": "EUR"})
    assert page.form.errors == {}
    assert page.view.entry.kind == kind
    said = words(page.answer.value)
    assert "The arms" in said
    assert said.index("Waiting costs") < said.index("May I stop?") < said.index("P(best)")


def test_a_loss_of_next_to_nothing_has_few_digits(page):
    page.change({"kind": "counts", "value": "", "per_day": "", "currency": ""})
    page.change({"events.0": "338", "events.1": "511", "exposure.0": "3300", "exposure.1": "3300"})
    said = words(page.answer.value)
    assert "under 0.01 results per 1,000 spent" in said
    assert "0.00000" not in said


def test_typed_figures_are_no_example_and_stand_in_the_address(page):
    page.change({"successes.1": "500"})
    assert "example" not in page.header.value
    assert lead(page).startswith("Wait")
    assert page._fragment.shown["successes"] == "480,500"
    assert "successes=480,500" in page.actions.link


def test_a_copied_link_restores_the_whole_state_in_a_second_browser(page, tmp_path):
    page.change({"add": "1"})
    page.change(
        {"successes.2": "600", "trials.2": "12010", "name.2": "Third, longer", "lower": "1", "rope": "2"}
    )
    other = ExperimentsPage(tmp_path / "home")
    other.arrive(dict(page._fragment.shown))
    assert other.entry == page.entry
    assert other.answer.value == page.answer.value


def test_a_refused_figure_is_marked_and_the_last_answer_stays_greyed(page):
    before = lead(page)
    page.change({"successes.1": "99999"})
    assert list(page.form.errors) == ["successes.1"]
    assert "wb-earlier" in page.answer.value
    assert "of the earlier figures" in page.answer.value
    assert lead(page) == before
    page.actions._receive(None, {"kind": "make", "job": "1", "what": "xlsx"}, [])
    page.change({"successes.1": "566"})
    assert page.form.errors == {}
    assert "wb-earlier" not in page.answer.value.replace(".wb-earlier", "")


def test_an_address_that_cannot_be_read_is_said_in_one_line(page):
    page.arrive({"kind": "zzz"})
    assert "no kind of metric" in page.form.errors[""]
    page.arrive({"account": "7"})
    assert page.entry.is_example


@pytest.mark.parametrize("evidence", ["split", "observational"])
def test_only_randomised_evidence_is_called_causal(page, evidence):
    page.change({"evidence": evidence})
    assert "causal" not in words(page.answer.value).lower()
    assert "caus" not in page._saved().decode().split("</style>")[-1].lower()


def test_a_broken_split_names_no_winner_and_compares_nothing(page):
    page.change({"trials.1": "13000"})
    assert lead(page) == "Do not read: the split is broken."
    said = words(page.answer.value)
    for withheld in ("P(best)", "now costs", "Waiting costs", "Change against", "better than"):
        assert withheld not in said
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(page._sheet()))
    assert "Change" not in book.sheetnames
    assert "P(best)" not in [cell.value for cell in book["Figures"][1]]


def test_adding_an_arm_draws_the_form_anew_and_typing_does_not(page):
    stamp = page.form.spec["stamp"]
    page.change({"value": "50"})
    assert page.form.spec["stamp"] == stamp
    page.change({"add": "1"})
    assert page.form.spec["stamp"] == stamp + 1
    assert [group["title"] for group in page.form.spec["groups"]].count("Arm 3") == 1


def test_names_are_only_ever_text(page):
    page.change({"name.1": "<img src=x onerror=alert(1)>"})
    assert "<img" not in page.answer.value
    assert "<img" not in page.bench._repr_mimebundle_()["text/html"]


def test_the_first_bytes_hold_form_and_answer(page):
    html = page.bench._repr_mimebundle_()["text/html"]
    assert "Your figures" in html
    assert "Ship " in html
    assert "12000" in html


def test_it_is_taken_along_as_file_and_sheet(page):
    from openpyxl import load_workbook

    saved = page._saved()
    assert len(saved) < MAX_BYTES
    assert b"<script" not in saved
    assert b"Simulated figures of no real company." in saved
    book = load_workbook(io.BytesIO(page._sheet()))
    assert book.sheetnames == ["Figures", "Change", "May I stop", "Priors", "Definitions", "About"]
    rules = list(book["May I stop"].values)
    assert [row[1] for row in rules[1:]] == ["Fixed horizon", "Prior-calibrated", "Anytime-valid"]
    badges = page.view.stops.badges.all
    for row, badge in zip(rules[1:], badges, strict=True):
        assert row[3:5] == pytest.approx((badge.low, badge.high))
        assert row[2] in words(page.answer.value)
    priors = list(book["Priors"].values)
    assert [row[1:3] for row in priors[1:]] == [("Flat", None), ("Assumed", 0.1), ("Twice as wide", 0.2)]
    assert [row[5] for row in priors[1:]] == pytest.approx([one.low for one in page.view.stops.strip])
    head, first = ([cell.value for cell in row] for row in list(book["Figures"].rows)[:2])
    assert dict(zip(head, first, strict=True))["Conversions"] == 480
    about = {row[0].value: row[1].value for row in book["About"].rows}
    assert about["Verdict"].startswith("Ship New page")
    assert about["Visitors a day"] == "900"


def test_means_and_counts_are_read_too(page):
    page.change({"kind": "means"})
    assert page.form.errors == {}
    assert "example: invented figures" in page.header.value
    page.change({f"{key}.{k}": "" for key in ("n", "mean", "deviation") for k in (0, 1)})
    assert set(page.form.errors) == {f"{key}.{k}" for key in ("n", "mean", "deviation") for k in (0, 1)}
    page.change(
        {"n.0": "400", "n.1": "410", "mean.0": "10", "mean.1": "11", "deviation.0": "4", "deviation.1": "4"}
    )
    assert lead(page).startswith("Ship New page: mean is up 10")
    page.change({"kind": "counts"})
    page.change({"events.0": "120", "events.1": "165", "exposure.0": "4000", "exposure.1": "4050"})
    assert lead(page).startswith("Ship New page: results per 1,000 spent")


def test_the_verdict_never_contradicts_the_interval(page):
    for k in range(440, 540, 7):
        page.change({"successes.1": str(k)})
        one = page.view.leader
        assert lead(page).startswith("Ship") == (one.relative.low > 0)
        assert lead(page).startswith("Stop") == (one.relative.high < 0)
