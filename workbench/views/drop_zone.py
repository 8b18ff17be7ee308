"""A place to drop files on: they arrive in pieces, get a safe name, and what came of each is shown."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.core.errors import DataError, WorkbenchError
from workbench.core.ids import new_id

_log = logging.getLogger(__name__)
MAX_BYTES = 200_000_000
_ENDINGS = (".csv", ".xlsx")
_PART = ".part"
_STALE_S = 3600.0
_MAX_OPEN = 4
_NAME_LENGTH = 120


@dataclass
class _Upload:
    name: str
    size: int
    part: Path
    received: int = 0


class DropZone(anywidget.AnyWidget):
    """Take files from the reader's machine into a folder, and show what was made of each.

    A file becomes visible in the folder only when all of it has arrived, in a folder of its own so that two
    files of one name do not meet. What a cut upload leaves is removed: at once when the page says so, else
    by the next upload an hour later.

    Parameters
    ----------
    folder : Path
        Where files are kept (``settings.inbox_folder``).
    on_file : callable
        ``on_file(path) -> str``: do the work and return the HTML to show. A
        :class:`~workbench.core.errors.WorkbenchError` is shown as one line.
    max_bytes : int
        Largest file that is taken. Default 200 MB.
    endings : sequence of str
        Endings of file names that are taken.
    """

    _esm = Path(__file__).with_name("drop_zone.js")
    _css = Path(__file__).with_name("widgets.css")
    endings: traitlets.List[Any] = traitlets.List().tag(sync=True)
    max_bytes = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        folder: Path,
        on_file: Callable[[Path], str],
        *,
        max_bytes: int = MAX_BYTES,
        endings: Sequence[str] = _ENDINGS,
    ) -> None:
        super().__init__(endings=list(endings), max_bytes=max_bytes)
        self._folder, self._on_file = folder, on_file
        self._open: dict[str, _Upload] = {}
        self.on_msg(self._receive)

    def close(self) -> None:
        """Take the widget from the page; uploads under way are dropped."""
        for upload in list(self._open):
            self._drop(upload)
        super().close()

    def _receive(self, _: object, content: Any, buffers: Sequence[memoryview] | None) -> None:
        if not isinstance(content, dict) or not re.fullmatch(r"[0-9a-f]{8,64}", str(content.get("upload"))):
            return
        upload = str(content["upload"])
        try:
            self._step(upload, content, buffers or ())
        except WorkbenchError as error:
            self._refuse(upload, str(error))
        except Exception:
            error_id = new_id("err")
            _log.exception("upload failed, %s", error_id)
            self._refuse(upload, f"The file could not be taken. The log has the details under {error_id}.")

    def _step(self, upload: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("kind")
        if kind == "begin":
            self._begin(upload, safe_name(str(content.get("name", ""))), content.get("size"))
        elif kind == "cancel":
            self._drop(upload)
        elif kind == "piece" and upload in self._open:  # pieces still under way after a refusal are ignored
            self._add(upload, content.get("offset"), buffers)

    def _begin(self, upload: str, name: str, size: object) -> None:
        if not name.lower().endswith(tuple(self.endings)):
            raise DataError(
                f"{name!r} is of another kind.",
                next_step=f"Only {' and '.join(self.endings)} files can be read.",
            )
        if not isinstance(size, int) or not 0 < size <= self.max_bytes:
            raise DataError(
                f"{name!r} has {size} bytes.",
                next_step=f"Files from 1 to {self.max_bytes:,} bytes can be read.",
            )
        if upload in self._open or len(self._open) >= _MAX_OPEN:
            raise DataError("Too many files are on their way.", next_step="Wait until one is done.")
        self._folder.mkdir(parents=True, exist_ok=True)
        remove_stale(self._folder)
        part = self._folder / f"{upload}{_PART}"
        part.open("xb").close()
        self._open[upload] = _Upload(name, size, part)
        self.send({"kind": "received", "upload": upload, "received": 0})

    def _add(self, upload: str, offset: object, buffers: Sequence[memoryview]) -> None:
        state = self._open[upload]
        piece = b"".join(bytes(buffer) for buffer in buffers)
        if offset != state.received or not piece or state.received + len(piece) > state.size:
            raise DataError(f"{state.name!r} did not arrive in one run.", next_step="Drop it again.")
        with state.part.open("ab") as stream:
            stream.write(piece)
        state.received += len(piece)
        self.send({"kind": "received", "upload": upload, "received": state.received})
        if state.received == state.size:
            self._finish(upload)

    def _finish(self, upload: str) -> None:
        state = self._open.pop(upload)
        folder = self._folder / new_id("drop")
        folder.mkdir()
        path = folder / state.name
        os.replace(state.part, path)
        html = self._on_file(path)
        if not path.exists():  # whoever worked on it has taken it away
            with suppress(OSError):
                folder.rmdir()
        self.send({"kind": "done", "upload": upload, "html": html})

    def _refuse(self, upload: str, message: str) -> None:
        self._drop(upload)
        self.send({"kind": "refused", "upload": upload, "message": message})

    def _drop(self, upload: str) -> None:
        state = self._open.pop(upload, None)
        if state is not None:
            state.part.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    r"""Return the last part of a file name without anything that could lead elsewhere or hide.

    Examples
    --------
    >>> safe_name("../../etc/passwd.csv"), safe_name("C:\\Users\\x\\Bericht März.csv")
    ('passwd.csv', 'Bericht März.csv')
    """
    last = re.split(r"[/\\]", name)[-1]
    printable = (
        "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last).strip().lstrip(".")
    )
    stem, dot, ending = printable.rpartition(".")
    if not dot:
        return printable[:_NAME_LENGTH] or "file"
    short = stem.encode()[: _NAME_LENGTH - len(ending)].decode(errors="ignore")
    return f"{short or 'file'}.{ending[:10]}"


def remove_stale(folder: Path, *, older_than_s: float = _STALE_S) -> int:
    """Remove what cut uploads left in a folder, and return how many there were."""
    limit, n = time.time() - older_than_s, 0
    for part in folder.glob(f"*{_PART}"):
        with suppress(OSError):  # another page may have been faster
            if part.stat().st_mtime < limit:
                part.unlink()
                n += 1
    return n
