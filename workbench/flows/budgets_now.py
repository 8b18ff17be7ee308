"""What each item of a kept run has as daily budget now, beside what it spent in the last week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.errors import ConfigError
from workbench.core.money import MICROS_PER_UNIT, minor_digits
from workbench.flows.set_budgets import BudgetSnapshot, budget_snapshot

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.flows.available import Slice
    from workbench.lake import Lake

_WEEK = 7
#: An item that spends less than this share of a budget which has held for a week does not deliver it.
_DELIVERED = 0.9
_ITEMS = """
SELECT {key} AS item, campaign_id AS campaign,
       arg_max(coalesce({name}, {key}), date_start) FILTER (date_start <= ?) AS name,
       bool_or(coalesce(result_type, '') = ?) AS counts,
       coalesce(sum(spend_micros) FILTER (date_start > ?), 0)::BIGINT AS week_micros
FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ? AND date_start BETWEEN ? AND ?
GROUP BY ALL ORDER BY item, campaign
"""


@dataclass(frozen=True)
class ItemNow:
    """One item now, all its campaigns together, minor units a day.

    Attributes
    ----------
    budget : float
        NaN where it is not known.
    spent : float
        Mean of the last week.
    has_held : bool
        Whether the budget has been known to be the same for that week.
    """

    budget: float
    spent: float
    has_held: bool

    @property
    def spends_less(self) -> bool:
        """Whether it spent clearly less than its budget."""
        return self.spent < _DELIVERED * self.budget


def budgets_now(
    settings: Settings, origin: dict[str, Any], until: date | None
) -> tuple[dict[str, ItemNow], date] | str:
    """Return a run's items by name and the day their budgets were looked at, or say why these do not count.

    Parameters
    ----------
    settings : Settings
    origin : dict
        Where the run's data came from, as it is kept with it.
    until : datetime.date or None
        Last day that may be known.
    """
    from workbench.flows.available import available
    from workbench.flows.company import shown_lake, shows_simulated

    if bool(origin.get("is_simulated")) != shows_simulated(settings):
        return "Budgets set now do not count: the run is of another company than the one shown."
    try:
        lake = shown_lake(settings)
    except ConfigError:
        return "Budgets set now are not known: there are no figures of the run's company."
    slices = {(one.network, one.account_id, one.grain): one for one in available(lake).slices}
    frames, days = [], []
    for account in origin["accounts"]:
        shown = slices.get((account["network"], account["account_id"], account["grain"]))
        level = "adset" if origin["level"] == "adset" else "campaign"
        snapshot = budget_snapshot(lake, shown, level, until=until) if shown else None
        if shown is None or snapshot is None:
            return (
                f"Budgets set now are not known: no campaigns of account {account['account_id']} are loaded."
            )
        if snapshot.day.isoformat() < origin["last_day"]:
            return f"Budgets are known as of {snapshot.day}, before the fit's data end: they do not count."
        frames.append(_rows(lake, shown, origin, snapshot=snapshot, until=until or date.max))
        days.append(snapshot.day)
    return _by_name(frames), min(days)


def _rows(
    lake: Lake, shown: Slice, origin: dict[str, Any], *, snapshot: BudgetSnapshot, until: date
) -> pd.DataFrame:
    """Return one row an item and campaign: what is set, and what it spent a day in the last week."""
    from workbench.flows.budget_rows import ITEM_KEYS, last_whole_day
    from workbench.flows.rows import to_frame

    key, name = ITEM_KEYS[origin["level"]]
    first, fitted = (date.fromisoformat(origin[day]) for day in ("first_day", "last_day"))
    last = min(last_whole_day(lake, shown), until)
    before = last - timedelta(days=_WEEK)
    where = (shown.network, shown.account_id, shown.grain, first, last)
    query = _ITEMS.format(key=key, name=name)
    rows = to_frame(lake.sql(query, params=(fitted, origin["result_type"], before, *where)))
    rows = rows[rows["name"].notna()]
    of_adset = origin["level"] == "adset"
    ids = [str(own).split(" / ")[-1] for own in rows["item" if of_adset else "campaign"]]
    spent = rows["week_micros"] * 10 ** minor_digits(shown.currency) / (MICROS_PER_UNIT * _WEEK)
    is_gone = [not x and origin["level"] == "channel" for x in spent]
    return rows.assign(
        spent=spent,
        budget=[_budget(snapshot, own, is_gone=gone) for own, gone in zip(ids, is_gone, strict=True)],
        held=[snapshot.held_since.get(own, date.min) <= before + timedelta(days=1) for own in ids],
    )


def _budget(snapshot: BudgetSnapshot, own: str, *, is_gone: bool) -> float:
    """Return minor units a day; a network's campaign that is not there and spends nothing has none."""
    if own in snapshot.stopped or (is_gone and own not in snapshot.daily_minor):
        return 0.0
    if own in snapshot.partly_known:
        return float("nan")
    return float(snapshot.daily_minor.get(own, "nan"))


def _by_name(frames: list[pd.DataFrame]) -> dict[str, ItemNow]:
    import pandas as pd

    from workbench.flows.budget_series import labels_of

    rows = pd.concat(frames, ignore_index=True)
    labels = labels_of(rows)
    return {
        labels[str(item)]: ItemNow(
            float(own["budget"].sum(skipna=False)), float(own["spent"].sum()), bool(own["held"].all())
        )
        for item, own in rows[rows["counts"]].groupby("item")
    }
