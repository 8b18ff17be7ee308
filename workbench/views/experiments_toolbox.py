"""The tools below the answer, live: they begin with the figures shown, and keep what a reader gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from workbench.flows.experiment_numbers import EntryRefused
from workbench.flows.experiment_planner import USUAL, looks_simulated, planned, usual_from
from workbench.views.experiments_form import FieldForm
from workbench.views.experiments_tools import (
    LOOKS_TITLE,
    PLAN_TITLE,
    Tool,
    describe_looks,
    describe_plan,
    looks_html,
    plan_html,
)

if TYPE_CHECKING:
    from workbench.flows.experiment_view import ExperimentView

_PREFIX = "plan."
_LOOKS = ("looks", "per_look")
_ASK = '<p class="wb-sub">Simulates tests without any difference, read at every one of your looks.</p>'


class Toolbox:
    """Planner and looks, with the texts that a reader gave.

    Parameters
    ----------
    on_change : callable
        Called after a reader's act, for the address.
    locale : str

    Attributes
    ----------
    plan, looks : Tool
    given : dict of str to str
        What differs from the figures that are shown.
    """

    def __init__(self, on_change: Callable[[], None], locale: str) -> None:
        self._on_change, self._locale = on_change, locale
        self._usual = dict(USUAL)
        self._level, self._currency = 0.95, ""
        self._plan_answer = ""
        self.given: dict[str, str] = {}
        self.plan = Tool(
            PLAN_TITLE,
            "How long the next test has to run, so that it decides. It begins with the control above.",
            FieldForm(self._plan_changed),
        )
        self.looks = Tool(
            LOOKS_TITLE,
            "Whoever looks often will see a winner where there is none. Try your own schedule.",
            FieldForm(self._looks_changed),
        )
        self.looks.answer.show(_ASK)
        self._describe()

    @property
    def texts(self) -> dict[str, str]:
        """What stands in the inputs."""
        return self._usual | self.given

    def follow(self, view: ExperimentView) -> None:
        """Begin with the figures that are shown; what a reader gave stays."""
        usual, level, currency = usual_from(view), view.result.level, view.options.currency
        if (usual, level, currency) != (self._usual, self._level, self._currency):
            self._usual, self._level, self._currency = usual, level, currency
            self._describe()
        self._plan()

    def arrive(self, filters: Mapping[str, str]) -> None:
        """Take what an address gives."""
        keys = {key.removeprefix(_PREFIX): text for key, text in filters.items() if key.startswith(_PREFIX)}
        self.given = {key: text for key, text in keys.items() if key in USUAL}
        self._describe()

    def to_fragment(self) -> dict[str, str]:
        """Return what a reader gave, for the address."""
        return {f"{_PREFIX}{key}": text for key, text in self.given.items()}

    def _describe(self) -> None:
        describe_plan(self.plan.form, self.texts)
        describe_looks(self.looks.form, self.texts)

    def _give(self, patch: Mapping[str, str]) -> None:
        self.given |= {key: text for key, text in patch.items() if key in USUAL}
        self._on_change()

    def _plan_changed(self, patch: dict[str, str]) -> None:
        if "kind" in patch:  # figures of another kind mean nothing here
            for key in ("baseline", "deviation"):
                self.given.pop(key, None)
                if patch["kind"] != self._usual["kind"]:
                    self.given[key] = ""
        self._give(patch)
        if "kind" in patch:
            describe_plan(self.plan.form, self.texts)
        self._plan()

    def _plan(self) -> None:
        try:
            found = planned(self.texts, level=self._level, currency=self._currency)
        except EntryRefused as refused:
            self.plan.form.judge(refused.errors)
            self.plan.answer.show(f'<div class="wb-earlier">{self._plan_answer}</div>')
            return
        self.plan.form.judge({})
        self._plan_answer = plan_html(found, self._locale)
        self.plan.answer.show(self._plan_answer)

    def _looks_changed(self, patch: dict[str, str]) -> None:
        self._give({key: text for key, text in patch.items() if key in _LOOKS})
        self.looks.form.judge({})
        if "run" not in patch:
            return
        try:
            found = looks_simulated(self.texts, level=self._level)
        except EntryRefused as refused:
            self.looks.form.judge({k if k in _LOOKS else "": said for k, said in refused.errors.items()})
            return
        self.looks.answer.show(looks_html(found, self._locale))
