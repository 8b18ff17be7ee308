"""A widget whose reader's acts arrive as patches: keys and texts of one or several acts (``asker.js``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget


class AskingWidget(anywidget.AnyWidget):
    """Call back with each patch, and tell the browser when it is answered, also where that failed.

    Until then the browser gathers further acts, so that nothing is computed that nobody waits for.

    Parameters
    ----------
    on_patch : callable
        ``on_patch(patch)``.
    **shown : Any
        First values of the widget's traits.
    """

    def __init__(self, on_patch: Callable[[dict[str, str]], None], **shown: Any) -> None:
        super().__init__(**shown)
        self._on_patch = on_patch
        self.on_msg(self._receive)

    def _receive(self, _: object, content: Any, buffers: object) -> None:
        patch = content.get("patch") if isinstance(content, dict) else None
        if not isinstance(patch, dict):
            return
        try:
            self._on_patch({str(key): str(value) for key, value in patch.items()})
        finally:
            self.send({"kind": "answered"})
