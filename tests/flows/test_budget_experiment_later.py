"""Experiments are priced beside the page: only the last question, once, in a process of its own."""

from __future__ import annotations

import json
import sys
import threading

import pytest

from workbench.flows.budget_experiment_later import ExperimentQuestion, ExperimentsLater

LONG_S = 60


class Answers:
    """What came, and a way to wait for it."""

    def __init__(self) -> None:
        self.got, self.came = [], threading.Event()

    def __call__(self, question, answer) -> None:
        self.got.append((question, answer))
        self.came.set()


@pytest.fixture
def says(monkeypatch):
    """Let the command be a script that prints what it is told, instead of the real one."""

    def command(self, home, constraints_file):
        code = (
            "import sys, time; time.sleep(float(sys.argv[1])); print(open(sys.argv[2]).read() or sys.argv[3])"
        )
        pause = "60" if self.total == "slow" else "0"
        return [
            sys.executable,
            "-S",
            "-c",
            code,
            pause,
            str(constraints_file),
            json.dumps({"of": self.total}),
        ]

    monkeypatch.setattr(ExperimentQuestion, "command", command)


def test_the_last_question_is_answered_once_and_then_known(says, tmp_path):
    answers = Answers()
    later = ExperimentsLater(tmp_path, answers, rest_s=0)
    slow, quick = ExperimentQuestion("mix-1", "slow"), ExperimentQuestion("mix-1", "900")
    assert later.ask(slow) is None
    assert later.ask(quick) is None  # in place of the one before, whose process ends
    assert later.ask(quick) in (None, {"of": "900"})  # the answer may have come already
    assert answers.came.wait(LONG_S)
    assert answers.got == [(quick, {"of": "900"})]
    assert later.ask(quick) == {"of": "900"}
    assert len(answers.got) == 1


def test_constraints_reach_the_command_as_a_file(says, tmp_path):
    answers = Answers()
    ExperimentsLater(tmp_path, answers, rest_s=0).ask(ExperimentQuestion("mix-1", "1", '{"fixed": ["tv"]}'))
    assert answers.came.wait(LONG_S)
    assert answers.got[0][1] == {"fixed": ["tv"]}


def test_what_is_no_document_is_an_error_in_words(says, tmp_path):
    answers = Answers()
    ExperimentsLater(tmp_path, answers, rest_s=0).ask(ExperimentQuestion("mix-1", "1", "broken"))
    assert answers.came.wait(LONG_S)
    assert "could not be priced" in answers.got[0][1]["error"]["message"]


def test_what_is_forgotten_is_not_answered(says, tmp_path):
    answers = Answers()
    later = ExperimentsLater(tmp_path, answers, rest_s=0.05)
    later.ask(ExperimentQuestion("mix-1", "900"))
    later.forget()
    assert not answers.came.wait(0.3)


def test_the_command_is_the_one_of_the_command_line(tmp_path):
    from typer.main import get_command

    from workbench.cli.main import app

    asked = ExperimentQuestion("mix-1", "900.50", "{}", 51.3).command(tmp_path, tmp_path / "limits.json")
    known = get_command(app).commands["budget"].commands["experiment"].params
    options = {name for param in known for name in param.opts} | {"--home"}
    assert {word for word in asked if word.startswith("--")} <= options
    assert asked[asked.index("--value-per-result") + 1] == "51.3"
