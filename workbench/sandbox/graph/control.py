"""Endpoints beside the Graph API by which the sandbox itself is moved: time, faults, the token's end."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from workbench.core.errors import ConfigError, DataError
from workbench.sandbox.graph.desk import Desk
from workbench.sandbox.graph.faults import Faults
from workbench.sandbox.graph.messages import Answer, Request
from workbench.sandbox.graph.refusals import GraphRefusal, bad_param

PREFIX = "/_sandbox/"


class Control:
    """Answers below ``/_sandbox/``; every request has to carry the key, so that no web page can send one.

    Parameters
    ----------
    desk : Desk
        What is moved.
    key : str
        The key.
    step : callable, optional
        Lets days of the world pass.
    """

    def __init__(self, desk: Desk, key: str, step: Callable[[int], None] | None) -> None:
        self._desk = desk
        self._key = key
        self._step = step

    def answer(self, request: Request) -> Answer:
        """Answer a request."""
        name = request.path.removeprefix(PREFIX)
        routes = {
            ("GET", "now"): self._now,
            ("POST", "step"): self._pass_days,
            ("POST", "faults"): self._set_faults,
            ("POST", "fail-next"): self._fail_next,
            ("POST", "token"): self._end_token,
        }
        route = routes.get((request.method, name))
        if not hmac.compare_digest(request.key, self._key):
            return Answer.refused(
                GraphRefusal(403, {"message": "The key of the sandbox is missing or wrong."})
            )
        if route is None:
            return Answer.refused(
                GraphRefusal(404, {"message": f"There is no {request.method} {name[:40]}."})
            )
        try:
            return Answer.of(route(request))
        except GraphRefusal as refusal:
            return Answer.refused(refusal)
        except (DataError, ConfigError) as error:
            return Answer.refused(bad_param(str(error)))

    def _now(self, request: Request) -> dict[str, Any]:
        desk = self._desk
        ends = [rules.expires_at for rules in desk.tokens.rules.values()]
        return {
            "now": desk.source.now().isoformat(),
            "n_requests": desk.faults.n_requests,
            "faults": dict(desk.faults.happened),
            "token_expires_at": ends[0].isoformat() if ends and ends[0] else None,
        }

    def _pass_days(self, request: Request) -> dict[str, Any]:
        days = request.params.get("days", "")
        if not days.isdecimal() or self._step is None:
            raise bad_param(
                "This world cannot be moved." if self._step is None else "Param days must be a number."
            )
        before = self._desk.source.now()
        self._step(int(days))
        self._desk.world_changed()
        return {"days": int(days), "from": before.isoformat(), "now": self._desk.source.now().isoformat()}

    def _set_faults(self, request: Request) -> dict[str, Any]:
        given = request.params
        try:
            kinds = frozenset(json.loads(given["kinds"])) if given.get("kinds") else Faults.TRANSIENT
            faults = Faults(float(given.get("rate", "0")), int(given.get("seed", "0")), kinds)
        except (ValueError, TypeError):
            raise bad_param("Params rate and seed must be numbers, kinds an array.") from None
        self._desk.faults.faults = faults
        return {"rate": faults.rate, "seed": faults.seed, "kinds": sorted(faults.kinds)}

    def _fail_next(self, request: Request) -> dict[str, Any]:
        n = request.params.get("n", "1")
        if not n.isdecimal():
            raise bad_param("Param n must be a number.")
        self._desk.faults.order(request.params.get("kind", ""), int(n), request.params.get("match", ""))
        return {"kind": request.params["kind"], "n": int(n)}

    def _end_token(self, request: Request) -> dict[str, Any]:
        """Let the tokens end after ``days`` of the world's time, or never if it is left out."""
        days = request.params.get("days", "")
        at: datetime | None = None
        if days:
            try:
                at = self._desk.source.now() + timedelta(days=float(days))
            except (ValueError, OverflowError):
                raise bad_param("Param days must be a number.") from None
        self._desk.tokens.expire_all(at)
        return {"token_expires_at": at.isoformat() if at else None}
