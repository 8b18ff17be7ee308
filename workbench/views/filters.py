"""The row of filters on top of every page: account, dates, comparison, level, campaigns, breakdown values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.core.errors import WorkbenchError
from workbench.core.ids import new_id
from workbench.flows.available import Available, Slice, presets
from workbench.flows.filters import FilterState
from workbench.flows.links import pinned_as_of
from workbench.performance.words import result_word
from workbench.views.fragment import FragmentState
from workbench.views.scripts import script_of

_log = logging.getLogger(__name__)
_MAX_OPTIONS = 500
_COMPARE_WORDS = {"previous": "previous period", "year": "52 weeks before", "none": "nothing"}


class FilterBar(anywidget.AnyWidget):
    """Let the reader choose what a page shows, and call back once per act.

    Acts that arrive while the page computes are gathered in the browser, so the page never computes for a
    state that nobody waits for. Whatever cannot be shown leaves the page as it is, with one line saying why.

    Parameters
    ----------
    available : callable
        ``available(as_of) -> Available``: what the lake holds now (``None``) or held at a moment.
    on_change : callable
        ``on_change(state)``: compute and draw the page anew.
    fragment : FragmentState, optional
        The address to keep in step with.
    locale : str
        Locale in which dates are written, such as ``en_GB``.

    Attributes
    ----------
    state : FilterState
        What the page shows now; only there when there is data.
    error : str
        The line under the filters, empty when all is well.
    """

    _esm = script_of("asker.js", "filters.js")
    _css = Path(__file__).with_name("widgets.css")
    view = traitlets.Dict().tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    locale = traitlets.Unicode("en-GB").tag(sync=True)

    def __init__(
        self,
        available: Callable[[datetime | None], Available],
        on_change: Callable[[FilterState], None],
        *,
        fragment: FragmentState | None = None,
        locale: str = "en_GB",
    ) -> None:
        super().__init__(locale=locale.replace("_", "-"))
        self._available, self._on_change, self._fragment = available, on_change, fragment
        self.state: FilterState | None = None
        self.on_msg(self._receive)
        if fragment is not None:
            fragment.on_ask(self.arrive)

    def start(self) -> None:
        """Show the page as it is before anybody touches a filter; the address stays bare."""
        self._try(lambda: FilterState.default(self._available(None)))

    def arrive(self, fragment: Mapping[str, str]) -> None:
        """Show what an address asks for, or say in one line why not."""
        self._try(lambda: FilterState.from_fragment(fragment, self._available(pinned_as_of(fragment))))

    def change(self, patch: Mapping[str, str]) -> None:
        """Apply one act of the reader: keys and values as in the address, an empty value for the default."""
        if self._try(lambda: self._patched(patch)) and self._fragment is not None and self.state is not None:
            self._fragment.show(self.state.to_fragment())

    def refresh(self) -> None:
        """Compute the same filters again, after new data has come."""
        state = self.state
        if state is None:
            self.start()
        else:
            self.arrive(state.to_fragment())

    def _patched(self, patch: Mapping[str, str]) -> FilterState:
        as_of = pinned_as_of(patch) if "as_of" in patch else self.state and self.state.as_of
        available = self._available(as_of or None)
        if self.state is None:
            return FilterState.from_fragment(patch, available)
        return self.state.changed(patch, available)

    def _try(self, ask: Callable[[], FilterState]) -> bool:
        try:
            state = ask()
            self._on_change(state)
        except WorkbenchError as error:
            self.error = str(error)
            return False
        except Exception:
            error_id = new_id("err")
            _log.exception("page failed, %s", error_id)
            self.error = f"This could not be computed. The log has the details under {error_id}."
            return False
        self.state = state
        self.error = ""
        self.view = describe(state, self._available(state.as_of))
        return True

    def _receive(self, _: object, content: Any, buffers: object) -> None:
        patch = content.get("patch") if isinstance(content, dict) else None
        if not isinstance(patch, dict):
            return
        try:
            self.change({str(key): str(value) for key, value in patch.items()})
        finally:
            self.send({"kind": "answered"})


def describe(state: FilterState, available: Available) -> dict[str, Any]:
    """Return what the browser needs to draw the row: options, values and labels, as plain JSON."""
    shown = available.choose(state.network, state.account_id, state.grain)
    return {
        "accounts": [
            {"value": _account(n, a), "label": available.choose(n, a, None).account_label}
            for n, a in available.accounts
        ],
        "account": _account(state.network, state.account_id),
        "grains": [{"value": s.grain, "label": s.label} for s in available.grains(*_key(state))],
        "grain": state.grain,
        "from": state.start.isoformat(),
        "to": state.stop.isoformat(),
        "presets": [
            {"label": label, "from": p.start.isoformat(), "to": p.stop.isoformat()}
            for label, p in presets(shown)
        ],
        "compares": [{"value": key, "label": words} for key, words in _COMPARE_WORDS.items()],
        "compare": state.compare,
        "results": [{"value": k, "label": _capital(result_word(k, plural=True))} for k in shown.result_types],
        "result": state.result_type or next(iter(shown.result_types), ""),
        "choices": _choices(state, shown),
        "as_of": f"{state.as_of:%-d %b %Y, %H:%M} UTC" if state.as_of else "",
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _choices(state: FilterState, shown: Slice) -> list[dict[str, Any]]:
    kept = dict(state.breakdowns)
    rows = [("campaign", "Campaigns", shown.campaigns, state.campaigns)]
    for name, values in shown.breakdowns:
        label = name.replace("_", " ").capitalize()
        rows.append((name, label, tuple((v, v) for v in values), kept.get(name, ())))
    return [
        {
            "key": key,
            "label": label,
            "options": [{"value": value, "label": text} for value, text in _first(options, chosen)],
            "chosen": list(chosen),
        }
        for key, label, options, chosen in rows
        if len(options) > 1 or chosen
    ]


def _first(options: tuple[tuple[str, str], ...], chosen: tuple[str, ...]) -> list[tuple[str, str]]:
    """Send a bounded number of options, those chosen always among them."""
    wanted = set(chosen)
    head = options[:_MAX_OPTIONS]
    return [*head, *(o for o in options[_MAX_OPTIONS:] if o[0] in wanted)]


def _key(state: FilterState) -> tuple[str, str]:
    return state.network, state.account_id


def _account(network: str, account_id: str) -> str:
    import json

    return json.dumps([network, account_id], separators=(",", ":"))
