"""What the parts of the server share: the world, the clock, and who may see what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbench.core.dates import account_today
from workbench.sandbox.graph.kinds import kind_of
from workbench.sandbox.graph.refusals import missing_object
from workbench.sandbox.graph.source import Source
from workbench.sandbox.graph.tokens import TokenRules


@dataclass(frozen=True)
class Found:
    """An object of the world.

    Attributes
    ----------
    object_id, kind : str
        Its id and type.
    node : mapping
        Its fields.
    account : mapping
        The ad account it belongs to; empty if it belongs to none.
    """

    object_id: str
    kind: str
    node: Mapping[str, Any]
    account: Mapping[str, Any]

    @property
    def account_id(self) -> str:
        """Digits of its ad account; empty if it belongs to none."""
        return str(self.account.get("account_id", ""))


class View:
    """The world as one token sees it.

    Parameters
    ----------
    source : Source
        The world.
    rules : TokenRules
        What the token may see.
    """

    def __init__(self, source: Source, rules: TokenRules) -> None:
        self.source = source
        self.rules = rules

    def accounts(self) -> list[Mapping[str, Any]]:
        """Return the ad accounts that the token may see."""
        return [one for one in self.source.accounts() if self.rules.sees(str(one["account_id"]))]

    def find(self, object_id: str) -> Found:
        """Return an object.

        Raises
        ------
        GraphRefusal
            With subcode 33 if there is none, or the token may not see it.
        """
        accounts = {str(one["account_id"]): one for one in self.source.accounts()}
        digits = object_id.removeprefix("act_")
        if object_id.startswith("act_") and digits in accounts:
            node: Mapping[str, Any] | None = accounts[digits]
            kind = "AdAccount"
        else:
            node = self.source.node(object_id)
            kind = kind_of(node) if node is not None else ""
        if node is None:
            raise missing_object(object_id)
        account_id = str(node.get("account_id", "")).removeprefix("act_")
        if account_id in accounts and not self.rules.sees(account_id):
            raise missing_object(object_id)
        return Found(object_id, kind, node, accounts.get(account_id, {}))

    def today_of(self, found: Found) -> date:
        """Return what an object's ad account calls today."""
        return account_today(str(found.account.get("timezone_name") or "UTC"), self.source.now())
