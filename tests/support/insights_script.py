"""A small ad account behind a scripted server: reports, pages, and a limit to what one answer may hold."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from graph_script import Asked, Reply, failure

ACCOUNT = "42"
LEVELS = ("account", "campaign", "adset", "ad")
LIVE = {"ACTIVE", "PAUSED"}
REDUCE = failure(
    1, status=500, message="Please reduce the amount of data you're asking for, then retry your request"
)

Meddle = Callable[[Asked], Reply | None]


def make_rows(
    first: date, n_days: int, *, n_ads: int = 8, ages: Iterable[str] = (), genders: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Rows of ads, two an ad set, four a campaign; the last ad is deleted, the one before archived."""
    rows = []
    cells = list(itertools.product(ages, genders)) or [(None, None)]
    for day, ad in itertools.product(range(n_days), range(n_ads)):
        text = (first + timedelta(days=day)).isoformat()
        for cell, (age, gender) in enumerate(cells):
            status = {n_ads - 1: "DELETED", n_ads - 2: "ARCHIVED"}.get(ad, "ACTIVE")
            rows.append({
                "account_id": ACCOUNT,
                "campaign_id": f"c{ad // 4}",
                "adset_id": f"s{ad // 2}",
                "ad_id": f"a{ad}",
                "date_start": text,
                "date_stop": text,
                "impressions": str(1000 + 100 * day + 10 * ad + cell),
                "clicks": str(10 + ad),
                "spend": f"{day}.{ad}{cell}",
                "status": status,
                **({"age": age, "gender": gender} if age else {}),
            })  # fmt: skip
    return rows


@dataclass
class Account:
    """Plays an ad account. ``largest`` is the number of cells (rows × fields) that a report may have."""

    rows: list[dict[str, Any]]
    largest: int = 10**9
    meddle: Meddle = lambda _: None
    page_size: int | None = None
    statuses: tuple[str, ...] = ("Job Running", "Job Completed")
    runs: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    polls: dict[str, int] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        meddled = self.meddle(asked)
        if meddled is not None:
            return meddled
        name, _, edge = asked.path.partition("/")
        if asked.method == "POST":
            return self._start(name, asked)
        if name in self.runs:
            return self._page(name, asked) if edge else self._poll(name)
        if edge in ("campaigns", "adsets", "ads"):
            level = edge[:-1]
            return Reply(
                {"data": [{"id": i} for i in sorted({row[f"{level}_id"] for row in self._below(name)})]}
            )
        return failure(100, subcode=33, message="Unsupported get request.")

    def _start(self, name: str, asked: Asked) -> Reply:
        params = {k: _json(v) for k, v in asked.params.items()}
        run_id = str(9000 + len(self.runs))
        self.runs[run_id] = (name, params)
        return Reply({"report_run_id": run_id})

    def _poll(self, run_id: str) -> Reply:
        n = self.polls[run_id] = self.polls.get(run_id, -1) + 1
        status = self.statuses[min(n, len(self.statuses) - 1)]
        body: dict[str, Any] = {"id": run_id, "async_status": status, "async_percent_completion": 100}
        rows = self.select(*self.runs[run_id])
        if status == "Job Completed" and len(rows) * len(self.runs[run_id][1]["fields"]) > self.largest:
            body |= {"async_status": "Job Failed", "error_code": 100, "error_subcode": 1487534}
        return Reply(body)

    def _page(self, run_id: str, asked: Asked) -> Reply:
        rows = self.select(*self.runs[run_id])
        at, size = int(asked.params.get("after", 0)), self.page_size or int(asked.params["limit"])
        body: dict[str, Any] = {"data": rows[at : at + size]}
        if at + size < len(rows):
            query = urlencode({"access_token": "x", "limit": asked.params["limit"], "after": at + size})
            body["paging"] = {"next": f"https://graph.facebook.com/v26.0/{asked.path}?{query}"}
        return Reply(body)

    def _below(self, name: str) -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows
            if name in (f"act_{ACCOUNT}", *(row[f"{level}_id"] for level in LEVELS[1:]))
        ]

    def select(self, name: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a question as Meta does: what no filter names by its status and is not live is left out."""
        since, until = params["time_range"]["since"], params["time_range"]["until"]
        rows = [row for row in self._below(name) if since <= row["date_start"] <= until]
        allowed = LIVE
        for one in params.get("filtering", []):
            if one["field"].endswith("effective_status"):
                allowed = set(one["value"])
            else:
                column, value = one["field"].replace("ad.", "ad_"), int(one["value"])
                rows = [row for row in rows if int(row[column]) > value]
        rows = [row for row in rows if row["status"] in allowed]
        keep = [*params["fields"], *params.get("breakdowns", [])]
        if params["time_increment"] == "all_days":
            return [dict(t) for t in dict.fromkeys(tuple((f, row[f]) for f in keep) for row in rows)]
        return [{name: row[name] for name in keep if name in row} for row in rows]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
