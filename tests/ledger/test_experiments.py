"""The registry of experiments, on both databases: versions, looks, decisions; up, down, and never changed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import inspect, text

from workbench.core.errors import Conflict, DataError, PolicyViolation
from workbench.ledger import (
    Ledger,
    decisions_of,
    find_experiment,
    looks_of,
    n_looks,
    open_ledger,
    record_decision,
    record_look,
    register_experiment,
    registered_experiments,
    verify_audit,
)
from workbench.ledger.engine import writing
from workbench.ledger.models import Experiment
from workbench.ledger.store import migration_config

FACTS = {
    "hypothesis": "The video brings leads at a lower cost.",
    "unit": "person",
    "evidence": "split_test",
    "kind_of_test": "creative",
    "minimum_days": 14,
    "minimum_units": 0,
    "starts_on": date(2026, 10, 1),
    "stops_on": None,
}
DAYS = (date(2026, 10, 1), date(2026, 10, 20))
AT = datetime(2026, 10, 21, 6, tzinfo=UTC)


def register(ledger: Ledger, experiment_id: str = "video", **changes: Any) -> tuple[Experiment, bool]:
    with ledger.write() as session:
        done = register_experiment(
            session,
            environment="sandbox",
            experiment_id=experiment_id,
            facts=FACTS | changes,
            metric={"name": "cost per lead", "kind": "counts"},
            design={"arms": [{"name": "picture", "ids": ["1"]}, {"name": "video", "ids": ["2"]}]},
            planned_looks=[7, 14],
            actor="ada",
        )
    return done.row, done.is_new


def look(ledger: Ledger, row: Experiment, *, results: int = 5, actor: str = "ada") -> bool:
    with ledger.write() as session:
        return record_look(
            session,
            row,
            company="own",
            days=DAYS,
            as_of=AT,
            figures={"results": [3, results]},
            result={"kind": "counts"},
            actor=actor,
        ).is_new


def test_the_same_registration_twice_is_one(ledger: Ledger) -> None:
    first, is_new = register(ledger)
    again, is_new_again = register(ledger)
    assert (is_new, is_new_again) == (True, False)
    assert (first.version, again.version) == (1, 1)
    with ledger.read() as session:
        assert [row.experiment_id for row in registered_experiments(session, "sandbox")] == ["video"]
        assert not registered_experiments(session, "live")
        assert verify_audit(session).n_rows == 1


def test_a_change_is_a_version_that_knows_the_looks_before_it(ledger: Ledger) -> None:
    first, _ = register(ledger)
    look(ledger, first)
    second, is_new = register(ledger, minimum_days=7)
    assert (is_new, second.version, second.n_looks_before) == (True, 2, 1)
    with ledger.read() as session:
        newest = find_experiment(session, "sandbox", "video")
        assert newest is not None
        assert newest.minimum_days == 7
        old = find_experiment(session, "sandbox", "video", version=1)
        assert old is not None
        assert old.minimum_days == 14
        assert find_experiment(session, "sandbox", "nothing") is None


def test_the_same_look_twice_is_one(ledger: Ledger) -> None:
    row, _ = register(ledger)
    assert [look(ledger, row), look(ledger, row), look(ledger, row, results=6)] == [True, False, True]
    with ledger.read() as session:
        assert n_looks(session, "sandbox", "video") == 2
        seen = looks_of(session, "sandbox", "video")
        assert [json.loads(one.figures)["results"] for one in seen] == [[3, 5], [3, 6]]
        assert (seen[0].as_of, seen[0].data_to) == (AT, DAYS[1])


def test_what_a_refresh_reads_is_no_look_of_a_person(ledger: Ledger) -> None:
    row, _ = register(ledger)
    assert [look(ledger, row, actor="refresh"), look(ledger, row), look(ledger, row, actor="bob")] == [
        True,
        True,
        False,
    ]
    with ledger.read() as session:
        assert n_looks(session, "sandbox", "video") == 1
        assert [one.actor for one in looks_of(session, "sandbox", "video")] == ["refresh", "ada"]


def test_a_decision_stands_beside_the_ones_before_it(ledger: Ledger) -> None:
    row, _ = register(ledger)
    look(ledger, row)
    for verdict, why in (("continue", "too early"), ("ship", "cheaper; token access_token=EAAB12345678")):
        with ledger.write() as session:
            record_decision(session, row, verdict=verdict, why=why, actor="ada", arm="video")
    with ledger.read() as session:
        made = decisions_of(session, "sandbox", "video")
        assert [(one.verdict, one.n_looks) for one in made] == [("continue", 1), ("ship", 1)]
        assert "EAAB12345678" not in made[1].why
        assert verify_audit(session).is_whole


@pytest.mark.parametrize(("verdict", "why", "field"), [("win", "x", "verdict"), ("ship", "  ", "why")])
def test_a_decision_is_refused_at_the_field(ledger: Ledger, verdict: str, why: str, field: str) -> None:
    row, _ = register(ledger)
    with pytest.raises(DataError) as caught, ledger.write() as session:
        record_decision(session, row, verdict=verdict, why=why, actor="ada")
    assert caught.value.field == field


@pytest.mark.parametrize("table", ["experiments", "experiment_looks", "experiment_decisions"])
@pytest.mark.parametrize("act", ["UPDATE {} SET version = 9", "DELETE FROM {}"])
def test_no_row_ever_changes(ledger: Ledger, table: str, act: str) -> None:
    row, _ = register(ledger)
    look(ledger, row)
    with ledger.write() as session:
        record_decision(session, row, verdict="stop", why="no difference", actor="ada")
    with pytest.raises(PolicyViolation, match=f"{table} is append-only"), ledger.write() as session:
        session.execute(text(act.format(table)))


def test_a_look_belongs_to_a_registered_version(ledger: Ledger) -> None:
    row, _ = register(ledger)
    row.version = 7
    with pytest.raises(Conflict):
        look(ledger, row)


def test_the_newest_start_comes_first(ledger: Ledger) -> None:
    register(ledger, "old", starts_on=date(2026, 1, 1))
    register(ledger, "new", starts_on=date(2026, 11, 1))
    with ledger.read() as session:
        assert [row.experiment_id for row in registered_experiments(session, "sandbox")] == ["new", "old"]


def test_down_and_up_again(ledger_url: str) -> None:
    from alembic import command

    tables = {"experiments", "experiment_looks", "experiment_decisions"}
    with open_ledger(ledger_url) as ledger:
        register(ledger)
        for revision, there in (("0002", set()), ("head", tables)):
            with writing(ledger.engine).connect() as connection, connection.begin():
                go = command.upgrade if revision == "head" else command.downgrade
                go(migration_config(connection), revision)
            with ledger.engine.connect() as connection:
                assert tables & set(inspect(connection).get_table_names()) == there
        row, is_new = register(ledger)
        assert (row.version, is_new) == (1, True)
        with pytest.raises(PolicyViolation), ledger.write() as session:
            session.execute(text("DELETE FROM experiments"))
