"""From typed texts to the numbers and options of an analysis; what cannot be read is refused at its input."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.core.errors import DataError
from workbench.experiments.options import Options

if TYPE_CHECKING:
    from workbench.flows.experiment_entry import Entry

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'’_]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PER_CENT = 100


class EntryRefused(DataError):
    """What was entered cannot be read; ``errors`` says at which input, and why."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Some figures cannot be read.", next_step="Correct the fields that are marked.")
        self.errors = dict(errors)


def numbers_of(entry: Entry) -> dict[str, tuple[float, ...]]:
    """Read the figures as numbers, one tuple for each column; optional columns that are empty are left out.

    Raises
    ------
    EntryRefused
        If a text is empty or no number; all such inputs are named at once.
    """
    errors: dict[str, str] = {}
    read: dict[str, tuple[float, ...]] = {}
    for column, texts in zip(entry.about.columns, entry.figures, strict=True):
        if column.optional and not any(texts):
            continue
        numbers = [_read(f"{column.key}.{k}", text, errors) for k, text in enumerate(texts)]
        read[column.key] = tuple(value for value in numbers if value is not None)
    if errors:
        raise EntryRefused(errors)
    return read


def options_of(entry: Entry) -> Options:
    """Read everything beside the figures.

    Units a day without a value are no option of an analysis; :func:`per_day_of` has them.

    Raises
    ------
    EntryRefused
        If a text is no number, or what it says cannot be; the input is named.
    """
    errors: dict[str, str] = {}
    read = {
        key: _read(key, getattr(entry, key), errors, optional=True) for key in ("value", "per_day", "rope")
    }
    currency = entry.currency.strip().upper()
    if currency and not re.fullmatch(r"[A-Z]{3}", currency):
        errors["currency"] = f"{entry.currency} is no currency code. Write three letters, such as EUR."
    if read["per_day"] is None and read["value"] is not None and "per_day" not in errors:
        errors["per_day"] = "Say how many a day too: a loss per day needs both."
    shares = _shares(entry, errors)
    errors |= _name_errors(entry)
    if errors:
        raise EntryRefused(errors)
    rope = read["rope"]
    try:
        return Options(
            level=float(entry.level),
            higher_is_better=not entry.lower,
            names=tuple(name.strip() for name in entry.names),
            shares=shares,
            rope=None if rope is None else rope / _PER_CENT,
            value=read["value"],
            per_day=None if read["value"] is None else read["per_day"],
            currency=currency,
        )
    except DataError as error:
        raise refused_at(entry, error) from None


def per_day_of(entry: Entry) -> float | None:
    """Return how many units a day there are, also where it is not known what one is worth."""
    return _number(entry.per_day)


def refused_at(entry: Entry, error: DataError) -> EntryRefused:
    """Find the inputs that an analysis refused: those whose number it names, else the whole column."""
    field = str(error.facts.get("field", ""))
    words = error.message.removeprefix(f"{field}: ").strip()
    said = f"{words} {error.next_step or ''}".strip()
    column = next((c for c in entry.about.columns if field in (c.key, *c.also)), None)
    if field == "rope":
        return EntryRefused({"rope": f"{entry.rope} % is not usable. Give a change above 0 and below 100 %."})
    if field in ("value", "per_day", "currency"):
        return EntryRefused({field: said})
    if field == "shares":
        return EntryRefused({"share.0": said})
    if column is None:
        return EntryRefused({"": f"{error.message} {error.next_step or ''}".strip()})
    texts = entry.figures[entry.about.columns.index(column)]
    value = str(error.facts.get("value", ""))
    at = [k for k, text in enumerate(texts) if f"{_number(text) or 0.0:g}" == value]
    places = at[:1] or range(entry.n_arms)
    return EntryRefused({f"{column.key}.{k}": said for k in places})


def number_text(text: str) -> float | None:
    """Read a number as people write it: spaces and grouping commas are left out; ``None`` if it is none.

    Examples
    --------
    >>> number_text("12 000"), number_text("1,234.5"), number_text("1,5"), number_text("nan")
    (12000.0, 1234.5, None, None)
    """
    return _number(text)


def _number(text: str) -> float | None:
    plain = _SPACES.sub("", text).replace("−", "-")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def _read(key: str, text: str, errors: dict[str, str], *, optional: bool = False) -> float | None:
    if not text.strip():
        if not optional:
            errors[key] = "This is empty. Give a number."
        return None
    value = _number(text)
    if value is None:
        errors[key] = f"“{text.strip()}” is no number. Write it such as 1234.5, with a point before decimals."
    return value


def _shares(entry: Entry, errors: dict[str, str]) -> tuple[float, ...]:
    if not any(text.strip() for text in entry.shares):
        return ()
    read = [_read(f"share.{k}", text, errors) for k, text in enumerate(entry.shares)]
    known = [share for share in read if share is not None]
    if len(known) < len(read):
        return ()
    for k, share in enumerate(known):
        if share <= 0:
            errors[f"share.{k}"] = f"A share of {share:g} % is not above zero. Leave such an arm out."
    total = sum(known)
    if not errors and abs(total - _PER_CENT) > 0.1:
        said = f"The planned shares add up to {total:g} %. They have to add up to 100 %."
        errors |= {f"share.{k}": said for k in range(entry.n_arms)}
    return tuple(share / total for share in known) if total > 0 else ()


def _name_errors(entry: Entry) -> dict[str, str]:
    errors, seen = {}, set()
    for k, name in enumerate(entry.names):
        if not name.strip():
            errors[f"name.{k}"] = "This arm has no name."
        elif name.strip() in seen:
            errors[f"name.{k}"] = f"Two arms are called {name.strip()}."
        seen.add(name.strip())
    return errors
