"""Whether the rows of a window add up to what the account itself says it spent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.core.errors import NotReconciled
from workbench.core.money import exact_text, minor_digits, to_micros
from workbench.loaders.reconcile import allowance

if TYPE_CHECKING:
    from workbench.channels.meta_graph import Graph
    from workbench.loaders.meta.spool import Spool

_MAX_TRIES = 5


def account_total(graph: Graph, account_id: str, window: Period) -> tuple[int, int]:
    """Ask for spend (micros) and impressions of a whole account in a window.

    Both add up over days, so a window that Meta calls too much is asked for in halves.

    Raises
    ------
    ChannelError
        If Meta refuses or does not answer.
    """
    from workbench.channels.meta_errors import TooMuchData

    for n_tries in range(1, _MAX_TRIES + 1):
        try:
            return _total(graph, account_id, window)
        except TooMuchData:
            if window.n_days > 1:
                break
            if n_tries == _MAX_TRIES:  # one row of one day is never too much: Meta is out of sorts
                raise
    middle = window.start + timedelta(days=window.n_days // 2)
    halves = Period(window.start, middle - timedelta(days=1)), Period(middle, window.stop)
    totals = [account_total(graph, account_id, half) for half in halves]
    return sum(spend for spend, _ in totals), sum(impressions for _, impressions in totals)


def _total(graph: Graph, account_id: str, window: Period) -> tuple[int, int]:
    found = graph.get(
        f"act_{account_id}/insights",
        {
            "level": "account",
            "fields": ["spend", "impressions"],
            "time_increment": "all_days",
            "time_range": {"since": window.start.isoformat(), "until": window.stop.isoformat()},
        },
    )
    rows = found.get("data", [])
    spend = sum(to_micros(str(row.get("spend", "0"))) for row in rows)
    return spend, sum(int(row.get("impressions", 0)) for row in rows)


def reconcile_window(spool: Spool, total_micros: int, total_impressions: int) -> tuple[str, str | None]:
    """Compare the rows of a window with the account's own total.

    Rows without breakdowns must agree: spend to the cent or within the rounding of the rows, impressions
    exactly. Meta leaves small groups out of breakdowns, so broken-down rows may fall short of the total, and
    the shortfall is told; they may never exceed it.

    Returns
    -------
    (str, str or None)
        How they agree, and what the reader should know.

    Raises
    ------
    NotReconciled
        If they do not; the message names both figures.
    """
    currency = spool.asked.currency
    digits = minor_digits(currency)
    difference = spool.spend_micros - total_micros
    allowed = allowance(spool.n_rows, digits, digits)
    is_broken_down = bool(spool.asked.grain.breakdowns)
    more = difference > allowed or spool.impressions > total_impressions
    less = difference < -allowed or spool.impressions < total_impressions
    if more or (less and not is_broken_down):
        raise NotReconciled(
            f"The rows add up to {exact_text(spool.spend_micros)} {currency} and {spool.impressions:,} "
            f"impressions, the account's own total is {exact_text(total_micros)} {currency} and "
            f"{total_impressions:,} impressions.",
            next_step="Run it again later; the rows that were there before stay.",
            difference=exact_text(difference),
            file_total=exact_text(total_micros),
        )
    if less:
        return "parts are missing", (
            f"Meta's breakdown {', '.join(spool.asked.grain.breakdowns)} leaves out "
            f"{exact_text(-difference)} {currency} of {exact_text(total_micros)} {currency} and "
            f"{total_impressions - spool.impressions:,} of {total_impressions:,} impressions."
        )
    return ("to the cent" if difference == 0 else "within rounding"), None
