"""The change history and the pixel, in the shapes of the Graph API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.sandbox.market.draws import poisson_count
from workbench.sandbox.market.layout import RESULT_NAMES
from workbench.sandbox.market.noise import Floats, Ints, Stream
from workbench.sandbox.market.shapes import Lazily, Shape, graph_time, moment_of, pixel_id
from workbench.sandbox.market.state import HOUR_OF_NOW

if TYPE_CHECKING:
    from workbench.sandbox.market.world import World

#: Events of a pixel: how many there are for a result or page view of an ad, and besides ads on a day.
_EVENTS: dict[str, tuple[str, float, float]] = {
    "PageView": ("page_view", 3.1, 900.0),
    "ViewContent": ("page_view", 1.2, 300.0),
    "Lead": ("lead", 1.0, 2.0),
    "Purchase": ("purchase", 1.0, 2.5),
}
EVENT_NAMES: tuple[str, ...] = tuple(_EVENTS)
SOURCES: tuple[str, ...] = ("browser", "server")
_SERVER_SHARE = 0.62
#: Once in a while the server sends nothing for some days.
_OUTAGE_EVERY_DAYS, _OUTAGE_FIRST, _OUTAGE_DAYS = 181, 100, 3


def activities(world: World, account: int) -> Sequence[Shape]:
    """Return an account's change history, the newest first."""
    entries = [entry for entry in world.state.changes if entry["account"] == account][::-1]
    return Lazily(len(entries), lambda i: _activity(world, entries[i]))


def _activity(world: World, entry: dict[str, Any]) -> Shape:
    account = world.state.accounts[entry["account"]]
    moment = moment_of(world.state.day_of(entry["day"]), minute=60 * HOUR_OF_NOW, second=entry["second"])
    local = graph_time(moment, account["time_zone"])
    return {
        "event_type": entry["event_type"],
        "translated_event_type": entry["event_type"].replace("_", " "),
        "event_time": graph_time(moment),
        "date_time_in_timezone": f"{local[8:10]}/{local[5:7]}/{local[:4]} at {local[11:16]}",
        "object_id": entry["object_id"],
        "object_name": entry["object_name"],
        "object_type": entry["object_type"],
        "extra_data": entry["extra_data"],
        "actor_id": "10000000000000001",
        "actor_name": "System user",
    }


def pixel(world: World, account: int) -> Shape:
    """Return an account's pixel."""
    spec = world.state.accounts[account]
    return {
        "id": pixel_id(account),
        "name": f"{spec['name']} pixel",
        "owner_ad_account": {"id": f"act_{spec['account_id']}", "account_id": spec["account_id"]},
        "creation_time": graph_time(moment_of(world.state.start), spec["time_zone"]),
        "last_fired_time": graph_time(world.now - timedelta(minutes=4), spec["time_zone"]),
        "is_unavailable": False,
    }


def pixel_counts(world: World, account: int) -> Ints:
    """Return the events a pixel received, shape (n_days, n_events, n_sources), by the day they happened."""
    n_days, noise = world.state.n_days, world.noise
    out = np.zeros((n_days, len(_EVENTS), len(SOURCES)), np.int64)
    days = np.arange(n_days)
    broken = (days % _OUTAGE_EVERY_DAYS - _OUTAGE_FIRST) // _OUTAGE_DAYS == 0
    for e, (kind, factor, besides) in enumerate(_EVENTS.values()):
        caused = _caused(world, account, kind) * factor
        organic = poisson_count(noise.uniform(Stream.PIXEL, days, account, e), np.full(n_days, besides))
        total = np.rint(caused).astype(np.int64) + organic
        served = np.where(broken, 0, np.rint(total * _SERVER_SHARE).astype(np.int64))
        out[:, e, 1] = served
        out[:, e, 0] = total - np.where(broken, np.rint(total * _SERVER_SHARE).astype(np.int64), served)
    return out


def _caused(world: World, account: int, kind: str) -> Floats:
    layout, n_days = world.layout, world.state.n_days
    if kind == "page_view":
        rows = world.history.rows
        mine = layout.account_of_ad[rows["ad"]] == account
        return np.bincount(rows["day"][mine], rows["page_views"][mine], minlength=n_days)
    conversions = world.history.conversions
    mine = (layout.account_of_ad[conversions["ad"]] == account) & (
        layout.result_of_ad[conversions["ad"]] == RESULT_NAMES.index(kind)
    )
    day = conversions["day"].astype(np.int64)[mine] + conversions["delay"][mine]
    return np.bincount(day, minlength=n_days)[:n_days].astype(np.float64)


def pixel_stats(world: World, account: int) -> Sequence[Shape]:
    """Return the events of each day by source, one entry for each day and kind of event, oldest first."""
    counts, time_zone = pixel_counts(world, account), world.state.accounts[account]["time_zone"]

    def entry(i: int) -> Shape:
        day, event = divmod(i, len(EVENT_NAMES))
        return {
            "start_time": graph_time(moment_of(world.state.day_of(day), time_zone=time_zone), time_zone),
            "aggregation": "event_source",
            "event": EVENT_NAMES[event],
            "data": [
                {"value": source, "count": int(counts[day, event, s])} for s, source in enumerate(SOURCES)
            ],
        }

    return Lazily(len(counts) * len(EVENT_NAMES), entry)
