"""What every analysis of arms asks beside its counts, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats, tail_of

_SHARES_TOLERANCE = 1e-6
_LARGEST_COUNT = 1e15  # beyond, a float no longer holds every whole number


@dataclass(frozen=True)
class Options:
    """How arms are to be read.

    Attributes
    ----------
    level : float
        Probability inside every interval.
    higher_is_better : bool
        False for costs, complaints, unsubscribes.
    names : tuple of str
        One for each arm, the control first; empty for A, B, C, …
    shares : tuple of float
        Planned shares of the units, summing to one; empty for equal ones.
    rope : float or None
        Relative change, either way, that makes no practical difference.
    value : float or None
        Currency units that one unit of the metric is worth (a conversion, an event, a unit of the mean).
    per_day : float or None
        Trials, exposure or units a day, to which a decision would apply.
    currency : str
        ISO 4217 code of ``value``.
    loss_unit : str
        What an expected loss is counted in, such as ``purchases per 1,000 EUR``; empty for general words.
    loss_per : float
        Factor of a loss in that unit.

    Raises
    ------
    DataError
        If a field is not usable; ``field`` names it.
    """

    level: float = 0.95
    higher_is_better: bool = True
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    rope: float | None = None
    value: float | None = None
    per_day: float | None = None
    currency: str = ""
    loss_unit: str = ""
    loss_per: float = 1.0

    def __post_init__(self) -> None:
        tail_of(self.level)
        if self.rope is not None and not 0 < self.rope < 1:
            refuse(
                "rope", self.rope, "is no relative change", "Give a share above 0 and below 1, such as 0.01."
            )
        for field in ("value", "per_day"):
            given = getattr(self, field)
            if given is not None and not (math.isfinite(given) and given > 0):
                refuse(field, given, "is not a positive number", "Leave it out if it is not known.")
        if (self.value is None) != (self.per_day is None):
            refuse(
                "value",
                self.value,
                "and per_day belong together",
                "Give both, or neither: loss per day is value × units per day.",
            )

    def names_of(self, n_arms: int) -> tuple[str, ...]:
        """Return the arms' names, or letters."""
        if not self.names:
            return tuple(letters(k) for k in range(n_arms))
        if len(self.names) != n_arms:
            refuse(
                "names", ",".join(self.names), f"does not name {n_arms} arms", "Give one name for each arm."
            )
        if len(set(self.names)) < n_arms or not all(name.strip() for name in self.names):
            refuse(
                "names",
                ",".join(self.names),
                "names two arms alike, or one not at all",
                "Name each arm once.",
            )
        return self.names

    def shares_of(self, n_arms: int) -> Floats:
        """Return the planned shares, or equal ones."""
        if not self.shares:
            return np.full(n_arms, 1 / n_arms)
        if len(self.shares) != n_arms:
            refuse("shares", listed(self.shares), f"has not {n_arms} entries", "Give one share for each arm.")
        shares = np.asarray(self.shares, dtype=np.float64)
        if not (np.isfinite(shares).all() and (shares > 0).all()):
            refuse(
                "shares",
                listed(self.shares),
                "holds a share that is not above zero",
                "Leave such an arm out.",
            )
        if abs(shares.sum() - 1) > _SHARES_TOLERANCE:
            refuse(
                "shares",
                listed(self.shares),
                f"adds up to {shares.sum():g}",
                "Shares add up to 1, such as 0.5,0.5.",
            )
        out: Floats = shares / shares.sum()
        return out


def letters(index: int) -> str:
    """Return A, B, …, Z, AA, AB, … for 0, 1, ….

    Examples
    --------
    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def listed(values: Sequence[float] | Floats) -> str:
    """Write values as they would be given."""
    return ",".join(f"{value:g}" for value in values)


def refuse(field: str, value: object, problem: str, next_step: str) -> None:
    """Raise a `DataError` that names the field, the value, the problem and what is allowed."""
    raise DataError(f"{field}: {value} {problem}.", next_step=next_step, field=field, value=value)


def finite_field(field: str, values: ArrayLike) -> Floats:
    """Return a field as one number for each arm, refusing what is not finite and fewer than two arms."""
    try:
        out = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        out = np.array(np.nan)
    if out.ndim != 1 or not np.isfinite(out).all():
        refuse(field, values, "holds something that is no finite number", "Give one number for each arm.")
    if out.size < 2:
        refuse(field, listed(out) or "nothing", "is one arm or none", "A comparison takes two arms or more.")
    return out


def count_field(field: str, values: ArrayLike, *, least: int = 0) -> Floats:
    """Return a field of counts: whole numbers from ``least`` on."""
    out = finite_field(field, values)
    for value in out:
        if value < least:
            refuse(field, f"{value:g}", f"is below {least}", f"Counts are whole numbers of at least {least}.")
        if value != math.floor(value) or value > _LARGEST_COUNT:
            refuse(
                field, f"{value:g}", "is not a whole number", "Counts are whole; rates are made from them."
            )
    return out


def same_arms(fields: dict[str, Floats]) -> None:
    """Refuse fields that do not have the same number of arms."""
    sizes = {name: len(values) for name, values in fields.items()}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise DataError(
            f"The fields do not have the same number of arms: {said}.",
            next_step="Give one number for each arm in every field.",
            field=next(iter(sizes)),
            sizes=sizes,
        )


def positive_prior(field: str, prior: Sequence[float], n: int, *, may_be_zero: tuple[int, ...] = ()) -> None:
    """Refuse a prior that has not ``n`` finite positive numbers."""
    fine = len(prior) == n and all(
        math.isfinite(x) and (x > 0 or (x == 0 and k in may_be_zero)) for k, x in enumerate(prior)
    )
    if not fine:
        zero = " or zero, where that is allowed" if may_be_zero else ""
        refuse(
            field,
            listed(prior),
            f"is not {n} positive numbers{zero}",
            "See `wb experiment --help` for its parts.",
        )
