"""Which arms a column names, which of them is the control, and in what order they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.experiments.options import Options, refuse
from workbench.experiments.unit_rows import name_of

#: Read as the control where no other is named.
CONTROL_NAMES = ("control", "holdout", "baseline")


def order_arms(values: Sequence[Any], control: str | None, options: Options) -> list[Any]:
    """Put the control first, the others in the order of ``options.names`` or of their names.

    Parameters
    ----------
    values : sequence
        The arm column's distinct values.
    control : str or None
        Name of the control; else an arm called control, holdout or baseline, else the first.
    options : Options
        Its ``names``, where given, are the column's values.

    Raises
    ------
    DataError
        If there are not two arms, two differ in case or spaces only, or a given name is not among them.

    Examples
    --------
    >>> order_arms(["green", "control", "blue"], None, Options())
    ['control', 'blue', 'green']
    """
    by_name = {name_of(value): value for value in values}
    if len(by_name) < 2:
        refuse("arm", ", ".join(by_name), "is one arm or none", "A comparison takes two arms or more.")
    _refuse_lookalikes(list(by_name))
    names = sorted(by_name)
    if options.names:
        if sorted(options.names) != names:
            refuse("names", ",".join(options.names), "are not the arms", f"They are {', '.join(names)}.")
        names = list(options.names)
    if control is not None and control not in by_name:
        refuse("control", repr(control), "is not an arm", f"The arms are {', '.join(names)}.")
    if control is None and not options.names:
        control = next((name for name in names if name.strip().casefold() in CONTROL_NAMES), None)
    first = names[0] if control is None else control
    return [by_name[first], *[by_name[name] for name in names if name != first]]


def _refuse_lookalikes(names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        plain = "".join(name.split()).casefold()
        if not plain:
            refuse("arm", repr(name), "is a blank name", "Name the arm, or leave its rows without one.")
        if plain in seen:
            refuse(
                "arm",
                f"{seen[plain]!r} and {name!r}",
                "differ in case or spaces only",
                "Write one arm one way; nobody can tell whether these are two.",
            )
        seen[plain] = name
