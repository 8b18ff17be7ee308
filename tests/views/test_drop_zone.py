"""Uploads arrive whole or not at all, under a name that leads nowhere."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import NotReconciled
from workbench.views.drop_zone import DropZone, remove_stale, safe_name

ONE, TWO = "a" * 24, "b" * 24


class Zone:
    """A drop zone whose messages are caught."""

    def __init__(self, folder, on_file=None, **limits) -> None:
        self.messages, self.files = [], []
        self.folder = folder
        self.widget = DropZone(folder, on_file or self.take, **limits)
        self.widget.send = lambda content, buffers=None: self.messages.append(content)

    def take(self, path: Path) -> str:
        self.files.append((path, path.read_bytes()))
        return "<p>taken</p>"

    def say(self, *buffers: bytes, upload=ONE, **content):
        self.widget._receive(None, {"upload": upload, **content}, [memoryview(b) for b in buffers])
        return self.messages[-1] if self.messages else None

    def upload(self, data, *, name="report.csv", upload=ONE, piece=1000):
        self.say(upload=upload, kind="begin", name=name, size=len(data))
        for at in range(0, len(data), piece):
            self.say(data[at : at + piece], upload=upload, kind="piece", offset=at)
        return self.messages[-1]


@pytest.fixture
def zone(tmp_path):
    return Zone(tmp_path / "inbox")


def parts(zone):
    return list(zone.folder.glob("*.part"))


def test_a_file_arrives_whole_and_its_result_is_shown(zone):
    data = os.urandom(12_345)
    assert zone.upload(data) == {"kind": "done", "upload": ONE, "html": "<p>taken</p>"}
    ((path, content),) = zone.files
    assert (path.name, content) == ("report.csv", data)
    assert path.is_relative_to(zone.folder)
    received = [m["received"] for m in zone.messages if m["kind"] == "received"]
    assert received == [0, *range(1000, 12_001, 1000), 12_345]
    assert parts(zone) == []


def test_two_files_of_one_name_do_not_meet(zone):
    zone.say(kind="begin", name="r.csv", size=2)
    zone.say(upload=TWO, kind="begin", name="r.csv", size=2)
    zone.say(b"aa", kind="piece", offset=0)
    zone.say(b"bb", upload=TWO, kind="piece", offset=0)
    assert [content for _, content in zone.files] == [b"aa", b"bb"]
    assert all(path.read_bytes() == content for path, content in zone.files)


def test_no_file_is_there_before_all_of_it_is(zone):
    zone.say(kind="begin", name="r.csv", size=4)
    zone.say(b"aa", kind="piece", offset=0)
    assert [p.name for p in zone.folder.iterdir()] == [f"{ONE}.part"]


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("r.exe", 5, "Only .csv and .xlsx"),
        ("csv", 5, "Only .csv"),
        ("r.csv", 0, "0 bytes"),
        ("r.csv", 101, "1 to 100 bytes"),
        ("r.csv", "5", "bytes"),
        ("r.csv", None, "bytes"),
    ],
)
def test_other_kinds_and_sizes_are_refused_in_a_readable_line(tmp_path, name, size, words):
    zone = Zone(tmp_path / "inbox", max_bytes=100)
    message = zone.say(kind="begin", name=name, size=size)
    assert message["kind"] == "refused"
    assert words in message["message"]
    assert not zone.folder.exists()


@pytest.mark.parametrize(
    ("offset", "data"),
    [(1, b"x"), (0, b""), (0, b"xxxxx"), (None, b"x")],
    ids=["gap", "empty", "over", "none"],
)
def test_a_piece_out_of_turn_ends_the_upload_and_leaves_nothing(zone, offset, data):
    zone.say(kind="begin", name="r.csv", size=4)
    assert zone.say(data, kind="piece", offset=offset)["kind"] == "refused"
    assert parts(zone) == []
    n_messages = len(zone.messages)
    zone.say(b"xxxx", kind="piece", offset=0)  # still under way when it was refused
    assert len(zone.messages) == n_messages
    assert zone.files == []


def test_a_cancelled_or_closed_page_leaves_nothing(zone):
    zone.say(kind="begin", name="r.csv", size=4)
    zone.say(kind="cancel")
    zone.say(upload=TWO, kind="begin", name="r.csv", size=4)
    zone.widget.close()
    assert parts(zone) == []


def test_what_a_cut_upload_left_is_removed_later(zone):
    zone.folder.mkdir(parents=True)
    old, fresh = zone.folder / "old.part", zone.folder / "fresh.part"
    for part in (old, fresh):
        part.write_bytes(b"x")
    os.utime(old, (time.time() - 7200,) * 2)
    assert zone.upload(b"abc")["kind"] == "done"
    assert (old.exists(), fresh.exists()) == (False, True)
    assert remove_stale(zone.folder, older_than_s=-1) == 1


def test_a_reason_is_passed_on_and_the_file_is_kept_for_inspection(tmp_path):
    kept = []

    def refuse(path):
        kept.append(path)
        raise NotReconciled("The rows miss the total.", next_step="Export it again.")

    zone = Zone(tmp_path / "inbox", refuse)
    assert zone.upload(b"abc")["message"] == "The rows miss the total. Export it again."
    assert kept[0].exists()


def test_an_unexpected_failure_is_logged_under_an_id(tmp_path, caplog):
    zone = Zone(tmp_path / "inbox", lambda path: str(1 / 0))
    message = zone.upload(b"abc")["message"]
    assert "division" not in message
    assert message.split()[-1].rstrip(".") in caplog.text


def test_a_file_that_was_taken_away_leaves_no_empty_folder(tmp_path):
    zone = Zone(tmp_path / "inbox", lambda path: path.unlink() or "")
    zone.upload(b"abc")
    assert list(zone.folder.iterdir()) == []


def test_only_a_few_uploads_may_be_open(zone):
    for n in range(4):
        zone.say(upload=f"{n}" * 24, kind="begin", name="r.csv", size=4)
    assert "Too many" in zone.say(upload="f" * 24, kind="begin", name="r.csv", size=4)["message"]


@pytest.mark.parametrize("upload", ["../x", "", None, "A" * 24, "a" * 65])
def test_upload_ids_cannot_name_other_files(zone, upload):
    zone.say(upload=upload, kind="begin", name="r.csv", size=4)
    assert not zone.folder.exists()
    assert zone.messages == []


@given(st.text(max_size=300))
def test_a_name_is_one_harmless_part_of_a_path(name):
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not set(safe) & set('/\\<>:"|?*\x00\n')
    assert not safe.startswith(".")
    assert len(safe.encode()) <= 255


@pytest.mark.parametrize("name", ["../../r.csv", "C:\\x\\r.csv", "/etc/r.csv", " r.csv ", ".r.csv"])
def test_paths_in_names_are_cut_off(zone, name):
    zone.upload(b"abc", name=name)
    ((path, _),) = zone.files
    assert path.name == "r.csv"
    assert path.parent.parent == zone.folder
