"""Keywords and search terms of the same days stand in one grain, which holds one of the two at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.lake import Lake
    from workbench.lake.window import Window

_QUERY = """
SELECT breakdown_other FROM ad_insights
WHERE network = ? AND account_id = ? AND grain = ? AND date_start BETWEEN ? AND ?
AND NOT starts_with(breakdown_other, ?) LIMIT 1
"""


def refuse_other_breakdown(lake: Lake, windows: Sequence[Window], rows: pa.Table) -> None:
    """Refuse to replace rows that are broken down by something else than the new ones.

    Parameters
    ----------
    lake : Lake
        As it is before the load.
    windows : sequence of Window
        What the load replaces.
    rows : pyarrow.Table
        What it brings.

    Raises
    ------
    Unreadable
        If a window holds rows with another further breakdown: keywords, say, where search terms come.
    """
    new = next((text for text in rows["breakdown_other"].to_pylist() if text), None)
    if new is None or lake.is_empty():
        return
    name = next(iter(json.loads(new)))
    for window in windows:
        if "breakdown_other" not in window.grain.breakdowns:
            continue
        scope = (
            window.network,
            window.account_id,
            str(window.grain),
            window.period.start,
            window.period.stop,
        )
        held = lake.sql(_QUERY, params=(*scope, f'{{"{name}":')).to_pylist()
        if held:
            other = next(iter(json.loads(held[0]["breakdown_other"])))
            raise Unreadable(
                f"The lake has these days broken down by {other}, and this file is by {name}; both stand in "
                f"the grain {window.grain} and would replace each other.",
                next_step="Keep one of the two, or load it under another account with --account.",
            )
