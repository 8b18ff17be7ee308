"""Ship, stop, wait, or do not read: one verdict with its reason in words.

The verdict follows from figures that are shown, by rules that are few:

1. The split is broken (p < .01), or another check withholds: **do not read**, or **wait**, as the check says.
   No arm is named the winner.
2. Fewer than ten results in all: **wait**.
3. The arm with the smallest expected loss is better than the control at the level: **ship** it.
4. Every other arm is worse than the control at the level, or the change is negligible with a probability of
   at least the level: **stop**, and keep the control.
5. Otherwise **wait**.

"Better at the level" is that the interval excludes zero: the same statement, never another test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.core.number_text import number, percent, percent_change, points, probability
from workbench.experiments.result import ExperimentResult, Uplift
from workbench.experiments.split_check import BROKEN_BELOW
from workbench.experiments.verdict import LEAST_RESULTS, Check, Decision, Verdict

__all__ = [
    "LEAST_RESULTS",
    "Decision",
    "Evidence",
    "Verdict",
    "decide",
    "loss_in_words",
    "with_checks",
    "withhold",
]


@dataclass(frozen=True)
class Evidence:
    """What a verdict is drawn from.

    Attributes
    ----------
    names : sequence of str
        All arms, the control first.
    uplift : sequence of Uplift
        Each other arm against the control.
    expected_loss : sequence of float
        Of each arm.
    split_p : float or None
        Of the split check.
    sizes : sequence of float
        Units of each arm.
    n_results : float or None
        Conversions or events in all; ``None`` for means.
    loss_text : str
        The smallest expected loss in words, with its unit.
    checks : sequence of Check
        Made beside the analysis; one that withholds takes the verdict's place.
    """

    names: Sequence[str]
    uplift: Sequence[Uplift]
    expected_loss: Sequence[float]
    split_p: float | None
    sizes: Sequence[float]
    n_results: float | None
    loss_text: str
    checks: Sequence[Check] = ()


def decide(seen: Evidence) -> Decision:
    """Draw the verdict by the rules at the head of this module."""
    return withhold(_decide(seen), seen.checks)


def withhold(decision: Decision, checks: Sequence[Check]) -> Decision:
    """Return the decision, or what the checks that withhold put in its place.

    Parameters
    ----------
    decision : Decision
        Drawn from the figures. Where it already says not to read, that stays, with the checks' reasons after.
    checks : sequence of Check

    Examples
    --------
    >>> from workbench.experiments.checks import check_enough
    >>> withhold(Decision("ship", "B", "B is better."), [check_enough(40, days=5, least_days=14)]).headline
    'Wait'
    """
    found = [check for check in checks if check.withholds]
    if not found:
        return decision
    reasons = " ".join(check.reason for check in found)
    unreadable = any(check.verdict == "do not read" for check in found)
    if decision.verdict == "do not read":
        reasons, unreadable = f"{decision.reason} Also: {reasons}", True
    names = decision.withheld_by + tuple(check.name for check in found)
    return Decision("do not read" if unreadable else "wait", None, reasons, names)


def with_checks(result: ExperimentResult, checks: Sequence[Check]) -> ExperimentResult:
    """Return the same analysis with checks made beside it, which may withhold its winner.

    Parameters
    ----------
    result : ExperimentResult
    checks : sequence of Check
        From :mod:`workbench.experiments.checks`.
    """
    return replace(result, decision=withhold(result.decision, checks))


def _decide(seen: Evidence) -> Decision:
    if seen.split_p is not None and seen.split_p < BROKEN_BELOW:
        sizes = " to ".join(number(size, digits=12) for size in seen.sizes)
        return Decision(
            "do not read",
            None,
            f"the split is broken. A split of {sizes} has p {_p(seen.split_p)} under the planned shares, "
            "so units were lost or doubled; find out where before reading any result.",
            ("sample ratio",),
        )
    if seen.n_results is not None and seen.n_results < LEAST_RESULTS:
        return Decision(
            "wait",
            None,
            f"there are only {number(seen.n_results)} results in all; at least {LEAST_RESULTS} are needed.",
            ("too little data",),
        )
    best = min(range(len(seen.names)), key=lambda k: seen.expected_loss[k])
    control = seen.names[0]
    leading = next((one for one in seen.uplift if one.arm == seen.names[best]), None)
    if leading is not None and leading.is_better:
        return Decision("ship", leading.arm, f"{_says(leading)} Choosing it {seen.loss_text}.")
    if all(one.is_worse for one in seen.uplift):
        worst = max(seen.uplift, key=lambda one: one.prob_better)
        return Decision("stop", control, f"{_says(worst)}")
    if all(_is_negligible(one) for one in seen.uplift):
        return Decision("stop", control, "the difference does not matter: it is very probably negligible.")
    leader = leading or max(seen.uplift, key=lambda one: one.prob_better)
    return Decision(
        "wait",
        None,
        f"{_says(leader)} The interval holds zero. Choosing {seen.names[best]} now {seen.loss_text}.",
    )


def loss_in_words(
    kind: str,
    loss: float,
    per_day: float | None,
    currency: str,
    *,
    unit_words: str = "",
    per: float = 1.0,
) -> str:
    """Say what a choice loses on average, in the metric's unit and in currency where that is known.

    Parameters
    ----------
    kind : str
        Of metric.
    loss : float
        In the metric's unit.
    per_day : float or None
        The same a day in currency.
    currency : str
        ISO 4217 code.
    unit_words : str
        The metric's own words for a loss times ``per``, such as ``purchases per 1,000 EUR``.
    per : float

    Examples
    --------
    >>> loss_in_words("counts", 0.0021, None, "", unit_words="purchases per 1,000 EUR", per=1000)
    'costs 2.1 purchases per 1,000 EUR on average'
    """
    unit = f"{points(loss).lstrip('+')} of rate" if kind == "rates" else f"{number(loss)} per unit"
    if kind == "counts":
        unit = f"{number(loss)} events per unit of exposure"
    if unit_words:
        unit = f"{number(loss * per)} {unit_words}"
    money = "" if per_day is None else f" ({number(per_day)}{' ' + currency if currency else ''} a day)"
    if unit.split()[0] == "0":  # written with so few digits, it would look like nothing at all
        return f"costs next to nothing on average{money}"
    return f"costs {unit} on average{money}"


def _is_negligible(one: Uplift) -> bool:
    return one.prob_negligible is not None and one.prob_negligible >= one.absolute.level


def _says(one: Uplift) -> str:
    change = one.relative
    likely = f"{one.arm} is better than {one.vs} with a probability of {probability(one.prob_better)}"
    if change is None:
        ends = f"[{number(one.absolute.low)}, {number(one.absolute.high)}]"
        return f"{likely}; it changes the mean by {number(one.absolute.estimate, signed=True)} {ends}."
    ends = f"[{percent_change(change.low)}, {percent_change(change.high)}]"
    level = percent(change.level)
    return f"{likely}; the change is {percent_change(change.estimate)}, {level} interval {ends}."


def _p(p: float) -> str:
    return "< 0.000001" if p < 1e-6 else f"= {number(p, digits=2)}"
