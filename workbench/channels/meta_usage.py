"""How much of Meta's quotas is used up, read from the headers of every answer.

Four headers speak of it, each in its own shape: ``x-business-use-case-usage``, ``x-app-usage``,
``x-ad-account-usage`` and ``x-fb-ads-insights-throttle``. What cannot be read is left out: a malformed header
says nothing, and must not stop a load.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

#: From this share of a quota on, calls are slowed down.
SLOW_SHARE = 0.75
#: From this share on, calls wait until the quota is free again.
FULL_SHARE = 0.95
_SLOWEST_S = 30.0
_FULL_WAIT_S = 60.0
_USED_UP_WAIT_S = 300.0
_PERCENT_KEYS = ("call_count", "total_cputime", "total_time")


@dataclass(frozen=True)
class Quota:
    """One quota as an answer described it.

    Attributes
    ----------
    name : str
        Which quota, such as ``ads_insights of 123``.
    share : float
        How much is used up, 1 being all; may be more.
    regain_s : float
        Seconds until calls are allowed again, as Meta estimates them; 0 if they are allowed.
    reset_s : float
        Seconds until the quota is counted from nothing again; 0 if not said.
    """

    name: str
    share: float
    regain_s: float = 0.0
    reset_s: float = 0.0

    @property
    def pause_s(self) -> float:
        """Seconds to leave between the answer that said this and the next call.

        Examples
        --------
        >>> Quota("app", 0.5).pause_s, Quota("app", 0.85).pause_s, Quota("app", 0.2, regain_s=600.0).pause_s
        (0.0, 15.0, 600.0)
        """
        if self.share >= FULL_SHARE:
            default = _USED_UP_WAIT_S if self.share >= 1 else _FULL_WAIT_S
            return max(self.regain_s, self.reset_s) or default
        slow = max(0.0, (self.share - SLOW_SHARE) / (FULL_SHARE - SLOW_SHARE)) * _SLOWEST_S
        return max(self.regain_s, round(slow, 3))


@dataclass
class Usage:
    """The state of every quota seen so far. One for every token.

    Attributes
    ----------
    quotas : dict of str to Quota
        The last reading of each.
    """

    quotas: dict[str, Quota] = field(default_factory=dict)
    _free_at: dict[str, datetime] = field(default_factory=dict, repr=False)

    @property
    def worst_share(self) -> float:
        """The largest share of a quota seen last, 0 if none was seen."""
        return max((quota.share for quota in self.quotas.values()), default=0.0)

    def read(self, headers: Mapping[str, str], at: datetime) -> None:
        """Take the readings of one answer's headers.

        Parameters
        ----------
        headers : mapping of str to str
            Headers; names in any case.
        at : datetime.datetime
            When the answer came, on the clock that waits.
        """
        for quota in quotas_in(headers):
            self.quotas[quota.name] = quota
            free_at = at + timedelta(seconds=quota.pause_s)
            promised = self._free_at.get(quota.name, free_at)
            self._free_at[quota.name] = max(free_at, promised)  # a promised wait is never shortened

    def wait_s(self, now: datetime) -> tuple[float, str]:
        """Return how many seconds to wait before the next call, and for which quota.

        Returns
        -------
        tuple of (float, str)
            ``(0.0, "")`` if the call may go out at once.
        """
        if not self._free_at:
            return 0.0, ""
        name, free_at = max(self._free_at.items(), key=lambda item: item[1])
        wait = (free_at - now).total_seconds()
        return (wait, name) if wait > 0 else (0.0, "")

    def to_dict(self) -> dict[str, Any]:
        """Return the readings for a log or the ledger.

        Returns
        -------
        dict
            ``worst_share`` and, by quota, ``share``, ``regain_s`` and ``reset_s``.
        """
        return {
            "worst_share": round(self.worst_share, 4),
            "quotas": {
                name: {"share": round(quota.share, 4), "regain_s": quota.regain_s, "reset_s": quota.reset_s}
                for name, quota in sorted(self.quotas.items())
            },
        }


def quotas_in(headers: Mapping[str, str]) -> Iterator[Quota]:
    """Yield every quota that the headers of an answer speak of.

    Examples
    --------
    >>> list(quotas_in({"X-App-Usage": '{"call_count": 28, "total_time": 25}', "x-ad-account-usage": "?"}))
    [Quota(name='app', share=0.28, regain_s=0.0, reset_s=0.0)]
    """
    by_name = {str(name).lower(): value for name, value in headers.items()}
    yield from _business_use_cases(_object(by_name.get("x-business-use-case-usage")))
    app = _object(by_name.get("x-app-usage"))
    if app:
        yield Quota("app", _worst(app, _PERCENT_KEYS))
    account = _object(by_name.get("x-ad-account-usage"))
    if account:
        share = _worst(account, ("acc_id_util_pct",))
        yield Quota("account", share, reset_s=_number(account.get("reset_time_duration")))
    throttle = _object(by_name.get("x-fb-ads-insights-throttle"))
    for key, name in (
        ("app_id_util_pct", "insights of the app"),
        ("acc_id_util_pct", "insights of the account"),
    ):
        if key in throttle:
            yield Quota(name, _worst(throttle, (key,)))


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, in either of its two forms.

    Examples
    --------
    >>> retry_after_s({"Retry-After": "120"}, datetime(2026, 11, 20))
    120.0
    """
    text = next((str(v).strip() for k, v in headers.items() if str(k).lower() == "retry-after"), "")
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return _number(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _business_use_cases(body: Mapping[str, Any]) -> Iterator[Quota]:
    for object_id, uses in body.items():
        for use in uses if isinstance(uses, list) else ():
            if isinstance(use, dict):
                name = f"{str(use.get('type') or 'calls')[:40]} of {str(object_id)[:40]}"
                minutes = _number(use.get("estimated_time_to_regain_access"))
                yield Quota(name, _worst(use, _PERCENT_KEYS), regain_s=minutes * 60)


def _object(text: object) -> dict[str, Any]:
    try:
        value = json.loads(str(text)) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _worst(body: Mapping[str, Any], keys: tuple[str, ...]) -> float:
    return max(_number(body.get(key)) for key in keys) / 100


def _number(value: object) -> float:
    """Return a number that is finite and not negative; anything else is 0."""
    try:
        number = float(str(value))
    except ValueError:
        return 0.0
    return min(number, 1e7) if math.isfinite(number) and number > 0 else 0.0
