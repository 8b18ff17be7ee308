"""Reports: their states over time, their ends, and their rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.sandbox.graph.insights_desk import Limits
from workbench.sandbox.graph.reports import ReportPace
from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.table_source import TableSource

ASKED: dict[str, Any] = {
    "level": "ad",
    "time_increment": "1",
    "time_range": {"since": "2026-11-01", "until": "2026-11-20"},
    "fields": "ad_id,spend",
}


def start(server: GraphServer, ask: Callable[..., Any], **more: Any) -> str:
    run_id: str = ask(server, "/v26.0/act_1/insights", "POST", **{**ASKED, **more}).json["report_run_id"]
    return run_id


def finish(server: GraphServer, ask: Callable[..., Any], run_id: str) -> dict[str, Any]:
    for _ in range(50):
        state: dict[str, Any] = ask(server, f"/{run_id}").json
        if not state["is_running"]:
            return state
        server.clock.sleep(0.2)
    raise AssertionError(state)


def test_states_follow_the_clock(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    pace = ReportPace(not_started_s=10, started_s=10, running_s=100, finishing_s=10, spread=0)
    server = serve(pace=pace)
    run_id = start(server, ask)
    seen = []
    for seconds in (0, 10, 10, 50, 50, 9, 1):
        server.clock.sleep(seconds)
        state = ask(server, f"/{run_id}").json
        seen.append((state["async_status"], state["async_percent_completion"]))
    assert seen == [
        ("Job Not Started", 0),
        ("Job Started", 0),
        ("Job Running", 0),
        ("Job Running", 50),
        ("Job Running", 100),
        ("Job Running", 100),
        ("Job Completed", 100),
    ]
    assert ask(server, f"/{run_id}", fields="async_status").json == {
        "id": run_id,
        "async_status": "Job Completed",
    }


def test_rows_of_a_report_that_is_not_completed_are_not_there(server: GraphServer, ask: Callable[..., Any]):
    run_id = start(server, ask)
    early = ask(server, f"/{run_id}/insights")
    assert (early.status, early.error["error_subcode"]) == (400, 33)
    finish(server, ask, run_id)
    assert len(ask(server, f"/{run_id}/insights", limit="1000").json["data"]) == 140


def test_race_and_failure_look_as_they_were_seen(
    server: GraphServer, ask: Callable[..., Any], shared_data: Path
):
    samples = json.loads((shared_data / "meta_samples" / "errors.json").read_text())
    run_id = start(server, ask)
    server.fail_next("race")
    raced = ask(server, f"/{run_id}")
    assert (raced.status, raced.error) == (samples["race"]["http"], samples["race"]["error"])
    server.fail_next("job_failed_v25")
    failed = finish(server, ask, start(server, ask))
    assert samples["job_failed_v25"].items() <= failed.items()
    assert ask(server, f"/{failed['id']}/insights").error["error_subcode"] == 33
    server.fail_next("job_skipped")
    assert finish(server, ask, start(server, ask))["async_status"] == "Job Skipped"
    finish(server, ask, run_id)
    refused = ask(server, f"/{run_id}/insights", summary="frequency").error
    assert refused["message"].startswith(samples["summary"]["error"]["message"].rstrip())
    assert refused["code"] == 100


def test_too_much_for_a_report_comes_in_three_forms(
    serve: Callable[..., GraphServer], ask: Callable[..., Any]
):
    server = serve(limits=Limits(async_cells=100))
    forms = set()
    for breakdowns in ("age", "gender", "age,gender"):
        for fields in ("spend", "spend,clicks", "spend,clicks,reach"):
            answer = ask(
                server, "/act_1/insights", "POST", **{**ASKED, "fields": fields}, breakdowns=breakdowns
            )
            if answer.status == 200:
                state = finish(server, ask, answer.json["report_run_id"])
                assert state["async_status"] == "Job Failed"
                assert state["error_message"].startswith("Please reduce the amount of data")
            forms.add(answer.status)
    assert forms == {200, 400, 500}


def test_a_report_keeps_the_figures_of_its_day(
    server: GraphServer, source: TableSource, ask: Callable[..., Any]
):
    run_id = start(server, ask)
    finish(server, ask, run_id)
    before = ask(server, f"/{run_id}/insights", limit="500").json["data"]
    source._rows["1"] = []
    server.world_changed()
    assert ask(server, f"/{run_id}/insights", limit="500").json["data"] == before
    assert ask(server, "/act_1/insights", **ASKED).json["data"] == []


def test_a_half_written_report_begins_again_when_the_world_changes(
    serve: Callable[..., GraphServer],
    source: TableSource,
    ask: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
):
    from workbench.sandbox.graph import insights_desk, reports

    monkeypatch.setattr(insights_desk, "_FIRST_FILL_S", -1.0)
    monkeypatch.setattr(reports, "_FILL_S", -1.0)
    server = serve()
    run_id = start(server, ask, breakdowns="age,gender", limit="1000")  # 560 rows: more than one piece
    report = server._desk.insights.reports.get(run_id)
    assert report is not None
    assert len(report.spool) == 500
    source._rows["1"] = source._rows["1"][:8]
    server.world_changed()
    finish(server, ask, run_id)
    assert len(ask(server, f"/{run_id}/insights", limit="1000").json["data"]) == 8


def test_ids_are_new_after_a_restart(serve: Callable[..., GraphServer], ask: Callable[..., Any]):
    runs = {start(serve(), ask) for _ in range(3)}
    assert len(runs) == 3
    assert ask(serve(), f"/{runs.pop()}").error["error_subcode"] == 33


def test_old_reports_are_forgotten(
    server: GraphServer, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    from workbench.sandbox.graph import reports

    monkeypatch.setattr(reports, "MAX_REPORTS", 2)
    runs = [start(server, ask) for _ in range(3)]
    assert ask(server, f"/{runs[0]}").error["error_subcode"] == 33
    assert ask(server, f"/{runs[2]}").status == 200


def test_large_answers_lie_on_disk_and_are_the_same(source: TableSource, monkeypatch: pytest.MonkeyPatch):
    from datetime import date

    from workbench.sandbox.graph import spool as spools
    from workbench.sandbox.graph.insights_request import read_ask

    params = {"level": "ad", "time_increment": "1", "breakdowns": "age,gender", "fields": "spend"}
    params["time_range"] = '{"since": "2026-11-01", "until": "2026-11-20"}'
    ask = read_ask("act_1", "AdAccount", params, today=date(2026, 11, 21))
    small = spools.Spool(source, ask, max_cells=10**6)
    monkeypatch.setattr(spools, "_IN_MEMORY_BYTES", 100)
    large = spools.Spool(source, ask, max_cells=10**6)
    for one in (small, large):
        assert one.fill()
    assert small.page(0, 10**6) == large.page(0, 300) + large.page(300, 560) + large.page(560, 9999)
    assert large.page(999, 1999) == []
    for one in (small, large):
        one.close()
