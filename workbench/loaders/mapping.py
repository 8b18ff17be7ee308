"""Load any table by a mapping: a small YAML file that says which column is which.

::

    columns:                  # header in the file: canonical name
      Spent: spend
      Impressions: impressions
    breakdown_other: [interest]
    constants: {network: meta, currency: USD, result_type: lead}
    period: {start: 2026-11-01, stop: 2026-11-30}   # for a table without dates
    delimiter: ";"            # optional, as are all below
    decimal: ","
    table: posts              # ad_insights if left out
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period, parse_day
from workbench.core.errors import ConfigError, SchemaError
from workbench.lake.schema import BREAKDOWNS
from workbench.loaders.headers import HeaderMap
from workbench.loaders.rows import AMOUNTS, COUNTS, ENTITIES, MONEY

if TYPE_CHECKING:
    pass

#: Names that a mapping may use.
CANONICAL: tuple[str, ...] = (
    "account_id",
    *(f"{entity}_{part}" for entity in ENTITIES for part in ("id", "name")),
    "day",
    "date_start",
    "date_stop",
    "period",
    "attribution",
    "currency",
    "objective",
    "result_type",
    *BREAKDOWNS,
    *MONEY,
    *COUNTS,
    *AMOUNTS,
)
#: Names that a mapping of posts may use; ``interactions`` is compared with its parts and not stored.
POST_COLUMNS: tuple[str, ...] = (
    "post_id",
    "post_type",
    "day",
    "month",
    "is_paid",
    "impressions",
    "reach",
    "reactions",
    "comments",
    "shares",
    "link_clicks",
    "interactions",
)
#: Table -> names.
TARGETS = {"ad_insights": CANONICAL, "posts": POST_COLUMNS}
CONSTANTS = ("network", "account_id", "currency", "attribution", "objective", "result_type")
_KEYS = ("columns", "breakdown_other", "constants", "period", "delimiter", "decimal", "description", "table")
SHIPPED = Path(__file__).parent / "mappings"


@dataclass(frozen=True)
class Mapping:
    """A mapping that was read and found valid.

    Attributes
    ----------
    columns : dict of str to str
        Header -> canonical name.
    other : tuple of str
        Headers that are kept together as ``breakdown_other``.
    constants : dict of str to str
        Canonical name -> value of every row.
    period : Period or None
        Days that a table without dates covers.
    delimiter, decimal : str or None
        Notation, if it is known.
    digest : str
        SHA-256 of the mapping's bytes: another mapping makes another load.
    table : {"ad_insights", "posts"}
        Where the rows go.
    """

    columns: dict[str, str]
    other: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    period: Period | None = None
    delimiter: str | None = None
    decimal: str | None = None
    digest: str = ""
    table: str = "ad_insights"

    def count_columns(self, cells: list[str]) -> int:
        """Count the mapped headers among the cells of a record; one that has nearly all is the header."""
        wanted = {*self.columns, *self.other}
        return len(wanted & {cell.strip() for cell in cells}) + (len(wanted) == 1)

    def resolve(self, headers: Sequence[str]) -> HeaderMap:
        """Say which column is which.

        Raises
        ------
        SchemaError
            If a mapped column is not in the file, or stands there twice.
        """
        for header in (*self.columns, *self.other):
            n = headers.count(header) if isinstance(headers, tuple) else list(headers).count(header)
            if n != 1:
                raise SchemaError(
                    f"The mapping names the column {header!r}, which the file has {n} times; "
                    f"it has {', '.join(map(repr, headers))}.",
                    next_step="Correct the mapping's columns.",
                    column=header,
                )
        positions = {name: list(headers).index(header) for header, name in self.columns.items()}
        constants = {
            k: v for k, v in self.constants.items() if k not in ("network", "account_id", "currency")
        }
        other = tuple(list(headers).index(header) for header in self.other)
        return HeaderMap(positions, tuple(headers), constants=constants, other=other)


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping from a YAML file, or a shipped one by its name.

    Parameters
    ----------
    path : str or Path
        File, or a name such as ``kag``.

    Raises
    ------
    ConfigError
        If the file is missing or no YAML.
    SchemaError
        If a key or canonical name is unknown (the message lists the nearest), or spend is not mapped.
    """
    import yaml

    file = Path(path)
    shipped = SHIPPED / f"{path}.yml"
    if not file.is_file() and shipped.is_file():
        file = shipped
    try:
        data = file.read_bytes()
        content = yaml.safe_load(data)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        names = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.yml")))
        raise ConfigError(
            f"The mapping {str(path)!r} cannot be read: {error}.",
            next_step=f"Give a YAML file, or the name of a shipped mapping: {names}.",
        ) from None
    return _checked(content, file.name, hashlib.sha256(data).hexdigest())


def _checked(content: Any, name: str, digest: str) -> Mapping:
    if not isinstance(content, dict) or not isinstance(content.get("columns"), dict):
        raise SchemaError(f"{name} has no 'columns'.", next_step="Write columns: {Header: canonical_name}.")
    for key in content:
        _known(str(key), _KEYS, f"{name} has an unknown key")
    table = str(content.get("table", "ad_insights"))
    _known(table, tuple(TARGETS), f"{name} is for an unknown table")
    columns = {str(header): str(target) for header, target in content["columns"].items()}
    for header, target in columns.items():
        _known(target, TARGETS[table], f"{name} maps {header!r} to an unknown name")
    constants = {str(k): str(v) for k, v in (content.get("constants") or {}).items()}
    for key in constants:
        _known(key, CONSTANTS, f"{name} has an unknown constant")
    _refuse_twice(list(columns.values()), name)
    if table == "posts":
        _check_post_time(columns, content.get("period"), name)
    elif "spend" not in columns.values():
        raise SchemaError(f"{name} maps no column to spend.", next_step="Add Header: spend to its columns.")
    other = content.get("breakdown_other") or ()
    decimal = content.get("decimal")
    if decimal not in (None, ".", ","):
        raise SchemaError(f"{name} has decimal {decimal!r}.", next_step="Write '.' or ','.")
    return Mapping(
        columns=columns,
        other=tuple(str(header) for header in ([other] if isinstance(other, str) else other)),
        constants=constants,
        period=_period(content.get("period"), name),
        delimiter=content.get("delimiter"),
        decimal=decimal,
        digest=digest,
        table=table,
    )


def _check_post_time(columns: dict[str, str], period: Any, name: str) -> None:
    """Refuse a mapping of posts that leaves their days or their year open."""
    times = {"day", "month"} & set(columns.values())
    if len(times) != 1:
        raise SchemaError(
            f"{name} maps {len(times)} columns to the time of a post.",
            next_step="Map one column to day, or one to month.",
        )
    if times == {"month"} and period is None:
        raise SchemaError(
            f"{name} maps a month and says no year.",
            next_step="Write the year as period: {start: 2026-01-01, stop: 2026-12-31}.",
        )


def _known(word: str, allowed: Sequence[str], what: str) -> None:
    if word not in allowed:
        near = difflib.get_close_matches(word, allowed, n=3, cutoff=0.4) or sorted(allowed)
        raise SchemaError(f"{what}: {word!r}.", next_step=f"Did you mean {', '.join(near)}?", value=word)


def _refuse_twice(names: list[str], mapping: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SchemaError(
            f"{mapping} maps two columns to {', '.join(twice)}.",
            next_step="Map one of them; further breakdowns belong into breakdown_other.",
        )


def _period(value: Any, name: str) -> Period | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"start", "stop"}:
        raise SchemaError(f"{name} has period {value!r}.", next_step="Write period: {start: DAY, stop: DAY}.")
    start, stop = (v if isinstance(v, date) else parse_day(str(v)) for v in (value["start"], value["stop"]))
    return Period(start, stop)
