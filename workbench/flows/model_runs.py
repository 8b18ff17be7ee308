"""Keep a fit: its folder of draws, and its row among the lake's model runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.budget.model_run import write_model_run
from workbench.core.settings import SETTINGS_FILE
from workbench.flows.company import own_lake

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.budget.fit import MixFit
    from workbench.core.settings import Settings
    from workbench.lake import Lake

KIND = "budget.media_mix"


def keep_fit(
    settings: Settings,
    fit: MixFit,
    *,
    source: str,
    origin: Mapping[str, Any] | None = None,
    lake: Lake | None = None,
) -> str:
    """Write a fit to the folder of runs, and its row into the lake, where there is an installation.

    Parameters
    ----------
    settings : Settings
    fit : MixFit
    source : str
        Where the data came from, in words.
    origin : mapping, optional
        The same in detail; ``data_version`` of it is what was read.
    lake : Lake, optional
        That was read; for a file the own one.

    Returns
    -------
    str
        The run's id.
    """
    run_id = write_model_run(fit, settings.runs_folder, source=source, origin=origin)
    if lake is not None or is_installed(settings):
        record_runs(
            settings.runs_folder,
            lake or own_lake(settings),
            is_simulated=bool((origin or {}).get("is_simulated")),
        )
    return run_id


def record_runs(folder: Path, lake: Lake, *, is_simulated: bool) -> int:
    """Write the rows that are missing of the kept runs: after a kill, the next fit makes up for it.

    Parameters
    ----------
    folder : Path
        Of all model runs.
    lake : Lake
    is_simulated : bool
        Which runs belong there.

    Returns
    -------
    int
        How many rows were new.
    """
    import pyarrow as pa

    known: set[str] = set()
    if not lake.is_empty("model_runs"):
        known = set(lake.sql("SELECT run_id FROM model_runs")["run_id"].to_pylist())
    n_new = 0
    for place in sorted(folder.glob("mix-*/run.json")):
        about = json.loads(place.read_text(encoding="utf-8"))
        belongs = bool((about.get("origin") or {}).get("is_simulated")) == is_simulated
        if belongs and about["run_id"] not in known:
            rows = pa.Table.from_pylist([_row(about)])
            n_new += lake.append("model_runs", rows, load_id=about["run_id"]).changed
    return n_new


def read_version(lake: Lake) -> dict[str, Any]:
    """Return which figures a run reads: the version of the table, and since when it is believed."""
    commits = lake.history("ad_insights")
    if not commits:
        return {}
    return {
        "table": "ad_insights",
        "version": commits[-1].version,
        "believed_at": commits[-1].believed_at.isoformat(),
    }


def is_installed(settings: Settings) -> bool:
    """Say whether the home folder was prepared or has figures; a fit of a file needs neither."""
    prepared = (settings.home / SETTINGS_FILE).exists() or (settings.home / "ledger.db").exists()
    return prepared or bool(settings.ledger_url) or not own_lake(settings).is_empty()


def _row(about: Mapping[str, Any]) -> dict[str, Any]:
    made_at, result = datetime.fromisoformat(about["made_at"]), about["result"]
    read = (about.get("origin") or {}).get("data_version") or {"source": about["source"]}
    figures = {
        "source": about["source"],
        "outcome": result["outcome"],
        "dates": result["dates"],
        "diagnostics": result["diagnostics"],
        "contributions": {one["name"]: one["contribution"] for one in result["channels"]},
    }
    return {
        "run_id": about["run_id"],
        "month": f"{made_at:%Y-%m}",
        "kind": KIND,
        "finished_at": made_at,
        "code_version": about["version"],
        "data_version": json.dumps(read, sort_keys=True),
        "seed": result["seed"],
        "figures": json.dumps(figures, ensure_ascii=False, sort_keys=True),
    }
