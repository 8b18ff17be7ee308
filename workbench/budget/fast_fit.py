"""The fast path: modes of the curves' parameters, their curvature, adaptive importance sampling, a gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from workbench.budget.model import MixModel, draw_above_zero
from workbench.budget.reported import ReportedMixModel
from workbench.stats.counts import Floats
from workbench.stats.importance import ImportanceSample, adaptive_importance, start_mixture
from workbench.stats.pareto import LARGEST_USABLE_K

#: Fewer effective draws do not hold an interval's ends.
FEWEST_EFFECTIVE_DRAWS = 400
_N_SCREENED = 600
_N_STARTS = 2
_STEP = 1e-4
#: Points of the first try, and of a second one if the gate does not let the first through.
_TRIES = ((3, 1_500, 6_000), (6, 4_000, 20_000))
#: For items' own results in more dimensions: lighter tails, and enough points to tell a large covariance.
_MANY_DIMENSIONS, _TRY_OF_MANY, _LIGHTER_TAILS = 20, (3, 8_000, 20_000), 30.0


@dataclass(frozen=True)
class MixDraws:
    """Draws of equal weight from the posterior, whichever method made them.

    Attributes
    ----------
    scores : ndarray, shape (n_draws, n_curve)
        Curves' parameters and noise, as standard normal scores of their priors.
    worths : ndarray, shape (n_draws, n_channels)
        In units of the channels' priors: ROAS, or share of the outcome.
    past : ndarray, shape (n_draws, n_channels), optional
        The same over the used periods, where worths wander: then ``worths`` are those of the coming ones.
    """

    scores: Floats
    worths: Floats
    past: Floats | None = None


@dataclass(frozen=True)
class FastFit:
    """What the fast path found, and whether it may be used.

    Attributes
    ----------
    sample : ImportanceSample
    is_usable : bool
        Whether k̂ is at most .7 and there are enough effective draws.
    reason : str
        Why not, if not.
    """

    sample: ImportanceSample
    is_usable: bool
    reason: str

    def draws(self, n: int, rng: np.random.Generator) -> MixDraws:
        """Return draws of equal weight."""
        scores, drawn = self.sample.resample(n, rng)
        return MixDraws(scores, drawn["worths"], drawn.get("past"))


def fit_fast(model: MixModel, rng: np.random.Generator) -> FastFit:
    """Sample the posterior by importance, and judge the sample.

    Parameters
    ----------
    model : MixModel
    rng : numpy.random.Generator

    Returns
    -------
    FastFit
        ``is_usable`` is false where the gate fails after two tries, the second with more points.
    """
    modes, covariances = find_modes(lambda z: _smooth_log_density(model, z), model.n_curve, rng)
    wide = np.eye(model.n_curve)
    start = start_mixture(modes, covariances, wide_mean=np.zeros(model.n_curve), wide_covariance=wide)
    reason, tries = "", list(_TRIES)
    if isinstance(model, ReportedMixModel) and model.n_curve > _MANY_DIMENSIONS:
        start, tries = replace(start, degrees_of_freedom=_LIGHTER_TAILS), [_TRY_OF_MANY]
    for n_rounds, n_adapt, n_final in tries:
        sample = adaptive_importance(
            lambda z: _target(model, z, rng), start, rng, n_rounds=n_rounds, n_adapt=n_adapt, n_final=n_final
        )
        k, ess = sample.smoothed.pareto_k, sample.smoothed.ess
        if k <= LARGEST_USABLE_K and ess >= FEWEST_EFFECTIVE_DRAWS:
            return FastFit(sample, True, "")
        reason = f"Pareto k̂ {k:.2f} (at most {LARGEST_USABLE_K}), {ess:.0f} effective draws"
    return FastFit(sample, False, f"{reason} (at least {FEWEST_EFFECTIVE_DRAWS})")


def _target(model: MixModel, scores: Floats, rng: np.random.Generator) -> tuple[Floats, dict[str, Floats]]:
    if isinstance(model, ReportedMixModel):
        return model.density_and_drawn(scores, rng)
    part = model.linear_part(scores)
    worths, log_weight = draw_above_zero(part, 1 - rng.random(part.mean.shape))
    return part.log_density + model.log_prior(scores) + log_weight, {"worths": worths}


def _smooth_log_density(model: MixModel, scores: Floats) -> Floats:
    """Approximate the target without randomness: each worth above zero on its own."""
    from scipy.special import log_ndtr

    if isinstance(model, ReportedMixModel):
        return model.density_and_drawn(scores)[0]
    part = model.linear_part(scores)
    spread = np.sqrt((part.factor**2).sum(axis=2))
    out: Floats = part.log_density + model.log_prior(scores) + log_ndtr(part.mean / spread).sum(axis=1)
    return out


def find_modes(
    log_density: Callable[[Floats], Floats], dim: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Find the best modes from several starts, with the inverse curvature at each.

    Parameters
    ----------
    log_density : callable
        Takes many points at once, shape (n, dim).
    dim : int
    rng : numpy.random.Generator

    Returns
    -------
    tuple of ndarray
        Modes (k, dim) and covariances (k, dim, dim), the best first.

    Examples
    --------
    >>> modes, covariances = find_modes(
    ...     lambda z: -2 * ((z - 1) ** 2).sum(axis=1), 2, np.random.default_rng(1)
    ... )
    >>> modes.round(3).tolist(), np.diag(covariances[0]).round(3).tolist()
    ([[1.0, 1.0]], [0.25, 0.25])
    """
    from scipy.optimize import minimize

    screened = rng.standard_normal((_N_SCREENED, dim)) * np.append(np.full(dim - 1, 0.8), 1.2)
    best = screened[np.argsort(-log_density(screened))]
    found: list[tuple[float, Floats]] = []
    for start in (best[0], best[_N_SCREENED // 20])[:_N_STARTS]:
        answer = minimize(
            _value_and_slope, start, args=(log_density,), jac=True, method="BFGS", options={"gtol": 1e-3}
        )
        if all(np.abs(answer.x - other).max() > 0.2 for _, other in found):
            found.append((float(-answer.fun), answer.x))
    found.sort(key=lambda pair: -pair[0])
    kept = [z for value, z in found if value > found[0][0] - 6]
    return np.stack(kept), np.stack([_inverse_curvature(log_density, z) for z in kept])


def _value_and_slope(z: Floats, log_density: Callable[[Floats], Floats]) -> tuple[float, Floats]:
    steps = _STEP * np.eye(len(z))
    values = log_density(np.concatenate([z[None], z + steps, z - steps]))
    n = len(z)
    return float(-values[0]), -(values[1 : n + 1] - values[n + 1 :]) / (2 * _STEP)


def _inverse_curvature(log_density: Callable[[Floats], Floats], z: Floats, step: float = 1e-2) -> Floats:
    """Invert the negative Hessian, no direction taken for wider than the prior."""
    n = len(z)
    moves = step * np.eye(n)
    first, second = np.triu_indices(n)
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    points = np.concatenate([z + a * moves[first] + b * moves[second] for a, b in signs])
    pp, pm, mp, mm = log_density(points).reshape(4, -1)
    hessian = np.zeros((n, n))
    hessian[first, second] = hessian[second, first] = (pp - pm - mp + mm) / (4 * step**2)
    values, vectors = np.linalg.eigh(-hessian)
    out: Floats = (vectors / np.maximum(values, 1.0)) @ vectors.T
    return out
