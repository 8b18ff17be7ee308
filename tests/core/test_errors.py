"""The error tree and what an error says."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from workbench.core import errors
from workbench.core.errors import ConfigError, DataError, RateLimited, WorkbenchError

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, WorkbenchError)]


def drawn_tree() -> dict[str, str]:
    """Read child → parent from the drawing in the module's docstring."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([\s│├└─]*)(\w+Error|[A-Z]\w+)\b", line)
        if not found or (not parents and found[2] != "WorkbenchError" and not path):
            continue
        depth = (len(found[1]) - 4) // 4 if found[2] != "WorkbenchError" else 0
        path = [*path[:depth], found[2]]
        if depth:
            parents[found[2]] = path[-2]
    return parents


def test_the_drawn_tree_is_the_real_one() -> None:
    real = {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES if cls is not WorkbenchError}
    assert drawn_tree() == real


def test_message_next_step_and_facts() -> None:
    error = ConfigError("It is 7.", next_step="Make it 8.", value=7)
    assert str(error) == "It is 7. Make it 8."
    assert (error.message, error.next_step, error.value) == ("It is 7.", "Make it 8.", 7)
    with pytest.raises(AttributeError, match="ConfigError has no attribute 'other'"):
        _ = error.other
    assert str(WorkbenchError("Alone.")) == "Alone."


def test_data_errors_are_value_errors() -> None:
    assert issubclass(DataError, ValueError)


def test_rate_limited_says_how_long() -> None:
    error = RateLimited("Too fast.", retry_after_s=1.5, next_step="Wait.", code=17)
    assert (error.retry_after_s, error.code) == (1.5, 17)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_survives_the_way_between_processes(cls: type[WorkbenchError]) -> None:
    extra = {"retry_after_s": 3.0} if cls is RateLimited else {}
    error = pickle.loads(pickle.dumps(cls("It is 7.", next_step="Make it 8.", value=7, **extra)))  # noqa: S301
    assert type(error) is cls
    assert (str(error), error.value) == ("It is 7. Make it 8.", 7)
    assert getattr(error, "retry_after_s", 3.0) == 3.0
