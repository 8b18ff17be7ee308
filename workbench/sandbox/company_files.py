"""Save the sample company as Parquet files beside its truth, once and whole."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.ids import file_sha256
from workbench.sandbox.company import Company, company_load_id, make_company
from workbench.sandbox.market.world import DEFAULT_N_DAYS, DEFAULT_SEED, DEFAULT_UNTIL

if TYPE_CHECKING:
    import pyarrow as pa

TRUTH_FILE = "truth.json"


@dataclass(frozen=True)
class WrittenCompany:
    """Where the sample company lies.

    Attributes
    ----------
    folder : Path
        Folder of the Parquet files and ``truth.json``.
    load_id : str
        Load that stands in every row.
    size_bytes : int
        Size of all its files together.
    changed : bool
        False if exactly this company was there already.
    """

    folder: Path
    load_id: str
    size_bytes: int
    changed: bool


def ensure_company(
    folder: Path, *, seed: int = DEFAULT_SEED, until: date = DEFAULT_UNTIL, n_days: int = DEFAULT_N_DAYS
) -> WrittenCompany:
    """Make and save the sample company unless exactly it is there already.

    Parameters
    ----------
    folder : Path
        Folder to write to, usually ``<home>/sample``.
    seed, until, n_days
        As for :func:`workbench.sandbox.company.make_company`.
    """
    present = _present(folder, company_load_id(seed, until, n_days))
    return present or write_company(folder, make_company(seed, until=until, n_days=n_days))


def write_company(folder: Path, company: Company) -> WrittenCompany:
    """Save a company's tables as Parquet (zstd) and its truth as JSON.

    Each file appears whole. The truth comes last and carries the SHA-256 of the others, so a writer that
    was stopped half-way leaves a folder that is recognised as unfinished and is simply written again.

    Parameters
    ----------
    folder : Path
        Folder to write to; other files in it are left alone.
    company : Company
        What to save.
    """
    present = _present(folder, company.load_id)
    if present is not None:
        return present
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in company.tables.items():
        _write_table(folder / f"{name}.parquet", table)
    digests = {f"{name}.parquet": file_sha256(folder / f"{name}.parquet") for name in company.tables}
    truth = {**company.truth, "files": digests}
    text = json.dumps(truth, ensure_ascii=False, separators=(",", ":"))
    part = _part(folder / TRUTH_FILE)
    part.write_text(text + "\n", encoding="utf-8")
    os.replace(part, folder / TRUTH_FILE)
    return WrittenCompany(folder, company.load_id, _size_bytes(folder, truth), changed=True)


def _write_table(path: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    part = _part(path)
    pq.write_table(table, part, compression="zstd", compression_level=9)
    os.replace(part, path)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _present(folder: Path, load_id: str) -> WrittenCompany | None:
    """Return what lies in the folder if it is this company, complete and undamaged."""
    try:
        truth: dict[str, Any] = json.loads((folder / TRUTH_FILE).read_text(encoding="utf-8"))
        whole = truth["load_id"] == load_id and all(
            file_sha256(folder / name) == digest for name, digest in truth["files"].items()
        )
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return None
    return WrittenCompany(folder, load_id, _size_bytes(folder, truth), changed=False) if whole else None


def _size_bytes(folder: Path, truth: dict[str, Any]) -> int:
    return sum((folder / name).stat().st_size for name in (TRUTH_FILE, *truth["files"]))
