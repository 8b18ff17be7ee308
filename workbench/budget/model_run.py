"""A model run on disk: draws as Parquet, everything else as JSON; never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from workbench.budget.fit import MixFit
from workbench.budget.run_files import ABOUT, DRAWS, read_run_files
from workbench.core.errors import StoreError
from workbench.stats.counts import Floats

#: Last periods whose spends are kept: a year of weeks, for what a plan starts from and what came of one.
_N_RECENT = 53
_PARTS = ("amplitude", "contribution", "marginal", "worths")


@dataclass(frozen=True)
class StoredMix:
    """What an app or the allocator reads of a fit, without the data and without fitting.

    Attributes
    ----------
    run_id : str
    about : dict
        Result, specification, spend scale, current and highest spend, carry-in.
    draws : dict of str to ndarray
        ``amplitude``, ``contribution``, ``marginal``, ``worths`` and the curves' parameters, each
        (n_draws, n_channels); ``noise`` (n_draws,).
    """

    run_id: str
    about: dict[str, Any]
    draws: dict[str, Floats]

    @property
    def channels(self) -> tuple[str, ...]:
        """Names, in the order of the draws' columns."""
        return tuple(self.about["channels"])

    @property
    def recent_spend(self) -> Floats:
        """Spends of the fit's last periods, (n_periods, n_channels), the latest last; as many as are kept."""
        return np.array(self.about.get("recent_spend") or self.about["carry_in_spend"], dtype=np.float64)

    @property
    def plans_reported(self) -> bool:
        """Whether outcomes are results that a network credits to each item, not scaled to what it caused."""
        is_scaled = bool((self.about.get("origin") or {}).get("channel_run"))
        return self.about["result"].get("explains") == "reported" and not is_scaled


def new_run_id(now: datetime | None = None) -> str:
    """Return an id that sorts by time, to the microsecond, such as ``mix-20260401-101500-003917``."""
    return f"mix-{now or datetime.now(UTC):%Y%m%d-%H%M%S-%f}"


def write_model_run(
    fit: MixFit,
    folder: Path,
    *,
    run_id: str | None = None,
    source: str = "",
    origin: Mapping[str, Any] | None = None,
) -> str:
    """Write a fit to ``folder / run_id``; a reader never sees half of one.

    Parameters
    ----------
    fit : MixFit
    folder : Path
        Of all model runs.
    run_id : str, optional
    source : str
        Where the data came from.
    origin : mapping, optional
        The same in detail: accounts, grain, days, notes; plain values.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    StoreError
        If there is such a run already.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    run_id = run_id or new_run_id()
    final, partial = folder / run_id, folder / f".{run_id}.partial"
    if final.exists():
        raise StoreError(f"run_id: {run_id} exists already.", next_step="Leave the id out.", field="run_id")
    partial.mkdir(parents=True)
    columns = {"noise": fit.draws.noise}
    arrays = {**fit.draws.curves, **{name: getattr(fit.draws, name) for name in _PARTS}}
    for name, values in arrays.items():
        columns |= {f"{name}:{c}": values[:, c] for c in range(values.shape[1])}
    columns |= {f"baseline:{k}": column for k, column in enumerate(fit.draws.baseline.T)}
    pq.write_table(pa.table(columns), partial / DRAWS)
    about = {"run_id": run_id, "source": source, "origin": dict(origin or {}), **_about(fit)}
    (partial / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    partial.rename(final)
    return run_id


def read_model_run(folder: Path, run_id: str) -> StoredMix:
    """Read a fit's draws and what is to be known about them.

    Raises
    ------
    StoreError
        If there is no such run, or its files are damaged.
    """
    place = folder / run_id
    if Path(run_id).name != run_id or not (place / ABOUT).is_file():
        known = sorted(p.parent.name for p in folder.glob(f"mix-*/{ABOUT}")) if folder.is_dir() else []
        raise StoreError(
            f"run_id: there is no media mix run {run_id!r}.",
            next_step=f"The latest is {known[-1]}." if known else "Make one by `wb budget fit`.",
            field="run_id",
        )
    return StoredMix(run_id, *read_run_files(place))


def _about(fit: MixFit) -> dict[str, Any]:
    from workbench import __version__

    model, n = fit.model, fit.model.n_used
    spend = model.data.spend[:n]
    priors = {name: asdict(model.spec.all_priors[name]) for name in (*model.spec.curve_parameters, "noise")}
    return {
        "kind": "media mix",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        "channels": list(model.data.channels),
        "adstock": model.spec.adstock,
        "saturation": model.spec.saturation,
        "groups": dict(model.spec.groups),
        "n_lags": model.lags.shape[1],
        "step_days": model.data.step_days,
        "spend_scale": model.spend_scale.tolist(),
        "current_spend": spend.mean(axis=0).tolist(),
        "highest_spend": spend.max(axis=0).tolist(),
        "carry_in_spend": spend[-model.lags.shape[1] :].tolist(),
        "recent_spend": spend[-_N_RECENT:].tolist(),
        "priors": priors,
        "worth": [asdict(worth) for worth in model.worths],
        "baseline_columns": list(model.baseline.names),
        "result": fit.to_dict(),
    }
