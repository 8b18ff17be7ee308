"""What people write: comments under posts and ads, messages, mentions and e-mails, and the page's answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.sandbox.market.draws import poisson_count
from workbench.sandbox.market.noise import Stream
from workbench.sandbox.market.people import Person, person
from workbench.sandbox.market.posts import Posts, post_moment
from workbench.sandbox.market.shapes import Lazily, Shape, graph_time, moment_of, page_id

if TYPE_CHECKING:
    from workbench.sandbox.market.state import Node
    from workbench.sandbox.market.world import World

_COMMENTS = (
    "Love this!",
    "How much is it?",
    "Do you ship to the islands too?",
    "Mine arrived broken, very disappointed.",
    "Wann ist das wieder lieferbar?",
    "Danke, hat alles geklappt.",
    "Still waiting for an answer to my message …",
    "Is there a discount for two?",
)
_MESSAGES = (
    "Hello, where is my order?",
    "Can I change the delivery address?",
    "Guten Tag, ich hätte gern ein Angebot.",
    "Thank you, that helped.",
    "The form on your page does not work.",
    "Are you open on Saturday?",
)
_SUBJECTS = ("Question about an order", "Angebot", "Complaint", "Thank you", "Return of a parcel")
_ANSWER = "Thank you for writing, we have sent you a message."
_ANSWERED_SHARE = 0.55
_MESSAGES_A_DAY, _MENTIONS_A_DAY, _EMAILS_A_DAY = 1.3, 0.35, 0.8
_COMMENTS_PER_IMPRESSION = 2.5e-5
_COMMENT_AFTER_HOURS = 20.0


def comments_of_post(world: World, posts: Posts, i: int, parent: str) -> list[Shape]:
    """Return the comments under a post so far, the oldest first, answers of the page among them."""
    key = (int(posts.day[i]), 1_000 + posts.account)
    n, start = int(posts.full_comments[i]), post_moment(world, posts, i)
    hours = -_COMMENT_AFTER_HOURS * np.log(world.noise.uniform(Stream.COMMENT, *key, 8 * np.arange(n)))
    moments = [start + timedelta(minutes=5 + 60 * float(h)) for h in hours]
    return _thread(world, posts.account, key, moments=moments, parent=parent)


def comments_of_ad(world: World, creative: Node, parent: str) -> list[Shape]:
    """Return the comments under a creative's post so far; the more it was shown, the more there are."""
    ads = [i for i, ad_id in enumerate(world.layout.ad_ids) if _shows(world, ad_id, creative)]
    rows, n_days = world.history.rows, world.state.n_days
    mine = np.isin(rows["ad"], ads)
    shown = np.cumsum(np.bincount(rows["day"][mine], rows["impressions"][mine], minlength=n_days))
    expected = float(shown[-1]) * _COMMENTS_PER_IMPRESSION
    key = (creative["created"], creative["slot"])
    u = world.noise.uniform(Stream.COMMENT, *key, 8 * np.arange(int(2 * expected) + 20))
    reached = np.cumsum(-np.log(u)) / _COMMENTS_PER_IMPRESSION
    days = np.searchsorted(shown, reached[reached < shown[-1]])
    zone = world.state.accounts[creative["account"]]["time_zone"]
    minutes = 420 + world.noise.uniform(Stream.COMMENT, *key, 8 * np.arange(len(days)) + 5) * 960
    moments = [
        moment_of(world.state.day_of(int(day)), minute=int(minute), time_zone=zone)
        for day, minute in zip(days, minutes, strict=True)
    ]
    return _thread(world, creative["account"], key, moments=moments, parent=parent)


def _shows(world: World, ad_id: str, creative: Node) -> bool:
    return bool(world.state.nodes[ad_id]["creative_id"] == creative["id"])


def _thread(
    world: World, account: int, key: tuple[int, int], *, moments: Sequence[datetime], parent: str
) -> list[Shape]:
    """Return a comment for each moment so far, and the page's answers; a comment never changes later."""
    out: list[tuple[datetime, Shape]] = []
    page = (page_id(account), str(world.state.accounts[account]["name"]))
    for k, moment in enumerate(moments):
        if moment > world.now:
            continue
        u = world.noise.uniform(Stream.COMMENT, key[0], key[1], 8 * k + np.arange(1, 4))
        who, own = _author(world, key, k), f"{parent}_{2 * k + 1}"
        text = _COMMENTS[int(u[0] * len(_COMMENTS))]
        out.append((moment, _comment(own, moment, (who.person_id, who.name), text)))
        answered = moment + timedelta(minutes=20 + float(u[2]) * 1_400)
        if u[1] < _ANSWERED_SHARE and answered <= world.now:
            answer = _comment(f"{parent}_{2 * k + 2}", answered, page, _ANSWER)
            out.append((answered, {**answer, "parent": {"id": own}}))
    return [shape for _, shape in sorted(out, key=lambda pair: (pair[0], pair[1]["id"]))]


def _author(world: World, key: tuple[int, int], k: int) -> Person:
    return person(world.noise, (key[0] * 8_191 + key[1] * 131 + k) % 2**31)


def _comment(own: str, moment: datetime, author: tuple[str, str], text: str) -> Shape:
    return {
        "id": own,
        "created_time": graph_time(moment),
        "message": text,
        "from": {"id": author[0], "name": author[1]},
        "like_count": 0,
        "comment_count": 0,
        "is_hidden": False,
        "metadata": {"type": "Comment"},
    }


def _events(
    world: World, account: int, stream: Stream, rate: float, *, day: int | None = None
) -> list[tuple[int, int, datetime]]:
    """Return day, number of the day and moment of what people begin, of one or all days, oldest first."""
    days = np.arange(world.state.n_days) if day is None else np.array([day])
    counts = poisson_count(world.noise.uniform(stream, days, account), np.full(len(days), rate))
    zone = world.state.accounts[account]["time_zone"]
    out = []
    for at, count in zip(days.tolist(), counts.tolist(), strict=True):
        shares = np.sort(world.noise.uniform(stream, at, account, 1 + np.arange(count))) if count else ()
        for k, share in enumerate(shares):
            minute = int(420 + share * 960)
            out.append((at, k, moment_of(world.state.day_of(at), minute=minute, time_zone=zone)))
    return out


def conversations(world: World, account: int) -> Sequence[Shape]:
    """Return the conversations with an account's page, the newest first."""
    begun = _events(world, account, Stream.MESSAGE, _MESSAGES_A_DAY)[::-1]
    return Lazily(len(begun), lambda i: _conversation(world, account, begun[i]))


def conversation_id(account: int, day: int, k: int) -> str:
    """Return the id of the conversation that began as the day's ``k``-th."""
    return f"t_{account + 1}{day:05d}{k:03d}"


def _conversation(world: World, account: int, begun: tuple[int, int, datetime]) -> Shape:
    day, k, _ = begun
    own, written = conversation_id(account, day, k), _written(world, account, begun)
    who = _correspondent(world, account, day, k)
    people = [
        {"id": who.person_id, "name": who.name, "email": f"{who.person_id}@example.com"},
        {"id": page_id(account), "name": str(world.state.accounts[account]["name"])},
    ]
    return {
        "id": own,
        "updated_time": written[0]["created_time"],
        "message_count": len(written),
        "unread_count": 0 if written[0]["from"]["id"] == page_id(account) else 1,
        "link": f"https://example.org/{own}",
        "participants": {"data": people},
        "senders": {"data": people[:1]},
        "can_reply": True,
        "metadata": {"type": "UnifiedThread"},
    }


def _correspondent(world: World, account: int, day: int, k: int) -> Person:
    return person(world.noise, (day * 101 + k + account * 1_000_003) % 2**31, Stream.MESSAGE)


def begun_conversation(world: World, own: str) -> tuple[int, tuple[int, int, datetime]] | None:
    """Return a conversation's account and beginning, or None if there is no such conversation."""
    if not (own.startswith("t_") and own[2:].isdigit() and len(own) == len("t_100000000")):
        return None
    account, day, k = int(own[2]) - 1, int(own[3:8]), int(own[8:])
    if not (0 <= account < len(world.state.accounts) and day < world.state.n_days):
        return None
    begun = _events(world, account, Stream.MESSAGE, _MESSAGES_A_DAY, day=day)
    return (account, begun[k]) if k < len(begun) else None


def conversation(world: World, own: str) -> Shape | None:
    """Return a conversation by its id, or None."""
    begun = begun_conversation(world, own)
    return None if begun is None else _conversation(world, *begun)


def messages(world: World, own: str) -> list[Shape] | None:
    """Return the messages of a conversation, the newest first; None if there is no such conversation."""
    begun = begun_conversation(world, own)
    return None if begun is None else _written(world, *begun)


def _written(world: World, account: int, begun: tuple[int, int, datetime]) -> list[Shape]:
    day, k, moment = begun
    own, who = conversation_id(account, day, k), _correspondent(world, account, day, k)
    person_shape = {"id": who.person_id, "name": who.name}
    page = {"id": page_id(account), "name": str(world.state.accounts[account]["name"])}
    u = world.noise.uniform(Stream.MESSAGE, day, account, 100 + 8 * k + np.arange(8))
    out: list[Shape] = []
    for i in range(1 + int(u[0] * 3)):
        from_page = i % 2 == 1
        out.append(
            {
                "id": f"m_{own[2:]}{i}",
                "created_time": graph_time(moment),
                "message": _ANSWER if from_page else _MESSAGES[int(u[1 + i] * len(_MESSAGES))],
                "from": page if from_page else person_shape,
                "to": {"data": [person_shape if from_page else page]},
            }
        )
        moment += timedelta(minutes=15 + float(u[4 + i]) * 900)
        if moment > world.now:
            break
    return out[::-1]


def mentions(world: World, account: int) -> Sequence[Shape]:
    """Return public posts of others that mention an account's page, the newest first."""
    written = _events(world, account, Stream.MENTION, _MENTIONS_A_DAY)[::-1]
    name = str(world.state.accounts[account]["name"])

    def shape(i: int) -> Shape:
        day, k, moment = written[i]
        who = person(world.noise, (day * 37 + k + account * 500_009) % 2**31, Stream.MENTION)
        return {
            "id": f"{who.person_id}_{day:05d}{k:02d}",
            "created_time": graph_time(moment),
            "tagged_time": graph_time(moment),
            "message": f"{_COMMENTS[(day + k) % len(_COMMENTS)]} @{name}",
            "from": {"id": who.person_id, "name": who.name},
            "permalink_url": f"https://example.org/{who.person_id}_{day}",
            "metadata": {"type": "PagePost"},
        }

    return Lazily(len(written), shape)


def emails(world: World, account: int) -> list[dict[str, Any]]:
    """Return the e-mails that an account's company was written, the oldest first.

    Returns
    -------
    list of dict
        ``message_id``, ``sent_at`` (UTC), ``sender``, ``sender_name``, ``recipient``, ``subject``, ``text``.
    """
    out = []
    for day, k, moment in _events(world, account, Stream.PERSON, _EMAILS_A_DAY):
        who = person(world.noise, (day * 53 + k + account * 700_001) % 2**31)
        out.append(
            {
                "message_id": f"<{account + 1}.{day}.{k}@example.org>",
                "sent_at": moment,
                "sender": who.email,
                "sender_name": who.name,
                "recipient": "hello@example.org",
                "subject": _SUBJECTS[(day + 2 * k) % len(_SUBJECTS)],
                "text": _MESSAGES[(day * 3 + k) % len(_MESSAGES)],
            }
        )
    return out
