"""Comments, messages and mentions: words and names encrypted in the ledger, counts in the lake."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import pytest
from graph_script import failure
from sqlalchemy import select

from workbench.core.dates import Period
from workbench.core.errors import AuthError, RemoteUnavailable, SchemaError
from workbench.ledger import message_author
from workbench.ledger.models import Message
from workbench.loaders.meta.community import load_community
from workbench.loaders.meta.entities import load_entities
from workbench.loaders.meta.posts import load_posts

PERIOD = Period(date(2026, 11, 14), date(2026, 11, 20))
PAGE_TOKEN = "EAApageNotARealToken0123456789"  # noqa: S105 (it opens nothing)
PERSON = {"id": "42000001", "name": "Person One"}
US = {"id": "500", "name": "Our page"}
WORDS = "Call me on +16505550101 or write to person.one@example.org"
PERSONAL = (WORDS, "person.one@example.org", "6505550101", "Person One", "42000001", "person_one", PAGE_TOKEN)


def said(own, at, who=PERSON, words=WORDS, **more):
    return {"id": own, "created_time": f"2026-11-{at}:00+0000", "message": words, "from": who, **more}


def shown(own, at, who, words=WORDS, **more):
    sender = {"id": who, "username": "person_one"}
    return {"id": own, "timestamp": f"2026-11-{at}:00+0000", "text": words, "from": sender, **more}


def post(own, n_comments):
    return {
        "id": own,
        "created_time": "2026-11-17T12:00:00+0000",
        "comments": {"summary": {"total_count": n_comments}},
    }


@pytest.fixture
def desk(desk):
    page = {"id": "500", "name": "Our page", "access_token": PAGE_TOKEN}
    desk.answers.update(
        {
            "me/accounts": [page | {"instagram_business_account": {"id": "600"}}],
            "500/published_posts": [post("500_1", 3), post("500_2", 0)],
            "600/media": [{"id": "17", "timestamp": "2026-11-17T12:00:00+0000", "comments_count": 2}],
            "500_1/comments": [
                said("c1", "18T03:00"),  # still the 17th in New York
                said("c2", "18T13:00", US, "Thank you.", parent={"id": "c1", "message": WORDS}),
                said("c3", "18T14:00", {}),
            ],
            "17/comments": [
                shown("i1", "18T12:00", "42000002", replies={"data": [shown("i2", "18T13:00", "600")]})
            ],
            "500/conversations": [
                {"id": "t_1", "updated_time": "2026-11-19T12:00:00+0000"},
                {"id": "t_2", "updated_time": "2026-10-01T12:00:00+0000"},
                {"id": "t_3", "updated_time": "2026-10-01T12:00:00+0000"},
            ],
            "t_1/messages": [
                said("m3", "19T12:00"),
                said("m2", "18T12:00", US),
                said("m1", "18T11:00"),
            ],
            "500/tagged": [said("p1", "19T12:00")],
            "act_123/campaigns": [],
            "act_123/adsets": [],
            "act_123/ads": [
                {"id": "111", "adset_id": "11", "effective_status": "ACTIVE", "creative": {"id": "9"}},
                {"id": "112", "adset_id": "11", "effective_status": "ACTIVE", "creative": {"id": "8"}},
                {"id": "113", "adset_id": "11", "effective_status": "PAUSED", "creative": {"id": "7"}},
            ],
            "act_123/adcreatives": [
                {"id": "9", "effective_object_story_id": "500_9"},
                {"id": "8", "effective_object_story_id": "999_8"},
                {"id": "7", "effective_object_story_id": "500_7"},
            ],
            "500_9/comments": [said("a1", "19T12:00")],
        }
    )
    return desk


def load(desk):
    desk.load(load_entities, PERIOD)
    desk.load(load_posts, PERIOD)
    return desk.load(load_community, PERIOD)


def texts(desk):
    with desk.source.ledger.read() as session:
        return {row.message_id: row for row in session.scalars(select(Message))}


def counts(desk):
    return {
        (row["network"], row["date_start"].day, row["kind"], row["post_id"]): (
            row["n_written"],
            row["n_answered"],
        )
        for row in desk.rows("community")
    }


def test_what_was_written_is_counted_by_day_kind_and_post(desk):
    part = load(desk)
    assert (part.kind, part.n_rows, part.changed, part.warnings) == ("community", 10, True, ())
    assert counts(desk) == {
        ("facebook", 17, "comment", "500_1"): (1, 1),
        ("facebook", 18, "comment", "500_1"): (1, 0),
        ("facebook", 19, "ad_comment", "500_9"): (1, 0),
        ("facebook", 18, "message", None): (1, 1),
        ("facebook", 19, "message", None): (1, 0),
        ("facebook", 19, "mention", None): (1, None),
        ("instagram", 18, "comment", "17"): (1, 1),
    }


def test_words_and_authors_are_in_the_ledger_and_ours_are_known_as_ours(desk):
    load(desk)
    found = texts(desk)
    assert set(found) == {"c1", "c2", "c3", "i1", "i2", "m1", "m2", "m3", "p1", "a1"}
    assert {own for own, row in found.items() if row.is_ours} == {"c2", "i2", "m2"}
    assert (found["c1"].text_enc, message_author(found["c1"])) == (WORDS, PERSON)
    assert message_author(found["i1"]) == {"id": "42000002", "name": "person_one"}
    assert found["c1"].author_hash == found["m1"].author_hash != found["i1"].author_hash
    assert [found[own].parent_id for own in ("c1", "c2", "i2", "m1")] == [None, "c1", "i1", "t_1"]


def test_nothing_is_asked_that_has_nothing_new(desk):
    load(desk)
    paths = desk.network.paths()
    for path in ("500_2/comments", "t_2/messages", "999_8/comments", "500_7/comments"):
        assert path not in paths  # no comments, too old, another page's, not on screen
    tokens = {a.params["access_token"] for a in desk.network.asked if a.path.endswith("comments")}
    assert tokens == {PAGE_TOKEN}


def test_reading_twice_changes_nothing(desk):
    load(desk)
    before = {own: (row.text_enc, row.loaded_at) for own, row in texts(desk).items()}
    version = desk.source.lake.version()
    part = load(desk)
    assert (part.changed, part.n_rows) == (False, 10)
    assert {own: (row.text_enc, row.loaded_at) for own, row in texts(desk).items()} == before
    assert desk.source.lake.version() == version


def test_a_later_answer_counts_for_the_day_of_the_question(desk):
    load(desk)
    desk.answers["500_9/comments"].append(said("a2", "20T12:00", US, parent={"id": "a1"}))
    assert load(desk).changed
    assert counts(desk)["facebook", 19, "ad_comment", "500_9"] == (1, 1)


def test_the_ads_that_were_on_screen_are_read_and_no_others_once_that_is_known(desk, monkeypatch):
    load(desk)
    desk.answers["500_7/comments"] = [said("a7", "19T12:00")]
    shown = [{"ad_id": "113"}]
    monkeypatch.setattr("workbench.loaders.meta.stories._SHOWN", _shown_as(shown))
    desk.network.asked.clear()
    load(desk)
    assert "500_7/comments" in desk.network.paths()
    assert "500_9/comments" not in desk.network.paths()


def _shown_as(rows):
    ids = ", ".join(f"('{row['ad_id']}', ?, ?, ?)" for row in rows)
    return f"SELECT v.a AS ad_id FROM (VALUES {ids}) AS v(a, b, c, d)"


@pytest.mark.parametrize("n_kept", range(6))
def test_killed_between_any_two_texts_a_rerun_is_whole(desk, monkeypatch, n_kept):
    desk.load(load_entities, PERIOD)
    desk.load(load_posts, PERIOD)
    with monkeypatch.context() as killed:
        _die_after(killed, n_kept)
        with pytest.raises(KeyboardInterrupt):
            desk.load(load_community, PERIOD)
    part = desk.load(load_community, PERIOD)
    assert (part.n_rows, len(texts(desk)), len(counts(desk))) == (10, 10, 7)


def _die_after(monkeypatch, n_kept):
    from workbench.ledger import record_messages

    left = [n_kept]

    def record(session, messages, **more: str):
        done = record_messages(session, messages, **more)
        if not left[0]:
            raise KeyboardInterrupt  # inside the transaction
        left[0] -= 1
        return done

    monkeypatch.setattr("workbench.ledger.record_messages", record)
    if n_kept == 5:  # all are kept, and it dies before the counts
        monkeypatch.setattr("workbench.ledger.messages_by_day", _die)


def _die(*_args: object, **_kwargs: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("path", "what", "lost"),
    [
        ("500_1/comments", "comments of facebook 500", {"c1", "c2", "c3"}),
        ("500_9/comments", "comments on ads of facebook 500", {"a1"}),
        ("500/conversations", "messages of facebook 500", {"m1", "m2", "m3"}),
        ("t_1/messages", "messages of facebook 500", {"m1", "m2", "m3"}),
        ("500/tagged", "mentions of facebook 500", {"p1"}),
        ("17/comments", "comments of instagram 600", {"i1", "i2"}),
    ],
)
def test_what_is_refused_does_not_stop_the_rest(desk, path, what, lost):
    everything = set(desk.answers)
    assert path in everything
    desk.answers[path] = failure(200, message="(#200) Requires pages_messaging permission")
    part = load(desk)
    assert part.warnings[0].startswith(f"Could not read {what}:")
    assert len(texts(desk)) == 10 - len(lost)
    assert not lost & set(texts(desk))


@pytest.mark.parametrize(
    ("reply", "error"), [(failure(190, status=401), AuthError), (failure(2, status=500), RemoteUnavailable)]
)
def test_a_dead_token_or_network_stops_the_load(desk, reply, error):
    desk.answers["500/tagged"] = reply
    with pytest.raises(error):
        load(desk)


@pytest.mark.parametrize("missing", ["id", "created_time"])
def test_a_text_without_id_or_moment_is_refused_without_a_word_of_it(desk, missing):
    desk.answers["500_1/comments"][1][missing] = None
    with pytest.raises(SchemaError) as caught:
        load(desk)
    assert not texts(desk)
    assert not [part for part in PERSONAL if part in str(caught.value)]


def test_conversations_are_read_until_all_of_a_page_are_old(desk):
    moments = ["2026-10-01T12:00:00+0000", "2026-11-18T12:00:00+0000"] + ["2026-10-01T12:00:00+0000"] * 4
    desk.answers["500/conversations"] = [
        {"id": f"t_{i}", "updated_time": moment} for i, moment in enumerate(moments)
    ]
    load(desk)
    asked = [a for a in desk.network.asked if a.path == "500/conversations"]
    assert len(asked) == 2  # the third page of two cannot hold anything newer


def test_old_posts_are_followed_for_a_while(desk):
    load(desk)
    desk.network.asked.clear()
    later = Period(PERIOD.start + timedelta(days=80), PERIOD.stop + timedelta(days=80))
    desk.load(load_community, later)
    assert "500_1/comments" in desk.network.paths()
    desk.network.asked.clear()
    desk.load(load_community, Period(later.start + timedelta(days=20), later.stop + timedelta(days=20)))
    assert "500_1/comments" not in desk.network.paths()


def test_nothing_personal_stands_in_any_file_or_line(desk, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("workbench"), "propagate", True)
    caplog.set_level(logging.DEBUG, logger="workbench")
    told = []
    object.__setattr__(desk.source, "progress", told.append)
    desk.answers["500/tagged"] = failure(100, message="no person.one@example.org, no +16505550101")
    part = load(desk)
    desk.no_plain_bytes(*PERSONAL)
    for text in PERSONAL:
        assert text not in caplog.text + " ".join(told) + str(part)


def test_a_promoted_post_of_the_page_is_read_once_and_as_a_post(desk):
    desk.answers["act_123/adcreatives"][0]["effective_object_story_id"] = "500_1"
    load(desk)
    asked = [a for a in desk.network.asked if a.path == "500_1/comments"]
    assert ["after" in request.params for request in asked] == [False, True]
    assert texts(desk)["c1"].kind == "comment"
