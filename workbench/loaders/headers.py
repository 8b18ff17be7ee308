"""Which column of a file is which: headers in any language, case and order -> canonical names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from workbench.loaders.aliases import COMMA_LANGUAGES, HEADERS, IGNORED, RATIO_PREFIXES
from workbench.loaders.result import Unreadable

_BRACKETED = re.compile(r"^(.*?)\s*[(\[]\s*([A-Za-z]{3})\s*[)\]]\s*$")

#: Two different columns for one of these are refused; of the others the first is taken, with a warning.
STRICT = frozenset({"spend", "day", "date_start", "date_stop", "currency", "account_id", "campaign_id"}) | {
    "adset_id",
    "ad_id",
    "campaign_name",
    "adset_name",
    "ad_name",
}


@dataclass(frozen=True)
class HeaderMap:
    """The columns of one file.

    Attributes
    ----------
    columns : mapping of str to int
        Canonical name -> position.
    headers : tuple of str
        Headers as they stand in the file.
    currency : str or None
        Currency in the header of the spend column.
    decimal_hint : {".", ","} or None
        Decimal sign that the headers' language writes; None if they do not settle the language.
    ratios, unknown : tuple of int
        Positions of ratio columns, and of columns that nothing is known of.
    warnings : tuple of str
        What the reader should know.
    constants : mapping of str to str
        Canonical name -> value of every row.
    other : tuple of int
        Positions of the columns that are kept together as ``breakdown_other``.
    """

    columns: Mapping[str, int]
    headers: tuple[str, ...]
    currency: str | None = None
    decimal_hint: str | None = None
    ratios: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    other: tuple[int, ...] = ()

    def header(self, canonical: str) -> str:
        """Return the file's own header of a canonical column."""
        return self.headers[self.columns[canonical]]


def plain(text: str) -> str:
    """Reduce a header to lowercase letters and digits without accents.

    Examples
    --------
    >>> plain("Montant dépensé"), plain("CLICKS (all)")
    ('montant depense', 'clicks all')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", bare.casefold()).strip()


@cache
def _lookup() -> dict[str, tuple[str, frozenset[str], int]]:
    found: dict[str, tuple[str, frozenset[str], int]] = {}
    for canonical, languages in HEADERS.items():
        for language, aliases in languages.items():
            for rank, alias in enumerate(aliases.split("|")):
                key = plain(alias)
                before = found.get(key, (canonical, frozenset(), rank))
                found[key] = (before[0], before[1] | {language}, min(before[2], rank))
    return found


def recognise(header: str) -> tuple[str, frozenset[str], str | None] | None:
    """Return a header's canonical name, the languages it is written in, and the currency it names.

    Examples
    --------
    >>> name, languages, currency = recognise("Ausgegebener Betrag (EUR)")
    >>> name, sorted(languages), currency
    ('spend', ['de'], 'EUR')
    >>> recognise("Clicks (all)")[0], recognise("Bid type") is None
    ('clicks', True)
    """
    known = _lookup().get(plain(header))
    if known:
        return known[0], known[1], None
    match = _BRACKETED.match(header)
    known = _lookup().get(plain(match.group(1))) if match else None
    return (known[0], known[1], match.group(2).upper()) if known and match else None


def count_recognised(cells: Sequence[str]) -> int:
    """Count the different canonical columns that a record would name if it were a header."""
    return len({known[0] for known in map(recognise, cells) if known})


def resolve(headers: Sequence[str], is_same: Callable[[int, int], bool]) -> HeaderMap:
    """Decide which column is which.

    Parameters
    ----------
    headers : sequence of str
        Headers in the order of the file.
    is_same : callable
        Whether the columns at two positions hold equal cells.

    Raises
    ------
    Unreadable
        If two columns claim one needed name and differ, or the currency in a header does not exist.
    """
    columns: dict[str, int] = {}
    currencies: dict[str, str] = {}
    ratios: list[int] = []
    unknown: list[int] = []
    warnings: list[str] = []
    votes: dict[str, int] = {}
    for position, header in enumerate(headers):
        known = recognise(header)
        if known is None:
            kind = _kind(header)
            (ratios if kind == "ratio" else unknown if kind == "unknown" else []).append(position)
            continue
        name, languages, currency = known
        for language in languages:
            votes[language] = votes.get(language, 0) + 1
        if name in columns and not is_same(columns[name], position):
            warnings.extend(_second_column(name, headers[columns[name]], header))
            unknown.append(position)
            continue
        if currency:
            currencies[name] = currency
        columns.setdefault(name, position)
    hint = _decimal_hint(votes)
    currency = _check_currency(currencies, headers, columns)
    return HeaderMap(columns, tuple(headers), currency, hint, tuple(ratios), tuple(unknown), tuple(warnings))


def _kind(header: str) -> str:
    key = plain(header)
    if any(key == p or key.startswith(p + " ") for p in RATIO_PREFIXES):
        return "ratio"
    if not key or key in IGNORED:
        return "ignored"
    return "unknown"


def _second_column(name: str, first: str, second: str) -> tuple[str, ...]:
    if name in STRICT or plain(first) == plain(second):
        raise Unreadable(
            f"Two columns, {first!r} and {second!r}, both give {name} and differ.",
            column=second,
            next_step="Remove one of them from the export.",
        )
    if name == "asset_media":  # an image in one column or a video in the other: they are read as one
        return ()
    return (f"{first!r} is used for {name}; {second!r} differs from it and is not.",)


def _decimal_hint(votes: Mapping[str, int]) -> str | None:
    if not votes:
        return None
    most = max(votes.values())
    best = {language for language, n in votes.items() if n == most}
    if best <= COMMA_LANGUAGES:
        return ","
    return "." if best == {"en"} else None


def _check_currency(
    currencies: Mapping[str, str], headers: Sequence[str], columns: Mapping[str, int]
) -> str | None:
    from babel.numbers import is_currency

    for name, code in currencies.items():
        if not is_currency(code):
            raise Unreadable(f"{code!r} is not an ISO 4217 currency code.", column=headers[columns[name]])
    named = set(currencies.values())
    if len(named) > 1:
        raise Unreadable(
            f"The headers name several currencies: {', '.join(sorted(named))}.",
            next_step="Export one currency at a time.",
        )
    return next(iter(named), None)
