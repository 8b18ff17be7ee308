"""Registered tests as the page shows them: the list, what a viewer sees, the looks over time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from registered import ADA, fill, register

from workbench.core.errors import DataError
from workbench.core.identity import Role
from workbench.flows.experiment_opened import open_test, registered_rows, role_here
from workbench.flows.experiment_registry import decide_test, registered_test


def test_nothing_is_registered_before_the_ledger_is_made(settings):
    assert registered_rows(settings, role=Role.ADMIN) == ()
    assert role_here(settings) in Role
    assert not (settings.home / "ledger.db").exists()


def test_a_test_is_opened_with_its_own_words(settings):
    fill(settings, 40)
    register(settings)
    found = open_test(settings, "video", role=Role.ANALYST)
    view = found.view
    assert found.is_open
    assert view.result.decision.headline == "Ship video"
    assert view.entry.about.metric == "Results per 1,000 spent"
    assert [c.label for c in view.entry.about.columns[:2]] == ["Results", "Spend"]
    assert view.evidence[0] == "Observational"
    assert "causal" not in " ".join((*view.evidence, *view.notes))
    assert view.guards[0].name == "Minimum run"
    assert any(note.startswith("Spend per result: picture") for note in view.notes)
    for arm, curve in zip(view.result.arms, view.curves, strict=True):
        assert np.trapezoid(curve.density * curve.x, curve.x) == pytest.approx(arm.estimate, rel=2e-3)


def test_a_viewer_sees_no_figures_before_the_minimum_run_and_takes_no_look(settings):
    fill(settings, 18)
    register(settings)
    early = open_test(settings, "video", role=Role.VIEWER)
    assert not early.is_open
    assert early.view is None
    assert "11 of 14 mature days" in early.opens
    assert "Not before 22 September 2026" in early.opens
    assert registered_test(settings, "video").n_looks == 0
    assert open_test(settings, "video", role=Role.ANALYST).view is not None
    fill(settings, 30, "L2")
    late = open_test(settings, "video", role=Role.VIEWER)
    assert late.is_open
    assert registered_test(settings, "video").n_looks == 2


def test_looks_make_an_anytime_valid_band_that_narrows(settings):
    register(settings)
    for k, n_days in enumerate((22, 30, 40)):
        fill(settings, n_days, f"L{k}")
        found = open_test(settings, "video", role=Role.ANALYST)
    widths = [look.high - look.low for look in found.looks]
    assert len(widths) == 3
    assert widths == sorted(widths, reverse=True)
    last, fixed = found.looks[-1], found.view.leader.relative
    assert last.low < fixed.low < last.estimate < fixed.high < last.high


def test_the_list_says_the_last_verdict_and_not_to_viewers(settings):
    fill(settings, 40)
    register(settings)
    assert registered_rows(settings, role=Role.ANALYST)[0].verdict == "not read yet"
    open_test(settings, "video", role=Role.ANALYST)
    row = registered_rows(settings, role=Role.ANALYST, today=date(2026, 10, 10))[0]
    assert (row.verdict, row.state, row.n_days) == ("Ship video", "running", 40)
    assert registered_rows(settings, role=Role.VIEWER)[0].verdict == "open it"
    decide_test(settings, "video", verdict="ship", why="Cheaper.", arm="video", actor=ADA)
    ended = registered_rows(settings, role=Role.VIEWER)[0]
    assert (ended.state, ended.verdict) == ("ship", "ship video")


def test_an_unknown_test_is_refused_by_name(settings):
    register(settings)
    with pytest.raises(DataError, match="No test 'nothing'"):
        open_test(settings, "nothing", role=Role.ADMIN)
