"""HTML that a page has with its first bytes and that the kernel can replace later."""

from __future__ import annotations

from typing import Any

import ipywidgets


class LiveHtml(ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets is untyped
    """A block of HTML that is visible before any widget is there, and live once they are.

    Shown as a cell's output it carries its HTML beside the widget, so a warmed page has its figures in the
    first bytes; when the widget takes its place it shows the same, and then whatever :meth:`show` sets.
    """

    def __init__(self, html: str = "") -> None:
        super().__init__(value=html)
        self._shown = html
        self.add_class("wb-live")

    def show(self, html: str) -> None:
        """Replace the block."""
        if html != self._shown:
            self._shown = self.value = html

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        return bundle | {"text/html": self._shown}
