"""The connection waits, retries and pages to the end, and never shows its token."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import random
import subprocess
import sys
import threading
import traceback
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from graph_script import HTML_502, TOKEN, Reply, failure
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from workbench.channels.meta_errors import TooMuchData
from workbench.channels.meta_graph import Graph, GraphAccess
from workbench.channels.retries import Retries
from workbench.core.errors import (
    AuthError,
    ChannelError,
    DataError,
    RateLimited,
    RemoteRejected,
    RemoteUnavailable,
)

ODD_TOKEN = "none-of-the-usual-forms/0123"  # noqa: S105


def everything_of(error: BaseException) -> str:
    """Return all that a reader or a log may see of an error, whatever stands behind it included."""
    seen, text = set[int](), ""
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        text += "".join(traceback.format_exception(one)) + repr(one) + repr(vars(one)) + repr(one.args)
        pending += [one.__cause__, one.__context__]
    return text


def page(rows: list[dict], after: str | None = None, **params: str) -> Reply:
    body: dict = {"data": rows, "paging": {"cursors": {"before": "b", "after": after or "z"}}}
    if after is not None:
        query = "&".join(
            f"{k}={v}" for k, v in {"access_token": TOKEN, "limit": "2", "after": after, **params}.items()
        )
        body["paging"]["next"] = f"https://graph.facebook.com/v26.0/act_1/ads?{query}"
    return Reply(body)


def ids(pages) -> list[str]:
    return [row["id"] for rows in pages for row in rows]


def test_a_call_carries_version_token_proof_and_json(connect):
    graph, server = connect([Reply({"id": "1"})], app_id="7", app_secret="s" * 32)
    assert graph.get("act_1/ads", {"fields": ["id", "name"], "limit": 5, "deep": {"b": True}}) == {"id": "1"}
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "act_1/ads")
    assert asked.json("fields") == ["id", "name"]
    assert asked.json("deep") == {"b": True}
    assert asked.params["access_token"] == TOKEN
    assert asked.params["appsecret_proof"] == hmac.new(b"s" * 32, TOKEN.encode(), hashlib.sha256).hexdigest()
    assert graph.api_version == "v26.0"


def test_now_is_what_the_server_says(connect):
    graph, _ = connect(
        [Reply({}, headers={"Date": "Fri, 20 Nov 2026 09:30:00 GMT"}), Reply({}, headers={"Date": "?"})]
    )
    assert graph.server_now is None
    graph.get("me")
    assert graph.server_now == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    graph.get("me")
    assert graph.server_now == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_two_connections_share_nothing_and_there_is_no_process_wide_default(connect):
    from facebook_business.api import FacebookAdsApi

    hook = sys.excepthook
    first, one = connect([Reply({"id": "1"})])
    second, two = connect([Reply({"id": "2"})], token=ODD_TOKEN)
    assert (second.get("me"), first.get("me")) == ({"id": "2"}, {"id": "1"})
    assert (one.asked[0].params["access_token"], two.asked[0].params["access_token"]) == (TOKEN, ODD_TOKEN)
    assert FacebookAdsApi.get_default_api() is None
    assert sys.excepthook is hook


def test_another_token_shares_the_quotas(connect):
    graph, server = connect([Reply({}), Reply({})])
    page_graph = graph.acting_as(ODD_TOKEN)
    page_graph.get("me")
    page_graph.close()
    assert server.asked[0].params["access_token"] == ODD_TOKEN
    assert page_graph.usage is graph.usage


TROUBLE = {
    "html_502": HTML_502,
    "html_200": Reply(b"<html>Sorry</html>", 200, {"Content-Type": "text/html"}),
    "service_unavailable": Reply(b"Service Unavailable", 503, {"Content-Type": "text/plain"}),
    "half_json": Reply(b'{"data": [{"id": "1"}, {"id"'),
    "nan": Reply(b'{"data": NaN}'),
    "no_object": Reply([1, 2]),
    "a_number": Reply(b"7"),
    "empty": Reply(b""),
    "cut_off": Reply({"data": ["x" * 500]}, cut=200),
    "dropped": Reply(drop=True),
    "deep": Reply(b"[" * 200_000),
    "500_without_error": Reply({"data": []}, 500),
    "user_limit": failure(17, subcode=2446079, is_transient=True),
    "account_limit": failure(80004),
    "unknown": failure(1, status=500),
    "race": failure(None, subcode=33),
    "error_of_an_odd_kind": Reply({"error": {"code": 2, "error_data": "{not json"}}, 400),
    "429": Reply({}, 429, {"Retry-After": "7"}),
}


@pytest.mark.parametrize("name", sorted(TROUBLE))
def test_passing_trouble_is_waited_out(connect, clock, name):
    graph, server = connect([TROUBLE[name], TROUBLE[name], Reply({"id": "1"})])
    assert graph.get("act_1") == {"id": "1"}
    assert len(server.asked) == graph.n_calls == 3
    assert clock.slept_s > 0


def test_html_502_is_no_success(connect):
    graph, _ = connect([HTML_502] * 3, retries=Retries(max_tries=3))
    with pytest.raises(RemoteUnavailable, match=r"HTTP 502, text/html, \d+ bytes") as caught:
        graph.get("act_1/ads")
    assert "<html>" not in everything_of(caught.value)


@pytest.mark.parametrize("code", [190, 200, 10, 2635, 3018, 100])
def test_a_final_refusal_is_not_repeated(connect, code):
    graph, server = connect([failure(code)])
    with pytest.raises(ChannelError, match=f"code {code}"):
        graph.get("act_1/ads")
    assert len(server.asked) == 1


def test_tries_and_waits_are_bounded(connect, clock):
    graph, server = connect(lambda _: failure(2), retries=Retries(max_tries=4, rng=random.Random(1)))  # noqa: S311 (seeded)
    with pytest.raises(RemoteUnavailable):
        graph.get("me")
    assert len(server.asked) == 4
    graph, server = connect(
        lambda _: failure(17), retries=Retries(max_tries=99, total_wait_s=600, longest_s=120)
    )
    before = clock.slept_s
    with pytest.raises(RateLimited):
        graph.get("me")
    assert clock.slept_s - before <= 600
    assert 3 < len(server.asked) < 30


def test_retry_after_is_honoured(connect, clock):
    graph, _ = connect([failure(4, headers={"Retry-After": "1234"}), Reply({})])
    graph.get("me")
    assert 1234 <= clock.slept_s <= 1240


def test_a_silent_server_is_left_after_the_time_allowed(connect, clock):
    heard, released = threading.Semaphore(0), threading.Event()

    def silent(_):
        heard.release()
        released.wait(60)
        return Reply({})

    graph, server = connect(silent, timeout_s=(30.0, 0.05), retries=Retries(max_tries=2))
    with pytest.raises(RemoteUnavailable, match="no answer within the time allowed"):
        graph.get("me")
    n_heard = sum(heard.acquire(timeout=60) for _ in range(2))  # a busy server hears later than we give up
    released.set()
    assert (n_heard, len(server.asked)) == (2, 2)


def test_a_post_is_sent_once_unless_it_may_be_repeated(connect):
    graph, server = connect([HTML_502, HTML_502, Reply({"id": "5"})])
    with pytest.raises(RemoteUnavailable):
        graph.post("act_1/campaigns", {"name": "x"})
    assert len(server.asked) == 1
    assert graph.post("act_1/campaigns", {"name": "x"}, repeatable=True) == {"id": "5"}
    assert server.asked[-1].params["name"] == "x"


def test_a_post_that_was_not_done_is_an_error(connect):
    graph, _ = connect([Reply({"success": False}), Reply({"success": True})])
    with pytest.raises(RemoteRejected, match="did not do it"):
        graph.post("1")
    assert graph.post("1") == {"success": True}


def test_a_redirection_is_not_followed(connect):
    graph, server = connect([Reply({}, 302, {"Location": "/v26.0/elsewhere"})], retries=Retries(max_tries=1))
    with pytest.raises(RemoteUnavailable, match="leads to another address"):
        graph.get("me")
    assert server.paths() == ["GET me"]


@pytest.mark.parametrize(
    "path", ["", "/me", "me?x=1", "../me", "a/../b", "https://example.org", "me/", "a b", "é"]
)
def test_what_is_no_path_is_refused(connect, path):
    graph, server = connect([])
    with pytest.raises(DataError, match="not a path"):
        graph.get(path)
    assert server.asked == []


def test_parameters_that_cannot_be_written_are_refused_and_not_retried(connect):
    graph, server = connect([])
    with pytest.raises(RemoteRejected, match="cannot be written as JSON"):
        graph.get("me", {"time_range": {"since": datetime(2026, 1, 1)}})
    assert server.asked == []


# pages ----------------------------------------------------------------------------------------------------


def test_silent_empty_page(connect):
    """The SDK's cursor ends at an empty page that has a next one: 2 of 4 rows."""
    graph, server = connect(
        [page([{"id": "1"}, {"id": "2"}], "A"), page([], "B"), page([{"id": "3"}, {"id": "4"}])]
    )
    assert ids(graph.pages("act_1/ads", {"limit": 2, "fields": ["id"]})) == ["1", "2", "3", "4"]
    assert [asked.params.get("after") for asked in server.asked] == [None, "A", "B"]
    assert {asked.params["fields"] for asked in server.asked} == {'["id"]'}


def test_sdk_446(connect):
    """A used-up quota in the middle of a list goes on at the same place: nothing lost, nothing twice."""
    graph, server = connect([
        page([{"id": "1"}], "A"),
        failure(17),
        page([{"id": "2"}], "B"),
        HTML_502,
        failure(17),
        page([{"id": "3"}]),
    ])  # fmt: skip
    assert ids(graph.pages("act_1/ads", {"limit": 1})) == ["1", "2", "3"]
    assert [asked.params.get("after") for asked in server.asked] == [None, "A", "A", "B", "B", "B"]


def test_a_repeated_cursor_is_refused(connect):
    graph, _ = connect([page([{"id": "1"}], "A"), page([{"id": "2"}], "B"), page([{"id": "3"}], "A")])
    with pytest.raises(RemoteRejected, match="would never end"):
        ids(graph.pages("act_1/ads"))


def test_the_next_page_is_asked_of_the_same_host_with_our_own_token(connect):
    graph, server = connect(
        [page([{"id": "1"}], "A", access_token="stolen", appsecret_proof="x"), page([{"id": "2"}])]
    )
    assert ids(graph.pages("act_1/ads")) == ["1", "2"]
    assert server.asked[1].params["access_token"] == TOKEN
    assert "appsecret_proof" not in server.asked[1].params


def test_a_page_that_is_too_large_is_asked_for_again_in_half(connect):
    reduce = failure(1, status=500, message="Please reduce the amount of data you're asking for")
    graph, server = connect([page([{"id": "1"}], "A", limit="500"), reduce, reduce, page([{"id": "2"}])])
    assert ids(graph.pages("act_1/ads", {"limit": 500})) == ["1", "2"]
    assert [asked.params["limit"] for asked in server.asked] == ["500", "500", "250", "125"]
    assert [asked.params.get("after") for asked in server.asked] == [None, "A", "A", "A"]


def test_when_one_row_is_too_much_the_reader_is_told(connect):
    graph, server = connect(lambda _: failure(100, subcode=1487534))
    with pytest.raises(TooMuchData):
        ids(graph.pages("act_1/ads", {"limit": 4}))
    assert [asked.params["limit"] for asked in server.asked] == ["4", "2", "1", "1", "1"]


def test_pages_grow_again_after_one_was_too_large(connect):
    reduce = failure(1, status=500, message="Please reduce the amount of data you're asking for")
    pages = [page([{"id": str(n)}], f"A{n}", limit="1") for n in range(4)]
    graph, server = connect([pages[0], reduce, reduce, *pages[1:], page([{"id": "4"}])])
    assert ids(graph.pages("act_1/ads", {"limit": 8})) == ["0", "1", "2", "3", "4"]
    assert [asked.params["limit"] for asked in server.asked] == ["8", "8", "4", "2", "4", "8", "8"]


def test_one_row_that_is_called_too_much_once_is_asked_for_again(connect):
    graph, _ = connect([failure(100, subcode=1487534), page([{"id": "1"}])])
    assert ids(graph.pages("act_1/ads", {"limit": 1})) == ["1"]


def test_a_list_of_something_else_is_refused(connect):
    graph, _ = connect([Reply({"data": {"id": "1"}})])
    with pytest.raises(RemoteRejected, match="other than objects"):
        ids(graph.pages("me"))


# secrets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [TOKEN, ODD_TOKEN, "12345678901|a-tokenOfTheApp_x"])
def test_token_in_error_of_a_refused_connection(token, clock, caplog, capfd):
    """The text of the SDK's own error holds the whole address, and the token in it."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    access = GraphAccess(token, app_secret="a" * 32, base_url="http://127.0.0.1:9")
    with Graph(access, clock=clock, retries=Retries(max_tries=2), on_wait=said.append) as graph:
        with pytest.raises(RemoteUnavailable, match="refused") as caught:
            graph.get("act_1/ads", {"limit": 1})
        assert token not in repr(graph) + repr(vars(graph)["access"])
    out = capfd.readouterr()
    seen = everything_of(caught.value) + caplog.text + "".join(said) + out.out + out.err
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    for form in access.secrets:
        assert form not in seen
    assert "act_1/ads" in seen


def test_token_in_error_texts_pages_and_debug_logs(connect, caplog):
    """Meta's answers repeat the token: in the address of the next page, and in messages."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    message = f"Bad call /v26.0/me?access_token={ODD_TOKEN} or {ODD_TOKEN}"
    graph, _ = connect(
        [
            Reply({"data": [], "paging": {"next": f"https://x.example/me?access_token={ODD_TOKEN}&after=A"}}),
            failure(2, message=message),
            failure(190, message=message, fbtrace_id=ODD_TOKEN),
        ],
        token=ODD_TOKEN,
        on_wait=said.append,
    )
    assert ODD_TOKEN not in json.dumps(graph.get("me"))
    with pytest.raises(AuthError) as caught:
        graph.get("me")
    assert "Bad call" in str(caught.value)
    assert ODD_TOKEN not in everything_of(caught.value) + "".join(said) + caplog.text
    assert "urllib3" in caplog.text


def test_the_package_stays_light():
    heavy = "{'facebook_business', 'requests'} & {*sys.modules}"
    code = f"import sys, workbench.channels.meta_graph; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# pacing ---------------------------------------------------------------------------------------------------


def blocked(minutes: float, share: float = 10) -> dict[str, str]:
    use = {"type": "ads_insights", "call_count": share, "estimated_time_to_regain_access": minutes}
    return {"X-Business-Use-Case-Usage": json.dumps({"1": [use]})}


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)
@given(
    plan=st.lists(
        st.tuples(st.integers(0, 90), st.sampled_from(["ok", "limit", "html"])), min_size=1, max_size=8
    ),
    seed=st.integers(0, 9),
)
def test_no_call_goes_out_while_meta_has_blocked_the_account(connect, clock, plan, seed):
    calls: list[tuple[datetime, datetime]] = []  # when one went out, and until when that answer then blocks

    def script(_):
        minutes, kind = plan[min(len(calls), len(plan) - 1)]
        calls.append((clock.now(), clock.now() + timedelta(minutes=minutes)))
        if kind == "limit":
            return failure(80000, headers=blocked(minutes))
        return Reply({"ok": 1} if kind == "ok" else b"<html>", headers=blocked(minutes))

    graph, _ = connect(script, retries=Retries(total_wait_s=1e6, rng=random.Random(seed)))  # noqa: S311 (seeded)
    for _ in range(len(plan)):
        with contextlib.suppress(RateLimited, RemoteUnavailable):
            graph.get("me")
    assert len(calls) >= len(plan)
    assert all(later >= free for (_, free), (later, _) in pairwise(calls))


def test_calls_slow_down_before_a_quota_is_used_up(connect, clock):
    graph, _ = connect(lambda _: Reply({}, headers=blocked(0, share=85)))
    for _ in range(5):
        graph.get("me")
    assert clock.slept_s == pytest.approx(4 * 15.0)


def test_a_block_that_is_too_long_to_wait_for_is_an_error_before_the_call(connect, clock):
    graph, server = connect([Reply({}, headers=blocked(10_000))])
    graph.get("me")
    with pytest.raises(RateLimited, match="ads_insights of 1 is used up for another 10000 minutes") as caught:
        graph.get("me")
    assert caught.value.retry_after_s == 600_000
    assert len(server.asked) == 1


def test_a_refusal_for_its_quota_says_how_long_to_wait(connect):
    graph, _ = connect([failure(80004, headers=blocked(45))], retries=Retries(max_tries=1))
    with pytest.raises(RateLimited) as caught:
        graph.get("me")
    assert caught.value.retry_after_s == 45 * 60


def test_the_wait_is_announced(connect):
    said: list[str] = []
    graph, _ = connect([Reply({}, headers=blocked(2)), failure(1), Reply({})], on_wait=said.append)
    graph.get("me")
    graph.get("me")
    assert said[0] == "Waiting 120 s: the quota ads_insights of 1 is nearly used up."
    assert "Trying again in" in said[1]
