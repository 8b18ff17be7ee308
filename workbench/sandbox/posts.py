"""Organic posts of the sample company and what people wrote: counts only."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.core.dates import zone
from workbench.sandbox.account import ACCOUNT_ID, TIME_ZONE, account_columns
from workbench.sandbox.market import posts as page_posts
from workbench.sandbox.market import voices
from workbench.sandbox.market.shapes import page_id, story_id

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.sandbox.market.world import World


def post_table(world: World, *, load_id: str) -> pa.Table:
    """Write the page's posts, about three a week, as rows of ``posts``."""
    import pyarrow as pa

    posts = page_posts.posts_of(world, 0)
    went_out = [world.state.day_of(int(day)) for day in posts.day]
    n = len(went_out)
    account = account_columns(went_out, load_id=load_id)
    moments = [page_posts.post_moment(world, posts, i) for i in range(n)]
    counts = ("impressions", "reach", "reactions", "comments", "shares", "link_clicks")
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "post_id": pa.array([f"{ACCOUNT_ID}_{i + 1:05d}" for i in range(n)], pa.string()),
            "post_type": pa.array([page_posts.KINDS[k][0] for k in posts.kind], pa.string()),
            "published_at": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "is_paid": pa.array(posts.is_paid),
            **{name: pa.array(posts.counts[name]) for name in counts},
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )


def community_table(world: World, *, load_id: str) -> pa.Table:
    """Count comments, messages and mentions by day as rows of ``community``."""
    import pyarrow as pa

    written: Counter[tuple[Any, str, str | None]] = Counter()
    answered: Counter[tuple[Any, str, str | None]] = Counter()
    posts = page_posts.posts_of(world, 0)
    for i in range(len(posts.day)):
        own = page_posts.post_id(0, int(posts.day[i]))
        _count(voices.comments_of_post(world, posts, i, own), ("comment", own), written, answered)
    for creative in world.state.of_kind("creative"):
        own = story_id(creative)
        _count(voices.comments_of_ad(world, creative, own), ("ad_comment", own), written, answered)
    for talk in voices.conversations(world, 0):
        _count((voices.messages(world, talk["id"]) or [])[::-1], ("message", None), written, answered)
    _count(voices.mentions(world, 0), ("mention", None), written, answered)
    today = world.state.today  # has begun, and is not told before it is over
    keys = sorted((key for key in written if key[0] < today), key=str)
    account = account_columns([day for day, _, _ in keys], load_id=load_id)
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "kind": pa.array([kind for _, kind, _ in keys], pa.string()),
            "post_id": pa.array([own for _, _, own in keys], pa.string()),
            "n_written": pa.array([written[key] for key in keys], pa.int64()),
            "n_answered": pa.array([answered[key] for key in keys], pa.int64()),
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )


def _count(
    thread: Any,
    place: tuple[str, str | None],
    written: Counter[tuple[Any, str, str | None]],
    answered: Counter[tuple[Any, str, str | None]],
) -> None:
    """Count what people wrote by its day, and which of it the page answered."""
    days: dict[str, Any] = {}
    latest = ""
    for one in thread:
        if one["from"]["id"] == page_id(0):
            asked = one.get("parent", {}).get("id", latest)
            if asked in days:
                answered[days.pop(asked), *place] += 1
            continue
        moment = datetime.strptime(one["created_time"], "%Y-%m-%dT%H:%M:%S%z")
        latest = one["id"]
        days[latest] = moment.astimezone(zone(TIME_ZONE)).date()
        written[days[latest], *place] += 1
