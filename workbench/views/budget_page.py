"""The Budget app: controls, the plan they ask for, and what can be taken along, put together."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import NotEnoughData, StoreError, WorkbenchError
from workbench.core.ids import new_id
from workbench.core.settings import load_settings
from workbench.flows.budget_asked import Asked, from_fragment
from workbench.flows.budget_experiment_later import Answer, ExperimentQuestion, ExperimentsLater
from workbench.flows.budget_from_now import read_run_now
from workbench.flows.budget_limits import field_key
from workbench.flows.budget_record import budget_record
from workbench.flows.budget_run import MixRun, mix_runs
from workbench.flows.budget_view import BudgetView, view_of
from workbench.flows.links import link_text
from workbench.views import blocks
from workbench.views.actions import ActionBar
from workbench.views.budget_blocks import (
    TITLE,
    answer_html,
    basis_html,
    budget_css,
    earlier,
    empty_html,
    header,
)
from workbench.views.budget_controls import DraftBar, PlanControls, spec_of
from workbench.views.budget_experiment import experiment_html, question_of, waiting_html
from workbench.views.budget_limits import LimitsPanel, limits_spec
from workbench.views.budget_record import record_html
from workbench.views.budget_sheet import about, budget_workbook
from workbench.views.commands import COPY_SCRIPT
from workbench.views.fragment import FragmentState
from workbench.views.live import LiveHtml
from workbench.views.operations_toolbar import ActionRow
from workbench.views.saved import saved_page
from workbench.views.table import SORT_SCRIPT
from workbench.views.tokens import css

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)
_DRAFT = "Make a draft for approval"
_EARLIER = "The last plan that could be made, not what is asked for now:"


class BudgetPage:
    """Everything the Budget page shows, live.

    It reads kept draws of a model run and never fits one.

    Parameters
    ----------
    home : str or Path, optional
        Home folder of the installation; default as for the command line.

    Attributes
    ----------
    header : LiveHtml
        Title with the model's and the data's dates.
    toolbar : ActionRow
        What can be taken along.
    controls : PlanControls
        What the plan has to keep.
    limits : LimitsPanel
        Bounds, groups and a target, folded until somebody asks.
    answer, basis : LiveHtml
        Verdict and figures; table, assumptions and certificate.
    experiment : LiveHtml
        The spend experiment that could overturn the plan, once it is priced; empty until a reader is there.
    record : LiveHtml
        Plans drafted before; empty until a reader is there.
    draft : DraftBar
        Turns the plan into a draft.
    asked : Asked
        What the controls stand at.
    view : BudgetView or None
        The last plan that could be made.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self._locale = self._settings.locale
        self.asked = Asked()
        self.view: BudgetView | None = None
        self._run: MixRun | None = None
        self._runs: tuple[tuple[str, str], ...] = ()
        self._is_current = False
        self.header = LiveHtml(header())
        self.actions = ActionBar("budget", page=self._saved, xlsx=self._sheet)
        self._fragment = FragmentState(self.arrive)
        self.toolbar = ActionRow(self._fragment, self.actions)
        self.controls = PlanControls(self.change)
        self.limits = LimitsPanel(self.change)
        self.answer, self.basis, self.experiment = LiveHtml(), LiveHtml(), LiveHtml()
        self.record = LiveHtml()
        self._is_read, self._recorded = False, ""
        self._later = ExperimentsLater(self._settings.home, self._priced)
        self.draft = DraftBar(self.make_draft)
        self.refresh()
        self._fragment.observe(self._arrived, names="place")

    def refresh(self) -> None:
        """Look up the kept runs, and plan anew if there are others than before."""
        runs = mix_runs(self._settings.runs_folder)
        if runs and runs == self._runs:
            return
        self._runs = runs
        if runs:
            self._answer()
        else:
            self.answer.show(empty_html())

    def _arrived(self, _: object) -> None:
        self._is_read = True
        self.refresh()  # fitted since this page was warmed
        self._price()
        threading.Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        """Do what takes a moment beside the page: nobody who drags a slider waits for it."""
        import_module("scipy.optimize")  # a cautious plan needs it
        self._show_record()

    def arrive(self, filters: Mapping[str, str]) -> None:
        """Show what an address asks for, or say in one line why not."""
        try:
            self.asked = from_fragment(filters)
        except WorkbenchError as error:
            self._refuse(error)
            return
        self._answer()

    def change(self, patch: Mapping[str, str]) -> None:
        """Apply acts of the reader and answer."""
        try:
            given = dict(patch)
            if "run" in given:  # items and totals are another run's
                self.asked = Asked(caution=self.asked.caution, step=self.asked.step)
            if self._run is not None and "percent" in given:
                percent = int(given.pop("percent"))
                given["total"] = self._run.total_at(percent) if percent else ""
            self.asked = self.asked.changed(given)
        except WorkbenchError as error:
            self._refuse(error)
            return
        self._answer()
        self._fragment.show(self.asked.to_fragment())

    def make_draft(self) -> None:
        """Write the plan that is shown as a draft, once however often it is asked for."""
        from workbench.flows.draft_action import draft_budget

        try:
            made = draft_budget(self._settings, self._shown().found)
        except WorkbenchError as error:
            self.draft.show(_DRAFT, str(error), is_bad=True)
        except Exception:
            self.draft.show(_DRAFT, self._failed("draft"), is_bad=True)
        else:
            self.draft.show(_DRAFT, made.summary(), enabled=False)
            self._show_record()

    def _answer(self) -> None:
        try:
            if self._run is None or self._run.stored.run_id != (self.asked.run or self._latest()):
                self._run = read_run_now(self._settings, self.asked.run)
            view = view_of(self._run, self.asked)
            self.answer.show(budget_css() + answer_html(view, self._locale))
            self.basis.show(basis_html(view, self._locale))  # while the answer is on its way
        except WorkbenchError as error:
            self._refuse(error)
            return
        except Exception:
            self._refuse(self._failed("plan"))
            return
        self.view, self._is_current = view, True
        self._price()
        if self._is_read and self._recorded != view.found.run_id:
            threading.Thread(target=self._show_record, daemon=True).start()
        self._describe(view)
        self.controls.error, self.limits.errors = "", {}
        self.header.show(header(view, self._locale))
        self.draft.show(_DRAFT, enabled=any(row.change for row in view.rows))
        self.actions.note = "Whoever opens it here sees this plan, of this model run."
        self.actions.link = link_text({**self.asked.to_fragment(), "run": view.found.run_id})

    def _show_record(self) -> None:
        """Show the plans that were drafted before; a ledger that cannot be read leaves the place empty."""
        view = self.view
        if view is None:
            return
        self._recorded = view.found.run_id
        try:
            self.record.show(record_html(budget_record(self._settings, view.run), view, self._locale))
        except Exception:
            self.record.show(blocks.error_line(self._failed("record")))

    def _price(self) -> None:
        """Ask what experiment could overturn the plan; a page that nobody reads yet asks nothing."""
        if not self._is_read or self.view is None or not self._is_current:
            return
        question = question_of(self.view)
        answer = self._later.ask(question)
        self.experiment.show(waiting_html() if answer is None else self._experiment(answer))

    def _priced(self, question: ExperimentQuestion, answer: Answer) -> None:
        """Show an answer that comes later, if it still is one to the plan that is shown."""
        if self.view is not None and self._is_current and question_of(self.view) == question:
            self.experiment.show(self._experiment(answer))

    def _experiment(self, answer: Answer) -> str:
        return experiment_html(answer, self._shown(), self._locale)

    def _describe(self, view: BudgetView) -> None:
        self.controls.spec = spec_of(view, self.asked, self._runs, self._locale)
        self.limits.spec = limits_spec(view, self.asked, self._locale)

    def _latest(self) -> str:
        return self._runs[0][0] if self._runs else ""

    def _failed(self, what: str) -> str:
        error_id = new_id("err")
        _log.exception("%s failed, %s", what, error_id)
        return f"This could not be computed. The log has the details under {error_id}."

    def _refuse(self, why: str | WorkbenchError) -> None:
        """Say why, at its field where it has one; controls show what was asked for, the last plan stays."""
        field = "" if isinstance(why, str) else str(getattr(why, "field", ""))
        key = field_key(field, self.asked.limits.groups)
        why = str(why)
        self.limits.errors, self.controls.error = ({key: why}, "") if key else ({}, why)
        self._is_current = False
        if self.view is None:
            self.answer.show(blocks.error_line(why))
            return
        self._later.forget()
        self.experiment.show("")
        self._describe(self.view)
        self.answer.show(budget_css() + earlier(answer_html(self.view, self._locale), words=_EARLIER))
        self.basis.show(earlier(basis_html(self.view, self._locale)))
        self.draft.show(_DRAFT, enabled=False)
        self.actions.link = ""

    def _sheet(self) -> bytes:
        return budget_workbook(self._shown())

    def _saved(self) -> bytes:
        view = self._shown()
        return saved_page(
            TITLE,
            budget_css() + answer_html(view, self._locale) + basis_html(view, self._locale) + self._known(),
            css(),
            as_of=datetime.now(UTC),
            source=f"model run {view.found.run_id}",
            filters=about(view),
            simulated=view.is_simulated,
        )

    def _known(self) -> str:
        """Return the priced experiments, where they have come."""
        return "" if self.experiment.value == waiting_html() else self.experiment.value

    def _shown(self) -> BudgetView:
        if self.view is None:
            raise StoreError("There is no plan yet.", next_step="Make a model run by `wb budget fit`.")
        if not self._is_current:
            raise NotEnoughData("What is asked for could not be planned.", next_step="Loosen a limit.")
        return self.view


def scripts() -> str:
    """Return what makes tables sort and commands copy at a click."""
    return f"<script>{SORT_SCRIPT}{COPY_SCRIPT}</script>"
