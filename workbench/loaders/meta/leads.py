"""Leads of the forms of all pages -> the ledger, encrypted. Nothing of them reaches the lake.

A form is read in windows from the oldest on, each recorded whole: what a killed load has not recorded comes
after all that it has, so the next one goes on there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.errors import AuthError, RemoteRejected, SchemaError
from workbench.loaders.meta.moments import bounds, moment_of
from workbench.loaders.meta.pages import pages_of
from workbench.loaders.meta.part import LoadedPart, tolerating

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.channels.meta_graph import Graph
    from workbench.channels.meta_pages import Page
    from workbench.core.dates import Period
    from workbench.ledger.leads import LeadsRecorded, ReceivedLead
    from workbench.loaders.meta.source import Source

#: Leads of so long before the last known one are asked for again: some are handed over late.
OVERLAP = timedelta(days=2)
#: What is read and recorded at once.
WINDOW = timedelta(days=28)

_ADS = """
SELECT DISTINCT account_id, entity_id AS ad_id FROM ad_entities WHERE network = 'meta' AND entity_type = 'ad'
UNION SELECT DISTINCT account_id, ad_id FROM ad_insights WHERE network = 'meta' AND ad_id IS NOT NULL
"""


def load_leads(source: Source, *, account: AdAccount, period: Period) -> LoadedPart:
    """Read the leads that were left in the forms of the token's pages.

    Forms that were read before go on from their last lead, others begin with the period. A lead belongs to
    the account of the ad that brought it, and else to its page.

    Parameters
    ----------
    source : Source
        Where from and where to.
    account : AdAccount
        The account whose days the period is in.
    period : Period
        Days in the account's own time zone.

    Raises
    ------
    SchemaError
        If a lead has no id or no moment; nothing of its window is recorded then.
    ChannelError
        If Meta does not answer, or does not accept the token.
    """
    since, until = bounds(period, account.time_zone)
    owners = _Owners(source)
    warnings: list[str] = []
    done: list[LeadsRecorded] = []
    for page in pages_of(source, account, warnings):
        with (
            tolerating(warnings, f"leads of page {page.page_id}"),
            source.graph.acting_as(page.token) as graph,
        ):
            for part in _load_page(source, graph, page, owners, since=since, until=until):
                done.append(part)  # in the ledger already, whatever happens to the next one
    conflicts = sorted({lead_id for part in done for lead_id in part.conflicts})
    if conflicts:
        warnings.append(
            f"{len(conflicts)} leads came again with another content, the first is {conflicts[0]};"
            " what was there before stays."
        )
    n_leads = sum(part.n_new + part.n_known for part in done)
    return LoadedPart("leads", n_leads, any(part.changed for part in done), tuple(warnings))


def _load_page(
    source: Source, graph: Graph, page: Page, owners: _Owners, *, since: datetime, until: datetime
) -> Iterator[LeadsRecorded]:
    from workbench.channels.meta_leads import fetch_forms, fetch_leads
    from workbench.ledger import record_leads

    for form in fetch_forms(graph, page.page_id):
        form_id = str(form["id"])
        source.progress(f"Meta page {page.page_id}, leads of form {form_id} …")
        for start, stop in _windows(_since(source, form_id, since), until):
            leads = [
                received(row, form_id=form_id, account_id=owners.of(row, page))
                for rows in fetch_leads(graph, form_id, since=start, until=stop)
                for row in rows
            ]
            inside = [lead for lead in leads if start <= lead.created_at < stop]
            with source.ledger.write() as session:
                yield record_leads(session, inside, environment=source.environment, network="meta")


def received(row: Mapping[str, Any], *, form_id: str, account_id: str) -> ReceivedLead:
    """Return a lead as the ledger takes it.

    Parameters
    ----------
    row : mapping
        As the API gives it.
    form_id : str
        Form that it was read from.
    account_id : str
        Whose it is.

    Raises
    ------
    SchemaError
        If it has no id or no moment; the message says nothing else about it.
    """
    from workbench.ledger import ReceivedLead

    if not row.get("id"):
        raise SchemaError(
            f"A lead of form {form_id} has no id.",
            next_step="Load it again; nothing of this answer was stored.",
            field="id",
        )
    return ReceivedLead(
        lead_id=str(row["id"]),
        form_id=str(row.get("form_id") or form_id),
        account_id=account_id,
        created_at=moment_of(row, "created_time"),
        fields=_fields(row),
        campaign_id=_optional(row.get("campaign_id")),
        adset_id=_optional(row.get("adset_id")),
        ad_id=_optional(row.get("ad_id")),
        is_organic=row["is_organic"] if isinstance(row.get("is_organic"), bool) else None,
    )


class _Owners:
    """Which account an ad belongs to: as the lake knows it, else as Meta says, asked once for each ad."""

    def __init__(self, source: Source) -> None:
        self._graph = source.graph
        found = source.lake.sql(_ADS).to_pylist()
        self._by_ad: dict[str, str | None] = {row["ad_id"]: row["account_id"] for row in found}

    def of(self, row: Mapping[str, Any], page: Page) -> str:
        """Return the account of a lead's ad, else the page."""
        ad_id = _optional(row.get("ad_id"))
        if ad_id is None:
            return page.page_id
        if ad_id not in self._by_ad:
            self._by_ad[ad_id] = self._ask(ad_id)
        return self._by_ad[ad_id] or page.page_id

    def _ask(self, ad_id: str) -> str | None:
        from workbench.channels.meta_leads import fetch_account_of_ad

        try:
            return fetch_account_of_ad(self._graph, ad_id)
        except RemoteRejected:
            return None
        except AuthError as error:
            if "permissions" not in error.facts:
                raise
            return None


def _since(source: Source, form_id: str, since: datetime) -> datetime:
    """Return where to go on with a form: at its last lead, unless earlier days are asked for."""
    from workbench.ledger import lead_span

    with source.ledger.read() as session:
        span = lead_span(session, environment=source.environment, network="meta", form_id=form_id)
    # all between the first and the last one was read; before the first one perhaps not
    return since if span is None or since < span[0] else span[1] - OVERLAP


def _windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        stop = min(since + WINDOW, until)
        yield since, stop
        since = stop


def _fields(row: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in row.get("field_data") or ():
        values = entry.get("values") if isinstance(entry, Mapping) else None
        if isinstance(values, list) and entry.get("name"):
            found.setdefault(str(entry["name"]), []).extend(map(str, values))
    return found


def _optional(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
