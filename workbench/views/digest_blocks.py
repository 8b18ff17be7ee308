"""The experiments digest as blocks: one card a test, verdict first, the chance of being best not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.core.number_text import Unit, number, probability, value_text
from workbench.flows.experiments_digest import decided_on
from workbench.views import blocks
from workbench.views.date_text import day as day_text
from workbench.views.table import AnyCell, Cell, Column, Interval, table_html

if TYPE_CHECKING:
    from workbench.flows.experiment_reading import ExperimentReading
    from workbench.flows.experiments_digest import Digest, Running

TITLE = "Experiments digest"
QUESTION = "Which tests can be decided, and which have to wait?"
_HEADLINES = {"wait": "Wait", "unread": "Cannot be read", "do not read": "Do not read"}
_CHANGE = Unit("percent")
_ALWAYS = 0  # no day lies in this year, so every day is written with its own


def head(digest: Digest, locale: str) -> str:
    """Return title, badges and the finding."""
    badges = [blocks.Badge("simulated company", "simulated")] if digest.is_simulated else []
    if digest.believed_at is not None:
        badges.append(blocks.Badge(f"data as of {digest.believed_at:%-d %b %Y, %H:%M} UTC"))
    badges.append(blocks.Badge(f"to {day_text(digest.asof, locale, year=_ALWAYS)}"))
    hedges = (
        "Figures of a test stay out until its registered minimum run is over: early winners often are none."
    )
    return blocks.header(TITLE, QUESTION, badges) + blocks.finding(digest.subject(), hedges)


def running_cards(digest: Digest, locale: str) -> str:
    """Return one card for every running test, those that can be decided first."""
    return "".join(_card(one, locale) for one in digest.running)


def decided_card(digest: Digest, locale: str) -> str:
    """Return what was decided lately, and why; nothing if nothing was."""
    if not digest.decided:
        return ""
    columns = [
        Column("Test", "text"),
        Column("Decision", "text"),
        Column("On", "text"),
        Column("Looks", phone=False),
        Column("Why", "text", phone=False),
    ]
    rows: list[list[AnyCell]] = []
    for one in digest.decided:
        last = one.decisions[-1]
        day = decided_on(last)
        said = " ".join(filter(None, (str(last["verdict"]).capitalize(), last["arm"])))
        on = Cell(day_text(day, locale), sort=day.isoformat())
        looks = Cell(number(last["n_looks"], locale), sort=last["n_looks"])
        rows.append([one.registration.experiment_id, said, on, looks, str(last["why"])])
    return blocks.card("Decided lately", table_html(columns, rows, caption="Decided lately", locale=locale))


def history_card(digest: Digest) -> str:
    """Return what past tests teach about the next one."""
    if not digest.histories:
        return ""
    rows = [
        (" · ".join(filter(None, (h.metric, h.kind_of_test))) or "all", h.summary()) for h in digest.histories
    ]
    sub = "How far true effects spread in tests that ended; the prior of the next test of that kind."
    return blocks.card("What past tests teach", blocks.fact_rows(rows), sub=sub)


def provenance(digest: Digest) -> str:
    """Say how the figures were made."""
    return blocks.notes(
        "Every test is read at one grain, in the account's own days, without its immature last days",
        "intervals are equal-tailed and exact; “better” means that the interval excludes zero",
        "reading for this report counts as no look",
        f"workbench {__version__}",
    )


def facts_of(digest: Digest) -> dict[str, Any]:
    """Return what the run writes beside the report."""
    return {
        "subject": digest.subject(),
        "simulated": digest.is_simulated,
        "believed_at": digest.believed_at.isoformat() if digest.believed_at else None,
        "version": __version__,
        "verdicts": {one.test.registration.experiment_id: one.verdict for one in digest.running},
    }


def _card(one: Running, locale: str) -> str:
    plan = one.test.registration
    title = f"{plan.experiment_id}: {_headline(one)}"
    if one.reading is None:
        return blocks.card(title, blocks.error_line(one.error), sub=plan.hypothesis)
    reading = one.reading
    if not one.is_open or reading.result is None:
        return blocks.card(
            title, blocks.fact_rows([("So far", _so_far(reading, locale))]), sub=plan.hypothesis
        )
    facts = [
        ("Why", _capital(reading.result.decision.reason)),
        ("Evidence", reading.evidence),
        ("Days", f"{reading.period} · {_so_far(reading, locale)}"),
        *(("Under other priors", strip.summary()) for strip in reading.strips),
        *(("Many arms", many.summary()) for many in (reading.many,) if many is not None),
    ]
    table = _arms(reading, locale) if one.verdict != "do not read" else ""
    return blocks.card(
        title, table + blocks.fact_rows(facts), sub=plan.hypothesis, note=" ".join(reading.notes)
    )


def _headline(one: Running) -> str:
    if one.verdict in _HEADLINES or one.reading is None or one.reading.result is None:
        return _HEADLINES.get(one.verdict, "Wait")
    return one.reading.result.decision.headline


def _arms(reading: ExperimentReading, locale: str) -> str:
    metric, money = reading.test.registration.metric, Unit("money", reading.place.currency)
    columns = [
        Column("Arm", "text"),
        Column(metric.numerator.replace("_", " ").capitalize()),
        Column("Cost of each" if metric.is_cost else metric.name),
        Column("Change", "interval", phone=False, reference=0.0, unit=_CHANGE),
        Column("Better with"),
    ]
    result = reading.result
    against = {one.arm: one for one in result.uplift} if result is not None else {}
    rows: list[list[AnyCell]] = []
    for arm in reading.arms:
        one = against.get(arm.name)
        change = one.relative if one is not None else None
        drawn = Interval(change.estimate, change.low, change.high) if change is not None else Interval(None)
        figure = (
            value_text(arm.cost, money, locale)
            if metric.is_cost
            else value_text(arm.numerator / arm.denominator if arm.denominator else None, _CHANGE, locale)
        )
        better = probability(one.prob_better, locale) if one is not None else "control"
        rows.append([arm.name, number(arm.numerator, locale, digits=9), figure, drawn, better])
    return table_html(columns, rows, caption="Arms", locale=locale, sortable=False)


def _so_far(reading: ExperimentReading, locale: str) -> str:
    said = ", ".join(
        f"{number(seen, locale, digits=9)} {name} of at least {number(least, locale, digits=9)}"
        for name, seen, least in reading.minimum_run
    )
    return said if reading.period is not None else f"{said}; {reading.why_none or 'no mature day yet'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
