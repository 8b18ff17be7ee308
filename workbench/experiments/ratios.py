"""Ratios: the sum of one thing over the sum of another, such as revenue per session, of randomised users."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.core.number_text import number, percent_change
from workbench.experiments.compare import Posterior, compare
from workbench.experiments.options import Options, count_field, finite_field, refuse, same_arms
from workbench.experiments.result import Uplift
from workbench.experiments.result_notes import NotedResult, with_notes
from workbench.stats.best_of import best_of
from workbench.stats.counts import tail_of
from workbench.stats.laws import StudentLaw
from workbench.stats.normal_effect import NormalEffect, ratio_effect
from workbench.stats.ratio_law import MeanPair, ratio_law

_ROUNDING = 1e-9
#: Intervals whose ends differ by more than this share of their width are both told.
_DIFFERENT = 0.02
_LEAST_UNITS = 3


@dataclass(frozen=True)
class RatioSums:
    """Sufficient statistics of the arms, the control first: y is the numerator, x the denominator of a unit.

    Attributes
    ----------
    n : array_like, shape (n_arms,)
        Randomised units, such as users; whole numbers of at least 3.
    sum_y, sum_x : array_like, shape (n_arms,)
        Of the units' numerators and denominators, such as revenue and sessions.
    sum_yy, sum_xx, sum_xy : array_like, shape (n_arms,)
        Sums over units of their squares and of their product.
    """

    n: ArrayLike
    sum_y: ArrayLike
    sum_x: ArrayLike
    sum_yy: ArrayLike
    sum_xx: ArrayLike
    sum_xy: ArrayLike

    @classmethod
    def of(cls, numerators: Sequence[ArrayLike], denominators: Sequence[ArrayLike]) -> Self:
        """Sum up the units of each arm.

        Examples
        --------
        >>> RatioSums.of([[2.0, 3.0], [4.0, 5.0]], [[1.0, 2.0], [1.0, 3.0]]).sum_xy.tolist()
        [8.0, 19.0]
        """
        arms = [
            (np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
            for y, x in zip(numerators, denominators, strict=True)
        ]
        return cls(
            n=np.array([y.size for y, _ in arms]),
            sum_y=np.array([y.sum() for y, _ in arms]),
            sum_x=np.array([x.sum() for _, x in arms]),
            sum_yy=np.array([y @ y for y, _ in arms]),
            sum_xx=np.array([x @ x for _, x in arms]),
            sum_xy=np.array([y @ x for y, x in arms]),
        )


def analyse_ratios(sums: RatioSums, *, options: Options | None = None) -> NotedResult:
    """Compare ratios of sums of two or more arms by the joint posterior of both means.

    The two means of an arm have a bivariate Student law (prior ``|Σ|⁻²``, so that every weighted difference
    of theirs has the law of its own t statistic), and their ratio's law follows by quadrature: its intervals
    are Fieller's. Units are what was randomised; sessions of one user are not independent, so that a rate
    over sessions is such a ratio over users. Where the delta method says otherwise, both are told.

    Parameters
    ----------
    sums : RatioSums
        Sufficient statistics.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    NotEnoughData
        If a denominator's interval holds zero, a ratio does not vary, or an arm has fewer than three units.
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> y, x = [[3, 0, 5, 2, 4] * 40, [4, 1, 5, 3, 4] * 40], [[2, 1, 3, 1, 2] * 40, [2, 1, 3, 2, 2] * 40]
    >>> result = analyse_ratios(RatioSums.of(y, x))
    >>> round(result.arms[0].estimate, 2), result.decision.headline
    (1.56, 'Ship B')
    """
    options = options or Options()
    pairs = _pairs(sums, options.level)
    laws = [ratio_law(pair) for pair in pairs]

    @cache
    def prob_above(i: int, j: int) -> float:
        return float(best_of([laws[i], laws[j]]).prob_best[1])

    posterior = Posterior(
        kind="ratios",
        laws=laws,
        observed=np.array([pair.ratio for pair in pairs]),
        prob_above=prob_above,
        units=count_field("n", sums.n),
        n_results=None,
        prior=(),
        prior_conflict_p=None,
    )
    result = compare(posterior, options)
    changes = delta_changes(pairs)
    told = [_told(one, *change) for one, change in zip(result.uplift, changes, strict=True)]
    return with_notes(result, [text for text in told if text])


def delta_changes(pairs: Sequence[MeanPair]) -> list[tuple[NormalEffect, NormalEffect | None]]:
    """Return each arm's absolute and relative change against the first by the delta method.

    Parameters
    ----------
    pairs : sequence of MeanPair
        Of each arm; the relative change is ``None`` where the first arm's ratio is not above zero.

    Examples
    --------
    >>> pair = MeanPair(99.0, 2.0, 1.0, 0.03, 0.01, 0.0)
    >>> absolute, _ = delta_changes([pair, pair])[0]
    >>> absolute.mean, absolute.deviation.__round__(6)
    (0.0, 0.374166)
    """
    first = pairs[0].delta()
    out: list[tuple[NormalEffect, NormalEffect | None]] = []
    for pair in pairs[1:]:
        second = pair.delta()
        absolute = NormalEffect(second.mean - first.mean, float(np.hypot(first.deviation, second.deviation)))
        variances = first.deviation**2, second.deviation**2
        out.append((absolute, ratio_effect(first.mean, second.mean, *variances) if first.mean > 0 else None))
    return out


def _told(one: Uplift, absolute: NormalEffect, relative: NormalEffect | None) -> str | None:
    level = one.absolute.level
    exact, by_delta = one.absolute, absolute.interval(level)
    write: Callable[[float], str] = number
    if one.relative is not None and relative is not None:
        exact, by_delta, write = one.relative, relative.interval(level), percent_change
    off = max(abs(exact.low - by_delta[0]), abs(exact.high - by_delta[1]))
    if off <= _DIFFERENT * (exact.high - exact.low):
        return None
    ends = f"[{write(by_delta[0])}, {write(by_delta[1])}]"
    own = f"[{write(exact.low)}, {write(exact.high)}]"
    return f"The delta method gives {one.arm} {ends}; the joint posterior, which is not symmetric, {own}."


def _pairs(sums: RatioSums, level: float) -> list[MeanPair]:
    given = {one.name: finite_field(one.name, getattr(sums, one.name)) for one in fields(sums)}
    given["n"] = count_field("n", sums.n, least=1)
    same_arms(given)
    return [_pair(dict(zip(given, row, strict=True)), level) for row in zip(*given.values(), strict=True)]


def _pair(arm: dict[str, float], level: float) -> MeanPair:
    n, y, x = arm["n"], arm["sum_y"] / arm["n"], arm["sum_x"] / arm["n"]
    if n < _LEAST_UNITS:
        raise NotEnoughData(
            f"n: {n:g} units are too few to know two means and how they vary together.",
            next_step="Give three units or more in each arm.",
            field="n",
        )
    about = {
        "sum_yy": arm["sum_yy"] - n * y * y,
        "sum_xx": arm["sum_xx"] - n * x * x,
        "sum_xy": arm["sum_xy"] - n * x * y,
    }
    for field, mean in (("sum_yy", y), ("sum_xx", x)):
        if about[field] < -_ROUNDING * arm[field]:
            refuse(field, f"{arm[field]:g}", f"is less than sum² / n = {n * mean**2:g}", "Check the sums.")
    if (
        about["sum_xy"] ** 2
        > max(about["sum_yy"] * about["sum_xx"], 0.0) + _ROUNDING * arm["sum_yy"] * arm["sum_xx"]
    ):
        refuse("sum_xy", f"{arm['sum_xy']:g}", "correlates the two beyond one", "Check the sums.")
    s_yy, s_xx, s_xy = (part / n / (n - 1) for part in about.values())
    if s_xx > _ROUNDING * x * x / n:
        denominator = StudentLaw(n - 1, x, float(np.sqrt(s_xx)))
        low, high = denominator.quantile(tail_of(level)), denominator.quantile(1 - tail_of(level))
    else:  # the same denominator for every unit
        low, high, s_xx, s_xy = x, x, _ROUNDING**2 * x * x, 0.0
    if low <= 0:
        raise NotEnoughData(
            f"sum_x: the mean denominator is {x:g} with the interval [{low:g}, {high:g}], "
            "which is not above zero, so the ratio may be anything.",
            next_step="Use a denominator above zero, or more units.",
            field="sum_x",
        )
    return MeanPair(n - 1, y, x, s_yy, s_xx, s_xy)
