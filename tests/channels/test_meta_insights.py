"""The same rows come back whatever Meta refuses on the way, and no row that was not asked for."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from itertools import count

import pytest
from graph_script import HTML_502, Asked, Reply, failure
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from insights_script import ACCOUNT, REDUCE, Account, make_rows

from workbench.channels.meta_insights import InsightsQuery, fetch_insights
from workbench.core.dates import Period
from workbench.core.errors import AuthError, RemoteRejected, RemoteUnavailable

FIRST = date(2026, 10, 1)
WEEK = Period(FIRST, FIRST + timedelta(days=6))
FIELDS = ("impressions", "clicks", "spend")


class Memory(dict):
    """A run book in a dictionary that remembers everything that was ever put."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: list[str] = []

    def put(self, key: str, run_id: str) -> None:
        self[key] = run_id
        self.ever.append(run_id)

    def drop(self, key: str) -> None:
        self.pop(key, None)


def query(**changes) -> InsightsQuery:
    given_ = {"account_id": ACCOUNT, "level": "ad", "period": WEEK, "fields": FIELDS, **changes}
    return InsightsQuery(**given_)


def fetch(graph, asked: InsightsQuery, **more) -> list[dict]:
    return [row for rows in fetch_insights(graph, asked, **more) for row in rows]


def keyed(rows: list[dict], asked: InsightsQuery) -> dict:
    by_key = {asked.key_of(row): row for row in rows}
    assert len(by_key) == len(rows), "a row came twice"
    return by_key


def wanted(rows: list[dict], asked: InsightsQuery) -> dict:
    names = (*asked.key_fields, *asked.breakdowns, *asked.metric_fields)
    return keyed([{name: row[name] for name in names if name in row} for row in rows], asked)


def started(server) -> list[Asked]:
    return [asked for asked in server.asked if asked.method == "POST"]


def test_a_week_of_ads_comes_back_whole_deleted_ones_included(connect):
    rows = make_rows(FIRST, 7)
    graph, _ = connect(Account(rows))
    got = keyed(fetch(graph, query()), query())
    assert got == wanted(rows, query())
    assert len(got) == 7 * 8
    assert {key[3] for key in got} >= {"a6", "a7"}


def test_airbyte_31860(connect):
    """A report has other defaults than a direct call; so every parameter with a default is sent outright."""
    graph, server = connect(Account(make_rows(FIRST, 7), largest=40))
    fetch(graph, query(breakdowns=()))
    reports = [asked for asked in started(server) if "date_start" in asked.json("fields")]
    assert len(reports) > 10
    for asked in reports:
        assert asked.json("action_breakdowns") == []
        assert asked.params["action_report_time"] == "mixed"
        assert asked.json("action_attribution_windows") == ["1d_click", "7d_click", "28d_click", "1d_view"]
        assert asked.json("use_unified_attribution_setting") is False
        assert asked.params["time_increment"] == "1"
        assert asked.params["level"] == "ad"


def test_the_ad_sets_own_setting_is_never_mixed_with_windows(connect):
    graph, server = connect(Account(make_rows(FIRST, 7)))
    fetch(graph, query(attribution_windows=()))
    (asked,) = started(server)
    assert asked.json("use_unified_attribution_setting") is True
    assert "action_attribution_windows" not in asked.params


def test_airbyte_36998(connect):
    """Filters were lost on a split: archived and deleted ads went missing, and filtered ones came back."""
    rows = make_rows(FIRST, 2)
    asked_for = query(
        period=Period(FIRST, FIRST + timedelta(days=1)),
        filtering=({"field": "impressions", "operator": "GREATER_THAN", "value": "1030"},),
    )
    graph, server = connect(Account(rows, largest=16))
    got = keyed(fetch(graph, asked_for), asked_for)
    assert got == wanted([row for row in rows if int(row["impressions"]) > 1030], asked_for)
    pieces = [asked for asked in started(server) if "date_start" in asked.json("fields")]
    assert {asked.path.split("/")[0][0] for asked in pieces} == {"a", "c", "s"}
    for asked in pieces:
        one, status = asked.json("filtering")
        assert one == {"field": "impressions", "operator": "GREATER_THAN", "value": "1030"}
        assert status["field"] == "ad.effective_status"
        assert {"ARCHIVED", "DELETED"} <= set(status["value"])


def test_an_own_filter_by_status_is_left_as_it_is(connect):
    own = {"field": "ad.effective_status", "operator": "IN", "value": ["ARCHIVED"]}
    graph, server = connect(Account(make_rows(FIRST, 7)))
    assert {row["ad_id"] for row in fetch(graph, query(filtering=(own,)))} == {"a6"}
    assert started(server)[0].json("filtering") == [own]


@pytest.mark.parametrize("largest", [10_000, 300, 60, 9, 7])
def test_the_rows_do_not_depend_on_how_much_one_answer_may_hold(connect, largest):
    rows = make_rows(FIRST, 7)
    graph, server = connect(Account(rows, largest=largest))
    assert keyed(fetch(graph, query()), query()) == wanted(rows, query())
    if largest <= 60:
        assert any(asked.path.startswith("c0/") for asked in started(server))


def test_breakdown_rows_are_never_merged_even_where_fields_are_halved(connect):
    rows = make_rows(FIRST, 1, n_ads=2, ages=("18-24", "25-34"), genders=("female", "male", "unknown"))
    asked_for = query(period=Period(FIRST, FIRST), breakdowns=("age", "gender"))
    said: list[str] = []
    graph, _ = connect(Account(rows, largest=6 * 7))
    got = keyed(fetch(graph, asked_for, progress=said.append), asked_for)
    assert got == wanted(rows, asked_for)
    assert len(got) == 2 * 6
    assert any("fields" in text for text in said)


def test_a_row_of_several_days_is_never_cut_into_shorter_ones(connect):
    def meddle(asked):
        return REDUCE if asked.path == f"act_{ACCOUNT}/insights" and asked.params["level"] == "ad" else None

    graph, server = connect(Account(make_rows(FIRST, 1), meddle=meddle))
    fetch(graph, query(increment="all_days"))
    fetch(graph, query(increment=7))
    questions = [asked for asked in started(server) if "impressions" in asked.json("fields")]
    assert {asked.json("time_range")["until"] for asked in questions} == {"2026-10-07"}
    assert {asked.json("time_range")["since"] for asked in questions} == {"2026-10-01"}


def test_a_split_falls_between_two_rows_of_several_days(connect):
    first_only = count()

    def meddle(asked):
        return REDUCE if asked.method == "POST" and next(first_only) == 0 else None

    graph, server = connect(Account([], meddle=meddle))
    fetch(graph, query(increment=3))
    assert [tuple(asked.json("time_range").values()) for asked in started(server)[1:]] == [
        ("2026-10-01", "2026-10-03"),
        ("2026-10-04", "2026-10-07"),
    ]


def test_what_cannot_be_split_further_is_refused_with_its_name(connect):
    graph, _ = connect(Account(make_rows(FIRST, 7), meddle=lambda a: REDUCE if a.method == "POST" else None))
    with pytest.raises(
        RemoteRejected, match=r"act_42 at level account, 2026-10-01 – 2026-10-01.*reduce the amount"
    ) as caught:
        fetch(graph, query(level="account", fields=("spend",)))
    assert caught.value.period == Period(FIRST, FIRST)


def test_children_are_listed_by_their_edge_where_even_their_names_are_too_much(connect):
    def meddle(asked):
        is_listing = asked.method == "POST" and "date_start" not in asked.json("fields")
        return REDUCE if is_listing else None

    rows = make_rows(FIRST, 1)
    asked_for = query(period=Period(FIRST, FIRST))
    graph, server = connect(Account(rows, largest=30, meddle=meddle))
    assert keyed(fetch(graph, asked_for), asked_for) == wanted(rows, asked_for)
    (edge,) = [asked for asked in server.asked if asked.path == f"act_{ACCOUNT}/campaigns"]
    assert "DELETED" in edge.json("effective_status")


def test_children_are_sought_in_the_weeks_before_as_well_but_not_beyond_the_history(connect):
    def listing_of(period: Period) -> str:
        now = {"Date": "Fri, 20 Nov 2026 08:00:00 GMT"}
        first = count()

        def meddle(asked):
            refused = asked.method == "POST" and "spend" in asked.json("fields") and next(first) == 0
            return failure(100, subcode=1487534, headers=now) if refused else None

        graph, server = connect(Account([], meddle=meddle))
        fetch(graph, query(period=period))
        return started(server)[1].json("time_range")["since"]

    assert listing_of(Period(FIRST, FIRST)) == "2026-09-03"
    assert listing_of(Period(date(2023, 11, 1), date(2023, 11, 1))) == "2023-11-01"


# reports --------------------------------------------------------------------------------------------------


def test_running_at_100_percent_is_not_done(connect, clock):
    rows = make_rows(FIRST, 7)
    statuses = ("Job Not Started", "Job Started", *["Job Running"] * 6, "Job Completed")
    graph, server = connect(Account(rows, statuses=statuses))
    assert len(fetch(graph, query())) == len(rows)
    assert [asked.path for asked in server.asked if asked.path == "9000"] == ["9000"] * 9
    assert clock.slept_s > 20


def test_a_report_that_never_ends_is_started_anew_and_then_given_up(connect, clock):
    graph, server = connect(Account([], statuses=("Job Running",)))
    with pytest.raises(RemoteRejected, match=r"Job Running after 60 minutes.*started 4 times"):
        fetch(graph, query())
    assert len(started(server)) == 4
    assert clock.slept_s >= 4 * 3600


@pytest.mark.parametrize(
    "end",
    [
        {"async_status": "Job Skipped"},
        {"async_status": "Job Failed"},
        {
            "async_status": "Job Failed",
            "error_code": 2601,
            "error_message": "There was an error running your report.",
        },
    ],
)
def test_a_report_that_failed_for_no_lasting_reason_is_started_again(connect, end):
    rows = make_rows(FIRST, 7)
    graph, server = connect(
        Account(rows, meddle=lambda a: Reply({"id": "9000", **end}) if a.path == "9000" else None)
    )
    assert keyed(fetch(graph, query()), query()) == wanted(rows, query())
    assert len(started(server)) == 2


def test_a_failed_report_says_what_meta_said(connect):
    end = {
        "async_status": "Job Failed",
        "error_code": 2601,
        "error_message": "There was an error running your report.",
    }
    graph, server = connect(Account([], meddle=lambda a: None if a.method == "POST" else Reply(end)))
    with pytest.raises(RemoteRejected, match="There was an error running your report") as caught:
        fetch(graph, query())
    assert caught.value.code == 2601
    assert len(started(server)) == 4


def test_a_failed_report_with_a_final_reason_is_not_started_again(connect):
    end = {"async_status": "Job Failed", "error_code": 3018, "error_message": "too old"}
    graph, server = connect(Account([], meddle=lambda a: None if a.method == "POST" else Reply(end)))
    with pytest.raises(RemoteRejected, match="37 months"):
        fetch(graph, query())
    assert len(started(server)) == 1


def test_a_version_that_does_not_tell_the_reason_is_asked_for_it(connect):
    def meddle(asked):
        if asked.path != "9000":
            return None
        why = {"error_code": 100, "error_subcode": 1487534} if "fields" in asked.params else {}
        return Reply({"async_status": "Job Failed", **why})

    rows = make_rows(FIRST, 7)
    graph, server = connect(Account(rows, meddle=meddle))
    assert keyed(fetch(graph, query()), query()) == wanted(rows, query())
    assert len(started(server)) == 3


def test_a_report_that_cannot_be_found_yet_is_waited_for(connect):
    n = count()

    def meddle(asked):
        is_first = asked.path in ("9000", "9000/insights") and next(n) in (0, 2)
        return failure(100, subcode=33, message="Unsupported get request.") if is_first else None

    rows = make_rows(FIRST, 7)
    graph, server = connect(Account(rows, meddle=meddle, statuses=("Job Completed",)))
    assert len(fetch(graph, query())) == len(rows)
    assert len(started(server)) == 1


def test_starting_a_report_is_repeated_when_nobody_answers(connect):
    n = count()
    rows = make_rows(FIRST, 7)
    graph, _ = connect(Account(rows, meddle=lambda _: HTML_502 if next(n) % 2 == 0 else None))
    assert len(fetch(graph, query())) == len(rows)


def test_a_refusal_after_the_first_page_never_leads_to_rows_twice(connect):
    def meddle(asked):
        return REDUCE if asked.path.endswith("/insights") and asked.params.get("after") == "20" else None

    graph, _ = connect(Account(make_rows(FIRST, 7), page_size=10, meddle=meddle))
    seen = []
    pages = fetch_insights(graph, query())
    with pytest.raises(RemoteRejected, match="too large"):
        seen.extend(row for rows in pages for row in rows)
    assert len(keyed(seen, query())) == 20


# interrupted loads ----------------------------------------------------------------------------------------


def test_an_interrupted_load_takes_up_the_report_it_started(connect):
    rows, runs = make_rows(FIRST, 7), Memory()
    graph, server = connect(Account(rows, page_size=20))
    pages = fetch_insights(graph, query(), runs=runs)
    next(pages)
    pages.close()  # the process ends here
    assert list(runs.values()) == ["9000"]
    assert keyed(fetch(graph, query(), runs=runs), query()) == wanted(rows, query())
    assert len(started(server)) == 1
    assert not runs


def test_another_question_starts_another_report(connect):
    runs = Memory()
    graph, server = connect(Account(make_rows(FIRST, 7), page_size=20))
    next(fetch_insights(graph, query(), runs=runs))
    fetch(graph, query(fields=("spend",)), runs=runs)
    assert len(started(server)) == 2


@pytest.mark.parametrize("where", ["gone", "gone_rows", "failed", "skipped"])
def test_a_report_that_is_of_no_use_any_more_is_started_anew(connect, where):
    def meddle(asked):
        if asked.path.split("/")[0] != "777":
            return None
        if asked.path.endswith("/insights") or where == "gone":
            return failure(100, subcode=33, message="Unsupported get request.")
        return Reply(
            {"async_status": {"gone_rows": "Job Completed", "failed": "Job Failed"}.get(where, "Job Skipped")}
        )

    rows, runs = make_rows(FIRST, 7), Memory()
    graph, server = connect(Account(rows, meddle=meddle))
    pages = fetch_insights(graph, query(), runs=runs)
    next(pages)
    pages.close()
    runs[next(iter(runs))] = "777"
    assert keyed(fetch(graph, query(), runs=runs), query()) == wanted(rows, query())
    assert len(started(server)) == 2
    assert not runs


def test_a_connection_that_fails_leaves_the_report_to_be_taken_up(connect):
    from workbench.channels.retries import Retries

    runs, is_down = Memory(), [True]
    rows = make_rows(FIRST, 7)
    account = Account(
        rows, meddle=lambda a: HTML_502 if is_down[0] and a.path.endswith("9000/insights") else None
    )
    graph, server = connect(account, retries=Retries(max_tries=2))
    with pytest.raises(RemoteUnavailable):
        fetch(graph, query(), runs=runs)
    is_down[0] = False
    assert len(fetch(graph, query(), runs=runs)) == len(rows)
    assert len(started(server)) == 1


def test_a_dead_token_ends_the_load_at_once(connect):
    graph, server = connect(Account([], meddle=lambda _: failure(190, subcode=463, status=401)))
    with pytest.raises(AuthError, match="expired"):
        fetch(graph, query())
    assert len(server.asked) == 1


# rows -----------------------------------------------------------------------------------------------------


def test_day_fetched_twice(connect):
    """``until`` is included: a loader that forgets it asks for each day twice."""
    graph, server = connect(Account(make_rows(FIRST, 7), largest=7 * 8 * 4))
    fetch(graph, query())
    leaves = [asked for asked in started(server)[1:] if "spend" in asked.json("fields")]
    ranges = [Period(*map(date.fromisoformat, asked.json("time_range").values())) for asked in leaves]
    whole = [one for one in ranges if not any(one != other and _holds(one, other) for other in ranges)]
    assert sorted(day for one in whole for day in one.days()) == list(WEEK.days())


def _holds(one: Period, other: Period) -> bool:
    return one.start <= other.start and other.stop <= one.stop


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"date_start": "2026-09-30", "date_stop": "2026-09-30"}, "2026-09-30"),
        ({"date_stop": "2026-10-02"}, "2026-10-01 – 2026-10-02"),
        ({"date_start": None}, "None"),
        ({"date_start": "2026-10-1"}, "2026-10-1"),
        ({"account_id": "43"}, "account 43"),
    ],
)
def test_a_row_that_was_not_asked_for_is_refused(connect, change, text):
    bad = {**make_rows(FIRST, 1)[0], **change}

    def meddle(asked):
        return Reply({"data": [bad]}) if asked.path.endswith("9000/insights") else None

    graph, _ = connect(Account([], meddle=meddle))
    with pytest.raises(RemoteRejected, match=f"{text}.* which was not asked for"):
        fetch(graph, query())


def test_a_row_without_its_breakdown_is_refused(connect):
    bad = make_rows(FIRST, 1)[0]
    graph, _ = connect(
        Account([], meddle=lambda a: Reply({"data": [bad]}) if a.path.endswith("9000/insights") else None)
    )
    with pytest.raises(RemoteRejected, match="without the breakdown age"):
        fetch(graph, query(breakdowns=("age",)))
    assert fetch(graph, query(breakdowns=("body_asset",))) == []


def test_two_rows_of_one_key_are_not_joined_at_random(connect):
    row = make_rows(FIRST, 1, n_ads=1)[0]
    asked_for = query(period=Period(FIRST, FIRST), level="account")
    rows = [{**row, "status": "ACTIVE", "impressions": str(n)} for n in (1, 2)]
    graph, _ = connect(Account(rows, largest=9))
    with pytest.raises(RemoteRejected, match="two rows of the same key"):
        fetch(graph, asked_for)


def test_nothing_is_fetched_before_the_first_page_and_pages_come_one_by_one(connect):
    graph, server = connect(Account(make_rows(FIRST, 7), page_size=10))
    pages = fetch_insights(graph, query())
    assert server.asked == []
    next(pages)
    assert len([asked for asked in server.asked if asked.path.endswith("9000/insights")]) == 1


# the question ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "act_42"},
        {"account_id": ""},
        {"level": "creative"},
        {"increment": 0},
        {"increment": 91},
        {"fields": ("spend,clicks",)},
        {"breakdowns": ("Age",)},
        {"attribution_windows": ("7d_view",)},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(change):
    with pytest.raises(ValueError, match="cannot be asked for"):
        query(**change)


def test_the_key_is_asked_for_with_every_question():
    assert query(fields=("spend", "spend", "ad_id")).params()["fields"] == [
        "account_id",
        "campaign_id",
        "adset_id",
        "ad_id",
        "date_start",
        "date_stop",
        "spend",
    ]
    assert query(level="account").key_fields == ("account_id", "date_start", "date_stop")
    assert query(level="account").params()["filtering"] == []


def test_every_parameter_is_one_that_the_sdk_declares():
    from facebook_business.adobjects.adaccount import AdAccount
    from facebook_business.api import FacebookAdsApi
    from facebook_business.session import FacebookSession

    api = FacebookAdsApi(FacebookSession(access_token="x"))
    checker = AdAccount("act_1", api=api).get_insights_async(params={}, pending=True)._param_checker
    params = query(breakdowns=("age", "publisher_platform")).params()
    assert [name for name, value in params.items() if not checker.is_valid_pair(name, value)] == []


# everything at once ---------------------------------------------------------------------------------------

TROUBLE = [
    HTML_502,
    REDUCE,
    failure(1, status=500),
    failure(2),
    failure(17),
    failure(80000),
    failure(613),
    failure(None, subcode=33),
    failure(100, subcode=1487534),
    Reply(b'{"data": ['),
    Reply(drop=True),
    Reply({"data": ["x" * 400]}, cut=100),
]


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None
)
@given(seed=st.integers(0, 10**6), largest=st.sampled_from([10_000, 100]))
@example(seed=362881, largest=100)  # refused for size with one field of one row left
def test_errors_of_every_kind_change_no_row(connect, seed, largest):
    """One call in ten goes wrong, at random; the rows are those of a quiet day."""
    chance = random.Random(seed)  # noqa: S311 (seeded)
    rows = make_rows(FIRST, 4, n_ads=4, ages=("18-24", "25-34"), genders=("female", "male"))
    asked_for = query(breakdowns=("age", "gender"))
    account = Account(
        rows,
        largest=largest,
        page_size=25,
        meddle=lambda _: chance.choice(TROUBLE) if chance.random() < 0.1 else None,
    )
    graph, _ = connect(account)
    assert keyed(fetch(graph, asked_for), asked_for) == wanted(rows, asked_for)
    assert json.dumps(graph.usage.to_dict())
