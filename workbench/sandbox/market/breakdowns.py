"""Split delivered ad-days by age, gender, country, placement, device and hour; the parts add up exactly.

Splits are made at the ad and the day and never stored: the same ad-day gives the same parts whatever else is
asked. Counts are split through their disjoint pieces (impressions without a click, clicks that convert …), so
every part is coherent in itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import DataError
from workbench.sandbox.market.draws import split_exactly
from workbench.sandbox.market.layout import Layout
from workbench.sandbox.market.noise import Floats, Ints, Noise, Stream

Arrays = dict[str, NDArray[Any]]
_TASTE_SIGMA, _DAY_SIGMA, _PRICE_SIGMA = 0.15, 0.06, 0.05
#: Pieces that no other piece shares an impression with.
PIECES: tuple[str, ...] = ("unclicked", "other_clicks", "bulk_results", "viewing_links", "plain_links")


@dataclass(frozen=True)
class Dimension:
    """One breakdown.

    Attributes
    ----------
    name : str
        Name in the Graph API, which is also the column's.
    values : tuple of str
        Its values.
    shares : tuple of tuple of float
        Share of the delivery, one line for each value of ``given``, or a single line.
    willing : tuple of float
        How much more likely than others these people are to convert; empty for all alike.
    given : str
        Breakdown that the shares depend on, if it is asked for too.
    """

    name: str
    values: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]
    willing: tuple[float, ...] = ()
    given: str = ""


_PLATFORMS = ("facebook", "instagram", "audience_network", "messenger")
_PLATFORM_SHARES = (0.52, 0.41, 0.05, 0.02)
_POSITIONS = (
    "feed",
    "facebook_reels",
    "facebook_stories",
    "marketplace",
    "instagram_stories",
    "instagram_reels",
    "instagram_explore",
    "an_classic",
    "rewarded_video",
    "messenger_inbox",
)
_POSITION_SHARES = (
    (0.62, 0.16, 0.12, 0.10, 0, 0, 0, 0, 0, 0),
    (0.46, 0, 0, 0, 0.27, 0.22, 0.05, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0.7, 0.3, 0),
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 1.0),
)
_HOUR_SHARES = tuple(
    round(
        0.6 + 0.5 * float(np.sin((h - 8) / 24 * 2 * np.pi)) + 0.35 * float(np.exp(-(((h - 20) / 2.5) ** 2))),
        4,
    )
    for h in range(24)
)
_HOURS = tuple(f"{h:02d}:00:00 - {h:02d}:59:59" for h in range(24))
HOURLY = ("hourly_stats_aggregated_by_advertiser_time_zone", "hourly_stats_aggregated_by_audience_time_zone")

#: In the order in which they are split.
DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        "age",
        ("18-24", "25-34", "35-44", "45-54", "55-64", "65+"),
        ((0.11, 0.27, 0.25, 0.18, 0.12, 0.07),),
        (0.7, 1.0, 1.15, 1.1, 0.95, 0.75),
    ),
    Dimension("gender", ("female", "male", "unknown"), ((0.55, 0.435, 0.015),)),
    Dimension("country", ("DE", "AT", "CH", "US", "CA", "JP"), ((0.92, 0.06, 0.02, 0, 0, 0),)),
    Dimension("publisher_platform", _PLATFORMS, (_PLATFORM_SHARES,), (1.0, 1.05, 0.4, 0.8)),
    Dimension("platform_position", _POSITIONS, _POSITION_SHARES, given="publisher_platform"),
    Dimension(
        "impression_device",
        ("iphone", "android_smartphone", "desktop", "ipad", "android_tablet", "other"),
        ((0.42, 0.40, 0.09, 0.05, 0.03, 0.01),),
        (1.1, 0.9, 1.3, 1.0, 0.9, 0.8),
    ),
    *(Dimension(name, _HOURS, (_HOUR_SHARES,)) for name in (*HOURLY, "hour")),
)
_COUNTRIES = {"DE": (0.92, 0.06, 0.02, 0, 0, 0), "US": (0, 0, 0, 0.96, 0.04, 0), "JP": (0, 0, 0, 0, 0, 1.0)}


def dimensions_of(names: tuple[str, ...]) -> tuple[Dimension, ...]:
    """Return the breakdowns of these names, in the order in which they are split.

    Raises
    ------
    DataError
        If one of them does not exist here.
    """
    known = {d.name: d for d in DIMENSIONS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise DataError(
            f"There is no breakdown {unknown[0]!r} in the sandbox.",
            next_step=f"Use some of {', '.join(known)}.",
            value=unknown[0],
        )
    return tuple(d for d in DIMENSIONS if d.name in names)


@dataclass
class Cells:
    """Parts of delivered ad-days.

    Attributes
    ----------
    row : ndarray (n_cells,)
        Ad-day of each part.
    code : ndarray (n_cells,)
        Values of the breakdowns as one number, the first breakdown counting most.
    pieces : dict of str to ndarray (n_cells,)
        The disjoint pieces, ``converting`` and ``spend_minor``.
    share : ndarray (n_cells,)
        Share of the audience that the part's people are.
    conversion_cell : ndarray (n_conversions,)
        Part that each conversion belongs to.
    """

    row: Ints
    code: Ints
    pieces: dict[str, Ints]
    share: Floats
    conversion_cell: Ints

    @property
    def impressions(self) -> Ints:
        """Impressions of each part."""
        return np.asarray(sum(self.pieces[p] for p in (*PIECES, "converting")), np.int64)


def whole(
    rows: Arrays, conversion_row: Ints, per_impression: NDArray[np.bool_], converts: NDArray[np.bool_]
) -> Cells:
    """Return delivered ad-days as single parts.

    Parameters
    ----------
    rows : dict of str to ndarray (n_rows,)
        Delivered ad-days.
    conversion_row : ndarray (n_conversions,)
        Ad-day of each conversion, whenever it arrives.
    per_impression, converts : ndarray of bool (n_rows,)
        Whether results are clicks of their own, and whether they are conversions.
    """
    integers = {name: values.astype(np.int64) for name, values in rows.items() if values.dtype.kind == "i"}
    bulk = np.where(per_impression, integers["results"], 0)
    converting = np.where(converts, integers["results"], 0)
    viewing = np.maximum(integers["page_views"] - converting, 0)
    clicks = integers["link_clicks"] + integers["other_clicks"] + bulk
    pieces = {
        "unclicked": integers["impressions"] - clicks,
        "other_clicks": integers["other_clicks"],
        "bulk_results": bulk,
        "viewing_links": viewing,
        "plain_links": integers["link_clicks"] - converting - viewing,
        "converting": converting,
        "spend_minor": integers["spend_minor"],
    }
    n = len(bulk)
    return Cells(np.arange(n), np.zeros(n, np.int64), pieces, np.ones(n), conversion_row.copy())


@dataclass(frozen=True)
class Splitter:
    """What is needed to split: noise, objects, the ad-days and conversions, and each account's country."""

    noise: Noise
    layout: Layout
    rows: Arrays
    conversions: Arrays
    countries: tuple[str, ...]

    def split(self, cells: Cells, dimension: Dimension, given: Ints) -> Cells:
        """Split every part by one breakdown.

        Parameters
        ----------
        cells : Cells
            Parts so far.
        dimension : Dimension
            What to split by.
        given : ndarray (n_cells,)
            Line of the breakdown's shares for each part.
        """
        n, k = len(cells.row), len(dimension.values)
        base = self._base(cells, dimension, given)
        day, slot = (
            x[cells.row][:, None] for x in (self.rows["day"], self.layout.ad["slot"][self.rows["ad"]])
        )
        number = DIMENSIONS.index(dimension)
        index = cells.code[:, None] * 64 + np.arange(k)
        u = self.noise.uniform(Stream.SPLIT_DAY * 100 + number, day, slot, index)
        weight = base * (1 + _DAY_SIGMA * 3.46 * (u - 0.5))
        pieces = {
            name: split_exactly(cells.pieces[name], weight, (u * (7919 + 2 * i)) % 1.0).ravel()
            for i, name in enumerate(PIECES)
        }
        chosen = self._choose(cells, dimension, given)
        at = cells.conversion_cell * k + chosen
        pieces["converting"] = np.bincount(at, minlength=n * k).astype(np.int64)
        out = Cells(
            np.repeat(cells.row, k),
            (cells.code[:, None] * k + np.arange(k)).ravel(),
            pieces,
            (cells.share[:, None] * base / base.sum(axis=1, keepdims=True)).ravel(),
            at,
        )
        price = 1 + _PRICE_SIGMA * 3.46 * ((u * 104_729) % 1.0 - 0.5)
        shown = out.impressions.reshape(n, k)
        pieces["spend_minor"] = split_exactly(cells.pieces["spend_minor"], shown * price, u).ravel()
        return _shown(out)

    def _base(self, cells: Cells, dimension: Dimension, given: Ints) -> Floats:
        """Return each part's expected shares: the breakdown's own, and what the ad set's people are like."""
        adset = self.layout.ad["adset"][self.rows["ad"]][cells.row]
        return np.asarray(self._taste(dimension, adset) * self._lines(dimension, adset, given))

    def _lines(self, dimension: Dimension, adset: Ints, given: Ints) -> Floats:
        if dimension.name == "country":
            account = self.layout.campaign["account"][self.layout.adset["campaign"]][adset]
            return np.asarray(np.array([_COUNTRIES[c] for c in self.countries])[account])
        lines = np.array(dimension.shares)
        if dimension.given and not len(given):
            return np.broadcast_to(np.array(_PLATFORM_SHARES) @ lines, (len(adset), lines.shape[1]))
        return np.asarray(lines[given if dimension.given else np.zeros(len(adset), np.int64)])

    def _taste(self, dimension: Dimension, adset: Ints) -> Floats:
        number, k = DIMENSIONS.index(dimension), len(dimension.values)
        slot = self.layout.adset["slot"][:, None]
        z = self.noise.normal(Stream.SPLIT_TASTE * 100 + number, 0, slot, np.arange(k)[None, :])
        return np.asarray(np.exp(_TASTE_SIGMA * z)[adset])

    def _choose(self, cells: Cells, dimension: Dimension, given: Ints) -> Ints:
        """Choose the value that each conversion falls on."""
        conversions = self.conversions
        if not len(conversions["day"]):
            return np.zeros(0, np.int64)
        adset = self.layout.ad["adset"][conversions["ad"]]
        line = given[cells.conversion_cell] if len(given) else given
        weight = self._taste(dimension, adset) * self._lines(dimension, adset, line)
        if dimension.willing:
            weight = weight * np.array(dimension.willing)
        slot = self.layout.ad["slot"][conversions["ad"]]
        number = DIMENSIONS.index(dimension)
        u = self.noise.uniform(
            Stream.SPLIT_CELL * 100 + number, conversions["day"], slot, conversions["index"]
        )
        edges = np.cumsum(weight, axis=1)
        return np.asarray((edges < (u * edges[:, -1])[:, None]).sum(axis=1))


def _shown(cells: Cells) -> Cells:
    """Leave out parts that nobody saw."""
    keep = cells.impressions > 0
    new = np.cumsum(keep) - 1
    return Cells(
        cells.row[keep],
        cells.code[keep],
        {name: values[keep] for name, values in cells.pieces.items()},
        cells.share[keep],
        new[cells.conversion_cell],
    )
