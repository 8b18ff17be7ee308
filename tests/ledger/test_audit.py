"""The audit's chain, and what refuses to change it."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from workbench.core.errors import PolicyViolation, StoreError
from workbench.ledger import Ledger, append_audit, open_ledger, verify_audit


def fill(ledger: Ledger, n: int = 5) -> None:
    for number in range(n):
        with ledger.write() as session:
            append_audit(session, actor="ada", action="test.done", subject=f"s{number}", detail={"n": number})


def test_a_whole_chain(ledger: Ledger) -> None:
    with ledger.read() as session:
        empty = verify_audit(session)
    assert (empty.is_whole, empty.n_rows, empty.head_hash) == (True, 0, "0" * 64)
    fill(ledger)
    with ledger.read() as session:
        check = verify_audit(session, expected_head=empty.head_hash)
    assert (check.is_whole, check.n_rows) == (True, 5)
    assert check.summary().startswith("The audit is whole: 5 rows")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'eve' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT 99, at, actor, action, subject, detail, prev_hash, 'x' FROM audit"
        " WHERE seq = 1",
    ],
)
def test_triggers_refuse_changes(ledger: Ledger, statement: str) -> None:
    fill(ledger)
    with pytest.raises(PolicyViolation, match="append-only"), ledger.write() as session:
        session.execute(text(statement))
    with ledger.read() as session:
        assert verify_audit(session).n_rows == 5


def test_replacing_and_truncating_are_refused(ledger: Ledger) -> None:
    fill(ledger)
    if ledger.engine.dialect.name == "sqlite":
        statement = "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2"
    else:
        statement = "TRUNCATE audit"
    with pytest.raises(PolicyViolation), ledger.write() as session:
        session.execute(text(statement))
    with ledger.read() as session:
        assert verify_audit(session).is_whole


def _past_the_triggers(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE seq = 3", 3, "content was changed"),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3", 3, "content was changed"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 1", 1, "content was changed"),
        ("DELETE FROM audit WHERE seq = 2", 3, "row 2 is missing"),
        ("UPDATE audit SET hash = 'x' WHERE seq = 4", 4, "content was changed"),
        ("UPDATE audit SET prev_hash = 'x' WHERE seq = 4", 4, "does not follow"),
    ],
)
def test_a_change_past_the_triggers_is_named(tmp_path: Path, statement: str, seq: int, reason: str) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/l.db") as ledger:
        fill(ledger)
    _past_the_triggers(tmp_path / "l.db", statement)
    with open_ledger(f"sqlite:///{tmp_path}/l.db") as ledger, ledger.read() as session:
        check = verify_audit(session)
    assert (check.is_whole, check.broken_seq) == (False, seq)
    assert reason in (check.reason or "")
    assert f"row {seq}" in check.summary()


def test_a_cut_end_shows_against_a_noted_hash(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/l.db") as ledger:
        fill(ledger)
        with ledger.read() as session:
            head = verify_audit(session).head_hash
        fill(ledger, 1)
        with ledger.read() as session:
            assert verify_audit(session, expected_head=head).is_whole
    _past_the_triggers(tmp_path / "l.db", "DELETE FROM audit WHERE seq > 4")
    with open_ledger(f"sqlite:///{tmp_path}/l.db") as ledger, ledger.read() as session:
        assert verify_audit(session).is_whole  # by itself the chain cannot know
        check = verify_audit(session, expected_head=head)
    assert not check.is_whole
    assert "cut off" in check.summary()


def test_details_are_redacted_and_stay_json(ledger: Ledger) -> None:
    detail = {
        "to": "jane@example.org",
        "access_token": "abc def",
        "spend": Decimal("15978.28"),
        "share": 0.1,
        "days": [datetime(2026, 11, 20, tzinfo=UTC), "+49 171 2345678"],
        "nested": {"password": 7, "ok": True, "none": None, "quoted": 'a "b" token: "c"'},
    }
    with ledger.write() as session:
        entry = append_audit(session, actor="ada", action="a.b", subject="jane@example.org", detail=detail)
    assert entry.subject == "[email]"
    assert json.loads(entry.detail) == {
        "to": "[email]",
        "access_token": "[secret]",
        "spend": "15978.28",
        "share": "0.1",
        "days": ["2026-11-20 00:00:00+00:00", "[phone]"],
        "nested": {"password": "[secret]", "ok": True, "none": None, "quoted": 'a "b" token: "[secret]"'},
    }
    with ledger.read() as session:
        assert verify_audit(session).is_whole


def test_an_entry_belongs_to_its_transaction(ledger: Ledger) -> None:
    def half() -> None:
        with ledger.write() as session:
            append_audit(session, actor="ada", action="a.b", subject="s")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with ledger.read() as session:
        assert verify_audit(session).n_rows == 0


def test_appending_needs_a_writer(ledger: Ledger) -> None:
    with pytest.raises(StoreError), ledger.read() as session:
        append_audit(session, actor="ada", action="a.b", subject="s")
