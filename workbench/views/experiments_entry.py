"""The form in which a test's figures are entered: arms, how they are compared, what a result is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.flows.experiment_entry import LEVELS, MAX_ARMS, MIN_ARMS
from workbench.flows.experiment_kinds import EVIDENCE, KINDS
from workbench.views.experiments_form import Button, Field, FieldForm, Group

if TYPE_CHECKING:
    from workbench.flows.experiment_entry import Entry

SHEET_TITLE = "Your figures"
STRUCTURAL = frozenset({"kind", "add", "remove"})
"""Acts after which the form has other fields."""


def describe_entry(form: FieldForm, entry: Entry) -> None:
    """Draw the form for an entry."""
    arms = [_arm(entry, k) for k in range(entry.n_arms)]
    add = Button("add", "+ Add an arm", disabled=entry.n_arms >= MAX_ARMS)
    groups = [_test(entry), *arms, _worth(entry), _reading(entry), _planned(entry)]
    form.describe(groups, title=SHEET_TITLE, buttons=[add], buttons_after=1 + len(arms))


def _test(entry: Entry) -> Group:
    kinds = tuple((key, kind.label) for key, kind in KINDS.items())
    classes = tuple((key, words[0]) for key, words in EVIDENCE.items())
    return Group(
        "What was tested",
        (
            Field("kind", "Metric", entry.kind, options=kinds, wide=True),
            Field("evidence", "How arms were assigned", entry.evidence, options=classes, wide=True),
        ),
    )


def _arm(entry: Entry, k: int) -> Group:
    columns = zip(entry.about.columns, entry.figures, strict=True)
    name = entry.names[k]
    figures = (Field(f"{c.key}.{k}", c.label, texts[k], spoken=f"of {name}") for c, texts in columns)
    role = "Arm 1, the control" if k == 0 else f"Arm {k + 1}"
    return Group(
        role,
        (Field(f"name.{k}", "Name", name, numeric=False, spoken=f"of arm {k + 1}", wide=True), *figures),
        is_arm=True,
        remove=str(k) if entry.n_arms > MIN_ARMS else "",
    )


def _worth(entry: Entry) -> Group:
    about = entry.about
    return Group(
        "What a decision is worth",
        (
            Field("value", about.value_label, entry.value, placeholder=about.value_hint, wide=True),
            Field("currency", "Currency", entry.currency, numeric=False, placeholder="EUR"),
            Field("per_day", about.per_day_label, entry.per_day, placeholder="not known"),
        ),
    )


def _reading(entry: Entry) -> Group:
    levels = tuple((level, f"{round(100 * float(level))} %") for level in LEVELS)
    return Group(
        "How it is read",
        (
            Field(
                "lower", "Better is", "1" if entry.lower else "0", options=(("0", "higher"), ("1", "lower"))
            ),
            Field("level", "Certainty", entry.level, options=levels),
            Field(
                "rope", "A change too small to matter", entry.rope, unit="%", placeholder="none", wide=True
            ),
        ),
        folded=True,
        is_open=bool(entry.rope or entry.tau or entry.lower or entry.level != "0.95"),
    )


def _planned(entry: Entry) -> Group:
    shares = (
        Field(f"share.{k}", name, entry.shares[k], unit="%", placeholder="equal")
        for k, name in enumerate(entry.names)
    )
    return Group("Planned shares", tuple(shares), folded=True, is_open=any(entry.shares))
