"""The sandbox of an installation: one writer, steps through the server or the folder, control by key only."""

from __future__ import annotations

import json
import multiprocessing
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from workbench.core.errors import ConfigError, DataError
from workbench.sandbox.graph import rehearsal
from workbench.sandbox.graph.faults import Faults
from workbench.sandbox.graph.rehearsal import SERVER_FILE, find_running, serving, step, tell
from workbench.sandbox.graph.server import GraphServer, token_of
from workbench.sandbox.graph.world_lock import held
from workbench.sandbox.market.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a sandbox with a small world."""
    World.create(tmp_path / "sandbox" / "world", seed=5, start=date(2026, 9, 1), n_days=40)
    return tmp_path / "sandbox"


@contextmanager
def up(folder: Path, **options: Any) -> Iterator[GraphServer]:
    with serving(folder, port=0, **options) as server:
        yield server


def today(folder: Path) -> str:
    return str(World.open(folder / "world").now.date())


def test_steps_on_the_folder_and_through_the_server_make_the_same_world(folder: Path, tmp_path: Path):
    import shutil

    twin = tmp_path / "twin"
    shutil.copytree(folder, twin)
    assert step(folder, 3) == {
        "days": 3,
        "from": "2026-10-11T06:00:00+00:00",
        "now": "2026-10-14T06:00:00+00:00",
        "by": "folder",
    }
    with up(twin) as server:
        assert step(twin, 3)["by"] == "server"
        assert server.source.now().date() == date(2026, 10, 14)
    worlds = [{p.name: p.read_bytes() for p in (one / "world").iterdir()} for one in (folder, twin)]
    assert worlds[0] == worlds[1]


def test_a_step_is_seen_in_the_next_answer(folder: Path, ask: Callable[..., Any]):
    with up(folder) as server:
        account = server.source.accounts()[0]["id"]
        asked = {"date_preset": "yesterday", "fields": "spend"}
        before = ask(server, f"/{account}/insights", **asked).json["data"][0]
        step(folder, 1)
        after = ask(server, f"/{account}/insights", **asked)
        assert before["date_start"] == "2026-10-10"
        assert after.json["data"][0]["date_start"] == "2026-10-11"
        assert after.headers["date"] == "Mon, 12 Oct 2026 06:00:00 GMT"


def test_edits_over_the_api_are_saved(folder: Path, ask: Callable[..., Any]):
    with up(folder) as server:
        account = server.source.accounts()[0]["id"]
        campaign = ask(server, f"/{account}/campaigns", limit="1").json["data"][0]["id"]
        assert ask(server, f"/{campaign}", "POST", status="PAUSED").status == 200
        refused = ask(
            server, f"/{account}/adsets", "POST", name="x", campaign_id="1", billing_event="IMPRESSIONS"
        )
        assert refused.error["code"] == 100
    assert World.open(folder / "world").state.nodes[campaign]["status"] == "PAUSED"


def test_one_process_at_a_time_has_the_world(folder: Path):
    with up(folder), pytest.raises(ConfigError, match="Another process has"), up(folder):
        pass
    with held(folder / rehearsal.LOCK_FILE), pytest.raises(ConfigError, match="Another process has"):
        step(folder, 1)
    assert step(folder, 1)["by"] == "folder"


def _hold_and_die(path: str, held_now: Any) -> None:
    import os

    with held(Path(path)):
        held_now.set()
        os._exit(9)


def test_a_killed_process_leaves_no_lock(folder: Path):
    context = multiprocessing.get_context("spawn")
    held_now = context.Event()
    process = context.Process(target=_hold_and_die, args=(str(folder / rehearsal.LOCK_FILE), held_now))
    process.start()
    process.join(120)
    assert held_now.is_set()
    assert step(folder, 1)["by"] == "folder"


def test_what_a_killed_server_left_behind_is_no_server(folder: Path):
    with up(folder) as server:
        left_behind = (folder / SERVER_FILE).read_text()
        assert stat.S_IMODE((folder / SERVER_FILE).stat().st_mode) == 0o600
        assert find_running(folder) is not None
        other = json.dumps({"port": server.port, "key": "another"})
    assert not (folder / SERVER_FILE).exists()
    (folder / SERVER_FILE).write_text(left_behind)
    assert find_running(folder) is None
    assert step(folder, 1)["by"] == "folder"
    with up(folder) as server:
        (folder / SERVER_FILE).write_text(other.replace(str(json.loads(other)["port"]), str(server.port)))
        assert find_running(folder) is None
    for junk in ("", "[]", '{"port": "x", "key": 1}'):
        (folder / SERVER_FILE).write_text(junk)
        assert find_running(folder) is None


def test_a_world_has_one_seed(folder: Path):
    with pytest.raises(ConfigError, match="of seed 5, not 6"), up(folder, seed=6):
        pass
    with up(folder, seed=5) as server:
        assert server.token == token_of(5)


def test_without_a_world_there_is_nothing_to_step(tmp_path: Path):
    with pytest.raises(ConfigError, match="no world in"):
        step(tmp_path / "sandbox", 1)


def test_days_that_cannot_pass_are_refused_by_the_world(folder: Path):
    with pytest.raises(DataError, match="cannot be moved by 99999 days"):
        step(folder, 99_999)
    with up(folder), pytest.raises(DataError, match="cannot be moved by 99999 days"):
        step(folder, 99_999)
    assert today(folder) == "2026-10-11"


def test_control_needs_the_key(folder: Path):
    def post(server: GraphServer, path: str, key: str) -> int:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", path, urlencode({"days": 1}), {"X-Sandbox-Key": key} if key else {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    with up(folder) as server:
        assert post(server, "/_sandbox/step", "") == 403
        assert post(server, "/_sandbox/step", "wrong") == 403
        assert post(server, "/_sandbox/nothing", server.control_key) == 404
        assert today(folder) == "2026-10-11"
        assert post(server, "/_sandbox/step", server.control_key) == 200
    assert today(folder) == "2026-10-12"


def test_faults_and_the_tokens_end_are_told_to_a_running_server(folder: Path, ask: Callable[..., Any]):
    with up(folder, faults=Faults(0.0)) as server:
        running = find_running(folder)
        assert running is not None
        assert tell(running, "fail-next", kind="service", n=1, match="me$")["kind"] == "service"
        assert [ask(server, "/me").status for _ in range(2)] == [500, 200]
        assert tell(running, "faults", rate=1, seed=3, kinds='["app_limit"]')["rate"] == 1.0
        assert ask(server, "/me").error["code"] == 4
        assert tell(running, "faults", rate=0)["rate"] == 0.0
        assert tell(running, "token", days=2) == {"token_expires_at": "2026-10-13T06:00:00+00:00"}
        assert ask(server, "/me").status == 200
        step(folder, 2)
        assert ask(server, "/me").error["error_subcode"] == 463
        assert tell(running, "token")["token_expires_at"] is None
        assert ask(server, "/me").status == 200
        for what, params in (
            ("faults", {"rate": 2}),
            ("faults", {"rate": "x"}),
            ("fail-next", {"kind": "typo"}),
            ("token", {"days": "soon"}),
            ("step", {"days": "-1"}),
        ):
            with pytest.raises(DataError):
                tell(running, what, **params)
    with pytest.raises(ConfigError, match="ended before it answered"):
        tell(running, "token")


def test_a_server_without_a_world_to_move_says_so(server: GraphServer):
    running = rehearsal.Running(server.port, server.control_key)
    with pytest.raises(DataError, match="cannot be moved"):
        tell(running, "step", days=1)


def test_market_shapes_are_served(folder: Path, ask: Callable[..., Any]):
    """Every edge of the market answers with fields that the official client knows."""
    with up(folder) as server:
        page = ask(server, "/me/accounts", fields="id,instagram_business_account").json["data"][0]
        media = page["instagram_business_account"]["id"]
        account = server.source.accounts()[0]["id"]
        pixel = ask(server, f"/{account}/adspixels").json["data"][0]["id"]
        for path, fields in (
            (f"{account}/campaigns", "id,name,objective,daily_budget,effective_status,created_time"),
            (f"{account}/adsets", "id,optimization_goal,attribution_spec,targeting,campaign_id"),
            (f"{account}/ads", "id,adset_id,creative{id,title,effective_object_story_id}"),
            (f"{account}/adcreatives", "id,title,body,object_story_spec"),
            (f"{account}/activities", "event_type,event_time,object_id,extra_data"),
            (f"{page['id']}/published_posts", "id,created_time,comments.summary(true).limit(0)"),
            (f"{page['id']}/leadgen_forms", "id,status"),
            (f"{page['id']}/conversations", "id,updated_time"),
            (f"{media}/media", "id,timestamp,like_count"),
        ):
            answer = ask(server, f"/{path}", fields=fields, limit="2")
            assert answer.status == 200, (path, answer.body)
            assert answer.json["data"], path
        ad = ask(server, f"/{account}/ads", fields="creative{effective_object_story_id}", limit="1").json[
            "data"
        ][0]
        assert ad["creative"]["effective_object_story_id"]
        stats = ask(server, f"/{pixel}/stats", aggregation="event", event_source="WEB_ONLY").json["data"]
        assert stats[0]["aggregation"] == "event"
        assert ask(server, f"/{pixel}/stats", aggregation="url").error["code"] == 100


def test_comments_on_instagram_have_its_form(folder: Path, ask: Callable[..., Any]):
    with up(folder) as server:
        pages = ask(server, "/me/accounts", fields="id,instagram_business_account").json["data"]
        found = []
        for page in pages:
            own = page["instagram_business_account"]["id"]
            for one in ask(server, f"/{own}/media", fields="id,comments_count", limit="100").json["data"]:
                fields = "id,text,timestamp,username,from,replies{id,text,timestamp,from}"
                found += ask(server, f"/{one['id']}/comments", fields=fields).json["data"]
        assert found
        assert all({"id", "text", "timestamp", "username"} <= comment.keys() for comment in found)
        answers = [reply for one in found for reply in one.get("replies", {}).get("data", [])]
        ours = {page["instagram_business_account"]["id"] for page in pages}
        assert answers
        assert {answer["from"]["id"] for answer in answers} <= ours
