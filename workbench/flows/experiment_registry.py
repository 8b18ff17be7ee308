"""Register a test, list tests, and decide about one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.core.identity import Actor
from workbench.experiments.registration import EVIDENCE_WORDS, Registration
from workbench.experiments.registration_file import registration_of
from workbench.flows.acting import ledger_for_analysts

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.ledger import Ledger
    from workbench.ledger.models import Experiment, ExperimentDecision

#: A decision with one of these ends a test.
ENDING = ("ship", "stop", "void")


@dataclass(frozen=True)
class Registered:
    """One test of the registry, at its newest version.

    Attributes
    ----------
    registration : Registration
    version : int
    n_looks : int
        Taken so far, at all versions.
    n_looks_before : int
        Looks that had been taken when this version was registered.
    decisions : tuple of dict
        ``verdict``, ``arm``, ``why``, ``by``, ``at``, ``n_looks``, in order.
    is_new : bool
        Whether registering it has just added a version.
    """

    registration: Registration
    version: int
    n_looks: int
    n_looks_before: int
    decisions: tuple[dict[str, Any], ...] = ()
    is_new: bool = False

    @property
    def state(self) -> str:
        """``running``, or the verdict that ended it."""
        verdict = self.decisions[-1]["verdict"] if self.decisions else ""
        return str(verdict) if verdict in ENDING else "running"

    @property
    def version_note(self) -> str:
        """What a reader has to know of a registration that was changed after somebody had looked."""
        if self.n_looks_before == 0:
            return ""
        return (
            f"Version {self.version} was registered after {self.n_looks_before} looks: the plan was changed."
        )

    def summary(self) -> str:
        """Say it in a sentence."""
        plan = self.registration
        until = f" to {plan.stop}" if plan.stop else ""
        return (
            f"{plan.experiment_id} (version {self.version}, {self.state}): {plan.metric.name}, "
            f"{' against '.join(arm.name for arm in plan.arms)}, from {plan.start}{until}, "
            f"{self.n_looks} looks. {self.version_note}"
        ).rstrip()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            **self.registration.to_dict(),
            "version": self.version,
            "state": self.state,
            "is_new": self.is_new,
            "n_looks": self.n_looks,
            "n_looks_before": self.n_looks_before,
            "evidence_words": EVIDENCE_WORDS[self.registration.evidence],
            "decisions": list(self.decisions),
            "summary": self.summary(),
        }


def register_test(
    settings: Settings, registration: Registration, *, actor: Actor | None = None
) -> Registered:
    """Register a test; the same one again changes nothing, a changed one is a new version.

    Raises
    ------
    NotAllowed
        If the actor is a viewer.
    """
    from workbench.ledger import register_experiment

    plain = registration.to_dict()
    with ledger_for_analysts(settings, actor, to="register a test") as (ledger, by):
        with ledger.write() as session:
            done = register_experiment(
                session,
                environment=settings.environment,
                experiment_id=registration.experiment_id,
                facts={
                    "hypothesis": registration.hypothesis,
                    "unit": registration.unit,
                    "evidence": registration.evidence,
                    "kind_of_test": registration.kind_of_test,
                    "minimum_days": registration.minimum_days,
                    "minimum_units": registration.minimum_units,
                    "starts_on": registration.start,
                    "stops_on": registration.stop,
                },
                metric=plain["metric"],
                design={key: plain[key] for key in ("arms", "network", "account_id", "level", "rope")},
                planned_looks=registration.looks,
                actor=by.name,
            )
        return _registered(ledger, done.row, is_new=done.is_new)


def registered_test(settings: Settings, experiment_id: str) -> Registered:
    """Return one test of the registry.

    Raises
    ------
    DataError
        If there is none of this name, naming those that there are.
    """
    from workbench.ledger import open_ledger

    with open_ledger(settings) as ledger:
        return _registered(ledger, row_of(ledger, settings, experiment_id))


def registered_tests(settings: Settings) -> tuple[Registered, ...]:
    """Return every registered test, the one that started last first."""
    from workbench.ledger import open_ledger, registered_experiments

    with open_ledger(settings) as ledger:
        with ledger.read() as session:
            rows = registered_experiments(session, settings.environment)
        return tuple(_registered(ledger, row) for row in rows)


def decide_test(
    settings: Settings,
    experiment_id: str,
    *,
    verdict: str,
    why: str,
    arm: str | None = None,
    stopped_on: date | None = None,
    actor: Actor | None = None,
) -> Registered:
    """Keep a decision about a test, with its reason and who took it.

    Parameters
    ----------
    settings, experiment_id
        The test.
    verdict : {"ship", "stop", "continue", "void"}
        ``void`` takes it out of the history that priors are learned from.
    why : str
        The reason, in a sentence.
    arm : str, optional
        The arm that is shipped or kept; "ship" names one.
    stopped_on : datetime.date, optional
        Last day it ran.
    actor : Actor, optional
        Default the system's user.

    Raises
    ------
    DataError
        If there is no such test, verdict or arm, or no reason.
    NotAllowed
        If the actor is a viewer.
    """
    from workbench.ledger import record_decision

    with ledger_for_analysts(settings, actor, to="decide about a test") as (ledger, by):
        row = row_of(ledger, settings, experiment_id)
        names = [one.name for one in plan_of(row).arms]
        if (arm is None and verdict == "ship") or (arm is not None and arm not in names):
            raise DataError(
                f"arm: {arm!r} is no arm of {experiment_id}.",
                next_step=f"Name one of {', '.join(names)}.",
                field="arm",
                value=arm,
            )
        with ledger.write() as session:
            record_decision(
                session, row, verdict=verdict, why=why, actor=by.name, arm=arm, stopped_on=stopped_on
            )
        return _registered(ledger, row)


def row_of(ledger: Ledger, settings: Settings, experiment_id: str) -> Experiment:
    """Return the newest version's row; `DataError` if there is none."""
    from workbench.ledger import find_experiment, registered_experiments

    with ledger.read() as session:
        row = find_experiment(session, settings.environment, experiment_id)
        if row is None:
            known = [one.experiment_id for one in registered_experiments(session, settings.environment)]
            there = f"There are {', '.join(known[:10])}." if known else "None is registered yet."
            raise DataError(
                f"No test {experiment_id!r} is registered in {settings.environment}.",
                next_step=f"{there} Register one with `wb experiment register`.",
                field="id",
                value=experiment_id,
            )
    return row


def plan_of(row: Experiment) -> Registration:
    """Read a row of the registry back as a registration."""
    return registration_of(
        {
            "id": row.experiment_id,
            "hypothesis": row.hypothesis,
            "unit": row.unit,
            "evidence": row.evidence,
            "kind_of_test": row.kind_of_test,
            "metric": json.loads(row.metric),
            "looks": json.loads(row.planned_looks),
            "minimum": {"days": row.minimum_days, "units": row.minimum_units},
            "start": row.starts_on,
            "stop": row.stops_on,
            **json.loads(row.design),
        }
    )


def _registered(ledger: Ledger, row: Experiment, *, is_new: bool = False) -> Registered:
    from workbench.ledger import decisions_of, n_looks

    with ledger.read() as session:
        made = decisions_of(session, row.environment, row.experiment_id)
        looks = n_looks(session, row.environment, row.experiment_id)
    return Registered(
        registration=plan_of(row),
        version=row.version,
        n_looks=looks,
        n_looks_before=row.n_looks_before,
        decisions=tuple(_decision(one) for one in made),
        is_new=is_new,
    )


def _decision(one: ExperimentDecision) -> dict[str, Any]:
    return {
        "verdict": one.verdict,
        "arm": one.arm,
        "why": one.why,
        "stopped_on": one.stopped_on and one.stopped_on.isoformat(),
        "by": one.decided_by,
        "at": one.decided_at.isoformat(),
        "n_looks": one.n_looks,
        "version": one.version,
    }
