"""Organic posts: their counts go to the lake, their words nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from graph_script import failure

from workbench.core.dates import Period
from workbench.core.errors import AuthError, RemoteUnavailable, SchemaError
from workbench.ledger import connections, record_connected
from workbench.loaders.meta.entities import load_entities
from workbench.loaders.meta.posts import load_posts

PERIOD = Period(date(2026, 11, 14), date(2026, 11, 20))
PAGE_TOKEN = "EAApageNotARealToken0123456789"  # noqa: S105 (it opens nothing)
POSTS, MEDIA = "500/published_posts", "600/media"
NEW = {
    "post_media_view": 1000,
    "post_total_media_view_unique": 800,
    "post_clicks_by_type": {"link clicks": 7},
}
OLD = {"post_impressions": 900, "post_impressions_unique": 700}


def edge(total):
    return {"data": [], "summary": {"total_count": total}}


def post(post_id="500_1", at="2026-11-18T12:00:00+0000", insights=NEW, **more):
    found = {
        "id": post_id,
        "created_time": at,
        "status_type": "added_photos",
        "shares": {"count": 3},
        "reactions": edge(20),
        "comments": edge(4),
        "message": "words of the post",
    }
    data = [{"name": name, "period": "lifetime", "values": [{"value": v}]} for name, v in insights.items()]
    return {**found, "insights": {"data": data}, **more}


def medium(media_id="17", **more):
    data = [{"name": n, "values": [{"value": v}]} for n, v in {"views": 50, "reach": 40, "shares": 2}.items()]
    found = {
        "id": media_id,
        "timestamp": "2026-11-18T23:00:00+0000",
        "media_type": "VIDEO",
        "media_product_type": "REELS",
        "like_count": 9,
        "comments_count": 1,
        "insights": {"data": data},
    }
    return {**found, **more}


def knowing(*names: str, rows):
    """Answer like a version that refuses a list with any other metric."""

    def answer(asked):
        wanted = asked.params["fields"].partition("insights.metric(")[2].partition(")")[0]
        unknown = [name for name in wanted.split(",") if name and name not in names]
        return failure(100, message=f"(#100) {unknown} must be valid") if unknown else rows

    return answer


@pytest.fixture
def desk(desk):
    desk.answers.update(
        {
            "me/accounts": [
                {
                    "id": "500",
                    "name": "Our page",
                    "access_token": PAGE_TOKEN,
                    "instagram_business_account": {"id": "600"},
                }
            ],
            POSTS: [post(), post("500_2", "2026-11-19T03:30:00+0000", status_type=None, shares=None)],
            MEDIA: [medium()],
        }
    )
    return desk


def by_id(desk):
    return {row["post_id"]: row for row in desk.rows("posts")}


def test_posts_of_both_networks_are_kept_with_their_counts(desk):
    part = desk.load(load_posts, PERIOD)
    rows = by_id(desk)
    assert (part.kind, part.n_rows, part.changed, part.warnings) == ("posts", 3, True, ())
    names = ("impressions", "reach", "reactions", "comments", "shares", "link_clicks", "post_type")
    assert [rows["500_1"][name] for name in names] == [1000, 800, 20, 4, 3, 7, "photo"]
    assert [rows["500_2"][name] for name in names] == [1000, 800, 20, 4, 0, 7, None]
    assert [rows["17"][name] for name in names] == [50, 40, 9, 1, 2, None, "reel"]
    assert (rows["500_1"]["network"], rows["500_1"]["account_id"]) == ("facebook", "500")
    assert (rows["17"]["network"], rows["17"]["account_id"]) == ("instagram", "600")
    assert rows["500_2"]["date_start"] == date(2026, 11, 18)  # still the evening before in New York
    assert rows["500_2"]["published_at"] == datetime(2026, 11, 19, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (knowing(*NEW, rows=[post()]), (1000, 800)),
        (knowing(*OLD, "post_clicks_by_type", rows=[post(insights=OLD)]), (900, 700)),
        (knowing(rows=[post(insights={})]), (None, None)),
        ([post(insights={})], (None, None)),
    ],
)
def test_whichever_metrics_a_version_knows_are_taken(desk, answer, found):
    desk.answers[POSTS] = answer
    desk.load(load_posts, PERIOD)
    row = by_id(desk)["500_1"]
    assert (row["impressions"], row["reach"], row["reactions"]) == (*found, 20)


def test_a_version_that_leaves_old_metrics_out_is_asked_for_the_others(desk):
    def answer(asked):
        return [post(insights=OLD if "post_impressions," in asked.params["fields"] else {})]

    desk.answers[POSTS] = answer
    desk.load(load_posts, PERIOD)
    assert by_id(desk)["500_1"]["impressions"] == 900


def test_pages_are_read_with_their_own_token_for_the_pages_own_days(desk):
    desk.load(load_posts, PERIOD)
    for path in (POSTS, MEDIA):
        params = desk.network.params(path)
        assert params["access_token"] == PAGE_TOKEN
        assert datetime.fromtimestamp(int(params["since"]), UTC) == datetime(2026, 11, 14, 5, tzinfo=UTC)
        assert "message" not in params["fields"]
        assert "caption" not in params["fields"]


def test_reading_twice_changes_nothing_and_new_counts_replace(desk):
    desk.load(load_posts, PERIOD)
    version = desk.source.lake.version()
    assert not desk.load(load_posts, PERIOD).changed
    assert desk.source.lake.version() == version
    desk.answers[MEDIA] = [medium(like_count=10)]
    assert desk.load(load_posts, PERIOD).changed
    assert by_id(desk)["17"]["reactions"] == 10
    assert len(by_id(desk)) == 3


def test_a_post_that_is_gone_is_gone(desk):
    desk.load(load_posts, PERIOD)
    desk.answers[POSTS] = [post()]
    desk.load(load_posts, PERIOD)
    assert set(by_id(desk)) == {"500_1", "17"}


def test_whether_a_post_was_promoted_is_told_by_the_ads_that_show_it(desk):
    desk.load(load_posts, PERIOD)
    assert {row["is_paid"] for row in desk.rows("posts")} == {None}
    desk.answers.update({f"act_123/{name}": [] for name in ("campaigns", "adsets", "ads")})
    desk.answers["act_123/adcreatives"] = [{"id": "9", "effective_object_story_id": "500_2"}]
    desk.load(load_entities, PERIOD)
    desk.load(load_posts, PERIOD)
    assert {i: row["is_paid"] for i, row in by_id(desk).items()} == {
        "500_1": False,
        "500_2": True,
        "17": None,
    }


def test_only_the_accounts_pages_are_read_where_that_is_known(desk):
    desk.answers["me/accounts"] += [{"id": "700", "access_token": PAGE_TOKEN}]
    desk.answers["700/published_posts"] = [post("700_1")]
    desk.answers["act_123/promote_pages"] = [{"id": "700"}]
    desk.load(load_posts, PERIOD)
    assert set(by_id(desk)) == {"700_1"}


def test_two_accounts_that_share_a_page_do_not_move_its_posts(desk):
    desk.load(load_posts, PERIOD)
    before = desk.rows("posts")
    desk.account.account_id, desk.account.time_zone = "124", "Pacific/Auckland"
    assert not desk.load(load_posts, PERIOD).changed
    assert desk.rows("posts") == before


def test_a_profile_is_a_connection_of_its_own(desk):
    desk.load(load_posts, PERIOD)
    with desk.source.ledger.read() as session:
        found = {c.network: c for c in connections(session, "sandbox")}
    assert {name: (c.account_id, c.time_zone, c.state) for name, c in found.items()} == {
        "facebook": ("500", "America/New_York", "ok"),
        "instagram": ("600", "America/New_York", "ok"),
    }
    assert found["facebook"].last_good_day == PERIOD.stop


def test_a_time_zone_that_is_known_stays(desk):
    with desk.source.ledger.write() as session:
        record_connected(
            session,
            environment="sandbox",
            network="facebook",
            account_id="500",
            account_name=None,
            time_zone="UTC",
            currency="EUR",
        )
    desk.load(load_posts, PERIOD)
    assert by_id(desk)["500_2"]["date_start"] == date(2026, 11, 19)


def test_a_refused_profile_keeps_its_rows_and_does_not_stop_the_other(desk):
    desk.load(load_posts, PERIOD)
    desk.answers[POSTS] = failure(200, message="(#200) Requires pages_read_engagement permission")
    desk.answers[MEDIA] = [medium(), medium("18")]
    part = desk.load(load_posts, PERIOD)
    assert set(by_id(desk)) == {"500_1", "500_2", "17", "18"}
    assert part.warnings[0].startswith("Could not read posts of facebook 500:")


@pytest.mark.parametrize(
    ("reply", "error"), [(failure(190, status=401), AuthError), (failure(2, status=500), RemoteUnavailable)]
)
def test_a_dead_token_or_network_stops_the_load_and_keeps_the_rows(desk, reply, error):
    desk.load(load_posts, PERIOD)
    before = desk.rows("posts")
    desk.answers[POSTS] = reply
    with pytest.raises(error) as caught:
        desk.load(load_posts, PERIOD)
    assert PAGE_TOKEN not in str(caught.value)
    assert desk.rows("posts") == before


@pytest.mark.parametrize("change", [{"id": None}, {"created_time": None}, {"shares": {"count": "many"}}])
def test_what_cannot_be_kept_is_refused(desk, change):
    desk.answers[POSTS] = [post(), post("500_3") | change]
    with pytest.raises(SchemaError):
        desk.load(load_posts, PERIOD)
    assert desk.rows("posts") == []


def test_neither_words_nor_tokens_stand_in_any_file(desk):
    desk.load(load_posts, PERIOD)
    desk.no_plain_bytes("words of the post", PAGE_TOKEN)
