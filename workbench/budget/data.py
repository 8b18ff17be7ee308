"""The data of a media mix model: one row a day or week, spend of each channel, one outcome, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.refusal import refused
from workbench.core.errors import DataError, NotEnoughData, SchemaError
from workbench.core.money import minor_digits
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

#: Fewer periods cannot tell a season, a trend and a curve apart.
FEWEST_PERIODS = 26
FEWEST_PERIODS_WITH_SPEND = 3
_STEPS = {1: "day", 7: "week"}
_FINEST, _LARGEST = (
    1e-9,
    1e13,
)  # of a column's greatest value: beyond, figures can be neither said nor planned


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
        _check_currency(self.currency)
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
        If a column is missing, a number is missing or negative spend, dates have gaps or repeat, the outcome
        adds up to nothing, the currency is unknown, or there is too little of it; ``field`` names the column.
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
    columns = {name: _numbers(table[name].to_list(), name, days)[order] for name in names[1:]}
    days = [days[k] for k in order]
    _check_outcome(columns[outcome], outcome)
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
    for row, value in enumerate(values, start=1):
        text = str(value)
        try:
            if text[10:11] not in {"", " ", "T"}:
                raise ValueError
            days.append(date.fromisoformat(text[:10]))
        except ValueError:
            raise refused(
                name, f"{value!r} in row {row}", "is not a date", "Write dates as 2024-01-31."
            ) from None
    return days


def _numbers(values: list[Any], name: str, days: Sequence[date]) -> Floats:
    """Read a column, naming the row and its date where there is no number."""
    out = np.full(len(values), np.nan)
    for k, value in enumerate(values):
        try:
            out[k] = np.nan if value is None else float(value)
        except (TypeError, ValueError):
            raise refused(
                name,
                f"{value!r} in row {k + 1} ({days[k]})",
                "is not a number",
                "Write numbers with a point and without grouping or signs, as 1234.56; 0 is one.",
            ) from None
    if not np.isfinite(out).all():
        row = int(np.flatnonzero(~np.isfinite(out))[0])
        raise refused(
            name,
            f"row {row + 1} ({days[row]})",
            "has no number",
            "Write 0 where there was none, or cut the range.",
        )
    greatest = float(np.abs(out).max(initial=0.0))
    if greatest and not _FINEST <= greatest <= _LARGEST:
        raise refused(
            name,
            f"{greatest:g}, its greatest value,",
            "cannot be reckoned with",
            f"Give it in a unit that brings it between {_FINEST:g} and {_LARGEST:g}.",
        )
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
        raise refused(
            "dates", twice, "is there twice", "Give one row for each day or week: add up what is kept apart."
        )
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


def _check_currency(code: str) -> None:
    try:
        _ = code and minor_digits(code)
    except DataError:
        raise refused(
            "currency", repr(code), "is no ISO 4217 code", "Give one in capitals, as EUR, or none."
        ) from None


def _check_outcome(outcome: Floats, name: str) -> None:
    """Refuse what adds up to nothing: no share of it could be said."""
    total = float(outcome.sum())
    if outcome.any() and total <= _FINEST * float(np.abs(outcome).sum()):
        raise refused(
            name, f"{total:g} in all", "is not above 0", "Explain sales or counts, not losses or differences."
        )


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
