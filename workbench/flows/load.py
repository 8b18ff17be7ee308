"""Load files: each reconciled with its own total, recorded in the ledger, and written to the lake at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import DataError

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.loaders.result import LoadResult


@dataclass(frozen=True)
class PastLoad:
    """One load as the ledger remembers it.

    Attributes
    ----------
    file : str
        Name of the file.
    state : str
        started, done, quarantined or failed.
    reconciled : str
        How its rows and its own total agree.
    n_rows : int
        Rows that were written.
    finished_at : datetime or None
        Moment it ended, UTC.
    reason : str
        Why it was refused, if it was.
    """

    file: str
    state: str
    reconciled: str
    n_rows: int
    finished_at: datetime | None
    reason: str


def past_loads(settings: Settings, n: int = 5) -> tuple[PastLoad, ...]:
    """Return the last loads, the newest first; nothing before the first one."""
    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return ()
    from workbench.ledger import last_loads, open_ledger, quarantined

    with open_ledger(settings) as ledger, ledger.read() as session:
        return tuple(
            PastLoad(
                file=load.file_name,
                state=load.state,
                reconciled=load.reconciled or "",
                n_rows=load.n_rows or 0,
                finished_at=load.finished_at,
                reason=next((q.reason for q in quarantined(session, load_id=load.load_id, n=1)), ""),
            )
            for load in last_loads(session, n)
        )


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
    return results
