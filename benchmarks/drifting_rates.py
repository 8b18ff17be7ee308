"""Rates that wander: do 90 % intervals hold what was, what comes, and what a plan brings? Simulated.

Counts of items whose rates follow a first-order autoregression of a known correlation. Each data set is
fitted as `fit_reported` does, and once more with periods that only tell less (`docs/decisions/0019`).

Run with ``python -m benchmarks.drifting_rates``.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from workbench.budget.contributions import PosteriorDraws, complete_draws
from workbench.budget.fast_fit import MixDraws
from workbench.budget.fit import MixFit, fit_reported
from workbench.budget.reported import ReportedMixModel, make_reported
from workbench.budget.reported_drifting import DriftingMixModel
from workbench.budget.reported_simulate import simulate_reported
from workbench.budget.transforms import saturate
from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

CORRELATIONS = (0.0, 0.5, 0.7, 0.9)
DEVIATION = 0.3  # of the logarithm of a rate
N_AHEAD = 4  # weeks
STEP = 0.2
MEASURED = ("past", "coming", "gain")


@dataclass(frozen=True)
class World:
    """A data set and what made it: rates over its weeks and the coming ones, (n_items,), and true curves."""

    model: ReportedMixModel
    past: Floats
    coming: Floats
    curves: PosteriorDraws


def world_of(correlation: float, seed: int, *, n_items: int = 4, n_weeks: int = 80) -> World:
    """Draw a data set whose rates wander, at least where ``correlation`` is above zero."""
    rng = np.random.default_rng([77, seed, round(100 * correlation)])
    made = simulate_reported(("a",) * n_items, n_periods=n_weeks, rng=rng, results_a_period=20.0)
    n_before = 60
    path = rng.standard_normal((n_items, n_before + n_weeks + N_AHEAD))
    for t in range(1, path.shape[1]):
        path[:, t] = correlation * path[:, t - 1] + np.sqrt(1 - correlation**2) * path[:, t]
    deviation = DEVIATION if correlation else 0.0
    rates = made.rates[:, None] * np.exp(deviation * path[:, n_before:] - deviation**2 / 2)
    exposure = made.model.exposure(made.scores[None])[0]
    expected = exposure * rates[:, :n_weeks]
    size = made.model.curves_of(made.scores[None])[1][0] ** -2.0
    counts = rng.poisson(expected * rng.gamma(size, 1 / size, expected.shape)).T.astype(float)
    data = replace(made.model.data, outcome=counts.sum(axis=1))
    coming = rates[:, n_weeks:].mean(axis=1)
    curves = complete_draws(made.model, MixDraws(made.scores[None], coming[None]), np.random.default_rng(0))
    model = make_reported(data, counts, made.model.spec)
    return World(model, expected.sum(axis=1) / exposure.sum(axis=1), coming, curves)


def held_by(fit: MixFit, world: World) -> list[float]:
    """Return the shares of 90 % intervals that hold what was, what comes, and a plan's gain."""
    was = _held(fit.draws.contribution / fit.model.worth_units, world.past)
    return [was.mean(), _held(fit.draws.worths, world.coming).mean(), float(_gain_held(fit, world))]


def _held(draws: Floats, truth: Floats) -> Floats:
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return ((low < truth) & (truth < high)).astype(float)


def _gain_held(fit: MixFit, world: World) -> bool:
    """Whether the gain of a step from the least to the greatest marginal is held, chosen on other draws."""
    model, half = fit.model, fit.draws.n_draws // 2
    now = model.data.spend[-4:].mean(axis=0) + 1e-9
    slope = (_brought(model, fit.draws, 1.02 * now) - _brought(model, fit.draws, now))[:half].mean(
        axis=0
    ) / now
    least, most = int(slope.argmin()), int(slope.argmax())
    then = now.copy()
    moved = STEP * min(now[least], now[most])
    then[least] -= moved
    then[most] += moved
    gains = (_brought(model, fit.draws, then) - _brought(model, fit.draws, now)).sum(axis=1)[half:]
    true = (_brought(model, world.curves, then) - _brought(model, world.curves, now)).sum(axis=1)
    return bool(_held(gains[:, None], true)[0])


def _brought(model: ReportedMixModel, draws: PosteriorDraws, spend: Floats) -> Floats:
    out: Floats = draws.amplitude * saturate(model.spec.saturation, spend / model.spend_scale, draws.curves)
    return out


def both_of(world: World, seed: int) -> tuple[MixFit, MixFit] | None:
    """Return the fit, and the one by the weight alone; ``None`` where the fast path's gate stays shut."""
    model, how = world.model, {"method": "fast", "seed": seed, "n_draws": 1_000}
    try:
        fit = fit_reported(model.data, model.reported, model.spec, **how)
        weight = fit.model.weight
        return fit, fit_reported(model.data, model.reported, model.spec, weight=weight, **how)
    except NotConverged:
        return None


def measure(correlation: float, n_sets: int, first: int) -> None:
    rows, wandered, n_shut, started = [], [], 0, time.process_time()
    for seed in range(first, first + n_sets):
        world = world_of(correlation, seed)
        fits = both_of(world, seed)
        if fits is None:
            n_shut += 1
            continue
        rows.append([held_by(fit, world) for fit in fits])
        wandered.append(isinstance(fits[0].model, DriftingMixModel))
    held = np.array(rows)  # (n, fitted so or by weight, measured)
    mean, error = held.mean(axis=0), held.std(axis=0) / np.sqrt(len(held))
    seconds = (time.process_time() - started) / n_sets
    share = f"{np.mean(wandered):.0%} fitted with rates that wander"
    print(f"correlation {correlation}: {len(held)} sets, {n_shut} shut, {share}, {seconds:.1f} CPU s a set")
    for k, name in enumerate(MEASURED):
        by_fit, by_weight = (f"{mean[m, k]:.3f} ± {error[m, k]:.3f}" for m in (0, 1))
        print(f"  {name:7} {by_fit}   by weight {by_weight}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=60, help="data sets of each correlation")
    parser.add_argument("--first", type=int, default=5_000, help="seed of the first one")
    asked = parser.parse_args()
    print("Share of 90 % intervals that hold, ± standard error over data sets:")
    for correlation in CORRELATIONS:
        measure(correlation, asked.n, asked.first)


if __name__ == "__main__":
    main()
