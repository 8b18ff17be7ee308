"""What people wrote to us: once each, encrypted, as they last edited it, and counted by the page's day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from workbench.core.dates import Period
from workbench.core.encryption import FieldCipher
from workbench.core.errors import Conflict
from workbench.ledger import (
    CommunityDay,
    ReceivedMessage,
    message_author,
    messages_by_day,
    messages_of,
    open_ledger,
    record_messages,
    reencrypt_messages,
)
from workbench.ledger.messages import _last_answers
from workbench.ledger.models import Message

AT = datetime(2026, 11, 18, 4, 30, tzinfo=UTC)  # the evening before in New York
WORDS, AUTHOR = "Where is my order?", "Person One"
ASKED = ReceivedMessage("c1", "500", "comment", AT, False, WORDS, "42000001", AUTHOR, "500_1")
PERIOD = Period(date(2026, 11, 17), date(2026, 11, 19))


def record(ledger, *messages: ReceivedMessage, network="facebook"):
    with ledger.write() as session:
        return record_messages(session, messages, environment="sandbox", network=network)


def counted(ledger, **changes: str):
    asked = {"environment": "sandbox", "network": "facebook", "time_zone": "UTC", **changes}
    with ledger.read() as session:
        return messages_by_day(session, "500", PERIOD, **asked)


def answer(message_id, hours, **changes: object):
    later = {"written_at": AT + timedelta(hours=hours), "is_ours": True, "author_id": "500"}
    return replace(ASKED, message_id=message_id, **{"parent_id": "c1", **later, **changes})


def test_a_text_is_recorded_once_and_reads_back(ledger):
    assert record(ledger, ASKED, ASKED).n_new == 1
    again = record(ledger, ASKED)
    assert (again.n_new, again.n_edited, again.n_known, again.changed) == (0, 0, 1, False)
    with ledger.read() as session:
        [found] = messages_of(session, "42000001", environment="sandbox", network="facebook")
        assert not messages_of(session, "42000001", environment="sandbox", network="instagram")
    assert (found.text_enc, found.post_id, found.parent_id) == (WORDS, "500_1", None)
    assert (found.written_at, found.is_ours, found.kind) == (AT, False, "comment")
    assert message_author(found) == {"id": "42000001", "name": AUTHOR}


def test_an_edited_text_is_the_last_one_and_a_missing_one_deletes_nothing(ledger):
    record(ledger, ASKED)
    assert record(ledger, replace(ASKED, text="Found it.")).n_edited == 1
    assert not record(ledger, replace(ASKED, text=None)).changed
    with ledger.read() as session:
        assert session.get(Message, ("sandbox", "facebook", "c1")).text_enc == "Found it."


def test_a_text_without_author_is_kept(ledger):
    record(ledger, replace(ASKED, author_id=None, author_name=None))
    with ledger.read() as session:
        found = session.get(Message, ("sandbox", "facebook", "c1"))
    assert (found.author_enc, found.author_hash) == (None, None)
    assert message_author(found) == {"id": None, "name": None}


def test_the_database_sees_nothing_personal_and_nor_does_a_repr(ledger):
    record(ledger, ASKED)
    with ledger.read() as session:
        row = " ".join(map(str, session.execute(text("SELECT * FROM messages")).one()))
    for part in (WORDS, "is my order", AUTHOR, "42000001"):  # a short word stands in a token by chance
        assert part not in row
        assert part not in repr(ASKED)


def test_another_kind_is_refused_by_the_database(ledger):
    with pytest.raises(Conflict):
        record(ledger, replace(ASKED, kind="poem"))


def test_counts_are_by_the_pages_own_day_kind_and_post(ledger):
    record(
        ledger,
        ASKED,
        replace(ASKED, message_id="c2", post_id="500_2"),
        replace(ASKED, message_id="c3", written_at=AT + timedelta(hours=3)),
        replace(ASKED, message_id="a1", kind="ad_comment"),
        replace(ASKED, message_id="old", written_at=AT - timedelta(days=9)),
        replace(ASKED, message_id="else", account_id="501"),
        replace(ASKED, message_id="m1", kind="mention", post_id=None),
    )
    record(ledger, ASKED, network="instagram")
    assert counted(ledger, time_zone="America/New_York") == (
        CommunityDay(date(2026, 11, 17), "ad_comment", "500_1", 1, 0),
        CommunityDay(date(2026, 11, 17), "comment", "500_1", 1, 0),
        CommunityDay(date(2026, 11, 17), "comment", "500_2", 1, 0),
        CommunityDay(date(2026, 11, 17), "mention", None, 1, None),
        CommunityDay(date(2026, 11, 18), "comment", "500_1", 1, 0),
    )
    assert {row.day for row in counted(ledger)} == {date(2026, 11, 18)}


@pytest.mark.parametrize(
    ("reply", "n_answered"),
    [
        (answer("r1", 1), 1),
        (answer("r1", 24 * 30), 1),  # long after the period
        (answer("r1", -1), 0),
        (answer("r1", 1, parent_id="other"), 0),
        (answer("r1", 1, is_ours=False), 0),
    ],
)
def test_answered_is_what_we_wrote_later_below_the_same_comment(ledger, reply, n_answered):
    record(ledger, ASKED, reply)
    assert sum(row.n_answered for row in counted(ledger)) == n_answered
    assert sum(row.n_written for row in counted(ledger)) == (1 if reply.is_ours else 2)


def test_a_question_after_our_answer_is_open_again(ledger):
    first = replace(ASKED, kind="message", parent_id="t_1", post_id=None)
    last = replace(first, message_id="c9", written_at=AT + timedelta(hours=2))
    record(ledger, first, last, answer("r1", 1, kind="message", parent_id="t_1", post_id=None))
    [row] = counted(ledger)
    assert (row.n_written, row.n_answered) == (2, 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 50)), max_size=20))
def test_the_last_answer_of_a_thread_is_the_latest_of_ours(events):
    rows = [
        replace(
            ASKED, message_id=str(i), parent_id=f"t{thread}", is_ours=ours, written_at=AT + timedelta(hours=h)
        )
        for i, (ours, thread, h) in enumerate(events)
    ]
    found = _last_answers(rows)
    for thread in {f"t{n}" for n in range(4)}:
        ours = [row.written_at for row in rows if row.is_ours and row.parent_id == thread]
        assert found.get(thread) == (max(ours) if ours else None)


def test_changing_the_key(ledger_url):
    old, new = b"o" * 32, b"n" * 32
    with open_ledger(ledger_url, cipher=FieldCipher([old])) as ledger:
        record(ledger, ASKED)
    with open_ledger(ledger_url, cipher=FieldCipher([new, old])) as ledger:
        assert not record(ledger, ASKED).changed
        with ledger.write() as session:
            assert reencrypt_messages(session) == 1
    with open_ledger(ledger_url, cipher=FieldCipher([new])) as ledger, ledger.read() as session:
        [found] = messages_of(session, "42000001", environment="sandbox", network="facebook")
        assert found.text_enc == WORDS


def test_a_mention_called_after_its_author_keeps_the_authors_id_out_of_the_open(ledger_url):
    old, new = (bytes([n]) * 32 for n in (1, 2))
    mention = replace(ASKED, message_id="42000001_77", kind="mention")
    with open_ledger(ledger_url, cipher=FieldCipher([old])) as ledger:
        assert record(ledger, mention).n_new == 1
        with ledger.read() as session:
            [kept] = session.scalars(text("SELECT message_id FROM messages")).all()
    assert "42000001" not in kept
    assert kept.endswith("_77")
    with open_ledger(ledger_url, cipher=FieldCipher([new, old])) as ledger:
        assert record(ledger, mention).n_known == 1  # found again under the key before
        with ledger.write() as session:
            assert reencrypt_messages(session) == 1
    with open_ledger(ledger_url, cipher=FieldCipher([new])) as ledger:
        assert record(ledger, mention).n_known == 1
