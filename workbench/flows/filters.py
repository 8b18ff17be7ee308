"""What a page is looking at: the account, grain, dates and choices, as one value that fits in a link.

The same :class:`FilterState` drives a page's widgets, the computation behind it and the address bar, so a
link shows to a second reader what the first one saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, get_args

from workbench.core.dates import Period, last_days, parse_day
from workbench.core.errors import DataError
from workbench.flows.available import Available, Slice
from workbench.flows.links import as_of_text, join_values, pinned_as_of, split_values

Compare = Literal["previous", "year", "none"]
COMPARES: tuple[Compare, ...] = get_args(Compare)
DEFAULT_DAYS = 28
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_OWN_KEYS = ("network", "account", "grain", "from", "to", "compare", "result", "campaign", "as_of")


@dataclass(frozen=True)
class FilterState:
    """The filters of a page; every field is already known to fit the data.

    Attributes
    ----------
    network, account_id, grain : str
        The slice that is shown; a page uses one grain at a time.
    start, stop : datetime.date
        First and last day, both included, in the account's time zone.
    compare : {"previous", "year", "none"}
        What to compare with: the period of equal length before, the same weekdays 52 weeks before, nothing.
    campaigns : tuple of str
        Ids of the campaigns to keep; empty means all.
    breakdowns : tuple of (str, tuple of str)
        Breakdown column and the values to keep, for the columns that are restricted.
    result_type : str
        Kind of result to count; empty means the one with most spend behind it.
    as_of : datetime.datetime or None
        Show the figures as they were believed at this moment (UTC); ``None`` means now.
    """

    network: str
    account_id: str
    grain: str
    start: date
    stop: date
    compare: Compare = "previous"
    campaigns: tuple[str, ...] = ()
    breakdowns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    as_of: datetime | None = None
    result_type: str = ""

    @property
    def period(self) -> Period:
        """The days that are shown."""
        return Period(self.start, self.stop)

    @property
    def comparison(self) -> Period | None:
        """The days that are compared with, or ``None``."""
        if self.compare == "none":
            return None
        return self.period.year_before() if self.compare == "year" else self.period.previous()

    def pinned(self, at: datetime) -> FilterState:
        """Return the same filters with the figures held at ``at``, unless they are held already."""
        return self if self.as_of is not None else replace(self, as_of=at)

    def to_fragment(self) -> dict[str, str]:
        """Write the filters as the keys and values of a link; what is at its default is left out.

        Examples
        --------
        >>> state = FilterState("meta", "7", "campaign||day|", date(2026, 9, 27), date(2026, 11, 20))
        >>> state.to_fragment()["from"]
        '2026-09-27'
        """
        fragment = {
            "account": self.account_id,
            "network": self.network,
            "grain": self.grain,
            "from": self.start.isoformat(),
            "to": self.stop.isoformat(),
        }
        if self.compare != "previous":
            fragment["compare"] = self.compare
        if self.result_type:
            fragment["result"] = self.result_type
        if self.campaigns:
            fragment["campaign"] = join_values(self.campaigns)
        fragment.update({name: join_values(values) for name, values in self.breakdowns})
        if self.as_of is not None:
            fragment["as_of"] = as_of_text(self.as_of)
        return fragment

    @classmethod
    def default(cls, available: Available) -> FilterState:
        """Return the filters of a page that nobody has touched: the last 28 days of the fullest slice."""
        return cls.from_fragment({}, available)

    @classmethod
    def from_fragment(cls, fragment: Mapping[str, str], available: Available) -> FilterState:
        """Read filters from a link; what it leaves out is at its default.

        Parameters
        ----------
        fragment : mapping of str to str
            Decoded keys and values, as :meth:`to_fragment` writes them. Empty values count as left out.
        available : Available
            What the lake holds.

        Raises
        ------
        DataError
            If a key or a value is unknown or malformed, naming key, value and what is allowed.
        NotEnoughData
            If the lake holds nothing at all.
        """
        given = {key: value for key, value in fragment.items() if value != ""}
        shown = available.choose(given.get("network"), given.get("account"), given.get("grain"))
        period = _period(given.get("from"), given.get("to"), shown)
        names = tuple(name for name, _ in shown.breakdowns)
        _refuse_unknown_keys(given, names)
        return cls(
            shown.network,
            shown.account_id,
            shown.grain,
            period.start,
            period.stop,
            compare=_compare(given.get("compare", "previous")),
            campaigns=_known("campaign", given, [key for key, _ in shown.campaigns]),
            breakdowns=tuple((n, _known(n, given, v)) for n, v in shown.breakdowns if n in given),
            as_of=pinned_as_of(given),
            result_type="".join(_known("result", given, shown.result_types)[:1]),
        )

    def changed(self, patch: Mapping[str, str], available: Available) -> FilterState:
        """Return the filters after one act of the reader; an empty value puts a filter at its default.

        Changing the account or the grain lets go of what belonged to the old one.

        Raises
        ------
        DataError
            As in :meth:`from_fragment`.
        """
        kept = self.to_fragment()
        if {"account", "network"} & set(patch):
            kept = {key: kept[key] for key in ("compare", "as_of") if key in kept}
        elif "grain" in patch:
            names = {name for name, _ in self.breakdowns} | {"campaign", "from", "to", "result"}
            kept = {key: value for key, value in kept.items() if key not in names} | self._dates_if_in(
                patch, available
            )
        return self.from_fragment({**kept, **patch}, available)

    def _dates_if_in(self, patch: Mapping[str, str], available: Available) -> dict[str, str]:
        target = available.choose(self.network, self.account_id, patch["grain"] or None)
        if target.is_daily and target.period.overlaps(self.period):
            return {"from": self.start.isoformat(), "to": self.stop.isoformat()}
        return {}


def _period(start: str | None, stop: str | None, shown: Slice) -> Period:
    if start is None and stop is None:
        return last_days(DEFAULT_DAYS, until=shown.period.stop) if shown.is_daily else shown.period
    last = _day("to", stop) if stop is not None else shown.period.stop
    first = _day("from", start) if start is not None else last_days(DEFAULT_DAYS, until=last).start
    return Period(first, last)


def _day(key: str, text: str) -> date:
    day = parse_day(text)
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise DataError(
            f"{key}={text!r} lies outside the years 2000 to 2099.",
            next_step="Choose a day that the account has figures for.",
            key=key,
            value=text,
        )
    return day


def _compare(text: str) -> Compare:
    if text not in COMPARES:
        raise DataError(
            f"compare={text!r} is not a comparison.",
            next_step=f"Use one of {', '.join(COMPARES)}.",
            key="compare",
            value=text,
        )
    return text


def _known(key: str, given: Mapping[str, str], allowed: Sequence[str]) -> tuple[str, ...]:
    values = split_values(given.get(key, ""))
    unknown = [value for value in values if value not in set(allowed)]
    if unknown:
        few = ", ".join(allowed[:5]) + (" …" if len(allowed) > 5 else "")
        raise DataError(
            f"{key}={unknown[0]!r} is not in the figures shown.",
            next_step=f"There are {len(allowed)}: {few}." if allowed else "There are none to choose from.",
            key=key,
            value=unknown[0],
        )
    return values


def _refuse_unknown_keys(given: Mapping[str, str], breakdown_names: Sequence[str]) -> None:
    unknown = [key for key in given if key not in _OWN_KEYS and key not in breakdown_names]
    if unknown:
        raise DataError(
            f"The link's {unknown[0]!r} is not a filter of these figures.",
            next_step=f"Filters are {', '.join((*_OWN_KEYS, *breakdown_names))}.",
            key=unknown[0],
            value=given[unknown[0]],
        )
