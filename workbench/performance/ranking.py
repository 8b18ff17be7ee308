"""Who earned their money: every campaign's cost per result, with an interval instead of a bare rate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.performance.sums import codes_of, last_by, sum_by

if TYPE_CHECKING:
    import pandas as pd

    from workbench.performance.result_types import ResultTypes

    _Estimate = tuple[float | None, float | None, float | None, float | None]


#: Estimates are made for the largest spenders only; a page shows far fewer.
MAX_POOLED = 200
_SUMS = ("spend_micros", "impressions", "link_clicks", "results", "value_micros")


@dataclass(frozen=True)
class EntityRow:
    """One campaign, ad set or ad.

    Attributes
    ----------
    entity_id, name : str
        Id and latest name.
    parent : str
        Name of the campaign it belongs to; empty for campaigns.
    result_type : str or None
        Kind of its campaign's results.
    spend_micros : int
        Millionths of the currency unit.
    impressions, link_clicks : int or None
        Counts.
    results : float or None
        Results of the chosen kind.
    value_micros : int or None
        Value of its conversions.
    cost : float or None
        Observed spend per result, currency units; ``None`` without results.
    pooled_cost, low, high : float or None
        Estimate drawn towards the others by as much as its few results ask for, with its interval, in
        currency units; ``None`` where the source has no results at all.
    weight : float or None
        How much of the estimate is the entity's own data, in [0, 1].
    cost_before : float or None
        Observed spend per result in the comparison.
    is_new : bool
        Whether it spent nothing in the comparison.
    """

    entity_id: str
    name: str
    parent: str
    result_type: str | None
    spend_micros: int
    impressions: int | None
    link_clicks: int | None
    results: float | None
    value_micros: int | None
    cost: float | None
    pooled_cost: float | None
    low: float | None
    high: float | None
    weight: float | None
    cost_before: float | None
    is_new: bool

    @property
    def change(self) -> float | None:
        """Relative change of the observed cost per result."""
        return self.cost / self.cost_before - 1 if self.cost and self.cost_before else None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {**asdict(self), "change": self.change}


def rank_entities(
    rows: pd.DataFrame,
    before: pd.DataFrame | None,
    *,
    result_types: ResultTypes,
    level: float,
    dispersion: float,
) -> tuple[tuple[EntityRow, ...], tuple[EntityRow, ...]]:
    """Estimate every entity's cost per result, the largest spend first.

    Parameters
    ----------
    rows, before : pandas.DataFrame
        As for :func:`workbench.performance.overview.summarise`; results of another kind than their
        campaign's are masked.
    result_types : ResultTypes
        Kind of results of each campaign, and the chosen one.
    level : float
        Probability of the equal-tailed interval.
    dispersion : float
        Variance of the counts relative to a Poisson distribution.

    Returns
    -------
    tuple of tuple of EntityRow
        The entities with results of the chosen kind, with estimates; and the others, without.
    """
    if not len(rows):
        return (), ()
    sums = _by_entity(rows)
    earlier = None if before is None else {r["entity_id"]: r for r in _by_entity(before)}
    kinds = [result_types.by_campaign.get(r["campaign_id"]) for r in sums]
    chosen = [result_types.chosen in (None, kind) for kind in kinds]
    typed = [r for r, is_chosen in zip(sums, chosen, strict=True) if is_chosen]
    estimates = iter(_estimates(typed, dispersion=dispersion, level=level))
    parts: tuple[list[EntityRow], list[EntityRow]] = ([], [])
    for record, kind, is_chosen in zip(sums, kinds, chosen, strict=True):
        past = (earlier or {}).get(record["entity_id"])
        row = _row(
            record,
            past,
            next(estimates) if is_chosen else (None,) * 4,
            result_type=kind,
            is_new=earlier is not None and not (past or {}).get("spend_micros"),
        )
        parts[not is_chosen].append(row)
    return tuple(parts[0]), tuple(parts[1])


def _by_entity(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Add up by entity, the largest spend first; names are the latest, as the rows come by their days."""
    sums = sum_by(rows, "entity_id", _SUMS)
    codes, keys = codes_of(rows, "entity_id")
    columns = {name: sums.or_none(name) for name in _SUMS}
    for name in ("entity_name", "campaign_name", "campaign_id"):
        columns[name] = last_by(rows, codes, len(keys), name)
    records = [
        {"entity_id": key, **dict(zip(columns, values, strict=True))}
        for key, *values in zip(keys, *columns.values(), strict=True)
    ]
    return sorted(records, key=lambda r: (-(r["spend_micros"] or 0), str(r["entity_name"])))


def _estimates(sums: list[dict[str, Any]], *, dispersion: float, level: float) -> list[_Estimate]:
    """Return pooled cost, its interval and the weight of the entity's own data."""
    import numpy as np

    from workbench.stats.pooling import pooled_rates

    spend = np.array([(r["spend_micros"] or 0) / 1e6 for r in sums])
    nothing: list[_Estimate] = [(None,) * 4] * len(sums)
    if all(r["results"] is None for r in sums) or spend.sum() <= 0:
        return nothing
    results = np.array([float(r["results"] or 0) for r in sums])
    usable = (spend > 0) & (np.arange(len(spend)) < MAX_POOLED)
    if results[usable].sum() <= 0:
        return nothing
    pooled = pooled_rates(results[usable], spend[usable], level=level, dispersion=dispersion)
    rows = zip(
        1 / np.asarray(pooled.rate),
        1 / np.asarray(pooled.high),
        1 / np.asarray(pooled.low),
        1 - np.asarray(pooled.weight_to_mean),
        strict=True,
    )
    for place, (cost, low, high, weight) in zip(np.flatnonzero(usable), rows, strict=True):
        nothing[place] = (float(cost), float(low), float(high), float(weight))
    return nothing


def _row(
    record: dict[str, Any],
    earlier: dict[str, Any] | None,
    estimate: _Estimate,
    *,
    result_type: str | None,
    is_new: bool,
) -> EntityRow:
    is_campaign = record["entity_id"] == record["campaign_id"]
    return EntityRow(
        entity_id=record["entity_id"],
        name=str(record["entity_name"] or record["entity_id"]),
        parent="" if is_campaign else str(record["campaign_name"] or ""),
        result_type=result_type,
        spend_micros=record["spend_micros"] or 0,
        impressions=record["impressions"],
        link_clicks=record["link_clicks"],
        results=None if record["results"] is None else float(record["results"]),
        value_micros=record["value_micros"],
        cost=_cost(record),
        pooled_cost=estimate[0],
        low=estimate[1],
        high=estimate[2],
        weight=estimate[3],
        cost_before=None if earlier is None else _cost(earlier),
        is_new=is_new,
    )


def _cost(record: dict[str, Any]) -> float | None:
    spend, results = record["spend_micros"], record["results"]
    return spend / 1e6 / results if spend is not None and results else None
