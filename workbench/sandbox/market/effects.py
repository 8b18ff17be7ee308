"""What an edit truly does, and what budgets truly bring: exact expectations, for measuring regret."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import DataError
from workbench.sandbox.market.history import History
from workbench.sandbox.market.layout import RESULT_NAMES, Layout
from workbench.sandbox.market.noise import Floats
from workbench.sandbox.market.outcomes import customer_share, default_share, expected_counts

if TYPE_CHECKING:
    from workbench.sandbox.market.day import Arrays
    from workbench.sandbox.market.world import World

FIGURES = ("spend_minor", "impressions", "link_clicks", "results", "value_minor", "customer_minor")
MAX_DAYS = 730
Changes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Forecast:
    """Expected figures of days to come.

    Attributes
    ----------
    adset_ids, campaign_ids, account_ids : tuple of str
        Ad set of each column, and what it belongs to.
    result_types : tuple of str
        Kind of each ad set's results.
    figures : dict of str to ndarray (n_days, n_adsets)
        ``spend_minor``, ``impressions``, ``link_clicks``, ``results`` (setting 7d_click,1d_view, once all
        have arrived), ``value_minor`` (their orders) and ``customer_minor`` (what their leads will buy).
    """

    adset_ids: tuple[str, ...]
    campaign_ids: tuple[str, ...]
    account_ids: tuple[str, ...]
    result_types: tuple[str, ...]
    figures: dict[str, Floats]

    def total(self, figure: str, object_id: str | None = None) -> float:
        """Return the sum over all days, of everything or of one ad set, campaign or account.

        Parameters
        ----------
        figure : str
            One of :data:`FIGURES`.
        object_id : str, optional
            Id of an ad set or campaign, or ``act_…``.
        """
        return float(self.figures[figure][:, self._columns(object_id)].sum())

    def by_day(self, figure: str, object_id: str | None = None) -> Floats:
        """Return the sums of each day, shape (n_days,); parameters as for :meth:`total`."""
        return np.asarray(self.figures[figure][:, self._columns(object_id)].sum(axis=1))

    def _columns(self, object_id: str | None) -> list[int]:
        places = zip(self.adset_ids, self.campaign_ids, self.account_ids, strict=True)
        found = [i for i, place in enumerate(places) if object_id is None or object_id in place]
        if not found:
            raise DataError(
                f"There is no ad set, campaign or account {object_id!r} in this forecast.",
                next_step="Use an id of the world.",
                object_id=object_id,
            )
        return found


@dataclass(frozen=True)
class Effect:
    """What edits truly do: two forecasts from the same state that share all their noise.

    Attributes
    ----------
    without, with_edits : Forecast
        The world left alone, and the world with the edits.
    """

    without: Forecast
    with_edits: Forecast

    def total(self, figure: str, object_id: str | None = None) -> float:
        """Return the difference over all days; parameters as for :meth:`Forecast.total`."""
        return self.with_edits.total(figure, object_id) - self.without.total(figure, object_id)

    def by_day(self, figure: str, object_id: str | None = None) -> Floats:
        """Return the difference of each day, shape (n_days,)."""
        return self.with_edits.by_day(figure, object_id) - self.without.by_day(figure, object_id)

    def to_dict(self) -> dict[str, float]:
        """Return the differences of all figures."""
        return {figure: self.total(figure) for figure in FIGURES}


def true_effect(world: World, changes: Changes, n_days: int) -> Effect:
    """Return what edits made now truly do in the days to come; the world itself stays as it is.

    Both futures share the noise of prices and rates that the world will really have, and counts are replaced
    by their expectations, so the difference is exact and equals that of the expected figures of two worlds
    that were really stepped.

    Parameters
    ----------
    world : World
        Where the edits would be made.
    changes : mapping of str to mapping
        Parameters by the id of the campaign, ad set, ad or creative.
    n_days : int
        Days to look ahead, 1 to 730.

    Raises
    ------
    DataError
        If an object does not exist, a value cannot be used, or ``n_days`` is out of range.
    """
    return Effect(_ahead(world, {}, n_days, noisy=True), _ahead(world, changes, n_days, noisy=True))


def expected(world: World, changes: Changes | None = None, n_days: int = 7) -> Forecast:
    """Return what the days to come bring on average days, without any noise: the true response.

    Parameters
    ----------
    world : World
        Where the money would be spent; it stays as it is.
    changes : mapping, optional
        Edits made first, such as ``{adset_id: {"daily_budget": 5000}}``.
    n_days : int
        Days to look ahead, 1 to 730.

    Raises
    ------
    DataError
        As for :func:`true_effect`.
    """
    return _ahead(world, changes or {}, n_days, noisy=False)


def _ahead(world: World, changes: Changes, n_days: int, *, noisy: bool) -> Forecast:
    if not 1 <= n_days <= MAX_DAYS:
        raise DataError(
            f"Effects cannot be looked at over {n_days} days.",
            next_step=f"Use 1 to {MAX_DAYS} days.",
            n_days=n_days,
        )
    ahead = type(world)(copy.deepcopy(world.state), History())
    for object_id, params in changes.items():
        ahead.change(object_id, params)
    days = [ahead.deliver(noisy=noisy) for _ in range(n_days)]
    return _summed(ahead, days)


def _summed(world: World, days: list[Arrays]) -> Forecast:
    layout = world.layout
    n_adsets = len(layout.adset_ids)
    figures = {name: np.zeros((len(days), n_adsets)) for name in FIGURES}
    counted = np.array([default_share(RESULT_NAMES[k]) for k in layout.result_of_ad])
    quality = customer_share(layout)
    for i, rows in enumerate(days):
        ad = rows["ad"]
        links, results, value = expected_counts(layout, rows)
        of_day = {
            "spend_minor": rows["spend_minor"],
            "impressions": rows["impressions"],
            "link_clicks": links,
            "results": results * counted[ad],
            "value_minor": value * counted[ad],
            "customer_minor": results * quality[ad],
        }
        for name, values in of_day.items():
            figures[name][i] = np.bincount(layout.ad["adset"][ad], values, minlength=n_adsets)
    return Forecast(layout.adset_ids, *_places(world, layout), figures)


def _places(world: World, layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    of = layout.adset["campaign"]
    accounts = [f"act_{account['account_id']}" for account in world.state.accounts]
    return (
        tuple(layout.campaign_ids[c] for c in of),
        tuple(accounts[a] for a in layout.campaign["account"][of]),
        tuple(RESULT_NAMES[k] for k in layout.campaign["result"][of]),
    )
