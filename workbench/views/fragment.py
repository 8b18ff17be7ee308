"""The page's filters in the address: what follows the ``#``, read and written in the browser.

A preheated kernel ran before anybody visited, so it cannot know the address; the browser tells it on arrival.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

Filters = Mapping[str, str]
_log = logging.getLogger(__name__)


class FragmentState(anywidget.AnyWidget):
    """Keep a flat dict of filters and the address's fragment the same.

    What the browser asks for and what the kernel shows are kept apart, so that neither echoes the other.
    It draws nothing but has to be displayed, once, anywhere on the page.
    Values come through as they stand in the address, decoded; whether they make sense is for
    :meth:`workbench.flows.filters.FilterState.from_fragment` to say.

    Attributes
    ----------
    shown : dict of str to str
        The filters that the page shows; setting it rewrites the address without a new history entry.
    place : dict
        ``loopback`` (bool: the address opens on this machine only) and ``width`` (``narrow`` or ``wide``);
        empty until a browser has arrived.
    """

    _esm = Path(__file__).with_name("fragment.js")
    shown = traitlets.Dict().tag(sync=True)
    place = traitlets.Dict().tag(sync=True)

    def __init__(self, on_ask: Callable[[dict[str, str]], None] | None = None) -> None:
        super().__init__()
        self._on_ask = on_ask
        self.on_msg(self._receive)

    def on_ask(self, callback: Callable[[dict[str, str]], None]) -> None:
        """Call ``callback(filters)`` when an address arrives or the reader edits it."""
        self._on_ask = callback

    def show(self, filters: Filters) -> None:
        """Write ``filters`` into the address."""
        self.shown = dict(filters)

    def _receive(self, _: object, content: Any, buffers: object) -> None:
        filters = content.get("filters") if isinstance(content, dict) else None
        if self._on_ask is None or not isinstance(filters, dict):
            _log.debug("ignored a message that is no fragment: %r", content)
            return
        self._on_ask({str(key): str(value) for key, value in filters.items()})
