"""The four checks in the words a person would say, and no cause beyond the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.number_text import (
    Unit,
    interval_text,
    money,
    number,
    percent,
    percent_change,
    probability,
    unit_interval,
)
from workbench.performance.maturity import FINAL_AFTER_DAYS
from workbench.performance.tracking import FALSE_ALARM
from workbench.performance.why_changed import EDITS_BEFORE_DAYS
from workbench.performance.words import cost_word, result_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from workbench.performance.overview import Overview
    from workbench.performance.tracking import TrackingBreak, TrackingSeries
    from workbench.performance.why_changed import Verdict, WhyChanged

    DayWriter = Callable[[date], str]

#: Names of the checks, in the order to read them.
NAMES = {
    "noise": "Noise",
    "immature": "Conversions still to come",
    "tracking": "A break in counting",
    "edits": "Edits",
}
_VERDICTS: dict[Verdict, str] = {
    "passes": "Not it",
    "explains": "Explains it",
    "coincides": "Coincides",
    "unknown": "Cannot be checked",
}
_MAX_EDITS = 4


def verdict_word(verdict: Verdict) -> str:
    """Return a verdict in a word or two.

    Examples
    --------
    >>> verdict_word("unknown")
    'Cannot be checked'
    """
    return _VERDICTS[verdict]


def question(overview: Overview) -> str:
    """Return the question that the checks answer, such as why cost per lead rose."""
    change = overview.measure("cost_per_result").change
    verb = "rise" if change is not None and change.value >= 0 else "fall"
    return f"Why did {cost_word(overview.result_type).lower()} {verb}?"


def check_sentences(
    why: WhyChanged, overview: Overview, *, write_day: DayWriter, locale: str = "en_GB"
) -> dict[str, str]:
    """Say what each check found, or why it cannot be made.

    Parameters
    ----------
    why : WhyChanged
        The checks.
    overview : Overview
        What they are about.
    write_day : callable
        Writes a day as the page does.
    locale : str
        Locale of the numbers.
    """
    return {
        "noise": _noise(why, locale),
        "immature": _immature(why, overview, locale),
        "tracking": _tracking(why, write_day, locale),
        "edits": _edits(why, write_day),
    }


def leading_sentence(why: WhyChanged, overview: Overview, *, write_day: DayWriter) -> str:
    """Say in one sentence what the checks come to."""
    name = why.leading
    many = result_word(overview.result_type, plural=True)
    if name == "noise":
        return "It is within the noise: these days cannot tell it from no change."
    if name == "immature":
        return f"Most of it is {many} that have not come yet."
    if name == "tracking" and why.tracking.found is not None:
        return (
            f"It coincides with a break in counting on {write_day(why.tracking.found.day)}: look there first."
        )
    if name == "edits":
        n_edits = len(why.edits.edits)
        noun = "edit" if n_edits == 1 else "edits"
        return f"No check explains it; it coincides with {n_edits} {noun} in these days or the week before."
    unknown = [NAMES[n].lower() for n, verdict in why.verdicts.items() if verdict == "unknown"]
    if unknown:
        return f"No check that can be made explains it; not checked: {', '.join(unknown)}."
    return "No check explains it."


def _noise(why: WhyChanged, locale: str) -> str:
    change = why.noise.change
    sure = max(change.prob_higher or 0.0, 1 - (change.prob_higher or 0.0))
    interval = interval_text(change.low, change.high, lambda x: percent_change(x, locale), locale=locale)
    direction = "a rise" if change.value >= 0 else "a fall"
    size = percent_change(change.value, locale)
    return f"{size} {interval}; {direction} is {probability(sure, locale)} probable."


def _immature(why: WhyChanged, overview: Overview, locale: str) -> str:
    found, many = why.immature, result_word(overview.result_type, plural=True)
    days = f"{found.n_young} of {found.n_days} days"
    if found.maturity is None:
        if found.verdict == "passes":
            return f"Every day is older than {FINAL_AFTER_DAYS} days, so its {many} have come."
        return f"{days} may still gain {many}; how many is not known from so short a history."
    if not found.n_young:
        return f"Every day is older than the {found.maturity.delay_days} days that {many} take to come."
    unit = Unit("money", overview.currency)
    matured = money(round(found.cost_matured * 1_000_000), overview.currency, locale)
    interval = unit_interval(found.low, found.high, unit, locale)
    change = found.change_matured
    left = (
        ""
        if change is None
        else f", {percent_change(change.value, locale)} instead of {percent_change(why.change.value, locale)}"
    )
    return f"{days} are not complete. Once their {many} have come: about {matured} {interval}{left}."


def _tracking(why: WhyChanged, write_day: DayWriter, locale: str) -> str:
    series, found = why.tracking.series, why.tracking.found
    if series is None:
        return "No received leads and no pixel events are loaded to compare with."
    if not series.is_enough:
        return f"Too few {series.counted_words} and {series.reference_words} to tell a break by."
    alarm = f"false alarm in {percent(FALSE_ALARM, locale)} of cases"
    if found is None:
        return f"{_capital(series.counted_words)} follow {series.reference_words} as before ({alarm})."
    return f"{_break_words(series, found, write_day, locale)} ({alarm})."


def _break_words(series: TrackingSeries, found: TrackingBreak, write_day: DayWriter, locale: str) -> str:
    when = write_day(found.day)
    if found.after == 0:
        return f"From {when} on there are no {series.counted_words}, while {series.reference_words} go on"
    if found.before == 0:
        return f"{_capital(series.counted_words)} begin on {when}; there were {series.reference_words} before"
    verb = "fell" if found.change < 0 else "rose"
    per = f"{number(100 * found.before, locale, digits=2)} to {number(100 * found.after, locale, digits=2)}"
    return f"From {when} on {series.counted_words} {verb} from {per} per 100 {series.reference_words}"


def _edits(why: WhyChanged, write_day: DayWriter) -> str:
    found = why.edits
    if found.verdict == "unknown":
        return "The account's history of changes is not loaded."
    if not found.edits:
        return f"None in these days or the {EDITS_BEFORE_DAYS} days before."
    shown = "; ".join(f"{write_day(day)}: {text}" for day, text in found.edits[:_MAX_EDITS])
    more = len(found.edits) - _MAX_EDITS
    return f"{shown}{f'; and {more} more' if more > 0 else ''}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
