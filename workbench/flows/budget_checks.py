"""What ``wb budget fit --checks`` found, kept beside the run for whoever plans from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILE = "checks.json"


def keep_checks(runs: Path, run_id: str, checks: Mapping[str, Any]) -> None:
    """Write the checks of a kept run.

    Parameters
    ----------
    runs : Path
        Folder of model runs.
    run_id : str
    checks : mapping
        Plain values; ``concerns`` is a list of sentences.
    """
    (runs / run_id / _FILE).write_text(json.dumps(checks, ensure_ascii=False, indent=1), encoding="utf-8")


def kept_concerns(runs: Path, run_id: str) -> tuple[str, ...] | None:
    """Return what the checks of a run are concerned about, ``None`` where it was not checked.

    Parameters
    ----------
    runs : Path
    run_id : str
    """
    try:
        found = json.loads((runs / run_id / _FILE).read_text(encoding="utf-8"))
        return tuple(str(one) for one in found["concerns"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
