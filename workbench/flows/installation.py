"""Make a data directory usable: its settings file, its folders and its ledger."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from workbench.core.settings import Settings


def prepare(settings: Settings, chosen: dict[str, str]) -> dict[str, Any]:
    """Make what is missing in the home folder, and keep what is there.

    Parameters
    ----------
    settings : Settings
        The installation, ``chosen`` included.
    chosen : dict
        Settings given by name; they are written into the settings file, over what it said before.

    Returns
    -------
    dict
        ``home``, ``settings_file``, and whether each was ``made`` or ``kept``.
    """
    from workbench.ledger import open_ledger

    for folder in (settings.home, settings.inbox_folder, settings.runs_folder):
        folder.mkdir(parents=True, exist_ok=True)
    settings.home.chmod(0o700)
    file = settings.home / SETTINGS_FILE
    made = not file.exists()
    if made or chosen:
        _write(file, {**_read(file), **chosen})
    with open_ledger(settings):
        pass
    return {"home": str(settings.home), "settings_file": str(file), "state": "made" if made else "kept"}


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(file.read_text("utf-8")) if file.exists() else {}


def _write(file: Path, values: dict[str, Any]) -> None:
    lines = [
        "# Settings of this installation; WORKBENCH_* environment variables win over them.",
        "# environment, company, account_id, time_zone, currency, locale, lake_url, ledger_url, reports_dir,",
        "# meta_graph_url, meta_api_version, meta_app_id",
        *(f"{name} = {_toml(value)}" for name, value in sorted(values.items())),
    ]
    unfinished = file.with_suffix(".toml.new")
    unfinished.write_text("\n".join(lines) + "\n", "utf-8")
    os.replace(unfinished, file)


def _toml(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)  # for texts, numbers and booleans TOML writes as JSON does
