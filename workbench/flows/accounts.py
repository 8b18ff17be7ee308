"""What an account said of itself when it was connected: its name, and the time zone its days are cut in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.flows.company import shown_company

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.available import Available

Known = dict[tuple[str, str], "AccountFacts"]


@dataclass(frozen=True)
class AccountFacts:
    """Name and time zone of one account.

    Attributes
    ----------
    name : str
        As on its network; empty if it has none.
    time_zone : str
        IANA name.
    """

    name: str
    time_zone: str


def known_accounts(settings: Settings) -> Known:
    """Return the accounts of the shown company that were read through an API, by network and account id.

    Accounts of exports are not in it: a file says neither name nor time zone.
    """
    company = shown_company(settings)
    environment = "sandbox" if company == "sandbox" else settings.environment
    has_ledger = settings.ledger_url or (settings.home / "ledger.db").exists()
    if company == "sample" or not has_ledger or (company == "own" and environment == "sandbox"):
        return {}
    from workbench.ledger import connections, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        found = connections(session, environment)
        return {
            (one.network, one.account_id): AccountFacts(one.account_name or "", one.time_zone)
            for one in found
        }


def with_account_facts(available: Available, settings: Settings) -> Available:
    """Give every slice its account's name and time zone; where none is known, the settings' time zone."""
    known = known_accounts(settings)
    unknown = AccountFacts("", settings.time_zone)
    slices = []
    for shown in available.slices:
        facts = known.get((shown.network, shown.account_id), unknown)
        slices.append(replace(shown, account_name=facts.name, time_zone=facts.time_zone))
    return replace(available, slices=tuple(slices))
