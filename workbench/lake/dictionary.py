"""The data dictionary: ``data/README.md``, written from the one place that defines the columns.

``python -m workbench.lake.dictionary`` writes it anew; a test compares the file with what is written here.
"""

from __future__ import annotations

from pathlib import Path

from workbench.lake.schema import ROLES, TABLES, Column, Table

_HEAD = """\
# Data dictionary

Written by `python -m workbench.lake.dictionary` from `workbench/lake/schema.py`; change it there.

## What lies in this folder

| path | holds | in git |
|---|---|---|
| `README.md` | this dictionary | yes |
| `sample/` | a generated company: **simulated**, labelled so in every view | all but `lake/` |
| `lake/` | the facts: one Delta table per folder, described below | no |
| `ledger.db` | people, consent, decisions, actions, runs, audit (SQLite; another database by setting) | no |
| `inbox/` | dropped files until they are loaded, and quarantined ones with the reason | no |
| `runs/` | one folder per model run: draws as Parquet, models as text | no |
| `workbench.toml` | settings of this installation; no secrets | no |

The real advertising data that the tests read is not in the repository: it lies beside it, in
`../shared/data`, whose own README names sources and licences. Tests that need it are skipped without it.
Your own data comes in through the home page's drop zone or `wb load FILE`.

## What holds for every table

- Observed money is `*_micros`: whole millionths of the currency unit, added as integers and rounded once, at
  display. `*_minor` is money that was set (budgets), in the currency's minor unit.
- Days are calendar days of the ad account's own time zone; moments are UTC.
- Rows of two grains are never added, and neither is anything of the role *unique*.
- Names of people, addresses and message texts are never in the lake; they are in the ledger, encrypted.
- Every commit carries `believed_at` and `load_id`, so `Lake.sql(..., as_of=)` answers with what was believed
  at a moment. Superseded rows are kept 400 days.
"""


def dictionary_text() -> str:
    """Return the whole data dictionary as Markdown."""
    roles = "\n".join(f"| {role} | {meaning} |" for role, meaning in ROLES.items())
    parts = [_HEAD, f"## Roles\n\n| role | meaning |\n|---|---|\n{roles}\n"]
    parts += [table_text(table) for table in TABLES.values()]
    return "\n".join(parts)


def table_text(table: Table) -> str:
    """Return one table's section."""
    rows = "\n".join(_column_line(column) for column in table.columns)
    return (
        f"## `{table.name}`\n\n{table.description}\n\n"
        f"Partitioned by {_names(table.partition_by)}. Key: {_names(table.key)}.\n\n"
        f"| column | type | unit | role | required | description |\n|---|---|---|---|---|---|\n{rows}\n"
    )


def write_dictionary(path: Path) -> None:
    """Write the dictionary to a file, in UTF-8 with line feeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dictionary_text(), encoding="utf-8", newline="\n")


def _column_line(column: Column) -> str:
    cells = (
        f"`{column.name}`",
        column.dtype,
        column.unit,
        column.role,
        "yes" if column.required else "",
        column.description,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    write_dictionary(Path(__file__).resolve().parents[2] / "data" / "README.md")
