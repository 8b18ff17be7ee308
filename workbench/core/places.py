"""Where the notebooks are: beside the package in a checkout, inside it when installed from a wheel."""

from __future__ import annotations

from pathlib import Path

from workbench.core.errors import ConfigError

PACKAGE = Path(__file__).resolve().parents[1]


def notebooks_folder(kind: str) -> Path:
    """Return the folder of the apps, reports or guides.

    Parameters
    ----------
    kind : {"apps", "reports", "guides"}
        Which notebooks.

    Raises
    ------
    ConfigError
        If they were not installed with the package.
    """
    for root in (PACKAGE.parent / "notebooks", PACKAGE / "notebooks"):
        if (root / kind).is_dir():
            return root / kind
    raise ConfigError(
        f"The notebooks of the {kind} are not installed with the package.",
        next_step="Run from a checkout of the project, or install its wheel again.",
        kind=kind,
    )
