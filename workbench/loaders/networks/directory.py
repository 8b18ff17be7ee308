"""What the ids of a report are called and belong to, from the history tables given with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.ids import file_sha256
from workbench.loaders.networks.cells import Cells, read_cells
from workbench.loaders.networks.description import EntityList, Report
from workbench.loaders.networks.detect import detect
from workbench.loaders.result import Unreadable

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Entry:
    """One thing as its latest version tells it; an empty text is not told."""

    name: str = ""
    account: str = ""
    currency: str = ""
    time_zone: str = ""
    parents: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Directory:
    """Names and belongings of one network's objects.

    Attributes
    ----------
    entries : dict of str to dict of str to Entry
        Kind (account, campaign, adset, ad, keyword, place) -> id -> entry.
    digests : tuple of str
        SHA-256 of the files it was read from: other files make another load.
    warnings : tuple of str
        What the reader should know.
    """

    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    digests: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def find(self, kind: str, key: str | None) -> Entry:
        """Return what is known of an id; an empty entry if nothing is."""
        return self.entries.get(kind, {}).get(key or "", _NOTHING)

    def look_up(self, kind: str, ids: pa.Array, ask: Callable[[Entry], str]) -> pa.Array:
        """Ask the entries of a column of ids; null where nothing is told."""
        import pyarrow as pa

        encoded = ids.dictionary_encode()
        told = [ask(self.find(kind, key)) or None for key in encoded.dictionary.to_pylist()]
        return pa.array(told, pa.string()).take(encoded.indices)


_NOTHING = Entry()


def read_directory(paths: Sequence[Path], network: str) -> Directory:
    """Read history and lookup tables of a network.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    network : str
        Whose tables they are.

    Returns
    -------
    Directory
        Of several versions of one id, the latest.

    Raises
    ------
    Unreadable
        If a file is no list of this network.
    """
    entries: dict[str, dict[str, Entry]] = {}
    warnings: list[str] = []
    for path in paths:
        cells = read_cells(path)
        found = _list_of(cells, path, network)
        if found.of == "other":
            warnings.append(
                f"{path.name} ({found.name} of {network}) tells nothing that is loaded; it was not used."
            )
            continue
        entries.setdefault(found.of, {}).update(_latest(cells, found))
    return Directory(entries, tuple(file_sha256(path) for path in paths), tuple(warnings))


def _list_of(cells: Cells, path: Path, network: str) -> EntityList:
    try:
        found = detect(cells.grid.headers, networks=(network,))
    except Unreadable as error:
        raise Unreadable(
            f"{path.name} is no history or lookup table of {network}.",
            next_step="Give tables of the report's own network with --with.",
        ) from error
    if isinstance(found, Report):
        raise Unreadable(
            f"{path.name} is a report ({found.name} of {network}), no history or lookup table.",
            next_step="Load it as a file of its own.",
        )
    return found


def _latest(cells: Cells, table: EntityList) -> dict[str, Entry]:
    ids = cells.texts(table.columns["id"]).to_pylist()
    told = {name: cells.texts(column).to_pylist() for name, column in table.columns.items() if name != "id"}
    parents = {kind: cells.texts(column).to_pylist() for kind, column in table.parents.items()}
    ages = [[_age(text) for text in cells.texts(column).to_pylist()] for column in table.newest]
    found: dict[str, tuple[tuple[str, ...], Entry]] = {}
    for i, key in enumerate(ids):
        if key is None:
            continue
        age = tuple(column[i] for column in ages)
        if key in found and age < found[key][0]:
            continue
        entry = Entry(
            **{name: column[i] or "" for name, column in told.items()},
            parents={kind: column[i] for kind, column in parents.items() if column[i]},
        )
        found[key] = age, entry
    return {key: entry for key, (_, entry) in found.items()}


def _age(text: str | None) -> str:
    """Write a moment so that later ones sort later: ``2022-02-01 2:20:51`` pads its hour."""
    if text is None:
        return ""
    day, _, rest = text.replace("T", " ").partition(" ")
    return f"{day} {'0' if rest[1:2] == ':' else ''}{rest}"
