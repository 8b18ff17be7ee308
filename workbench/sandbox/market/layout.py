"""The world's objects as arrays, so that a day is arithmetic and not a walk over objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.money import minor_digits
from workbench.sandbox.market.advertiser import CONVERTS, RESULT_TYPES
from workbench.sandbox.market.edits import effective_status
from workbench.sandbox.market.noise import Floats, Ints
from workbench.sandbox.market.state import Node, State

Flags = NDArray[np.bool_]
#: Kinds of results by the number that stands for them in arrays.
RESULT_NAMES: tuple[str, ...] = tuple(RESULT_TYPES.values())
_CAPPED = ("LOWEST_COST_WITH_BID_CAP", "COST_CAP")


@dataclass(frozen=True)
class Layout:
    """Campaigns, ad sets and ads in the order of their creation.

    Attributes
    ----------
    n_accounts : int
        Number of accounts.
    unit : ndarray (n_accounts,)
        Minor units per currency unit.
    campaign : dict of str to ndarray (n_campaigns,)
        account, slot, active, result (index into :data:`RESULT_NAMES`), brand, budget, price,
        link_click_rate, conversion_rate, audience, order_value, half_life, customer_rate, customer_value.
    adset : dict of str to ndarray (n_adsets,)
        campaign, slot, active, share, click_factor, conversion_factor, audience, budget, cap.
    ad : dict of str to ndarray (n_ads,)
        adset, campaign, slot, active, click_quality, conversion_quality.
    competition : tuple of (int, int, float)
        Campaign, first day and price factor of each shock.
    ad_ids, adset_ids, campaign_ids : tuple of str
        Ids in the same order.
    """

    n_accounts: int
    unit: Floats
    campaign: dict[str, NDArray[Any]]
    adset: dict[str, NDArray[Any]]
    ad: dict[str, NDArray[Any]]
    competition: tuple[tuple[int, int, float], ...]
    ad_ids: tuple[str, ...]
    adset_ids: tuple[str, ...]
    campaign_ids: tuple[str, ...]

    @property
    def result_of_ad(self) -> Ints:
        """Kind of result of each ad's campaign, shape (n_ads,)."""
        return np.asarray(self.campaign["result"][self.ad["campaign"]], np.int64)

    @property
    def account_of_ad(self) -> Ints:
        """Account index of each ad, shape (n_ads,)."""
        return np.asarray(self.campaign["account"][self.ad["campaign"]], np.int64)

    def converts(self) -> Flags:
        """Say which ads' results arrive one by one after the contact, shape (n_ads,)."""
        return np.isin(self.result_of_ad, [RESULT_NAMES.index(kind) for kind in CONVERTS])


def lay_out(state: State) -> Layout:
    """Return the arrays of a state as it is now."""
    campaigns, adsets, ads = (state.of_kind(kind) for kind in ("campaign", "adset", "ad"))
    at = {node["id"]: i for nodes in (campaigns, adsets, ads) for i, node in enumerate(nodes)}
    unit = np.array([10.0 ** minor_digits(a["currency"]) for a in state.accounts])
    campaign = _campaigns(state, campaigns, unit)
    adset = _adsets(state, adsets, campaign, at)
    creatives = [state.nodes[ad["creative_id"]]["truth"] for ad in ads]
    of_adset = _ints([at[ad["parent"]] for ad in ads])
    return Layout(
        n_accounts=len(state.accounts),
        unit=unit,
        campaign=campaign,
        adset=adset,
        ad={
            "adset": of_adset,
            "campaign": adset["campaign"][of_adset],
            "slot": _ints([ad["slot"] for ad in ads]),
            "active": _active(state, ads),
            "click_quality": _floats([t["click_quality"] for t in creatives]),
            "conversion_quality": _floats([t["conversion_quality"] for t in creatives]),
        },
        competition=tuple(
            (i, int(day), float(factor))
            for i, node in enumerate(campaigns)
            for day, factor in node["truth"]["competition"]
        ),
        ad_ids=tuple(ad["id"] for ad in ads),
        adset_ids=tuple(adset["id"] for adset in adsets),
        campaign_ids=tuple(campaign["id"] for campaign in campaigns),
    )


def _campaigns(state: State, campaigns: Sequence[Node], unit: Floats) -> dict[str, NDArray[Any]]:
    account = _ints([node["account"] for node in campaigns])
    truth = {
        name: _floats([node["truth"][name] for node in campaigns])
        for name in (
            "price",
            "link_click_rate",
            "conversion_rate",
            "audience",
            "order_value",
            "fatigue_half_life",
            "customer_rate",
            "customer_value",
        )
    }
    return {
        **truth,
        "account": account,
        "slot": _ints([node["slot"] for node in campaigns]),
        "active": _active(state, campaigns),
        "result": _ints([RESULT_NAMES.index(RESULT_TYPES[node["objective"]]) for node in campaigns]),
        "brand": np.array(
            [node["objective"] in ("OUTCOME_AWARENESS", "OUTCOME_ENGAGEMENT") for node in campaigns], bool
        ),
        "budget": _floats([node.get("daily_budget") or 0 for node in campaigns]) / unit[account],
    }


def _adsets(
    state: State, adsets: Sequence[Node], campaign: dict[str, NDArray[Any]], at: dict[str, int]
) -> dict[str, NDArray[Any]]:
    of_campaign = _ints([at[node["parent"]] for node in adsets])
    unit = np.array([10.0 ** minor_digits(a["currency"]) for a in state.accounts])[
        campaign["account"][of_campaign]
    ]
    strategy = [node.get("bid_strategy") or state.nodes[node["parent"]]["bid_strategy"] for node in adsets]
    bid = _floats([node.get("bid_amount") or 0 for node in adsets]) / unit
    capped = np.array([s in _CAPPED for s in strategy], bool) & (bid > 0)
    share = _floats([node["truth"]["share"] for node in adsets])
    return {
        "campaign": of_campaign,
        "slot": _ints([node["slot"] for node in adsets]),
        "active": _active(state, adsets),
        "share": share,
        "click_factor": _floats([node["truth"]["click_factor"] for node in adsets]),
        "conversion_factor": _floats([node["truth"]["conversion_factor"] for node in adsets]),
        "audience": campaign["audience"][of_campaign] * share,
        "budget": _floats([node.get("daily_budget") or 0 for node in adsets]) / unit,
        "cap": np.where(capped, bid, np.inf),
    }


def _active(state: State, nodes: Sequence[Node]) -> Flags:
    return np.array([effective_status(state, node) == "ACTIVE" for node in nodes], bool)


def _ints(values: list[Any]) -> Ints:
    return np.array(values, np.int64)


def _floats(values: list[Any]) -> Floats:
    return np.array(values, np.float64)
