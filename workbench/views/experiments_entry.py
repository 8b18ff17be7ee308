"""The form in which a test's figures are entered: arms, how they are compared, what a result is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.flows.experiment_entry import LEVELS, MAX_ARMS, MIN_ARMS
from workbench.flows.experiment_kinds import EVIDENCE, KINDS
from workbench.views.experiments_form import Button, Field, FieldForm, Group

if TYPE_CHECKING:
    from workbench.flows.experiment_entry import Entry

SHEET_TITLE = "Your figures"
STRUCTURAL = frozenset({"kind", "add", "remove"})
"""Acts after which the form has other fields."""


def describe_entry(form: FieldForm, entry: Entry, tests: Sequence[str] = ()) -> None:
    """Draw the form for an entry; registered ``tests`` are offered beside it."""
    arms = [_arm(entry, k) for k in range(entry.n_arms)]
    add = Button("add", "+ Add an arm", disabled=entry.n_arms >= MAX_ARMS)
    groups = [_test(entry, tests), *arms, _worth(entry), _reading(entry), _planned(entry)]
    form.describe(groups, title=SHEET_TITLE, buttons=[add], buttons_after=1 + len(arms))


def describe_opened(
    form: FieldForm, experiment_id: str, tests: Sequence[str], *, is_pinned: bool = False
) -> None:
    """Draw the form while a registered test is open: its figures come from the data and are not typed.

    A test that is held at a moment (``is_pinned``) has a button that shows today's figures.
    """
    group = Group(
        "What was tested", _choice(tests, experiment_id) or _choice((experiment_id,), experiment_id)
    )
    buttons = [Button("today", "Show today's figures")] if is_pinned else []
    form.describe([group], title="Registered test", buttons=buttons)


def _choice(tests: Sequence[str], chosen: str) -> tuple[Field, ...]:
    if not tests:
        return ()
    options = (("", "My own figures"), *((name, name) for name in tests))
    return (Field("test", "Figures", chosen, options=options, numeric=False, wide=True),)


def _test(entry: Entry, tests: Sequence[str]) -> Group:
    kinds = tuple((key, kind.label) for key, kind in KINDS.items())
    classes = tuple((key, words[0]) for key, words in EVIDENCE.items())
    return Group(
        "What was tested",
        (
            *_choice(tests, ""),
            Field("kind", "Metric", entry.kind, options=kinds, wide=True),
            Field("evidence", "How arms were assigned", entry.evidence, options=classes, wide=True),
        ),
    )


def _arm(entry: Entry, k: int) -> Group:
    columns = zip(entry.about.columns, entry.figures, strict=True)
    name = entry.names[k]
    figures = (
        Field(
            f"{c.key}.{k}",
            c.label,
            texts[k],
            spoken=f"of {name}",
            hint=c.hint,
            placeholder="if known" if c.optional else "",
        )
        for c, texts in columns
    )
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
