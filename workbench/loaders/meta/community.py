"""Comments, messages and mentions -> texts and authors into the ledger, encrypted; counts into the lake.

The ledger is written post by post and conversation by conversation, each text once. The counts come from
the ledger in the end, so a load that was killed only has to be run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.errors import SchemaError
from workbench.loaders.meta.days import replace_days
from workbench.loaders.meta.moments import bounds, moment_of
from workbench.loaders.meta.pages import Profile, pages_of, profiles_of
from workbench.loaders.meta.part import LoadedPart, tolerating
from workbench.loaders.meta.stories import posts_of_ads

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.channels.meta_graph import Graph
    from workbench.core.dates import Period
    from workbench.ledger.messages import MessageKind, ReceivedMessage
    from workbench.loaders.meta.source import Source

#: Comments are read on posts that are at most so old.
FOLLOWED = timedelta(days=90)

_POSTS = """
SELECT post_id FROM posts
WHERE network = ? AND account_id = ? AND date_start BETWEEN ? AND ? AND comments > 0 ORDER BY post_id
"""
Text = Mapping[str, Any]


@dataclass
class _Reading:
    """One profile while it is being read."""

    source: Source
    graph: Graph
    profile: Profile
    period: Period
    warnings: list[str] = field(default_factory=list)
    n_read: int = 0
    changed: bool = False

    def keep(self, messages: Iterable[ReceivedMessage]) -> None:
        """Record texts that belong together, all of them or none."""
        from workbench.ledger import record_messages

        found = list(messages)
        with self.source.ledger.write() as session:
            done = record_messages(
                session, found, environment=self.source.environment, network=self.profile.network
            )
        self.n_read += len(found)
        self.changed |= done.changed

    def message(
        self, row: Text, kind: MessageKind, *, post_id: str | None = None, parent_id: str | None = None
    ) -> ReceivedMessage:
        """Return a text as the ledger takes it."""
        return received(row, self.profile, kind, post_id=post_id, parent_id=parent_id)


def load_community(source: Source, *, account: AdAccount, period: Period) -> LoadedPart:
    """Read what people wrote to the account's pages: below posts and ads, in messages, and where tagged.

    Call it after the snapshots and the posts of the same period: those say which posts there are.

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
        If a text has no id or no moment; nothing of its post or conversation is recorded then.
    ChannelError
        If Meta does not answer, or does not accept the token.
    """
    warnings: list[str] = []
    n_read, changed = 0, False
    for page in pages_of(source, account, warnings):
        with source.graph.acting_as(page.token) as graph:
            for profile in profiles_of(source, page, account):
                reading = _Reading(source, graph, profile, period)
                source.progress(f"Meta {profile.network} {profile.profile_id}: what was written to it …")
                _read(reading, account.account_id)
                changed |= reading.changed | _count(reading)
                n_read += reading.n_read
                warnings += reading.warnings
    return LoadedPart("community", n_read, changed, tuple(warnings))


def received(
    row: Text,
    profile: Profile,
    kind: MessageKind,
    *,
    post_id: str | None = None,
    parent_id: str | None = None,
) -> ReceivedMessage:
    """Return a comment, message or mention as the ledger takes it.

    Parameters
    ----------
    row : mapping
        As the API gives it; Instagram's names of fields differ from those of pages.
    profile : Profile
        Whom it was written to.
    kind : {"comment", "ad_comment", "message", "mention"}
        What it is.
    post_id, parent_id : str, optional
        Post that it stands under; comment that it answers, or conversation that it belongs to.

    Raises
    ------
    SchemaError
        If it has no id or no moment; the message says nothing else about it.
    """
    from workbench.ledger import ReceivedMessage

    if not row.get("id"):
        raise SchemaError(
            f"A {kind} to {profile.network} {profile.profile_id} has no id.",
            next_step="Load it again; nothing of this answer was stored.",
            field="id",
        )
    sender = row.get("from")
    sender = sender if isinstance(sender, Mapping) else {}
    author_id = _optional(sender.get("id"))
    return ReceivedMessage(
        message_id=str(row["id"]),
        account_id=profile.profile_id,
        kind=kind,
        written_at=moment_of(row, "timestamp" if "timestamp" in row else "created_time"),
        is_ours=author_id == profile.profile_id,
        text=_optional(row.get("message") or row.get("text")),
        author_id=author_id,
        author_name=_optional(sender.get("name") or sender.get("username") or row.get("username")),
        post_id=post_id,
        parent_id=parent_id,
    )


def _read(reading: _Reading, ad_account_id: str) -> None:
    whose = f"{reading.profile.network} {reading.profile.profile_id}"
    own = _posts(reading)
    if reading.profile.network == "instagram":
        with tolerating(reading.warnings, f"comments of {whose}"):
            _read_media_comments(reading, own)
        return
    ads = posts_of_ads(reading.source.lake, ad_account_id, reading.period)
    shown = [post for post in ads if post.startswith(f"{reading.profile.profile_id}_") and post not in own]
    with tolerating(reading.warnings, f"comments of {whose}"):
        _read_comments(reading, own, "comment")
    with tolerating(reading.warnings, f"comments on ads of {whose}"):
        _read_comments(reading, shown, "ad_comment")
    with tolerating(reading.warnings, f"messages of {whose}"):
        _read_messages(reading)
    with tolerating(reading.warnings, f"mentions of {whose}"):
        _read_mentions(reading)


def _posts(reading: _Reading) -> list[str]:
    profile, stop = reading.profile, reading.period.stop
    first: date = min(reading.period.start, stop - FOLLOWED)
    found = reading.source.lake.sql(_POSTS, params=(profile.network, profile.profile_id, first, stop))
    return [row["post_id"] for row in found.to_pylist()]


def _read_comments(reading: _Reading, posts: Sequence[str], kind: MessageKind) -> None:
    from workbench.channels.meta_pages import fetch_comments

    for post_id in posts:
        reading.keep(
            reading.message(row, kind, post_id=post_id, parent_id=_id_of(row.get("parent")))
            for page in fetch_comments(reading.graph, post_id)
            for row in page
        )


def _read_media_comments(reading: _Reading, media: Sequence[str]) -> None:
    from workbench.channels.meta_pages import fetch_media_comments

    for media_id in media:
        rows = [row for page in fetch_media_comments(reading.graph, media_id) for row in page]
        reading.keep(
            reading.message(row, "comment", post_id=media_id, parent_id=parent_id)
            for comment in rows
            for row, parent_id in _with_replies(comment)
        )


def _with_replies(comment: Text) -> Iterator[tuple[Text, str | None]]:
    yield comment, None
    replies = comment.get("replies")
    for reply in (replies.get("data") if isinstance(replies, Mapping) else None) or ():
        yield reply, _id_of(comment)


def _read_messages(reading: _Reading) -> None:
    from workbench.channels.meta_pages import fetch_conversations, fetch_messages

    since, _ = bounds(reading.period, reading.profile.time_zone)
    for page in fetch_conversations(reading.graph, reading.profile.profile_id):
        alive = [row for row in page if moment_of(row, "updated_time") >= since]
        for conversation in alive:
            conversation_id = str(conversation["id"])
            rows = _newer(fetch_messages(reading.graph, conversation_id), since)
            reading.keep(reading.message(row, "message", parent_id=conversation_id) for row in rows)
        if not alive:  # the newest come first
            return


def _newer(pages: Iterable[list[dict[str, Any]]], since: datetime) -> Iterator[dict[str, Any]]:
    """Yield messages, the newest first, until a whole page is older than what is read."""
    for page in pages:
        yield from page
        if all(moment_of(row, "created_time") < since for row in page):
            return


def _read_mentions(reading: _Reading) -> None:
    from workbench.channels.meta_pages import fetch_mentions

    since, until = bounds(reading.period, reading.profile.time_zone)
    for page in fetch_mentions(reading.graph, reading.profile.profile_id, since=since, until=until):
        reading.keep(reading.message(row, "mention") for row in page)


def _count(reading: _Reading) -> bool:
    """Bring the lake's counts to what the ledger holds; say whether they changed."""
    from workbench.ledger import messages_by_day

    profile = reading.profile
    with reading.source.ledger.read() as session:
        counts = messages_by_day(
            session,
            profile.profile_id,
            reading.period,
            environment=reading.source.environment,
            network=profile.network,
            time_zone=profile.time_zone,
        )
    rows = [
        {
            "date_start": count.day,
            "kind": count.kind,
            "post_id": count.post_id,
            "n_written": count.n_written,
            "n_answered": count.n_answered,
        }
        for count in counts
    ]
    return replace_days(
        reading.source,
        "community",
        rows,
        network=profile.network,
        account_id=profile.profile_id,
        period=reading.period,
    )


def _id_of(thing: object) -> str | None:
    return _optional(thing.get("id")) if isinstance(thing, Mapping) else None


def _optional(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
