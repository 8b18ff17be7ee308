"""The Experiments app: the form, its answer, and what can be taken along, put together."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from workbench.core.errors import NotEnoughData, WorkbenchError
from workbench.core.ids import new_id
from workbench.core.settings import load_settings
from workbench.flows.experiment_edits import changed
from workbench.flows.experiment_entry import Entry, example, from_fragment
from workbench.flows.experiment_numbers import EntryRefused
from workbench.flows.experiment_view import ExperimentView, view_of
from workbench.flows.links import link_text
from workbench.views import blocks
from workbench.views.actions import ActionBar
from workbench.views.experiments_blocks import TITLE, earlier, experiments_css, header, parts_of
from workbench.views.experiments_entry import STRUCTURAL, describe_entry
from workbench.views.experiments_form import FieldForm, still_form
from workbench.views.experiments_sheet import about, experiments_workbook
from workbench.views.experiments_words import gist
from workbench.views.fragment import FragmentState
from workbench.views.live import LiveHtml
from workbench.views.operations_toolbar import ActionRow
from workbench.views.saved import saved_page
from workbench.views.table import SORT_SCRIPT
from workbench.views.tokens import css

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Bench(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """A form and its answer side by side, with a still picture of both for the first bytes of a page."""

    def __init__(self, form: FieldForm, answer: LiveHtml) -> None:
        super().__init__(children=(form, answer))
        self.add_class("wb-bench")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        form, answer = self.children
        still = f'{experiments_css()}<div class="wb-bench">{still_form(form)}<div>{answer.value}</div></div>'
        return bundle | {"text/html": still}


class ExperimentsPage:
    """Everything the Experiments page shows, live.

    Parameters
    ----------
    home : str or Path, optional
        Home folder of the installation; default as for the command line.

    Attributes
    ----------
    header : LiveHtml
        Title with badges.
    toolbar : ActionRow
        What can be taken along.
    bench : Bench
        The form and its answer.
    entry : Entry
        What is typed now.
    view : ExperimentView or None
        The last answer.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self._locale = self._settings.locale
        self.entry: Entry = example()
        self.view: ExperimentView | None = None
        self.header = LiveHtml(header())
        self.actions = ActionBar("experiment", page=self._saved, xlsx=self._sheet)
        self._fragment = FragmentState(self.arrive)
        self.toolbar = ActionRow(self._fragment, self.actions)
        self.form = FieldForm(self.change)
        self.answer = LiveHtml()
        self.bench = Bench(self.form, self.answer)
        describe_entry(self.form, self.entry)
        self._show()

    def arrive(self, filters: Mapping[str, str]) -> None:
        """Show what an address asks for, or say in one line why not."""
        if "kind" not in filters:
            return
        try:
            self.entry = from_fragment(filters)
        except WorkbenchError as error:
            self.form.judge({"": str(error)})
            return
        describe_entry(self.form, self.entry)
        self._show()

    def change(self, patch: Mapping[str, str]) -> None:
        """Apply acts of the reader and answer."""
        self.entry = changed(self.entry, patch)
        if STRUCTURAL & set(patch):
            describe_entry(self.form, self.entry)
        self._show()
        self._fragment.show(self.entry.to_fragment())

    def _show(self) -> None:
        try:
            view = view_of(self.entry)
            html = parts_of(view, self._locale).body()
        except EntryRefused as refused:
            self._refuse(refused.errors)
            return
        except Exception:
            error_id = new_id("err")
            _log.exception("answer failed, %s", error_id)
            self._refuse({"": f"This could not be computed. The log has the details under {error_id}."})
            return
        self.view = view
        self.form.judge({})
        self.form.gist = gist(view, self._locale)
        self.answer.show(experiments_css() + html)
        badges = [blocks.Badge("example: invented figures", "simulated")] if self.entry.is_example else []
        self.header.show(header(badges=badges))
        self.actions.note = "It holds the figures as they are entered now."
        self.actions.link = link_text(self.entry.to_fragment())

    def _refuse(self, errors: Mapping[str, str]) -> None:
        """Mark the fields; the last answer stays, said to be of the earlier figures."""
        self.form.judge(errors)
        shown = parts_of(self.view, self._locale).body() if self.view else blocks.skeleton("figure")
        self.answer.show(experiments_css() + earlier(shown))

    def _sheet(self) -> bytes:
        return experiments_workbook(self._shown())

    def _saved(self) -> bytes:
        view = self._shown()
        return saved_page(
            TITLE,
            experiments_css() + parts_of(view, self._locale).body(),
            css(),
            as_of=datetime.now(UTC),
            source="figures entered by hand",
            filters=about(view),
            simulated=view.entry.is_example,
        )

    def _shown(self) -> ExperimentView:
        if self.view is None or self.view.entry != self.entry:
            raise NotEnoughData(
                "The figures that are entered have no answer yet.", next_step="Correct the marked fields."
            )
        return self.view


def scripts() -> str:
    """Return what makes tables sort at a click."""
    return f"<script>{SORT_SCRIPT}</script>"
