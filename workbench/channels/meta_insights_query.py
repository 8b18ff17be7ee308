"""One question to Meta's insights, the parameters that ask it, and the columns that tell its rows apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workbench.channels.meta_statuses import LEVELS, Level, every_status
from workbench.core.dates import Period
from workbench.core.errors import DataError

#: Attribution windows that Meta has switched off, with the day they ended.
ENDED_WINDOWS = {"7d_view": "2026-01-12", "28d_view": "2026-01-12"}
_LONGEST_INCREMENT = 90
_WORD = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class InsightsQuery:
    """One question to the insights of an ad account.

    Attributes
    ----------
    account_id : str
        Digits, without ``act_``.
    level : {"account", "campaign", "adset", "ad"}
        What a row stands for.
    period : Period
        First and last day, both included, in the account's time zone.
    fields : tuple of str
        Fields; the ids and dates that make a row's key are added.
    breakdowns : tuple of str
        Breakdowns; each becomes a column and a part of the key.
    attribution_windows : tuple of str
        Windows to report actions by. Empty means the ad sets' own setting; the two are never mixed.
    increment : int or "all_days"
        Days in a row, 1 to 90, or the whole period in one.
    filtering : tuple of mapping
        Meta's filters. Unless one is about a status, objects of every status are asked for.

    Raises
    ------
    DataError
        If a value is not one that can be asked for.
    """

    account_id: str
    level: Level
    period: Period
    fields: tuple[str, ...]
    breakdowns: tuple[str, ...] = ()
    attribution_windows: tuple[str, ...] = ("1d_click", "7d_click", "28d_click", "1d_view")
    increment: int | Literal["all_days"] = 1
    filtering: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not (self.account_id.isascii() and self.account_id.isdigit()):
            raise _refused("account_id", self.account_id, "Give its digits, without act_.")
        if self.level not in LEVELS:
            raise _refused("level", self.level, f"Use one of {', '.join(LEVELS)}.")
        if self.increment != "all_days" and not 1 <= self.increment <= _LONGEST_INCREMENT:
            raise _refused("increment", self.increment, "Use 1 to 90 days, or all_days.")
        for name in (*self.fields, *self.breakdowns, *self.attribution_windows):
            if not _WORD.fullmatch(name):
                raise _refused("name", name, "Use Meta's own names, such as inline_link_clicks.")
        for window in self.attribution_windows:
            if window in ENDED_WINDOWS:
                step = f"It ended on {ENDED_WINDOWS[window]}; use 1d_click, 7d_click, 28d_click or 1d_view."
                raise _refused("attribution window", window, step)

    @property
    def key_fields(self) -> tuple[str, ...]:
        """Fields that every row needs: the ids down to its level, and its dates."""
        depth = LEVELS.index(self.level)
        return (*(f"{level}_id" for level in LEVELS[: depth + 1]), "date_start", "date_stop")

    @property
    def metric_fields(self) -> tuple[str, ...]:
        """Fields asked for that are not part of the key, each once."""
        return tuple(dict.fromkeys(name for name in self.fields if name not in self.key_fields))

    def key_of(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what tells a row from every other: ids, dates and each breakdown's value."""
        return tuple(str(row.get(name)) for name in (*self.key_fields, *self.breakdowns))

    def params(self) -> dict[str, Any]:
        """Return the parameters that ask the question.

        Whatever has a default that differs between Meta's interfaces is said outright, so that a report, a
        direct call and every piece of a split question mean the same.
        """
        params: dict[str, Any] = {
            "level": self.level,
            "time_range": {"since": self.period.start.isoformat(), "until": self.period.stop.isoformat()},
            "time_increment": self.increment,
            "fields": [*self.key_fields, *self.metric_fields],
            "action_breakdowns": [],  # with any other value totals do not match Ads Manager
            "action_report_time": "mixed",
            "use_unified_attribution_setting": not self.attribution_windows,
            "filtering": [dict(one) for one in self.filtering] + self._status_filter(),
        }
        if self.attribution_windows:
            params["action_attribution_windows"] = list(self.attribution_windows)
        if self.breakdowns:
            params["breakdowns"] = list(self.breakdowns)
        return params

    def _status_filter(self) -> list[dict[str, Any]]:
        names = (str(one.get("field", "")) for one in self.filtering)
        has_status = any(name.endswith((".effective_status", ".delivery_info")) for name in names)
        return [] if has_status or self.level == "account" else [every_status(self.level)]


def _refused(what: str, value: object, next_step: str) -> DataError:
    return DataError(
        f"{value!r} cannot be asked for as {what} of insights.", next_step=next_step, what=what, value=value
    )
