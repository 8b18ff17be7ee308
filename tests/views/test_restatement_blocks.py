"""What moved, in words, figures and a sheet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from workbench.core.dates import Period
from workbench.performance.maturity import FINAL_AFTER_DAYS, Maturity
from workbench.performance.restatement import DayBelief, Restatement
from workbench.views.restatement_blocks import (
    maturity_sentences,
    moved_sentence,
    restated_sentence,
    restatement_card,
    restatement_sheet,
)

FIRST = date(2026, 11, 1)
SHARE = np.minimum(0.6 + 0.1 * np.arange(FINAL_AFTER_DAYS + 1), 1.0)


def restated(*days: tuple[int, float | None], spend: int = 0, **more) -> Restatement:
    """Days with the results they gained, and micros of spend that each gained."""
    beliefs = tuple(
        DayBelief(
            FIRST + timedelta(days=i),
            age,
            10_000_000,
            10_000_000 + spend,
            None if gained is None else 10.0,
            None if gained is None else 10.0 + gained,
        )
        for i, (age, gained) in enumerate(days)
    )
    moments = (datetime(2026, 11, 14, 12, tzinfo=UTC),) if days else ()
    defaults = {"maturity": None, "history_days": 9, "moments": moments}
    return Restatement(Period(FIRST, FIRST), "EUR", "lead", beliefs, **{**defaults, **more})


def test_what_moved_is_said_with_its_share():
    found = restated((1, 2.0), (0, 3.0), spend=120_000)
    assert moved_sentence(found) == (
        "Since they were first seen, spend moved by +€0.24 (+1.2\u202f%); leads by +5 (+25\u202f%)."
    )
    assert (
        moved_sentence(restated((1, 0.0))) == "Since they were first seen, spend did not move, nor did leads."
    )
    assert moved_sentence(restated((1, None))) == "Since they were first seen, spend did not move."
    assert moved_sentence(restated()).startswith("There is no earlier belief")


def test_a_report_says_since_when_and_for_which_days():
    assert restated_sentence(restated((1, 2.0), (0, 3.0))) == (
        "Restated since 14 Nov, for the days 1 Nov to 2 Nov: spend did not move; leads by +5 (+25\u202f%)."
    )
    assert "not known" in restated_sentence(restated())
    assert "not loaded by then" in restated_sentence(
        restated(moments=(datetime(2026, 11, 14, 12, tzinfo=UTC),))
    )


def test_completeness_is_said_with_what_it_was_learned_from_or_why_it_is_not_known():
    maturity = Maturity(SHARE, "history", 812.0, 28)
    said = " ".join(maturity_sentences(maturity, restated()))
    assert "The newest 7 days stand at 86\u202f% of their final leads when first loaded" in said
    assert "complete after 4 days" in said
    unknown = " ".join(maturity_sentences(None, restated()))
    assert "not known yet" in unknown
    assert "9 days" in unknown


def test_the_card_draws_both_figures_only_where_there_is_something_to_draw():
    maturity = Maturity(SHARE, "history", 812.0, 28)
    both = restatement_card(restated((1, 2.0), (0, 3.0), maturity=maturity))
    assert "Leads by day" in both
    assert "How leads fill up" in both
    assert "<figure" not in restatement_card(restated())


def test_the_sheet_has_every_day():
    ((name, spec),) = restatement_sheet(restated((1, 2.0), (0, 3.0)), {})
    assert (name, len(spec.rows)) == ("Restated", 2)
    assert restatement_sheet(restated(), {}) == []
