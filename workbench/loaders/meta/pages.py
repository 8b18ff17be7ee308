"""Pages and Instagram accounts that belong to an ad account, and the time zone that their days are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.loaders.meta.moments import graph_now
from workbench.loaders.meta.part import tolerating

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.channels.meta_pages import Page
    from workbench.core.dates import Period
    from workbench.loaders.meta.source import Source


@dataclass(frozen=True)
class Profile:
    """One of the two faces of a page: the page itself, or its Instagram account.

    Attributes
    ----------
    network : {"facebook", "instagram"}
        Where.
    profile_id, name : str
        Its id there, and the page's name.
    time_zone : str
        IANA zone that its days are in.
    """

    network: Literal["facebook", "instagram"]
    profile_id: str
    name: str
    time_zone: str


def pages_of(source: Source, account: AdAccount, warnings: list[str]) -> tuple[Page, ...]:
    """Return the pages that the token may act for and the account may promote.

    All of the token's pages, if Meta does not say which of them are the account's. None, and a warning, if
    the token may not list its pages.

    Parameters
    ----------
    source : Source
        Where from.
    account : AdAccount
        The account.
    warnings : list of str
        Added to.
    """
    from workbench.channels.meta_pages import fetch_promoted_pages, list_pages

    pages: tuple[Page, ...] = ()
    with tolerating(warnings, "the pages of the token"):
        pages = list_pages(source.graph)
    promoted: frozenset[str] = frozenset()
    with tolerating([], "the pages of the account"):
        promoted = fetch_promoted_pages(source.graph, account.account_id) if pages else promoted
    return tuple(page for page in pages if page.page_id in promoted) or pages


def profiles_of(source: Source, page: Page, account: AdAccount) -> tuple[Profile, ...]:
    """Return the faces of a page, each noted in the ledger as a connection.

    Meta tells no time zone of a page. It is that of the ad account that the page was first read for, and
    stays so: two accounts that share a page must not move its posts to and fro.

    Parameters
    ----------
    source : Source
        Where to.
    page : Page
        The page.
    account : AdAccount
        The account that it is read for.
    """
    from workbench.ledger import connections, record_connected

    ids: list[tuple[Literal["facebook", "instagram"], str]] = [("facebook", page.page_id)]
    ids += [("instagram", page.instagram_id)] if page.instagram_id else []
    found = []
    with source.ledger.write() as session:
        known = {(c.network, c.account_id): c.time_zone for c in connections(session, source.environment)}
        for network, profile_id in ids:
            profile = Profile(
                network, profile_id, page.name, known.get((network, profile_id), account.time_zone)
            )
            record_connected(
                session,
                environment=source.environment,
                network=network,
                account_id=profile_id,
                account_name=page.name,
                time_zone=profile.time_zone,
                currency=account.currency,
                api_version=source.graph.api_version,
            )
            found.append(profile)
    return tuple(found)


def note_read(source: Source, profile: Profile, period: Period) -> None:
    """Note that a profile was read to the end of a period."""
    from workbench.ledger import record_connection_state

    with source.ledger.write() as session:
        record_connection_state(
            session,
            environment=source.environment,
            network=profile.network,
            account_id=profile.profile_id,
            state="ok",
            last_good_day=period.stop,
            at=graph_now(source.graph),
        )
