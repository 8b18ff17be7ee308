"""What there is to look at: accounts, grains, dates, campaigns and breakdown values in a lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from workbench.core.dates import Period, last_days
from workbench.core.errors import DataError, NotEnoughData
from workbench.lake.schema import BREAKDOWNS
from workbench.lake.window import Grain

if TYPE_CHECKING:
    import pyarrow as pa

#: A page that nobody has touched shows campaigns, by day, without breakdowns, if it can.
_LEVEL_ORDER = ("campaign", "adset", "ad", "account")
_LEVEL_WORDS = {"account": "account", "campaign": "campaign", "adset": "ad set", "ad": "ad"}
_MAX_RANGES = 400


class Queryable(Protocol):
    """Anything that answers SQL over the lake's tables at a moment."""

    def sql(self, query: str, *, as_of: datetime | None = None) -> pa.Table:
        """Return the query's rows."""


@dataclass(frozen=True)
class Slice:
    """One account at one grain: the rows that may stand on one page together.

    Attributes
    ----------
    network, account_id, grain, currency : str
        As in the lake.
    period : Period
        From the first to the last day with rows.
    ranges : tuple of Period
        The distinct runs of days of range rows, in order; empty for daily rows.
    campaigns : tuple of (str, str)
        Id and latest name, in the order of the names.
    breakdowns : tuple of (str, tuple of str)
        Every breakdown column of the grain with its values in order.
    result_types : tuple of str
        Kinds of results, the one with most spend on its rows first.
    n_rows : int
        Rows of the slice in the lake.
    account_name : str
        As on its network; empty if it is not known.
    time_zone : str
        IANA name of the zone in which the account's days are cut.
    """

    network: str
    account_id: str
    grain: str
    currency: str
    period: Period
    ranges: tuple[Period, ...] = ()
    campaigns: tuple[tuple[str, str], ...] = ()
    breakdowns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    result_types: tuple[str, ...] = ()
    n_rows: int = 0
    account_name: str = ""
    time_zone: str = "UTC"

    @property
    def account_label(self) -> str:
        """The account as a person would call it: its name with its id, or its id."""
        return f"{self.account_name} ({self.account_id})" if self.account_name else self.account_id

    @property
    def is_daily(self) -> bool:
        """Whether a row stands for one day."""
        return Grain.parse(self.grain).increment == "day"

    @property
    def label(self) -> str:
        """The grain in words, such as ``campaign · daily``."""
        return grain_label(self.grain)


@dataclass(frozen=True)
class Available:
    """All slices of a lake at one moment."""

    slices: tuple[Slice, ...]

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        """Network and account of every account, in order."""
        return tuple(sorted({(s.network, s.account_id) for s in self.slices}))

    def grains(self, network: str, account_id: str) -> tuple[Slice, ...]:
        """Return the slices of one account, the one to show first in front."""
        mine = [s for s in self.slices if (s.network, s.account_id) == (network, account_id)]
        return tuple(sorted(mine, key=_preference))

    def choose(self, network: str | None, account_id: str | None, grain: str | None) -> Slice:
        """Return the slice that is asked for, or the best one where something is left open.

        Raises
        ------
        NotEnoughData
            If there is nothing at all.
        DataError
            If there is no such account or grain, naming those that there are.
        """
        if not self.slices:
            raise NotEnoughData(
                "There are no figures yet.", next_step="Drop an Ads Manager export on the home page."
            )
        found = [
            s for s in self.slices if network in (None, s.network) and account_id in (None, s.account_id)
        ]
        if not found:
            key, value = ("account", account_id) if account_id is not None else ("network", network)
            names = ", ".join(f"{a} ({n})" for n, a in self.accounts[:10])
            raise DataError(
                f"{key}={value!r} has no figures here.", next_step=f"There are {names}.", key=key, value=value
            )
        best = max(found, key=lambda s: (s.period.stop, s.n_rows, s.account_id))
        mine = self.grains(best.network, best.account_id)
        if grain is None:
            return mine[0]
        for candidate in mine:
            if candidate.grain == grain:
                return candidate
        raise DataError(
            f"grain={grain!r} has no figures for account {best.account_id!r}.",
            next_step=f"There are {', '.join(s.grain for s in mine[:10])}.",
            key="grain",
            value=grain,
        )


def grain_label(grain: str) -> str:
    """Write a grain in words.

    Examples
    --------
    >>> grain_label("adset|age,gender|range|7d_click")
    'ad set by age, gender · date ranges · 7-day click'
    """
    parsed = Grain.parse(grain)
    by = " by " + ", ".join(b.replace("_", " ") for b in parsed.breakdowns) if parsed.breakdowns else ""
    rows = "daily" if parsed.increment == "day" else "date ranges"
    window = f" · {attribution_words(parsed.attribution)}" if parsed.attribution else ""
    return f"{_LEVEL_WORDS[parsed.level]}{by} · {rows}{window}"


def presets(shown: Slice) -> tuple[tuple[str, Period], ...]:
    """Return the periods that are offered by name, counted back from the last day with data.

    Range rows cannot be cut, so for them the offers are the ranges themselves and all of them together.
    """
    if not shown.is_daily:
        singles = tuple((str(p), p) for p in shown.ranges[-12:][::-1]) if len(shown.ranges) > 1 else ()
        return (("All dates", shown.period), *singles)
    last = shown.period.stop
    this_month = Period(last.replace(day=1), last)
    before = this_month.start.toordinal() - 1
    last_month = Period(date.fromordinal(before).replace(day=1), date.fromordinal(before))
    rolling = tuple((f"Last {n} days", last_days(n, until=last)) for n in (7, 14, 28, 56, 90))
    return (
        *rolling,
        ("This month", this_month),
        ("Last month", last_month),
        ("All dates", shown.period),
    )


def attribution_words(attribution: str) -> str:
    """Write an attribution window in words.

    Examples
    --------
    >>> attribution_words("7d_click,1d_view")
    '7-day click, 1-day view'
    """
    return ", ".join(part.replace("d_", "-day ", 1) for part in attribution.split(",") if part)


def available(lake: Queryable, *, as_of: datetime | None = None) -> Available:
    """Look up what a lake holds.

    Parameters
    ----------
    lake : Queryable
        The lake, or anything that answers SQL as it does.
    as_of : datetime, optional
        Moment whose state is looked at; default now.
    """
    lookup = partial(_lookup, lake, as_of=as_of)
    rows = lake.sql(_SLICES, as_of=as_of).to_pylist()
    campaigns = lookup(_CAMPAIGNS) if rows else {}
    kinds = lookup(_RESULT_TYPES) if rows else {}
    ranges = lookup(_RANGES) if any(Grain.parse(r["grain"]).increment == "range" for r in rows) else {}
    # One column after the other, and only those that a grain is broken down by: all at once costs memory.
    used = {name for row in rows for name in Grain.parse(row["grain"]).breakdowns}
    values = {name: lookup(_VALUES.format(name=name)) for name in BREAKDOWNS if name in used}
    return Available(
        tuple(_slice(row, campaigns=campaigns, kinds=kinds, ranges=ranges, values=values) for row in rows)
    )


_Key = tuple[str, str, str]
_Found = dict[_Key, list[tuple[Any, ...]]]

_SLICES = """
SELECT network, account_id, grain, min(currency) AS currency,
       min(date_start) AS first_day, max(date_stop) AS last_day, count(*) AS n_rows
FROM ad_insights GROUP BY ALL ORDER BY network, account_id, grain
"""

_CAMPAIGNS = """
SELECT network, account_id, grain, campaign_id,
       coalesce(max_by(campaign_name, date_stop), campaign_id) AS name
FROM ad_insights WHERE campaign_id IS NOT NULL
GROUP BY network, account_id, grain, campaign_id ORDER BY lower(name), campaign_id
"""

_RESULT_TYPES = """
SELECT network, account_id, grain, result_type FROM ad_insights WHERE result_type IS NOT NULL
GROUP BY ALL ORDER BY sum(spend_micros) DESC, result_type
"""

_RANGES = """
SELECT DISTINCT network, account_id, grain, date_start, date_stop FROM ad_insights
WHERE grain LIKE '%|range|%' ORDER BY date_start, date_stop
"""

_VALUES = """
SELECT DISTINCT network, account_id, grain, {name} FROM ad_insights WHERE {name} IS NOT NULL ORDER BY {name}
"""


def _lookup(lake: Queryable, query: str, *, as_of: datetime | None) -> _Found:
    """Return what a query finds for each account and grain, which are its first three columns."""
    found: _Found = {}
    for row in lake.sql(query, as_of=as_of).to_pylist():
        network, account_id, grain, *rest = row.values()
        found.setdefault((network, account_id, grain), []).append(tuple(rest))
    return found


def _slice(
    row: dict[str, Any], *, campaigns: _Found, kinds: _Found, ranges: _Found, values: dict[str, _Found]
) -> Slice:
    key = (row["network"], row["account_id"], row["grain"])
    return Slice(
        *key,
        row["currency"],
        Period(row["first_day"], row["last_day"]),
        ranges=tuple(Period(start, stop) for start, stop in ranges.get(key, ())[-_MAX_RANGES:]),
        campaigns=tuple((campaign_id, name) for campaign_id, name in campaigns.get(key, ())),
        breakdowns=tuple(
            (name, tuple(value for (value,) in values[name].get(key, ())))
            for name in Grain.parse(row["grain"]).breakdowns
        ),
        result_types=tuple(kind for (kind,) in kinds.get(key, ())),
        n_rows=row["n_rows"],
    )


def _preference(shown: Slice) -> tuple[bool, int, int, date, str]:
    grain = Grain.parse(shown.grain)
    newest_first = date.fromordinal(date.max.toordinal() - shown.period.stop.toordinal())
    return (
        grain.increment != "day",
        len(grain.breakdowns),
        _LEVEL_ORDER.index(grain.level),
        newest_first,
        shown.grain,
    )
