"""Typed rows of one family -> the lake's table and the windows it replaces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from workbench.core.dates import Period
from workbench.core.money import MICROS_PER_UNIT
from workbench.lake.schema import BREAKDOWNS, arrow_schema
from workbench.lake.window import Grain, Window
from workbench.loaders.aliases import CONVERSION_TYPES
from workbench.loaders.grains import Family
from workbench.loaders.grouping import codes, group_numbers
from workbench.loaders.result import LoadPart, Unreadable
from workbench.loaders.rows import COUNTS, ENTITIES, Rows

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: Blank means "none" where other rows of the column have a value; people are never assumed.
_ZERO_IF_BLANK = ("impressions", "clicks", "link_clicks", "results", "purchases", "leads", "conversions")


def check_blanks(rows: Rows) -> None:
    """Refuse rows that could not be placed or would lose money.

    Raises
    ------
    Unreadable
        If a row has no day or no account, or impressions and a blank amount spent.
    """
    import numpy as np

    undated = np.flatnonzero(np.isnat(rows.start))
    if len(undated):
        raise Unreadable(
            "The row has no day.", record=int(rows.record[undated[0]]), column=rows.headers.get("day")
        )
    if rows.account.null_count:
        at = int(np.flatnonzero(rows.account.is_null().to_numpy(zero_copy_only=False))[0])
        raise Unreadable(
            "The row names no account.", record=int(rows.record[at]), column=rows.headers.get("account_id")
        )
    spend, impressions = rows.numbers["spend"], rows.numbers.get("impressions")
    if impressions is not None:
        lost = np.flatnonzero(spend.is_blank & (impressions.micros > 0))
        if len(lost):
            at = int(lost[0])
            shown = int(impressions.micros[at]) // MICROS_PER_UNIT
            raise Unreadable(
                f"The amount spent is blank although there are {shown:,} impressions.",
                record=int(rows.record[at]),
                column=rows.headers.get("spend"),
                next_step="Write the amount, or 0 if nothing was charged.",
            )


def parts_of(rows: Rows, family: Family, *, network: str) -> list[tuple[Window, LoadPart, np.ndarray]]:
    """Part a family into the windows it owns: account × attribution × days, or × each range of days.

    Returns
    -------
    list of (Window, LoadPart, ndarray of int64)
        With the positions of the rows of each.
    """
    import numpy as np

    at = np.flatnonzero(family.mask)
    part = rows.keep(family.mask)
    columns = [codes(part.account), codes(part.attribution)]
    if family.increment == "range":
        columns += [part.start.astype("int64"), part.stop.astype("int64")]
    key = group_numbers(columns, len(part))
    firsts = np.unique(key, return_index=True)[1]
    found = []
    for number, first in enumerate(firsts.tolist()):
        mask = key == number
        period = Period(_date(part.start[mask].min()), _date(part.stop[mask].max()))
        grain = Grain(
            family.level, family.breakdowns, family.increment, part.attribution[first].as_py() or ""
        )
        account = part.account[first].as_py()
        window = Window(network, account, grain, period)
        spend = part.total("spend", mask)
        found.append((window, LoadPart(account, str(grain), period, int(mask.sum()), spend), at[mask]))
    return found


def _date(day: np.datetime64) -> date:
    return day.astype(object)  # type: ignore[no-any-return]


def to_table(
    rows: Rows, parts: Sequence[tuple[Window, LoadPart, np.ndarray]], *, load_id: str, source: str
) -> pa.Table:
    """Write rows as the lake's ``ad_insights`` table.

    Parameters
    ----------
    rows : Rows
        Rows without totals.
    parts : sequence of (Window, LoadPart, positions)
        From :func:`parts_of`; together they hold every row once.
    load_id, source : str
        The load, and the loader.

    Returns
    -------
    pyarrow.Table
        In the order of the file, with the schema of :func:`workbench.lake.schema.arrow_schema`.
    """
    import numpy as np
    import pyarrow as pa

    schema = arrow_schema("ad_insights")
    n = len(rows)
    number = np.zeros(n, dtype=np.int64)
    for i, (_, _, at) in enumerate(parts):
        number[at] = i
    columns: dict[str, pa.Array] = {
        "network": _repeat([w.network for w, _, _ in parts], number),
        "grain": _repeat([str(w.grain) for w, _, _ in parts], number),
        "level": _repeat([w.grain.level for w, _, _ in parts], number),
        "account_id": rows.account,
        "month": _months(rows.start),
        "date_start": pa.array(rows.start),
        "date_stop": pa.array(rows.stop),
        "attribution": rows.attribution.fill_null(""),
        "objective": rows.objective,
        "currency": pa.array([rows.currency] * n, pa.string()),
        "source": pa.array([source] * n, pa.string()),
        "load_id": pa.array([load_id] * n, pa.string()),
        **{f"{entity}_id": rows.ids[entity] for entity in ENTITIES},
        **{f"{entity}_name": rows.names[entity] for entity in ENTITIES},
        **{name: rows.breakdowns[name] for name in BREAKDOWNS if name in rows.breakdowns},
        **_metrics(rows),
    }
    arrays = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(n, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _repeat(words: list[str], number: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array(words, pa.string()).take(pa.array(number))


def _months(start: np.ndarray) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    months, number = np.unique(start.astype("datetime64[M]"), return_inverse=True)
    return _repeat([str(month) for month in months], number) if len(months) else pa.array([], pa.string())


def _metrics(rows: Rows) -> dict[str, pa.Array]:
    import pyarrow as pa

    found: dict[str, pa.Array] = {"spend_micros": pa.array(rows.numbers["spend"].micros)}
    for name in COUNTS:
        if name in rows.numbers:
            found[name] = pa.array(
                rows.numbers[name].micros // MICROS_PER_UNIT, pa.int64(), mask=_missing(rows, name)
            )
    if "value" in rows.numbers:
        found["value_micros"] = pa.array(rows.numbers["value"].micros, mask=rows.numbers["value"].is_blank)
    if "results" in rows.numbers:
        found["results"] = _amount(rows, "results")
    found["result_type"] = _result_types(rows)
    conversions = _conversions(rows, found["result_type"])
    if conversions is not None:
        found["conversions"] = conversions
    return found


def _missing(rows: Rows, name: str) -> np.ndarray:
    """Return where a metric has no value: a blank cell is a zero unless the whole column is blank."""
    import numpy as np

    is_blank = rows.numbers[name].is_blank
    if name in _ZERO_IF_BLANK and not is_blank.all():
        return np.zeros(len(rows), dtype=bool)
    return is_blank


def _amount(rows: Rows, name: str) -> pa.Array:
    import pyarrow as pa

    return pa.array(rows.numbers[name].micros / MICROS_PER_UNIT, pa.float64(), mask=_missing(rows, name))


def _result_types(rows: Rows) -> pa.Array:
    kinds = rows.result_type.unique().drop_null()
    return (
        rows.result_type.fill_null(kinds[0])
        if len(kinds) == 1 and "results" in rows.numbers
        else rows.result_type
    )


def _conversions(rows: Rows, result_types: pa.Array) -> pa.Array | None:
    """Choose what counts as a conversion: named so, else what the results are, else purchases, else leads."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "conversions" in rows.numbers:
        return _amount(rows, "conversions")
    kinds = set(result_types.unique().drop_null().to_pylist())
    is_conversion = pc.is_in(result_types, value_set=pa.array(sorted(CONVERSION_TYPES)))
    if "results" in rows.numbers and kinds & CONVERSION_TYPES:
        return pc.if_else(is_conversion, _amount(rows, "results"), pa.scalar(None, pa.float64()))
    chosen = next((name for name in ("purchases", "leads") if name in rows.numbers), None)
    return _amount(rows, chosen) if chosen else None
