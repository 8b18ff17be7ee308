"""Ids that sort by time, and ids of content."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.ids import content_id, file_sha256, new_id


def test_later_ids_sort_later() -> None:
    first = new_id("run")
    time.sleep(0.002)
    assert first < new_id("run")


def test_ids_of_one_millisecond_differ() -> None:
    assert len({new_id("run") for _ in range(500)}) == 500


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_content_ids_tell_different_parts_apart(one: list[str], other: list[str]) -> None:
    assert (content_id("x", one) == content_id("x", other)) == (one == other)


def test_content_ids_do_not_change_between_versions() -> None:
    assert content_id("load", ["a", b"b"]) == content_id("load", ["a", "b"])
    assert content_id("load", ["a", "b"]) == "load_3c9d591045bc8876f9d0399b"


def test_file_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc" * 100_000)
    assert file_sha256(tmp_path / "f") == hashlib.sha256(b"abc" * 100_000).hexdigest()
