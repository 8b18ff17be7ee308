"""Why did cost per result change: gathers what the four checks rest on, once for each version of the data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.dates import Period
from workbench.flows.company import shown_company
from workbench.flows.events import knows_edits
from workbench.flows.restatement import learned_maturity
from workbench.flows.rows import RowReader, to_frame
from workbench.performance.maturity import FINAL_AFTER_DAYS
from workbench.performance.tracking import TrackingSeries
from workbench.performance.why_changed import EDITS_BEFORE_DAYS, WhyChanged
from workbench.performance.why_changed import why_changed as check

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from workbench.core.settings import Environment, Settings
    from workbench.flows.overview import OverviewView
    from workbench.lake import Lake
    from workbench.performance.maturity import Maturity

#: Seed of the random orders of days, so that a page says the same twice.
_SEED = 20261121
#: A break is looked for in at least so many days before the period.
_MIN_DAYS_BEFORE = 28
#: Pixels are read for the last week only: a longer silence at the end was not read.
_PIXEL_KEPT_DAYS = 7

#: What a pixel calls a kind of result.
PIXEL_EVENTS = {
    "lead": "Lead",
    "purchase": "Purchase",
    "complete_registration": "CompleteRegistration",
    "add_to_cart": "AddToCart",
}

_BY_DAY = """
SELECT date_start, coalesce(sum(link_clicks), 0)::DOUBLE AS link_clicks,
       coalesce(sum(coalesce(results, conversions))
         FILTER (result_type IS NULL OR result_type = ? OR ? = ''), 0)::DOUBLE AS results
FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ? GROUP BY date_start ORDER BY date_start
"""

# `all` is the sum of the sources where a network gives it; adding it to them would count twice
_PIXEL = """
SELECT date_start,
       coalesce(sum(events) FILTER (event_name = $3 AND event_source = 'all'),
                sum(events) FILTER (event_name = $3), 0)::DOUBLE AS events
FROM pixel_events WHERE network = $1 AND account_id = $2 GROUP BY date_start ORDER BY date_start
"""


class Evidence:
    """Reads what the checks rest on, and keeps it until the lake changes.

    Parameters
    ----------
    lake : Lake
        The lake of the page.
    settings : Settings
        The installation, for its ledger.
    """

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self.lake, self.settings = lake, settings
        self._kept: dict[str, tuple[object, Any]] = {}

    def maturity(self, view: OverviewView) -> Maturity | None:
        """Return how results of the shown account and grain fill up."""
        zone = view.shown.time_zone
        found: Maturity | None = self._once(
            "maturity", view, lambda: learned_maturity(self.lake, view, time_zone=zone)
        )
        return found

    def knows_edits(self, view: OverviewView) -> bool:
        """Say whether edits of the shown account would be known."""
        state = view.state
        account = state.network, state.account_id
        return bool(self._once("edits", view, lambda: knows_edits(self.lake, *account, as_of=state.as_of)))

    def series(self, view: OverviewView) -> TrackingSeries | None:
        """Return what counts the same beside the network, around the days shown; ``None`` if nothing does."""
        leads = self._once("leads", view, lambda: self._leads(view))
        pixel = {} if leads else self._once("pixel", view, lambda: self._pixel(view))
        last = view.shown.period.stop
        if not leads and (not pixel or max(pixel) < last - timedelta(days=_PIXEL_KEPT_DAYS)):
            return None
        by_day = self._once("by_day", view, lambda: self._by_day(view))
        days = _around(view)
        by_day = by_day[(by_day["date_start"] >= days.start) & (by_day["date_start"] <= days.stop)]
        if leads:
            return _against_leads(by_day, leads, self.maturity(view), last)
        return _against_clicks(by_day, pixel, view.overview.result_type or "")

    def _by_day(self, view: OverviewView) -> pd.DataFrame:
        state, kind = view.state, view.overview.result_type or ""
        params = (kind, kind, state.network, state.account_id, state.grain)
        return to_frame(self.lake.sql(_BY_DAY, params=params, as_of=state.as_of))

    def _pixel(self, view: OverviewView) -> dict[date, float]:
        state, event = view.state, PIXEL_EVENTS.get(view.overview.result_type or "")
        if event is None:
            return {}
        params = (state.network, state.account_id, event)
        rows = self.lake.sql(_PIXEL, params=params, as_of=state.as_of).to_pylist()
        return {row["date_start"]: row["events"] for row in rows}

    def _leads(self, view: OverviewView) -> dict[date, int]:
        """Count the leads that were received; none for a company whose leads are not in the ledger."""
        from workbench.ledger import leads_by_day, open_ledger

        environment = _environment(self.settings)
        if view.overview.result_type != "lead" or environment is None or view.state.as_of is not None:
            return {}
        with open_ledger(self.settings) as ledger, ledger.read() as session:
            counts = leads_by_day(
                session,
                view.state.account_id,
                Period(view.shown.period.stop - timedelta(days=400), view.shown.period.stop),
                environment=environment,
                network=view.state.network,
            )
        received = [day for day, n in counts.items() if n]
        # before the first and after the last one nothing may have been loaded
        return {d: n for d, n in counts.items() if received[0] <= d <= received[-1]} if received else {}

    def _once(self, name: str, view: OverviewView, read: Callable[[], Any]) -> Any:
        state = view.state
        key = (
            self.lake.version(),
            state.as_of,
            state.network,
            state.account_id,
            state.grain,
            view.overview.result_type,
        )
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            self._kept[name] = kept = key, read()
        return kept[1]


def why_changed(
    view: OverviewView, evidence: Evidence, *, reader: RowReader | None = None
) -> WhyChanged | None:
    """Check the change of cost per result that a page shows.

    The tracking check is made for the whole account, whatever campaigns are chosen.

    Parameters
    ----------
    view : OverviewView
        What is shown.
    evidence : Evidence
        Reads and keeps what the checks rest on.
    reader : RowReader, optional
        The page's reader, which has the edits already.

    Returns
    -------
    WhyChanged or None
        ``None`` without a change of cost per result by day.
    """
    change = view.overview.measure("cost_per_result").change
    if change is None or not view.shown.is_daily or view.overview.comparison is None:
        return None
    wider = replace(view.state, start=view.state.start - timedelta(days=EDITS_BEFORE_DAYS))
    events = (reader or RowReader(evidence.lake)).edits(wider)
    is_known = bool(events) or evidence.knows_edits(view)
    edits = tuple((event.day, event.text) for event in events) if is_known else None
    return check(
        view.overview,
        maturity=evidence.maturity(view),
        data_to=view.shown.period.stop,
        series=evidence.series(view),
        edits=edits,
        rng=np.random.default_rng(_SEED),
    )


def _environment(settings: Settings) -> Environment | None:
    """Return whose leads belong to the figures shown: own figures never meet a rehearsal's leads."""
    company = shown_company(settings)
    if company == "sandbox":
        return "sandbox"
    return settings.environment if company == "own" and settings.environment != "sandbox" else None


def _around(view: OverviewView) -> Period:
    """Return the days shown and as many before, at least four weeks."""
    state = view.state
    n_before = max(state.period.n_days, _MIN_DAYS_BEFORE)
    return Period(state.start - timedelta(days=n_before), state.stop)


def _against_leads(
    by_day: pd.DataFrame, leads: dict[date, int], maturity: Maturity | None, data_to: date
) -> TrackingSeries:
    """Set results beside the leads received, each day's as far as its results can be known by now."""
    days = [day for day in by_day["date_start"] if day in leads]
    results = dict(zip(by_day["date_start"], by_day["results"], strict=True))
    ages = np.array([(data_to - day).days for day in days], dtype=np.int64)
    share = maturity.at(ages) if maturity is not None else (ages >= FINAL_AFTER_DAYS // 4).astype(float)
    usable = share > 0.2  # a day that shows less says more of its age than of counting
    return TrackingSeries(
        days=tuple(day for day, is_usable in zip(days, usable, strict=True) if is_usable),
        counted=np.array([results[day] for day in days])[usable],
        reference=(np.array([leads[day] for day in days], dtype=np.float64) * share)[usable],
        counted_words="leads counted by the network",
        reference_words="leads received",
    )


def _against_clicks(by_day: pd.DataFrame, pixel: dict[date, float], kind: str) -> TrackingSeries:
    """Set a pixel's events beside link clicks; a day on which it was not read says nothing."""
    last = max(pixel)
    kept = [
        (day, clicks)
        for day, clicks in zip(by_day["date_start"], by_day["link_clicks"], strict=True)
        if day in pixel or day > last
    ]
    return TrackingSeries(
        days=tuple(day for day, _ in kept),
        counted=np.array([pixel.get(day, 0.0) for day, _ in kept]),
        reference=np.array([clicks for _, clicks in kept], dtype=np.float64),
        counted_words=f"{PIXEL_EVENTS[kind]} events of the pixel",
        reference_words="link clicks",
    )
