"""Drafted actions, on both databases: one row a payload, refused states, and down and up again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect, text

from workbench.core.errors import Conflict, DataError
from workbench.ledger import Ledger, draft_action, drafted_actions, find_action, find_actions, open_ledger
from workbench.ledger.engine import writing
from workbench.ledger.store import migration_config


def draft(ledger: Ledger, **changes: Any) -> tuple[int, bool]:
    given = {
        "environment": "sandbox",
        "kind": "budget_plan",
        "payload": {"b": 2, "a": 1},
        "diff": [{"item": "social", "from_minor": 1, "to_minor": 2}],
        "money_at_risk_minor": 1,
        "currency": "EUR",
        "actor": "ada",
    }
    with ledger.write() as session:
        done = draft_action(session, **(given | changes))
    return done.row.number, done.is_new


def test_a_payload_is_one_row_in_each_environment(ledger: Ledger) -> None:
    assert draft(ledger) == (1, True)
    assert draft(ledger, payload={"a": 1, "b": 2}, actor="bob") == (1, False)
    assert draft(ledger, payload={"a": 1, "b": 3}) == (2, True)
    assert draft(ledger, environment="staging") == (3, True)
    with ledger.read() as session:
        assert [row.number for row in drafted_actions(session, "sandbox")] == [2, 1]
        found = find_action(session, 1)
        assert found is not None
        assert (found.created_by, found.state) == ("ada", "draft")
        assert find_action(session, 9) is None


def test_actions_of_a_kind_are_found_whatever_became_of_them(ledger: Ledger) -> None:
    for payload in ({"a": 1}, {"a": 2}):
        draft(ledger, payload=payload)
    draft(ledger, kind="audience")
    draft(ledger, environment="staging")
    with ledger.write() as session:
        session.execute(text("UPDATE actions SET state = 'approved' WHERE number = 1"))
    with ledger.read() as session:
        found = find_actions(session, "sandbox", "budget_plan")
        assert [(row.number, row.state) for row in found] == [(2, "draft"), (1, "approved")]


def test_money_at_risk_has_no_sign(ledger: Ledger) -> None:
    with pytest.raises(DataError) as caught:
        draft(ledger, money_at_risk_minor=-1)
    assert caught.value.field == "money_at_risk_minor"


@pytest.mark.parametrize("column", ["state", "environment"])
def test_an_unknown_state_or_place_is_refused(ledger: Ledger, column: str) -> None:
    draft(ledger)
    with pytest.raises(Conflict), ledger.write() as session:
        session.execute(text(f"UPDATE actions SET {column} = 'elsewhere'"))


def test_down_and_up_again(ledger_url: str) -> None:
    from alembic import command

    with open_ledger(ledger_url) as ledger:
        draft(ledger)
        for revision, there in (("0003", False), ("head", True)):
            with writing(ledger.engine).connect() as connection, connection.begin():
                go = command.upgrade if revision == "head" else command.downgrade
                go(migration_config(connection), revision)
            with ledger.engine.connect() as connection:
                assert ("actions" in inspect(connection).get_table_names()) == there
        assert draft(ledger) == (1, True)
