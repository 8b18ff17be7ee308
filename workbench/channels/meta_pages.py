"""Pages and their Instagram accounts: posts with their counts, comments, messages, mentions.

Each page is read with its own token, which is neither stored nor written anywhere. Functions yield raw JSON a
page at a time. What is said in them is personal: nothing here logs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.channels.meta_graph import Graph
from workbench.core.errors import RemoteRejected

_PAGE = 100
#: Metrics of a Page's post: those of today, then those that they replaced. A name that is no longer known
#: makes Meta refuse the whole list.
POST_METRICS: tuple[tuple[str, ...], ...] = (
    ("post_media_view", "post_total_media_view_unique", "post_clicks_by_type"),
    ("post_impressions", "post_impressions_unique", "post_clicks_by_type"),
)
#: Metrics of an Instagram medium, in the same order.
MEDIA_METRICS: tuple[tuple[str, ...], ...] = (
    ("views", "reach", "shares"),
    ("impressions", "reach", "shares"),
)

_POST_FIELDS = (
    "id",
    "created_time",
    "status_type",
    "shares",
    "reactions.summary(total_count).limit(0)",
    "comments.summary(total_count).limit(0)",
)
_MEDIA_FIELDS = ("id", "timestamp", "media_type", "media_product_type", "like_count", "comments_count")
_COMMENT_FIELDS = "id,message,created_time,from,parent"
_REPLY_FIELDS = "id,text,timestamp,username,from"


@dataclass(frozen=True)
class Page:
    """A page that the token may act for.

    Attributes
    ----------
    page_id, name : str
        The page.
    token : str
        Its own access token; in no text that this object gives.
    instagram_id : str, optional
        The Instagram account that belongs to it.
    """

    page_id: str
    name: str
    token: str = field(repr=False)
    instagram_id: str | None = None


def list_pages(graph: Graph) -> tuple[Page, ...]:
    """Return the pages that the token may act for, ordered by id; those that give no token are left out.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    params = {"fields": "id,name,access_token,instagram_business_account", "limit": _PAGE}
    found = [
        _page(row) for rows in graph.pages("me/accounts", params) for row in rows if row.get("access_token")
    ]
    return tuple(sorted(found, key=lambda page: (len(page.page_id), page.page_id)))


def fetch_promoted_pages(graph: Graph, account_id: str) -> frozenset[str]:
    """Return the ids of the pages that an ad account may promote.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    params = {"fields": "id", "limit": _PAGE}
    pages = graph.pages(f"act_{account_id}/promote_pages", params)
    return frozenset(str(row["id"]) for rows in pages for row in rows)


def fetch_posts(
    graph: Graph, page_id: str, *, since: datetime, until: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Read the posts that a page published, each with its counts.

    Parameters
    ----------
    graph : Graph
        Connection that acts as the page.
    page_id : str
        The page.
    since, until : datetime.datetime
        First moment, and the first one after the last.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    yield from _with_metrics(
        graph, f"{page_id}/published_posts", _POST_FIELDS, metrics=POST_METRICS, span=_span(since, until)
    )


def fetch_media(
    graph: Graph, instagram_id: str, *, since: datetime, until: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Read what an Instagram account published, each with its counts; as :func:`fetch_posts`."""
    yield from _with_metrics(
        graph, f"{instagram_id}/media", _MEDIA_FIELDS, metrics=MEDIA_METRICS, span=_span(since, until)
    )


def fetch_comments(graph: Graph, post_id: str) -> Iterator[list[dict[str, Any]]]:
    """Read all comments on a post of a page, and the answers to them, the oldest first."""
    params = {"fields": _COMMENT_FIELDS, "filter": "stream", "order": "chronological", "limit": _PAGE}
    yield from graph.pages(f"{post_id}/comments", params)


def fetch_media_comments(graph: Graph, media_id: str) -> Iterator[list[dict[str, Any]]]:
    """Read all comments on an Instagram medium; the answers to each are in its ``replies``."""
    params = {"fields": f"{_REPLY_FIELDS},replies{{{_REPLY_FIELDS}}}", "limit": _PAGE}
    yield from graph.pages(f"{media_id}/comments", params)


def fetch_conversations(graph: Graph, page_id: str) -> Iterator[list[dict[str, Any]]]:
    """Read a page's conversations, the one with the newest message first."""
    yield from graph.pages(f"{page_id}/conversations", {"fields": "id,updated_time", "limit": _PAGE})


def fetch_messages(graph: Graph, conversation_id: str) -> Iterator[list[dict[str, Any]]]:
    """Read the messages of a conversation, the newest first."""
    params = {"fields": "id,created_time,from,message", "limit": _PAGE}
    yield from graph.pages(f"{conversation_id}/messages", params)


def fetch_mentions(
    graph: Graph, page_id: str, *, since: datetime, until: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Read the posts of others that a page is tagged in; as :func:`fetch_posts`."""
    params = {"fields": "id,created_time,from,message", "limit": _PAGE, **_span(since, until)}
    yield from graph.pages(f"{page_id}/tagged", params)


def _with_metrics(
    graph: Graph,
    path: str,
    fields: Sequence[str],
    *,
    metrics: Sequence[Sequence[str]],
    span: Mapping[str, Any],
) -> Iterator[list[dict[str, Any]]]:
    """Read a list with the newest metrics that have values; without any if none has.

    A metric that is gone makes Meta refuse the list, or is left out of it.
    """
    for names in (*metrics, ()):
        insights = (f"insights.metric({','.join(names)}){{name,values}}",) if names else ()
        pages = graph.pages(path, {"fields": ",".join((*fields, *insights)), "limit": _PAGE, **span})
        try:
            first = next(pages, None)
        except RemoteRejected:
            if not names:
                raise
            continue
        if first is None:
            return
        if not names or any(_has_values(row) for row in first):
            yield first
            yield from pages
            return


def _has_values(row: Mapping[str, Any]) -> bool:
    insights = row.get("insights")
    return isinstance(insights, Mapping) and bool(insights.get("data"))


def _span(since: datetime, until: datetime) -> dict[str, int]:
    return {"since": int(since.timestamp()), "until": int(until.timestamp())}


def _page(row: Mapping[str, Any]) -> Page:
    instagram = row.get("instagram_business_account")
    instagram_id = instagram.get("id") if isinstance(instagram, Mapping) else None
    return Page(
        str(row["id"]),
        str(row.get("name") or row["id"]),
        str(row["access_token"]),
        str(instagram_id) if instagram_id else None,
    )
