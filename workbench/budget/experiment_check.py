"""Whether experiments are worth what they are priced at: run in worlds drawn from the model's prior.

In each world a media mix is fitted, every experiment is priced, and one of them is run: its reading comes of
the true curve with the true adstock and noise, enters a new fit as a lift test, and a new plan is made. What
that plan brings more than the plan before is read twice: as the new fit expects it, and under the true
curves. If prices are right, the means of all three over many worlds are one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.curves import ResponseCurve, logistic
from workbench.budget.experiment_designs import Design, lost_by, read_by
from workbench.budget.experiment_replan import Replanner
from workbench.budget.experiment_value import ExperimentValue, price_experiments
from workbench.budget.fit import MixFit, fit_mix
from workbench.budget.fitted_curves import curves_of_fit
from workbench.budget.problem import Item, Problem
from workbench.budget.simulate import SimulatedMix, roas_spec, simulate_mix
from workbench.budget.spec import LiftTest
from workbench.budget.transforms import adstock_weights
from workbench.core.errors import NotConverged, NotEnoughData
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    import pandas as pd

_LEVEL = 0.9
_CENTS = 100
_Z = 1.6448536269514722  # of an interval that holds 90 %


@dataclass(frozen=True)
class Worlds:
    """What worlds are drawn, and which experiment is run in each.

    Attributes
    ----------
    n_channels, n_periods : int
        Of the weekly data that the first fit sees.
    length, horizon_periods : int
        Weeks that are read, and over which plans count.
    n_draws : int
        Of each fit.
    at_random : bool
        Run any of the experiments, so that none is chosen by its price; else the first.
    """

    n_channels: int = 3
    n_periods: int = 60
    length: int = 4
    horizon_periods: int = 52
    n_draws: int = 2_000
    at_random: bool = False


@dataclass(frozen=True)
class CheckedPrices:
    """Prices and what came of them, one entry a world, in units of the outcome.

    Attributes
    ----------
    priced, expected, realised : ndarray, shape (n_worlds,)
        Gain as it was priced before the test, as the new fit expects it, and under the true curves.
    priced_net, realised_net : ndarray, shape (n_worlds,)
        Less the cost, as priced and as true.
    covered : ndarray of bool
        Whether the interval of the net value held what was realised.
    paid : ndarray of bool
        Whether the experiment was said to pay.
    n_left_out : int
        Worlds whose fits the fast path could not make.
    """

    priced: Floats
    expected: Floats
    realised: Floats
    priced_net: Floats
    realised_net: Floats
    covered: np.ndarray
    paid: np.ndarray
    n_left_out: int

    def table(self) -> pd.DataFrame:
        """Return means, each with half its 90 % interval, of all worlds and of those said to pay."""
        import pandas as pd

        rows = []
        for name, chosen in (("all", np.ones(self.paid.size, dtype=bool)), ("said to pay", self.paid)):
            if chosen.sum() < 2:
                continue
            row: dict[str, object] = {"worlds": name, "n": int(chosen.sum())}
            for part in ("priced", "expected", "realised", "priced_net", "realised_net"):
                values = getattr(self, part)[chosen]
                row |= {part: values.mean(), f"{part}_error": error_of(values)}
            rows.append(row)
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Say whether the mean price is the mean of what came."""
        fitted, true = self.expected - self.priced, self.realised - self.priced
        return (
            f"{true.size} worlds: gain priced at {self.priced.mean():.0f} on average; the new fit expects "
            f"{fitted.mean():+.0f} ± {error_of(fitted):.0f} of that, the truth brings {true.mean():+.0f} "
            f"± {error_of(true):.0f}; intervals of the net value held {self.covered.mean():.0%}; "
            f"{self.paid.mean():.0%} were said to pay; {self.n_left_out} left out."
        )


def error_of(values: Floats) -> float:
    """Return half the width of the 90 % interval of a mean; infinite for a single value."""
    return np.inf if values.size < 2 else float(_Z * values.std(ddof=1) / np.sqrt(values.size))


def check_prices(
    n_worlds: int,
    *,
    seed: int,
    worlds: Worlds | None = None,
    progress: Callable[[int], None] | None = None,
) -> CheckedPrices:
    """Price experiments in simulated worlds, run one in each, and compare.

    Parameters
    ----------
    n_worlds : int
    seed : int
    worlds : Worlds, optional
    progress : callable, optional
        Told after each tenth world.

    Raises
    ------
    NotEnoughData
        If no world could be fitted.
    """
    rows: list[tuple[float, ...]] = []
    for k in range(n_worlds):
        try:
            row = _one_world(np.random.default_rng([seed, k]), worlds or Worlds())
        except NotConverged:
            row = ()
        rows += [row] if row else []
        if progress is not None and (k + 1) % 10 == 0:
            progress(k + 1)
    if not rows:
        raise NotEnoughData("No world could be fitted.", next_step="Draw more worlds.", field="n_worlds")
    priced, expected, realised, priced_net, realised_net, covered, paid = np.array(rows).T
    return CheckedPrices(
        priced,
        expected,
        realised,
        priced_net,
        realised_net,
        covered=covered > 0,
        paid=paid > 0,
        n_left_out=n_worlds - len(rows),
    )


def _one_world(rng: np.random.Generator, worlds: Worlds) -> tuple[float, ...]:
    """Return one world's figures; nothing where no experiment can be run."""
    spec = roas_spec(worlds.n_channels)
    made = simulate_mix(spec, n_periods=worlds.n_periods, n_channels=worlds.n_channels, rng=rng)
    seeds = rng.integers(2**31, size=2).tolist()
    how = {"method": "fast", "n_draws": worlds.n_draws}
    fit = fit_mix(made.model.data, spec, seed=seeds[0], **how)  # type: ignore[arg-type]
    noise_sd = float(np.sqrt(np.mean(fit.draws.noise**2)))
    before = Replanner.of(_problem(fit))
    priced = _priced(fit, before.problem, noise_sd, worlds)
    if not priced:
        return ()
    chosen = priced[int(rng.integers(len(priced))) if worlds.at_random else 0]
    design, truth = chosen.design, _Truth.of(made)
    test = _as_lift_test(design, truth.reading(design, rng), design.standard_error(noise_sd), before.problem)
    after = fit_mix(made.model.data, spec, lift_tests=(test,), seed=seeds[1], **how)  # type: ignore[arg-type]
    bench, left = Replanner.of(_problem(after)), worlds.horizon_periods - design.n_periods
    new, old = bench.today.spend, before.today.spend
    expected = left * float(np.diff(bench.outcomes(np.stack([old, new], axis=1)[:, None, :]), axis=1).mean())
    realised = left * (truth.outcome(new) - truth.outcome(old))
    net = realised - truth.cost(design, before)
    low, high = chosen.net.interval
    said = (chosen.gain.mean, expected, realised, chosen.net.mean, net)
    return (*said, float(low <= net <= high), float(chosen.pays))


def _priced(fit: MixFit, problem: Problem, noise_sd: float, worlds: Worlds) -> tuple[ExperimentValue, ...]:
    n_lags = fit.model.lags.shape[1]
    return price_experiments(
        problem,
        adstock=[
            adstock_weights("geometric", n_lags, {"retention": column})
            for column in fit.draws.curves["retention"].T
        ],
        noise_sd=noise_sd,
        horizon_periods=worlds.horizon_periods,
        lengths=[worlds.length],
        n_effective=min(fit.diagnostics.ess, worlds.n_draws),
    )


def _as_lift_test(design: Design, read: float, standard_error: float, problem: Problem) -> LiftTest:
    half = _Z * standard_error
    before, during = design.before_minor / _CENTS, design.during_minor / _CENTS
    name = problem.items[design.item].name
    return LiftTest(name, before, during - before, read, (read - half, read + half), level=_LEVEL)


def _problem(fit: MixFit) -> Problem:
    """Return the plan of the mean spend a week, as a user would ask it."""
    spend = fit.model.data.spend
    items = [
        Item(
            name,
            curve,
            current_minor=round(_CENTS * spend[:, c].mean()),
            observed_max_minor=int(_CENTS * spend[:, c].max()),
        )
        for c, (name, curve) in enumerate(curves_of_fit(fit).items())
    ]
    return Problem(tuple(items), round(_CENTS * spend.mean(axis=0).sum()), level=_LEVEL)


@dataclass(frozen=True)
class _Truth:
    """The curves that made the data, in minor units."""

    curves: tuple[ResponseCurve, ...]
    adstock: tuple[Floats, ...]
    noise: float

    @classmethod
    def of(cls, made: SimulatedMix) -> _Truth:
        model = made.model
        curves, noise = model.curves_of(made.scores[None])
        per_worth = model.worth_columns(curves)[1][0]
        own = [
            logistic(made.worths[c] * per_worth[c], curves["rate"][:, c] / model.spend_scale[c]).per(_CENTS)
            for c in range(model.n_channels)
        ]
        weights = [
            adstock_weights("geometric", model.lags.shape[1], {"retention": curves["retention"][:, c]})
            for c in range(model.n_channels)
        ]
        return cls(tuple(own), tuple(weights), float(noise[0]))

    def outcome(self, spend: Floats) -> float:
        return sum(float(curve.at([x])[0, 0]) for curve, x in zip(self.curves, spend, strict=True))

    def reading(self, design: Design, rng: np.random.Generator) -> float:
        """Return what the test reads: the effect as far as it has come, with the noise of so many weeks."""
        read = read_by(design, self.curves[design.item], self.adstock[design.item])[0]
        return float(read + design.standard_error(self.noise) * rng.standard_normal())

    def cost(self, design: Design, bench: Replanner) -> float:
        """Return what the test truly lost, its money at the price that the plan put on it."""
        lost = lost_by(design, self.curves[design.item], self.adstock[design.item])[0]
        freed, taken = bench.prices
        change = design.n_periods * (design.during_minor - design.before_minor)
        return float(lost + change * (taken if change > 0 else freed))
