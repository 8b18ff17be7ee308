"""Money as integers: observed money in micros, money that we set in minor units.

Observed money arrives finer than a cent (``0.21996948851659``), so it is kept as millionths of the
currency unit and rounded once, at display. Nothing here passes through a float.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache

from workbench.core.errors import DataError

MICROS_PER_UNIT = 1_000_000
_INT64_MAX = 2**63 - 1


def to_micros(amount: str | int | Decimal) -> int:
    """Convert a decimal amount in currency units to micros, rounding half to even.

    Parameters
    ----------
    amount : str, int or Decimal
        Amount in currency units, with a point as the decimal sign and no grouping: ``"1010.00"``.

    Returns
    -------
    int
        Millionths of the currency unit.

    Raises
    ------
    DataError
        If the text is no finite decimal number or does not fit 64 bits.

    Examples
    --------
    >>> to_micros("0.21996948851659")
    219969
    """
    if isinstance(amount, float):
        raise DataError(
            f"Money must not pass through a float (got {amount!r}).",
            next_step="Give the decimal text as it was written.",
        )
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise DataError(
            f"{amount!r} is not an amount of money.",
            next_step="Write it with a point as the decimal sign and without grouping, such as 1010.00.",
            value=amount,
        ) from None
    if not value.is_finite() or value.adjusted() > 12:
        raise DataError(
            f"{amount!r} is not an amount that can be stored.",
            next_step="Amounts lie between −9.2 and 9.2 trillion currency units.",
            value=amount,
        )
    micros = int((value * MICROS_PER_UNIT).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    if abs(micros) > _INT64_MAX:
        raise DataError(
            f"{amount!r} is not an amount that can be stored.",
            next_step="Amounts lie between −9.2 and 9.2 trillion currency units.",
            value=amount,
        )
    return micros


def from_micros(micros: int) -> Decimal:
    """Give micros back as an exact amount in currency units.

    Examples
    --------
    >>> from_micros(15_978_280_000)
    Decimal('15978.280000')
    """
    return Decimal(int(micros)).scaleb(-6)


@cache
def minor_digits(currency: str) -> int:
    """Return how many decimal digits a currency's minor unit has.

    Examples
    --------
    >>> minor_digits("USD"), minor_digits("JPY")
    (2, 0)
    """
    from babel.numbers import get_currency_precision, is_currency

    if not is_currency(currency):
        raise DataError(
            f"{currency!r} is not an ISO 4217 currency code.",
            next_step="Use three capital letters, such as EUR or USD.",
            value=currency,
        )
    return int(get_currency_precision(currency))


def round_micros(micros: int, currency: str) -> Decimal:
    """Round micros once to the currency's minor unit, half to even.

    Examples
    --------
    >>> round_micros(15_978_279_999, "USD")
    Decimal('15978.28')
    """
    return from_micros(micros).quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_EVEN)


def to_minor(micros: int, currency: str) -> int:
    """Round micros to whole minor units (cents), half to even.

    Examples
    --------
    >>> to_minor(23_105_000, "EUR"), to_minor(23_105_000, "JPY")
    (2310, 23)
    """
    return int(round_micros(micros, currency).scaleb(minor_digits(currency)))


def exact_text(micros: int) -> str:
    """Write micros as the shortest exact decimal text in currency units.

    Examples
    --------
    >>> exact_text(15_978_280_000), exact_text(-5)
    ('15978.28', '-0.000005')
    """
    text = f"{from_micros(micros):f}"
    return text.rstrip("0").rstrip(".")


def format_micros(micros: int, currency: str, locale: str = "en_GB", *, whole: bool = False) -> str:
    """Write money for a reader: rounded once, in the reader's locale and the account's currency.

    Parameters
    ----------
    micros : int
        Amount in millionths of the currency unit.
    currency : str
        ISO 4217 code.
    locale : str
        Unicode locale, such as ``de_DE``.
    whole : bool
        Whether to leave out the minor unit.

    Examples
    --------
    >>> format_micros(39_520_000_000, "EUR", whole=True)
    '€39,520'
    >>> format_micros(-1_860_000, "EUR")
    '−€1.86'
    """
    from babel.numbers import format_currency

    digits = 0 if whole else minor_digits(currency)
    rounded = from_micros(micros).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    pattern = _whole_pattern(locale) if whole else None
    text: str = format_currency(rounded, currency, locale=locale, format=pattern, currency_digits=not whole)
    return text.replace("-", "−")


@cache
def _whole_pattern(locale: str) -> str:
    from babel import Locale

    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.replace(".00", "").replace("0.##", "0")
