"""Taking a view along: copy a link to it, save it as one file, or as a spreadsheet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.core.errors import WorkbenchError
from workbench.core.ids import new_id
from workbench.flows.filters import FilterState
from workbench.flows.links import link_text

_log = logging.getLogger(__name__)
_PIECE_BYTES = 512 * 1024
_KINDS = {
    "page": ("Save as file", "html", "text/html"),
    "xlsx": ("XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@dataclass(frozen=True)
class _MadeFile:
    name: str
    kind: str
    data: bytes


class ActionBar(anywidget.AnyWidget):
    """Offer "Copy link", "Save as file" and "XLSX" for what the page shows.

    The copied link holds the figures at the moment they were believed, so whoever opens it sees the same
    after a restatement. The files are made when asked for, and are never written to the server's disk.

    Parameters
    ----------
    name : str
        First word of the file names, such as ``overview``.
    page : callable, optional
        ``page() -> bytes`` makes the saved page (:func:`workbench.views.saved.saved_page`).
    xlsx : callable, optional
        ``xlsx() -> bytes`` makes the spreadsheet (:func:`workbench.views.xlsx.workbook`).
    """

    _esm = Path(__file__).with_name("actions.js")
    _css = Path(__file__).with_name("widgets.css")
    link = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    offers: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        name: str,
        *,
        page: Callable[[], bytes] | None = None,
        xlsx: Callable[[], bytes] | None = None,
    ) -> None:
        makers = {"page": page, "xlsx": xlsx}
        self._makers = {what: make for what, make in makers.items() if make is not None}
        super().__init__(offers=[[what, _KINDS[what][0]] for what in self._makers])
        self._name, self._stem = name, name
        self._made: dict[str, _MadeFile] = {}
        self.on_msg(self._receive)

    def show(self, state: FilterState, *, believed_at: datetime) -> None:
        """Say which view the actions are for.

        Parameters
        ----------
        state : FilterState
            The page's filters.
        believed_at : datetime
            Moment (aware) of the data version that the page's figures come from.
        """
        pinned = state.pinned(believed_at)
        at = (pinned.as_of or believed_at).astimezone(UTC)
        self._stem = f"{self._name}_{state.start.isoformat()}_{state.stop.isoformat()}"
        self.note = f"It shows the figures as believed on {at:%-d %b %Y, %H:%M} UTC."
        self.link = link_text(pinned.to_fragment())

    def file_name(self, what: str) -> str:
        """Return the name a file gets, such as ``overview_2026-09-27_2026-11-20.html``."""
        return f"{self._stem}.{_KINDS[what][1]}"

    def _receive(self, _: object, content: Any, buffers: object) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("job"), str):
            return
        job, kind = content["job"], content.get("kind")
        if kind == "make":
            self._make(job, str(content.get("what")))
        elif kind == "piece":
            self._send_piece(job, content.get("offset"))
        elif kind == "done":
            self._made.pop(job, None)

    def _make(self, job: str, what: str) -> None:
        maker = self._makers.get(what)
        if maker is None:
            self._fail(job, f"There is no file of the kind {what!r}.")
            return
        try:
            data = maker()
        except WorkbenchError as error:
            self._fail(job, str(error))
            return
        except Exception:
            error_id = new_id("err")
            _log.exception("file could not be made, %s", error_id)
            self._fail(job, f"The file could not be made. The log has the details under {error_id}.")
            return
        self._made = {job: _MadeFile(self.file_name(what), _KINDS[what][2], data)}  # one at a time
        made = self._made[job]
        self.send({"kind": "made", "job": job, "name": made.name, "type": made.kind, "size": len(data)})

    def _send_piece(self, job: str, offset: object) -> None:
        made = self._made.get(job)
        if made is None or not isinstance(offset, int) or not 0 <= offset < len(made.data):
            self._fail(job, "The file is no longer there. Ask for it again.")
            return
        piece = made.data[offset : offset + _PIECE_BYTES]
        self.send({"kind": "piece", "job": job, "offset": offset}, buffers=[piece])

    def _fail(self, job: str, message: str) -> None:
        self.send({"kind": "failed", "job": job, "message": message})
