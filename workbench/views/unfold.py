"""A block that costs something to compute, and is computed when a reader opens it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.core.errors import WorkbenchError
from workbench.core.ids import new_id
from workbench.views import blocks
from workbench.views.svg_text import clean

_log = logging.getLogger(__name__)


class Unfold(anywidget.AnyWidget):
    """Show a closed block with its title, and ask for its content when it is opened.

    Shown as a cell's output it also carries the closed block as HTML, so that a warmed page has it in place
    before any script has run.

    Parameters
    ----------
    title : str
        What the block answers; always visible.
    make : callable
        ``make() -> str``: compute the block's HTML. A :class:`~workbench.core.errors.WorkbenchError` is
        shown as one line.
    """

    _esm = Path(__file__).with_name("unfold.js")
    title_html = traitlets.Unicode("").tag(sync=True)
    html = traitlets.Unicode("").tag(sync=True)
    waiting_html = traitlets.Unicode("").tag(sync=True)

    def __init__(self, title: str, make: Callable[[], str]) -> None:
        super().__init__(title_html=_title(title), waiting_html=blocks.skeleton("figure"))
        self._make = make
        self.on_msg(self._receive)

    def reset(self) -> None:
        """Forget the content: the view has changed. An open block asks for its new content by itself."""
        self.html = ""

    def compute(self) -> None:
        """Compute the content, unless it is there."""
        if self.html:
            return
        try:
            self.html = self._make()
        except WorkbenchError as error:
            self.html = blocks.error_line(error.message, next_step=error.next_step or "")
        except Exception:
            error_id = new_id("error")
            _log.exception("a block could not be computed (%s)", error_id)
            self.html = blocks.error_line("This could not be computed.", error_id=error_id)

    def _receive(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("kind") == "open":
            self.compute()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found = super()._repr_mimebundle_(**kwargs)
        bundle, *metadata = found if isinstance(found, tuple) else (found or {},)
        whole = (bundle or {}) | {"text/html": closed_html(self.title_html)}
        return (whole, *metadata) if metadata else whole


def _title(title: str) -> str:
    return f'<h2 class="wb-head">{clean(title)}</h2>'


def closed_html(title_html: str) -> str:
    """Return the closed block as it looks before any script has run."""
    return f'<details class="wb-block wb-card wb-unfold"><summary>{title_html}</summary></details>'
