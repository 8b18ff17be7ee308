"""A budget plan as a spreadsheet: today, proposed, what the next currency unit brings, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.core.money import minor_digits
from workbench.core.number_text import percent
from workbench.views.budget_words import assumptions, certificate
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.xlsx import workbook

if TYPE_CHECKING:
    from workbench.flows.budget_view import BudgetView

_MICROS = 1_000_000


def budget_workbook(view: BudgetView) -> bytes:
    """Return the plan as an XLSX file with the sheets Figures, Curves, Definitions and About."""
    currency = view.currency or "EUR"
    facts = about(view) | {"Verdict": view.found.summary(), "Version": __version__}
    for k, line in enumerate(assumptions(view), start=1):
        facts[f"Assumption {k}"] = line
    facts["How it was computed"] = "; ".join(certificate(view))
    figures = SheetSpec(_columns(view), _rows(view), currency, facts, has_total=True)
    curves = SheetSpec(_curve_columns(view), _curve_rows(view), currency, facts, has_total=False)
    return workbook(figures, more=[("Curves", curves)])


def about(view: BudgetView) -> dict[str, str]:
    """Return what was asked, for a sheet or a saved file."""
    asked = view.asked
    digits = minor_digits(view.currency) if view.currency else 2
    said = {
        "Outcome": f"{view.found.outcome} {view.span}",
        "Periods": f"{view.n_periods} {view.found.period}{'s' if view.n_periods > 1 else ''}, amounts in all",
        "Total": f"{view.total:,.{digits}f} {view.currency}".strip(),
        "Spent now": f"{view.now:,.{digits}f} {view.currency}".strip(),
        "Caution": f"worst tenth counts {asked.caution} %" if asked.caution else "the mean counts",
        "Largest step": f"{asked.step} %" if asked.step else "any",
        "Level of intervals": percent(view.plan.level),
        "Data to": view.found.last_date,
        "Model run": view.found.run_id,
    }
    said |= {"Kept as they are": ", ".join(asked.locks)} if asked.locks else {}
    return said | ({"Limits": asked.limits.to_text()} if asked.limits.n_set else {})


def _money(view: BudgetView, key: str, title: str, definition: str) -> SheetColumn:
    kind = "money" if view.currency else "number"
    return SheetColumn(key, title, kind, definition=definition)  # type: ignore[arg-type]


def _columns(view: BudgetView) -> tuple[SheetColumn, ...]:
    unit = f"{view.found.outcome} a {view.currency or 'unit'}"
    ends = [
        SheetColumn(f"{key}{end}", f"{title}{words}", "number", is_additive=False, definition=said, unit=unit)
        for key, title, said in (
            ("next_now", "Next unit, today", "What the next currency unit brings at today's spend."),
            ("next_new", "Next unit, proposed", "What the next currency unit brings at the proposed spend."),
        )
        for end, words in (("", ""), ("_low", ", low"), ("_high", ", high"))
    ]
    return (
        SheetColumn("name", "Item", "text"),
        _money(view, "now", f"Today, {view.span}", "Mean of the fit's last periods."),
        _money(view, "new", f"Proposed, {view.span}", "What the plan spends; sums to the total exactly."),
        _money(view, "change", "Change", "Proposed less today."),
        SheetColumn(
            "gain", f"Change of {view.found.outcome}", "number", definition=f"Of the item, {view.span}."
        ),
        *ends,
        *(_money(view, f"at_{k}", f"From {day}", "Proposed for this period.") for k, day in _starts(view)),
        SheetColumn("flags", "Flags", "text"),
    )


def _starts(view: BudgetView) -> list[tuple[int, str]]:
    """Return number and first day of each planned period; nothing where there is one."""
    return [(k, f"{day:%Y-%m-%d}") for k, day in enumerate(view.period_starts)] if view.n_periods > 1 else []


def _rows(view: BudgetView) -> list[dict[str, Any]]:
    scale = _MICROS // view.run.units if view.currency else 1 / view.run.units
    out = []
    for row, item in zip(view.rows, view.plan.items, strict=True):
        plain: dict[str, Any] = {
            "name": row.name,
            "now": item.current_minor * scale,
            "new": item.spend_minor * scale,
            "change": (item.spend_minor - item.current_minor) * scale,
            "gain": row.gain.mean,
            "flags": ", ".join(row.flags),
        }
        plain |= {f"at_{k}": item.by_period_minor[k] * scale for k, _ in _starts(view)}
        for key, at in (("next_now", row.next_now), ("next_new", row.next_proposed)):
            plain |= {key: at.mean, f"{key}_low": at.interval[0], f"{key}_high": at.interval[1]}
        out.append(plain)
    return out


def _curve_columns(view: BudgetView) -> tuple[SheetColumn, ...]:
    outcome, per = view.found.outcome, view.found.period
    return (
        SheetColumn("name", "Item", "text"),
        SheetColumn("spend", f"Spend a {per}", "number"),
        SheetColumn("response", outcome.capitalize(), "number"),
        SheetColumn("low", f"{outcome.capitalize()}, low", "number"),
        SheetColumn("high", f"{outcome.capitalize()}, high", "number"),
        SheetColumn("slope", "Next unit brings", "number"),
        SheetColumn("seen", "Observed", "text"),
    )


def _curve_rows(view: BudgetView) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "spend": float(curve.spend[k]),
            "response": float(curve.response[k]),
            "low": float(curve.low[k]),
            "high": float(curve.high[k]),
            "slope": float(curve.slope[k]),
            "seen": "yes" if curve.is_seen[k] else "no",
        }
        for name, curve in zip(view.run.stored.channels, view.run.curves, strict=True)
        for k in range(curve.spend.size)
        if curve.is_seen[k] or curve.is_beyond[k]
    ]
