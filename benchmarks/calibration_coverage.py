"""How many intervals hold the truth, and whether any cell of the table is off by more than chance.

The truth's place in a posterior, ``P(figure ≤ truth | data)``, says at once which of its equal-tailed
intervals hold it, at every level; to find their ends costs up to thirty times as much. That the ends which a
reader is given say the same is looked at in the first experiments of each kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NoReturn
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration_kinds import Analysis, Kind
from workbench.experiments import counts, means, rates, ratios, revenue
from workbench.experiments.compare import Posterior
from workbench.experiments.options import Options
from workbench.stats.best_of import spread_nodes
from workbench.stats.change import relative_below
from workbench.stats.counts import Floats, tail_of
from workbench.stats.laws import Law

LEVELS = (0.5, 0.8, 0.95)
FIGURES = ("arm", "absolute change", "relative change")
#: Chance that a table of right intervals names any cell at all.
FAMILY_ERROR = 0.01
#: Nearer than this to an end, rounding decides on which side of it the truth is.
_AT_AN_END = 1e-7
#: What an interval says of the truth.
HELD, MISSED, NOT_GIVEN = 1, -1, 0
Told = NDArray[np.int_]
_COMPARED_IN = (counts, means, rates, ratios, revenue)


@dataclass(frozen=True)
class Coverage:
    """What became of the simulated experiments of one kind.

    Attributes
    ----------
    held, asked : ndarray of int, shape (n_levels, n_figures)
        Intervals that held the truth, and intervals that were given: a relative change has none where the
        control may be zero.
    n_runs : int
    n_read, n_alike : int
        Intervals whose ends were found too, and those that said the same as the truth's place.
    """

    held: Told
    asked: Told
    n_runs: int
    n_read: int
    n_alike: int

    @property
    def share(self) -> Floats:
        """Share of intervals that held the truth."""
        out: Floats = self.held / self.asked
        return out

    def p_values(self) -> Floats:
        """Return how probable a share so far from its level is by chance: binomial, both sides."""
        from scipy.stats import binom

        level = np.array(LEVELS)[:, None]
        below = binom.cdf(self.held, self.asked, level)
        above = binom.sf(self.held - 1, self.asked, level)
        out: Floats = np.minimum(1.0, 2 * np.minimum(below, above))
        return out

    def errors(self) -> Floats:
        """Return how far each share is from its level, in Monte Carlo standard errors."""
        level = np.array(LEVELS)[:, None]
        out: Floats = (self.share - level) / np.sqrt(level * (1 - level) / self.asked)
        return out


class _CaughtError(Exception):
    def __init__(self, posterior: Posterior) -> None:
        super().__init__("The posterior is known; the comparison is left out.")
        self.posterior = posterior


def simulate(kind: Kind, *, n_runs: int, n_read: int = 20, seed: int = 0) -> Coverage:
    """Simulate experiments of one kind and count the intervals that hold the truth.

    Parameters
    ----------
    kind : Kind
        Draws true figures and data, and analyses them.
    n_runs : int
    n_read : int
        Experiments, the first ones, of which the ends of all intervals are found too.
    seed : int
    """
    rng = np.random.default_rng([20_260_101, seed])
    held, asked = np.zeros((2, len(LEVELS), len(FIGURES)), dtype=int)
    n_ends = n_alike = 0
    for run in range(n_runs):
        truth, analysed = kind(rng)
        laws = _laws(analysed)
        told = _read(truth, analysed) if laws is None else _held(_places(truth, laws), laws[0])
        if laws is not None and run < n_read:
            at_an_end = (
                np.abs(np.abs(_places(truth, laws) - 0.5) - np.array(LEVELS)[:, None] / 2) < _AT_AN_END
            )
            n_ends += told.size
            n_alike += int(((_read(truth, analysed) == told) | at_an_end).sum())
        held, asked = held + (told == HELD), asked + (told != NOT_GIVEN)
    return Coverage(held, asked, n_runs, n_ends, n_alike)


def beyond_chance(found: Mapping[str, Coverage], *, family_error: float = FAMILY_ERROR) -> list[str]:
    """Name the cells that are further from their level than chance allows, all cells taken together.

    Holm (1979), Scandinavian Journal of Statistics 6, 65–70: the smallest p-value is held against the
    family's error over the number of cells, the next against one cell less, and so on until one passes.
    Cells may depend on each other as they like.

    Parameters
    ----------
    found : mapping of str to Coverage
        Of each kind.
    family_error : float
        Chance that a right table names any cell.
    """
    cells = [
        (one.p_values()[i, j], f"{kind}, {figure}, {level:.0%}: {one.share[i, j]:.4f} of {one.asked[i, j]:,}")
        for kind, one in found.items()
        for i, level in enumerate(LEVELS)
        for j, figure in enumerate(FIGURES)
    ]
    named = []
    for rank, (p, said) in enumerate(sorted(cells)):
        if p > family_error / (len(cells) - rank):
            break
        named.append(said)
    return named


def _laws(analysed: Analysis) -> Sequence[Law] | None:
    """Return the arms' posterior laws as the analysis hands them to the comparison, if it does."""

    def caught(posterior: Posterior, *_: object, **__: object) -> NoReturn:
        raise _CaughtError(posterior)

    with ExitStack() as stack:
        for module in _COMPARED_IN:
            stack.enter_context(patch.object(module, "compare", caught))
        try:
            analysed(Options())
        except _CaughtError as found:
            return found.posterior.laws
    return None


def _places(truth: Floats, laws: Sequence[Law]) -> Floats:
    change = float(truth[1] - truth[0])
    return np.array(
        [
            float(laws[1].below(truth[1:])[0]),
            _difference_below(laws[0], laws[1], change),
            relative_below(laws[0], laws[1], change / abs(float(truth[0]))),
        ]
    )


def _difference_below(x: Law, y: Law, d: float) -> float:
    """Return ``P(Y − X ≤ d)``, by panels of its own."""
    own, seen = x.breakpoints(), y.value(y.breakpoints()) - d
    first, last = x.value(own[[0, -1]])
    z, weights = spread_nodes(np.append(own, x.coordinate(seen[(seen > first) & (seen < last)])))
    return float((x.density(z) * y.below(x.value(z) + d)) @ weights)


def _held(places: Floats, control: Law) -> Told:
    """Read from the truth's places what the intervals of each level would say."""
    tails = np.array([tail_of(level) for level in LEVELS])[:, None]
    told = np.where((tails <= places) & (places <= 1 - tails), HELD, MISSED)
    if control.support[0] < 0:
        at_most_zero = float(control.below(np.zeros(1))[0])
        unsized = (tails[:, 0] <= at_most_zero) & (at_most_zero <= 1 - tails[:, 0])
        told[unsized, FIGURES.index("relative change")] = NOT_GIVEN
    return told


def _read(truth: Floats, analysed: Analysis) -> Told:
    """Read from the ends of the intervals of each level what they say."""
    change = truth[1] - truth[0]
    rows = []
    for level in LEVELS:
        got = analysed(Options(level=level))
        low, high = got.arms[1].interval
        one = got.uplift[0]
        told = [low <= truth[1] <= high, one.absolute.low <= change <= one.absolute.high]
        if one.relative is not None:
            told.append(one.relative.low <= change / abs(truth[0]) <= one.relative.high)
        rows.append([*np.where(told, HELD, MISSED), *[NOT_GIVEN] * (len(FIGURES) - len(told))])
    return np.array(rows)
