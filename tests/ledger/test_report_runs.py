"""Report runs and the last good one."""

from __future__ import annotations

from datetime import date

import pytest

from workbench.core.errors import DataError
from workbench.ledger import (
    Ledger,
    last_good_report,
    last_reports,
    record_report_done,
    record_report_failed,
    record_report_started,
)

DAY = date(2026, 11, 20)


def make(ledger: Ledger, name: str = "weekly", *, asof: date = DAY, error: str | None = None) -> str:
    with ledger.write() as session:
        run_id = record_report_started(session, name, asof=asof, actor="ada").run_id
    with ledger.write() as session:
        if error is None:
            record_report_done(session, run_id, html_path=f"{run_id}.html", sha256="ab", pdf_path="r.pdf")
        else:
            record_report_failed(session, run_id, error=error)
    return run_id


def test_a_failure_keeps_the_last_good_one(ledger: Ledger) -> None:
    make(ledger)
    good = make(ledger)
    bad = make(ledger, error="cell 4: access_token=EAAB refused")
    make(ledger, "monthly")
    with ledger.read() as session:
        found = last_good_report(session, "weekly")
        assert found is not None
        assert (found.run_id, found.html_path, found.state) == (good, f"{good}.html", "done")
        failed = next(run for run in last_reports(session) if run.run_id == bad)
        assert (failed.state, failed.error) == ("failed", "cell 4: access_token=[secret] refused")
        assert len(last_reports(session, 2)) == 2


def test_the_last_good_one_of_a_day(ledger: Ledger) -> None:
    old = make(ledger, asof=date(2026, 11, 13))
    make(ledger)
    with ledger.read() as session:
        found = last_good_report(session, "weekly", asof=date(2026, 11, 13))
        assert found is not None
        assert found.run_id == old
        assert last_good_report(session, "weekly", asof=date(2026, 1, 1)) is None
        assert last_good_report(session, "daily") is None


def test_a_run_that_does_not_exist(ledger: Ledger) -> None:
    with pytest.raises(DataError, match="no report run 'x'"), ledger.write() as session:
        record_report_failed(session, "x", error="e")
