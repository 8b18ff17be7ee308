"""Read a question to insights, and refuse what Meta refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbench.sandbox.graph.declarations import calls_of, fields_of
from workbench.sandbox.graph.parameters import read_params
from workbench.sandbox.graph.periods import Range, months_of, ranges_of
from workbench.sandbox.graph.refusals import bad_param
from workbench.sandbox.graph.source import InsightsSlice

#: Levels of rows from the top, and the type of object each stands for.
LEVELS = {"account": "AdAccount", "campaign": "Campaign", "adset": "AdSet", "ad": "Ad"}
#: Windows that were switched off, with the day.
ENDED_WINDOWS = {"7d_view": "2026-01-12", "28d_view": "2026-01-12"}
_ENDED_BREAKDOWNS = {"dma": "2026-06-22"}
_HOURLY = "hourly_stats_"
_ALONE = ("product_id", "frequency_value")
_NEVER_BROKEN_DOWN = frozenset(
    {
        "app_store_clicks",
        "newsfeed_avg_position",
        "newsfeed_clicks",
        "relevance_score",
        "newsfeed_impressions",
    }
)
_NOT_HERE = ("sort", "export_format", "export_columns", "export_name", "cpas_only", "product_id_limit")
#: Figures of people: they are not known by the hour.
_OF_PEOPLE = frozenset({"reach", "frequency", "cpp"})
_LONGEST_INCREMENT = 90
#: Figures that may be added up in a summary.
ADDITIVE = ("impressions", "clicks", "inline_link_clicks", "spend")


@dataclass(frozen=True)
class InsightsAsk:
    """A question to insights that was found to be allowed.

    Attributes
    ----------
    object_id : str
        Whose insights.
    level : str
        What a row stands for.
    slices : tuple of InsightsSlice
        What the world is asked, in order.
    fields : tuple of str
        Fields of a row.
    breakdowns, windows : tuple of str
        Breakdowns and attribution windows.
    summary : tuple of str
        Figures to add up.
    """

    object_id: str
    level: str
    slices: tuple[InsightsSlice, ...]
    fields: tuple[str, ...]
    breakdowns: tuple[str, ...]
    windows: tuple[str, ...]
    summary: tuple[str, ...]

    @property
    def n_columns(self) -> int:
        """Columns of a row, what its weight is counted by."""
        return len(self.fields) + len(self.breakdowns)


def read_ask(object_id: str, kind: str, params: Mapping[str, str], *, today: date) -> InsightsAsk:
    """Read a question.

    Parameters
    ----------
    object_id : str
        ``act_…``, or the id of a campaign, ad set or ad.
    kind : {"AdAccount", "Campaign", "AdSet", "Ad"}
        Its type.
    params : mapping of str to str
        Parameters as they arrived.
    today : datetime.date
        The account's today.

    Raises
    ------
    GraphRefusal
        With Meta's code, naming the parameter.
    """
    given = read_params(calls_of(kind)["GET", "insights"], params, strict=True)
    for name in _NOT_HERE:
        if name in given:
            raise bad_param(f"The parameter {name} is not supported by the local server.")
    level = str(given.get("level") or _own_level(kind))
    depth = list(LEVELS.values()).index(kind)
    if list(LEVELS).index(level) < depth:
        raise bad_param(f"Param level: {level!r} is above the object whose insights are asked for.")
    fields = _fields(given.get("fields", []), level)
    breakdowns = tuple(dict.fromkeys(given.get("breakdowns", [])))
    _check_breakdowns(breakdowns, fields)
    windows = _windows(given.get("action_attribution_windows", []))
    if set(given.get("action_breakdowns", [])) - {"action_type"}:
        raise bad_param("Param action_breakdowns: the local server breaks actions down by action_type only.")
    slices = _slices(
        InsightsSlice(object_id, level, today, today, None, breakdowns, windows, _filters(given)),
        ranges_of(params, today),
        str(given.get("time_increment", "all_days")),
    )
    return InsightsAsk(object_id, level, slices, fields, breakdowns, windows, _summary(given, fields))


def _own_level(kind: str) -> str:
    return next(level for level, name in LEVELS.items() if name == kind)


def _fields(asked: Sequence[str], level: str) -> tuple[str, ...]:
    known = fields_of("AdsInsights")
    for name in asked:
        if name not in known:
            raise bad_param(f"{name} is not valid for fields param. please check the insights documentation.")
    if asked:
        return tuple(dict.fromkeys(asked))
    ids = [f"{one}_id" for one in LEVELS][: list(LEVELS).index(level) + 1]
    return (*ids, "impressions", "spend")


def _check_breakdowns(breakdowns: Sequence[str], fields: Sequence[str]) -> None:
    for name in breakdowns:
        if name in _ENDED_BREAKDOWNS:
            raise bad_param(f"Param breakdowns: {name} was removed on {_ENDED_BREAKDOWNS[name]}.")
        if len(breakdowns) > 1 and (name.startswith(_HOURLY) or name in _ALONE):
            raise bad_param(
                f"Current combination of data breakdown columns ({', '.join(breakdowns)}) is invalid."
            )
    if "platform_position" in breakdowns and "publisher_platform" not in breakdowns:
        raise bad_param("Param breakdowns: platform_position needs publisher_platform beside it.")
    hourly = any(name.startswith(_HOURLY) for name in breakdowns)
    for name in fields:
        of_people = name in _OF_PEOPLE or name.startswith(("unique_", "cost_per_unique_", "video_"))
        if (hourly and of_people) or (breakdowns and name in _NEVER_BROKEN_DOWN):
            raise bad_param(f"{name} is not valid for fields param with breakdowns {', '.join(breakdowns)}.")


def _windows(asked: Sequence[str]) -> tuple[str, ...]:
    for name in asked:
        if name in ENDED_WINDOWS:
            raise bad_param(f"Param action_attribution_windows: {name} ended on {ENDED_WINDOWS[name]}.")
    return tuple(dict.fromkeys(asked))


def _filters(given: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    filters = given.get("filtering", [])
    for i, one in enumerate(filters):
        if not isinstance(one, dict) or not {"field", "operator"} <= set(one) <= {
            "field",
            "operator",
            "value",
        }:
            raise bad_param(f"Param filtering[{i}] must be an object with field, operator and value.")
    return tuple(filters)


def _slices(one: InsightsSlice, ranges: Sequence[Range], increment: str) -> tuple[InsightsSlice, ...]:
    if increment == "monthly":
        ranges, days = [month for period in ranges for month in months_of(period)], None
    elif increment == "all_days":
        days = None
    elif increment.isdecimal() and 1 <= int(increment) <= _LONGEST_INCREMENT:
        days = int(increment)
    else:
        raise bad_param(f"Param time_increment must be 1 to 90, monthly or all_days - got {increment!r}.")
    return tuple(
        InsightsSlice(
            one.object_id, one.level, since, until, days, one.breakdowns, one.windows, one.filtering
        )
        for since, until in ranges
    )


def _summary(given: Mapping[str, Any], fields: Sequence[str]) -> tuple[str, ...]:
    asked = [str(name) for name in given.get("summary", [])]
    if given.get("default_summary"):
        asked += [name for name in fields if name in ADDITIVE]
    check_summary(asked, fields)
    return tuple(dict.fromkeys(asked))


def check_summary(asked: Sequence[str], fields: Sequence[str]) -> None:
    """Refuse a summary of figures that a report does not have, or that cannot be added up.

    Raises
    ------
    GraphRefusal
        With code 100, naming the figure.
    """
    for name in asked:
        if name not in fields:
            raise bad_param(
                f"Cannot include {name} in summary param because they weren't there while creating the"
                f" report run. All available values are: {', '.join(fields)}"
            )
        if name not in ADDITIVE:
            raise bad_param(f"The local server cannot summarise {name}: it is not a sum.")
