"""Which rows may be added with which: a file can hold several grains, and no money is counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from workbench.lake.schema import BREAKDOWNS
from workbench.loaders.grouping import codes, group_numbers, sum_by_group
from workbench.loaders.reconcile import allowance
from workbench.loaders.result import Unreadable
from workbench.loaders.rows import ENTITIES, Rows
from workbench.loaders.totals import Total

if TYPE_CHECKING:
    import numpy as np

LEVELS = ("account", *ENTITIES)


@dataclass(frozen=True)
class Family:
    """Rows of one level, one set of breakdowns and one increment: those that may be added.

    Attributes
    ----------
    level : str
        account, campaign, adset or ad.
    breakdowns : tuple of str
        Breakdown columns that tell its rows apart.
    increment : {"day", "range"}
        Whether its rows are days.
    mask : ndarray of bool
        Its rows.
    is_subtotal : bool
        Whether its rows were found to be sums of another family's rows.
    """

    level: str
    breakdowns: tuple[str, ...]
    increment: Literal["day", "range"]
    mask: np.ndarray
    is_subtotal: bool = False


@dataclass(frozen=True)
class _Pattern:
    rank: int
    breakdowns: frozenset[str]

    def refines(self, other: _Pattern) -> bool:
        return self.rank >= other.rank and self.breakdowns >= other.breakdowns


def split_families(rows: Rows, total: Total | None) -> list[Family]:
    """Sort a file's rows into families, the finest first.

    A row with a blank breakdown or a blank finest entity is a subtotal if it equals the sum of the rows
    below it; then it gets a grain of its own. If there are no rows below it, or the file's total needs it,
    blank is simply its value. Anything else is refused, for its money might be counted twice.

    Raises
    ------
    Unreadable
        At a row that is neither, or if the periods of one entity overlap in part.
    """
    families: list[Family] = []
    for pattern, mask, is_subtotal in _by_pattern(rows, total):
        breakdowns = tuple(sorted(pattern.breakdowns, key=BREAKDOWNS.index))
        for increment, part in _by_time(rows, mask):
            families.append(Family(LEVELS[pattern.rank], breakdowns, increment, part, is_subtotal))
    return families


def _by_pattern(rows: Rows, total: Total | None) -> Iterator[tuple[_Pattern, np.ndarray, bool]]:
    masks = _pattern_masks(rows)
    order = sorted(masks, key=lambda p: (p.rank, len(p.breakdowns), sorted(p.breakdowns)), reverse=True)
    finest: dict[_Pattern, np.ndarray] = {}
    subtotals: dict[_Pattern, np.ndarray] = {}
    for pattern in order:
        finer = next((f for f in finest if f.refines(pattern)), None)
        if finer is None:
            finest[pattern] = masks[pattern]
        elif _is_subtotal(rows, (pattern, masks[pattern]), (finer, finest[finer]), total):
            subtotals[pattern] = masks[pattern]
        else:
            finest[finer] = finest[finer] | masks[pattern]
    yield from ((p, m, False) for p, m in finest.items())
    yield from ((p, m, True) for p, m in subtotals.items())


def _pattern_masks(rows: Rows) -> dict[_Pattern, np.ndarray]:
    import numpy as np

    rank = np.zeros(len(rows), dtype=np.int64)
    for position, entity in enumerate(ENTITIES, start=1):
        rank[rows.ids[entity].is_valid().to_numpy(zero_copy_only=False)] = position
    names = list(rows.breakdowns)
    bits = np.zeros(len(rows), dtype=np.int64)
    for i, name in enumerate(names):
        bits |= rows.breakdowns[name].is_valid().to_numpy(zero_copy_only=False).astype(np.int64) << i
    packed = rank << len(names) | bits
    return {
        _Pattern(
            int(value) >> len(names), frozenset(n for i, n in enumerate(names) if int(value) >> i & 1)
        ): packed == value
        for value in np.unique(packed)
    }


def _is_subtotal(
    rows: Rows, coarse: tuple[_Pattern, np.ndarray], fine: tuple[_Pattern, np.ndarray], total: Total | None
) -> bool:
    """Say whether the coarse rows are sums of the fine ones; False if they are plain rows beside them."""
    import numpy as np

    (pattern, mask), (finer, below) = coarse, fine
    key = _key(rows, pattern)
    n_groups = int(key.max()) + 1
    n_below = np.bincount(key[below], minlength=n_groups)[key[mask]]
    matches = n_below > 0
    for metric in ("spend", "impressions"):
        numbers = rows.numbers.get(metric)
        if numbers is not None:
            sums = sum_by_group(numbers.micros[below], key[below], n_groups)[key[mask]]
            slack = allowance(1, numbers.n_decimals, 2) if metric == "spend" else 0
            matches &= np.abs(sums - numbers.micros[mask]) <= slack * np.maximum(n_below, 1)
    is_plain = pattern.rank == finer.rank
    if (matches | ((n_below == 0) & matches.any())).all() and not (
        is_plain and not _adds_up(rows, below, total) and _adds_up(rows, below | mask, total)
    ):
        return True
    if is_plain and ((n_below == 0).all() or (total is not None and _adds_up(rows, below | mask, total))):
        return False
    at = int(np.flatnonzero(mask)[np.flatnonzero(~matches)[0]])
    missing = ", ".join(sorted(finer.breakdowns - pattern.breakdowns)) or f"{LEVELS[finer.rank]} name"
    raise Unreadable(
        f"{missing} is blank here and filled in other rows, and the row is not their sum.",
        record=int(rows.record[at]),
        column=missing,
        next_step="Export the broken-down and the plain rows as two files.",
    )


def _key(rows: Rows, pattern: _Pattern) -> np.ndarray:
    columns = [codes(rows.account), rows.start.astype("int64"), rows.stop.astype("int64")]
    columns += [codes(rows.ids[entity]) for entity in ENTITIES[: pattern.rank]]
    columns += [codes(rows.breakdowns[name]) for name in sorted(pattern.breakdowns)]
    return group_numbers(columns, len(rows))


def _adds_up(rows: Rows, mask: np.ndarray, total: Total | None) -> bool:
    if total is None:
        return True
    shown = total.micros.get("impressions")
    if shown is not None and "impressions" in rows.numbers and rows.total("impressions", mask) != shown:
        return False
    spend = total.micros.get("spend")
    if spend is None:
        return True
    slack = allowance(int(mask.sum()), rows.numbers["spend"].n_decimals, 2)
    return abs(rows.total("spend", mask) - spend) <= slack


def _by_time(rows: Rows, mask: np.ndarray) -> Iterator[tuple[Literal["day", "range"], np.ndarray]]:
    """Part daily rows from ranges, and ranges from longer ranges that contain them."""
    import numpy as np

    daily = mask & rows.is_day
    if daily.any():
        yield "day", daily
    ranges = mask & ~rows.is_day
    if not ranges.any():
        return
    periods = sorted(
        set(zip(rows.start[ranges].tolist(), rows.stop[ranges].tolist(), strict=True)),
        key=lambda p: (p[1] - p[0], p[0]),
    )
    layers = _layers(periods) if len(periods) > 1 and _entities_overlap(rows, ranges) else [periods]
    for layer in layers:
        chosen = np.zeros(len(rows), dtype=bool)
        for first, last in layer:
            chosen |= ranges & (rows.start == np.datetime64(first)) & (rows.stop == np.datetime64(last))
        all_days = all(first == last for first, last in layer)
        yield ("day" if all_days and not daily.any() else "range"), chosen


def _entities_overlap(rows: Rows, mask: np.ndarray) -> bool:
    import numpy as np

    part = rows.keep(mask)
    dims = [codes(part.account), *map(codes, part.ids.values()), *map(codes, part.breakdowns.values())]
    key = group_numbers(dims, len(part))
    order = np.lexsort((part.stop, part.start, key))
    key, start, stop = key[order], part.start[order], part.stop[order]
    same_period = (start[1:] == start[:-1]) & (stop[1:] == stop[:-1])
    return bool(((key[1:] == key[:-1]) & ~same_period & (start[1:] <= stop[:-1])).any())


def _layers(periods: list[tuple[date, date]]) -> list[list[tuple[date, date]]]:
    """Sort periods, shortest first, into layers without overlap; a longer one has to contain the shorter."""
    layers: list[list[tuple[date, date]]] = []
    for period in periods:
        home = None
        for layer in layers:
            inside = [p for p in layer if p[0] <= period[1] and period[0] <= p[1]]
            if any(not (period[0] <= p[0] and p[1] <= period[1]) for p in inside):
                other = inside[0]
                raise Unreadable(
                    f"The periods {other[0]} – {other[1]} and {period[0]} – {period[1]} overlap in part.",
                    next_step="Export one period at a time.",
                )
            if not inside and home is None:
                home = layer
        if home is None:
            layers.append([period])
        else:
            home.append(period)
    return layers
