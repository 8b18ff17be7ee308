"""The Budget page's controls: total, caution, largest step, locks; and the button that makes a draft."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from workbench.flows.budget_asked import PERIODS, STEPS
from workbench.views.asking import AskingWidget
from workbench.views.budget_words import money_text
from workbench.views.scripts import script_of
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.budget_asked import Asked
    from workbench.flows.budget_view import BudgetView

_TOO_MUCH = 1e13
_CSS = Path(__file__).with_name("css") / "budget.css"


class PlanControls(AskingWidget):
    """Show what a plan has to keep, and call back with what the reader changed.

    Parameters
    ----------
    on_patch : callable
        ``on_patch(patch)``: keys of `workbench.flows.budget_asked.Asked`, or ``percent``.

    Attributes
    ----------
    spec : dict
        What the controls show; empty where there is nothing to plan.
    error : str
        What cannot be kept; empty where all can.
    """

    _esm = script_of("asker.js", "budget_controls.js")
    _css = _CSS
    spec = traitlets.Dict().tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return _with_still(super()._repr_mimebundle_(**kwargs), still_controls(self.spec))


class DraftBar(anywidget.AnyWidget):
    """Offer to turn the plan into a draft, and say what came of it.

    Parameters
    ----------
    on_draft : callable
        Called when the reader asks for it.
    """

    _esm = Path(__file__).with_name("budget_draft.js")
    _css = _CSS
    label = traitlets.Unicode("").tag(sync=True)
    enabled = traitlets.Bool(False).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    bad = traitlets.Bool(False).tag(sync=True)
    stamp = traitlets.Int(0).tag(sync=True)

    def __init__(self, on_draft: Callable[[], None]) -> None:
        super().__init__()
        self._on_draft = on_draft
        self.on_msg(self._receive)

    def show(self, label: str, said: str = "", *, enabled: bool = True, is_bad: bool = False) -> None:
        """Set the button's words, and those beside it."""
        self.label, self.said, self.bad, self.enabled = label, said, is_bad, enabled
        self.stamp += 1

    def _receive(self, _: object, content: Any, buffers: object) -> None:
        if isinstance(content, dict) and content.get("kind") == "draft":
            self._on_draft()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        hidden = "" if self.label else " hidden"
        still = (
            f'<div class="wb-draft" aria-hidden="true" inert{hidden}>'
            f'<button type="button" class="wb-act">{clean(self.label)}</button>'
            f"<p>{clean(self.said)}</p></div>"
        )
        return _with_still(super()._repr_mimebundle_(**kwargs), still)


def _with_still(bundle: Any, html: str) -> Any:
    """Give a widget's output a still picture of itself, for the first bytes of a page."""
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
    return data | {"text/html": html}, metadata


def spec_of(view: BudgetView, asked: Asked, runs: Sequence[tuple[str, str]], locale: str) -> dict[str, Any]:
    """Return what the controls show for a plan.

    Parameters
    ----------
    view : BudgetView
        A plan of the run.
    asked : Asked
        What the controls stand at, also where that could not be planned.
    runs : sequence of (str, str)
        Ids and words of the runs to choose from.
    locale : str
    """
    run, per = view.run, view.found.period
    least, most = run.percents
    usual = run.usual_minor / run.units
    total = _amount(asked.total, usual)
    percent = round(100 * (total / usual - 1)) if usual else 0
    as_usual = ", as now" if view.now else ", the fit's mean"
    change = f" ({'+' if percent > 0 else '−'}{abs(percent)} %)" if percent else as_usual
    return {
        "runs": [list(one) for one in runs],
        "run": run.stored.run_id,
        "usual": usual,
        "as_usual": as_usual,
        "least": least,
        "most": most,
        "percent": str(percent),
        "total_words": f"{money_text(total, view, locale)} a {per}{change}",
        "currency": view.currency,
        "locale": locale.replace("_", "-"),
        "period": per,
        "caution": str(asked.caution),
        "can_be_cautious": run.held_out.is_concave,
        "steps": [["", "any"], *([step, f"± {step} %"] for step in STEPS)],
        "step": asked.step,
        "several": _offered(per),
        "periods": str(asked.periods),
        "items": [row.name for row in view.rows],
        "locks": list(asked.locks),
    }


def _offered(period: str) -> list[list[str]]:
    """Return how many periods can be planned at once, as values and words."""
    return [
        [n, f"a usual {period}" if n == "1" else f"the next {n} {period}s"]
        for n in PERIODS.get(period, PERIODS["week"])
    ]


def _amount(text: str, otherwise: float) -> float:
    """Return an amount that an address may have spelt wrongly."""
    try:
        amount = float(text)
    except ValueError:
        return otherwise
    return amount if 0 <= amount < _TOO_MUCH else otherwise


def still_controls(spec: dict[str, Any]) -> str:
    """Return the controls as they look, as HTML that does nothing, for the first bytes of a page."""
    if not spec:
        return ""
    step = next(words for value, words in spec["steps"] if value == spec["step"])
    several = next((words for n, words in spec["several"] if n == spec["periods"]), spec["periods"])
    share = 100 * (float(spec["percent"]) - spec["least"]) / ((spec["most"] - spec["least"]) or 1)
    locks = "".join(
        f'<label><input type="checkbox" disabled{" checked" * (name in spec["locks"])}>{clean(name)}</label>'
        for name in spec["items"]
    )
    caution = "the mean counts" if spec["caution"] == "0" else f"worst tenth counts {spec['caution']} %"
    model = ""
    if len(spec["runs"]) > 1:
        words = next((said for name, said in spec["runs"] if name == spec["run"]), spec["run"])
        model = _still("Model", "", f"<select disabled><option>{clean(words)}</option></select>", whole=True)
    ends = (f"−{-spec['least']} %", f"+{spec['most']} %")
    return (
        f"<style>{_CSS.read_text(encoding='utf-8')}</style>"
        f'<div class="wb-plan" aria-hidden="true" inert><div class="wb-knobs">{model}'
        + _still("Total", spec["total_words"], _still_slider(share, *ends))
        + _still("Caution", caution, _still_slider(float(spec["caution"]), "mean", "worst tenth"))
        + _still("Largest step of an item", "", f"<select disabled><option>{step}</option></select>")
        + _still("Plan for", "", f"<select disabled><option>{clean(several)}</option></select>")
        + f'<fieldset class="wb-locks"><legend>Keep as it is</legend>{locks}</fieldset></div></div>'
    )


def _still(name: str, value: str, inner: str, *, whole: bool = False) -> str:
    output = f"<output>{clean(value)}</output>" if value else ""
    css = ' style="grid-column:1/-1"' if whole else ""
    return f'<div class="wb-knob"{css}><span class="wb-name"><span>{name}</span>{output}</span>{inner}</div>'


def _still_slider(share: float, low: str, high: str) -> str:
    return (
        f'<input type="range" min="0" max="100" value="{share:.0f}" style="--at:{share:.1f}%" disabled>'
        f"<small><span>{low}</span><span>{high}</span></small>"
    )
