"""Texts of a file -> typed rows, every cell read or the file refused. Totals and grains come later."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.lake.schema import BREAKDOWNS
from workbench.loaders import values
from workbench.loaders.aliases import TOTAL_LABEL
from workbench.loaders.days import Days, parse_days, split_ranges
from workbench.loaders.headers import recognise
from workbench.loaders.numbers import Numbers, decimal_sign, parse_numbers, whole_counts
from workbench.loaders.result import Unreadable
from workbench.loaders.rows import COUNTS, ENTITIES, METRICS, Assumed, Rows

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from workbench.loaders.grid import Grid
    from workbench.loaders.headers import HeaderMap


def read_rows(grid: Grid, header_map: HeaderMap, assumed: Assumed) -> Rows:
    """Read every cell of the columns that are known.

    Raises
    ------
    Unreadable
        At the first cell of a known column that cannot be read, or if the file lacks spend or dates.
    """
    import numpy as np

    reader = _Reader(grid, header_map, assumed)
    if "spend" not in header_map.columns and "spend" not in header_map.constants:
        raise Unreadable(
            f"No column holds the amount spent; the file has {', '.join(map(repr, grid.headers))}.",
            next_step="Add 'Amount spent' to the export.",
        )
    if grid.n_records == 0:
        raise Unreadable(
            "The file has headers and no rows.", next_step="Choose dates with delivery and export again."
        )
    numbers = reader.numbers()
    start, stop, is_day = reader.dates()
    ids, names = reader.entities()
    return Rows(
        record=np.arange(grid.n_records),
        account=reader.account(),
        attribution=reader.changed("attribution", values.attribution_window),
        objective=reader.text("objective"),
        result_type=reader.changed("result_type", values.result_type),
        ids=ids,
        names=names,
        breakdowns=reader.breakdowns(),
        unknown={grid.headers[i]: values.texts(grid.columns[i]) for i in header_map.unknown},
        start=start,
        stop=stop,
        is_day=is_day,
        numbers=numbers,
        currency=reader.currency(),
        headers={name: grid.headers[i] for name, i in header_map.columns.items()},
        warnings=tuple(reader.warnings),
    )


class _Reader:
    """Reads the columns of one file by their canonical names."""

    def __init__(self, grid: Grid, header_map: HeaderMap, assumed: Assumed) -> None:
        self.grid, self.map, self.assumed = grid, header_map, assumed
        self.warnings: list[str] = []

    def raw(self, name: str) -> pa.Array | None:
        import pyarrow as pa

        position = self.map.columns.get(name)
        if position is not None:
            return self.grid.columns[position]
        constant = self.map.constants.get(name)
        return None if constant is None else pa.array([constant] * self.grid.n_records, pa.string())

    def header(self, name: str) -> str:
        return self.map.header(name) if name in self.map.columns else name

    def text(self, name: str) -> pa.Array:
        import pyarrow as pa

        raw = self.raw(name)
        return pa.nulls(self.grid.n_records, pa.string()) if raw is None else values.texts(raw)

    def changed(self, name: str, change: Callable[[str], str]) -> pa.Array:
        return values.each(self.text(name), change)

    def numbers(self) -> dict[str, Numbers]:
        present = [(name, raw) for name in METRICS if (raw := self.raw(name)) is not None]
        sign = self._decimal_sign(present)
        found = {}
        for name, raw in present:
            numbers = parse_numbers(raw, decimal=sign, header=self.header(name))
            if name in COUNTS:
                whole_counts(numbers, raw, self.header(name))
            elif name != "value":
                _refuse_negative(numbers, raw, self.header(name))
            found[name] = numbers
        return found

    def _decimal_sign(self, present: list[tuple[str, pa.Array]]) -> str:
        if self.assumed.decimal or self.grid.typed_numbers:
            return self.assumed.decimal or "."
        columns = [(self.header(name), raw, name in COUNTS) for name, raw in present]
        ratios = [(self.grid.headers[i], self.grid.columns[i], False) for i in self.map.ratios]
        hint, delimiter = self.map.decimal_hint, self.grid.delimiter
        try:
            return decimal_sign(columns, hint=hint, delimiter=delimiter)
        except Unreadable:
            if not ratios:
                raise
            return decimal_sign(columns + ratios, hint=hint, delimiter=delimiter)

    def dates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        import numpy as np

        columns = {
            name: self._without_labels(raw)
            for name in ("day", "date_start", "date_stop")
            if (raw := self.raw(name)) is not None
        }
        if ("date_start" in columns) != ("date_stop" in columns):
            raise Unreadable(
                "The file has only one of 'Reporting starts' and 'Reporting ends'.",
                next_step="Add the other column to the export.",
            )
        period = self.raw("period")
        if period is not None and "day" not in columns:
            columns["period_start"], columns["period_stop"] = split_ranges(self._without_labels(period))
        if not columns:
            return self._assumed_dates()
        days = self._parse(columns)
        start = np.full(self.grid.n_records, "NaT", dtype="datetime64[D]")
        stop, is_day = start.copy(), np.zeros(self.grid.n_records, dtype=bool)
        for first, last in (("date_start", "date_stop"), ("period_start", "period_stop"), ("day", "day")):
            if first in days:
                filled = ~days[first].is_blank & ~days[last].is_blank
                start[filled], stop[filled] = days[first].days[filled], days[last].days[filled]
                is_day |= filled & (first == "day")
        self._check_order(start, stop, days)
        return start, stop, is_day

    def _without_labels(self, raw: pa.Array) -> pa.Array:
        label = re.compile(TOTAL_LABEL + r"|^all$|^alle$|^tous$|^todos$|^tutti$", re.IGNORECASE)
        return values.each(raw, lambda text: "" if label.match(text.strip()) else text)

    def _parse(self, columns: dict[str, pa.Array]) -> dict[str, Days]:
        try:
            return parse_days(
                columns, comma_locale=self.map.decimal_hint == ",", serial_days=not self.grid.delimiter
            )
        except Unreadable as error:
            name = str(error.facts["column"])
            rest = {n: c for n, c in columns.items() if not n.startswith("period_")}
            if name.startswith("period_") and any(len(c.unique()) > 1 for c in rest.values()):
                return self._parse(rest)  # the week or month in words, and the reporting dates beside it
            if error.facts["column"] is not None:
                error.facts["column"] = self.header("period" if name.startswith("period_") else name)
            raise

    def _check_order(self, start: np.ndarray, stop: np.ndarray, days: dict[str, Days]) -> None:
        import numpy as np

        wrong = np.flatnonzero(stop < start)
        if len(wrong):
            raise Unreadable(
                f"The row ends ({stop[wrong[0]]}) before it starts ({start[wrong[0]]}).", record=int(wrong[0])
            )
        if "day" in days and "date_start" in days:
            first, last = days["date_start"], days["date_stop"]
            outside = ~days["day"].is_blank & ~first.is_blank & ~last.is_blank
            outside &= (days["day"].days < first.days) | (days["day"].days > last.days)
            if outside.any():
                at = int(np.flatnonzero(outside)[0])
                raise Unreadable(
                    f"The day {days['day'].days[at]} lies outside the report's dates.",
                    record=at,
                    column=self.header("day"),
                )

    def _assumed_dates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        import numpy as np

        period = self.assumed.period
        if period is None:
            raise Unreadable(
                "No column says which days the rows cover.",
                next_step="Add 'Day', or 'Reporting starts' and 'Reporting ends', or a mapping's period.",
            )
        n = self.grid.n_records
        return (
            np.full(n, np.datetime64(period.start), dtype="datetime64[D]"),
            np.full(n, np.datetime64(period.stop), dtype="datetime64[D]"),
            np.zeros(n, dtype=bool),
        )

    def entities(self) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
        import pyarrow.compute as pc

        ids, names = {}, {}
        for entity in ENTITIES:
            given, name = self.text(f"{entity}_id"), self.text(f"{entity}_name")
            is_label = pc.fill_null(pc.match_substring_regex(name, TOTAL_LABEL, ignore_case=True), False)
            name = pc.if_else(pc.and_(is_label, pc.is_null(given)), None, name)
            cut = pc.index(
                pc.fill_null(pc.match_substring_regex(given, r"[eE]\+?\d|\.\d"), False), True
            ).as_py()
            if cut >= 0:
                raise Unreadable(
                    f"{given[cut].as_py()!r} is an id that a spreadsheet has rounded.",
                    record=int(cut),
                    column=self.header(f"{entity}_id"),
                    next_step="Export again and do not save the file with a spreadsheet program.",
                )
            ids[entity] = pc.coalesce(given, pc.binary_join_element_wise("name:", name, ""))
            names[entity] = name
        return ids, names

    def breakdowns(self) -> dict[str, pa.Array]:
        found = {}
        for name in BREAKDOWNS:
            column = self.text(name)
            if name == "asset_media":
                column = self._with_other_media(column)
            if column.null_count < len(column):
                change = {"gender": values.gender, "publisher_platform": values.platform}.get(name)
                found[name] = values.each(column, change) if change else column
        if self.map.other:
            found["breakdown_other"] = self._other()
        return found

    def _with_other_media(self, column: pa.Array) -> pa.Array:
        """Fill the rows without an image with their video, if the file has a column of each."""
        import pyarrow.compute as pc

        for i in self.map.unknown:
            known = recognise(self.grid.headers[i])
            if known and known[0] == "asset_media":
                column = pc.coalesce(column, values.texts(self.grid.columns[i]))
        return column

    def _other(self) -> pa.Array:
        import pyarrow as pa

        headers = [self.grid.headers[i] for i in self.map.other]
        columns = [values.texts(self.grid.columns[i]).to_pylist() for i in self.map.other]
        merged = [as_json(dict(zip(headers, cells, strict=True))) for cells in zip(*columns, strict=True)]
        return pa.array(merged, pa.string())

    def account(self) -> pa.Array:
        import pyarrow as pa

        column = self.changed("account_id", values.account)
        present = column.unique().drop_null().to_pylist()
        if not present:
            return pa.array([self.assumed.account_id] * self.grid.n_records, pa.string())
        if self.assumed.account_is_given and present != [self.assumed.account_id]:
            raise Unreadable(
                f"The file is of account {', '.join(present)}, not {self.assumed.account_id}.",
                column=self.header("account_id"),
                next_step="Leave the account out, or choose the other file.",
            )
        return column.fill_null(present[0]) if len(present) == 1 else column

    def currency(self) -> str:
        present = set(self.text("currency").unique().drop_null().to_pylist())
        named = {c.upper() for c in present} | ({self.map.currency} if self.map.currency else set())
        if len(named) > 1:
            raise Unreadable(
                f"The file holds several currencies: {', '.join(sorted(named))}.",
                next_step="Export one currency at a time.",
            )
        if not named:
            if not self.assumed.currency_is_given:
                self.warnings.append(f"The file names no currency; {self.assumed.currency} is assumed.")
            return self.assumed.currency
        found = named.pop()
        _check_code(found)
        if self.assumed.currency_is_given and found != self.assumed.currency:
            raise Unreadable(
                f"The file is in {found}, not in {self.assumed.currency}.",
                next_step="Leave the currency out.",
            )
        return found


def as_json(cells: dict[str, str | None]) -> str | None:
    """Write further breakdowns as sorted JSON; None if all are blank."""
    filled = {header: cell for header, cell in cells.items() if cell is not None}
    return json.dumps(filled, ensure_ascii=False, sort_keys=True) if filled else None


def _check_code(code: str) -> None:
    from babel.numbers import is_currency

    if not is_currency(code):
        raise Unreadable(f"{code!r} is not an ISO 4217 currency code.")


def _refuse_negative(numbers: Numbers, raw: pa.Array, header: str) -> None:
    import numpy as np

    below = np.flatnonzero(numbers.micros < 0)
    if len(below):
        at = int(below[0])
        raise Unreadable(f"{raw[at].as_py()!r} is below zero.", record=at, column=header)
