"""Are we on track, what changed, and why? The one call behind the app, the report and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.flows.available import Available, Slice, available
from workbench.flows.events import Event, edits
from workbench.flows.filters import FilterState
from workbench.lake.window import Grain
from workbench.performance.overview import Overview, summarise

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from workbench.lake import Lake

# An export without ids names its ad sets and ads only, and two campaigns may use one name.
_ENTITY = {
    "account": "account_id",
    "campaign": "coalesce(campaign_id, account_id)",
    "adset": "concat_ws(' / ', campaign_id, adset_id)",
    "ad": "concat_ws(' / ', campaign_id, adset_id, ad_id)",
}
_NAME = {"account": "account_id", "campaign": "campaign_name", "adset": "adset_name", "ad": "ad_name"}


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
        Whether any row comes from the sample company.
    sources : tuple of str
        Loaders and loads that the rows come from.
    """

    state: FilterState
    shown: Slice
    overview: Overview
    events: tuple[Event, ...]
    other_ranges: tuple[Period, ...]
    believed_at: datetime | None
    is_simulated: bool
    sources: tuple[str, ...]


def overview_of(
    lake: Lake, state: FilterState | None = None, *, known: Available | None = None
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
    rows, left_out = _rows(lake, state, state.period)
    before = None
    if state.comparison is not None and grain.increment == "day":
        before, _ = _rows(lake, state, state.comparison)
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
    sources = tuple(sorted(set(rows["source"].dropna()))) if len(rows) else ()
    return OverviewView(
        state=state,
        shown=shown,
        overview=overview,
        events=edits(lake, state),
        other_ranges=left_out,
        believed_at=believed_at(lake, as_of=as_of),
        is_simulated="sample" in sources,
        sources=sources,
    )


def _rows(lake: Lake, state: FilterState, period: Period) -> tuple[pd.DataFrame, tuple[Period, ...]]:
    """Return the rows of a period by entity and dates, and the overlapping ranges that were left out."""
    grain = Grain.parse(state.grain)
    where, values = _where(state, period)
    left_out: tuple[Period, ...] = ()
    if grain.increment == "range":
        found = lake.sql(
            f"SELECT DISTINCT date_start, date_stop FROM ad_insights WHERE {where}",
            params=values,
            as_of=state.as_of,
        ).to_pylist()
        kept, left_out = without_overlap([Period(r["date_start"], r["date_stop"]) for r in found])
        pairs = ", ".join("(?, ?)" for _ in kept) or "(NULL, NULL)"
        where += f" AND (date_start, date_stop) IN ({pairs})"
        values = (*values, *(day for p in kept for day in (p.start, p.stop)))
    return to_frame(lake.sql(_query(grain.level, where), params=values, as_of=state.as_of)), left_out


def _where(state: FilterState, period: Period) -> tuple[str, tuple[Any, ...]]:
    parts = ["network = ?", "account_id = ?", "grain = ?", "date_start >= ?", "date_stop <= ?"]
    values: list[Any] = [state.network, state.account_id, state.grain, period.start, period.stop]
    chosen = (("campaign_id", state.campaigns), *state.breakdowns)
    for name, kept in chosen:
        if kept:
            parts.append(f"{name} IN ({', '.join('?' for _ in kept)})")
            values.extend(kept)
    return " AND ".join(parts), tuple(values)


def _query(level: str, where: str) -> str:
    entity, name = _ENTITY[level], _NAME[level]
    return f"""
    SELECT coalesce(campaign_id, account_id) AS campaign_id,
           any_value(coalesce(campaign_name, account_id)) AS campaign_name,
           {entity} AS entity_id, any_value(coalesce({name}, {entity})) AS entity_name,
           date_start, result_type, any_value(source) AS source,
           sum(spend_micros)::BIGINT AS spend_micros, sum(impressions)::BIGINT AS impressions,
           sum(clicks)::BIGINT AS clicks, sum(link_clicks)::BIGINT AS link_clicks,
           sum(coalesce(results, conversions)) AS results, sum(conversions) AS conversions,
           sum(value_micros)::BIGINT AS value_micros
    FROM ad_insights WHERE {where}
    GROUP BY ALL ORDER BY ALL
    """


def to_frame(table: Any) -> pd.DataFrame:
    """Turn an Arrow table into a frame whose whole numbers stay whole, missing or not."""
    import pandas as pd
    import pyarrow as pa

    whole = {pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=whole.get, date_as_object=True)
    for name in frame.columns:
        if frame[name].dtype == "float64" or str(frame[name].dtype) == "Float64":
            frame[name] = frame[name].astype("float64")
    return frame


def without_overlap(ranges: list[Period]) -> tuple[list[Period], tuple[Period, ...]]:
    """Choose ranges that share no day, so that no money is counted twice.

    The range that ends last wins, then the longer one; every other range that shares a day with a chosen
    one is left out and returned, to be shown as another vintage.
    """
    kept: list[Period] = []
    left_out: list[Period] = []
    for candidate in sorted(ranges, key=lambda p: (p.stop, p.n_days), reverse=True):
        (left_out if any(candidate.overlaps(k) for k in kept) else kept).append(candidate)
    return sorted(kept), tuple(sorted(left_out))


def restated(lake: Lake, view: OverviewView, *, since: datetime) -> int:
    """Return by how many micros the spend shown has changed since a moment."""
    where, values = _where(view.state, view.state.period)
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
