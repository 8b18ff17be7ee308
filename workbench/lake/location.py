"""Where a lake lies: a folder, or an object store by URL with options from the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from workbench.core.errors import ConfigError, StoreError
from workbench.lake.schema import Table

if TYPE_CHECKING:
    from deltalake import DeltaTable

#: Object stores and the environment variables that carry their options.
SCHEMES: dict[str, tuple[str, ...]] = {
    "s3": ("AWS_",),
    "abfss": ("AZURE_",),
    "gs": ("GOOGLE_", "GCP_"),
}
_LOG_NAME = re.compile(r"(\d{20})\.(?:json|checkpoint.*\.parquet)")
#: Folder names that the Delta library reads as something else.
_UNREADABLE = re.compile(r"[\[\]^|\\]|%[0-9a-fA-F]{2}")


@dataclass(frozen=True)
class Location:
    """Root of a lake.

    Attributes
    ----------
    root : str
        Absolute folder, or URL of an object store without a slash at its end.
    is_local : bool
        Whether the root is a folder.
    """

    root: str
    is_local: bool

    def table_uri(self, table: str) -> str:
        """Return the folder or URL of a table."""
        return f"{self.root}/{table}"

    def storage_options(self) -> dict[str, str] | None:
        """Return the object store's options as the environment gives them; ``None`` for a folder."""
        if self.is_local:
            return None
        prefixes = SCHEMES[urlsplit(self.root).scheme]
        return {name: value for name, value in os.environ.items() if name.startswith(prefixes)}

    def latest_version(self, table: str) -> int | None:
        """Return the newest version of a local table from the names in its log, without opening it."""
        try:
            names = os.listdir(f"{self.root}/{table}/_delta_log")
        except (FileNotFoundError, NotADirectoryError):
            return None
        found = [int(match[1]) for name in names if (match := _LOG_NAME.fullmatch(name))]
        return max(found, default=None)

    def open(self, table: str, version: int | None = None) -> DeltaTable | None:
        """Open a table at a version, the newest by default; ``None`` if it does not exist yet."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        if self.is_local and self.latest_version(table) is None:
            return None
        try:
            return DeltaTable(self.table_uri(table), version=version, storage_options=self.storage_options())
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise StoreError(
                f"Table {table!r} at {self.table_uri(table)} cannot be opened: {error}.",
                next_step="Check that the lake can be reached and read.",
                table=table,
                version=version,
            ) from error

    def files(
        self, opened: DeltaTable, table: Table, partitions: list[tuple[str, str, list[str]]] | None = None
    ) -> list[str]:
        """Return a local table's Parquet files, all or those of some partitions, as plain paths.

        The library percent-encodes the root but gives the partition folders as they are on disk, so the
        root is taken from here and only the last parts from there.
        """
        depth = len(table.partition_by) + 1
        root = self.table_uri(table.name)
        uris = opened.file_uris(file_pruning_predicate=partitions)
        return ["/".join((root, *uri.rsplit("/", depth)[1:])) for uri in uris]


def locate(root: str) -> Location:
    """Read a lake's root.

    Parameters
    ----------
    root : str
        A folder, or a URL that starts with ``s3://``, ``abfss://``, ``gs://`` or ``file://``.

    Raises
    ------
    ConfigError
        If the scheme is unknown, or the folder's name cannot be used.

    Examples
    --------
    >>> locate("s3://bucket/lake/").root
    's3://bucket/lake'
    """
    text = str(root).strip()
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme in SCHEMES:
        return Location(text.rstrip("/"), is_local=False)
    if scheme not in ("", "file") or not text:
        raise ConfigError(
            f"The lake's root {root!r} is neither a folder nor a known object store.",
            next_step="Give a folder, or a URL that starts with s3://, abfss:// or gs://.",
            root=root,
        )
    folder = unquote(urlsplit(text).path) if scheme == "file" else text
    path = str(Path(folder).expanduser().absolute())
    if bad := _UNREADABLE.search(path):
        raise ConfigError(
            f"The lake's folder {path!r} cannot be used: Delta does not read {bad[0]!r} in a folder's name.",
            next_step="Move it to a folder without [ ] ^ | \\ and without % followed by two hex digits.",
            root=root,
        )
    return Location(path, is_local=True)
