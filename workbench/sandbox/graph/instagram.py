"""Comments on Instagram media: a world knows comments in the form of pages, and Instagram has another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]


def media_comments(comments: Sequence[Node], find: Callable[[str], Node | None]) -> list[Node]:
    """Return comments as Instagram has them: ``text``, ``timestamp``, ``username``, answers in ``replies``.

    Parameters
    ----------
    comments : sequence of mapping
        Comments in the form of pages, answers among them; in Instagram's form they stay as they are.
    find : callable
        Gives an object of the world by its id, or None; a page is replaced by its Instagram account.

    Examples
    --------
    >>> one = {"id": "1", "message": "Hi", "created_time": "t", "from": {"id": "2", "name": "A B"}}
    >>> media_comments([one], lambda _: None)[0]["username"]
    'a_b'
    """
    if any("timestamp" in comment for comment in comments):
        return list(comments)
    answers: dict[str, list[Node]] = {}
    for comment in comments:
        above = comment.get("parent")
        if above:
            answers.setdefault(str(above["id"]), []).append(_renamed(comment, find))
    return [
        {**_renamed(comment, find), "replies": {"data": answers[str(comment["id"])]}}
        if str(comment["id"]) in answers
        else _renamed(comment, find)
        for comment in comments
        if not comment.get("parent")
    ]


def _renamed(comment: Node, find: Callable[[str], Node | None]) -> Node:
    author = comment.get("from") or {}
    page = find(str(author.get("id", ""))) or {}
    own = page.get("instagram_business_account") or {}
    username = str(author.get("name", "")).lower().replace(" ", "_")
    return {
        "id": comment["id"],
        "text": comment.get("message", ""),
        "timestamp": comment.get("created_time"),
        "username": username,
        "from": {"id": own.get("id", author.get("id")), "username": username},
        "like_count": comment.get("like_count", 0),
        "metadata": {"type": "IGComment"},
    }
