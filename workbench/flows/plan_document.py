"""The text of a plan's constraints, YAML or JSON: no number read as another, nothing lost in silence."""

from __future__ import annotations

import re
from typing import Any

import yaml

from workbench.budget.problem import refused


class _Document(yaml.SafeLoader):
    """YAML with the numbers of JSON: ``0500`` is no octal, ``1:30`` no sexagesimal number, ``1_0`` no ten.

    Such text stays text, for its field to judge. A date stays one as well, and no name is given twice.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class declares it
        first: [(tag, pattern) for tag, pattern in some if not tag.endswith((":int", ":float", ":timestamp"))]
        for first, some in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, refusing a name that is there twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.MarkedYAMLError(problem=f"{name} is there twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


_FORM = "Write it as `bounds: {social: [0, 500]}`, one field a line."
_SIGNED = list("-+0123456789.")
_Document.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), _SIGNED)
_Document.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?((0|[1-9][0-9]*)?\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?[eE][-+]?[0-9]+|\.(inf|nan))$"),
    _SIGNED,
)


def read_document(text: str, source: str) -> dict[str, Any]:
    """Read a document of constraints, which `workbench.budget.plan_file.read_limits` checks.

    Parameters
    ----------
    text : str
        YAML or JSON.
    source : str
        What it is called in an error, such as the file's name.

    Raises
    ------
    DataError
        If it is no such text, names something twice, or holds no fields.

    Examples
    --------
    >>> read_document("bounds: {tv: [0, 0500]}", "limits.yaml")
    {'bounds': {'tv': [0, '0500']}}
    """
    try:
        document = yaml.load(text, _Document)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise refused(
            "constraints", source, f"is no YAML or JSON with each name once: {error.problem}{where}", _FORM
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise refused("constraints", source, f"is no YAML or JSON: {reason}", _FORM) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise refused("constraints", source, "holds no fields", "Write bounds, fixed, groups and others.")
    return document
