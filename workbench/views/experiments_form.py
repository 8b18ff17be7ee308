"""A form that answers while it is typed: fields described here, judged at the field, drawn in the browser."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import traitlets

from workbench.views.asking import AskingWidget
from workbench.views.scripts import script_of
from workbench.views.svg_text import clean

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Field:
    """One input.

    Attributes
    ----------
    key, label, value : str
        Its name in a patch, the words above it, what stands in it.
    options : tuple of (str, str)
        Values and words of a list to choose from; empty for a text.
    numeric : bool
        Whether numbers belong in it: digits of one width, a phone's number keys.
    unit, hint, placeholder : str
        Words behind it, on its label's tip, and inside while it is empty.
    spoken : str
        Words that only a screen reader says after the label, such as the arm's name.
    wide : bool
        Whether it takes the whole row.
    """

    key: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    numeric: bool = True
    unit: str = ""
    hint: str = ""
    placeholder: str = ""
    spoken: str = ""
    wide: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what the browser needs."""
        listed = [{"value": value, "label": words} for value, words in self.options]
        return asdict(self) | {"options": listed or None}


@dataclass(frozen=True)
class Group:
    """Fields that belong together.

    Attributes
    ----------
    title : str
    fields : tuple of Field
    is_arm : bool
        Whether it is drawn as an arm of a test.
    remove : str
        What to send to take it away; empty where it has to stay.
    folded, is_open : bool
        Whether it opens on demand, and whether it is open now.
    """

    title: str
    fields: tuple[Field, ...]
    is_arm: bool = False
    remove: str = ""
    folded: bool = False
    is_open: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what the browser needs."""
        return {
            "key": self.title,
            "title": self.title,
            "arm": self.is_arm,
            "remove": self.remove,
            "folded": self.folded,
            "open": self.is_open,
            "fields": [field.to_dict() for field in self.fields],
        }


@dataclass(frozen=True)
class Button:
    """A button below the groups: what it sends, and what it says."""

    key: str
    label: str
    strong: bool = False
    disabled: bool = False


class FieldForm(AskingWidget):
    """Show fields, and call back with what the reader changed.

    The browser keeps what is typed; the kernel describes the fields anew only when their number or their
    values change by other means, so that nobody's cursor jumps.

    Parameters
    ----------
    on_patch : callable
        ``on_patch(patch)``: keys and texts of one or several acts.

    Attributes
    ----------
    spec : dict
        The fields as the browser draws them.
    errors : dict of str to str
        What is wrong with which field; the empty key is for what no field can say.
    gist : str
        The figures in one line, for where the form is folded.
    """

    _esm = script_of("asker.js", "experiments_form.js")
    _css = Path(__file__).with_name("css") / "experiments.css"
    spec = traitlets.Dict().tag(sync=True)
    errors = traitlets.Dict().tag(sync=True)
    gist = traitlets.Unicode("").tag(sync=True)

    def __init__(self, on_patch: Callable[[dict[str, str]], None]) -> None:
        super().__init__(on_patch, spec={"groups": []})
        self._stamp = 0
        self.groups: tuple[Group, ...] = ()
        self.title = ""

    def describe(
        self,
        groups: Sequence[Group],
        *,
        title: str = "",
        buttons: Sequence[Button] = (),
        buttons_after: int | None = None,
    ) -> None:
        """Draw the form anew.

        Parameters
        ----------
        groups : sequence of Group
        title : str
            With a title it is a sheet that a phone folds.
        buttons : sequence of Button
        buttons_after : int, optional
            How many groups stand above the buttons; all unless given.
        """
        self._stamp += 1
        self.groups, self.title = tuple(groups), title
        self.spec = {
            "stamp": self._stamp,  # a form that looks the same may have to replace what was typed
            "title": title,
            "groups": [group.to_dict() for group in groups],
            "buttons": [asdict(button) for button in buttons],
            "buttons_after": buttons_after,
        }

    def judge(self, errors: Mapping[str, str]) -> None:
        """Say what is wrong with which field."""
        self.errors = dict(errors)


def still_form(form: FieldForm) -> str:
    """Return the form as it looks, as HTML that does nothing, for the first bytes of a page."""
    inner = "".join(_still_group(group) for group in form.groups)
    if form.title:
        gist = f'<span class="wb-gist">{clean(form.gist)}</span>'
        head = f'<summary><h2 class="wb-head">{clean(form.title)}</h2>{gist}</summary>'
        # open, because most screens are wide; a phone's style sheet hides what is inside
        inner = f'<details class="wb-sheet wb-still" open>{head}{inner}</details>'
    return f'<div class="wb-form" aria-hidden="true" inert>{inner}</div>'


def _still_group(group: Group) -> str:
    if group.folded:
        return f'<details class="wb-fold"><summary>{clean(group.title)}</summary></details>'
    fields = "".join(_still_field(field) for field in group.fields)
    arm = " wb-arm" if group.is_arm else ""
    return (
        f'<fieldset class="wb-group{arm}"><legend>{clean(group.title)}</legend>'
        f'<div class="wb-fields">{fields}</div></fieldset>'
    )


def _still_field(field: Field) -> str:
    words = next((said for value, said in field.options if value == field.value), field.value)
    css = " wb-whole" if field.wide else ""
    unit = f'<span class="wb-unit">{clean(field.unit)}</span>' if field.unit else ""
    return (
        f'<div class="wb-field{css}"><label>{clean(field.label)}</label>'
        f'<span class="wb-box"><input class="wb-in" value="{clean(words)}" disabled>{unit}</span></div>'
    )
