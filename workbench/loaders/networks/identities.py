"""Whose a report's rows are: ids, names, account, currency and time zone, of the file or of its directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.dates import zone
from workbench.core.errors import ConfigError
from workbench.loaders import values
from workbench.loaders.networks.cells import Cells
from workbench.loaders.networks.description import Report
from workbench.loaders.networks.directory import Directory, Entry
from workbench.loaders.result import Unreadable
from workbench.loaders.rows import ENTITIES, Assumed

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Identities:
    """Whose each row is.

    Attributes
    ----------
    account : pyarrow.Array of string
        Without nulls.
    ids, names : dict of entity to pyarrow.Array of string
        Null above or below the report's level, or where nothing tells it.
    currency : str
        Of the money in the file.
    zones : list of tzinfo
        Of each row's account.
    warnings : tuple of str
        What was assumed.
    """

    account: pa.Array
    ids: dict[str, pa.Array]
    names: dict[str, pa.Array]
    currency: str
    zones: list[tzinfo]
    warnings: tuple[str, ...]


def identify(
    cells: Cells, report: Report, directory: Directory, assumed: Assumed, *, time_zone: str
) -> Identities:
    """Say whose the rows of a report are.

    Parameters
    ----------
    cells : Cells
        The file.
    report : Report
        What it is.
    directory : Directory
        Histories given with it.
    assumed : Assumed
        Account and currency where neither says one.
    time_zone : str
        IANA zone where the histories name none.

    Raises
    ------
    Unreadable
        If an id is blank, or the file contradicts the account or currency that was given.
    """
    ids = _ids(cells, report, directory)
    names = _names(cells, report, directory, ids)
    account, notes = _account(cells, report, directory, ids=ids, assumed=assumed)
    accounts = account.unique().to_pylist()
    currency, more = _currency(accounts, directory, ids, assumed)
    zones = {name: _zone(directory.find("account", name), time_zone) for name in accounts}
    return Identities(
        account=account,
        ids=ids,
        names=names,
        currency=currency,
        zones=[zones[name] for name in account.to_pylist()],
        warnings=(*notes, *more),
    )


def _ids(cells: Cells, report: Report, directory: Directory) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, pa.Array] = {}
    for entity in reversed(ENTITIES):  # the finest first: it tells its parents
        columns = [values.each(cells.texts(c), _last_part) for c in report.ids.get(entity, ())]
        column = pc.coalesce(*columns) if columns else pa.nulls(cells.n, pa.string())
        if entity == report.level and column.null_count:
            at = int(pc.index(pc.is_null(column), True).as_py())
            raise Unreadable(
                f"The row names no {entity}.", record=at, column=cells.header(report.ids[entity][0])
            )
        for child, child_ids in found.items():
            told = directory.look_up(child, child_ids, partial(_parent, kind=entity))
            column = pc.coalesce(column, told)
        found[entity] = column
    return {entity: found[entity] for entity in ENTITIES}


def _parent(entry: Entry, *, kind: str) -> str:
    return entry.parents.get(kind, "")


def _last_part(text: str) -> str:
    """Return the id at the end of a resource name such as customers/1/adGroups/2."""
    return text.rsplit("/", 1)[-1] if text.startswith("customers/") else text


def _names(
    cells: Cells, report: Report, directory: Directory, ids: dict[str, pa.Array]
) -> dict[str, pa.Array]:
    import pyarrow.compute as pc

    return {
        entity: pc.coalesce(
            cells.texts(report.names.get(entity)),
            directory.look_up(entity, column, lambda entry: entry.name),
        )
        for entity, column in ids.items()
    }


def _account(
    cells: Cells, report: Report, directory: Directory, *, ids: dict[str, pa.Array], assumed: Assumed
) -> tuple[pa.Array, tuple[str, ...]]:
    import pyarrow.compute as pc

    column = values.each(cells.texts(report.account), values.account)
    for entity in ENTITIES:
        told = directory.look_up(entity, ids[entity], lambda entry: entry.account)
        column = pc.coalesce(column, values.each(told, values.account))
    present = column.unique().drop_null().to_pylist()
    if assumed.account_is_given and present and present != [assumed.account_id]:
        raise Unreadable(
            f"The file is of account {', '.join(present)}, not {assumed.account_id}.",
            column=report.account,
            next_step="Leave the account out, or choose the other file.",
        )
    notes: tuple[str, ...] = ()
    if column.null_count and not assumed.account_is_given:
        notes = (
            f"{column.null_count:,} of {len(column):,} rows name no account; {assumed.account_id!r} is "
            "assumed. Give --account, or the history tables with --with.",
        )
    return column.fill_null(assumed.account_id), notes


def _currency(
    accounts: Sequence[str], directory: Directory, ids: dict[str, pa.Array], assumed: Assumed
) -> tuple[str, tuple[str, ...]]:
    told = {directory.find("account", account).currency for account in accounts}
    for entity in ("campaign", "adset"):
        told |= {directory.find(entity, key).currency for key in ids[entity].unique().to_pylist()}
    codes = {code.upper() for code in told if code}
    if assumed.currency_is_given:
        valid = {code for code in codes if _is_currency(code)}
        if valid - {assumed.currency}:
            raise Unreadable(
                f"The file is in {', '.join(sorted(valid))}, not in {assumed.currency}.",
                next_step="Leave the currency out, or choose the other file.",
            )
        return assumed.currency, ()
    if len(codes) > 1:
        raise Unreadable(
            f"The accounts of the file have several currencies: {', '.join(sorted(codes))}.",
            next_step="Load the accounts one by one.",
        )
    if not codes:
        return assumed.currency, (
            f"Nothing names the currency; {assumed.currency} is assumed. Give --currency, or the account's "
            "history table with --with.",
        )
    code = codes.pop()
    if not _is_currency(code):
        raise Unreadable(
            f"The history names the currency {code!r}, which is no ISO 4217 code.",
            next_step="Give the right one with --currency.",
        )
    return code, ()


def _is_currency(code: str) -> bool:
    from babel.numbers import is_currency

    return bool(is_currency(code))


def _zone(account: Entry, assumed: str) -> tzinfo:
    try:
        return zone(account.time_zone or assumed)
    except ConfigError as error:
        raise Unreadable(f"The history names the time zone {account.time_zone!r}, which is none.") from error
