"""The data of a media mix model: one row a day or week, spend of each channel, one outcome, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.refusal import refused
from workbench.core.errors import NotEnoughData, SchemaError
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

#: Fewer periods cannot tell a season, a trend and a curve apart.
FEWEST_PERIODS = 26
FEWEST_PERIODS_WITH_SPEND = 3
_STEPS = {1: "day", 7: "week"}


@dataclass(frozen=True)
class MixData:
    """Checked series in order of time.

    Attributes
    ----------
    dates : tuple of date, length n_periods
        First day of each period, one day or seven days apart.
    outcome : ndarray, shape (n_periods,)
    spend : ndarray, shape (n_periods, n_channels)
        In currency units, at least 0.
    channels : tuple of str
    controls : ndarray, shape (n_periods, n_controls)
        Anything else that moves the outcome: events, prices, holidays.
    control_names : tuple of str
    outcome_name : str
    currency : str
        ISO 4217 code of the spend; empty if not known.
    """

    dates: tuple[date, ...]
    outcome: Floats
    spend: Floats
    channels: tuple[str, ...]
    controls: Floats
    control_names: tuple[str, ...] = ()
    outcome_name: str = "outcome"
    currency: str = ""
    step_days: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "step_days", _step_of(self.dates))
        _check_shapes(self)
        _check_values(self)

    @property
    def n_periods(self) -> int:
        """Number of days or weeks."""
        return len(self.dates)

    @property
    def period(self) -> str:
        """The word for one period: ``day`` or ``week``."""
        return _STEPS[self.step_days]


def mix_data(
    frame: IntoDataFrame,
    *,
    date_column: str,
    spend: Sequence[str],
    outcome: str,
    controls: Sequence[str] = (),
    holidays: Mapping[str, Sequence[date]] | None = None,
    currency: str = "",
) -> MixData:
    """Read a frame of any engine that narwhals understands, refusing what a model cannot use.

    Parameters
    ----------
    frame : pandas, polars, pyarrow or other eager frame
        One row for each day or week, in any order.
    date_column : str
        Dates, or text such as ``2024-01-31``.
    spend, controls : sequence of str
        Columns of the channels' spend and of what else moves the outcome.
    outcome : str
        Column of what is to be explained: sales, conversions, leads.
    holidays : mapping of str to sequence of date, optional
        Each becomes a control: the number of its days inside a period.
    currency : str
        ISO 4217 code of the spend.

    Raises
    ------
    DataError
        If a column is missing, a number is missing or negative spend, dates have gaps or repeat, or there is
        too little of it; ``field`` names the column.
    """
    import narwhals as nw

    table = nw.from_native(frame, eager_only=True)
    names = [date_column, *spend, outcome, *controls]
    for name in names:
        if name not in table.columns:
            raise SchemaError(
                f"{name}: there is no such column.",
                next_step=f"Columns are {', '.join(table.columns)}.",
                field=name,
            )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise refused(twice, "it", "is named twice", "A column plays one part only.")
    days = _dates_of(table[date_column].to_list(), date_column)
    order = sorted(range(len(days)), key=days.__getitem__)
    days = [days[k] for k in order]
    columns = {name: _numbers(table[name].to_list(), name)[order] for name in names[1:]}
    extra = _holiday_columns(days, holidays or {})
    return MixData(
        tuple(days),
        columns[outcome],
        np.stack([columns[name] for name in spend], axis=1) if spend else np.zeros((len(days), 0)),
        tuple(spend),
        np.stack([*(columns[name] for name in controls), *extra.values(), np.zeros(len(days))], axis=1)[
            :, :-1
        ],
        (*controls, *extra),
        outcome,
        currency,
    )


def _dates_of(values: list[Any], name: str) -> list[date]:
    days = []
    for value in values:
        try:
            days.append(date.fromisoformat(str(value)[:10]))
        except ValueError:
            raise refused(name, repr(value), "is not a date", "Write dates as 2024-01-31.") from None
    return days


def _numbers(values: list[Any], name: str) -> Floats:
    try:
        out = np.array([np.nan if value is None else float(value) for value in values])
    except (TypeError, ValueError) as error:
        raise refused(name, str(error), "is not a number", "Every row needs a number; 0 is one.") from None
    if not np.isfinite(out).all():
        row = int(np.flatnonzero(~np.isfinite(out))[0]) + 1
        raise refused(name, f"row {row}", "has no number", "Write 0 where there was none, or cut the range.")
    return out


def _holiday_columns(days: list[date], holidays: Mapping[str, Sequence[date]]) -> dict[str, Floats]:
    if not holidays or len(days) < 2:
        return {}
    step = (days[1] - days[0]).days
    return {
        name: np.array([sum(0 <= (one - day).days < step for one in dates) for day in days], dtype=np.float64)
        for name, dates in holidays.items()
    }


def _step_of(dates: tuple[date, ...]) -> int:
    """Return 1 or 7, the days between periods, refusing gaps, repeats and too few."""
    if len(dates) < FEWEST_PERIODS:
        raise NotEnoughData(
            f"dates: {len(dates)} periods are too few for a media mix model.",
            next_step=f"Give at least {FEWEST_PERIODS} days or weeks; two years of weeks are usual.",
            field="dates",
            n_periods=len(dates),
        )
    steps = [(b - a).days for a, b in pairwise(dates)]
    step = min(steps)
    if step == 0:
        twice = dates[steps.index(0)]
        raise refused("dates", twice, "is there twice", "Give one row for each day or week.")
    if step not in _STEPS:
        raise refused(
            "dates", f"{step} days", "lie between two rows", "Rows are one day or seven days apart."
        )
    for day, found in zip(dates, steps, strict=False):
        if found != step:
            missing = day + timedelta(days=step)
            raise refused(
                "dates",
                missing,
                f"is missing: {day} is followed by {day + timedelta(days=found)}",
                f"Give every {_STEPS[step]}, with 0 where nothing was spent.",
            )
    return step


def _check_shapes(data: MixData) -> None:
    n, n_channels, n_controls = len(data.dates), len(data.channels), len(data.control_names)
    expected = {"outcome": (n,), "spend": (n, n_channels), "controls": (n, n_controls)}
    for name, shape in expected.items():
        found = np.shape(getattr(data, name))
        if found != shape:
            raise refused(
                name,
                f"shape {found}",
                f"does not fit {n} dates, {n_channels} channels and {n_controls} controls",
                f"Give one row for each date: shape {shape}.",
            )


def _check_values(data: MixData) -> None:
    if not data.channels:
        raise refused("spend", "no column", "was given", "Name the channels' spend columns.")
    for name, column in zip(data.channels, data.spend.T, strict=True):
        if (column < 0).any():
            worst = int(np.argmin(column))
            raise refused(
                name,
                f"{column[worst]:g} on {data.dates[worst]}",
                "is negative spend",
                "Spend is at least 0; put refunds where the spend was.",
            )
        if not (column > 0).any():
            raise refused(name, "no spend", "in any period", "Leave such a channel out.")
    for name, column in zip(data.control_names, data.controls.T, strict=True):
        if np.ptp(column) == 0:
            raise refused(
                name, f"{column[0]:g}", "in every period", "A control that never moves says nothing."
            )
    if np.ptp(data.outcome) == 0:
        raise refused(data.outcome_name, f"{data.outcome[0]:g}", "in every period", "Is it the right column?")
