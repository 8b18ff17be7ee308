"""The Operations app: its blocks and actions put together."""

from __future__ import annotations

import logging
from pathlib import Path

from workbench.core.errors import NotEnoughData, WorkbenchError
from workbench.core.ids import new_id
from workbench.core.settings import load_settings
from workbench.flows.operations import OperationsView, operations_of
from workbench.views import blocks
from workbench.views.actions import ActionBar
from workbench.views.commands import COPY_SCRIPT
from workbench.views.fragment import FragmentState
from workbench.views.live import LiveHtml
from workbench.views.operations_blocks import QUESTION, TITLE, Parts, operations_parts
from workbench.views.operations_sheet import about, operations_workbook
from workbench.views.operations_toolbar import ActionRow
from workbench.views.saved import saved_page
from workbench.views.table import SORT_SCRIPT
from workbench.views.tokens import css

_log = logging.getLogger(__name__)


class OperationsPage:
    """Everything the Operations page shows, live.

    Parameters
    ----------
    home : str or Path, optional
        Home folder of the installation; default as for the command line.

    Attributes
    ----------
    header, body : LiveHtml
        Title with badges; finding, tiles, tables, days.
    toolbar : ActionRow
        What can be taken along; the page has no filters.
    view : OperationsView or None
        What is shown now.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self.view: OperationsView | None = None
        self._parts: Parts | None = None
        self.header = LiveHtml(blocks.header(TITLE, QUESTION))
        self.body = LiveHtml(blocks.skeleton("tiles") + blocks.skeleton("figure"))
        self.actions = ActionBar("operations", page=self._saved, xlsx=self._sheet)
        fragment = FragmentState()
        self.toolbar = ActionRow(fragment, self.actions)
        self.refresh()
        # A warmed page ran before the visit, and a notice opens without a new version of the data: look again
        # when a browser arrives.
        fragment.observe(lambda _: self.refresh(), names="place")

    def refresh(self) -> None:
        """Look everything up again; what cannot be looked up says why, and what to do."""
        try:
            self.view = operations_of(self._settings)
            self._parts = operations_parts(self.view, self._settings.locale)
        except WorkbenchError as error:
            self.body.show(blocks.error_line(error.message, next_step=error.next_step or ""))
            return
        except Exception:
            error_id = new_id("err")
            _log.exception("page failed, %s", error_id)
            self.body.show(
                blocks.error_line(
                    "This could not be looked up.", next_step="The log says why.", error_id=error_id
                )
            )
            return
        self.header.show(self._parts.header)
        self.body.show(self._parts.below())
        self.actions.note = "It shows the state at the time it is opened."
        self.actions.link = "top"

    def _sheet(self) -> bytes:
        return operations_workbook(self._shown())

    def _saved(self) -> bytes:
        view = self._shown()
        facts = about(view)
        return saved_page(
            TITLE,
            self._parts.below() if self._parts else "",
            css(),
            as_of=view.at,
            source=facts["Figures of"],
            filters={"Environment": facts["Environment"]},
            simulated=view.is_simulated,
        )

    def _shown(self) -> OperationsView:
        if self.view is None:
            raise NotEnoughData("There is nothing to take along yet.", next_step="Reload the page.")
        return self.view


def scripts() -> str:
    """Return what makes tables sort and commands copy at a click."""
    return f"<script>{SORT_SCRIPT}{COPY_SCRIPT}</script>"
