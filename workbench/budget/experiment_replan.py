"""Plans made again after every reading that a spend experiment may give, and judged on draws held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from workbench.budget.allocation import curves_of
from workbench.budget.conflicts import refuse_conflicts
from workbench.budget.curves import CurveSet, kernel
from workbench.budget.experiment_designs import Design, most_of
from workbench.budget.limits import limits_of, region_of
from workbench.budget.plan import halves_of
from workbench.budget.problem import Problem, refused
from workbench.budget.region import Region
from workbench.budget.separable import Split, best_split
from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats

_LEAST_DRAWS = 200
_MOST_DRAWS = 799  # the allocator takes a detour for more
#: Where among the readings, by their probability, the allocator is run again.
_NODES = np.array([0.01, 0.06, 0.17, 0.33, 0.5, 0.67, 0.83, 0.94, 0.99])
_MOST_BETWEEN, _NOTABLE_STEP = 4, 0.1
_GRID = np.concatenate([[0.002], (np.arange(30) + 0.5) / 30, [0.998]])
_FEWEST_EFFECTIVE_DRAWS = 50.0
_COARSER = 1.3


@dataclass(frozen=True)
class Path:
    """The best plan for every reading of one item's change, by the effect that is expected after it.

    Attributes
    ----------
    effects : ndarray, shape (n_nodes,)
        Expected effect after each reading, rising.
    plans : ndarray, shape (n_nodes, n_items)
        In minor units; a plan between two of them keeps the same limits.
    """

    effects: Floats
    plans: Floats

    def plans_at(self, effects: Floats) -> Floats:
        """Return the plans for expected effects of any shape, shape (n_items, ...)."""
        return np.stack([np.interp(effects, self.effects, each) for each in self.plans.T])


@dataclass(frozen=True)
class Replanner:
    """A problem with its draws divided: plans are found on the fitted half, outcomes read from the other."""

    problem: Problem
    fitted_draws: np.ndarray
    judged_draws: np.ndarray

    @classmethod
    def of(cls, problem: Problem) -> Replanner:
        """Divide the draws as plans do.

        Raises
        ------
        DataError
            If the problem is none of one period, the mean, concave curves and disjoint groups.
        NotEnoughData
            If there are too few draws.
        """
        n_draws = problem.items[0].curve.n_draws
        if n_draws < _LEAST_DRAWS:
            raise NotEnoughData(
                f"{n_draws} draws are too few to price an experiment.",
                next_step=f"Draw at least {_LEAST_DRAWS}, better some thousands.",
                field="curve",
                n_draws=n_draws,
            )
        _refuse_unfit(problem)
        plain = tuple(replace(item, min_change_minor=0) for item in problem.items)
        return cls(replace(problem, items=plain), *halves_of(n_draws, problem.seed))

    @cached_property
    def fitted(self) -> CurveSet:
        """Curves that plans are found on, in minor units."""
        return curves_of(self.problem, self.fitted_draws)

    @cached_property
    def replanned(self) -> CurveSet:
        """Some of them, for plans after a reading: more would take longer and tell the same."""
        every = -(-self.fitted_draws.size // _MOST_DRAWS)
        return self.fitted.of_draws(slice(None, None, every))

    @cached_property
    def judged(self) -> CurveSet:
        """Curves that plans are judged by, in minor units."""
        return curves_of(self.problem, self.judged_draws)

    @cached_property
    def region(self) -> Region:
        """The limits of the plan."""
        limits = limits_of(self.problem)
        refuse_conflicts(self.problem, limits)
        region = region_of(self.problem, limits)
        if region.limits.size:
            raise refused("groups", "a limit", "overlaps another", "Make them disjoint to price experiments.")
        return region

    @cached_property
    def values(self) -> Floats:
        """What one outcome of each item is worth."""
        return np.array([item.value for item in self.problem.items])

    @cached_property
    def today(self) -> Split:
        """The best plan before any experiment."""
        return best_split(self.fitted, self.region, values=self.values)

    @cached_property
    def prices(self) -> tuple[float, float]:
        """What a minor unit that is freed would bring elsewhere, and what one that is taken loses there.

        Both are the multiplier of the total where any item is free to move. Else freed money goes to the best
        item with room above (and brings nothing where there is none), and is taken where least is lost.
        """
        spend, region = self.today.spend, self.region
        slopes = self.values * self.fitted.moments(spend)[1]
        most = [
            most_of(self.problem, item, round(x)) for item, x in zip(self.problem.items, spend, strict=True)
        ]
        above = np.where(region.upper < region.total, region.upper, most) > spend + 1
        below = region.lower < spend - 1
        if region.group_low.size:
            sums, grouped = region.group_sums(spend), region.group_of >= 0
            own = np.where(grouped, region.group_of, 0).astype(int)
            above &= ~grouped | (sums < region.group_high - 1)[own]
            below &= ~grouped | (sums > region.group_low + 1)[own]
        up = float(slopes[above].max()) if above.any() else 0.0
        return up, float(slopes[below].min()) if below.any() else float(slopes.max())

    def best_for(self, weights: Floats, start: Floats) -> Floats:
        """Allocate with weighed draws: a curve is linear in its scale, which takes the weight."""
        tilt = weights * weights.size
        curves = CurveSet(tuple(replace(one, scale=one.scale * tilt) for one in self.replanned.curves))
        return best_split(curves, self.region, values=self.values, start=start).spend

    def path(self, readings: Readings) -> Path:
        """Find the best plan for readings that span what may come, closer where plans change most."""
        at = readings.likely(_NODES)
        plans = np.empty((at.size, self.region.n))
        near = self.today.spend
        for k, row in enumerate(readings.weights(at)):
            plans[k] = near = self.best_for(row, near)
        for _ in range(_MOST_BETWEEN):
            moved = np.abs(np.diff(plans, axis=0)).sum(axis=1) / 2
            k = int(moved.argmax())
            if moved[k] < _NOTABLE_STEP * self.today.spend.sum():
                break
            middle = (at[k] + at[k + 1]) / 2
            between = self.best_for(readings.weights(np.array([middle]))[0], plans[k])
            at, plans = np.insert(at, k + 1, middle), np.insert(plans, k + 1, between, axis=0)
        return Path(np.maximum.accumulate(readings.weights(at) @ readings.effects), plans)

    def outcomes(self, plans: Floats) -> Floats:
        """Return what plans, (n_items, 1 or n_draws, n), bring under each judged draw, shape (n_draws, n)."""
        total = np.zeros((self.judged.n_draws, plans.shape[2]))
        for value, curve, spend in zip(self.values, self.judged.curves, plans, strict=True):
            slope = None if curve.slope is None else curve.slope[:, None]
            g = kernel(curve.family, curve.rate[:, None] * spend, slope)[0]
            total += value * curve.scale[:, None] * g
        return total


def effects_of(design: Design, curves: CurveSet) -> Floats:
    """Return what a change does to the outcome of a period under each draw, once settled."""
    before, during = curves.curves[design.item].at([design.before_minor, design.during_minor])
    out: Floats = during - before
    return out


@dataclass(frozen=True)
class Readings:
    """What an experiment may read, and what would be believed after it.

    Attributes
    ----------
    effects : ndarray, shape (n_draws,)
        Of the change, under each draw that plans are found on again.
    standard_error : float
    normals : ndarray, shape (n_draws,)
        Stratified standard normal errors, one a draw.
    """

    effects: Floats
    standard_error: float
    normals: Floats

    def likely(self, probabilities: Floats) -> Floats:
        """Return the readings below which these shares of all readings lie."""
        out: Floats = np.quantile(self.effects + self.standard_error * self.normals, probabilities)
        return out

    def weights(self, readings: Floats) -> Floats:
        """Return each draw's weight after each reading, (n_readings, n_draws); rows sum to one."""
        log = -0.5 * ((readings[:, None] - self.effects) / self.standard_error) ** 2
        log -= log.max(axis=1, keepdims=True)
        weights = np.exp(log)
        weights /= weights.sum(axis=1, keepdims=True)
        return np.asarray(weights)

    def expected(self, readings: Floats) -> Floats:
        """Return the effect that is expected after readings of any shape."""
        grid = self.likely(_GRID)
        after = self.weights(grid) @ self.effects
        out: Floats = np.interp(readings, grid, after)
        return out

    def with_enough_draws(self) -> Readings:
        """Take the readings for coarser until a typical one leaves enough draws to plan on.

        A coarser reading tells less, so what it is worth is understated and never made up.
        """
        out = self
        while True:
            weights = out.weights(out.likely(_NODES))
            if np.median(1 / (weights**2).sum(axis=1)) >= min(_FEWEST_EFFECTIVE_DRAWS, self.effects.size / 4):
                return out
            out = replace(out, standard_error=out.standard_error * _COARSER)


def _refuse_unfit(problem: Problem) -> None:
    """Refuse what the path of plans is not made for."""
    shaped = [item.name for item in problem.items if not item.curve.is_concave]
    if shaped:
        raise refused(
            "items",
            shaped[0],
            "has an S-shaped curve (slope above 1), whose experiments are not priced",
            "Fit concave curves: logistic, tanh or michaelis_menten.",
        )
    target = "target_cpa" if problem.target_cpa else "target_roas" if problem.target_roas else ""
    if target:
        raise refused(
            target, getattr(problem, target), "is not kept by priced experiments", "Leave the target out."
        )
    if problem.periods.n > 1 or problem.risk is not None:
        raise refused(
            "periods", problem.periods.n, "or risk: experiments are priced by the mean", "Plan one period."
        )
