"""What one act of a reader makes of the figures that are entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.experiments.options import letters
from workbench.flows.experiment_entry import LEVELS, LONGEST_TEXT, MAX_ARMS, MIN_ARMS, PLAIN, Entry, one_of
from workbench.flows.experiment_kinds import EVIDENCE, KINDS


def changed(entry: Entry, patch: Mapping[str, str]) -> Entry:
    """Apply acts of a reader: ``successes.1``, ``name.0``, ``share.1``, ``kind``, ``lower``, ….

    Another kind keeps the arms and begins with invented figures, labelled so; ``add`` and ``remove`` change
    the arms. What is unknown changes nothing.

    Examples
    --------
    >>> from workbench.flows.experiment_entry import example
    >>> changed(example(), {"successes.1": "7", "lower": "1"}).figures[0]
    ('480', '7')
    """
    for key, text in patch.items():
        is_new_kind = key == "kind" and text in KINDS and text != entry.kind
        entry = _one_change(entry, key, str(text)[:LONGEST_TEXT])
        entry = replace(entry, is_example=is_new_kind)
    return entry


def _one_change(entry: Entry, key: str, text: str) -> Entry:
    whole = {"kind": _with_kind, "add": _with_arm, "remove": _without_arm, "lower": _with_direction}
    if key in whole:
        return whole[key](entry, text)
    if key == "level":
        return replace(entry, level=one_of(text, LEVELS, entry.level))
    if key == "evidence":
        return replace(entry, evidence=one_of(text, tuple(EVIDENCE), entry.evidence))
    if key in PLAIN:
        return replace(entry, **{key: text})  # type: ignore[arg-type]
    return _with_figure(entry, key, text)


def _with_figure(entry: Entry, key: str, text: str) -> Entry:
    field, _, place = key.partition(".")
    if not place.isdecimal() or int(place) >= entry.n_arms:
        return entry
    at = int(place)
    if field == "name":
        return replace(entry, names=_put(entry.names, at, text))
    if field == "share":
        return replace(entry, shares=_put(entry.shares, at, text))
    keys = [c.key for c in entry.about.columns]
    if field not in keys:
        return entry
    column = keys.index(field)
    return replace(entry, figures=_put(entry.figures, column, _put(entry.figures[column], at, text)))


def _with_direction(entry: Entry, text: str) -> Entry:
    return replace(entry, lower=text == "1")


def _with_kind(entry: Entry, kind: str) -> Entry:
    if kind not in KINDS or kind == entry.kind:
        return entry
    arms = range(entry.n_arms)
    figures = tuple(tuple(pair[k % 2] for k in arms) for pair in KINDS[kind].example)
    lower = KINDS[kind].lower if entry.lower == entry.about.lower else entry.lower
    return replace(entry, kind=kind, figures=figures, lower=lower)


def _with_arm(entry: Entry, _: str) -> Entry:
    if entry.n_arms >= MAX_ARMS:
        return entry
    name = next(n for k in range(entry.n_arms, 26) if (n := letters(k)) not in entry.names)
    figures = tuple((*texts, "") for texts in entry.figures)
    return replace(entry, names=(*entry.names, name), figures=figures, shares=("",) * (entry.n_arms + 1))


def _without_arm(entry: Entry, text: str) -> Entry:
    if entry.n_arms <= MIN_ARMS or not text.isdecimal() or int(text) >= entry.n_arms:
        return entry
    at = int(text)

    def rest(texts: tuple[str, ...]) -> tuple[str, ...]:
        return texts[:at] + texts[at + 1 :]

    figures = tuple(rest(texts) for texts in entry.figures)
    return replace(entry, names=rest(entry.names), figures=figures, shares=("",) * (entry.n_arms - 1))


def _put[T](texts: tuple[T, ...], at: int, text: T) -> tuple[T, ...]:
    return (*texts[:at], text, *texts[at + 1 :])
