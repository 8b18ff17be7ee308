"""How an account's results fill up over the days after the spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.flows.available import Slice
    from workbench.lake import Lake
    from workbench.performance.maturity import Maturity


def account_maturity(lake: Lake, shown: Slice, kind: str) -> Maturity | None:
    """Return what the account's own delays tell of the share of results that has come by age.

    Parameters
    ----------
    lake : Lake
    shown : Slice
        A daily one.
    kind : str
        Kind of result.

    Returns
    -------
    Maturity or None
        ``None`` where nothing tells.
    """
    from workbench.flows.available import available
    from workbench.flows.filters import FilterState
    from workbench.flows.overview import overview_of
    from workbench.flows.restatement import learned_maturity

    known = available(lake)
    fragment = {"network": shown.network, "account": shown.account_id, "grain": shown.grain, "result": kind}
    view = overview_of(lake, FilterState.from_fragment(fragment, known), known=known)
    return learned_maturity(lake, view, time_zone=shown.time_zone)
