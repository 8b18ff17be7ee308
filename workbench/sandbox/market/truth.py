"""Write the truth of a world beside its data, for checks and never for estimates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.sandbox.market import response
from workbench.sandbox.market.history import write_whole
from workbench.sandbox.market.leads import crm_table
from workbench.sandbox.market.outcomes import DELAY_SHARES, VIEW_SHARE

if TYPE_CHECKING:
    from workbench.sandbox.market.world import World

TRUTH_FILE = "truth.json"
CRM_FILE = "crm.parquet"


def truth_of(world: World) -> dict[str, Any]:
    """Return what is true about a world, as JSON types.

    Parameters
    ----------
    world : World
        Any world.

    Returns
    -------
    dict
        ``objects`` (true rates, qualities and shocks by id), ``response`` (the constants of the market),
        ``delay_shares`` and ``view_share``.
    """
    names = sorted(name for name in vars(response) if name.isupper())
    return {
        "readme": "Simulated. For checks, and never for estimates.",
        "seed": world.state.seed,
        "now": world.now.isoformat(),
        "objects": {
            node["id"]: {"kind": node["kind"], "name": node["name"], **node["truth"]}
            for node in world.state.nodes.values()
        },
        "response": {name.lower(): getattr(response, name) for name in names},
        "delay_shares": {kind: list(shares) for kind, shares in DELAY_SHARES.items()},
        "view_share": VIEW_SHARE,
    }


def write_truth(world: World, folder: Path) -> tuple[Path, Path]:
    """Write ``truth.json`` and what will become of every lead (``crm.parquet``), each whole or not at all.

    Parameters
    ----------
    world : World
        Any world.
    folder : Path
        Where the two files go; made if it is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(truth_of(world), ensure_ascii=False, indent=1)
    write_whole(folder / TRUTH_FILE, text.encode() + b"\n")
    sink = pa.BufferOutputStream()
    pq.write_table(crm_table(world, with_future=True), sink, compression="zstd")
    write_whole(folder / CRM_FILE, sink.getvalue().to_pybytes())
    return folder / TRUTH_FILE, folder / CRM_FILE
