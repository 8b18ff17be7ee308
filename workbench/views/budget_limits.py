"""The Budget page's limits: a table of items that the reader edits, a target, groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.core.number_text import value_text
from workbench.views.asking import AskingWidget
from workbench.views.budget_words import money_text, money_unit
from workbench.views.scripts import script_of
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from workbench.flows.budget_asked import Asked
    from workbench.flows.budget_view import BudgetView

_CSS = Path(__file__).with_name("css") / "budget.css"


class LimitsPanel(AskingWidget):
    """Show the limits of a plan, and call back with what the reader changed.

    Attributes
    ----------
    spec : dict
        What the fields show; empty where there is nothing to plan.
    errors : dict of str to str
        What is wrong with which field.
    """

    _esm = script_of("asker.js", "budget_limits.js")
    _css = _CSS
    spec = traitlets.Dict().tag(sync=True)
    errors = traitlets.Dict().tag(sync=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return data | {"text/html": still_limits(self.spec)}, metadata


def still_limits(spec: dict[str, Any]) -> str:
    """Return the folded limits as they look, as HTML that does nothing, for the first bytes of a page."""
    if not spec:
        return ""
    return (
        '<details class="wb-plan wb-limits" aria-hidden="true" inert><summary><b>Limits</b>'
        f"<span>{clean(spec['gist'])}</span></summary></details>"
    )


def limits_spec(view: BudgetView, asked: Asked, locale: str) -> dict[str, Any]:
    """Return what the fields show.

    Parameters
    ----------
    view : BudgetView
        A plan of the run.
    asked : Asked
        What is typed, also where that could not be planned.
    locale : str
    """
    limits, per = asked.limits, view.found.period
    tops = zip(view.rows, view.run.observed, strict=True)
    one = view.currency or "unit of spend"
    return {
        "items": [
            {
                "name": row.name,
                "today": money_text(row.each[0], view, locale),
                "top": ""
                if limits.is_beyond
                else value_text(float(top), money_unit(view, whole=True), locale),
                "least": limits.of(row.name).least,
                "most": limits.of(row.name).most,
                "change": limits.of(row.name).change,
                "locked": row.name in asked.locks,
            }
            for row, top in tops
        ],
        "groups": [
            {"name": g.name, "items": list(g.items), "least": g.least, "most": g.most} for g in limits.groups
        ],
        "targets": [
            ["", "none"],
            ["cpa", f"cost of {view.found.outcome} at most, {one} each"],
            ["roas", f"{view.found.outcome} for each {one} at least"],
        ],
        "target_kind": limits.target_kind,
        "target": limits.target,
        "beyond": limits.is_beyond,
        "worth": asked.worth,
        "worth_words": f"Worth of {view.found.outcome}, {view.currency} each" if view.currency else "",
        "unit": f"{view.currency} a {per}".strip(),
        "period": per,
        "gist": gist(view, asked),
        "is_set": bool(limits.n_set),
    }


def gist(view: BudgetView, asked: Asked) -> str:
    """Return the limits that are set in one line, amounts as they were typed."""
    limits, one = asked.limits, view.currency
    said = [
        " ".join([item.item, *_between(item.least, item.most, one), *_by(item.change, one)])
        for item in limits.items
        if item.item not in asked.locks
    ]
    for k, group in enumerate(limits.groups, start=1):
        if group.is_set:
            said.append(" ".join([group.name or f"group {k}", *_between(group.least, group.most, one)]))
    if limits.target and limits.target_kind == "cpa":
        said.append(f"{view.found.outcome} at most {limits.target} {one} each")
    elif limits.target and limits.target_kind:
        said.append(f"at least {limits.target} {view.found.outcome} for each {one or 'unit'}")
    if limits.is_beyond:
        said.append("beyond what was ever spent")
    return "; ".join(" ".join(words.split()) for words in said) or "bounds, groups and a target: none set"


def _between(least: str, most: str, one: str) -> list[str]:
    if least and most:
        return [f"{least} to {most} {one}"]
    return [f"at least {least} {one}"] if least else [f"at most {most} {one}"] if most else []


def _by(change: str, one: str) -> list[str]:
    return [f"left, or changed by {change} {one}"] if change else []
