"""The two files of a model run, read and checked: what was cut off or changed by hand makes no plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench.budget.transforms import ADSTOCK_PARAMETERS, SATURATION_PARAMETERS
from workbench.core.errors import StoreError
from workbench.stats.counts import Floats

DRAWS, ABOUT = "draws.parquet", "run.json"
_OF_EACH = ("spend_scale", "current_spend", "highest_spend")
_OF_RESULT = ("outcome", "period", "dates", "level", "channels")


def read_run_files(place: Path) -> tuple[dict[str, Any], dict[str, Floats]]:
    """Read what is known of a run and its draws.

    Parameters
    ----------
    place : Path
        Folder of the run.

    Returns
    -------
    about : dict
        As it was written.
    draws : dict of str to ndarray
        Each (n_draws, n_channels); ``noise`` (n_draws,).

    Raises
    ------
    StoreError
        If a file is missing, cut off or no such file, or if the two do not fit each other.
    """
    try:
        about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(place, ABOUT, _reason(error)) from None
    fault = _fault_of(about)
    if fault:
        raise _damaged(place, ABOUT, fault)
    draws = _draws(place)
    fault = _misfit(about, draws)
    if fault:
        raise _damaged(place, DRAWS, fault)
    return about, draws


def _draws(place: Path) -> dict[str, Floats]:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(place / DRAWS)
        grouped: dict[str, list[Floats]] = {}
        for name in table.column_names:
            grouped.setdefault(name.partition(":")[0], []).append(table[name].to_numpy().astype(np.float64))
    except (OSError, ValueError) as error:  # Arrow's own errors are among these
        raise _damaged(place, DRAWS, _reason(error)) from None
    return {name: parts[0] if name == "noise" else np.stack(parts, axis=1) for name, parts in grouped.items()}


def _fault_of(about: Any) -> str:
    """Say what is missing of what every plan needs; empty where nothing is."""
    try:
        return next(_faults(about), "")
    except KeyError as error:
        return f"{error.args[0]} is missing or unknown"
    except (TypeError, ValueError, AttributeError):
        return "its fields are not those of a run"


def _faults(about: Mapping[str, Any]) -> Iterator[str]:
    names, result = about["channels"], about["result"]
    if not names or len(result["channels"]) != len(names):
        yield "there is not one result a channel"
    for key in _OF_EACH:
        if np.array(about[key], dtype=np.float64).shape != (len(names),):
            yield f"{key} is not one number a channel"
    past = np.array(about["carry_in_spend"], dtype=np.float64)
    if past.ndim != 2 or past.shape[1] != len(names) or not past.shape[0]:
        yield "carry_in_spend is not one row a period"
    for key in _OF_RESULT:
        if key not in result:
            yield f"result.{key} is missing"
    _ = int(about["n_lags"]), parameters_of(about), result["dates"]["last"]


def _misfit(about: Mapping[str, Any], draws: Mapping[str, Floats]) -> str:
    """Say how the draws do not fit what is known of the run; empty where they do."""
    shape = (len(draws.get("noise", ())), len(about["channels"]))
    for name in ("noise", "contribution", "amplitude", *parameters_of(about)):
        found = draws.get(name)
        if found is None:
            return f"{name} is missing"
        if found.shape != (shape[:1] if name == "noise" else shape):
            return f"{name} has not one column a channel"
        if not np.isfinite(found).all():
            return f"{name} is not a number in some draws"
    return "" if shape[0] else "there are no draws"


def parameters_of(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a run's curve parameters."""
    return (*ADSTOCK_PARAMETERS[about["adstock"]], *SATURATION_PARAMETERS[about["saturation"]])


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is missing"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is cut off or no such file"


def _damaged(place: Path, name: str, why: str) -> StoreError:
    return StoreError(
        f"run_id: {name} of the run {place.name} cannot be used: {why}.",
        next_step="Fit again by `wb budget fit`, or take another run; its folder holds nothing else.",
        field="run_id",
        run_id=place.name,
    )
