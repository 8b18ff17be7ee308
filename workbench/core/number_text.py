"""The words of numbers: a unit, two or three significant digits, a real minus sign, the reader's locale.

Everything here is pure: a number in, text for a person out. A value that is absent
(``None`` or NaN) is a dash.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from workbench.core.money import MICROS_PER_UNIT, format_micros, minor_digits

ABSENT = "—"
_NARROW_SPACE = "\u202f"  # keeps a number and its sign on one line
_PER_CENT = 100
_TOO_LONG_TO_READ = 1e15


@dataclass(frozen=True)
class Unit:
    """What the numbers of an axis or a column are.

    Attributes
    ----------
    kind : {"number", "money", "percent"}
        ``percent`` values are rates in [0, 1]; ``money`` values are currency units, not micros.
    currency : str
        ISO 4217 code, for money.
    suffix : str
        A word after the number, such as ``leads``.
    whole : bool or None
        Whether money is written without its minor unit; ``None`` lets each amount decide.
    """

    kind: Literal["number", "money", "percent"] = "number"
    currency: str = ""
    suffix: str = ""
    whole: bool | None = None


def is_absent(value: float | int | Decimal | None) -> bool:
    """Say whether there is nothing to show: ``None``, NaN or infinite."""
    return value is None or not math.isfinite(value)


def number(value: float | None, locale: str = "en_GB", *, digits: int = 3, signed: bool = False) -> str:
    """Write a number with ``digits`` significant digits, never cutting its integer part.

    Examples
    --------
    >>> number(1711), number(0.014159), number(-2.5, digits=2), number(1234.5, "de_DE"), number(None)
    ('1,711', '0.0142', '−2.5', '1.234', '—')
    """
    if value is None or is_absent(value):
        return ABSENT
    decimals = min(decimals_for(value, digits), _needed_decimals(value))
    if round(value, decimals) == 0:
        decimals = 0
    return fixed(value, decimals, locale, signed=signed)


def decimals_for(value: float, digits: int) -> int:
    """Return how many decimals leave ``digits`` significant ones.

    Examples
    --------
    >>> decimals_for(23.1, 3), decimals_for(0.0142, 3), decimals_for(1711, 3), decimals_for(0, 3)
    (1, 4, 0, 0)
    """
    if value == 0 or abs(value) >= _TOO_LONG_TO_READ:
        return 0
    exponent = math.floor(math.log10(abs(value)))
    rounded = round(abs(value), digits - 1 - exponent)  # 9.96 at two digits is 10, not 10.0
    exponent = math.floor(math.log10(rounded)) if rounded else exponent
    return max(0, min(12, digits - 1 - exponent))


def fixed(value: float, decimals: int, locale: str, *, signed: bool = False) -> str:
    """Write a number with a fixed number of decimals in the reader's locale.

    Examples
    --------
    >>> fixed(1234.5, 2, "de_DE"), fixed(-0.001, 2, "en_GB"), fixed(3, 1, "en_GB", signed=True)
    ('1.234,50', '0.00', '+3.0')
    """
    rounded = round(float(value), decimals) + 0.0  # + 0.0 turns −0 into 0
    if abs(rounded) >= _TOO_LONG_TO_READ:
        return _sign(rounded, f"{rounded:.2e}", signed=signed)
    decimal_sign, group_sign, groups_by_three = _signs(locale)
    if not groups_by_three:  # lakhs and crores
        return _sign(rounded, _by_pattern(rounded, decimals, locale), signed=signed)
    whole, _, fraction = f"{rounded:,.{decimals}f}".partition(".")
    text = whole.replace(",", group_sign) + (decimal_sign + fraction if fraction else "")
    return _sign(rounded, text, signed=signed)


@cache
def _signs(locale: str) -> tuple[str, str, bool]:
    """Return a locale's decimal and grouping signs, and whether it groups by three."""
    from babel import Locale
    from babel.numbers import get_decimal_symbol, get_group_symbol

    by_three = Locale.parse(locale).decimal_formats[None].grouping == (3, 3)
    return get_decimal_symbol(locale), get_group_symbol(locale), by_three


def _by_pattern(value: float, decimals: int, locale: str) -> str:
    from babel import Locale
    from babel.numbers import format_decimal

    standard: str = Locale.parse(locale).decimal_formats[None].pattern
    pattern = standard.split(".", maxsplit=1)[0] + ("." + "0" * decimals if decimals else "")
    text: str = format_decimal(Decimal(f"{value:.{decimals}f}"), pattern, locale=locale)
    return text


def _sign(value: float, text: str, *, signed: bool) -> str:
    text = text.replace("-", "−")
    return f"+{text}" if signed and value > 0 else text


def percent(rate: float | None, locale: str = "en_GB", *, digits: int = 3, signed: bool = False) -> str:
    r"""Write a rate in [0, 1] as per cent.

    Examples
    --------
    >>> percent(0.0142), percent(0.9), percent(0.61, "de_DE"), percent(0.5, "tr_TR")
    ('1.42\u202f%', '90\u202f%', '61\xa0%', '%50')
    """
    if rate is None or is_absent(rate):
        return ABSENT
    value = round(float(rate) * _PER_CENT, 10)
    return _with_percent(number(value, locale, digits=digits, signed=signed), locale)


def _with_percent(text: str, locale: str) -> str:
    from babel import Locale

    pattern: str = Locale.parse(locale).percent_formats[None].pattern
    positive = pattern.split(";", maxsplit=1)[0]
    if positive.startswith("%"):
        return f"{text[0]}%{text[1:]}" if text[0] in "+−" else f"%{text}"
    spaced = positive.rstrip("%")[-1:] in ("\xa0", "\u202f", " ")
    return f"{text}\xa0%" if spaced else f"{text}{_NARROW_SPACE}%"


def percent_change(change: float | None, locale: str = "en_GB") -> str:
    r"""Write a relative change with its sign and two significant digits.

    Examples
    --------
    >>> percent_change(0.1382), percent_change(-0.094), percent_change(0.0149), percent_change(0)
    ('+14\u202f%', '−9.4\u202f%', '+1.5\u202f%', '0\u202f%')
    """
    return percent(change, locale, digits=2, signed=True)


def points(change: float | None, locale: str = "en_GB") -> str:
    r"""Write a difference of two rates in percentage points.

    Examples
    --------
    >>> points(0.0005), points(-0.012)
    ('+0.05\xa0pt', '−1.2\xa0pt')
    """
    if change is None or is_absent(change):
        return ABSENT
    return number(round(float(change) * _PER_CENT, 10), locale, digits=2, signed=True) + "\xa0pt"


def probability(p: float | None, locale: str = "en_GB") -> str:
    r"""Write a probability; never certain, never impossible.

    Examples
    --------
    >>> probability(0.912), probability(0.9993), probability(0.002)
    ('91\u202f%', '>99\u202f%', '<1\u202f%')
    """
    if p is None or is_absent(p):
        return ABSENT
    if p >= 0.995:
        return ">" + percent(0.99, locale)
    if p < 0.005:
        return "<" + percent(0.01, locale)
    return percent(round(p, 2), locale)


def compact(value: float | None, locale: str = "en_GB") -> str:
    """Write a large count short.

    Examples
    --------
    >>> compact(1711), compact(39_520), compact(4_100_000)
    ('1.7K', '40K', '4.1M')
    """
    from babel.numbers import format_compact_decimal

    if value is None or is_absent(value):
        return ABSENT
    if abs(value) >= _TOO_LONG_TO_READ:
        return number(value, locale)
    if abs(value) < 1000:
        return number(value, locale)
    digits = decimals_for(_leading(value), 2)
    text: str = format_compact_decimal(value, locale=locale, fraction_digits=digits)
    return text.replace("-", "−")


def _leading(value: float) -> float:
    """Return the part of a number before its thousands, 39.5 of 39,520."""
    return float(abs(value) / 1000 ** (math.floor(math.log10(abs(value))) // 3))


def money(
    micros: int | None,
    currency: str,
    locale: str = "en_GB",
    *,
    signed: bool = False,
    whole: bool | None = None,
) -> str:
    """Write observed money; without its minor unit from a thousand units on, unless told.

    What rounds to nothing has no sign.

    Examples
    --------
    >>> money(39_520_120_000, "EUR"), money(23_104_900, "EUR"), money(-340_000, "EUR", signed=True)
    ('€39,520', '€23.10', '−€0.34')
    >>> money(-340_000, "EUR", whole=True)
    '€0'
    """
    if micros is None:
        return ABSENT
    whole = abs(micros) >= 1000 * MICROS_PER_UNIT if whole is None else whole
    if abs(micros) < MICROS_PER_UNIT:
        nothing = format_micros(0, currency, locale, whole=whole)
        if format_micros(abs(micros), currency, locale, whole=whole) == nothing:
            return nothing
    return _sign(micros, format_micros(micros, currency, locale, whole=whole), signed=signed)


@lru_cache(maxsize=4096)  # each width of a figure, its tips and its table write the same values
def value_text(value: float | None, unit: Unit, locale: str = "en_GB", *, signed: bool = False) -> str:
    r"""Write a value of a figure or a table with its unit.

    Examples
    --------
    >>> value_text(23.104, Unit("money", "EUR")), value_text(-0.0142, Unit("percent"))
    ('€23.10', '−1.42\u202f%')
    >>> value_text(31, Unit(suffix="leads"), signed=True)
    '+31\xa0leads'
    """
    if value is None or is_absent(value):
        return ABSENT
    if unit.kind == "money" and abs(value) >= _TOO_LONG_TO_READ:
        return _with_currency(number(value, locale, signed=signed), unit.currency, locale)
    if unit.kind == "money":
        micros = round(float(value) * MICROS_PER_UNIT)
        return money(micros, unit.currency, locale, signed=signed, whole=unit.whole)
    if unit.kind == "percent":
        return percent(value, locale, signed=signed)
    return number(value, locale, signed=signed) + (f"\xa0{unit.suffix}" if unit.suffix else "")


def interval_text(
    lower: float | None,
    upper: float | None,
    write: Callable[[float], str] | None = None,
    *,
    locale: str = "en_GB",
) -> str:
    """Write an interval in brackets; ``write`` says how each end is written.

    Examples
    --------
    >>> interval_text(8, 20, lambda x: number(x, signed=True)), interval_text(15.4, None)
    ('[+8, +20]', '')
    >>> interval_text(2900, 5500, locale="de_DE")
    '[2.900; 5.500]'
    """
    if lower is None or upper is None or is_absent(lower) or is_absent(upper):
        return ""
    write = write or (lambda value: number(value, locale))
    between = "; " if _signs(locale)[0] == "," else ", "
    return f"[{write(lower)}{between}{write(upper)}]"


@lru_cache(maxsize=4096)
def unit_interval(lower: float | None, upper: float | None, unit: Unit, locale: str = "en_GB") -> str:
    r"""Write the interval beside a value that already names its unit.

    Examples
    --------
    >>> unit_interval(21.2, 25, Unit("money", "EUR")), unit_interval(0.0131, 0.0153, Unit("percent"))
    ('[21.20, 25.00]', '[1.31, 1.53]')
    """

    def write(value: float) -> str:
        if unit.kind == "percent":
            return number(round(value * _PER_CENT, 10), locale)
        if unit.kind == "money":
            whole = unit.whole if unit.whole is not None else max(abs(lower or 0), abs(upper or 0)) >= 1000
            return fixed(value, 0 if whole else minor_digits(unit.currency), locale)
        return number(value, locale)

    return interval_text(lower, upper, write, locale=locale)


def tick_texts(ticks: Sequence[float], unit: Unit, locale: str = "en_GB") -> list[str]:
    r"""Write the ticks of one axis alike: as many decimals as the finest of them needs.

    Examples
    --------
    >>> tick_texts([20, 22, 24], Unit("money", "EUR")), tick_texts([0.01, 0.015], Unit("percent"))
    (['€20', '€22', '€24'], ['1.0\u202f%', '1.5\u202f%'])
    >>> tick_texts([0, 50_000, 100_000], Unit("money", "EUR"), "de_DE")
    ['0\xa0€', '50.000\xa0€', '100.000\xa0€']
    """
    scaled = [round(t * _PER_CENT, 10) if unit.kind == "percent" else float(t) for t in ticks]
    if max((abs(t) for t in scaled), default=0) >= 1_000_000:
        texts = [compact(t, locale) for t in scaled]
    else:
        decimals = max((_needed_decimals(t) for t in scaled), default=0)
        texts = [fixed(t, decimals, locale) for t in scaled]
    if unit.kind == "percent":
        return [_with_percent(text, locale) for text in texts]
    return [_with_currency(text, unit.currency, locale) for text in texts] if unit.currency else texts


def _needed_decimals(value: float) -> int:
    exponent = Decimal(f"{value:.10g}").normalize().as_tuple().exponent
    return min(12, max(0, -exponent)) if isinstance(exponent, int) else 0


def _with_currency(text: str, currency: str, locale: str) -> str:
    from babel import Locale
    from babel.numbers import get_currency_symbol

    symbol: str = get_currency_symbol(currency, locale)
    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    if pattern.startswith("¤"):
        # as amounts are written: CHF 5, but US$5
        space = "\xa0" if pattern[1:2] in ("\xa0", " ", "\u202f") or symbol[-1].isalpha() else ""
        return f"−{symbol}{space}{text[1:]}" if text.startswith("−") else f"{symbol}{space}{text}"
    return f"{text}\xa0{symbol}"
