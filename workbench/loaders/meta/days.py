"""Replace the days whose rows are others than the lake holds, and leave the rest alone.

So reading the same days twice writes nothing, whichever period they were read in, and one commit holds all
days of a period: a load that is killed has changed all of them or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.core.ids import content_id
from workbench.lake.schema import arrow_schema
from workbench.lake.window import Grain, Window, month_of

if TYPE_CHECKING:
    from workbench.lake.commits import Commit
    from workbench.loaders.meta.source import Source

Row = dict[str, Any]
# these tables have no grain, and their windows ignore it
_NO_GRAIN = Grain("account")


def held_rows(source: Source, table: str, *, network: str, account_id: str, period: Period) -> list[Row]:
    """Return what the lake holds of an account's days."""
    query = f"SELECT * FROM {table} WHERE network = ? AND account_id = ? AND date_start BETWEEN ? AND ?"
    params = (network, account_id, period.start, period.stop)
    found: list[Row] = source.lake.sql(query, params=params).to_pylist()
    return found


def replace_days(
    source: Source,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    network: str,
    account_id: str,
    period: Period,
) -> bool:
    """Make the lake hold exactly ``rows`` for the days of a period, and note the load.

    Parameters
    ----------
    source : Source
        Where to.
    table : str
        A table without a grain.
    rows : sequence of mapping
        Rows in the table's columns; network, account, month, source and load are filled in.
    network, account_id : str
        Whose rows.
    period : Period
        Days that the rows are all of; days without rows become empty.

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    DataError
        If a row lies outside the period or two have the same key; nothing is written then.
    """
    held = held_rows(source, table, network=network, account_id=account_id, period=period)
    note_unnoted(source, table, held, network=network, account_id=account_id)
    made = [_complete(row, source, network, account_id) for row in rows]
    names = [name for name in arrow_schema(table).names if name != "load_id"]
    before, after = _by_day(held, names), _by_day(made, names)
    days = sorted(day for day in {*before, *after} if before.get(day) != after.get(day))
    if not days:
        return False
    changed = [row for row in made if row["date_start"] in set(days)]
    load_id = _load_id(table, source, [network, account_id, *map(str, days)], _by_day(changed, names))
    windows = [Window(network, account_id, _NO_GRAIN, run) for run in runs_of(days)]
    commit = source.lake.replace(table, windows, _arrow(table, changed, load_id), load_id=load_id)
    _note(source, commit, network=network, account_id=account_id, period=Period(days[0], days[-1]))
    return commit.changed


def _complete(row: Mapping[str, Any], source: Source, network: str, account_id: str) -> Row:
    own = {"network": network, "account_id": account_id, "source": source.label}
    return {**row, **own, "month": month_of(row["date_start"])}


def _by_day(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[date, list[str]]:
    """Write the rows of each day as sorted texts, so that two sets of rows can be compared."""
    found: dict[date, list[str]] = {}
    for row in rows:
        text = json.dumps([row.get(name) for name in names], default=_plain, ensure_ascii=False)
        found.setdefault(row["date_start"], []).append(text)
    for texts in found.values():
        texts.sort()
    return found


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _load_id(table: str, source: Source, whose: Sequence[str], by_day: Mapping[date, list[str]]) -> str:
    texts = [text for day in sorted(by_day) for text in by_day[day]]
    return content_id("load", [table, source.label, *whose, *texts])


def runs_of(days: Sequence[date]) -> list[Period]:
    """Return the runs of consecutive days among days in order."""
    runs: list[Period] = []
    for day in days:
        if runs and runs[-1].stop == day - timedelta(days=1):
            runs[-1] = Period(runs[-1].start, day)
        else:
            runs.append(Period(day, day))
    return runs


def _arrow(table: str, rows: Sequence[Row], load_id: str) -> Any:
    import pyarrow as pa

    schema = arrow_schema(table)
    columns = [
        pa.array([load_id if f.name == "load_id" else row.get(f.name) for row in rows], f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema([f.with_nullable(True) for f in schema]))


def _note(source: Source, commit: Commit, *, network: str, account_id: str, period: Period) -> None:
    from workbench.ledger import record_load_finished, record_load_started

    with source.ledger.write() as session:
        record_load_started(
            session,
            commit.load_id,
            file_name=f"{network.capitalize()} {account_id} · {commit.table} · {period}",
            sha256=commit.load_id,
            source=source.label,
            network=network,
            account_id=account_id,
            actor=source.actor,
        )
        record_load_finished(
            session,
            commit.load_id,
            state="done",
            grain=commit.table,
            period=period,
            n_rows=commit.n_rows,
            believed_at=commit.believed_at,
        )


def note_unnoted(source: Source, table: str, held: Sequence[Row], *, network: str, account_id: str) -> None:
    """Note loads that are in the lake and not in the ledger: the run that wrote them was killed just then."""
    from workbench.lake.commits import Commit
    from workbench.ledger import find_loads

    load_ids = sorted({row["load_id"] for row in held})
    with source.ledger.read() as session:
        known = {load.load_id for load in find_loads(session, load_ids)}
    missing = [load_id for load_id in load_ids if load_id not in known]
    if not missing:
        return
    past = {entry.load_id: entry for entry in source.lake.history(table)}
    for load_id in missing:
        if load_id not in past:
            continue
        entry = past[load_id]
        days = [row["date_start"] for row in held if row["load_id"] == load_id]
        commit = Commit(table, entry.version, True, load_id, entry.believed_at, entry.n_rows or 0)
        _note(source, commit, network=network, account_id=account_id, period=Period(min(days), max(days)))
