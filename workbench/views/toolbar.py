"""The row on top of every page: filters, then copy link, save, XLSX at its end."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets

from workbench.views.actions import ActionBar
from workbench.views.filters import FilterBar
from workbench.views.fragment import FragmentState


class Toolbar(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """Show a page's filters and actions in one row, and keep the address in step.

    Shown as a cell's output it also carries a still picture of itself as HTML, so that a preheated page has
    its row, in place and with its words, before any script has run.

    Parameters
    ----------
    fragment : FragmentState
        The address.
    filters : FilterBar
        The filters.
    actions : ActionBar
        What can be taken along.
    """

    def __init__(self, fragment: FragmentState, filters: FilterBar, actions: ActionBar) -> None:
        super().__init__(children=(fragment, filters, actions))
        self.add_class("wb-toolbar")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        _, filters, actions = self.children
        return bundle | {"text/html": still_picture(filters, actions)}


def still_picture(filters: FilterBar, actions: ActionBar) -> str:
    """Return the row as it looks, as HTML that does nothing and that no reader's software announces."""
    view = filters.view
    chips: list[tuple[str, str]] = []
    if view:
        chips = [
            ("Account", _label(view["accounts"], view["account"])),
            ("Dates", f"{view['from']} – {view['to']}"),
            ("Compare", _label(view["compares"], view["compare"])),
            *([("Results", _label(view["results"], view["result"]))] if len(view["results"]) > 1 else []),
            ("Level", _label(view["grains"], view["grain"])),
            *((choice["label"], "all") for choice in view["choices"]),
        ]
    row = "".join(
        f'<span class="wb-chip"><span>{escape(n)}</span><b>{escape(v)}</b></span>' for n, v in chips
    )
    words = "".join(
        f'<span class="wb-link">{escape(w)}</span>' for w in ("Copy link", *(o[1] for o in actions.offers))
    )
    error = f'<p class="wb-said wb-bad">{escape(filters.error)}</p>' if filters.error else ""
    return (
        f'<style>{widget_css()}</style><div class="wb-toolbar" aria-hidden="true">'
        f'<div class="wb-bar">{row}{error}</div><div class="wb-bar wb-first-actions">{words}</div></div>'
    )


@cache
def widget_css() -> str:
    """Return the style sheet of the widgets."""
    return Path(__file__).with_name("widgets.css").read_text(encoding="utf-8")


def _label(options: list[dict[str, str]], value: str) -> str:
    return next((option["label"] for option in options if option["value"] == value), value)
