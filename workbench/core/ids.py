"""Identifiers: random ones that sort by time, and ones derived from content."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from pathlib import Path


def new_id(prefix: str) -> str:
    """Return a fresh id such as ``run_0199f0c2a4b1-5f3c9e1a``; ids made later sort later."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}-{secrets.token_hex(4)}"


def content_id(prefix: str, parts: Iterable[str | bytes]) -> str:
    """Return an id that depends on nothing but ``parts`` and their order.

    Examples
    --------
    >>> content_id("load", ["a", "b"]) == content_id("load", ["a", "b"])
    True
    >>> content_id("load", ["ab"]) == content_id("load", ["a", "b"])
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return f"{prefix}_{digest.hexdigest()[:24]}"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as lowercase hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
