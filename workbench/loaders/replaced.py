"""What a load would take away: campaigns of its own days that the new file does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from workbench.lake import Lake
    from workbench.lake.window import Window

_QUERY = """
SELECT DISTINCT campaign_id, coalesce(campaign_name, campaign_id) AS name FROM ad_insights
WHERE network = ? AND account_id = ? AND grain = ? AND date_start {days} AND campaign_id IS NOT NULL
ORDER BY name
"""


def campaigns_taken_away(lake: Lake, windows: Sequence[Window], rows: pa.Table) -> tuple[str, ...]:
    """Return the names of campaigns that the windows hold now and the new rows do not have.

    An export that was filtered to one campaign replaces its days all the same, so the others would be gone
    from them; the reader has to know.

    Parameters
    ----------
    lake : Lake
        As it is before the load.
    windows : sequence of Window
        What the load replaces.
    rows : pyarrow.Table
        Rows of ``ad_insights`` that it brings.
    """
    if lake.is_empty():
        return ()
    kept = set(rows["campaign_id"].to_pylist())
    taken: dict[str, None] = {}
    for window in windows:
        is_range = window.grain.increment == "range"
        days = "= ? AND date_stop = ?" if is_range else "BETWEEN ? AND ?"
        values = (
            window.network,
            window.account_id,
            str(window.grain),
            window.period.start,
            window.period.stop,
        )
        for row in lake.sql(_QUERY.format(days=days), params=values).to_pylist():
            if row["campaign_id"] not in kept:
                taken[row["name"]] = None
    return tuple(taken)


def taken_away_warning(names: Sequence[str]) -> str:
    """Say which campaigns a load took from its days, and how to get them back.

    Examples
    --------
    >>> taken_away_warning(["Spring"])[:62]
    'This export replaced its days and has no rows of Spring, which'
    """
    named = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"This export replaced its days and has no rows of {named}, which were there before. "
        "If it was filtered, load an export of all campaigns for the same days."
    )
