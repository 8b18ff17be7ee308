"""The one form in which this room refuses a value."""

from __future__ import annotations

from workbench.core.errors import DataError


def refused(field: str, value: object, problem: str, next_step: str) -> DataError:
    """Make an error that names the field, the value received, the problem and what is allowed.

    Examples
    --------
    >>> str(refused("total", 0, "leaves nothing to plan", "Give an amount above 0."))
    'total: 0 leaves nothing to plan. Give an amount above 0.'
    """
    return DataError(f"{field}: {value} {problem}.", next_step=next_step, field=field, value=value)
