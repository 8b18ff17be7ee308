"""``wb sandbox``: up, load from it, step it, and down again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.sandbox.market.world import World

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    World.create(tmp_path / "home" / "sandbox" / "world", start=date(2026, 9, 1), n_days=30)
    return tmp_path / "home"


def as_json(*words: object, home: Path, code: int = 0) -> Any:
    given = ["--home", str(home), *map(str, words), "--json"]
    done = runner.invoke(app, given, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.fixture
def running(home: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    words = ["-m", "workbench.cli", "--home", str(home), "sandbox", "up", "--port", "0", "--json"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[str] = []
    while not lines or lines[-1].rstrip() != "}":
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line)
    try:
        yield process, json.loads("".join(lines))
    finally:
        process.kill()
        process.communicate()


def test_up_says_what_to_do_next_and_step_reaches_it(
    home: Path, running: tuple[subprocess.Popen[str], dict[str, Any]]
):
    process, told = running
    assert told["address"].startswith("http://127.0.0.1:")
    assert told["simulated"] is True
    assert told["commands"][0] == f"export WORKBENCH_SECRET_META_TOKEN={told['token']}"
    assert told["commands"][1] == f"export WORKBENCH_META_GRAPH_URL={told['address']}"
    assert (
        f"--home {home} load meta --account {told['accounts'][0]} --since 2026-07-03" in told["commands"][2]
    )
    stepped = as_json("sandbox", "step", "--days", "2", home=home)
    assert (stepped["by"], stepped["now"][:10]) == ("server", "2026-10-03")
    assert as_json("sandbox", "token", "--days", "1.5", home=home)["token_expires_at"][:13] == "2026-10-04T18"
    assert as_json("sandbox", "faults", "0.25", home=home)["rate"] == 0.25
    refused = as_json("sandbox", "up", "--port", "0", home=home, code=1)
    assert "Another process has the sandbox's world." in refused["error"]["message"]
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert errors == "The sandbox is down.\n"
    assert not (home / "sandbox" / "server.json").exists()
    assert as_json("sandbox", "step", home=home)["by"] == "folder"


def test_step_without_a_server_moves_the_folder(home: Path):
    said = runner.invoke(app, ["--home", str(home), "sandbox", "step", "--days", "7"])
    assert said.exit_code == 0
    assert said.stdout == "7 days later: it is 2026-10-08T06:00 UTC in the sandbox.\n"


def test_what_needs_a_server_says_how_to_start_one(home: Path):
    refused = as_json("sandbox", "faults", "0.1", home=home, code=1)["error"]
    assert refused["message"] == "The sandbox is not running."
    assert refused["next_step"] == "Start it with `wb sandbox up`."


def test_without_a_world_step_says_how_to_make_one(tmp_path: Path):
    refused = as_json("sandbox", "step", home=tmp_path, code=1)["error"]
    assert "There is no world in" in refused["message"]
    assert refused["next_step"] == "Make one with `wb sandbox up`."
