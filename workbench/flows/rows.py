"""The rows behind a page: one slice of the lake by entity and day, kept in memory while it is small.

A reader changes filters far more often than the data change. So the rows of a slice are read once, grouped to
entity, day and breakdown values, and every filter after that is a mask; a slice too large to keep is asked
with its filters each time. Either way the sums are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.flows.events import Event, edits
from workbench.lake.window import Grain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pandas as pd

    from workbench.flows.available import Slice
    from workbench.flows.filters import FilterState
    from workbench.lake import Lake

#: A slice of at most so many rows is kept in memory; grouped, it takes about 200 bytes a row.
MAX_KEPT_ROWS = 150_000

# An export without ids names its ad sets and ads only, and two campaigns may use one name.
_ENTITY = {
    "account": "account_id",
    "campaign": "coalesce(campaign_id, account_id)",
    "adset": "concat_ws(' / ', campaign_id, adset_id)",
    "ad": "concat_ws(' / ', campaign_id, adset_id, ad_id)",
}
_NAME = {"account": "account_id", "campaign": "campaign_name", "adset": "adset_name", "ad": "ad_name"}


class RowReader:
    """Reads the rows of slices of one lake, and keeps the last small one.

    Parameters
    ----------
    lake : Lake
        Own lake or the sample company's; never both.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._kept: dict[str, tuple[object, Any]] = {}

    def rows(
        self, state: FilterState, shown: Slice, period: Period
    ) -> tuple[pd.DataFrame, tuple[Period, ...]]:
        """Return the rows of a period, and the ranges left out because they overlap the ones shown.

        Parameters
        ----------
        state : FilterState
            Campaigns and breakdown values to keep.
        shown : Slice
            The slice of the lake.
        period : Period
            The days; a range counts when it lies within them.
        """
        if shown.n_rows <= MAX_KEPT_ROWS:
            frame = _filtered(self._whole_slice(state, shown), state, period)
        else:
            frame = read_rows(self.lake, state, period)
        if shown.is_daily or not len(frame):
            return frame, ()
        pairs = frame[["date_start", "date_stop"]].drop_duplicates().to_numpy()
        kept, left_out = without_overlap([Period(start, stop) for start, stop in pairs])
        if left_out:
            days = {(p.start, p.stop) for p in kept}
            is_kept = [pair in days for pair in zip(frame["date_start"], frame["date_stop"], strict=True)]
            frame = frame[is_kept]
        return frame, left_out

    def edits(self, state: FilterState) -> tuple[Event, ...]:
        """Return what was edited in the period shown; see :func:`workbench.flows.events.edits`."""
        key = (self._version(state.as_of), state.network, state.account_id)
        every = self._once("edits", key, lambda: edits(self.lake, *key[1:], as_of=state.as_of))
        return tuple(
            event
            for event in every
            if state.start <= event.day <= state.stop
            and (not state.campaigns or event.campaign_id in state.campaigns)
        )

    def _whole_slice(self, state: FilterState, shown: Slice) -> pd.DataFrame:
        key = (self._version(state.as_of), state.network, state.account_id, state.grain)
        frame: pd.DataFrame = self._once(
            "rows", key, lambda: read_rows(self.lake, state, shown.period, whole=True)
        )
        return frame

    def _version(self, as_of: datetime | None) -> tuple[str, datetime | None]:
        return self.lake.version(), as_of

    def _once(self, name: str, key: object, read: Callable[[], Any]) -> Any:
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            self._kept[name] = kept = key, read()
        return kept[1]


def read_rows(lake: Lake, state: FilterState, period: Period, *, whole: bool = False) -> pd.DataFrame:
    """Ask the lake for rows by entity, dates, kind of result, breakdown values and load.

    Parameters
    ----------
    lake : Lake
        Where to ask.
    state : FilterState
        The slice, its filters and its moment.
    period : Period
        The days.
    whole : bool
        Whether to leave the filters on campaigns and breakdown values out.
    """
    where, values = where_clause(state, period, whole=whole)
    grain = Grain.parse(state.grain)
    return to_frame(lake.sql(_query(grain, where), params=values, as_of=state.as_of))


def where_clause(state: FilterState, period: Period, *, whole: bool = False) -> tuple[str, tuple[Any, ...]]:
    """Return the condition of a slice, its days and its filters, and the values of its parameters."""
    parts = ["network = ?", "account_id = ?", "grain = ?", "date_start >= ?", "date_stop <= ?"]
    values: list[Any] = [state.network, state.account_id, state.grain, period.start, period.stop]
    chosen = () if whole else (("campaign_id", state.campaigns), *state.breakdowns)
    for name, kept in chosen:
        if kept:
            parts.append(f"{name} IN ({', '.join('?' for _ in kept)})")
            values.extend(kept)
    return " AND ".join(parts), tuple(values)


def _query(grain: Grain, where: str) -> str:
    entity, name = _ENTITY[grain.level], _NAME[grain.level]
    breakdowns = "".join(f"{column}, " for column in grain.breakdowns)
    return f"""
    SELECT coalesce(campaign_id, account_id) AS campaign_id,
           any_value(coalesce(campaign_name, account_id)) AS campaign_name,
           {entity} AS entity_id, any_value(coalesce({name}, {entity})) AS entity_name,
           date_start, date_stop, result_type, source, load_id, {breakdowns} count(*) AS n_rows,
           sum(spend_micros)::BIGINT AS spend_micros, sum(impressions)::BIGINT AS impressions,
           sum(clicks)::BIGINT AS clicks, sum(link_clicks)::BIGINT AS link_clicks,
           sum(coalesce(results, conversions)) AS results, sum(conversions) AS conversions,
           sum(value_micros)::BIGINT AS value_micros
    FROM ad_insights WHERE {where}
    GROUP BY ALL ORDER BY date_start, entity_id, date_stop, result_type, {breakdowns} load_id
    """


def _filtered(frame: pd.DataFrame, state: FilterState, period: Period) -> pd.DataFrame:
    keep = (frame["date_start"] >= period.start) & (frame["date_stop"] <= period.stop)
    for name, chosen in (("campaign_id", state.campaigns), *state.breakdowns):
        if chosen:
            keep &= frame[name].isin(chosen)
    return frame[keep]


def to_frame(table: Any) -> pd.DataFrame:
    """Turn an Arrow table into a frame whose whole numbers stay whole, missing or not."""
    import pandas as pd
    import pyarrow as pa

    whole = {pa.int64(): pd.Int64Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=whole.get, date_as_object=True)
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
