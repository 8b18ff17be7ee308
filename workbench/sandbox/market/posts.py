"""Organic posts of each account's page and Instagram profile, and how they are taken up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.sandbox.market.draws import poisson_count
from workbench.sandbox.market.noise import Ints, Stream
from workbench.sandbox.market.reach import reach
from workbench.sandbox.market.shapes import Shape, graph_time, instagram_id, moment_of, page_id

if TYPE_CHECKING:
    from workbench.sandbox.market.world import World

#: Kind of post, its share, its reach against others, and what the network calls it.
KINDS: tuple[tuple[str, float, float, str], ...] = (
    ("photo", 0.34, 1.0, "added_photos"),
    ("video", 0.18, 1.3, "added_video"),
    ("link", 0.22, 0.8, "shared_story"),
    ("reel", 0.20, 1.9, "added_video"),
    ("status", 0.06, 0.6, "mobile_status_update"),
)
#: Per impression.
RATES = {"reactions": 0.018, "comments": 0.0016, "shares": 0.0012, "link_clicks": 0.0045}
_PAID_SHARE = 0.12
_HALF_TAKEN_UP_DAYS = 1.2
_MEDIA_TYPES = {
    "photo": "IMAGE",
    "video": "VIDEO",
    "reel": "VIDEO",
    "link": "CAROUSEL_ALBUM",
    "status": "IMAGE",
}
_TOPICS = (
    "the new range",
    "a look behind the scenes",
    "an answer to a common question",
    "the season's offer",
)


@dataclass(frozen=True)
class Posts:
    """All posts of an account so far, the oldest first; arrays have shape (n_posts,).

    Attributes
    ----------
    account : int
        Account's number.
    day, minute : ndarray
        Number of the day it went out, and the minute in the account's time zone.
    kind : ndarray
        Index into :data:`KINDS`.
    is_paid : ndarray of bool
        Whether it was promoted too.
    counts : dict of str to ndarray
        impressions, reach, reactions, comments, shares, link_clicks, as known now.
    full_comments : ndarray
        Comments that will have been written in the end.
    """

    account: int
    day: Ints
    minute: Ints
    kind: Ints
    is_paid: np.ndarray[tuple[int], np.dtype[np.bool_]]
    counts: dict[str, Ints]
    full_comments: Ints


def posts_of(world: World, account: int) -> Posts:
    """Return an account's posts; their counts grow for some days after they went out."""
    noise, spec = world.noise, world.state.accounts[account]
    days = np.arange(world.state.n_days)
    day = days[noise.uniform(Stream.POST, days, account) < spec["posts_a_week"] / 7]

    def uniform(index: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        return noise.uniform(Stream.POST, day, account, index)

    edges = np.cumsum([share for _, share, _, _ in KINDS])[:-1]
    kind = np.searchsorted(edges, uniform(1), side="right")
    is_paid = uniform(2) < _PAID_SHARE
    likes = np.exp(0.55 * noise.normal(Stream.POST, day, account, 3)) * np.where(is_paid, 4.0, 1.0)
    whole = spec["followers"] * 0.13 * np.array([taken for _, _, taken, _ in KINDS])[kind] * likes
    age = world.state.n_days - day
    seen = np.maximum(np.rint(whole * (1 - 0.5 ** (age / _HALF_TAKEN_UP_DAYS))), 20).astype(np.int64)
    counts = {"impressions": seen, "reach": reach(seen, np.where(is_paid, 6.0, 1.5) * spec["followers"])}
    for i, (name, rate) in enumerate(RATES.items()):
        counts[name] = poisson_count(uniform(10 + i), seen * rate)
    full = poisson_count(uniform(11), whole * RATES["comments"])
    minute = 7 * 60 + (uniform(4) * 13 * 60).astype(np.int64)
    return Posts(account, day, minute, kind, is_paid, counts, full)


def post_id(account: int, day: int) -> str:
    """Return the id of the post that went out on a day."""
    return f"{page_id(account)}_{day:06d}"


def media_id(account: int, day: int) -> str:
    """Return the id of the Instagram post of a day."""
    return f"{instagram_id(account)}{day:06d}"


def post_moment(world: World, posts: Posts, i: int) -> datetime:
    """Return when a post went out, in UTC."""
    zone = world.state.accounts[posts.account]["time_zone"]
    return moment_of(world.state.day_of(int(posts.day[i])), minute=int(posts.minute[i]), time_zone=zone)


def post_shape(world: World, posts: Posts, i: int) -> Shape:
    """Return a post of the page."""
    status = KINDS[int(posts.kind[i])][3]
    day = int(posts.day[i])
    when = graph_time(post_moment(world, posts, i))
    own = post_id(posts.account, day)
    return {
        "id": own,
        "created_time": when,
        "updated_time": when,
        "message": f"Simulated post about {_TOPICS[day % len(_TOPICS)]}.",
        "status_type": status,
        "permalink_url": f"https://example.org/{own}",
        "is_published": True,
        "promotable_id": own,
        "from": {"id": page_id(posts.account), "name": world.state.accounts[posts.account]["name"]},
        "shares": {"count": int(posts.counts["shares"][i])},
        "is_eligible_for_promotion": True,
        "metadata": {"type": "PagePost"},
    }


def post_attachments(posts: Posts, i: int) -> list[Shape]:
    """Return what hangs on a post; a status has nothing."""
    name = KINDS[int(posts.kind[i])][0]
    return [] if name == "status" else [{"type": name, "media_type": name}]


def post_insights(posts: Posts, i: int) -> list[Shape]:
    """Return a post's figures as the insights edge gives them."""
    got = {name: int(values[i]) for name, values in posts.counts.items()}
    figures = {
        "post_impressions": got["impressions"],
        "post_impressions_unique": got["reach"],
        "post_impressions_paid": got["impressions"] if posts.is_paid[i] else 0,
        "post_clicks": got["link_clicks"] + got["reactions"] // 3,
        "post_reactions_by_type_total": {"like": got["reactions"]},
        "post_clicks_by_type": {"link clicks": got["link_clicks"]},
    }
    return [
        {"name": name, "period": "lifetime", "values": [{"value": value}], "id": f"{name}/lifetime"}
        for name, value in figures.items()
    ]


def media_shape(world: World, posts: Posts, i: int) -> Shape:
    """Return a post as the Instagram profile shows it, at two thirds of the page's size."""
    name = KINDS[int(posts.kind[i])][0]
    own = media_id(posts.account, int(posts.day[i]))
    return {
        "id": own,
        "ig_id": own,
        "caption": f"Simulated post about {_TOPICS[int(posts.day[i]) % len(_TOPICS)]}.",
        "media_type": _MEDIA_TYPES[name],
        "media_product_type": "REELS" if name == "reel" else "FEED",
        "timestamp": graph_time(post_moment(world, posts, i)),
        "permalink": f"https://example.org/{own}",
        "username": "sample_company",
        "like_count": int(posts.counts["reactions"][i]) * 2 // 3,
        "comments_count": int(posts.counts["comments"][i]),
        "metadata": {"type": "IGMedia"},
    }


def media_insights(posts: Posts, i: int) -> list[Shape]:
    """Return an Instagram post's figures."""
    got = {name: int(values[i]) * 2 // 3 for name, values in posts.counts.items()}
    figures = {
        "views": got["impressions"],
        "reach": got["reach"],
        "likes": got["reactions"],
        "comments": int(posts.counts["comments"][i]),
        "shares": got["shares"],
        "saved": got["shares"] // 2,
        "total_interactions": got["reactions"] + got["shares"] + int(posts.counts["comments"][i]),
    }
    return [
        {"name": name, "period": "lifetime", "values": [{"value": value}], "id": f"{name}/lifetime"}
        for name, value in figures.items()
    ]
