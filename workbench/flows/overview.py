"""Are we on track, what changed, and why? The one call behind the app, the report and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.flows.available import Available, Slice, available
from workbench.flows.events import Event
from workbench.flows.filters import FilterState
from workbench.flows.rows import RowReader, where_clause
from workbench.lake.schema import SIMULATED_SOURCES
from workbench.lake.window import Grain
from workbench.performance.overview import Overview, summarise
from workbench.performance.sums import sum_by

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from workbench.lake import Lake


@dataclass(frozen=True)
class LoadShare:
    """What one load has in the figures shown: its rows and their spend."""

    load_id: str
    n_rows: int
    spend_micros: int


@dataclass(frozen=True)
class OverviewView:
    """An overview with everything a page needs around it.

    Attributes
    ----------
    state : FilterState
        What was asked for.
    shown : Slice
        The slice of the lake it comes from.
    overview : Overview
        The figures.
    events : tuple of Event
        Edits of the period, to mark on the trend.
    other_ranges : tuple of Period
        Ranges that overlap the ones shown and were therefore left out.
    believed_at : datetime or None
        Moment of the newest load the figures rest on.
    is_simulated : bool
        Whether any row comes from the sandbox.
    loads : tuple of LoadShare
        The loads that the rows come from, the largest first.
    """

    state: FilterState
    shown: Slice
    overview: Overview
    events: tuple[Event, ...]
    other_ranges: tuple[Period, ...]
    believed_at: datetime | None
    is_simulated: bool
    loads: tuple[LoadShare, ...]


def overview_of(
    lake: Lake,
    state: FilterState | None = None,
    *,
    known: Available | None = None,
    reader: RowReader | None = None,
) -> OverviewView:
    """Compute the overview of what a page is looking at.

    Parameters
    ----------
    lake : Lake
        Own lake or the sample company's; never both.
    state : FilterState, optional
        What to look at; default the last 28 days of the fullest slice.
    known : Available, optional
        What the lake holds, when the caller has looked it up already.
    reader : RowReader, optional
        Keeps rows between two calls; a page has one.

    Raises
    ------
    NotEnoughData
        If the lake is empty.
    DataError
        If the filters name something the lake does not hold.
    """
    as_of = state.as_of if state else None
    known = known or available(lake, as_of=as_of)
    state = state or FilterState.default(known)
    shown = known.choose(state.network, state.account_id, state.grain)
    grain = Grain.parse(state.grain)
    reader = reader or RowReader(lake)
    rows, left_out = reader.rows(state, shown, state.period)
    before = None
    if state.comparison is not None and grain.increment == "day":
        before, _ = reader.rows(state, shown, state.comparison)
    overview = summarise(
        rows,
        before,
        period=state.period,
        comparison=state.comparison,
        currency=shown.currency,
        level=grain.level,
        daily=grain.increment == "day",
        result_type=state.result_type or next(iter(shown.result_types), None),
        attribution=grain.attribution,
        data_to=shown.period.stop,
    )
    return OverviewView(
        state=state,
        shown=shown,
        overview=overview,
        events=reader.edits(state),
        other_ranges=left_out,
        believed_at=believed_at(lake, as_of=as_of),
        is_simulated=bool(rows["source"].isin(SIMULATED_SOURCES).any()),
        loads=_loads(rows),
    )


def _loads(rows: pd.DataFrame) -> tuple[LoadShare, ...]:
    sums = sum_by(rows, "load_id", ["n_rows", "spend_micros"])
    loads = zip(sums.keys, *(sums.columns[name].tolist() for name in ("n_rows", "spend_micros")), strict=True)
    return tuple(sorted((LoadShare(str(i), n, s) for i, n, s in loads), key=lambda load: -load.n_rows))


def restated(lake: Lake, view: OverviewView, *, since: datetime) -> int:
    """Return by how many micros the spend shown has changed since a moment."""
    where, values = where_clause(view.state, view.state.period)
    query = f"SELECT coalesce(sum(spend_micros), 0)::BIGINT AS spend_micros FROM ad_insights WHERE {where}"
    now, past = (
        lake.sql(query, params=values, as_of=at).to_pylist()[0]["spend_micros"]
        for at in (view.state.as_of, since)
    )
    return int(now) - int(past)


def believed_at(lake: Lake, *, as_of: datetime | None = None) -> datetime | None:
    """Return the moment of the newest commit that the figures rest on, ``None`` for an empty lake."""
    moments = [c.believed_at for c in lake.history("ad_insights") if as_of is None or c.believed_at <= as_of]
    return moments[-1] if moments else None
