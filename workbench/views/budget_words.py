"""What a budget plan says, in sentences that a stakeholder can read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from workbench.core.number_text import (
    Unit,
    decimals_for,
    fixed,
    interval_text,
    number,
    percent,
    probability,
    value_text,
)
from workbench.views.blocks import Toned, better, worse
from workbench.views.date_text import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.budget.estimate import Estimate
    from workbench.flows.budget_view import BudgetView

_MOST_NAMES = 6
_MILLIONTH, _BILLIONTH = 1e-6, 1e-9
_WHOLE_FROM = 1_000
_NAMES = {"EUR": "euro", "USD": "dollar", "GBP": "pound", "CHF": "franc"}
_METHODS = {"importance": "importance sampling", "nuts": "NUTS"}
_SAID_LEAVE = "no move within these limits is expected to bring more"


def money_text(amount: float, view: BudgetView, locale: str, *, signed: bool = False) -> str:
    """Write an amount in the run's currency; where the total is large, without its minor unit."""
    return value_text(amount, money_unit(view, whole=is_whole(view)), locale, signed=signed)


def is_whole(view: BudgetView) -> bool:
    """Say whether amounts are large enough to be written without the minor unit."""
    return max(view.now, view.total) >= _WHOLE_FROM


def money_unit(view: BudgetView, *, whole: bool | None = None) -> Unit:
    """Return the unit of amounts; plain numbers where the fit names no currency."""
    return Unit("money", view.currency, whole=whole) if view.currency else Unit()


def one_unit(view: BudgetView) -> str:
    """Return the word for one currency unit, such as ``euro``."""
    return _NAMES.get(view.currency, view.currency or "unit")


def gain_text(gain: Estimate, locale: str) -> str:
    """Write a gain with its interval, such as ``+31 [+4, +58]``."""
    return f"{number(gain.mean, locale, digits=2, signed=True)} {ends_text(gain, locale)}"


def ends_text(gain: Estimate, locale: str) -> str:
    """Write an interval in brackets."""
    return _ends(*gain.interval, locale)


def _ends(low: float, high: float, locale: str, *, signed: bool = True) -> str:
    """Write both ends to the same decimals, those that leave the longer one two digits."""
    decimals = decimals_for(max(abs(low), abs(high)), 2)
    return interval_text(low, high, lambda end: fixed(end, decimals, locale, signed=signed), locale=locale)


def finding(view: BudgetView, locale: str = "en_GB") -> tuple[list[str | Toned], str]:
    """Return the verdict as a sentence, and in small what limits it.

    Parameters
    ----------
    view : BudgetView
    locale : str
        Locale of the numbers.
    """
    shift = view.total - view.now
    if abs(shift) * view.run.units >= 0.5:
        said = _other_total(view, shift, locale)
    else:
        said = _same_total(view, locale)
    worst = f"Worst tenth of cases: {_outcomes(view.worst_tenth, view, locale)} on average."
    return said, " ".join([worst, *_split_words(view, shift, locale)])


def _same_total(view: BudgetView, locale: str) -> list[str | Toned]:
    plan = view.plan
    if view.moved * view.run.units < 1:
        return [f"Leave the split as it is: {_SAID_LEAVE}."]
    moved, chance = money_text(view.moved, view, locale), probability(plan.prob_beats_current, locale)
    gain, ends = _outcomes(plan.gain.mean, view, locale), ends_text(plan.gain, locale)
    if plan.verdict == "leave":
        return [f"Leave the split as it is. The best move, {moved} {view.span}, would bring {gain} {ends}."]
    if plan.verdict == "likely":
        return [
            f"Moving {moved} {view.span} is likely better, not yet shown: {gain} {ends}; {chance} likely."
        ]
    return [
        f"Move {moved} {view.span}. Expected ",
        better(gain),
        f" {ends}; {chance} likely to beat today's split.",
    ]


def _other_total(view: BudgetView, shift: float, locale: str) -> list[str | Toned]:
    gain, span = view.plan.gain, view.span
    amount = money_text(abs(shift), view, locale)
    if shift > 0:
        words = better if gain.interval[0] > 0 else Toned
        return [
            f"Spend {amount} {span} more, split as below. Expected ",
            words(_outcomes(gain.mean, view, locale)),
            f" {ends_text(gain, locale)}.",
        ]
    if gain.mean >= 0:
        chance = probability(view.plan.prob_beats_current, locale)
        return [
            f"Spend {amount} {span} less, split as below, and still expect ",
            better(_outcomes(gain.mean, view, locale)),
            f" {ends_text(gain, locale)}; {chance} likely to beat today's spend.",
        ]
    low, high = gain.interval
    lost = worse(f"{number(-gain.mean, locale, digits=2)} {view.found.outcome}{_each(view)}")
    return [
        f"Spending {amount} {span} less costs ",
        lost,
        f" {_ends(-high, -low, locale, signed=False)}, split as below.",
    ]


def _split_words(view: BudgetView, shift: float, locale: str) -> list[str]:
    gain = view.plan.same_split
    if gain is None or abs(shift) * view.run.units < 0.5:
        return []
    return [f"Against today's split of the same total: {gain_text(gain, locale)} {view.found.outcome}."]


def _outcomes(amount: float, view: BudgetView, locale: str) -> str:
    return f"{number(amount, locale, digits=2, signed=True)} {view.found.outcome}{_each(view)}"


def _each(view: BudgetView) -> str:
    """Return the time of outcomes where a sentence does not say it already."""
    return f" a {view.found.period}" if view.n_periods == 1 else ""


def assumptions(view: BudgetView, locale: str = "en_GB") -> tuple[str, str, str]:
    """Return what the plan takes for granted, in three lines."""
    about, per = view.run.stored.about, view.found.period
    result = about["result"]
    made = date.fromisoformat(about["made_at"][:10])
    last = day(date.fromisoformat(result["dates"]["last"]), locale, year=made.year)
    tops = zip(about["channels"], view.run.observed, strict=True)
    observed = _some([f"{name} {money_text(float(top), view, locale)}" for name, top in tops])
    n_tests = result["n_lift_tests"]
    tests = "no lift test has checked it"
    if n_tests:
        tests = f"{number(n_tests, locale)} lift test{'s' if n_tests > 1 else ''} went into it"
    unknown, weak = view.not_identified, ""
    if unknown:
        theirs = "its curve is" if len(unknown) == 1 else "their curves are"
        weak = f" Of {_some(unknown)} the data teach little: {theirs} mostly what was assumed."
    counted = f"A {per} counts in the long run, with what others carry over."
    if view.n_periods > 1:
        counted = f"The {view.n_periods} {per}s begin with what earlier spend carries in, and count what is "
        counted += "carried out of them."
    reach = f"Nothing is planned beyond the highest spend ever seen in a {per}: {observed}."
    if view.asked.limits.is_beyond:
        reach = f"Items may spend more than was ever seen in a {per} ({observed}): what comes of that is the "
        reach += "curve's guess and no experience."
    demand = f"Demand stays as in the {number(result['n_periods'], locale)} {per}s to {last}"
    if result.get("drift"):
        ahead = number(result["drift"]["days_ahead"], locale)
        demand = f"What money buys wanders: the plan is for the {ahead} days after {last}"
    return (
        f"{demand}, and today's spend is {_today(view, locale)} {counted}",
        reach,
        f"The curves are read from what {_what_happened(view)}; {tests}.{weak}",
    )


def _today(view: BudgetView, locale: str) -> str:
    """Say what spend the plan starts from, and what starts from something else."""
    start, about = view.run.start, view.run.stored.about
    if not start.as_of:
        return f"the mean of the last {min(4, len(view.run.stored.recent_spend))}."
    made = date.fromisoformat(about["made_at"][:10])
    seen = day(date.fromisoformat(start.as_of), locale, year=made.year)
    return " ".join([f"what the daily budgets set by {seen} allow.", *start.notes[1:]])


def _what_happened(view: BudgetView) -> str:
    """Say whether curves are of results that a network credits to each item."""
    if not view.run.stored.plans_reported:
        return "happened"
    return "the network reports of each item, part of which may have come without the spend"


def _some(names: Sequence[str]) -> str:
    """Join names; of many, the first few and how many more there are."""
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def certificate(view: BudgetView, locale: str = "en_GB") -> list[str]:
    """Return what is proven and how it was computed, for a footnote."""
    plan = view.plan
    found = view.run.stored.about["result"]["diagnostics"]
    sampled = f"fitted by {_METHODS.get(found['method'], found['method'])}"
    if found.get("pareto_k") is not None:
        sampled += f", k̂ {number(found['pareto_k'], locale, digits=2)}"
    found_on, judged_on = (number(n, locale) for n in (plan.n_fitted_draws, plan.n_held_out_draws))
    halves = f"found on {found_on} draws, judged on {judged_on} others"
    return [_proof(plan.certificate.relative_gap, locale), sampled, halves, f"run {view.found.run_id}"]


def _proof(gap: float, locale: str) -> str:
    """Say how much better any split could be, by the model and its draws."""
    size = percent(gap, locale, digits=1)
    if gap <= _MILLIONTH:
        size = "a billionth" if gap <= _BILLIONTH else "a millionth"
    return f"Proven: by this model, no split within the limits is better by more than {size}"
