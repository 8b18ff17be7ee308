"""The spend experiment that could overturn a plan, priced: as a block of the Budget page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workbench.core.number_text import Unit, percent, value_text
from workbench.flows.budget_experiment_later import ExperimentQuestion
from workbench.views import blocks
from workbench.views.budget_words import money_unit
from workbench.views.commands import command_html
from workbench.views.svg_text import clean
from workbench.views.table import AnyCell, Cell, Column, Interval, table_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.flows.budget_view import BudgetView

_TITLE = "What could overturn it"
_MOST_ROWS = 4
_DESIGNS = {"pause": "pause", "half": "halve", "double": "double", "raise": "raise", "start": "start"}


def question_of(view: BudgetView) -> ExperimentQuestion:
    """Return what is asked for a plan: its total and limits, a result's worth in currency where there is one.

    Caution and several periods are left out: experiments are priced for a usual period and the mean.
    """
    constraints = {name: part for name, part in view.asked.constraints.items() if name != "min_change"}
    text = json.dumps(constraints, ensure_ascii=False, sort_keys=True) if constraints else ""
    total = view.asked.total or view.run.total_at(0)
    return ExperimentQuestion(view.found.run_id, total, text, worth_of(view))


def worth_of(view: BudgetView) -> float | None:
    """Return what one result is worth: as the reader said, or what one more costs by this plan.

    ``None`` where the outcome is money already, or nothing says what it is worth.
    """
    if view.run.stored.about.get("origin", {}).get("outcome") == "value" or not view.currency:
        return None
    if view.asked.worth:
        return float(view.asked.worth)
    return float(f"{1 / view.plan.multiplier:.3g}") if view.plan.multiplier > 0 else None


def waiting_html() -> str:
    """Return what stands there while experiments are priced."""
    return blocks.card(
        _TITLE, '<p class="wb-sub">Pricing the experiments that could overturn this plan …</p>'
    )


def experiment_html(answer: Mapping[str, Any], view: BudgetView, locale: str = "en_GB") -> str:
    """Return the experiment that pays most, or that none does, and the next ones.

    Parameters
    ----------
    answer : mapping
        The document of ``wb budget experiment``.
    view : BudgetView
        The plan that they were priced for.
    locale : str
    """
    if "error" in answer:
        said = " ".join(str(answer["error"].get(part) or "") for part in ("message", "next_step")).strip()
        return blocks.card(_TITLE, f"<p>No experiment could be priced. {clean(said)}</p>")
    best, rows = answer["best"], answer["rows"]
    net = ""
    if best is not None:
        chance = percent(best["prob_plan_changes"], locale, digits=2)
        net = (
            f"On average {_amount(best['net']['mean'], answer, locale)} more than it costs; "
            f"{chance} of what it may show would move a twentieth of the total or more."
        )
    lead = f'<p class="wb-teach">{clean(answer["summary"])}</p>'
    notes = "".join(f"<li>{clean(line)}</li>" for line in answer["notes"])
    more = f'<details class="wb-more"><summary>How it is priced</summary><ul>{notes}</ul>'
    asked = question_of(view)
    command = f"wb budget experiment --run {asked.run_id} --total {asked.total}"
    command += f" --value-per-result {asked.value_per_result:.6g}" if asked.value_per_result else ""
    command += " --constraints limits.json" if asked.constraints else ""
    more += f"{command_html(command)}</details>"
    return blocks.card(
        _TITLE,
        lead
        + (f'<p class="wb-sub">{clean(net)}</p>' if net else "")
        + (_table(rows, answer, locale) if rows else "")
        + more,
        sub=_basis(view, locale),
    )


def _basis(view: BudgetView, locale: str) -> str:
    """Say what one result is taken to be worth."""
    said = f"Spend experiments for the plan of a usual {view.found.period}."
    worth = worth_of(view)
    if worth is None:
        return said
    unit = money_unit(view, whole=False)
    one = f"Worth of {view.found.outcome}: {value_text(worth, unit, locale)} each"
    if view.asked.worth:
        return f"{said} {one}, as you said."
    money = ""
    if not view.run.stored.about.get("origin"):  # a file does not say what its outcome is counted in
        money = f" Where {view.found.outcome} are money already, say 1."
    return f"{said} {one}, what one more costs by this plan; say otherwise in Limits.{money}"


def _amount(value: float, answer: Mapping[str, Any], locale: str) -> str:
    return value_text(value, _unit(answer), locale)


def _unit(answer: Mapping[str, Any]) -> Unit:
    is_money = answer["unit"] == answer["currency"]
    return Unit("money", answer["unit"], whole=True) if is_money else Unit(suffix=answer["unit"])


def _table(rows: list[dict[str, Any]], answer: Mapping[str, Any], locale: str) -> str:
    columns = [
        Column("Test", "text"),
        Column("Costs"),
        Column("Worth"),
        Column("Less its cost"),
        Column("What it may turn out to be", "interval", unit=_unit(answer), phone=False, reference=0.0),
    ]
    drawn = [_row(row, answer, locale) for row in _one_each(rows)[:_MOST_ROWS]]
    return table_html(columns, drawn, caption="Experiments, the best first", locale=locale)


def _one_each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the best length of each item's test, in the order given."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        best.setdefault((row["item"], row["design"]), row)
    return list(best.values())


def _row(row: dict[str, Any], answer: Mapping[str, Any], locale: str) -> list[AnyCell]:
    n, per = row["n_periods"], answer["period"]
    cost = row["cost"]["mean"]
    return [
        Cell(f"{row['item']}: {_DESIGNS[row['design']]}", note=f"for {n} {per}{'s' if n > 1 else ''}"),
        Cell(_amount(cost, answer, locale) if cost > 0 else "nothing", sort=cost),
        Cell(_amount(row["gain"]["mean"], answer, locale), sort=row["gain"]["mean"]),
        Cell(_amount(row["net"]["mean"], answer, locale), sort=row["net"]["mean"]),
        Interval(row["net"]["mean"], *row["net"]["interval"]),
    ]
