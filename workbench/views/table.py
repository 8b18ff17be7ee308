"""Tables: numbers aligned, intervals drawn in the row on one scale, few enough columns to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbench.core.errors import SchemaError
from workbench.core.number_text import Unit, is_absent, unit_interval, value_text
from workbench.views.scales import Scale
from workbench.views.svg_text import clean, n

MAX_COLUMNS = 7
MAX_COLUMNS_ON_A_PHONE = 4
_IV_WIDTH, _IV_HEIGHT = 200, 18


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        Its head, in a word or two.
    kind : {"text", "number", "interval"}
        Numbers stand right with digits of one width; intervals are drawn.
    phone : bool
        Whether a phone shows it too.
    reference : float or None
        Where an interval column has its dashed line.
    unit : Unit
        Of an interval column, for the words behind the drawing.
    """

    name: str
    kind: Literal["text", "number", "interval"] = "number"
    phone: bool = True
    reference: float | None = None
    unit: Unit = field(default_factory=Unit)


@dataclass(frozen=True)
class Cell:
    """A cell with more than words.

    Attributes
    ----------
    text : str
        What it shows.
    sort : float or str or None
        What it sorts by; the text when ``None``.
    note : str
        A smaller second line.
    tone : {"worse", "better", "plain"}
        Colour of its words, which carry a sign of their own.
    href : str
        Where a click on it leads.
    """

    text: str
    sort: float | str | None = None
    note: str = ""
    tone: Literal["worse", "better", "plain"] = "plain"
    href: str = ""


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, drawn in the row."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


AnyCell = str | Cell | Interval


def table_html(
    columns: Sequence[Column],
    rows: Sequence[Sequence[AnyCell]],
    *,
    caption: str = "",
    locale: str = "en_GB",
    sortable: bool = True,
) -> str:
    """Return a table; its first column names the rows.

    Parameters
    ----------
    columns : sequence of Column
        At most seven, at most four of them on a phone.
    rows : sequence of sequence of str, Cell or Interval
        As long as the columns.
    caption : str
        What the table is, for those who hear it. Not shown: the card's title says it.
    sortable : bool
        Whether heads are buttons; they do nothing harmful where no script runs.

    Raises
    ------
    SchemaError
        If there are too many columns or a row has another length.

    Examples
    --------
    >>> html = table_html([Column("Campaign", "text"), Column("Leads")], [["Broad", "398"]])
    >>> "398" in html and "<th scope=" in html
    True
    """
    _check(columns, rows)
    scales = [_scale(i, column, rows) for i, column in enumerate(columns)]
    head = "".join(_head(column, sortable=sortable) for column in columns)
    body = "".join(
        "<tr>"
        + "".join(
            _cell(cell, column, scale, locale=locale, is_first=i == 0)
            for i, (cell, column, scale) in enumerate(zip(row, columns, scales, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    said = f'<caption><span class="wb-hidden">{clean(caption)}</span></caption>' if caption else ""
    return f'<table class="wb-table">{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _check(columns: Sequence[Column], rows: Sequence[Sequence[AnyCell]]) -> None:
    n_phone = sum(column.phone for column in columns)
    if len(columns) > MAX_COLUMNS or n_phone > MAX_COLUMNS_ON_A_PHONE:
        raise SchemaError(
            f"A table of {len(columns)} columns, {n_phone} of them on a phone, cannot be read.",
            next_step=f"Show at most {MAX_COLUMNS}, and {MAX_COLUMNS_ON_A_PHONE} with phone=True; "
            "the rest belongs into the XLSX.",
            n_columns=len(columns),
            n_columns_on_a_phone=n_phone,
        )
    for row in rows:
        if len(row) != len(columns):
            raise SchemaError(
                f"A row has {len(row)} cells, the table {len(columns)} columns.",
                next_step="Give every row one cell for each column.",
            )


def _scale(i: int, column: Column, rows: Sequence[Sequence[AnyCell]]) -> Scale:
    cells = [row[i] for row in rows]
    ends = [v for c in cells if isinstance(c, Interval) for v in (c.value, c.lower, c.upper)]
    values = [float(v) for v in (*ends, column.reference) if v is not None and not is_absent(v)]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    return Scale((low, high), (7, _IV_WIDTH - 7))


def _classes(column: Column) -> str:
    names = {"text": [], "number": ["wb-num"], "interval": ["wb-iv"]}[column.kind]
    names = names if column.phone else [*names, "wb-wide"]
    return f' class="{" ".join(names)}"' if names else ""


def _head(column: Column, *, sortable: bool) -> str:
    name = clean(column.name)
    inner = f'<button type="button" class="wb-sort">{name}</button>' if sortable else name
    return f'<th scope="col"{_classes(column)}>{inner}</th>'


def _cell(cell: AnyCell, column: Column, scale: Scale, *, locale: str, is_first: bool) -> str:
    tag = 'th scope="row"' if is_first else "td"
    if isinstance(cell, Interval):
        sort = cell.value if cell.value is not None and not is_absent(cell.value) else None
        inner = _drawn(cell, column, scale, locale=locale)
    else:
        cell = Cell(cell) if isinstance(cell, str) else cell
        sort, inner = cell.sort, _words(cell)  # type: ignore[assignment]
    key = f' data-sort="{clean(str(sort))}"' if sort is not None else ""
    return f"<{tag}{_classes(column)}{key}>{inner}</{tag.split(maxsplit=1)[0]}>"


def _words(cell: Cell) -> str:
    text = clean(cell.text)
    if cell.href:
        text = f'<a href="{clean(cell.href)}">{text}</a>'
    if cell.tone != "plain":
        text = f'<span class="wb-{cell.tone}">{text}</span>'
    return text + (f"<small>{clean(cell.note)}</small>" if cell.note else "")


def _drawn(cell: Interval, column: Column, scale: Scale, *, locale: str) -> str:
    middle = _IV_HEIGHT / 2
    parts = [f'<path class="grid" d="M0,{n(middle)}H{_IV_WIDTH}"/>']
    if column.reference is not None and not is_absent(column.reference):
        parts.append(f'<path class="ev" d="M{n(scale(column.reference))},0V{_IV_HEIGHT}"/>')
    if cell.lower is not None and cell.upper is not None and not is_absent(cell.lower + cell.upper):
        parts.append(f'<path class="iv" d="M{n(scale(cell.lower))},{n(middle)}H{n(scale(cell.upper))}"/>')
    if cell.value is not None and not is_absent(cell.value):
        parts.append(f'<circle class="pt" cx="{n(scale(cell.value))}" cy="{n(middle)}" r="4.5"/>')
    words = value_text(cell.value, column.unit, locale)
    interval = unit_interval(cell.lower, cell.upper, column.unit, locale)
    said = clean(f"{words} {interval}".strip())
    return (
        f'<svg class="wb-svg" viewBox="0 0 {_IV_WIDTH} {_IV_HEIGHT}" role="img" aria-label="{said}">'
        f"<title>{said}</title>{''.join(parts)}</svg>"
    )


SORT_SCRIPT = """
(() => {
  if (window.wbSorts) return;
  window.wbSorts = true;
  document.documentElement.classList.add("wb-js");
  const key = (row, i) => {
    const cell = row.cells[i];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".wb-sort");
    if (!button) return;
    const head = button.closest("th"), table = button.closest("table"), body = table.tBodies[0];
    const rising = head.getAttribute("aria-sort") === "descending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const rows = [...body.rows].map((row) => [key(row, head.cellIndex), row]);
    rows.sort(([a], [b]) => {
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b));
      return rising ? order : -order;
    });
    body.append(...rows.map(([, row]) => row));
  });
})();
"""
"""Makes every table's heads sort it, also of tables that come later; a page includes it once."""
