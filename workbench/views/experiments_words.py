"""What a test says, in sentences that a stakeholder can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, interval_text, number, percent, percent_change, value_text
from workbench.flows.experiment_kinds import KINDS
from workbench.flows.experiment_numbers import number_text
from workbench.views.blocks import Toned, better, worse

if TYPE_CHECKING:
    from workbench.experiments.result import Uplift
    from workbench.flows.experiment_view import ExperimentView

DAYS_A_MONTH = 30
_WHOLE_FROM = 100


def metric_unit(kind: str) -> Unit:
    """Return the unit in which an estimate is written."""
    return Unit("percent") if KINDS[kind].is_rate else Unit()


def finding(view: ExperimentView, locale: str = "en_GB") -> tuple[list[str | Toned], str]:
    """Return the verdict as a sentence, and in small what limits it.

    Parameters
    ----------
    view : ExperimentView
    locale : str
        Locale of the numbers.
    """
    decision, leader = view.result.decision, view.leader
    if decision.verdict == "do not read":
        return ["Do not read: ", worse("the split is broken"), "."], _split_words(decision.reason)
    if decision.verdict == "ship":
        said: list[str | Toned] = ["Ship ", better(leader.arm), f": {_change(view, leader, locale)}."]
    elif decision.verdict == "stop":
        said = [f"Stop, keep {decision.arm}: ", *_stopped(view, locale), "."]
    elif _too_little(view):
        return ["Wait: there are too few figures to say anything."], _sentence(decision.reason)
    else:
        said = [f"{_until(view, locale)}: {leader.arm} {_leads(view, leader, locale)}."]
    return said, _hedges(view)


def _until(view: ExperimentView, locale: str) -> str:
    if view.more_days is None:
        return "Wait"
    days = max(1, round(view.more_days))
    return f"Wait about {number(days, locale, digits=2)} more day{'s' if days > 1 else ''}"


def _leads(view: ExperimentView, one: Uplift, locale: str) -> str:
    looks = "better" if one.prob_better >= 0.5 else "worse"
    return f"looks {looks}, but no difference is still possible ({change_text(one, view, locale)})"


def _stopped(view: ExperimentView, locale: str) -> list[str | Toned]:
    leader = view.leader
    if all(one.is_worse for one in view.result.uplift):
        others = "every other arm" if len(view.result.uplift) > 1 else leader.arm
        return [f"{others} is ", worse("worse"), f" ({change_text(leader, view, locale)})"]
    return [f"the difference does not matter ({change_text(leader, view, locale)})"]


def _change(view: ExperimentView, one: Uplift, locale: str) -> str:
    about = view.entry.about
    metric = about.metric[:1].lower() + about.metric[1:]
    verb = "are" if about.is_plural else "is"
    return f"{metric} {verb} {_direction(one)} {change_text(one, view, locale, plain=True)}"


def _direction(one: Uplift) -> str:
    change = one.relative or one.absolute
    return "up" if change.estimate >= 0 else "down"


def change_text(one: Uplift, view: ExperimentView, locale: str, *, plain: bool = False) -> str:
    """Write a change with its interval; ``plain`` leaves out the sign of the estimate.

    A relative change where there is one, else the absolute one in the metric's unit.
    """
    change, per = one.relative, 100.0
    if change is None:
        change, per = one.absolute, float(view.entry.about.shown_per)
    size = abs(change.estimate) if plain else change.estimate
    said = number(size * per, locale, signed=not plain)
    if one.relative is not None:
        said = percent_change(size, locale).lstrip("+" if plain else "")
    ends = (change.low * per, change.high * per)
    return f"{said} {interval_text(*ends, lambda x: number(x, locale, digits=2, signed=True), locale=locale)}"


def _too_little(view: ExperimentView) -> bool:
    return any(guard.name == "Enough data" and guard.state != "fine" for guard in view.guards)


def _hedges(view: ExperimentView) -> str:
    level = percent(view.result.level, digits=2)
    said = [f"In brackets, in per cent: where the true change lies with a probability of {level}."]
    if view.leader.relative is None:
        said = [f"In brackets: where the true change lies with a probability of {level}."]
    if view.more_days is not None:
        said.append("The days hold if the difference is as large as it looks and traffic stays as it is.")
    if view.stops is not None and view.result.decision.verdict == "ship":
        said.append(_stop_words(view.stops.badges.anytime_valid.says_better))
    if view.entry.evidence != "randomised":
        said.append(view.evidence[1])
    return " ".join(said)


def _stop_words(is_safe: bool) -> str:
    if is_safe:
        return "You may stop: it holds however often it was looked at."
    return "You may stop if this is the planned end; for a look in between it is not yet enough."


def _split_words(reason: str) -> str:
    """Leave out what the finding has said already."""
    return _sentence(reason.removeprefix("the split is broken. ").replace("p = < ", "p < "))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def loss_text(loss: float, view: ExperimentView, locale: str) -> str:
    """Write an expected loss: currency a day where a value is known, else the metric's own unit."""
    if view.costs.currency is not None:
        return f"{money_text(loss, view.costs.currency, locale)} a day"
    return f"{loss_number(loss, view, locale)} {view.entry.about.loss_unit}"


def loss_number(loss: float, view: ExperimentView, locale: str) -> str:
    """Write an expected loss in the metric's unit; under a ten-thousandth of the metric is said to be so."""
    per = view.entry.about.loss_per
    size = abs(view.result.arms[0].estimate) * per
    least = 1e-4 * 10.0 ** math.floor(math.log10(size)) if 0 < size < math.inf else 0.0
    if 0 < loss * per < least:
        return f"under {number(least, locale, digits=1)}"
    return number(loss * per, locale, digits=2)


def money_text(amount: float, currency: str, locale: str) -> str:
    """Write money; less than a cent is said to be so."""
    if not currency:
        return number(amount, locale, digits=3)
    unit = Unit("money", currency, whole=True if abs(amount) >= _WHOLE_FROM else None)
    if 0 < amount < 0.01:
        return f"under {value_text(0.01, unit, locale)}"
    return value_text(amount, unit, locale)


def figure_text(text: str, locale: str = "en_GB") -> str:
    """Write an entered figure with its digits grouped, and as it was typed where it is no number."""
    value = number_text(text)
    return text if value is None else number(value, locale, digits=12)


def gist(view: ExperimentView, locale: str = "en_GB") -> str:
    """Say the figures in one line, such as ``A 480 of 12,000 · B 566 of 12,040``."""
    entry = view.entry
    between = {"rates": " of ", "counts": " for "}.get(entry.kind, ", ")
    shown = [[figure_text(text, locale) for text in column] for column in entry.figures[:2]]
    return " · ".join(f"{name} {between.join(col[k] for col in shown)}" for k, name in enumerate(entry.names))
