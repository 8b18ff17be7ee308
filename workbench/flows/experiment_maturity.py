"""How many of a test's last days are immature: their results still come in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.core.number_text import percent
from workbench.experiments.checks import MATURE_SHARE
from workbench.lake.window import Grain

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.experiments.registration import Registration
    from workbench.flows.experiment_place import Place
    from workbench.lake import Lake
    from workbench.performance.maturity import Maturity

_LATE = ("results", "conversions")  # the others are counted when they happen
_CLICK_WINDOW = re.compile(r"(\d+)d_click")


def late_days(
    lake: Lake, registration: Registration, place: Place, as_of: datetime | None
) -> tuple[int, str]:
    """Return how many last days of the account are immature, and the sentence that says so.

    A day is mature once nine in ten of its results have come, by the curve learned from the account's own
    delays; where nothing tells, a click window is waited for.

    Parameters
    ----------
    lake, registration, as_of
        As for :func:`workbench.flows.experiment_figures.read_delivered`.
    place : Place
        The account and grain.
    """
    if registration.metric.numerator not in _LATE:
        return 0, ""
    maturity = _maturity(lake, registration, place, as_of)
    if maturity is not None:
        n = int((maturity.share < MATURE_SHARE).sum())
        said = f"have fewer than {percent(MATURE_SHARE)} of their results yet and are left out"
        return n, f"The last {n} days {said}." if n else ""
    window = _CLICK_WINDOW.search(Grain.parse(place.grain).attribution)
    n = int(window.group(1)) if window else 0
    if n == 0:
        return 0, "Nothing tells how late results come in; the last days may still grow."
    return n, f"Nothing tells how late results come in; the last {n} days, a click window, are left out."


def _maturity(
    lake: Lake, registration: Registration, place: Place, as_of: datetime | None
) -> Maturity | None:
    from workbench.flows.available import available
    from workbench.flows.filters import FilterState
    from workbench.flows.links import as_of_text
    from workbench.flows.overview import overview_of
    from workbench.flows.restatement import learned_maturity

    known = available(lake, as_of=as_of)
    fragment = {"network": place.network, "account": place.account_id, "grain": place.grain}
    if registration.metric.result_type in known.choose(*fragment.values()).result_types:
        fragment["result"] = registration.metric.result_type
    if as_of is not None:
        fragment["as_of"] = as_of_text(as_of)
    view = overview_of(lake, FilterState.from_fragment(fragment, known), known=known)
    return learned_maturity(lake, view, time_zone=place.time_zone)
