"""A small world held in tables: for tests, and for whoever wants the server without a market behind it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from workbench.core.errors import DataError
from workbench.sandbox.graph.filters import GONE, object_tests
from workbench.sandbox.graph.insights_request import LEVELS
from workbench.sandbox.graph.source import InsightsSlice

Row = Mapping[str, Any]
#: Figures that are added up; those in ``_LARGEST`` are not sums, and the largest day stands for the period.
_SUMS = ("impressions", "clicks", "inline_link_clicks", "spend", "unique_clicks", "inline_post_engagement")
_LARGEST = ("reach",)
_LISTS = ("actions", "action_values")
_EDGES = {"campaigns": "Campaign", "adsets": "AdSet", "ads": "Ad", "adcreatives": "AdCreative"}
_PARENT = {"Campaign": "account_id", "AdSet": "campaign_id", "Ad": "adset_id", "AdCreative": "account_id"}


class TableSource:
    """A world of given objects and given rows.

    Parameters
    ----------
    accounts : sequence of mapping
        Ad accounts as the Graph API has them.
    nodes : sequence of mapping
        Every other object; ``metadata.type`` names its type.
    rows : sequence of mapping
        One row for each ad, day and combination of breakdowns: ``date`` (datetime.date), ``account_id``,
        ``campaign_id``, ``adset_id``, ``ad_id``, breakdowns as columns, and figures as int or Decimal.
    edges : mapping of (str, str) to sequence of mapping, optional
        Other edges by parent's id and name.
    now : datetime.datetime
        The moment it stands still at.

    Examples
    --------
    >>> source = TableSource(accounts=[{"id": "act_1", "account_id": "1"}])
    >>> [account["id"] for account in source.accounts()], source.node("2")
    (['act_1'], None)
    """

    def __init__(
        self,
        *,
        accounts: Sequence[Row],
        nodes: Sequence[Row] = (),
        rows: Sequence[Row] = (),
        edges: Mapping[tuple[str, str], Sequence[Row]] | None = None,
        now: datetime = datetime(2026, 11, 21, 6, tzinfo=UTC),
    ) -> None:
        self.moment = now
        self._accounts = [dict(account) for account in accounts]
        self._nodes = {str(node["id"]): dict(node) for node in (*accounts, *nodes)}
        self._edges = dict(edges or {})
        self._rows: dict[str, list[Row]] = {str(account["account_id"]): [] for account in accounts}
        for row in sorted(rows, key=lambda row: row["date"]):
            self._rows[str(row["account_id"])].append(row)
        self._days = {key: [row["date"] for row in kept] for key, kept in self._rows.items()}

    def now(self) -> datetime:
        """Return the moment it stands still at."""
        return self.moment

    def accounts(self) -> Sequence[Row]:
        """Return the ad accounts."""
        return self._accounts

    def node(self, object_id: str) -> Row | None:
        """Return an object, or None."""
        return self._nodes.get(object_id)

    def edge(self, parent_id: str, edge: str) -> Sequence[Row] | None:
        """Return the objects of an edge, or None."""
        if (parent_id, edge) in self._edges:
            return self._edges[parent_id, edge]
        kind = _EDGES.get(edge)
        if kind is None or parent_id not in self._nodes:
            return None
        return [node for node in self._nodes.values() if _is(node, kind) and self._is_below(node, parent_id)]

    def insights(self, asked: InsightsSlice) -> Iterator[dict[str, Any]]:
        """Add the rows up to what is asked for, in the order of the periods and then of the ids."""
        for since, until in _steps(asked):
            yield from self._period(asked, since, until)

    def change(self, object_id: str, params: Mapping[str, Any]) -> None:
        """Write the parameters into an object."""
        node = self._nodes.get(object_id)
        if node is None:
            raise DataError(f"There is no object {object_id!r}.", object_id=object_id)
        node.update({name: _as_field(value) for name, value in params.items()})
        if "status" in params:
            node["effective_status"] = node["configured_status"] = params["status"]

    def create(self, parent_id: str, edge: str, params: Mapping[str, Any]) -> str:
        """Make an object below an account; its id follows the largest one."""
        kind = _EDGES.get(edge)
        if kind is None:
            raise DataError(f"Nothing can be made at {edge!r}.", edge=edge)
        object_id = str(max((int(key) for key in self._nodes if key.isdecimal()), default=120000) + 1)
        account_id = self._nodes[parent_id]["account_id"]
        self._nodes[object_id] = {"id": object_id, "account_id": account_id, "metadata": {"type": kind}}
        self.change(object_id, params)
        return object_id

    def _is_below(self, node: Row, parent_id: str) -> bool:
        while True:
            above = str(node.get(_PARENT.get(node["metadata"]["type"], ""), ""))
            if parent_id in (above, f"act_{above}") or parent_id == f"act_{node.get('account_id')}":
                return True
            if above not in self._nodes:
                return False
            node = self._nodes[above]

    def _period(self, asked: InsightsSlice, since: date, until: date) -> Iterator[dict[str, Any]]:
        depth = list(LEVELS).index(asked.level)
        keys = (*(f"{level}_id" for level in list(LEVELS)[: depth + 1]), *asked.breakdowns)
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in self._chosen(asked, since, until):
            groups.setdefault(tuple([str(row.get(key, "unknown")) for key in keys]), []).append(row)
        for group in sorted(groups):
            out: dict[str, Any] = dict(zip(keys, group, strict=True))
            yield {
                **self._names(out),
                **_added(groups[group]),
                "date_start": str(since),
                "date_stop": str(until),
            }

    def _chosen(self, asked: InsightsSlice, since: date, until: date) -> Iterator[Row]:
        account_id = self._account_of(asked.object_id)
        days, rows = self._days[account_id], self._rows[account_id]
        top = next((f"{one}_id" for one, kind in LEVELS.items() if self._is_kind(asked.object_id, kind)), "")
        tests = object_tests(asked.filtering)
        is_shown = self._shown(asked, {name for name, _ in tests}, tests)
        for row in rows[bisect_left(days, since) : bisect_right(days, until)]:
            if (top == "account_id" or row.get(top) == asked.object_id) and is_shown(row):
                yield row

    def _shown(
        self, asked: InsightsSlice, names: set[str], tests: Sequence[tuple[str, Callable[[Any], bool]]]
    ) -> Callable[[Row], bool]:
        """Return what says whether a row's objects pass; those gone are left out unless asked for."""
        hide_gone = asked.level != "account" and not any("status" in name for name in names)
        known: dict[str, bool] = {}

        def passes(row: Row) -> bool:
            line = {
                level: self._nodes.get(str(row.get(f"{level}_id")), {})
                for level in ("campaign", "adset", "ad")
            }
            if hide_gone and line[asked.level].get("effective_status") in GONE:
                return False
            return all(
                test(line.get(name.split(".")[0], {}).get(name.partition(".")[2])) for name, test in tests
            )

        def is_shown(row: Row) -> bool:
            ad_id = str(row.get("ad_id"))
            if ad_id not in known:
                known[ad_id] = passes(row)
            return known[ad_id]

        return is_shown

    def _names(self, out: dict[str, Any]) -> dict[str, Any]:
        account = next(a for a in self._accounts if str(a["account_id"]) == out["account_id"])
        named = {"account_name": account.get("name"), "account_currency": account.get("currency")}
        for level in ("campaign", "adset", "ad"):
            if f"{level}_id" in out:
                named[f"{level}_name"] = self._nodes.get(out[f"{level}_id"], {}).get("name")
        for level, field in (("campaign", "objective"), ("adset", "optimization_goal")):
            value = self._nodes.get(out.get(f"{level}_id", ""), {}).get(field)
            if value is not None:
                named[field] = value
        return {**named, **out}

    def _account_of(self, object_id: str) -> str:
        node = self._nodes.get(object_id)
        if node is None:
            raise DataError(f"There is no object {object_id!r}.", object_id=object_id)
        return str(node["account_id"])

    def _is_kind(self, object_id: str, kind: str) -> bool:
        return object_id.startswith("act_") if kind == "AdAccount" else _is(self._nodes[object_id], kind)


def _is(node: Row, kind: str) -> bool:
    return bool(node.get("metadata", {}).get("type") == kind)


def _as_field(value: Any) -> Any:
    """Write whole numbers as the texts that the Graph API gives back."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _steps(asked: InsightsSlice) -> Iterator[tuple[date, date]]:
    if asked.increment_days is None:
        yield asked.since, asked.until
        return
    since, step = asked.since, timedelta(days=asked.increment_days)
    while since <= asked.until:
        yield since, min(since + step - timedelta(days=1), asked.until)
        since += step


def _added(rows: Sequence[Row]) -> dict[str, Any]:
    if len(rows) == 1:
        return {name: rows[0][name] for name in (*_SUMS, *_LARGEST, *_LISTS) if name in rows[0]}
    out: dict[str, Any] = {name: sum(row.get(name, 0) for row in rows) for name in _SUMS if name in rows[0]}
    out |= {name: max(row.get(name, 0) for row in rows) for name in _LARGEST if name in rows[0]}
    for name in _LISTS:
        added = _added_actions(one for row in rows for one in row.get(name) or ())
        if added:
            out[name] = added
    return out


def _added_actions(actions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_type: dict[str, dict[str, Any]] = {}
    for one in actions:
        out = by_type.setdefault(str(one["action_type"]), {})
        for name, value in one.items():
            if name != "action_type":
                out[name] = out.get(name, Decimal(0)) + Decimal(str(value))
    return [{"action_type": name, **values} for name, values in sorted(by_type.items())]
