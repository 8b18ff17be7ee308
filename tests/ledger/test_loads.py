"""Loads and their quarantine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from workbench.core.dates import Period
from workbench.core.errors import Conflict, DataError
from workbench.ledger import (
    Ledger,
    QuarantinedCell,
    last_loads,
    quarantined,
    record_load_finished,
    record_load_started,
    record_quarantined,
)
from workbench.ledger.models import Load

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def start(ledger: Ledger, load_id: str, *, minutes: int = 0) -> Load:
    with ledger.write() as session:
        return record_load_started(
            session,
            load_id,
            file_name=f"{load_id}.csv",
            sha256="ab",
            source="export",
            network="meta",
            account_id="1",
            actor="ada",
            started_at=START + timedelta(minutes=minutes),
        )


def test_a_load_from_start_to_done(ledger: Ledger) -> None:
    assert start(ledger, "load_1").state == "started"
    with ledger.write() as session:
        record_load_finished(
            session,
            "load_1",
            state="done",
            grain="ad|day",
            period=Period(date(2026, 11, 1), date(2026, 11, 20)),
            n_rows=1435,
            currency="USD",
            spend_micros=15_978_280_000,
            file_total_micros=9_223_372_036_854_775_807,
            reconciled="to the cent",
            believed_at=START,
        )
    with ledger.read() as session:
        load = last_loads(session)[0]
    assert (load.state, load.spend_micros, load.reconciled) == ("done", 15_978_280_000, "to the cent")
    assert load.file_total_micros == 9_223_372_036_854_775_807
    assert (load.period_start, load.period_stop) == (date(2026, 11, 1), date(2026, 11, 20))
    assert load.finished_at is not None
    assert load.finished_at > load.started_at


def test_a_done_load_is_left_alone(ledger: Ledger) -> None:
    start(ledger, "load_1")
    with ledger.write() as session:
        record_load_finished(session, "load_1", state="done", n_rows=3)
    again = start(ledger, "load_1", minutes=5)
    assert (again.state, again.n_rows, again.n_tries, again.started_at) == ("done", 3, 1, START)


@pytest.mark.parametrize("state", ["quarantined", "failed", None])
def test_any_other_load_begins_anew(ledger: Ledger, state: str | None) -> None:
    start(ledger, "load_1")
    with ledger.write() as session:
        record_quarantined(session, "load_1", [QuarantinedCell("unreadable")])
        if state is not None:
            record_load_finished(session, "load_1", state=state, error="broken")
    again = start(ledger, "load_1", minutes=5)
    assert (again.state, again.n_tries, again.error, again.finished_at) == ("started", 2, None, None)
    with ledger.read() as session:
        assert not quarantined(session)
        assert len(last_loads(session)) == 1


def test_finishing_what_never_started(ledger: Ledger) -> None:
    with pytest.raises(DataError, match=r"no load 'nope'.*record_load_started"), ledger.write() as session:
        record_load_finished(session, "nope", state="done")


def test_last_loads_are_the_newest(ledger: Ledger) -> None:
    for number in (2, 0, 3, 1):
        start(ledger, f"load_{number}", minutes=number)
    with ledger.read() as session:
        assert [load.load_id for load in last_loads(session, 3)] == ["load_3", "load_2", "load_1"]


def test_quarantine_is_redacted_and_short(ledger: Ledger) -> None:
    start(ledger, "load_1")
    cells = [
        QuarantinedCell(
            "not a number", row_number=7, column_name="Amount spent", value="ask jane@example.org"
        ),
        QuarantinedCell("too long", row_number=8, column_name="Name", value="x" * 5000),
        QuarantinedCell("no total"),
    ]
    with ledger.write() as session:
        assert record_quarantined(session, "load_1", cells) == 3
        record_load_finished(session, "load_1", state="quarantined", error="row 7 of jane@example.org")
    with ledger.read() as session:
        rows = quarantined(session, load_id="load_1")
        assert last_loads(session)[0].error == "row 7 of [email]"
    assert [row.reason for row in rows] == ["no total", "too long", "not a number"]
    assert rows[2].value_redacted == "ask [email]"
    assert (rows[2].row_number, rows[2].column_name, rows[2].file_name) == (7, "Amount spent", "load_1.csv")
    assert len(rows[1].value_redacted or "") == 200
    with ledger.read() as session:
        assert not quarantined(session, load_id="load_2")


def test_a_state_that_does_not_exist(ledger: Ledger) -> None:
    start(ledger, "load_1")
    with pytest.raises(Conflict, match="ck_loads_state"), ledger.write() as session:
        record_load_finished(session, "load_1", state="maybe")
