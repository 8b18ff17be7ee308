"""Rows of insights: is each a part of the answer, and which two belong together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.channels.meta_insights_query import InsightsQuery
from workbench.core.errors import RemoteRejected

# columns that Meta leaves out where the ad has no such asset
_MAY_BE_ABSENT = "_asset"


def checked(rows: list[dict[str, Any]], query: InsightsQuery) -> list[dict[str, Any]]:
    """Return the rows as they are, once it is certain that each answers the question.

    Raises
    ------
    RemoteRejected
        If a row has days outside the period, days of another increment, another account, or lacks a
        breakdown: stored, it would be counted twice or merged with another.
    """
    days = frozenset(day.isoformat() for day in query.period.days())
    is_daily = query.increment == 1
    columns = [name for name in query.breakdowns if not name.endswith(_MAY_BE_ABSENT)]
    for row in rows:
        start, stop = row.get("date_start"), row.get("date_stop")
        if start not in days or stop not in days or (start != stop if is_daily else start > stop):
            raise _refused(query, f"a row of {start} – {stop}", "dates")
        if str(row.get("account_id", query.account_id)) != query.account_id:
            raise _refused(query, f"a row of account {row['account_id']}", "account_id")
        for name in columns:
            if name not in row:
                raise _refused(query, f"a row without the breakdown {name}", name)
    return rows


def joined(
    left: Iterable[dict[str, Any]], right: Iterable[dict[str, Any]], query: InsightsQuery
) -> list[dict[str, Any]]:
    """Join two halves of a question's fields by the full key; a row that only one half has stays.

    Raises
    ------
    RemoteRejected
        If a half has two rows of one key, so that nobody can say which belongs to which.
    """
    rows = _by_key(left, query)
    for key, row in _by_key(right, query).items():
        rows[key] = {**rows.get(key, {}), **row}
    return list(rows.values())


def _by_key(rows: Iterable[dict[str, Any]], query: InsightsQuery) -> dict[tuple[str, ...], dict[str, Any]]:
    by_key: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = query.key_of(row)
        if key in by_key:
            raise _refused(query, f"two rows of the same key {key}", "key")
        by_key[key] = row
    return by_key


def _refused(query: InsightsQuery, what: str, which: str) -> RemoteRejected:
    asked = f"{query.period}, increment {query.increment}, breakdowns {', '.join(query.breakdowns) or 'none'}"
    return RemoteRejected(
        f"Meta's answer for account {query.account_id} holds {what}, which was not asked for ({asked}).",
        next_step="Nothing was stored of this answer. Run it again; if it stays, ask for fewer breakdowns.",
        period=query.period,
        which=which,
        is_retryable=False,
    )
