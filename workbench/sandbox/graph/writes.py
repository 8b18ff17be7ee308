"""Changes: objects made, edited and deleted, checked by the client's types before the world hears of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workbench.sandbox.graph.clock import Clock
from workbench.sandbox.graph.declarations import Call, calls_of
from workbench.sandbox.graph.messages import Answer, Request
from workbench.sandbox.graph.parameters import GENERAL, read_params
from workbench.sandbox.graph.refusals import GraphRefusal, bad_param
from workbench.sandbox.graph.world import Found, View

#: What the client does not say: without these nothing is made.
REQUIRED = {
    "campaigns": ("name", "objective", "special_ad_categories"),
    "adsets": ("name", "campaign_id", "billing_event", "optimization_goal"),
    "ads": ("name", "adset_id", "creative"),
}
BUDGETS = ("daily_budget", "lifetime_budget")
BUDGET_CHANGES_PER_HOUR = 4
_HOUR = timedelta(hours=1)


@dataclass
class WriteDesk:
    """Everything that changes the world. Not for two threads at a time.

    Attributes
    ----------
    clock : Clock
        What the hour of budget changes is counted by.
    """

    clock: Clock
    _budget_changes: dict[str, deque[datetime]] = field(default_factory=dict)

    def create(self, view: View, found: Found, edge: str, request: Request) -> Answer:
        """Make an object.

        Raises
        ------
        GraphRefusal
            If nothing can be made there, or a parameter is missing or not allowed.
        DataError
            If the world does not want it.
        """
        call = calls_of(found.kind).get(("POST", edge))
        if call is None:
            raise bad_param(
                f"Unsupported post request: nothing can be made at {edge} of {found.kind or 'this'}."
            )
        given = _given(call, request)
        for name in REQUIRED.get(edge, ()):
            if name not in given:
                raise bad_param(f"The parameter {name} is required.")
        _check_budgets(given)
        if _is_rehearsal(given):
            return Answer.of({"success": True})
        return Answer.of({"id": view.source.create(found.object_id, edge, _for_world(given))})

    def edit(self, view: View, found: Found, request: Request) -> Answer:
        """Edit an object.

        Raises
        ------
        GraphRefusal
            If it cannot be edited, a parameter is not allowed, or its budget was changed too often.
        DataError
            If the world does not want it.
        """
        call = calls_of(found.kind).get(("POST", ""))
        if call is None:
            raise bad_param(f"Unsupported post request: a {found.kind or 'node'} cannot be changed.")
        given = _given(call, request)
        _check_budgets(given)
        is_rehearsal = _is_rehearsal(given)
        changes_budget = any(n in given and str(given[n]) != str(found.node.get(n)) for n in BUDGETS)
        if found.kind == "AdSet" and changes_budget:
            self._count_budget_change(found.object_id, is_rehearsal=is_rehearsal)
        if not is_rehearsal:
            view.source.change(found.object_id, _for_world(given))
        return Answer.of({"success": True})

    def delete(self, view: View, found: Found) -> Answer:
        """Delete an object: it stays, with the status DELETED.

        Raises
        ------
        GraphRefusal
            If it cannot be deleted.
        """
        if ("DELETE", "") not in calls_of(found.kind):
            raise bad_param(f"Unsupported delete request: a {found.kind or 'node'} cannot be deleted.")
        view.source.change(found.object_id, {"status": "DELETED"})
        return Answer.of({"success": True})

    def _count_budget_change(self, object_id: str, *, is_rehearsal: bool) -> None:
        now = self.clock.now()
        made = self._budget_changes.setdefault(object_id, deque())
        while made and now - made[0] >= _HOUR:
            made.popleft()
        if len(made) >= BUDGET_CHANGES_PER_HOUR:
            raise _too_many_budget_changes()
        if not is_rehearsal:
            made.append(now)


def _given(call: Call, request: Request) -> dict[str, Any]:
    given = read_params(call, request.params, strict=True)
    return {name: value for name, value in given.items() if name not in GENERAL}


def _check_budgets(given: Mapping[str, Any]) -> None:
    if all(given.get(name) for name in BUDGETS):
        raise bad_param("Only one of daily_budget and lifetime_budget can be set.")
    if "bid_amount" in given and given["bid_amount"] <= 0:
        raise bad_param("Param bid_amount must be positive.")


def _is_rehearsal(given: Mapping[str, Any]) -> bool:
    return "validate_only" in given.get("execution_options", ())


def _for_world(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "execution_options"}


def _too_many_budget_changes() -> GraphRefusal:
    return GraphRefusal(
        400,
        {
            "message": "(#613) Calls to this api have exceeded the rate limit.",
            "error_user_msg": f"An ad set's budget may be changed {BUDGET_CHANGES_PER_HOUR} times an hour.",
            "type": "OAuthException",
            "code": 613,
            "error_subcode": 1487632,
        },
    )
