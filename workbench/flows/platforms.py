"""Where did the money go: all networks and accounts of a lake over the days of a page, side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.flows.rows import to_frame
from workbench.lake.window import Grain
from workbench.performance.platforms import Platforms, compare_platforms

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from workbench.flows.available import Available, Slice
    from workbench.flows.filters import FilterState
    from workbench.lake import Lake

#: The coarsest level has the fewest rows, and every unbroken grain covers its account once.
_COARSEST = ("account", "campaign", "adset", "ad")


@dataclass(frozen=True)
class Spread:
    """How the money of a page's days is spread.

    Attributes
    ----------
    by_network : Platforms or None
        Networks side by side, or accounts where there is one network only; ``None`` for a single account.
    by_platform : Platforms or None
        Where the shown account's ads were placed; ``None`` where no grain tells.
    """

    by_network: Platforms | None = None
    by_platform: Platforms | None = None

    @property
    def tables(self) -> tuple[Platforms, ...]:
        """The tables that there are."""
        return tuple(t for t in (self.by_network, self.by_platform) if t is not None and t.rows)


def spread_of(lake: Lake, state: FilterState, known: Available, *, result_type: str | None = None) -> Spread:
    """Compare networks (or accounts), and the platforms of the account shown.

    Parameters
    ----------
    lake : Lake
        The lake of the page.
    state : FilterState
        The page's filters; its days count, its campaigns for the placements only.
    known : Available
        What the lake holds.
    result_type : str, optional
        Kind of result to use where it occurs.
    """
    return Spread(
        _by_network(lake, state, known, result_type=result_type),
        _by_platform(lake, state, known, result_type=result_type),
    )


def coarsest_daily(slices: Sequence[Slice], breakdowns: tuple[str, ...] = ()) -> Slice | None:
    """Return the daily slice of the coarsest level with exactly these breakdowns, ``None`` if there is none.

    Of two that differ in the attribution window only, the one that reaches furthest counts.
    """
    fitting = [(Grain.parse(s.grain), s) for s in slices if s.is_daily]
    fitting = [(grain, s) for grain, s in fitting if grain.breakdowns == breakdowns]
    if not fitting:
        return None
    return min(
        fitting,
        key=lambda pair: (
            -pair[1].period.stop.toordinal(),
            _COARSEST.index(pair[0].level),
            pair[1].grain,
        ),
    )[1]


def _by_network(
    lake: Lake, state: FilterState, known: Available, *, result_type: str | None
) -> Platforms | None:
    if len(known.accounts) < 2:
        return None
    chosen = {account: coarsest_daily(known.grains(*account)) for account in known.accounts}
    slices = [s for s in chosen.values() if s is not None]
    names = _account_names(known)
    left_out = tuple(f"{names[key]} ({key[0]})" for key, s in chosen.items() if s is None)
    by = "network" if len({network for network, _ in known.accounts}) > 1 else "account_id"
    frame = _rows(lake, slices, state, extra="")
    # two accounts may use one name where an export gives no ids
    frame = frame.assign(campaign_id=frame["account_id"] + "/" + frame["campaign_id"])
    found = compare_platforms(frame, by=by, period=state.period, result_type=result_type, left_out=left_out)
    if by == "network":
        return found
    rows = (replace(row, name=names[known.accounts[0][0], row.name]) for row in found.rows)
    return replace(found, rows=tuple(rows))


def _account_names(known: Available) -> dict[tuple[str, str], str]:
    """Return what to call each account: its name, with its id where it has none of its own."""
    shown = {key: known.choose(*key, None) for key in known.accounts}
    uses = Counter(s.account_name for s in shown.values())
    return {
        key: s.account_name if s.account_name and uses[s.account_name] == 1 else s.account_label
        for key, s in shown.items()
    }


def _by_platform(
    lake: Lake, state: FilterState, known: Available, *, result_type: str | None
) -> Platforms | None:
    found = coarsest_daily(known.grains(state.network, state.account_id), ("publisher_platform",))
    if found is None:
        return None
    frame = _rows(lake, [found], state, extra="publisher_platform")
    if state.campaigns and Grain.parse(found.grain).level != "account":
        frame = frame[frame["campaign_id"].isin(state.campaigns)]
    return compare_platforms(frame, by="publisher_platform", period=state.period, result_type=result_type)


def _rows(lake: Lake, slices: Sequence[Slice], state: FilterState, *, extra: str) -> pd.DataFrame:
    """Read the days of several slices, one grain per account, added up by campaign and day."""
    keys = " OR ".join("(network = ? AND account_id = ? AND grain = ?)" for _ in slices) or "false"
    values: list[Any] = [v for s in slices for v in (s.network, s.account_id, s.grain)]
    column = f"coalesce({extra}, 'unknown') AS {extra}, " if extra else ""
    query = f"""
    SELECT network, account_id, currency, coalesce(campaign_id, account_id) AS campaign_id, date_start,
           result_type, {column} sum(spend_micros)::BIGINT AS spend_micros,
           sum(impressions)::BIGINT AS impressions, sum(clicks)::BIGINT AS clicks,
           sum(link_clicks)::BIGINT AS link_clicks, sum(coalesce(results, conversions)) AS results,
           sum(conversions) AS conversions, sum(value_micros)::BIGINT AS value_micros
    FROM ad_insights WHERE date_start >= ? AND date_stop <= ? AND ({keys})
    GROUP BY ALL ORDER BY ALL
    """
    params = (state.start, state.stop, *values)
    return to_frame(lake.sql(query, params=params, as_of=state.as_of))
