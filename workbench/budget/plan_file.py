"""Read a plan's constraints from a YAML or JSON document, refusing at the field what cannot be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from workbench.budget.problem import Group, refused
from workbench.core.money import minor_digits

_FIELDS = (
    "bounds",
    "fixed",
    "groups",
    "step_limit",
    "target_cpa",
    "target_roas",
    "min_change",
    "allow_extrapolation",
)
_GROUP_FIELDS = ("name", "items", "min", "max")
_LARGEST_STEP = 10  # times what an item spends now; 20 is meant as 20 %
_LARGEST = 10**13  # currency units; far beyond any budget, and whole in minor units


@dataclass(frozen=True)
class PlanLimits:
    """What a plan has to keep beside its total. Amounts are minor units a period.

    Attributes
    ----------
    bounds : dict of str to (int, int or None)
        Least and greatest spend of an item.
    fixed : tuple of str
        Items that keep their current spend.
    groups : tuple of Group
    step_limit, target_cpa, target_roas : float or None
        See `workbench.budget.problem.Problem`.
    min_change : dict of str to int
        Leave the item, or change it by at least this.
    allow_extrapolation : bool
    """

    bounds: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    step_limit: float | None = None
    target_cpa: float | None = None
    target_roas: float | None = None
    min_change: Mapping[str, int] = field(default_factory=dict)
    allow_extrapolation: bool = False


def read_limits(document: Mapping[str, Any], items: Sequence[str], currency: str) -> PlanLimits:
    """Check a document of constraints field by field.

    Parameters
    ----------
    document : mapping
        ``bounds: {x1: [0, 500]}``, ``fixed: [x2]``, ``groups: [{name, items, min, max}]``, ``step_limit``,
        ``target_cpa`` or ``target_roas``, ``min_change: {x1: 50}``, ``allow_extrapolation``; every field may
        be left out, and an upper limit may be null. Amounts in currency units a period.
    items : sequence of str
        Names that may be used.
    currency : str
        ISO 4217 code, which says how fine an amount can be.

    Returns
    -------
    PlanLimits

    Raises
    ------
    DataError
        At the first field that is unknown or unusable; ``field`` names it.

    Examples
    --------
    >>> read_limits({"bounds": {"x1": [0, 500.5]}, "fixed": ["x2"]}, ["x1", "x2"], "EUR").bounds
    {'x1': (0, 50050)}
    """
    for name in document:
        if name not in _FIELDS:
            raise refused(str(name), "this", "is no constraint", f"Known are {', '.join(_FIELDS)}.")
    bounds = {
        _known("bounds", name, items): _pair(f"bounds.{name}", pair, currency)
        for name, pair in _mapping("bounds", document.get("bounds")).items()
    }
    fixed = tuple(_known("fixed", name, items) for name in _list("fixed", document.get("fixed")))
    twice = [name for name in fixed if name in bounds]
    if twice:
        raise refused(
            f"bounds.{twice[0]}", twice[0], "is fixed and has bounds", "Keep one of the two for an item."
        )
    return PlanLimits(
        bounds=bounds,
        fixed=fixed,
        groups=_groups(document.get("groups"), items, currency),
        step_limit=_step(document.get("step_limit")),
        target_cpa=_above_zero("target_cpa", document.get("target_cpa")),
        target_roas=_above_zero("target_roas", document.get("target_roas")),
        min_change={
            _known("min_change", name, items): exact_minor(f"min_change.{name}", amount, currency)
            for name, amount in _mapping("min_change", document.get("min_change")).items()
        },
        allow_extrapolation=_yes_or_no("allow_extrapolation", document.get("allow_extrapolation")),
    )


def exact_minor(field: str, amount: object, currency: str) -> int:
    """Return an amount of currency units as whole minor units, or refuse it.

    Examples
    --------
    >>> exact_minor("total", "10000.05", "EUR")
    1000005
    """
    try:
        if isinstance(amount, bool):
            raise InvalidOperation
        value = Decimal(str(amount).strip())
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise refused(
            field, repr(amount), "is no amount", "Write it with a point and without grouping, as 1010.00."
        )
    if not 0 <= value <= _LARGEST:
        raise refused(field, amount, "is no amount to spend", f"Give 0 to {_LARGEST:,}.")
    minor = value.scaleb(minor_digits(currency))
    if minor != int(minor):
        raise refused(
            field, amount, "is finer than can be spent", f"Give {minor_digits(currency)} decimals at most."
        )
    return int(minor)


def _pair(field: str, pair: Any, currency: str) -> tuple[int, int | None]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise refused(field, repr(pair), "is no pair of limits", "Write [least, greatest], such as [0, 500].")
    return _ordered(field, pair[0], pair[1], currency)


def _ordered(field: str, least: Any, most: Any, currency: str) -> tuple[int, int | None]:
    low = 0 if least is None else exact_minor(field, least, currency)
    high = None if most is None else exact_minor(field, most, currency)
    if high is not None and low > high:
        raise refused(field, f"the least, {least},", f"is above the greatest, {most}", "Swap the two.")
    return low, high


def _groups(given: Any, items: Sequence[str], currency: str) -> tuple[Group, ...]:
    out: list[Group] = []
    for k, one in enumerate(_list("groups", given)):
        place = f"groups[{k}]"
        fields = _mapping(place, one)
        for name in fields:
            if name not in _GROUP_FIELDS:
                raise refused(
                    f"{place}.{name}", "this", "is no field", f"Known are {', '.join(_GROUP_FIELDS)}."
                )
        name = str(fields.get("name") or k + 1)
        members = [
            _known(f"{place}.items", item, items) for item in _list(f"{place}.items", fields.get("items"))
        ]
        if not members or len(set(members)) < len(members):
            raise refused(f"{place}.items", members, "does not name each item once", "Name one item or more.")
        if name in [group.name for group in out]:
            raise refused(f"{place}.name", name, "is taken by another group", "Give each its own name.")
        low, high = _ordered(f"{place} ({name})", fields.get("min"), fields.get("max"), currency)
        out.append(Group(name, tuple(members), low, high))
    return tuple(out)


def _known(field: str, name: Any, items: Sequence[str]) -> str:
    if isinstance(name, bool) or str(name) not in items:
        raise refused(field, name, "is no item of the model", f"Items are {', '.join(items)}.")
    return str(name)


def _mapping(field: str, given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise refused(field, repr(given), "is no mapping", "Write name: value, one a line.")
    return given


def _list(field: str, given: Any) -> Sequence[Any]:
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        raise refused(field, repr(given), "is no list", "Write it in brackets, such as [x1, x2].")
    return given


def _above_zero(field: str, given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < float("inf"):
        raise refused(field, repr(given), "is no number above zero", "Leave it out if there is none.")
    return float(given)


def _step(given: Any) -> float | None:
    step = _above_zero("step_limit", given)
    if step is not None and step > _LARGEST_STEP:
        raise refused("step_limit", given, "is no share of what is spent now", "Write 0.2 for 20 %.")
    return step


def _yes_or_no(field: str, given: Any) -> bool:
    if given is not None and not isinstance(given, bool):
        raise refused(field, repr(given), "is neither true nor false", "Write true or false.")
    return bool(given)
