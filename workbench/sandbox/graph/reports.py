"""Reports that are prepared: started, waited for by their status word, read in pages."""

from __future__ import annotations

import random
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.sandbox.graph.clock import Clock
from workbench.sandbox.graph.insights_request import InsightsAsk
from workbench.sandbox.graph.refusals import FAILED_REPORT, SEEN
from workbench.sandbox.graph.spool import Spool, TooManyRows

Fate = Literal["", "failed", "skipped", "too_much"]
#: Reports that are kept; older ones are forgotten, as Meta does after a while.
MAX_REPORTS = 400
_FILL_S = 5.0
_TOO_MUCH = SEEN["reduce"][1]["message"]
_MAX_PERCENT_RUNNING = 100


@dataclass(frozen=True)
class ReportPace:
    """How long each state of a report lasts, in seconds on the server's clock.

    Attributes
    ----------
    not_started_s, started_s, running_s : float
        Duration of each state.
    finishing_s : float
        Duration of being at 100 % and still running.
    spread : float
        Each report takes longer by up to this share, by the seed.
    """

    not_started_s: float = 0.1
    started_s: float = 0.1
    running_s: float = 0.3
    finishing_s: float = 0.1
    spread: float = 0.5


@dataclass
class Report:
    """One report.

    Attributes
    ----------
    run_id, account_id : str
        Its id, and the digits of the ad account.
    spool : Spool
        Its rows.
    started_at : datetime.datetime
        On the server's clock.
    stretch : float
        How much longer than the pace it takes.
    fate : str
        How it ends if not well.
    """

    run_id: str
    account_id: str
    spool: Spool
    started_at: datetime
    stretch: float = 1.0
    fate: Fate = ""

    @property
    def ask(self) -> InsightsAsk:
        """The question."""
        return self.spool.ask


class Reports:
    """All reports of a server. Not for two threads at a time.

    Parameters
    ----------
    clock : Clock
        What their states run on.
    pace : ReportPace
        How long they take.
    seed : int
        Seed of how much longer each takes.
    """

    def __init__(self, clock: Clock, pace: ReportPace, seed: int) -> None:
        self._clock, self._pace, self._seed = clock, pace, seed
        self._reports: OrderedDict[str, Report] = OrderedDict()
        self._n_started = 0

    def start(self, spool: Spool, account_id: str, *, fate: Fate = "") -> Report:
        """Keep a new report.

        Parameters
        ----------
        spool : Spool
            Its rows, written or not.
        account_id : str
            Digits of the ad account.
        fate : str
            How it ends if not well.
        """
        self._n_started += 1
        rng = random.Random(f"{self._seed}:{self._n_started}")  # noqa: S311 (nothing secret depends on it)
        # never an id of an earlier server's report, which an interrupted load may remember
        run_id = f"6{time.time_ns() // 1000}{self._n_started % 1000:03d}"
        stretch = 1 + self._pace.spread * rng.random()
        report = Report(run_id, account_id, spool, self._clock.now(), stretch, fate)
        self._reports[run_id] = report
        while len(self._reports) > MAX_REPORTS:
            self._reports.popitem(last=False)[1].spool.close()
        return report

    def get(self, run_id: str) -> Report | None:
        """Return a report, or None."""
        return self._reports.get(run_id)

    def state(self, report: Report) -> dict[str, Any]:
        """Return a report as the Graph API shows it, after some work on it if it is due."""
        status, percent = self._status(report)
        out: dict[str, Any] = {
            "id": report.run_id,
            "account_id": report.account_id,
            "time_ref": int(report.started_at.timestamp()),
            "async_status": status,
            "async_percent_completion": percent,
            "is_running": not status.endswith(("Completed", "Failed", "Skipped")),
            "date_start": str(report.ask.slices[0].since),
            "date_stop": str(report.ask.slices[-1].until),
        }
        if status == "Job Completed":
            out["time_completed"] = int(self._clock.now().timestamp())
        if status == "Job Failed":
            out |= FAILED_REPORT
            if report.fate == "too_much":
                out |= {"error_code": 1, "error_message": _TOO_MUCH, "error_user_msg": _TOO_MUCH}
        return out

    def begin_again(self) -> None:
        """Throw half-written rows away, because the world is another one now."""
        for report in self._reports.values():
            if not report.spool.is_complete:
                report.spool = report.spool.anew()

    def close(self) -> None:
        """Forget all."""
        for report in self._reports.values():
            report.spool.close()
        self._reports.clear()

    def _status(self, report: Report) -> tuple[str, int]:
        elapsed = (self._clock.now() - report.started_at).total_seconds() / report.stretch
        pace = self._pace
        if elapsed < pace.not_started_s:
            return "Job Not Started", 0
        elapsed -= pace.not_started_s
        if elapsed < pace.started_s:
            return "Job Started", 0
        elapsed -= pace.started_s
        if elapsed < pace.running_s:
            return "Job Running", int(elapsed / pace.running_s * _MAX_PERCENT_RUNNING)
        if elapsed < pace.running_s + pace.finishing_s or not self._is_done(report):
            return "Job Running", 100
        return _ENDS[report.fate]

    def _is_done(self, report: Report) -> bool:
        """Write rows for a few seconds; whoever polls again goes on with it."""
        if report.fate:
            return True
        try:
            return report.spool.fill(budget_s=_FILL_S)
        except TooManyRows:
            report.fate = "too_much"
            return True


_ENDS: dict[Fate, tuple[str, int]] = {
    "": ("Job Completed", 100),
    "failed": ("Job Failed", 0),
    "too_much": ("Job Failed", 0),
    "skipped": ("Job Skipped", 0),
}
