"""Links are pinned, files come in pieces, and whatever cannot be made says why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from workbench.core.errors import DataError
from workbench.flows.filters import FilterState
from workbench.views.actions import ActionBar

STATE = FilterState("meta", "7", "ad||day|", date(2026, 9, 27), date(2026, 11, 20))
AT = datetime(2026, 11, 20, 9, 15, tzinfo=timezone(timedelta(hours=1)))


class Desk:
    """An action bar whose messages are caught."""

    def __init__(self, **makers) -> None:
        self.messages, self.pieces = [], []
        self.bar = ActionBar("overview", **makers)
        self.bar.send = self.note
        self.bar.show(STATE, believed_at=AT)

    def note(self, content, buffers=None):
        self.messages.append(content)
        self.pieces += buffers or []

    def ask(self, **content):
        self.bar._receive(None, {"job": "1", **content}, [])
        return self.messages[-1] if self.messages else None


def test_the_link_holds_the_figures_at_the_moment_they_were_believed():
    bar = Desk().bar
    assert "as_of=2026-11-20T08:15:00Z" in bar.link
    assert "20 Nov 2026, 08:15 UTC" in bar.note
    bar.show(STATE.pinned(datetime(2026, 1, 1, tzinfo=UTC)), believed_at=AT)
    assert "as_of=2026-01-01T00:00:00Z" in bar.link


def test_only_what_can_be_made_is_offered():
    assert Desk(xlsx=bytes).bar.offers == [["xlsx", "XLSX"]]
    assert Desk().ask(kind="make", what="page")["kind"] == "failed"


def test_files_are_named_by_view_and_dates():
    bar = Desk().bar
    assert bar.file_name("page") == "overview_2026-09-27_2026-11-20.html"
    assert bar.file_name("xlsx") == "overview_2026-09-27_2026-11-20.xlsx"


@pytest.mark.parametrize("n_bytes", [1, 512 * 1024, 512 * 1024 + 1, 1_300_000])
def test_a_file_arrives_whole_in_pieces(n_bytes):
    data = bytes(range(256)) * (n_bytes // 256 + 1)
    desk = Desk(xlsx=lambda: data[:n_bytes])
    made = desk.ask(kind="make", what="xlsx")
    assert (made["kind"], made["size"]) == ("made", n_bytes)
    while sum(map(len, desk.pieces)) < n_bytes:
        desk.ask(kind="piece", offset=sum(map(len, desk.pieces)))
    assert b"".join(desk.pieces) == data[:n_bytes]
    assert max(map(len, desk.pieces)) <= 512 * 1024
    desk.ask(kind="done")
    assert desk.ask(kind="piece", offset=0)["message"] == "The file is no longer there. Ask for it again."


@pytest.mark.parametrize("offset", [-1, 3, "0", None])
def test_pieces_that_are_not_there_are_refused(offset):
    desk = Desk(page=lambda: b"abc")
    desk.ask(kind="make", what="page")
    assert desk.ask(kind="piece", offset=offset)["kind"] == "failed"


def test_a_readable_reason_is_passed_on():
    def refuse():
        raise DataError("Too large.", next_step="Choose less.")

    assert Desk(page=refuse).ask(kind="make", what="page")["message"] == "Too large. Choose less."


def test_an_unexpected_failure_is_logged_under_an_id(caplog):
    message = Desk(page=lambda: 1 / 0).ask(kind="make", what="page")["message"]
    assert "division" not in message
    assert message.split()[-1].rstrip(".") in caplog.text


@pytest.mark.parametrize("message", [None, "x", {}, {"job": 1, "kind": "make"}])
def test_messages_without_a_job_are_ignored(message):
    desk = Desk()
    desk.bar._receive(None, message, [])
    assert desk.messages == []
