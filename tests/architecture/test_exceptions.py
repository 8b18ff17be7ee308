"""Errors are ours, in one tree, and assertions are no validation."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "workbench"


def parsed():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def test_no_assert_and_no_bare_except_in_the_package():
    for path, tree in parsed():
        for node in ast.walk(tree):
            assert not isinstance(node, ast.Assert), f"{path}:{node.lineno} asserts"
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), f"{path}:{node.lineno}"


def test_everything_raised_is_ours_or_an_attribute_or_key_error():
    allowed = {"AttributeError", "KeyError", "StopIteration", "NotImplementedError"}
    builtin = {"ValueError", "TypeError", "RuntimeError", "Exception", "OSError", "NotImplementedError"}
    for path, tree in parsed():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and isinstance(node.exc.func, ast.Name)
            ):
                name = node.exc.func.id
                is_validator = name == "ValueError" and path.name == "settings.py"  # pydantic's own protocol
                assert name not in builtin - allowed or is_validator, f"{path}:{node.lineno} raises {name}"
