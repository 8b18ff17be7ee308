"""Objects of the world in the shapes of the Graph API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, overload

from workbench.core.dates import zone
from workbench.core.money import minor_digits
from workbench.sandbox.market.edits import effective_status

if TYPE_CHECKING:
    from workbench.sandbox.market.state import Node, State

Shape = dict[str, Any]
#: Parameters that are shown as they were given.
_KEPT = {
    "campaign": ("objective", "bid_strategy", "special_ad_categories", "spend_cap"),
    "adset": (
        "optimization_goal",
        "billing_event",
        "bid_amount",
        "bid_strategy",
        "targeting",
        "promoted_object",
    ),
    "ad": ("tracking_specs",),
    "creative": ("title", "body", "url_tags"),
}
_DEFAULT_ATTRIBUTION = [
    {"event_type": "CLICK_THROUGH", "window_days": 7},
    {"event_type": "VIEW_THROUGH", "window_days": 1},
]


class Lazily(Sequence[Shape]):
    """A long list whose members are made when they are looked at.

    Parameters
    ----------
    n : int
        Number of members.
    make : callable
        Gives the member of a number.

    Examples
    --------
    >>> many = Lazily(10**9, lambda i: {"id": str(i)})
    >>> len(many), many[-1], many[2:4]
    (1000000000, {'id': '999999999'}, [{'id': '2'}, {'id': '3'}])
    """

    def __init__(self, n: int, make: Callable[[int], Shape]) -> None:
        self._n = n
        self._make = make

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, index: int) -> Shape: ...
    @overload
    def __getitem__(self, index: slice) -> list[Shape]: ...
    def __getitem__(self, index: int | slice) -> Shape | list[Shape]:
        if isinstance(index, slice):
            return [self._make(i) for i in range(*index.indices(self._n))]
        if not -self._n <= index < self._n:
            raise IndexError(index)
        return self._make(index % self._n)


def graph_time(moment: datetime, time_zone: str = "UTC") -> str:
    """Write a moment as the Graph API does.

    Examples
    --------
    >>> graph_time(datetime(2026, 11, 20, 9, tzinfo=UTC), "Europe/Berlin")
    '2026-11-20T10:00:00+0100'
    """
    return moment.astimezone(zone(time_zone)).strftime("%Y-%m-%dT%H:%M:%S%z")


def moment_of(day: date, *, minute: int = 0, second: int = 0, time_zone: str = "UTC") -> datetime:
    """Return a moment of a day in a time zone, in UTC."""
    local = datetime.combine(day, time(), zone(time_zone)) + timedelta(minutes=minute, seconds=second)
    return local.astimezone(UTC)


def account_shape(state: State, index: int) -> Shape:
    """Return an ad account."""
    account = state.accounts[index]
    today = moment_of(state.today, time_zone=account["time_zone"])
    offset = datetime.strptime(graph_time(today, account["time_zone"])[-5:], "%z").utcoffset()
    return {
        "id": f"act_{account['account_id']}",
        "account_id": account["account_id"],
        "name": account["name"],
        "currency": account["currency"],
        "timezone_name": account["time_zone"],
        "timezone_offset_hours_utc": (offset or timedelta()).total_seconds() / 3600,
        "account_status": 1,
        "disable_reason": 0,
        "created_time": graph_time(moment_of(state.start, minute=480), account["time_zone"]),
        "min_daily_budget": 100 if minor_digits(account["currency"]) else 1,
        "business_country_code": account["country"],
    }


def object_shape(state: State, node: Node) -> Shape:
    """Return a campaign, ad set, ad or creative; nothing of its truth is in it."""
    kind, account = node["kind"], state.accounts[node["account"]]
    shape: Shape = {"id": node["id"], "account_id": account["account_id"], "name": node["name"]}
    shape |= {name: node[name] for name in _KEPT[kind] if name in node}
    if kind == "creative":
        page = page_id(node["account"])
        story = story_id(node)
        return shape | {
            "status": node["status"],
            "object_story_id": story,
            "effective_object_story_id": story,
            "object_story_spec": {"page_id": page, "link_data": {"message": node.get("body", "")}},
        }
    shape |= {
        "status": node["status"],
        "configured_status": node["status"],
        "effective_status": effective_status(state, node),
        "created_time": _day_text(state, node["created"], account),
        "updated_time": _day_text(state, node["updated"], account),
    }
    for name in ("daily_budget", "lifetime_budget"):
        if node.get(name):
            shape[name] = str(node[name])
    return shape | _places(state, node) | _extras(state, node, account)


def _places(state: State, node: Node) -> Shape:
    if node["kind"] == "adset":
        return {"campaign_id": node["parent"]}
    if node["kind"] == "ad":
        adset = state.nodes[node["parent"]]
        return {
            "adset_id": adset["id"],
            "campaign_id": adset["parent"],
            "creative": {"id": node["creative_id"]},
        }
    return {}


def _extras(state: State, node: Node, account: Shape) -> Shape:
    if node["kind"] == "campaign":
        return {"buying_type": "AUCTION", "start_time": _day_text(state, node["created"], account)}
    if node["kind"] == "adset":
        return {
            "attribution_spec": _DEFAULT_ATTRIBUTION,
            "start_time": _day_text(state, node["created"], account),
            "targeting": node.get("targeting", {"geo_locations": {"countries": [account["country"]]}}),
        }
    return {"bid_type": "ABSOLUTE_OCPM"}


def _day_text(state: State, index: int, account: Shape) -> str:
    return graph_time(moment_of(state.day_of(index), minute=60 * 5), account["time_zone"])


def page_id(account: int) -> str:
    """Return the id of an account's page."""
    return f"20000000000000{account + 1}"


def instagram_id(account: int) -> str:
    """Return the id of an account's Instagram profile."""
    return f"1784140000000000{account + 1}"


def pixel_id(account: int) -> str:
    """Return the id of an account's pixel."""
    return f"90000000000000{account + 1}"


def story_id(creative: Node) -> str:
    """Return the id of the post behind a creative, which people comment on."""
    return f"{page_id(creative['account'])}_9{creative['slot']:08d}"
