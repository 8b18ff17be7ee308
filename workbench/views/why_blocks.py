"""Why did cost per result rise: four checks in their order, then the arithmetic."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.core.money import minor_digits
from workbench.core.number_text import money
from workbench.performance.decomposition import FACTORS
from workbench.performance.why_words import (
    NAMES,
    check_sentences,
    leading_sentence,
    question,
    verdict_word,
)
from workbench.views import blocks
from workbench.views.date_text import day as day_text
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from workbench.performance.overview import Overview
    from workbench.performance.why_changed import Verdict, WhyChanged

_MARKS: dict[Verdict, str] = {"passes": "○", "explains": "●", "coincides": "◐", "unknown": "–"}


def why_card(why: WhyChanged | None, overview: Overview, locale: str = "en_GB") -> str:
    """Return the card with the four checks and the parts of the change; empty without a change."""
    if why is None:
        return ""
    write_day = partial(day_text, locale=locale)
    said = check_sentences(why, overview, write_day=write_day, locale=locale)
    rows = [_row(name, why.verdicts[name], said[name]) for name in NAMES]
    arithmetic = parts_sentence(overview, locale)
    if arithmetic:
        # a sign and its amount stay on one line
        amounts = clean(arithmetic).replace("+", "+\u2060")
        rows.append(f"<li><b>The arithmetic</b><span>{amounts}</span></li>")
    steps = f'<ol class="wb-checks">{"".join(rows)}</ol>'
    return blocks.card(question(overview), steps, sub=leading_sentence(why, overview, write_day=write_day))


def why_sheets(
    why: WhyChanged | None, overview: Overview, about: dict[str, str]
) -> list[tuple[str, SheetSpec]]:
    """Return the sheet of the checks; none without a change."""
    if why is None:
        return []
    said = check_sentences(why, overview, write_day=day_text)
    rows = [
        {"check": NAMES[name], "verdict": verdict_word(why.verdicts[name]), "found": said[name]}
        for name in NAMES
    ]
    columns = (
        SheetColumn(
            "check", "Check", "text", definition="What may stand behind a change of cost per result."
        ),
        SheetColumn(
            "verdict", "Verdict", "text", definition="Whether it does; edits and breaks only coincide."
        ),
        SheetColumn("found", "What it found", "text"),
    )
    return [("Why", SheetSpec(columns, rows, overview.currency, about, has_total=False))]


def parts_sentence(overview: Overview, locale: str = "en_GB") -> str:
    """Say which parts add up to the change of cost per result; empty where it cannot be split."""
    found = overview.decomposition
    if found is None or found.metric != "cost_per_result":
        return ""
    digits = minor_digits(overview.currency)
    step = 10 ** (6 - digits)
    rounded = found.rounded(digits)
    write = partial(money, currency=overview.currency, locale=locale, signed=True, whole=False)
    parts = [f"{FACTORS[name].lower()} {write(rounded[name] * step)}" for name in FACTORS if name in rounded]
    total = write(sum(rounded.values()) * step)
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}: together {total}, exactly."


def _row(name: str, verdict: Verdict, sentence: str) -> str:
    mark = f'<span aria-hidden="true">{_MARKS[verdict]} </span>'
    return (
        f"<li><b>{clean(NAMES[name])}</b>"
        f"<span>{mark}<b>{clean(verdict_word(verdict))}.</b> {clean(sentence)}</span></li>"
    )
