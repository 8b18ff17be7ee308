"""What must be in order before a winner is named: each check says what it found, and whether it withholds.

A check that withholds turns a verdict into "do not read", where the data are not what they seem, or into
"wait", where there is too little of them yet; :func:`workbench.experiments.decision.with_checks` does so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.typing import ArrayLike

from workbench.core.number_text import number, percent, percent_change
from workbench.experiments.exact_stopping import sequential_split_p
from workbench.experiments.options import refuse
from workbench.experiments.split_check import BROKEN_BELOW, split_p
from workbench.experiments.verdict import LEAST_RESULTS, Check
from workbench.stats.line import fit_line

__all__ = [
    "MATURE_SHARE",
    "Check",
    "check_enough",
    "check_mature",
    "check_novelty",
    "check_split",
    "check_split_over_time",
    "check_units",
]

#: Of the units of an arm; more would move a rate by more than most effects.
MOST_BAD_UNITS = 0.01
#: A cohort is mature once nine in ten of its conversions are expected to have come.
MATURE_SHARE = 0.9
LEAST_DAYS_FOR_TREND = 4


def check_split(counts: ArrayLike, shares: ArrayLike) -> Check:
    """Check the split at one reading, exactly.

    Parameters
    ----------
    counts, shares : array_like, shape (n_arms,)
        Units of each arm, and their planned shares.

    Examples
    --------
    >>> check_split([44_700, 45_489], [0.5, 0.5]).withholds
    True
    """
    return _split("sample ratio", split_p(counts, shares), "at this reading")


def check_split_over_time(counts: ArrayLike, shares: ArrayLike) -> Check:
    """Check the split at all readings so far, with one error rate for them together.

    Parameters
    ----------
    counts : array_like, shape (n_looks, n_arms)
        Units of each arm at each reading, running sums.
    shares : array_like, shape (n_arms,)
        Planned.

    Examples
    --------
    >>> check_split_over_time([[500, 480], [5_100, 4_900], [52_000, 48_000]], [0.5, 0.5]).withholds
    True
    """
    return _split("sequential sample ratio", sequential_split_p(counts, shares), "over all readings so far")


def check_enough(
    n_results: float | None = None,
    *,
    days: float | None = None,
    least_days: float = 0,
    n_units: float | None = None,
    least_units: float = 0,
) -> Check:
    """Check that there are ten results, and that the registered minimum run is over.

    Parameters
    ----------
    n_results : float, optional
        Conversions or events in all arms.
    days, least_days : float
        Since the start, and of the minimum run.
    n_units, least_units : float
        In all arms, and of the minimum run.

    Examples
    --------
    >>> check_enough(40, days=5, least_days=14).reason
    '5 of at least 14 days have passed.'
    """
    for seen, least, said in (
        (n_results, LEAST_RESULTS, "{} of at least {} results have come."),
        (days, least_days, "{} of at least {} days have passed."),
        (n_units, least_units, "{} of at least {} units were assigned."),
    ):
        if seen is not None and seen < least:
            return Check("too little data", True, said.format(number(seen, digits=12), number(least)))
    return Check("too little data", False, "the minimum run is over.")


def check_novelty(
    days: Sequence[float],
    effects: Sequence[float],
    deviations: Sequence[float],
    *,
    level: float = 0.95,
) -> Check:
    """Check whether the effect fades: a line through the effects by day since the start.

    It withholds where the interval of the slope lies wholly on the side that takes the effect towards zero.
    Weighted by the errors; they are widened where the days scatter more than that.

    Parameters
    ----------
    days, effects, deviations : sequence of float
        Day since the start (or since a unit's first exposure), the arm's effect on it, its standard error.
    level : float
        Of the slope's interval.

    Examples
    --------
    >>> check_novelty(range(8), [0.2, 0.17, 0.15, 0.11, 0.1, 0.06, 0.04, 0.01], [0.02] * 8).withholds
    True
    """
    if len(days) < LEAST_DAYS_FOR_TREND:
        few = f"{len(days)} days are too few to see a trend; {LEAST_DAYS_FOR_TREND} are needed."
        return Check("novelty trend", False, few)
    line = fit_line(days, effects, deviations, level=level)
    side = math.copysign(1.0, line.mean)
    fades = side * (line.high if side > 0 else line.low) < 0
    per_day = f"{percent_change(line.slope)} a day [{percent_change(line.low)}, {percent_change(line.high)}]"
    if fades:
        return Check("novelty trend", True, f"the effect fades by {per_day}; wait until it is steady.")
    return Check("novelty trend", False, f"the effect changes by {per_day}: no fading is shown.")


def check_mature(share_seen: float, *, lag_days: float | None = None) -> Check:
    """Check that nine in ten of the conversions of the units read are expected to have come.

    Parameters
    ----------
    share_seen : float
        Of the final conversions of these units, in [0, 1].
    lag_days : float, optional
        The lag's 90th percentile, to be said.

    Examples
    --------
    >>> check_mature(0.62, lag_days=9).withholds
    True
    """
    if not 0 <= share_seen <= 1:
        refuse("share_seen", share_seen, "is no share", "Give one in [0, 1].")
    lag = "" if lag_days is None else f"; nine in ten come within {number(lag_days)} days"
    text = f"{percent(share_seen, digits=2)} of the conversions of these units have come{lag}."
    return Check("immature cohort", share_seen < MATURE_SHARE, text)


def check_units(
    n_units: float,
    *,
    in_two_arms: float = 0,
    duplicates: float = 0,
    missing: float = 0,
    without_arm: float = 0,
) -> Check:
    """Check that units are in one arm each, once each, with a value.

    Parameters
    ----------
    n_units : float
        Distinct units, above 0.
    in_two_arms, duplicates, missing, without_arm : float
        Units seen in more than one arm, more than once in one arm, without a value, or in no arm.

    Examples
    --------
    >>> check_units(1_000, in_two_arms=30).verdict, check_units(1_000, duplicates=3).withholds
    ('do not read', False)
    """
    bad = {
        "are in two arms": in_two_arms,
        "came more than once": duplicates,
        "have no value": missing,
        "name no arm": without_arm,
    }
    if not n_units > 0 or any(not 0 <= some <= n_units for some in bad.values()):
        refuse("n_units", n_units, "does not fit the bad ones among them", "Count distinct units.")
    said = [
        f"{number(some, digits=12)} of {number(n_units, digits=12)} {what}"
        for what, some in bad.items()
        if some
    ]
    if not said:
        return Check("bad units", False, "every unit is in one arm, once, with a value.", "do not read")
    withholds = sum(bad.values()) > MOST_BAD_UNITS * n_units
    return Check("bad units", withholds, f"{', '.join(said)}.", "do not read")


def _split(name: str, p: float, when: str) -> Check:
    said = "< 0.000001" if p < 1e-6 else number(p, digits=2)
    if p < BROKEN_BELOW:
        text = f"the split is broken {when} (p = {said}): units were lost or doubled; find out where."
        return Check(name, True, text, "do not read")
    return Check(name, False, f"the split is as planned {when} (p = {said}).", "do not read")
