"""Forms of a page, and the leads that people left in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workbench.channels.meta_graph import Graph

FIELDS = ("id", "created_time", "ad_id", "adset_id", "campaign_id", "form_id", "is_organic", "field_data")
_PAGE = 200


def fetch_forms(graph: Graph, page_id: str) -> list[dict[str, Any]]:
    """Read the lead forms of a page: ``id``, ``status``, ``created_time``, whatever their status.

    Parameters
    ----------
    graph : Graph
        Connection that acts as the page.
    page_id : str
        The page.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    params = {"fields": "id,status,created_time", "limit": _PAGE}
    return [form for page in graph.pages(f"{page_id}/leadgen_forms", params) for form in page]


def fetch_leads(
    graph: Graph, form_id: str, *, since: datetime, until: datetime
) -> Iterator[list[dict[str, Any]]]:
    """Read the leads of a form, a page at a time.

    Parameters
    ----------
    graph : Graph
        Connection that acts as the form's page.
    form_id : str
        The form.
    since, until : datetime.datetime
        First moment, and the first one after the last.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.pages`.
    """
    created = "time_created"
    filtering = [
        # Meta compares strictly, and whole seconds
        {"field": created, "operator": "GREATER_THAN", "value": int(since.timestamp()) - 1},
        {"field": created, "operator": "LESS_THAN", "value": int(until.timestamp())},
    ]
    params = {"fields": ",".join(FIELDS), "filtering": filtering, "limit": _PAGE}
    yield from graph.pages(f"{form_id}/leads", params)


def fetch_account_of_ad(graph: Graph, ad_id: str) -> str | None:
    """Ask which ad account an ad belongs to; the answer has no ``act_``.

    Parameters
    ----------
    graph : Graph
        Connection that may read the account.
    ad_id : str
        The ad.

    Raises
    ------
    ChannelError
        As :meth:`workbench.channels.meta_graph.Graph.get`.
    """
    found = graph.get(ad_id, {"fields": "account_id"}).get("account_id")
    return str(found).removeprefix("act_") if found else None
