"""A test as a spreadsheet: what was entered, what came of it, and what every word means."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.core.number_text import percent
from workbench.flows.experiment_numbers import number_text
from workbench.views.experiments_figures import SOURCE_WORDS, VERDICT_WORDS
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.xlsx import workbook

if TYPE_CHECKING:
    from workbench.flows.experiment_view import ExperimentView


def experiments_workbook(view: ExperimentView) -> bytes:
    """Return the answer as an XLSX file.

    Its sheets are Figures, Change, May I stop (the three badges of the leading change), Priors (the same
    change under three priors), Definitions and About. A broken split leaves out everything that compares the
    arms; without a relative change there are no priors.
    """
    readable = view.result.decision.verdict != "do not read"
    currency = view.options.currency or "EUR"
    facts = about(view) | {"Verdict": view.result.summary(), "Version": __version__}
    figures = SheetSpec(
        _arm_columns(view, readable=readable), _arm_rows(view), currency, facts, has_total=False
    )
    if not readable:
        return workbook(figures)
    sheets = [
        ("Change", _change_columns(), _change_rows(view)),
        ("May I stop", _badge_columns(view), _badge_rows(view)),
        ("Priors", _prior_columns(), _prior_rows(view)),
    ]
    more = [
        (name, SheetSpec(columns, rows, currency, facts, has_total=False))
        for name, columns, rows in sheets
        if rows
    ]
    return workbook(figures, more=more)


def about(view: ExperimentView) -> dict[str, str]:
    """Return what was asked, for a sheet or a saved file."""
    entry, options = view.entry, view.options
    shares = options.shares_of(entry.n_arms)
    said = {
        "Metric": entry.about.label,
        "Evidence": view.evidence[0],
        "Better is": "higher" if options.higher_is_better else "lower",
        "Level of intervals": percent(options.level),
        "Planned shares": ", ".join(percent(float(share)) for share in shares),
    }
    if options.rope is not None:
        said["A change too small to matter"] = percent(options.rope)
    if entry.value:
        said[entry.about.value_label] = f"{entry.value} {options.currency}".strip()
    if entry.per_day:
        said[entry.about.per_day_label] = entry.per_day
    said["Figures"] = "an invented example" if entry.is_example else "entered by hand"
    return said


def _arm_columns(view: ExperimentView, *, readable: bool) -> tuple[SheetColumn, ...]:
    entered = (
        SheetColumn(c.key, c.label.removesuffix(" (optional)"), "number", definition="As entered.")
        for c, texts in zip(view.entry.about.columns, view.entry.figures, strict=True)
        if any(texts)
    )
    posterior = (
        SheetColumn("estimate", "Estimate", "number", definition="Mean of the arm's posterior."),
        SheetColumn("low", "Low", "number", definition="Lower end of the interval of the figure."),
        SheetColumn("high", "High", "number", definition="Upper end of the interval of the figure."),
    )
    compared = (
        SheetColumn(
            "loss",
            "Expected loss",
            "number",
            definition="What choosing the arm loses on average against the best, in the metric's unit.",
        ),
        SheetColumn(
            "loss_per_day",
            "Expected loss a day",
            "number",
            definition="The same, times value and units a day.",
            unit=view.options.currency,
        ),
        SheetColumn(
            "prob_best",
            "P(best)",
            "number",
            definition="Probability of being the best of all. No error rate.",
        ),
    )
    return (SheetColumn("name", "Arm", "text"), *entered, *posterior, *(compared if readable else ()))


def _arm_rows(view: ExperimentView) -> list[dict[str, Any]]:
    result, entry = view.result, view.entry
    per_day = result.expected_loss_per_day
    rows: list[dict[str, Any]] = []
    for k, arm in enumerate(result.arms):
        entered = {
            c.key: number_text(texts[k]) for c, texts in zip(entry.about.columns, entry.figures, strict=True)
        }
        rows.append(
            entered
            | {
                "name": arm.name,
                "estimate": arm.estimate,
                "low": arm.interval[0],
                "high": arm.interval[1],
                "loss": result.expected_loss[k],
                "loss_per_day": per_day[k] if per_day else None,
                "prob_best": result.prob_best[k],
            }
        )
    return rows


def _change_columns() -> tuple[SheetColumn, ...]:
    named = (("change", "Relative change"), ("difference", "Difference"))
    ends = (
        SheetColumn(
            f"{key}{end}", f"{title}{words}", "number", definition=f"{title} against the control{words}."
        )
        for key, title in named
        for end, words in (("", ""), ("_low", ", low"), ("_high", ", high"))
    )
    return (
        SheetColumn("arm", "Arm", "text"),
        SheetColumn("vs", "Against", "text"),
        *ends,
        SheetColumn(
            "prob_better", "P(better)", "number", definition="Probability of being better than the control."
        ),
    )


def _change_rows(view: ExperimentView) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in view.result.uplift:
        row: dict[str, Any] = {"arm": one.arm, "vs": one.vs, "prob_better": one.prob_better}
        for key, change in (("change", one.relative), ("difference", one.absolute)):
            if change is not None:
                row |= {key: change.estimate, f"{key}_low": change.low, f"{key}_high": change.high}
        rows.append(row)
    return rows


def _badge_columns(view: ExperimentView) -> tuple[SheetColumn, ...]:
    is_relative = view.leader.relative is not None
    of = "relative change" if is_relative else "difference in the metric's unit"
    return (
        SheetColumn("arm", "Arm", "text"),
        SheetColumn("rule", "Rule", "text", definition="How often and why the test is read."),
        SheetColumn(
            "verdict", "Verdict", "text", definition="Of the interval: better or worse without zero."
        ),
        SheetColumn(
            "low", "Low", "number", definition=f"Lower end of the {of}; empty where nothing bounds it."
        ),
        SheetColumn(
            "high", "High", "number", definition=f"Upper end of the {of}; empty where nothing bounds it."
        ),
        SheetColumn("valid_when", "Valid", "text", definition="When the rule may be believed."),
    )


def _badge_rows(view: ExperimentView) -> list[dict[str, Any]]:
    if view.stops is None:
        return []
    rows: list[dict[str, Any]] = []
    for one in view.stops.badges.all:
        state = "better" if one.says_better else "worse" if one.says_worse else "wait"
        rows.append(
            {
                "arm": view.leader.arm,
                "rule": one.name.capitalize(),
                "verdict": VERDICT_WORDS[state],
                "low": _bounded(one.low),
                "high": _bounded(one.high),
                "valid_when": one.valid_when,
            }
        )
    return rows


def _prior_columns() -> tuple[SheetColumn, ...]:
    size = "Usual size of a true relative change under the prior; empty where anything was possible."
    return (
        SheetColumn("arm", "Arm", "text"),
        SheetColumn("prior", "Prior", "text", definition="What was expected before the test."),
        SheetColumn("size", "Usual size", "number", definition=size),
        SheetColumn("source", "Source", "text", definition="Where the usual size comes from."),
        SheetColumn("verdict", "Verdict", "text", definition="Of the interval under the prior."),
        SheetColumn("low", "Low", "number", definition="Lower end of the relative change under the prior."),
        SheetColumn("high", "High", "number", definition="Upper end of the relative change under the prior."),
    )


def _prior_rows(view: ExperimentView) -> list[dict[str, Any]]:
    stops = view.stops
    if stops is None:
        return []
    return [
        {
            "arm": view.leader.arm,
            "prior": one.prior.capitalize(),
            "size": stops.size_under(one.prior),
            "source": "" if one.prior == "flat" else SOURCE_WORDS[stops.source],
            "verdict": VERDICT_WORDS[one.verdict],
            "low": _bounded(one.low),
            "high": _bounded(one.high),
        }
        for one in stops.strip
    ]


def _bounded(end: float) -> float | None:
    return end if isfinite(end) else None
