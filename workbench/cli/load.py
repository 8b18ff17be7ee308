"""``wb load``: files into the lake, reconciled with their own totals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import load_networks
from workbench.cli.load_meta import meta
from workbench.cli.output import (
    REFUSED,
    HomeOption,
    JsonOption,
    errors_answered,
    notice,
    print_json,
    say,
    settings_of,
    wants_json,
)

if TYPE_CHECKING:
    from workbench.loaders.result import LoadResult

app = typer.Typer(help="Load figures into the lake.", no_args_is_help=True)
load_networks.register(app)

app.command("meta")(meta)

FilesArgument = Annotated[list[Path], typer.Argument(help="CSV or XLSX files.", show_default=False)]
AccountOption = Annotated[str | None, typer.Option("--account", help="Ad account, for files that name none.")]
CurrencyOption = Annotated[str | None, typer.Option("--currency", help="Currency, for files that name none.")]


@app.command("ads-export")
def ads_export(
    context: typer.Context,
    files: FilesArgument,
    account: AccountOption = None,
    currency: CurrencyOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load exports of Ads Manager (CSV or XLSX)."""
    _load(context, files, home=home, as_json=as_json, account_id=account, currency=currency)


@app.command("table")
def table(
    context: typer.Context,
    files: FilesArgument,
    mapping: Annotated[
        str,
        typer.Option("--mapping", help="YAML file, or the name of a mapping that ships with the package."),
    ],
    account: AccountOption = None,
    currency: CurrencyOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load any table by a mapping of its columns (see docs/loading.md)."""
    _load(context, files, home=home, as_json=as_json, account_id=account, currency=currency, mapping=mapping)


def _load(
    context: typer.Context, files: list[Path], *, home: Path | None, as_json: bool, **options: Any
) -> None:
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.flows.load import load_exports

        settings = settings_of(context, home)
        results = load_exports(files, settings=settings, progress=notice, **options)
    if as_json:
        documents = [result.to_dict() for result in results]
        print_json(documents[0] if len(documents) == 1 else _together(documents))
    else:
        for result in results:
            _show(result)
    if any(result.quarantined for result in results):
        raise typer.Exit(REFUSED)


def _together(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep the files apart: files of different grains may describe the same money."""
    return {
        "files": documents,
        "rows": sum(d["rows"] for d in documents),
        "quarantined": [cell for d in documents for cell in d["quarantined"]],
    }


def _show(result: LoadResult) -> None:
    from rich.markup import escape

    say(escape(result.summary()))
    for cell in result.quarantined[:20]:
        where = ", ".join(
            part
            for part in (
                f"row {cell.row}" if cell.row else "",
                f"column {cell.column}" if cell.column else "",
            )
            if part
        )
        say(escape(f"  {where or 'file'}: {cell.reason}"))
    if len(result.quarantined) > 20:
        say(f"  … and {len(result.quarantined) - 20} more")
    for warning in result.warnings:
        say(escape(f"  note: {warning}"))
