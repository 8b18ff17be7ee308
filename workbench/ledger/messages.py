"""What people wrote to us: comments, messages, mentions. Texts and authors are encrypted, counts are not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from workbench.core.dates import account_today, now_utc
from workbench.ledger.columns import cipher_of
from workbench.ledger.models import Message

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.dates import Period
    from workbench.core.encryption import FieldCipher
    from workbench.core.settings import Environment

MessageKind = Literal["comment", "ad_comment", "message", "mention"]
_AUTHOR = "messages.author"
_PER_QUERY = 500


@dataclass(frozen=True)
class ReceivedMessage:
    """One text on its way into the ledger.

    Attributes
    ----------
    message_id : str
        The network's id.
    account_id : str
        Page or Instagram account that it was written to.
    kind : {"comment", "ad_comment", "message", "mention"}
        What it is.
    written_at : datetime.datetime
        When.
    is_ours : bool
        Whether the page wrote it itself.
    text, author_id, author_name : str, optional
        What was written and by whom; in no text that this object gives.
    post_id : str, optional
        Post that it stands under.
    parent_id : str, optional
        Comment that it answers, or conversation that it belongs to.
    """

    message_id: str
    account_id: str
    kind: MessageKind
    written_at: datetime
    is_ours: bool = False
    text: str | None = field(default=None, repr=False)
    author_id: str | None = field(default=None, repr=False)
    author_name: str | None = field(default=None, repr=False)
    post_id: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True)
class MessagesRecorded:
    """What recording messages did: how many are new, were edited since, or were known as they are."""

    n_new: int = 0
    n_edited: int = 0
    n_known: int = 0

    @property
    def changed(self) -> bool:
        """Whether the ledger changed."""
        return bool(self.n_new or self.n_edited)


@dataclass(frozen=True)
class CommunityDay:
    """What was written on one day, of one kind, under one post.

    Attributes
    ----------
    day : datetime.date
        Day in the page's time zone.
    kind : str
        comment, ad_comment, message or mention.
    post_id : str or None
        Post; none for messages and mentions.
    n_written : int
        Texts that others wrote.
    n_answered : int or None
        How many of them the page has answered since; None for mentions, whose answers are not read.
    """

    day: date
    kind: str
    post_id: str | None
    n_written: int
    n_answered: int | None


def kept_ids(message: ReceivedMessage, cipher: FieldCipher) -> list[str]:
    """Return the ids that a message may be kept under, under the newest key first.

    A mention is called after whoever wrote it (``author_post``). The author's id is personal, so a keyed hash
    stands in its place; together with the encrypted author it gives the network's id back. Any other message
    keeps the network's id.
    """
    author_id = message.author_id
    if not author_id or author_id not in message.message_id:
        return [message.message_id]
    hashes = cipher.blind_hashes(author_id, _AUTHOR)
    return [message.message_id.replace(author_id, _stand_in(hashed)) for hashed in hashes]


def _stand_in(author_hash: str) -> str:
    return f"by-{author_hash[:16]}"


def record_messages(
    session: Session,
    messages: Iterable[ReceivedMessage],
    *,
    environment: Environment,
    network: str,
    at: datetime | None = None,
) -> MessagesRecorded:
    """Add messages; one that is there already changes nothing unless its author edited it.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    messages : iterable of ReceivedMessage
        In any order; the same one may come twice.
    environment, network : str
        Where they come from.
    at : datetime, optional
        When they were loaded, default now.

    Raises
    ------
    ConfigError
        If the ledger was opened without a key.
    """
    cipher = cipher_of(session.get_bind().dialect)
    given = {tuple(kept_ids(message, cipher)): message for message in messages}
    wanted = [message_id for ids in given for message_id in ids]
    known = _known(session, wanted, environment=environment, network=network)
    n_new = n_edited = 0
    for ids, message in given.items():
        found = next((known[message_id] for message_id in ids if message_id in known), None)
        if found is None:
            row = Message(environment=environment, network=network, loaded_at=at or now_utc())
            row.message_id = ids[0]
            session.add(_fill(row, message, cipher))
            n_new += 1
        elif message.text is not None and found.text_enc != message.text:
            found.text_enc = message.text
            n_edited += 1
    session.flush()
    return MessagesRecorded(n_new, n_edited, len(given) - n_new - n_edited)


def messages_by_day(
    session: Session,
    account_id: str,
    period: Period,
    *,
    environment: Environment,
    network: str,
    time_zone: str,
) -> tuple[CommunityDay, ...]:
    """Count what was written to a page by day, kind and post, and how much of it the page has answered.

    A text is answered when the page wrote later in the same conversation, or below the same comment.

    Parameters
    ----------
    session : Session
        From ``ledger.read()``.
    account_id : str
        Page or Instagram account.
    period : Period
        Days in ``time_zone``.
    environment, network : str
        Where the messages come from.
    time_zone : str
        The page's.

    Returns
    -------
    tuple of CommunityDay
        In order of day, kind and post; days without any are left out.
    """
    # a day anywhere lies within a day of the same one in UTC; answers may come at any time later
    since = datetime.combine(period.start, time.min, UTC) - timedelta(days=1)
    query = select(
        Message.message_id,
        Message.kind,
        Message.post_id,
        Message.parent_id,
        Message.is_ours,
        Message.written_at,
    ).where(
        Message.environment == environment,
        Message.network == network,
        Message.account_id == account_id,
        Message.written_at >= since,
    )
    rows = session.execute(query).all()
    answers = _last_answers(rows)
    counts: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        day = account_today(time_zone, row.written_at)
        if row.is_ours or not period.start <= day <= period.stop:
            continue
        last = answers.get(_thread(row))
        count = counts[day, row.kind, row.post_id or ""]
        count[0] += 1
        count[1] += last is not None and last > row.written_at
    return tuple(
        CommunityDay(day, kind, post_id or None, written, None if kind == "mention" else answered)
        for (day, kind, post_id), (written, answered) in sorted(counts.items())
    )


def messages_of(
    session: Session, author_id: str, *, environment: Environment, network: str
) -> Sequence[Message]:
    """Return what an author wrote, the oldest first."""
    hashes = cipher_of(session.get_bind().dialect).blind_hashes(author_id, _AUTHOR)
    query = select(Message).where(
        Message.environment == environment, Message.network == network, Message.author_hash.in_(hashes)
    )
    return session.scalars(query.order_by(Message.written_at, Message.message_id)).all()


def message_author(message: Message) -> Mapping[str, str | None]:
    """Return ``id`` and ``name`` of a message's author; both are personal."""
    return json.loads(message.author_enc) if message.author_enc else {"id": None, "name": None}


def reencrypt_messages(session: Session) -> int:
    """Bring every message under the newest key and return how many there are."""
    cipher = cipher_of(session.get_bind().dialect)
    messages = session.scalars(select(Message)).all()
    for message in messages:
        author_id = message_author(message)["id"]
        if author_id:
            newest, *older = cipher.blind_hashes(author_id, _AUTHOR)
            for old in older:
                message.message_id = message.message_id.replace(_stand_in(old), _stand_in(newest))
        message.author_hash = cipher.blind_hash(author_id, _AUTHOR) if author_id else None
        for column in ("text_enc", "author_enc"):
            flag_modified(message, column)  # the text is the same, so nothing would be written otherwise
    session.flush()
    return len(messages)


def _known(
    session: Session, message_ids: Sequence[str], *, environment: str, network: str
) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for start in range(0, len(message_ids), _PER_QUERY):
        query = select(Message).where(
            Message.environment == environment,
            Message.network == network,
            Message.message_id.in_(message_ids[start : start + _PER_QUERY]),
        )
        found |= {message.message_id: message for message in session.scalars(query)}
    return found


def _fill(row: Message, message: ReceivedMessage, cipher: FieldCipher) -> Message:
    row.account_id, row.kind = message.account_id, message.kind
    row.post_id, row.parent_id = message.post_id, message.parent_id
    row.is_ours, row.written_at, row.text_enc = message.is_ours, message.written_at, message.text
    if message.author_id or message.author_name:
        row.author_enc = json.dumps({"id": message.author_id, "name": message.author_name})
    if message.author_id:
        row.author_hash = cipher.blind_hash(message.author_id, _AUTHOR)
    return row


def _last_answers(rows: Iterable[Any]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for row in rows:
        if row.is_ours:
            thread = _thread(row)
            found[thread] = max(row.written_at, found.get(thread, row.written_at))
    return found


def _thread(row: Any) -> str:
    return str(row.parent_id or row.message_id)
