"""Propose the next daily budgets of campaigns or ad sets from the lake's days, and say on which basis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.budget.daily import DailyOptions, propose_daily
from workbench.budget.daily_budget import DailyBudget
from workbench.budget.daily_posterior import DailyHistory
from workbench.budget.daily_result import DailyProposal
from workbench.budget.daily_worth import DailyWorth, given_worth, learn_worth
from workbench.budget.plan_file import exact_minor
from workbench.budget.problem import refused
from workbench.core.errors import NotEnoughData
from workbench.core.money import minor_digits
from workbench.core.number_text import percent
from workbench.flows.budget_rows import LakeQuestion, LakeRows, read_lake
from workbench.flows.company import SIMULATED_LABEL, shown_lake
from workbench.flows.rows import to_frame
from workbench.flows.set_budgets import set_budgets
from workbench.lake.window import Grain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.flows.available import Slice
    from workbench.lake import Lake
    from workbench.stats.counts import Floats

_N_DAYS = 120
_WEEK = 7
_N_NAMED = 8
_KEYS = {"campaign": ("campaign_id", "campaign_name"), "adset": ("adset_id", "adset_name")}
_SUMS = {"results": "sum(coalesce(results, conversions))", "conversions": "sum(conversions)"}
_ROWS = """
SELECT date_start, {key} AS item, any_value(coalesce({name}, {key})) AS name,
       sum(spend_micros)::DOUBLE / 1e6 AS spend,
       coalesce({outcome} FILTER (? = '' OR result_type = ?), 0)::DOUBLE AS outcome,
       coalesce(sum(value_micros) FILTER (? = '' OR result_type = ?), 0)::DOUBLE / 1e6 AS value,
       bool_or(coalesce(result_type, '') IN ('', ?)) AS counts
FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ? AND date_start BETWEEN ? AND ?
GROUP BY ALL ORDER BY date_start, item
"""
_OWN_BUDGETS = """
SELECT entity_id FROM (
  SELECT entity_id, daily_budget_minor FROM ad_entities
  WHERE network = ? AND account_id = ? AND entity_type = 'campaign'
  QUALIFY date_start = max(date_start) OVER ()
) WHERE daily_budget_minor IS NOT NULL
"""


@dataclass(frozen=True)
class DailyQuestion:
    """Which daily budgets are asked for.

    Attributes
    ----------
    level : {"campaign", "adset"}
        What has the budgets.
    total : str
        Currency units a day; empty for the sum of the present budgets.
    least : str
        Currency units a day that each item keeps at least.
    outcome : {"results", "conversions"}
    objective : {"results", "value"}
        What is made greatest: results, or what they are worth by the account's own revenue.
    value_per_result : float or mapping of str to float, optional
        What a result is worth, currency units, of all items or by name: then value counts, and no revenue is
        read.
    account, result_type : str
        As for a fit; may be left out where there is one.
    day : datetime.date or None
        From which the budgets are to hold; the day after the last figures where left out.
    options : DailyOptions
    """

    level: Literal["campaign", "adset"] = "campaign"
    total: str = ""
    least: str = "0"
    outcome: Literal["results", "conversions"] = "results"
    objective: Literal["results", "value"] = "results"
    value_per_result: float | Mapping[str, float] | None = None
    account: str = ""
    result_type: str = ""
    day: date | None = None
    options: DailyOptions = field(default_factory=DailyOptions)

    def __post_init__(self) -> None:
        choices = (("level", _KEYS), ("outcome", _SUMS), ("objective", ("results", "value")))
        for name, allowed in choices:
            given = getattr(self, name)
            if given not in allowed:
                raise refused(name, given, "has no daily budgets here", f"Use {' or '.join(allowed)}.")


@dataclass(frozen=True)
class DailyBasis:
    """Whose daily budgets are proposed, and what is known of them.

    Attributes
    ----------
    network, account_id, level, outcome, result_type : str
    last_day : datetime.date
        Of the figures.
    are_set : bool
        Whether the present budgets are those set in the account; else what was spent stands for them.
    in_parts : frozenset of str
        Ids of campaigns whose budgets are set at their ad sets.
    """

    network: str
    account_id: str
    level: str
    outcome: str
    result_type: str
    last_day: date
    are_set: bool
    in_parts: frozenset[str]

    def held_by(self, item_id: str) -> str:
        """Return what has an item's budget: ``campaign``, ``adset``, or ``unknown`` where none is loaded."""
        if not self.are_set:
            return "unknown"
        return "adset" if item_id in self.in_parts else self.level


@dataclass(frozen=True)
class DailyAdvice:
    """Proposed budgets, with their basis.

    Attributes
    ----------
    proposal : DailyProposal
    ids : dict of str to str
        The network's id of each item, by name.
    notes : tuple of str
        What a reader has to know.
    is_simulated : bool
    basis : DailyBasis
    """

    proposal: DailyProposal
    ids: dict[str, str]
    notes: tuple[str, ...]
    is_simulated: bool
    basis: DailyBasis

    def summary(self) -> str:
        """Say what to set, and for a simulated company that it is one."""
        return "\n".join([*([SIMULATED_LABEL] if self.is_simulated else []), self.proposal.summary()])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        found = self.proposal.to_dict()
        rows = [{**row, "id": self.ids[row["name"]]} for row in found["allocation"]]
        return {"simulated": self.is_simulated, **found, "allocation": rows, "notes": list(self.notes)}


def propose_from_lake(settings: Settings, asked: DailyQuestion | None = None) -> DailyAdvice:
    """Propose daily budgets from the figures that the shown company has.

    Days count by the share of their results that has arrived, as the account's own delays tell.

    Parameters
    ----------
    settings : Settings
    asked : DailyQuestion, optional

    Returns
    -------
    DailyAdvice

    Raises
    ------
    DataError
        If the figures cannot be used as asked, or the total is out of reach; the field is named.
    """
    asked = asked or DailyQuestion()
    lake = shown_lake(settings)
    accounts = (asked.account,) if asked.account else ()
    question = LakeQuestion(asked.level, asked.outcome, accounts, result_type=asked.result_type)
    read = read_lake(lake, settings, question)
    shown = read.slices[0]
    last = read.span.stop + timedelta(days=read.late[shown.account_id])
    rows = _rows(lake, shown, asked, kind=read.kind, last=last)
    budgets, are_set, notes = _budgets(lake, shown, asked.level, rows=rows, last=last)
    known, late = _known(lake, shown, read)
    names = _names(rows, list(budgets))
    history, revenue = _history(rows, list(budgets), known=known, last=last)
    history = replace(history, items=tuple(names[key] for key in budgets))
    worth, said_of_worth = _worth(asked, history, revenue, shown.currency)
    least = exact_minor("min", asked.least, shown.currency)
    limits = [DailyBudget(names[key], now, least) for key, now in budgets.items()]
    now = sum(budgets.values())
    found = propose_daily(
        history,
        limits,
        total_minor=exact_minor("total", asked.total, shown.currency) if asked.total else now,
        day=asked.day or last + timedelta(days=1),
        currency=shown.currency,
        options=asked.options,
        worth=worth,
    )
    in_parts = _in_parts(lake, shown, budgets) if are_set and asked.level == "campaign" else frozenset()
    parts = (
        [f"Set at their ad sets: {', '.join(names[key] for key in sorted(in_parts))}."] if in_parts else []
    )
    whose = (shown.network, shown.account_id, asked.level, asked.outcome, read.kind)
    return DailyAdvice(
        found,
        {names[key]: key for key in budgets},
        (*notes, *parts, *said_of_worth, f"{shown.account_label}, up to {last}: {late}"),
        read.is_simulated,
        DailyBasis(*whose, last, are_set, in_parts),
    )


def _rows(lake: Lake, shown: Slice, asked: DailyQuestion, *, kind: str, last: date) -> pd.DataFrame:
    key, name = _KEYS[asked.level]
    query = _ROWS.format(key=key, name=name, outcome=_SUMS[asked.outcome])
    first = last - timedelta(days=_N_DAYS - 1)
    where = (shown.network, shown.account_id, shown.grain, first, last)
    rows = to_frame(lake.sql(query, params=(*[kind] * 5, *where)))
    own = rows.groupby("item")["counts"].any()
    return rows[rows["item"].isin(own.index[own])]


def _budgets(
    lake: Lake, shown: Slice, level: str, *, rows: pd.DataFrame, last: date
) -> tuple[dict[str, int], bool, list[str]]:
    """Return the present daily budget of each item that has one, by id, whether they are set, and notes."""
    set_now = set_budgets(lake, shown, level)
    seen = list(dict.fromkeys(rows["item"]))
    week = rows[rows["date_start"] > last - timedelta(days=_WEEK)]
    if set_now is None:
        units = 10 ** minor_digits(shown.currency)
        mean = week.groupby("item")["spend"].sum() / _WEEK
        spent = {item: round(float(mean.get(item, 0.0)) * units) for item in seen}
        found = {item: minor for item, minor in spent.items() if minor}
        notes = [
            f"No budgets are loaded: each item's mean spend of the last {_WEEK} days stands for its own."
        ]
    else:
        found = {item: set_now[item] for item in seen if set_now.get(item)}
        spending = set(week[week["spend"] > 0]["item"])
        without = _names(rows, [item for item in seen if item in spending and item not in found])
        notes = [_left_out(list(without.values()), level)] if without else []
    if not found:
        raise NotEnoughData(
            f"level: no {'ad set' if level == 'adset' else 'campaign'} that runs has a daily budget.",
            next_step="Ask for the other level, or load the account's campaigns with `wb load meta`.",
            field="level",
        )
    return found, set_now is not None, notes


def _in_parts(lake: Lake, shown: Slice, campaigns: Iterable[str]) -> frozenset[str]:
    """Return the campaigns whose daily budget is set at their ad sets."""
    own = to_frame(lake.sql(_OWN_BUDGETS, params=(shown.network, shown.account_id)))
    return frozenset(campaigns) - frozenset(own["entity_id"])


def _left_out(names: list[str], level: str) -> str:
    more = f" and {len(names) - _N_NAMED} more" if len(names) > _N_NAMED else ""
    where = "their campaign has it" if level == "adset" else "they are paused or have one for their lifetime"
    return f"Left out, without a daily budget of their own ({where}): {', '.join(names[:_N_NAMED])}{more}."


def _names(rows: pd.DataFrame, items: list[str]) -> dict[str, str]:
    """Return each item's latest name, with its id where two have one name."""
    latest = rows.drop_duplicates("item", keep="last").set_index("item")["name"].to_dict()
    named = [latest[item] for item in items]
    return {
        item: latest[item] if named.count(latest[item]) == 1 else f"{latest[item]} ({item})" for item in items
    }


def _history(
    rows: pd.DataFrame, items: list[str], *, known: Floats, last: date
) -> tuple[DailyHistory, Floats]:
    """Return the days, and their revenue, days × items."""
    mine = rows[rows["item"].isin(items)]
    place = {item: i for i, item in enumerate(items)}
    at = [_N_DAYS - 1 - (last - day).days for day in mine["date_start"]]
    of = [place[item] for item in mine["item"]]

    def table(column: str) -> Floats:
        out = np.zeros((_N_DAYS, len(items)))
        np.add.at(out, (at, of), mine[column].to_numpy(dtype=np.float64))
        return np.maximum(out, 0.0)

    return DailyHistory.of(items, table("spend"), table("outcome"), known), table("value")


def _worth(
    asked: DailyQuestion, history: DailyHistory, revenue: Floats, currency: str
) -> tuple[DailyWorth | None, list[str]]:
    """Return what results are worth, where that is to count, and say how that is known."""
    given = asked.value_per_result
    if given is not None:
        worth = given_worth(history.items, given)
        same = "; it is the same for all, so that the budgets are those of results" if worth.is_same else ""
        return worth, [f"What a result is worth was given, in {currency}{same}."]
    if asked.objective == "results":
        return None, []
    worth = learn_worth(history.items, revenue, history.results, half_life_days=asked.options.half_life_days)
    return worth, [
        f"What a result is worth is learned from the revenue of {worth.n_results:.0f} results, older ones "
        "counting less; items with few are taken for like the others."
    ]


def _known(lake: Lake, shown: Slice, read: LakeRows) -> tuple[Floats, str]:
    """Return the share of each day's results that has arrived, and say how that is known."""
    from workbench.flows.account_maturity import account_maturity

    ages = np.arange(_N_DAYS)[::-1]
    maturity = account_maturity(lake, shown, read.kind)
    if maturity is not None:
        young = percent(float(maturity.share[0]))
        said = f"days count by the share of their results that has come, {young} for the last."
        return maturity.at(ages), said
    n = read.late[shown.account_id]
    window = Grain.parse(shown.grain).attribution
    said = f"nothing tells how late results come in; the last {n} days are left out, as of {window}."
    return (ages >= n).astype(np.float64), said if n else "nothing tells how late results come in."
