"""What a plan of one period or several brings under each draw, with what adstock carries in and out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from workbench.budget.curves import ResponseCurve, kernel
from workbench.budget.problem import Problem
from workbench.stats.counts import Floats


@dataclass(frozen=True)
class _Track:
    """One item: its curve in minor units and how its adstock decays, per draw."""

    curve: ResponseCurve
    value: float
    powers: Floats  # (n_draws, n_periods + n_after + 1): of the carry-over
    carried_in: Floats  # (n_draws,)


@dataclass(frozen=True)
class Horizon:
    """The outcome of all items over a plan's periods; concave where the curves are.

    Attributes
    ----------
    n_periods, n_after : int
        Periods with spend, and later ones whose outcome counts.
    """

    tracks: tuple[_Track, ...]
    n_periods: int
    n_after: int
    _reaches: dict[int, Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_draws(self) -> int:
        """Number of posterior draws."""
        return self.tracks[0].curve.n_draws

    def outcomes(self, spend: Floats) -> Floats:
        """Return the value of a plan under each draw.

        Parameters
        ----------
        spend : ndarray, shape (n_items, n_periods)
            Minor units.

        Returns
        -------
        ndarray, shape (n_draws,)
        """
        total = np.zeros(self.n_draws)
        for item, x in enumerate(spend):
            total += self.of_item(item, x)
        return total

    def of_item(self, item: int, spend: Floats) -> Floats:
        """Return the value of one item's spends (n_periods,) under each draw, shape (n_draws,)."""
        track = self.tracks[item]
        value = kernel(track.curve.family, self._argument(track, spend), _slope(track))[0]
        out: Floats = track.value * track.curve.scale * value.sum(axis=1)
        return out

    def derivatives(self, spend: Floats) -> tuple[Floats, Floats, list[Floats]]:
        """Return outcomes (n_draws,), gradients (n_draws, n), and each item's bends (n_draws, n_times)."""
        n = self.n_periods
        outcomes, gradients = np.zeros(self.n_draws), np.empty((self.n_draws, len(self.tracks) * n))
        bends = []
        for i, (track, x) in enumerate(zip(self.tracks, spend, strict=True)):
            curve = track.curve
            g, first, second = kernel(curve.family, self._argument(track, x), _slope(track))
            size = (track.value * curve.scale)[:, None]
            rate = curve.rate[:, None]
            outcomes += (size * g).sum(axis=1)
            gradients[:, i * n : (i + 1) * n] = np.einsum(
                "dk,dkt->dt", size * rate * first, self._reach(track)
            )
            bends.append(size * rate**2 * second)
        return outcomes, gradients, bends

    def bend(self, bends: list[Floats], weights: Floats) -> Floats:
        """Return the second derivatives of the weighted outcome, shape (n, n)."""
        n = self.n_periods
        out = np.zeros((len(self.tracks) * n, len(self.tracks) * n))
        for i, track in enumerate(self.tracks):
            reach = self._reach(track)
            weighted = reach * (weights[:, None] * bends[i])[:, :, None]
            block = reach.reshape(-1, n).T @ weighted.reshape(-1, n)
            out[i * n : (i + 1) * n, i * n : (i + 1) * n] = block
        return out

    def _argument(self, track: _Track, x: Floats) -> Floats:
        """Return the argument of the plain curve in every period, shape (n_draws, n_times)."""
        stock = track.powers[:, 1:] * track.carried_in[:, None] + self._reach(track) @ x
        out: Floats = track.curve.rate[:, None] * stock
        return out

    def unit_steps(self, item: int, spend: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what single units change of one item's value, under each draw.

        Parameters
        ----------
        item : int
        spend : ndarray, shape (n_periods,)
            Minor units.

        Returns
        -------
        tuple of ndarray
            One unit more in a period, one less (both (n_periods, n_draws)), and one moved into a period from
            another (n_periods, n_periods, n_draws).
        """
        track, n = self.tracks[item], self.n_periods
        argument = self._argument(track, spend)
        unit = np.moveaxis(track.curve.rate[:, None, None] * self._reach(track), 2, 0)

        def value(z: Floats) -> Floats:
            out = kernel(track.curve.family, np.maximum(z, 0.0), _slope(track))[0].sum(axis=1)
            return np.asarray(track.value * track.curve.scale * out)

        here = value(argument)
        up = np.array([value(argument + unit[t]) - here for t in range(n)])
        down = np.array([value(argument - unit[t]) - here for t in range(n)])
        moved = np.zeros((n, n, self.n_draws))
        for t, s in itertools.permutations(range(n), 2):
            moved[t, s] = value(argument + unit[t] - unit[s]) - here
        return up, down, moved

    def _reach(self, track: _Track) -> Floats:
        """Return what a unit spent in one period adds to the adstock of another, (n_draws, n_times, n)."""
        key = id(track)
        if key not in self._reaches:
            lag = np.arange(self.n_periods + self.n_after)[:, None] - np.arange(self.n_periods)
            self._reaches[key] = np.where(lag >= 0, track.powers[:, np.maximum(lag, 0)], 0.0)
        return self._reaches[key]


def horizon_of(problem: Problem, draws: ArrayLike | None = None) -> Horizon:
    """Return a problem's outcome as a function of minor units, over some of the draws or all."""
    n_times = problem.periods.n + problem.periods.n_after
    tracks = []
    for item in problem.items:
        curve = item.curve.per(problem.units)
        decay = np.zeros(1) if item.carry_over is None else np.asarray(item.carry_over, dtype=np.float64)
        decay = np.broadcast_to(decay, curve.n_draws)
        carried = np.broadcast_to(np.asarray(item.carried_in_minor, dtype=np.float64), curve.n_draws)
        if draws is not None:
            chosen = np.asarray(draws)
            curve, decay, carried = curve.of_draws(chosen), decay[chosen], carried[chosen]
        powers = decay[:, None] ** np.arange(n_times + 1)
        tracks.append(_Track(curve, item.value, powers, carried))
    return Horizon(tuple(tracks), problem.periods.n, problem.periods.n_after)


def _slope(track: _Track) -> Floats | None:
    return None if track.curve.slope is None else track.curve.slope[:, None]
