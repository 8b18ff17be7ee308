"""Why Ads Manager says something else: every known cause with its amount, the rest called unexplained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbench.flows.available import attribution_words
from workbench.lake.window import Grain

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.overview import LoadShare, OverviewView
    from workbench.lake import Lake


@dataclass(frozen=True)
class Cause:
    """One reason why two systems show different spend or results.

    Attributes
    ----------
    name : str
        A word or two.
    text : str
        What it is here.
    spend_micros : int or None
        By how much it moves the spend shown; ``None`` where that cannot be computed.
    """

    name: str
    text: str
    spend_micros: int | None


@dataclass(frozen=True)
class Source:
    """One file or fetch behind the figures.

    Attributes
    ----------
    load_id, file : str
        The load and what was loaded; ``file`` is empty where the ledger does not know it.
    rows : int
        Rows of it in the figures.
    spend_micros : int
        Their spend.
    file_total_micros : int or None
        The file's own total over everything in it.
    file_spend_micros : int or None
        Sum over all rows of the file.
    reconciled : str
        How the two agree.
    """

    load_id: str
    file: str
    rows: int
    spend_micros: int
    file_total_micros: int | None
    file_spend_micros: int | None
    reconciled: str


@dataclass(frozen=True)
class Differences:
    """What may explain a difference, in the order to look, and where the figures come from."""

    causes: tuple[Cause, ...]
    sources: tuple[Source, ...]

    @property
    def unexplained_micros(self) -> int | None:
        """What is left of the files' totals once every cause is taken off; ``None`` without totals."""
        if not self.sources or any(s.file_total_micros is None for s in self.sources):
            return None
        apart = sum((s.file_total_micros or 0) - (s.file_spend_micros or 0) for s in self.sources)
        return apart - sum(c.spend_micros or 0 for c in self.causes if c.name == "Rounding")


def differences(lake: Lake, view: OverviewView, settings: Settings) -> Differences:
    """Look for every cause that can be told from the data.

    Parameters
    ----------
    lake : Lake
        The lake that ``view`` was computed from.
    view : OverviewView
        What is shown.
    settings : Settings
        The installation, for its ledger.
    """
    sources = _sources(view, settings)
    causes = (
        _attribution(view),
        Cause(
            "Time zone",
            f"Days are the ad account's own days, cut at midnight in its time zone ({view.shown.time_zone}).",
            0,
        ),
        _restated(lake, view),
        _deleted(sources),
        _rounding(sources),
    )
    return Differences(causes, sources)


def _attribution(view: OverviewView) -> Cause:
    grain = Grain.parse(view.state.grain)
    window = attribution_words(grain.attribution)
    said = (
        f"Results are counted with {window}."
        if window
        else "The source does not say how results are attributed."
    )
    return Cause(
        "Attribution window",
        f"{said} Ads Manager shows whatever window its columns are set to; spend is the same.",
        0,
    )


def _restated(lake: Lake, view: OverviewView) -> Cause:
    """Compare with what was believed right after the period, or at the first moment that is known."""
    from workbench.flows.overview import restated

    after = datetime.combine(view.state.stop + timedelta(days=2), time(), UTC)
    history = [c for c in lake.history("ad_insights") if c.n_rows]
    earliest = lake.earliest()
    if earliest is None or len(history) < 2:
        return Cause("Restated since", "These figures were loaded once and have not changed.", 0)
    since = max(after, earliest, history[0].believed_at)
    if view.believed_at is not None and since >= view.believed_at:
        since = max(earliest, history[-2].believed_at)
    moved = restated(lake, view, since=since)
    return Cause("Restated since", f"Compared with what was believed on {since:%-d %B %Y}.", moved)


def _deleted(sources: tuple[Source, ...]) -> Cause:
    if sources and all(s.reconciled == "to the cent" for s in sources):
        return Cause("Deleted objects", "The rows add up to the files' own totals, so none is missing.", 0)
    return Cause(
        "Deleted objects",
        "Ads Manager's totals keep deleted ads that its rows may leave out; none is told apart here.",
        None,
    )


def _rounding(sources: tuple[Source, ...]) -> Cause:
    rounded = [s for s in sources if s.reconciled == "within rounding"]
    amount = sum((s.file_total_micros or 0) - (s.file_spend_micros or 0) for s in rounded)
    if not rounded:
        return Cause("Rounding", "Money is kept to a millionth and rounded once, when it is shown.", 0)
    return Cause(
        "Rounding", "Ads Manager rounds each row of this export; the rows miss their own total.", amount
    )


def _sources(view: OverviewView, settings: Settings) -> tuple[Source, ...]:
    known = dict(_past_loads(settings, tuple(share.load_id for share in view.loads)))
    return tuple(_source(share, known.get(share.load_id)) for share in view.loads)


@lru_cache(maxsize=32)  # a load that is done stays as it is, and a page asks at every change of a filter
def _past_loads(settings: Settings, load_ids: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    from workbench.ledger import find_loads, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        return tuple((load.load_id, load) for load in find_loads(session, load_ids))


def _source(share: LoadShare, load: Any) -> Source:
    return Source(
        load_id=share.load_id,
        file=load.file_name if load else "",
        rows=share.n_rows,
        spend_micros=share.spend_micros,
        file_total_micros=load.file_total_micros if load else None,
        file_spend_micros=load.spend_micros if load else None,
        reconciled=(load.reconciled or "") if load else "",
    )
