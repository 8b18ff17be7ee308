"""From rows of the lake to the series of a media mix model: items, days or weeks, gaps, and notes on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.data import FEWEST_PERIODS_WITH_SPEND, MixData
from workbench.core.dates import Period
from workbench.core.errors import NotEnoughData
from workbench.core.number_text import percent
from workbench.flows.budget_rows import LakeQuestion, LakeRows, read_lake
from workbench.performance.words import result_word
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.lake import Lake

#: The control that counts a period's days without figures.
MISSING = "missing_days"
_WEEKS_ENOUGH = 52
_N_NAMED = 8


@dataclass(frozen=True)
class LakeMix:
    """Data of a media mix model, with where they come from.

    Attributes
    ----------
    data : MixData
    groups : tuple of str
        What each item belongs to: its campaign, for ad sets; else its network.
    origin : dict
        Accounts, grains, time zone, level, outcome, days and ``notes``: plain values, kept with the run.
    is_simulated : bool
    reported : ndarray, shape (n_periods, n_items)
        What the network credits to each item; they add up to the outcome.
    """

    data: MixData
    groups: tuple[str, ...]
    origin: dict[str, Any]
    is_simulated: bool
    reported: Floats

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know of the figures."""
        return tuple(self.origin["notes"])


def mix_from_lake(lake: Lake, settings: Settings, asked: LakeQuestion) -> LakeMix:
    """Read the data of a model.

    Parameters
    ----------
    lake, settings, asked
        As for `workbench.flows.budget_rows.read_lake`.

    Raises
    ------
    NotEnoughData
        If there is no daily grain, no mature day, nothing of the outcome, or too little for a model.
    DataError
        If there are two currencies, time zones or kinds of results, or an account is unknown.
    """
    read = read_lake(lake, settings, asked)
    step = _step(asked, read.span)
    dates = _dates(read.span, step)
    rows, notes = _items(read, dates[0], step)
    names = list(dict.fromkeys(rows["label"]))
    groups = rows.drop_duplicates("label").set_index("label")["group"].to_dict()
    spend, reported = (
        np.stack([_series(rows[rows["label"] == name], column, dates, step) for name in names], axis=1)
        for column in ("spend", "outcome")
    )
    gaps = _gaps(read, dates, step)
    has_gaps = bool(gaps.any())
    data = MixData(
        dates,
        _series(rows, "outcome", dates, step),
        spend,
        tuple(names),
        gaps[:, None] if has_gaps else np.zeros((len(dates), 0)),
        (MISSING,) if has_gaps else (),
        _outcome_name(asked, read.kind),
        read.slices[0].currency,
    )
    said = [*read.notes, *_gap_notes(read), *notes]
    origin = _origin(read, asked, data, said)
    return LakeMix(data, tuple(groups[n] for n in names), origin, read.is_simulated, reported)


def _outcome_name(asked: LakeQuestion, kind: str) -> str:
    if asked.outcome == "results":
        return result_word(kind or None, plural=True)
    return f"{asked.outcome} ({kind})" if kind else asked.outcome


def _step(asked: LakeQuestion, span: Period) -> int:
    if asked.period == "auto":
        return 7 if span.n_days >= 7 * _WEEKS_ENOUGH else 1
    return 7 if asked.period == "week" else 1


def _dates(span: Period, step: int) -> tuple[date, ...]:
    """Return the first day of each period; the last one ends with the last day that is used."""
    n = span.n_days // step
    if n < 1:
        raise NotEnoughData(
            f"period: {span.n_days} mature days are not one week.",
            next_step="Ask for days, or more of them.",
            field="period",
        )
    return tuple(span.stop - timedelta(days=step * (n - k) - 1) for k in range(n))


def _items(read: LakeRows, first: date, step: int) -> tuple[pd.DataFrame, list[str]]:
    """Name the items, and leave out those that count something else or spent in too few periods."""
    rows = read.rows[read.rows["date_start"] >= first]
    own = rows.groupby("item")["counts"].any()
    spent = rows[rows["spend"] > 0]
    period = [(day - first).days // step for day in spent["date_start"]]
    n_periods = spent.assign(period=period).groupby("item")["period"].nunique().reindex(own.index).fillna(0)
    enough = n_periods >= FEWEST_PERIODS_WITH_SPEND
    kept = rows[rows["item"].isin(own.index[own & enough]) & rows["counts"]]
    if not len(kept):
        raise NotEnoughData(
            f"spend: nothing that counts {read.kind or 'the outcome'} spent in enough periods.",
            next_step=f"An item takes {FEWEST_PERIODS_WITH_SPEND} periods with spend: ask for more days.",
            field="spend",
        )
    labels = labels_of(rows)
    named = {item: labels[item] for item in own.index}
    other = [named[item] for item in own.index[~own]]
    rare = [named[item] for item in own.index[own & ~enough]]
    group = kept["network"] if not kept["item"].str.contains(" / ").any() else kept["campaign"]
    notes = _items_notes(rows, kept, read.kind, other=other, rare=rare)
    return kept.assign(label=kept["item"].map(labels), group=group), notes


def labels_of(rows: pd.DataFrame) -> dict[str, str]:
    """Return each item's latest name, with its id where two have one name."""
    last = rows.drop_duplicates("item", keep="last")
    latest: dict[str, str] = dict(zip(last["item"], last["name"], strict=True))
    n_of = {name: list(latest.values()).count(name) for name in latest.values()}
    return {item: name if n_of[name] == 1 else f"{name} ({item})" for item, name in latest.items()}


def _items_notes(
    rows: pd.DataFrame, kept: pd.DataFrame, kind: str, *, other: list[str], rare: list[str]
) -> list[str]:
    notes = []
    total = float(rows["spend"].sum())
    left = 1 - float(kept["spend"].sum()) / total if total > 0 else 0.0
    if other:
        notes.append(f"Left out, because they never count {kind or 'the outcome'}: {_listed(other)}.")
    if rare:
        notes.append(
            f"Left out with their outcome, because they spent in fewer than {FEWEST_PERIODS_WITH_SPEND} "
            f"periods: {_listed(rare)}."
        )
    if left >= 5e-4:
        notes.append(f"{percent(left)} of the spend belongs to what is left out or counts something else.")
    return notes


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _N_NAMED} more" if len(names) > _N_NAMED else ""
    return ", ".join(names[:_N_NAMED]) + more


def _series(rows: pd.DataFrame, column: str, dates: tuple[date, ...], step: int) -> Floats:
    place = np.array([(day - dates[0]).days // step for day in rows["date_start"]], dtype=np.int64)
    out: Floats = np.bincount(place, rows[column].to_numpy(dtype=np.float64), len(dates))
    return out


def _gaps(read: LakeRows, dates: tuple[date, ...], step: int) -> Floats:
    days = [day for each in read.missing.values() for day in each if day >= dates[0]]
    place = np.array([(day - dates[0]).days // step for day in days], dtype=np.int64)
    return np.bincount(place, minlength=len(dates)).astype(np.float64)


def _gap_notes(read: LakeRows) -> list[str]:
    return [
        f"Account {account} has no figures on {_listed(_runs(days))}: "
        f"spend and outcome count as 0 there, and the control {MISSING} answers for it."
        for account, days in read.missing.items()
        if days
    ]


def _runs(days: list[date]) -> list[str]:
    runs: list[Period] = []
    for day in days:
        if runs and runs[-1].stop + timedelta(days=1) == day:
            runs[-1] = Period(runs[-1].start, day)
        else:
            runs.append(Period(day, day))
    return [str(run) if run.n_days > 1 else str(run.start) for run in runs]


def _origin(read: LakeRows, asked: LakeQuestion, data: MixData, notes: list[str]) -> dict[str, Any]:
    return {
        "level": asked.level,
        "outcome": asked.outcome,
        "result_type": read.kind,
        "accounts": [
            {"network": s.network, "account_id": s.account_id, "grain": s.grain, "immature_days": late}
            for s, late in zip(read.slices, read.late.values(), strict=True)
        ],
        "time_zone": read.slices[0].time_zone,
        "first_day": data.dates[0].isoformat(),
        "last_day": read.span.stop.isoformat(),
        "missing_days": sorted({str(day) for days in read.missing.values() for day in days}),
        "is_simulated": read.is_simulated,
        "notes": notes,
    }
