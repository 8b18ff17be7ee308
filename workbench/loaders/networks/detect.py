"""Which network's table a file is: told by its headers, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from workbench.loaders.networks.description import NETWORKS, EntityList, Report, read_network
from workbench.loaders.result import Unreadable

Found = Report | EntityList


def plain_headers(headers: Iterable[str]) -> tuple[str, ...]:
    """Write headers as the descriptions do: lower case, without blanks around them.

    Examples
    --------
    >>> plain_headers(["STAT_TIME_HOUR", " Spend "])
    ('stat_time_hour', 'spend')
    """
    return tuple(header.strip().lower() for header in headers)


def count_known(cells: Sequence[str]) -> int:
    """Count the cells of a record that are headers of some network's table."""
    return len(_known() & set(plain_headers(cells)))


@cache
def _known() -> frozenset[str]:
    names: set[str] = set()
    for network in map(read_network, NETWORKS):
        for report in network.reports:
            names |= report.used | report.told_by
        for table in network.lists:
            names |= table.told_by | set(table.columns.values()) | set(table.newest)
    return frozenset(names)


def detect(headers: Sequence[str], *, networks: Sequence[str] = NETWORKS) -> Found:
    """Say which report or list a table is.

    Parameters
    ----------
    headers : sequence of str
        Headers of the file.
    networks : sequence of str
        Networks that come into question.

    Raises
    ------
    Unreadable
        If no known table has these headers, or several have; the message names them.

    Examples
    --------
    >>> found = detect(["AD_ID", "STAT_TIME_HOUR", "SPEND", "IMPRESSIONS"])
    >>> found.network, found.name
    ('tiktok', 'ads by hour')
    """
    present = set(plain_headers(headers))
    fitting = [found for name in networks for found in _tables(name) if _fits(found, present)]
    best = [f for f in fitting if not any(f.told_by < g.told_by for g in fitting if g.network == f.network)]
    if len(best) == 1:
        return best[0]
    if best:
        raise Unreadable(
            f"The headers fit several tables: {'; '.join(f'{f.network}: {f.name}' for f in best)}.",
            next_step="Name the network with --network.",
        )
    shown = ", ".join(map(repr, headers[:8])) + (" …" if len(headers) > 8 else "")
    asked = f" of {networks[0]}" if len(networks) == 1 else ""
    raise Unreadable(
        f"No report{asked} is known that has these headers: {shown}.",
        next_step="docs/networks.md lists the tables that are known; others load with a mapping.",
    )


def _tables(network: str) -> tuple[Found, ...]:
    described = read_network(network)
    return (*described.reports, *described.lists)


def _fits(found: Found, present: set[str]) -> bool:
    if isinstance(found, EntityList) and found.only and not present <= found.only:
        return False
    return found.told_by <= present and not found.without & present
