"""Filters with ``field``, ``operator`` and ``value``, as ``filtering`` has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workbench.sandbox.graph.refusals import bad_param

#: Objects that are not listed unless a filter asks for them.
GONE = frozenset({"ARCHIVED", "DELETED"})
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda have, want: str(have) == str(want),
    "NOT_EQUAL": lambda have, want: str(have) != str(want),
    "IN": lambda have, want: str(have) in {str(one) for one in want},
    "NOT_IN": lambda have, want: str(have) not in {str(one) for one in want},
    "CONTAIN": lambda have, want: str(want).lower() in str(have).lower(),
    "NOT_CONTAIN": lambda have, want: str(want).lower() not in str(have).lower(),
    "GREATER_THAN": lambda have, want: float(have) > float(want),
    "GREATER_THAN_OR_EQUAL": lambda have, want: float(have) >= float(want),
    "LESS_THAN": lambda have, want: float(have) < float(want),
    "LESS_THAN_OR_EQUAL": lambda have, want: float(have) <= float(want),
}
_OF_LISTS = ("IN", "NOT_IN")


def object_tests(filtering: Iterable[Mapping[str, Any]]) -> list[tuple[str, Callable[[Any], bool]]]:
    """Return the filters as the field's name and a test of its value.

    Raises
    ------
    GraphRefusal
        If an operator does not exist, or its value is of the wrong form.

    Examples
    --------
    >>> tests = object_tests([{"field": "ad.name", "operator": "CONTAIN", "value": "spring"}])
    >>> [(name, test("Spring sale")) for name, test in tests]
    [('ad.name', True)]
    """
    found = []
    for one in filtering:
        name, operator, want = str(one.get("field", "")), str(one.get("operator", "")), one.get("value")
        if operator.upper() not in _TESTS:
            raise bad_param(
                f"Param filtering: operator must be one of {{{', '.join(_TESTS)}}} - got {operator!r}."
            )
        if operator.upper() in _OF_LISTS and not isinstance(want, list):
            raise bad_param(f"Param filtering: the value of {name} {operator} must be an array.")
        found.append((name, _test(_TESTS[operator.upper()], want)))
    return found


def _test(test: Callable[[Any, Any], bool], want: Any) -> Callable[[Any], bool]:
    def passes(have: Any) -> bool:
        try:
            return have is not None and test(have, want)
        except (ValueError, TypeError):
            return False

    return passes
