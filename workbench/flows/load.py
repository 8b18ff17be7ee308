"""Load files: each reconciled with its own total, recorded in the ledger, and written to the lake at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import DataError

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.loaders.result import LoadResult


def load_exports(
    paths: Sequence[Path],
    *,
    settings: Settings,
    account_id: str | None = None,
    currency: str | None = None,
    mapping: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[LoadResult]:
    """Load exports of Ads Manager, or tables described by a mapping, into the own lake.

    Parameters
    ----------
    paths : sequence of Path
        CSV or XLSX files. One that does not reconcile is quarantined; the others are loaded all the same.
    settings : Settings
        The installation; a fresh one is made ready by the first load.
    account_id, currency : str, optional
        For files that name none; default the settings'.
    mapping : str, optional
        YAML file, or the name of a mapping that ships with the package.
    progress : callable, optional
        Told which file is read.

    Returns
    -------
    list of LoadResult
        One per file, in order.

    Raises
    ------
    DataError
        If a file is not there; nothing is loaded then.
    """
    from workbench.flows.company import own_lake
    from workbench.flows.experiments import reread_running
    from workbench.flows.installation import prepare
    from workbench.ledger import open_ledger
    from workbench.loaders.exports import load_export

    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise DataError(
            f"There is no file {str(missing[0])!r}.", next_step="Check the path.", path=str(missing[0])
        )
    prepare(settings, {})
    lake = own_lake(settings)
    results = []
    with open_ledger(settings) as ledger:
        for path in paths:
            if progress is not None and len(paths) > 1:
                progress(f"Reading {path.name} …")
            results.append(
                load_export(
                    path,
                    lake=lake,
                    settings=settings,
                    ledger=ledger,
                    account_id=account_id,
                    currency=currency,
                    mapping=mapping,
                )
            )
    reread_running(settings)
    return results
