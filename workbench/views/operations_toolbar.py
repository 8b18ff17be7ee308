"""The row on top of a page that has no filters: copy link, save, XLSX."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench.views.toolbar import widget_css

if TYPE_CHECKING:
    from workbench.views.actions import ActionBar
    from workbench.views.fragment import FragmentState


class ActionRow(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """Show a page's actions, with a still picture of them until the widgets are there.

    Parameters
    ----------
    fragment : FragmentState
        The address; it draws nothing and tells the kernel that a browser has arrived.
    actions : ActionBar
        What can be taken along.
    """

    def __init__(self, fragment: FragmentState, actions: ActionBar) -> None:
        super().__init__(children=(fragment, actions))
        self.add_class("wb-toolbar")
        self._words = ("Copy link", *(offer[1] for offer in actions.offers))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        words = "".join(f'<span class="wb-link">{escape(word)}</span>' for word in self._words)
        still = (
            f'<style>{widget_css()}</style><div class="wb-toolbar" aria-hidden="true">'
            f'<div class="wb-bar wb-first-actions">{words}</div></div>'
        )
        return bundle | {"text/html": still}
