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
from workbench.flows.experiment_opened import Opened, open_test, registered_rows, role_here
from workbench.flows.experiment_view import ExperimentView, view_of
from workbench.flows.links import as_of_text, link_text, pinned_as_of
from workbench.views import blocks
from workbench.views.actions import ActionBar
from workbench.views.experiments_blocks import TITLE, earlier, experiments_css, header, parts_of
from workbench.views.experiments_entry import STRUCTURAL, describe_entry, describe_opened
from workbench.views.experiments_form import FieldForm, still_form
from workbench.views.experiments_registry import (
    hidden_html,
    moment_text,
    opened_badges,
    opened_question,
    over_time_html,
    registry_html,
    waiting_html,
)
from workbench.views.experiments_sheet import about, experiments_workbook
from workbench.views.experiments_toolbox import Toolbox
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
SOURCE_ENTERED = "figures entered by hand"


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
    tools : Toolbox
        Planner and looks.
    registry : LiveHtml
        The registered tests.
    entry : Entry
        What is typed now.
    opened : Opened or None
        The registered test that is shown in place of what is typed.
    view : ExperimentView or None
        The last answer.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self._locale = self._settings.locale
        self.entry: Entry = example()
        self.view: ExperimentView | None = None
        self.opened: Opened | None = None
        self._pinned: datetime | None = None
        self._tests: tuple[str, ...] = ()
        self._shown_html = ""
        self.header = LiveHtml(header())
        self.actions = ActionBar("experiment", page=self._saved, xlsx=self._sheet)
        self._fragment = FragmentState(self.arrive)
        self.toolbar = ActionRow(self._fragment, self.actions)
        self.form = FieldForm(self.change)
        self.answer = LiveHtml()
        self.bench = Bench(self.form, self.answer)
        self.tools = Toolbox(self._tell_address, self._locale)
        self.registry = LiveHtml()
        self.refresh()
        self._fragment.observe(
            lambda _: self.refresh(), names="place"
        )  # registered since this page was warmed

    def refresh(self) -> None:
        """Look up the registered tests, and draw the form anew if there are others than before."""
        try:
            rows = registered_rows(self._settings, role=role_here(self._settings))
            self.registry.show(registry_html(rows, self._locale))
        except WorkbenchError as error:
            rows = ()
            self.registry.show(blocks.error_line(error.message, next_step=error.next_step or ""))
        tests = tuple(row.experiment_id for row in rows)
        if self.view is None or tests != self._tests:
            self._tests = tests
            self._describe()
        if self.view is None:
            self._show()

    def arrive(self, filters: Mapping[str, str]) -> None:
        """Show what an address asks for, or say in one line why not."""
        self.tools.arrive(filters)
        try:
            if filters.get("test"):
                self._open(filters["test"], pinned_as_of(filters))
                return
            self.entry = from_fragment(filters) if "kind" in filters else self.entry
        except WorkbenchError as error:
            self._refuse({"": str(error)})
            return
        except Exception:
            self._fail()
            return
        self.opened, self._pinned = None, None
        self._describe()
        self._show()

    def change(self, patch: Mapping[str, str]) -> None:
        """Apply acts of the reader and answer."""
        test = self._opened_id() if "today" in patch else patch.get("test")
        if test is not None:
            self.arrive({"test": test} if test else {})
            self._tell_address()
            return
        self.entry = changed(self.entry, patch)
        if STRUCTURAL & set(patch):
            self._describe()
        self._show()
        self._tell_address()

    def _describe(self) -> None:
        if self.opened is None:
            describe_entry(self.form, self.entry, self._tests)
        else:
            is_pinned = self._pinned is not None
            describe_opened(self.form, self._opened_id() or "", self._tests, is_pinned=is_pinned)

    def _open(self, experiment_id: str, as_of: datetime | None) -> None:
        self.answer.show(experiments_css() + blocks.skeleton("line") + blocks.skeleton("figure"))
        found = open_test(self._settings, experiment_id, role=role_here(self._settings), as_of=as_of)
        self.opened, self.view, self._pinned = found, found.view, as_of
        self.form.judge({})
        self.form.gist = experiment_id
        self._describe()
        self._shown_html = opened_html(found, self._locale)
        self.answer.show(experiments_css() + self._shown_html)
        self.header.show(header(opened_question(found), opened_badges(found, self._locale, as_of=as_of)))
        said = "Whoever opens it sees the test as it stands then."
        if found.is_open:
            said = f"It shows the figures as believed on {moment_text(as_of or found.reading.as_of)}."
        self.actions.note = said
        self.actions.link = self._link()
        if found.view is not None:
            self.tools.follow(found.view)

    def _tell_address(self) -> None:
        self._fragment.show(self._state())
        self.actions.link = self._link()

    def _opened_id(self) -> str | None:
        return None if self.opened is None else self.opened.reading.test.registration.experiment_id

    def _state(self) -> dict[str, str]:
        test = self._opened_id()
        shown = self.entry.to_fragment() if test is None else {"test": test}
        if self._pinned is not None:
            shown["as_of"] = as_of_text(self._pinned)
        return shown | self.tools.to_fragment()

    def _link(self) -> str:
        """Write the link that is copied: figures from data are held at the moment they are believed at."""
        state = self._state()
        if self.opened is not None and self.opened.is_open and self._pinned is None:
            state["as_of"] = as_of_text(self.opened.reading.as_of)
        return link_text(state)

    def _show(self) -> None:
        try:
            view = view_of(self.entry)
            html = parts_of(view, self._locale).body()
        except EntryRefused as refused:
            self._refuse(refused.errors)
            return
        except Exception:
            self._fail()
            return
        self.view, self._shown_html = view, html
        self.form.judge({})
        self.form.gist = gist(view, self._locale)
        self.answer.show(experiments_css() + html)
        badges = [blocks.Badge("example: invented figures", "simulated")] if self.entry.is_example else []
        self.header.show(header(badges=badges))
        self.actions.note = "It holds the figures as they are entered now."
        self.actions.link = self._link()
        self.tools.follow(view)  # after the answer, which is already on its way

    def _fail(self) -> None:
        error_id = new_id("err")
        _log.exception("answer failed, %s", error_id)
        self._refuse({"": f"This could not be computed. The log has the details under {error_id}."})

    def _refuse(self, errors: Mapping[str, str]) -> None:
        """Mark the fields; the last answer stays, said to be of the earlier figures."""
        self.form.judge(errors)
        shown = earlier(self._shown_html) if self._shown_html else blocks.skeleton("figure")
        self.answer.show(experiments_css() + shown)

    def _sheet(self) -> bytes:
        return experiments_workbook(self._shown())

    def _saved(self) -> bytes:
        view = self._shown()
        return saved_page(
            TITLE,
            experiments_css() + self._shown_html,
            css(),
            as_of=datetime.now(UTC) if self.opened is None else self.opened.reading.as_of,
            source=SOURCE_ENTERED if self.opened is None else f"registered test {self.form.gist}",
            filters=about(view),
            simulated=view.entry.is_example if self.opened is None else self.opened.reading.is_simulated,
        )

    def _shown(self) -> ExperimentView:
        if self.view is None or (self.opened is None and self.view.entry != self.entry):
            raise NotEnoughData(
                "What is shown has no figures to take along yet.", next_step="Correct the marked fields."
            )
        return self.view


def opened_html(found: Opened, locale: str = "en_GB") -> str:
    """Return a registered test's answer; where figures are hidden, when they open."""
    if not found.is_open:
        return hidden_html(found)
    if found.view is None:
        return waiting_html(found)
    return parts_of(found.view, locale).body(over_time_html(found, locale))


def scripts() -> str:
    """Return what makes tables sort at a click."""
    return f"<script>{SORT_SCRIPT}</script>"
