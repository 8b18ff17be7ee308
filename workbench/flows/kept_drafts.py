"""The drafts of budgets that the ledger holds, as they were written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.core.settings import Settings


@dataclass(frozen=True)
class KeptDraft:
    """A draft as the ledger holds it.

    Attributes
    ----------
    number : int
        Of the row in the ledger's actions.
    state, created_by : str
    created_at : datetime.datetime
    moved_minor : int
        The larger of what is added and what is taken away, in minor units.
    payload : dict
        What is to be.
    diff : list of dict
        What it changes.
    """

    number: int
    state: str
    created_by: str
    created_at: datetime
    moved_minor: int
    payload: dict[str, Any]
    diff: list[dict[str, Any]]


def kept_drafts(settings: Settings, kind: str, *, most: int | None = None) -> list[KeptDraft]:
    """Return the drafts of a kind in the installation's environment, the newest first; none without a ledger.

    Parameters
    ----------
    settings : Settings
    kind : str
    most : int, optional
        By default all.
    """
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return []
    from workbench.ledger import find_actions, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        return [
            KeptDraft(
                row.number,
                row.state,
                row.created_by,
                row.created_at,
                row.money_at_risk_minor,
                json.loads(row.payload),
                json.loads(row.diff),
            )
            for row in find_actions(session, settings.environment, kind)[:most]
        ]
