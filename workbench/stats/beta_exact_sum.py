"""The same comparison of two beta variables in fifty digits, for checks: slow, and simple on purpose.

For whole shapes ``P(Y > X)`` is a finite sum of positive terms (Miller 2014, "Formulas for Bayesian A/B
testing"). It starts at its largest term and ends where further terms change nothing, so that a million
conversions take a few thousand terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from functools import lru_cache

_DIGITS = 50
_HALF_LOG_TWO_PI = Decimal("0.918938533204672741780329736405617639861397473637783")
#: Of Stirling's series, Bernoulli numbers over 2 k (2 k − 1).
_STIRLING = (
    (1, 12),
    (-1, 360),
    (1, 1260),
    (-1, 1680),
    (1, 1188),
    (-691, 360_360),
    (1, 156),
    (-3617, 122_400),
    (43_867, 244_188),
    (-174_611, 125_400),
    (77_683, 5796),
)
_STIRLING_FROM = 100
_NEGLIGIBLE = Decimal("1e-40")


def exact_order(a0: int, b0: int, a1: int, b1: int) -> tuple[float, float, float]:
    """Return ``P(Y > X)``, ``E[(Y − X)⁺]`` and ``E[(X − Y)⁺]`` of two independent beta variables.

    Parameters
    ----------
    a0, b0, a1, b1 : int
        Whole shapes of ``X ~ Beta(a0, b0)`` and ``Y ~ Beta(a1, b1)``, at least 1.

    Examples
    --------
    >>> round(exact_order(2, 430, 1, 354)[0], 15)
    0.301134147926687
    """
    with localcontext(Context(prec=_DIGITS)):
        mean0, mean1 = Decimal(a0) / (a0 + b0), Decimal(a1) / (a1 + b1)
        above = mean1 * _above(a0, b0, a1 + 1, b1) - mean0 * _above(a0 + 1, b0, a1, b1)
        return float(_above(a0, b0, a1, b1)), float(above), float(above - (mean1 - mean0))


def _above(a0: int, b0: int, a1: int, b1: int) -> Decimal:
    fewest = min(a0, b0, a1, b1)
    if fewest == a1:
        return _sum(a0, b0, a1, b1)
    if fewest == a0:
        return 1 - _sum(a1, b1, a0, b0)
    if fewest == b0:
        return _sum(b1, a1, b0, a0)
    return 1 - _sum(b0, a0, b1, a1)


def _sum(a0: int, b0: int, a1: int, b1: int) -> Decimal:
    """Return ``Σ_{i < a1} B(a0 + i, b0 + b1) / ((b1 + i) B(1 + i, b1) B(a0, b0))``."""
    largest = max(0, min(a1 - 1, (a0 * b1 - a0 - b0 - b1) // (1 + b0) + 1))
    log_term = _log_beta(a0 + largest, b0 + b1) - _log_beta(1 + largest, b1) - _log_beta(a0, b0)
    term = log_term.exp() / (b1 + largest)
    total = term
    for ratios in (_upwards(a0, b0, a1, b1, largest), _downwards(a0, b0, b1, largest)):
        last = term
        for ratio in ratios:
            last *= ratio
            total += last
            if last < total * _NEGLIGIBLE:
                break
    return total


def _ratio(a0: int, b0: int, b1: int, i: int) -> Decimal:
    return Decimal((a0 + i) * (b1 + i)) / Decimal((a0 + i + b0 + b1) * (1 + i))


def _upwards(a0: int, b0: int, a1: int, b1: int, largest: int) -> Iterator[Decimal]:  # noqa: PLR0917
    return (_ratio(a0, b0, b1, i) for i in range(largest, a1 - 1))


def _downwards(a0: int, b0: int, b1: int, largest: int) -> Iterator[Decimal]:
    return (1 / _ratio(a0, b0, b1, i) for i in range(largest - 1, -1, -1))


def _log_beta(a: int, b: int) -> Decimal:
    return _log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)


@lru_cache(maxsize=4096)
def _log_gamma(n: int) -> Decimal:
    x, product = Decimal(n), Decimal(1)
    while x < _STIRLING_FROM:
        product *= x
        x += 1
    series = sum(
        (Decimal(top) / bottom / x ** (2 * k + 1) for k, (top, bottom) in enumerate(_STIRLING)), Decimal(0)
    )
    return (x - Decimal("0.5")) * x.ln() - x + _HALF_LOG_TWO_PI + series - product.ln()
