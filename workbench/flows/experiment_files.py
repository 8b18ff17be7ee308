"""Arms of a registered test that come from tables instead of the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.dates import Period, now_utc
from workbench.core.errors import DataError, NotEnoughData
from workbench.flows.experiment_place import SUMS, Delivered, Place

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.experiments.registration import Registration


def from_files(registration: Registration, settings: Settings) -> Delivered:
    """Read arms from CSV or Parquet with ``date_start`` and sums; amounts in currency units.

    Parameters
    ----------
    registration : Registration
        Its arms name files; an ``arm`` column tells the arms of one table apart.
    settings : Settings
        Its currency and time zone count.

    Raises
    ------
    DataError
        If a file or a column is missing.
    NotEnoughData
        If no row belongs to an arm.
    """
    import pandas as pd

    frames, needed = [], {"date_start", registration.metric.numerator, registration.metric.denominator}
    for k, arm in enumerate(registration.arms):
        path = Path(arm.ids[0])
        if not path.is_file():
            raise DataError(f"arms: there is no file {str(path)!r}.", next_step="Check it.", field="arms")
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        if missing := needed - set(table):
            raise DataError(
                f"arms: {path.name} has no column {min(missing)!r}.",
                next_step=f"It needs {', '.join(sorted(needed))}; amounts in currency units.",
                field="arms",
            )
        mine = table[table["arm"].astype(str) == arm.name] if "arm" in table else table
        frames.append(mine.assign(arm=k, date_start=pd.to_datetime(mine["date_start"]).dt.date))
    every = pd.concat(frames, ignore_index=True).reindex(columns=["date_start", "arm", *SUMS])
    every[list(SUMS)] = every[list(SUMS)].astype("float64").fillna(0.0)
    if not len(every):
        raise NotEnoughData("The files hold no row of an arm.", next_step="Check the names.", field="arms")
    last = max(every["date_start"])
    stop = min(registration.stop or last, last)
    within = every[(every["date_start"] >= registration.start) & (every["date_start"] <= stop)]
    place = Place("", "", "", settings.currency or "", settings.time_zone, last, now_utc())
    period = Period(registration.start, stop) if stop >= registration.start else None
    return Delivered(place, period, within, 0, is_simulated=False)
