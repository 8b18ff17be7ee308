"""Actions: what is to be done outside. A draft is written once, however often the same one is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workbench.core.dates import now_utc
from workbench.core.errors import DataError
from workbench.core.ids import content_id
from workbench.ledger.audit import append_audit
from workbench.ledger.models import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.settings import Environment


@dataclass(frozen=True)
class Drafted:
    """What drafting an action did.

    Attributes
    ----------
    row : Action
    is_new : bool
        False where the same draft was there already.
    """

    row: Action
    is_new: bool


def draft_action(
    session: Session,
    *,
    environment: Environment,
    kind: str,
    payload: Mapping[str, Any],
    diff: Sequence[Mapping[str, Any]],
    money_at_risk_minor: int,
    currency: str | None,
    actor: str,
    at: datetime | None = None,
) -> Drafted:
    """Write a draft, or return the one that was written of the same payload for the same environment.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    environment : {"sandbox", "staging", "live"}
        Where it is to be done.
    kind : str
        Such as ``budget_plan``.
    payload, diff : mapping, sequence of mapping
        What is to be, and what that changes; JSON values without personal data.
    money_at_risk_minor : int
        Money that goes elsewhere than it would without the action, in minor units, at least 0.
    currency : str or None
        ISO 4217 code; ``None`` where amounts have none.
    actor : str
        Who drafts it.
    at : datetime, optional
        Default now.

    Raises
    ------
    DataError
        If the money at risk is negative.
    """
    if money_at_risk_minor < 0:
        raise DataError(
            f"money_at_risk_minor: {money_at_risk_minor} is below 0.",
            next_step="Give what is moved, without a sign.",
            field="money_at_risk_minor",
        )
    text = _json(payload)
    key = content_id("action", [environment, kind, text])
    found = session.scalars(select(Action).where(Action.idempotency_key == key)).first()
    if found is not None:
        return Drafted(found, is_new=False)
    row = Action(
        environment=environment,
        kind=kind,
        payload=text,
        diff=_json(list(diff)),
        money_at_risk_minor=money_at_risk_minor,
        currency=currency,
        idempotency_key=key,
        state="draft",
        created_by=actor,
        created_at=at or now_utc(),
    )
    session.add(row)
    session.flush()
    detail = {"kind": kind, "key": key, "money_at_risk_minor": money_at_risk_minor, "currency": currency}
    append_audit(session, actor=actor, action="action.draft", subject=f"action {row.number}", detail=detail)
    return Drafted(row, is_new=True)


def find_action(session: Session, number: int) -> Action | None:
    """Return an action by its number, or ``None``."""
    return session.get(Action, number)


def drafted_actions(session: Session, environment: Environment) -> Sequence[Action]:
    """Return an environment's drafts, the newest first."""
    query = select(Action).where(Action.environment == environment, Action.state == "draft")
    return session.scalars(query.order_by(Action.number.desc())).all()


def find_actions(session: Session, environment: Environment, kind: str) -> Sequence[Action]:
    """Return an environment's actions of a kind, whatever became of them, the newest first."""
    query = select(Action).where(Action.environment == environment, Action.kind == kind)
    return session.scalars(query.order_by(Action.number.desc())).all()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
