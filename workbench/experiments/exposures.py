"""Units exposed and their conversions, counted by arm, by age and by delay in whole days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.experiments.options import refuse
from workbench.stats.counts import Floats
from workbench.stats.delay_curve import ReverseRisk, reverse_risk

_LEAST_ARMS = 2


@dataclass(frozen=True)
class Exposures:
    """Counts of an experiment; ages beyond the horizon are counted at the horizon.

    Attributes
    ----------
    names : tuple of str
        Arms, the control first.
    units : ndarray, shape (n_arms, horizon + 1)
        Units of each age, in whole days to the last whole day of the data.
    conversions : ndarray, shape (n_arms, horizon + 1, horizon + 1)
        By age and by delay, of at most the age.
    """

    names: tuple[str, ...]
    units: Floats
    conversions: Floats

    @property
    def horizon_days(self) -> int:
        """Longest delay that counts."""
        return int(self.units.shape[1]) - 1

    @property
    def unconverted(self) -> Floats:
        """Units without a conversion within the horizon so far, by arm and age."""
        out: Floats = self.units - self.conversions.sum(axis=2)
        return out

    def risk(self, k: int | None = None) -> ReverseRisk:
        """Return conversions as their lag is learned from them: of one arm, or of all."""
        table = self.conversions.sum(axis=0) if k is None else self.conversions[k]
        age, delay = np.nonzero(table)
        return reverse_risk(delay, age, table[age, delay], horizon=self.horizon_days)


def read_exposures(
    exposed_at: ArrayLike,
    converted_at: ArrayLike,
    arm: ArrayLike,
    *,
    now: object,
    horizon_days: int,
    names: Sequence[str] = (),
) -> Exposures:
    """Count unit rows; parameters as for :func:`workbench.experiments.delays.read_delayed`.

    Raises
    ------
    NotEnoughData
        If an arm has no unit on a whole day.
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> seen = read_exposures([0.2, 0.5, 1.1], [1.7, np.nan, np.nan], ["A", "B", "B"], now=3, horizon_days=2)
    >>> seen.units.tolist(), seen.conversions.sum()
    ([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]], np.float64(1.0))
    """
    exposed, converted, last = (
        _days("exposed_at", exposed_at),
        _days("converted_at", converted_at),
        _last(now),
    )
    labels = np.asarray(arm).astype(str)
    if not (exposed.ndim == 1 and exposed.shape == converted.shape == labels.shape):
        refuse(
            "arm", labels.shape, f"does not fit rows of shape {exposed.shape}", "Give one of each for a unit."
        )
    if np.isnan(exposed).any():
        refuse(
            "exposed_at", int(np.isnan(exposed).sum()), "units have no time of exposure", "Leave them out."
        )
    if horizon_days < 1:
        refuse("horizon_days", horizon_days, "is no horizon", "Give at least one day.")
    early = int((converted < exposed).sum())
    if early:
        refuse("converted_at", early, "conversions came before the exposure", "Count only later ones.")
    arms, place = _arms(labels, names)
    age, delay = last - np.floor(exposed), np.floor(converted) - np.floor(exposed)
    whole = age >= 0
    place, age, delay = place[whole], age[whole], delay[whole]
    seen = ~np.isnan(delay) & (delay <= np.minimum(age, horizon_days))
    size = horizon_days + 1
    at = place * size + np.minimum(age, horizon_days).astype(np.int64)
    units = np.bincount(at, minlength=len(arms) * size).reshape(len(arms), size)
    if (units.sum(axis=1) == 0).any():
        empty = arms[int(np.argmin(units.sum(axis=1)))]
        raise NotEnoughData(
            f"arm: {empty!r} has no unit exposed on a whole day.",
            next_step="Wait a day, or leave the arm out.",
            field="arm",
        )
    cells = at[seen] * size + delay[seen].astype(np.int64)
    conversions = np.bincount(cells, minlength=units.size * size).reshape(len(arms), size, size)
    return Exposures(arms, units.astype(np.float64), conversions.astype(np.float64))


def _arms(labels: np.ndarray, names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    found, place = np.unique(labels, return_inverse=True)
    if len(names) == 0:
        if len(found) < _LEAST_ARMS:
            refuse(
                "arm", ",".join(found) or "nothing", "is one arm or none", "A comparison takes two or more."
            )
        return tuple(found.tolist()), place
    unknown = sorted(set(found.tolist()) - set(names))
    if unknown or len(set(names)) < max(len(names), _LEAST_ARMS):
        refuse("arm", ",".join(unknown or names), f"is not among {', '.join(names)}", "Name each arm once.")
    order = {name: k for k, name in enumerate(names)}
    return tuple(names), np.array([order[name] for name in found.tolist()], dtype=np.int64)[place]


def _days(field: str, values: ArrayLike) -> Floats:
    """Return times as days; what is missing becomes NaN."""
    array = np.asarray(values)
    if array.dtype.kind in "Mm":
        days = array.astype("datetime64[us]").astype(np.float64) / 86_400e6
        return np.where(np.isnat(array), np.nan, days)
    try:
        out: Floats = array.astype(np.float64)
    except (TypeError, ValueError):
        try:
            return _days(field, array.astype("datetime64[us]"))
        except (TypeError, ValueError):
            refuse(field, array[:1], "is no time", "Give datetimes, or days as numbers.")
    if np.isinf(out).any():
        refuse(field, "an infinite time", "cannot be used", "Leave it out, or NaN where nothing came.")
    return out


def _last(now: object) -> float:
    """Return the last whole day before ``now``."""
    day = float(_days("now", np.array([now]))[0])
    if np.isnan(day):
        refuse("now", now, "is no time", "Give until when conversions are known.")
    return float(np.floor(day) - 1)
