"""The limits that a reader sets on the Budget page: what is typed, and the constraints that it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.budget.problem import refused
from workbench.flows.links import split_values

TARGETS = ("cpa", "roas")
_MOST_GROUPS = 12
_PARTS = ("least", "most", "change")


@dataclass(frozen=True)
class ItemLimit:
    """What one item has to keep, as typed: currency units a period, empty for none.

    Attributes
    ----------
    item : str
    least, most : str
        Of its spend.
    change : str
        Leave it, or change it by at least this.
    """

    item: str
    least: str = ""
    most: str = ""
    change: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is asked of it."""
        return bool(self.least or self.most or self.change)


@dataclass(frozen=True)
class GroupLimit:
    """Limits of the sum of some items, as typed; with several periods, on average."""

    name: str = ""
    items: tuple[str, ...] = ()
    least: str = ""
    most: str = ""

    @property
    def is_set(self) -> bool:
        """Whether it limits anything yet."""
        return bool(self.items and (self.least or self.most))


@dataclass(frozen=True)
class AskedLimits:
    """All limits of a plan beside total, step and locks.

    Attributes
    ----------
    items : tuple of ItemLimit
        Those that are set.
    groups : tuple of GroupLimit
    target_kind : {"", "cpa", "roas"}
    target : str
        Most currency units an outcome, or least outcome a currency unit, as typed.
    is_beyond : bool
        Whether an item may spend more than was ever observed.
    """

    items: tuple[ItemLimit, ...] = ()
    groups: tuple[GroupLimit, ...] = ()
    target_kind: str = ""
    target: str = ""
    is_beyond: bool = False

    def of(self, item: str) -> ItemLimit:
        """Return what is asked of an item."""
        return next((one for one in self.items if one.item == item), ItemLimit(item))

    @property
    def n_set(self) -> int:
        """How many limits are set."""
        counted = sum(bool(one.least or one.most) + bool(one.change) for one in self.items)
        return counted + sum(g.is_set for g in self.groups) + bool(self.target) + self.is_beyond

    def document(self, locks: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return the constraints as `workbench.budget.plan_file.read_limits` takes them.

        Parameters
        ----------
        locks : tuple of str
            Items that keep their current spend, whatever else is typed for them.

        Examples
        --------
        >>> AskedLimits((ItemLimit("tv", most="900"),), target_kind="cpa", target="12").document()
        {'bounds': {'tv': [None, '900']}, 'target_cpa': 12.0}
        """
        free = [one for one in self.items if one.item not in locks]
        parts: dict[str, Any] = {
            "bounds": {
                one.item: [one.least or None, one.most or None] for one in free if one.least or one.most
            },
            "groups": [_group(group) for group in self.groups if group.is_set],
            "min_change": {one.item: one.change for one in free if one.change},
            "allow_extrapolation": self.is_beyond,
        }
        if self.target and self.target_kind:
            parts[f"target_{self.target_kind}"] = _number(self.target)
        return {name: part for name, part in parts.items() if part}

    def to_text(self) -> str:
        """Return the constraints as one line of JSON for an address; empty where there are none."""
        document = self.document()
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")) if document else ""

    def changed(self, patch: Mapping[str, str]) -> AskedLimits:
        """Apply a reader's acts; keys that are no limit's are left alone.

        Raises
        ------
        DataError
            If a list that is chosen from has no such entry.

        Examples
        --------
        >>> limits = AskedLimits().changed({"most:tv": "900", "add_group": "1", "group:0:items": "tv"})
        >>> limits.of("tv").most, limits.groups[0].items
        ('900', ('tv',))
        """
        out = AskedLimits() if patch.get("clear_limits") else self
        for key, text in patch.items():
            part, _, item = key.partition(":")
            if part in _PARTS and item:
                out = out._with_item(replace(out.of(item), **{part: text.strip()}))
        if "target_kind" in patch:
            if patch["target_kind"] not in {"", *TARGETS}:
                raise refused("target", patch["target_kind"], "is no target", "Choose cpa, roas or none.")
            out = replace(out, target_kind=patch["target_kind"])
        if "target" in patch:
            out = replace(out, target=patch["target"].strip())
        if "beyond" in patch:
            out = replace(out, is_beyond=bool(patch["beyond"]))
        return replace(out, groups=_changed_groups(out.groups, patch))

    def _with_item(self, limit: ItemLimit) -> AskedLimits:
        others = tuple(one for one in self.items if one.item != limit.item)
        return replace(self, items=_sorted([*others, limit] if limit.is_set else others))


def limits_of_text(text: str) -> AskedLimits:
    """Read what `AskedLimits.to_text` wrote, or a constraints document in JSON.

    Raises
    ------
    DataError
        If it is no such document.

    Examples
    --------
    >>> limits_of_text('{"bounds":{"tv":[null,"900"]}}').of("tv").most
    '900'
    """
    try:
        given = json.loads(text) if text else {}
        bounds, changes = dict(given.get("bounds", {})), dict(given.get("min_change", {}))
        items = _sorted(
            ItemLimit(name, least=_text(low), most=_text(high), change=_text(changes.get(name)))
            for name, (low, high) in (dict.fromkeys(changes, (None, None)) | bounds).items()
        )
        groups = tuple(
            GroupLimit(
                str(one.get("name", "")),
                tuple(str(item) for item in one["items"]),
                _text(one.get("min")),
                _text(one.get("max")),
            )
            for one in given.get("groups", [])
        )
        kind = next((kind for kind in TARGETS if f"target_{kind}" in given), "")
        target = _text(given.get(f"target_{kind}"))
    except (ValueError, TypeError, AttributeError, KeyError):
        raise refused(
            "limits", repr(text), "are no limits", "Give constraints as `wb budget plan` takes them, in JSON."
        ) from None
    return AskedLimits(items, groups, kind, target, is_beyond=given.get("allow_extrapolation") is True)


def field_key(field: str, groups: tuple[GroupLimit, ...]) -> str:
    """Return which field of the page a refused constraint stands in; empty where in none.

    Examples
    --------
    >>> field_key("bounds.tv", ()), field_key("target_cpa", ()), field_key("total", ())
    ('most:tv', 'target', '')
    """
    part, _, item = field.partition(".")
    if part in {"bounds", "min_change"} and item:
        return f"{'most' if part == 'bounds' else 'change'}:{item}"
    if field.startswith("target"):
        return "target"
    if field == "worth":
        return field
    if field.startswith("groups["):
        shown = [k for k, group in enumerate(groups) if group.is_set]
        place = int(field[len("groups[") :].partition("]")[0])
        end = "name" if field.endswith(".name") else "most"
        return f"group:{shown[place]}:{end}" if place < len(shown) else ""
    return ""


def _changed_groups(groups: tuple[GroupLimit, ...], patch: Mapping[str, str]) -> tuple[GroupLimit, ...]:
    out = list(groups)
    if patch.get("add_group") and len(out) < _MOST_GROUPS:
        out.append(GroupLimit())
    for key, text in patch.items():
        part, _, rest = key.partition(":")
        place, _, name = rest.partition(":")
        if part != "group" or not place.isdecimal() or int(place) >= len(out):
            continue
        if name == "items":
            out[int(place)] = replace(out[int(place)], items=split_values(text))
        elif name in {"name", "least", "most"}:
            typed: dict[str, Any] = {name: text.strip()}
            out[int(place)] = replace(out[int(place)], **typed)
    dropped = patch.get("drop_group", "")
    if dropped.isdecimal() and int(dropped) < len(out):
        del out[int(dropped)]
    return tuple(out)


def _sorted(items: Iterable[ItemLimit]) -> tuple[ItemLimit, ...]:
    return tuple(sorted(items, key=lambda one: one.item))


def _group(group: GroupLimit) -> dict[str, Any]:
    parts = {"name": group.name, "items": list(group.items), "min": group.least, "max": group.most}
    return {name: part for name, part in parts.items() if part}


def _number(text: str) -> float | str:
    """Return a number where the text is one; else the text, for the check to refuse by its field."""
    try:
        return float(text)
    except ValueError:
        return text


def _text(value: object) -> str:
    """Return what stands in a field for a value of a document."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
