"""The registry of experiments: what was registered, every look taken, and what was decided.

Rows are added and never changed. Registering the same once more changes nothing; registering it differently
adds a version, which knows how many looks had been taken by then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from workbench.core.dates import now_utc
from workbench.core.errors import DataError
from workbench.core.ids import content_id, new_id
from workbench.core.redact import redact
from workbench.ledger.audit import append_audit
from workbench.ledger.models import Experiment, ExperimentDecision, ExperimentLook

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Who looks when a refresh reads a running test again: nobody.
AUTOMATIC = "refresh"
#: "ship" and "stop" end a test, "continue" lets it run on, "void" takes it out of the history.
VERDICTS = ("ship", "stop", "continue", "void")


@dataclass(frozen=True)
class Recorded:
    """What recording a registration or a look did.

    Attributes
    ----------
    row : Experiment or ExperimentLook
    is_new : bool
        False where the same was there already.
    """

    row: Any
    is_new: bool


def register_experiment(
    session: Session,
    *,
    environment: str,
    experiment_id: str,
    facts: Mapping[str, Any],
    metric: Mapping[str, Any],
    design: Mapping[str, Any],
    planned_looks: Sequence[int],
    actor: str,
    at: datetime | None = None,
) -> Recorded:
    """Register an experiment, or a new version of it where something differs from the newest one.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    environment, experiment_id : str
        The experiment.
    facts : mapping
        ``hypothesis``, ``unit``, ``evidence``, ``kind_of_test``, ``minimum_days``, ``minimum_units``,
        ``starts_on`` and ``stops_on`` (a day or None). Texts are redacted before they are kept.
    metric : mapping
        ``name``, ``kind`` and whatever else defines it, as JSON values.
    design : mapping
        The arms and their shares, as JSON values; no personal data.
    planned_looks : sequence of int
        Days after the start at which a look is planned.
    actor : str
        Who registers it.
    at : datetime, optional
        Default now.
    """
    texts = {name: redact(str(facts[name])) for name in ("hypothesis", "unit", "evidence", "kind_of_test")}
    plain = {name: facts[name] for name in ("minimum_days", "minimum_units", "starts_on", "stops_on")}
    kept = {"metric": _json(metric), "design": _json(design), "planned_looks": _json(list(planned_looks))}
    content = content_id("registration", [_json({**texts, **plain, **kept})])
    newest = find_experiment(session, environment, experiment_id)
    if newest is not None and newest.content_id == content:
        return Recorded(newest, is_new=False)
    row = Experiment(
        environment=environment,
        experiment_id=experiment_id,
        version=1 if newest is None else newest.version + 1,
        content_id=content,
        **texts,
        **plain,
        **kept,
        metric_name=str(metric["name"]),
        metric_kind=str(metric["kind"]),
        n_looks_before=0 if newest is None else n_looks(session, environment, experiment_id),
        registered_by=actor,
        registered_at=at or now_utc(),
    )
    session.add(row)
    session.flush()
    detail = {"version": row.version, "content": content, "looks_before": row.n_looks_before}
    _audit(session, actor, row, {"act": "register", **detail})
    return Recorded(row, is_new=True)


def find_experiment(
    session: Session, environment: str, experiment_id: str, *, version: int | None = None
) -> Experiment | None:
    """Return a version of an experiment, the newest one by default, or ``None``."""
    query = select(Experiment).where(
        Experiment.environment == environment, Experiment.experiment_id == experiment_id
    )
    if version is not None:
        query = query.where(Experiment.version == version)
    return session.scalars(query.order_by(Experiment.version.desc()).limit(1)).first()


def registered_experiments(session: Session, environment: str) -> Sequence[Experiment]:
    """Return the newest version of every experiment, the one that started last first."""
    found = session.scalars(
        select(Experiment).where(Experiment.environment == environment).order_by(Experiment.version)
    )
    newest = {row.experiment_id: row for row in found}
    return sorted(newest.values(), key=lambda row: (-row.starts_on.toordinal(), row.experiment_id))


def record_look(
    session: Session,
    experiment: Experiment,
    *,
    company: str,
    days: tuple[date, date],
    as_of: datetime,
    figures: Mapping[str, Any],
    result: Mapping[str, Any],
    actor: str,
) -> Recorded:
    """Keep what a look has shown; the same figures of the same days looked at again are the same look.

    What a refresh has read and what a person has looked at are kept apart: only the second is peeking.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    experiment : Experiment
        The version that was read.
    company : str
        Whose figures: own, or simulated ones.
    days : (datetime.date, datetime.date)
        First and last day that was read.
    as_of : datetime
        Moment whose beliefs were read.
    figures, result : mapping
        What was seen of each arm, and the analysis, as JSON values.
    actor : str
        Who looked; :data:`AUTOMATIC` for a refresh.
    """
    seen = _json(figures)
    look_id = content_id(
        "look",
        [
            experiment.environment,
            experiment.experiment_id,
            str(experiment.version),
            company,
            AUTOMATIC if actor == AUTOMATIC else "person",
            days[0].isoformat(),
            days[1].isoformat(),
            seen,
        ],
    )
    found = session.get(ExperimentLook, look_id)
    if found is not None:
        return Recorded(found, is_new=False)
    row = ExperimentLook(
        look_id=look_id,
        environment=experiment.environment,
        experiment_id=experiment.experiment_id,
        version=experiment.version,
        company=company,
        data_from=days[0],
        data_to=days[1],
        as_of=as_of,
        figures=seen,
        result=_json(result),
        actor=actor,
        looked_at=now_utc(),
    )
    session.add(row)
    session.flush()
    return Recorded(row, is_new=True)


def looks_of(session: Session, environment: str, experiment_id: str) -> Sequence[ExperimentLook]:
    """Return every look at every version of an experiment, in order."""
    query = select(ExperimentLook).where(
        ExperimentLook.environment == environment, ExperimentLook.experiment_id == experiment_id
    )
    return session.scalars(query.order_by(ExperimentLook.looked_at, ExperimentLook.look_id)).all()


def n_looks(session: Session, environment: str, experiment_id: str) -> int:
    """Return how many looks people took at all versions of an experiment."""
    query = select(func.count()).where(
        ExperimentLook.environment == environment,
        ExperimentLook.experiment_id == experiment_id,
        ExperimentLook.actor != AUTOMATIC,
    )
    return int(session.execute(query.select_from(ExperimentLook)).scalar_one())


def record_decision(
    session: Session,
    experiment: Experiment,
    *,
    verdict: str,
    why: str,
    actor: str,
    arm: str | None = None,
    stopped_on: date | None = None,
    at: datetime | None = None,
) -> ExperimentDecision:
    """Keep a decision beside the ones before it.

    Raises
    ------
    DataError
        If there is no such verdict, or no reason is given.
    """
    if verdict not in VERDICTS:
        raise DataError(
            f"verdict: {verdict!r} is no verdict.",
            next_step=f"Use one of {', '.join(VERDICTS)}.",
            field="verdict",
            value=verdict,
        )
    if not why.strip():
        raise DataError("why: a decision without a reason.", next_step="Say why in a sentence.", field="why")
    row = ExperimentDecision(
        decision_id=new_id("decision"),
        environment=experiment.environment,
        experiment_id=experiment.experiment_id,
        version=experiment.version,
        verdict=verdict,
        arm=arm,
        why=redact(why.strip()),
        stopped_on=stopped_on,
        n_looks=n_looks(session, experiment.environment, experiment.experiment_id),
        decided_by=actor,
        decided_at=at or now_utc(),
    )
    session.add(row)
    session.flush()
    _audit(session, actor, experiment, {"act": "decide", "verdict": verdict, "arm": arm})
    return row


def decisions_of(session: Session, environment: str, experiment_id: str) -> Sequence[ExperimentDecision]:
    """Return the decisions about an experiment, in order."""
    query = select(ExperimentDecision).where(
        ExperimentDecision.environment == environment, ExperimentDecision.experiment_id == experiment_id
    )
    return session.scalars(
        query.order_by(ExperimentDecision.decided_at, ExperimentDecision.decision_id)
    ).all()


def _audit(session: Session, actor: str, row: Experiment, said: dict[str, object]) -> None:
    append_audit(
        session,
        actor=actor,
        action=f"experiment.{said.pop('act')}",
        subject=f"{row.environment}/{row.experiment_id}",
        detail=said,
    )


def _json(value: object) -> str:
    def plain(other: Any) -> str:
        return str(other.isoformat()) if hasattr(other, "isoformat") else str(other)

    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=plain)
