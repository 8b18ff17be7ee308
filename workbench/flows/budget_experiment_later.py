"""Price spend experiments beside a page: in a process of its own, so that no plan waits for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_REST_S = 1.5  # a slider that is still dragged asks for plans that nobody means
_LONGEST_S = 120
_MOST_KEPT = 50


@dataclass(frozen=True)
class ExperimentQuestion:
    """What ``wb budget experiment`` is asked.

    Attributes
    ----------
    run_id : str
    total : str
        Currency units a period.
    constraints : str
        The document in JSON; empty for none.
    value_per_result : float or None
        Currency units that one unit of the outcome is worth.
    """

    run_id: str
    total: str
    constraints: str = ""
    value_per_result: float | None = None

    def command(self, home: Path, constraints_file: Path) -> list[str]:
        """Return the command that answers it."""
        asked = [sys.executable, "-m", "workbench.cli", "--home", str(home), "budget", "experiment"]
        asked += ["--run", self.run_id, "--total", self.total, "--json"]
        if self.constraints:
            asked += ["--constraints", str(constraints_file)]
        if self.value_per_result is not None:
            asked += ["--value-per-result", f"{self.value_per_result:.6g}"]
        return asked


Answer = Mapping[str, Any]
"""The document of the command; where it refused, ``{"error": {...}}`` or whatever it said."""


@dataclass
class ExperimentsLater:
    """Answers the last question that was asked, once the reader's hand rests.

    Attributes
    ----------
    home : Path
        Home folder of the installation.
    on_answer : callable
        ``on_answer(question, answer)``, from a thread of its own; ``answer`` is the command's document.
    rest_s : float
        How long a question has to stand before it is worked on.
    """

    home: Path
    on_answer: Callable[[ExperimentQuestion, Answer], None]
    rest_s: float = _REST_S
    _known: dict[ExperimentQuestion, Answer] = field(default_factory=dict, repr=False)
    _asked: ExperimentQuestion | None = field(default=None, repr=False)
    _timer: threading.Timer | None = field(default=None, repr=False)
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, question: ExperimentQuestion) -> Answer | None:
        """Return the answer if it is known; else work on it, in place of any question before.

        Parameters
        ----------
        question : ExperimentQuestion
        """
        with self._lock:
            if question == self._asked and question not in self._known:
                return None
            self._stop()
            self._asked = question
            if question in self._known:
                return self._known[question]
            self._timer = threading.Timer(self.rest_s, self._work, args=(question,))
            self._timer.daemon = True
            self._timer.start()
        return None

    def forget(self) -> None:
        """Work on nothing more."""
        with self._lock:
            self._asked = None
            self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def _work(self, question: ExperimentQuestion) -> None:
        with tempfile.TemporaryDirectory() as folder:
            constraints = Path(folder) / "constraints.json"
            constraints.write_text(question.constraints, encoding="utf-8")
            with self._lock:
                if question != self._asked:
                    return
                process = self._process = subprocess.Popen(  # noqa: S603 - our own command
                    question.command(self.home, constraints),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                )
            answer = _answer_of(process)
        with self._lock:
            if question != self._asked:
                return
            while len(self._known) >= _MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._known[question] = answer
        self.on_answer(question, answer)


def _answer_of(process: subprocess.Popen[str]) -> Answer:
    """Wait for the command's document."""
    try:
        text = process.communicate(timeout=_LONGEST_S)[0]
        found = json.loads(text)
    except (subprocess.TimeoutExpired, ValueError):
        process.kill()
        process.wait()
        return {"error": {"message": "The experiments could not be priced."}}
    return (
        found if isinstance(found, dict) else {"error": {"message": "The experiments could not be priced."}}
    )
