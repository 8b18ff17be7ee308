"""Posts of pages and Instagram accounts, with their counts -> the lake's ``posts``. Their texts stay out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.errors import SchemaError
from workbench.loaders.meta.days import replace_days
from workbench.loaders.meta.moments import bounds, day_of, moment_of
from workbench.loaders.meta.pages import Profile, note_read, pages_of, profiles_of
from workbench.loaders.meta.part import LoadedPart, tolerating
from workbench.loaders.meta.stories import promoted_posts

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.channels.meta_graph import Graph
    from workbench.core.dates import Period
    from workbench.loaders.meta.source import Source

Row = dict[str, Any]
#: Kinds of posts by Meta's words for them.
_KINDS = {
    "added_photos": "photo",
    "added_video": "video",
    "shared_story": "link",
    "mobile_status_update": "status",
    "created_event": "event",
    "IMAGE": "photo",
    "VIDEO": "video",
    "CAROUSEL_ALBUM": "carousel",
    "REELS": "reel",
    "STORY": "story",
}
#: Metrics by column: today's name first, then the one it replaced.
_IMPRESSIONS = ("post_media_view", "post_impressions", "views", "impressions")
_REACH = ("post_total_media_view_unique", "post_impressions_unique", "reach")


def load_posts(source: Source, *, account: AdAccount, period: Period) -> LoadedPart:
    """Read the posts that went out in a period, with their counts as they are now.

    Parameters
    ----------
    source : Source
        Where from and where to.
    account : AdAccount
        The account whose pages are read.
    period : Period
        Days in the pages' time zone.

    Raises
    ------
    SchemaError
        If a post has no id or no moment; nothing of its page is stored then.
    ChannelError
        If Meta does not answer, or does not accept the token.
    """
    promoted = promoted_posts(source.lake)
    warnings: list[str] = []
    n_rows, changed = 0, False
    for page in pages_of(source, account, warnings):
        with source.graph.acting_as(page.token) as graph:
            for profile in profiles_of(source, page, account):
                whose = f"posts of {profile.network} {profile.profile_id}"
                source.progress(f"Meta {whose}: {period} …")
                with tolerating(warnings, whose):
                    rows = _rows(graph, profile, period, promoted)
                    changed |= replace_days(
                        source,
                        "posts",
                        rows,
                        network=profile.network,
                        account_id=profile.profile_id,
                        period=period,
                    )
                    note_read(source, profile, period)
                    n_rows += len(rows)
    return LoadedPart("posts", n_rows, changed, tuple(warnings))


def _rows(graph: Graph, profile: Profile, period: Period, promoted: frozenset[str] | None) -> list[Row]:
    rows: dict[str, Row] = {}
    for post in _fetched(graph, profile, period):
        row = post_row(post, profile, promoted)
        if period.start <= row["date_start"] <= period.stop:
            rows[row["post_id"]] = row
    return list(rows.values())


def _fetched(graph: Graph, profile: Profile, period: Period) -> Iterator[Mapping[str, Any]]:
    from workbench.channels.meta_pages import fetch_media, fetch_posts

    since, until = bounds(period, profile.time_zone)
    fetch = fetch_posts if profile.network == "facebook" else fetch_media
    for page in fetch(graph, profile.profile_id, since=since, until=until):
        yield from page


def post_row(post: Mapping[str, Any], profile: Profile, promoted: frozenset[str] | None) -> Row:
    """Return a post in the lake's columns.

    Parameters
    ----------
    post : mapping
        As the API gives it.
    profile : Profile
        Whose it is.
    promoted : frozenset of str or None
        Posts that ads show; None if that is not known.

    Raises
    ------
    SchemaError
        If it has no id or no moment, or a count is no whole number.
    """
    if not post.get("id"):
        raise SchemaError(
            f"A post of {profile.network} {profile.profile_id} has no id.",
            next_step="Load it again; nothing of this answer was stored.",
            field="id",
        )
    is_page = profile.network == "facebook"
    published_at = moment_of(post, "created_time" if is_page else "timestamp")
    metrics = _metrics(post)
    shares = post.get("shares") if is_page else None
    return {
        "date_start": day_of(published_at, profile.time_zone),
        "post_id": str(post["id"]),
        "post_type": _kind(post),
        "published_at": published_at,
        "is_paid": None if promoted is None or not is_page else str(post["id"]) in promoted,
        "impressions": _first(metrics, _IMPRESSIONS),
        "reach": _first(metrics, _REACH),
        "reactions": _total(post.get("reactions")) if is_page else _count(post.get("like_count")),
        "comments": _total(post.get("comments")) if is_page else _count(post.get("comments_count")),
        # Meta leaves a post's shares out where there are none
        "shares": _count(shares.get("count") if isinstance(shares, Mapping) else 0)
        if is_page
        else _first(metrics, ("shares",)),
        "link_clicks": _link_clicks(metrics),
    }


def _kind(post: Mapping[str, Any]) -> str | None:
    product = post.get("media_product_type")
    word = product if product in ("REELS", "STORY") else post.get("media_type") or post.get("status_type")
    return _KINDS.get(str(word), str(word).lower()) if word else None


def _metrics(post: Mapping[str, Any]) -> dict[str, Any]:
    insights = post.get("insights")
    found: dict[str, Any] = {}
    for metric in (insights.get("data") if isinstance(insights, Mapping) else None) or ():
        values = metric.get("values")
        if values:
            found[str(metric.get("name"))] = values[-1].get("value")
    return found


def _first(metrics: Mapping[str, Any], names: Iterable[str]) -> int | None:
    return next((_count(metrics[name]) for name in names if metrics.get(name) is not None), None)


def _link_clicks(metrics: Mapping[str, Any]) -> int | None:
    clicks = metrics.get("post_clicks_by_type")
    return _count(clicks.get("link clicks", 0)) if isinstance(clicks, Mapping) else None


def _total(edge: object) -> int | None:
    summary = edge.get("summary") if isinstance(edge, Mapping) else None
    return _count(summary.get("total_count")) if isinstance(summary, Mapping) else None


def _count(value: object) -> int | None:
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise SchemaError(
            f"A count of a post is {value!r}, which is no whole number.",
            next_step="Load it again; nothing of this answer was stored.",
            value=value,
        ) from None
