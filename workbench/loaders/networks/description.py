"""What the tables of a network mean: read from a YAML file, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal

from workbench.core.errors import ConfigError

FOLDER = Path(__file__).parent
#: Networks there is a description of.
NETWORKS: tuple[str, ...] = ("meta", "google", "tiktok", "linkedin", "x", "pinterest", "snapchat")

Unit = Literal["units", "micros"]
#: Kinds of thing that a list names; ``other`` is recognised and not used.
ListOf = Literal["account", "campaign", "adset", "ad", "keyword", "place", "other"]


@dataclass(frozen=True)
class Metric:
    """Columns that are added to one number.

    Attributes
    ----------
    columns : tuple of str
        Headers in lower case; those that a file lacks count nothing.
    unit : {"units", "micros"}
        Of money: whole units of the currency, or millionths.
    blank_is_zero : bool
        Whether the network leaves a cell blank instead of writing zero.
    """

    columns: tuple[str, ...]
    unit: Unit = "units"
    blank_is_zero: bool = False


@dataclass(frozen=True)
class Kinds:
    """A column that says what another column breaks the row down by."""

    column: str
    value: str
    breakdowns: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """One kind of report table.

    Attributes
    ----------
    network, name : str
        Whose table it is, and what it is called here.
    level : {"account", "campaign", "adset", "ad"}
        What a row stands for.
    told_by, without : frozenset of str
        Headers that such a table has, and that it has not.
    time : {"day", "hour", "month"}
        What a row's time is; hours are added to days.
    time_column : str
        Where it is.
    account : str or None
        Column of the account.
    ids : mapping of entity to tuple of str
        Columns of an id, the first filled one counts; of a resource name its last part.
    names : mapping of entity to str
        Column of a name.
    breakdowns : mapping of str to str
        Breakdown, ``keyword`` or ``search_term`` -> column.
    metrics : mapping of str to Metric
        Canonical metric -> columns; ``spend`` is one of them.
    kinds : Kinds or None
        Where a column says what the row is broken down by.
    """

    network: str
    name: str
    level: str
    told_by: frozenset[str]
    without: frozenset[str]
    time: Literal["day", "hour", "month"]
    time_column: str
    account: str | None
    ids: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    breakdowns: Mapping[str, str]
    metrics: Mapping[str, Metric]
    kinds: Kinds | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Headers without which nothing can be loaded, in the order of the description."""
        first = [self.time_column, *(c for c in (self.account,) if c), *self.metrics["spend"].columns]
        ids = [self.ids[self.level][0]] if self.level in self.ids else []
        return tuple(dict.fromkeys([*ids, *first, *self.breakdowns.values()]))

    @property
    def used(self) -> frozenset[str]:
        """Headers whose cells go into the lake."""
        kinds = (self.kinds.column, self.kinds.value) if self.kinds else ()
        ids = (column for columns in self.ids.values() for column in columns)
        metrics = (column for metric in self.metrics.values() for column in metric.columns)
        own = (self.time_column, *((self.account,) if self.account else ()))
        return frozenset((*own, *ids, *self.names.values(), *self.breakdowns.values(), *metrics, *kinds))


@dataclass(frozen=True)
class EntityList:
    """One kind of history or lookup table: what its ids are called, and what they belong to."""

    network: str
    name: str
    of: ListOf
    told_by: frozenset[str]
    without: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    columns: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    newest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """The tables of one network.

    Attributes
    ----------
    name : str
        As in the lake's column ``network``.
    stamps : {"account", "utc"}
        Whose clock the times are of.
    added_over : frozenset of str
        Headers that tell rows apart and whose rows are added.
    left_out : mapping of reason to tuple of str
        Patterns of headers that are known and not carried.
    reports, lists : tuple
        Its tables.
    """

    name: str
    stamps: Literal["account", "utc"]
    added_over: frozenset[str]
    left_out: Mapping[str, tuple[str, ...]]
    reports: tuple[Report, ...]
    lists: tuple[EntityList, ...]

    def why_left_out(self, header: str) -> str | None:
        """Say why a known column is not in the lake; None for a column that nothing is known of.

        Examples
        --------
        >>> read_network("google").why_left_out("device"), read_network("google").why_left_out("mood")
        ('added up over', None)
        """
        if header in self.added_over:
            return "added up over"
        for reason, patterns in self.left_out.items():
            if any(fnmatchcase(header, pattern) for pattern in patterns):
                return reason
        return None


@cache
def read_network(name: str) -> Network:
    """Read the description of a network.

    Parameters
    ----------
    name : str
        One of :data:`NETWORKS`.

    Raises
    ------
    ConfigError
        If there is no description of it.
    """
    import yaml

    if name not in NETWORKS:
        raise ConfigError(
            f"There is no description of the network {name!r}.",
            next_step=f"The networks are {', '.join(NETWORKS)}.",
            network=name,
        )
    content = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return Network(
        name=name,
        stamps=content["stamps"],
        added_over=frozenset(content.get("added_over", ())),
        left_out={reason: tuple(patterns) for reason, patterns in content["left_out"].items()},
        reports=tuple(_report(content, name, *item) for item in content["reports"].items()),
        lists=tuple(_list(name, *item) for item in content["lists"].items()),
    )


def _report(network: Mapping[str, Any], network_name: str, name: str, content: Mapping[str, Any]) -> Report:
    time = next(kind for kind in ("day", "hour", "month") if kind in content)
    metrics = {**network["metrics"], **content.get("metrics", {})}
    spend = network["spend"]
    return Report(
        network=network_name,
        name=name,
        level=content["level"],
        told_by=frozenset(content["told_by"]),
        without=frozenset(content.get("without", ())),
        time=time,  # type: ignore[arg-type]
        time_column=content[time],
        account=content.get("account"),
        ids={entity: tuple(columns) for entity, columns in content.get("ids", {}).items()},
        names=content.get("names", {}),
        breakdowns=content.get("breakdowns", {}),
        metrics={
            "spend": Metric((spend["column"],), spend["unit"], spend.get("blank_is_zero", False)),
            **{metric: _metric(columns) for metric, columns in metrics.items()},
        },
        kinds=Kinds(**content["kinds"]) if "kinds" in content else None,
    )


def _metric(content: Sequence[str] | Mapping[str, Any]) -> Metric:
    if isinstance(content, Mapping):
        return Metric(tuple(content["columns"]), content["unit"])
    return Metric(tuple(content))


def _list(network: str, name: str, content: Mapping[str, Any]) -> EntityList:
    columns = ("id", "name", "account", "currency", "time_zone")
    return EntityList(
        network=network,
        name=name,
        of=content["of"],
        told_by=frozenset(content["told_by"]),
        without=frozenset(content.get("without", ())),
        only=frozenset(content.get("only", ())),
        columns={key: content[key] for key in columns if key in content},
        parents=content.get("parents", {}),
        newest=tuple(content.get("newest", ())),
    )
