"""Quotas as Meta meters them: points for calls, work for rows, both fading; told in four headers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from workbench.sandbox.graph.clock import Clock
from workbench.sandbox.graph.refusals import GraphRefusal, seen

UseCase = Literal["ads_insights", "ads_management"]
_HOUR_S = 3600.0
#: What a used-up quota answers, by what it is for.
_REFUSAL = {"ads_insights": "user_limit", "ads_management": "buc"}


@dataclass(frozen=True)
class Quotas:
    """How much is allowed in an hour.

    Attributes
    ----------
    insights_calls, management_calls : float
        Points of an ad account; a reading call costs 1, a writing one 3.
    insights_per_ad, management_per_ad : float
        Points more for each active ad.
    rows : float
        Rows of insights of an ad account, what stands for Meta's computing time.
    app_calls : float
        Calls of the app.
    regain_share : float
        A used-up quota is given back when it has faded to this share.
    tier : str
        Access tier to name in the headers.
    """

    insights_calls: float = 190_000.0
    management_calls: float = 100_000.0
    insights_per_ad: float = 400.0
    management_per_ad: float = 40.0
    rows: float = 50_000_000.0
    app_calls: float = 1_000_000.0
    regain_share: float = 0.5
    tier: str = "standard_access"

    @classmethod
    def development(cls) -> Quotas:
        """Return the quotas of an app in development access."""
        return cls(insights_calls=600.0, management_calls=300.0, tier="development_access")


@dataclass
class _Bucket:
    """Something used that fades at ``capacity`` an hour."""

    capacity: float
    level: float = 0.0
    at: datetime | None = None

    def use(self, amount: float, now: datetime) -> None:
        if self.at is not None:
            faded = (now - self.at).total_seconds() * self.capacity / _HOUR_S
            self.level = max(0.0, self.level - max(0.0, faded))
        self.level, self.at = self.level + amount, now

    @property
    def share(self) -> float:
        return self.level / self.capacity

    def seconds_until(self, share: float) -> float:
        """Seconds until it has faded to a share of its capacity."""
        return max(0.0, self.share - share) * _HOUR_S


@dataclass
class _Meter:
    """What one ad account has used of one thing."""

    calls: _Bucket
    work: _Bucket
    blocked_until: datetime | None = None

    @property
    def worst(self) -> _Bucket:
        return max((self.calls, self.work), key=lambda bucket: bucket.share)


@dataclass
class QuotaBook:
    """Counts what is used. Not for two threads at a time.

    Attributes
    ----------
    quotas : Quotas
        What is allowed.
    clock : Clock
        What it fades by.
    n_active_ads : callable
        Active ads of an account, by its digits.
    """

    quotas: Quotas
    clock: Clock
    n_active_ads: Callable[[str], int]
    _meters: dict[tuple[str, UseCase], _Meter] = field(default_factory=dict)
    _app: _Bucket | None = None

    def charge(self, account_id: str, use: UseCase, points: float) -> None:
        """Count a call, or refuse it while the quota is used up.

        Raises
        ------
        GraphRefusal
            With code 17 for insights and 80004 for the rest.
        """
        now = self.clock.now()
        self.app.use(1.0, now)
        if self.app.share > 1.0:
            raise seen("app_limit")
        if not account_id:
            return
        meter = self._meter(account_id, use)
        meter.work.use(0.0, now)
        if meter.blocked_until is not None and now < meter.blocked_until:
            raise self._refusal(use)
        meter.blocked_until = None
        meter.calls.use(points, now)
        if meter.worst.share > 1.0:
            meter.blocked_until = now + timedelta(seconds=meter.worst.seconds_until(self.quotas.regain_share))
            raise self._refusal(use)

    def add_rows(self, account_id: str, n_rows: int) -> None:
        """Count the rows of an answer to insights."""
        self._meter(account_id, "ads_insights").work.use(float(n_rows), self.clock.now())

    @property
    def app(self) -> _Bucket:
        """What the app has used."""
        if self._app is None:
            self._app = _Bucket(self.quotas.app_calls)
        return self._app

    def headers(self, account_id: str) -> dict[str, str]:
        """Return the four headers that speak of quotas; only the app's if there is no account."""
        app = _percent(self.app.share)
        out = {"x-app-usage": json.dumps({"call_count": app, "total_cputime": 0, "total_time": 0})}
        if not account_id:
            return out
        insights, management = (self._meter(account_id, use) for use in ("ads_insights", "ads_management"))
        uses = [self._use("ads_insights", insights), self._use("ads_management", management)]
        out["x-business-use-case-usage"] = json.dumps({account_id: uses})
        worst = max((insights.worst, management.worst), key=lambda bucket: bucket.share)
        usage = {
            "acc_id_util_pct": round(worst.share * 100, 2),
            "reset_time_duration": math.ceil(worst.seconds_until(self.quotas.regain_share)),
            "ads_api_access_tier": self.quotas.tier,
        }
        out["x-ad-account-usage"] = json.dumps(usage)
        throttle = {
            "app_id_util_pct": round(self.app.share * 100, 2),
            "acc_id_util_pct": round(insights.worst.share * 100, 2),
            "ads_api_access_tier": self.quotas.tier,
        }
        out["x-fb-ads-insights-throttle"] = json.dumps(throttle)
        return out

    def _use(self, use: UseCase, meter: _Meter) -> dict[str, object]:
        left = 0.0
        if meter.blocked_until is not None:
            left = max(0.0, (meter.blocked_until - self.clock.now()).total_seconds())
        return {
            "type": use,
            "call_count": _percent(meter.calls.share),
            "total_cputime": _percent(meter.work.share),
            "total_time": _percent(meter.work.share),
            "estimated_time_to_regain_access": math.ceil(left / 60),
            "ads_api_access_tier": self.quotas.tier,
        }

    def _meter(self, account_id: str, use: UseCase) -> _Meter:
        key = (account_id, use)
        if key not in self._meters:
            asked, n_ads = self.quotas, self.n_active_ads(account_id)
            calls = (
                asked.insights_calls + n_ads * asked.insights_per_ad
                if use == "ads_insights"
                else asked.management_calls + n_ads * asked.management_per_ad
            )
            self._meters[key] = _Meter(_Bucket(calls), _Bucket(asked.rows))
        return self._meters[key]

    def _refusal(self, use: UseCase) -> GraphRefusal:
        return seen(_REFUSAL[use])


def _percent(share: float) -> int:
    """Round up: a quota that is used a little is not unused."""
    return math.ceil(share * 100 - 1e-9)
