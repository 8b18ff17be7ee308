"""Posterior draws without a chain: importance sampling from t laws that adapt themselves to the target.

The proposal is a mixture of multivariate t laws: one for each mode found, and one as wide as the prior, so
that no weight is much above what the prior alone would give. Rounds of weighted expectation–maximisation move
the mixture to the target (Cappé et al. 2008, doi:10.1007/s11222-008-9059-x). The last round's weights are
smoothed and judged by their Pareto shape (`workbench.stats.pareto`); whoever calls decides what that is
worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.stats.counts import Floats
from workbench.stats.pareto import SmoothedWeights, smooth_weights

#: Takes points (n, d); gives their log density (n,) and anything drawn along with them, n rows each.
Target = Callable[[Floats], tuple[Floats, Mapping[str, Floats]]]

_DEGREES_OF_FREEDOM = 7.0
_LEAST_WIDE_SHARE = 0.1
_EM_STEPS = 3


@dataclass(frozen=True)
class Mixture:
    """A mixture of multivariate t laws; the last one is the wide one, which never moves.

    Attributes
    ----------
    means : ndarray, shape (k, d)
    factors : ndarray, shape (k, d, d)
        Lower Cholesky factors of the scale matrices.
    shares : ndarray, shape (k,)
    degrees_of_freedom : float
        Of all the laws. Where a target has many dimensions, few degrees put most points too far out.
    """

    means: Floats
    factors: Floats
    shares: Floats
    degrees_of_freedom: float = _DEGREES_OF_FREEDOM

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw ``n`` points, shape (n, d); each component's number is its share, rounded at random."""
        edges = np.floor(np.cumsum(self.shares) * n + rng.random())
        which = np.searchsorted(edges[:-1], np.arange(n), side="right")
        normal = rng.standard_normal((n, self.means.shape[1]))
        nu = self.degrees_of_freedom
        stretch = np.sqrt(nu / rng.chisquare(nu, n))
        moved = np.einsum("nij,nj->ni", self.factors[which], normal)
        out: Floats = self.means[which] + stretch[:, None] * moved
        return out

    def log_parts(self, points: Floats) -> tuple[Floats, Floats]:
        """Return each component's weighted log density and squared distances, both (k, n)."""
        from scipy.special import gammaln

        dim, nu = points.shape[1], self.degrees_of_freedom
        logs, distances = [], []
        for mean, factor, share in zip(self.means, self.factors, self.shares, strict=True):
            # Not by a linear algebra library: for so few columns its threads only wait for each other.
            z = np.einsum("ij,nj->ni", np.linalg.inv(factor), points - mean)
            distance = (z**2).sum(axis=1)
            constant = gammaln((nu + dim) / 2) - gammaln(nu / 2) - dim / 2 * np.log(nu * np.pi)
            constant -= np.log(np.diag(factor)).sum()
            logs.append(np.log(share) + constant - (nu + dim) / 2 * np.log1p(distance / nu))
            distances.append(distance)
        return np.stack(logs), np.stack(distances)


@dataclass(frozen=True)
class ImportanceSample:
    """Weighted draws of a target.

    Attributes
    ----------
    points : ndarray, shape (n, d)
    smoothed : SmoothedWeights
        Weights, their Pareto k̂ and effective sample size.
    drawn : mapping of str to ndarray
        What the target drew along with each point.
    log_mass : float
        Log of the target's integral, from the mean of the weights as they are: the log marginal likelihood up
        to the constants that the target leaves out. For targets that leave out the same ones to be compared.
    """

    points: Floats
    smoothed: SmoothedWeights
    drawn: Mapping[str, Floats] = field(default_factory=dict)
    log_mass: float = float("nan")

    def resample(self, n: int, rng: np.random.Generator) -> tuple[Floats, dict[str, Floats]]:
        """Return ``n`` draws of equal weight, by systematic resampling in random order."""
        edges = np.cumsum(self.smoothed.weights)
        at = (np.arange(n) + rng.random()) / n
        chosen = np.minimum(np.searchsorted(edges, at, side="right"), len(edges) - 1)
        rng.shuffle(chosen)
        return self.points[chosen], {name: values[chosen] for name, values in self.drawn.items()}


def start_mixture(
    modes: Floats, covariances: Floats, *, wide_mean: Floats, wide_covariance: Floats
) -> Mixture:
    """Make a first proposal of the modes found and a wide law.

    Parameters
    ----------
    modes : ndarray, shape (k, d)
    covariances : ndarray, shape (k, d, d)
        Inverse curvature at each mode.
    wide_mean, wide_covariance : ndarray, shapes (d,) and (d, d)
        Of the prior, or of anything at least as wide as the target.

    Examples
    --------
    >>> mixture = start_mixture(
    ...     np.zeros((1, 2)), np.eye(2)[None], wide_mean=np.zeros(2), wide_covariance=9 * np.eye(2)
    ... )
    >>> mixture.shares
    array([0.8, 0.2])
    """
    k = len(modes)
    wide = 2 * _LEAST_WIDE_SHARE
    means = np.concatenate([modes, wide_mean[None]])
    factors = np.linalg.cholesky(np.concatenate([covariances, wide_covariance[None]]))
    return Mixture(means, factors, np.append(np.full(k, (1 - wide) / k), wide))


def adaptive_importance(
    target: Target,
    proposal: Mixture,
    rng: np.random.Generator,
    *,
    n_rounds: int = 3,
    n_adapt: int = 1_500,
    n_final: int = 5_000,
) -> ImportanceSample:
    """Draw from a target known up to a constant, adapting the proposal in a few rounds.

    Parameters
    ----------
    target : callable
        Takes points, shape (n, d); gives log densities (any constant may be missing; ``-inf`` outside the
        support) and a mapping of arrays drawn along.
    proposal : Mixture
        Where to begin.
    rng : numpy.random.Generator
    n_rounds, n_adapt, n_final : int
        Rounds of adaptation, points in each, and points of the sample that is returned.

    Returns
    -------
    ImportanceSample

    Examples
    --------
    >>> centre = np.array([1.0, -2.0])
    >>> start = start_mixture(
    ...     np.zeros((1, 2)), np.eye(2)[None], wide_mean=np.zeros(2), wide_covariance=9 * np.eye(2)
    ... )
    >>> sample = adaptive_importance(
    ...     lambda x: (-((x - centre) ** 2).sum(axis=1) * 2, {}), start, np.random.default_rng(1)
    ... )
    >>> (sample.smoothed.weights @ sample.points).round(1), sample.smoothed.pareto_k < 0.7
    (array([ 1., -2.]), True)
    >>> bool(abs(sample.log_mass - np.log(np.pi / 2)) < 0.05)  # of exp(-2 |x - centre|²) over the plane
    True
    """
    for _ in range(n_rounds):
        points = proposal.draw(n_adapt, rng)
        log_of, _ = target(points)
        proposal = _adapted(proposal, points, _usable(log_of) - _log_density(proposal, points))
    points = proposal.draw(n_final, rng)
    log_of, drawn = target(points)
    log_weights = _usable(log_of) - _log_density(proposal, points)
    log_mass = float(np.logaddexp.reduce(log_weights) - np.log(n_final))
    return ImportanceSample(points, smooth_weights(log_weights), drawn, log_mass)


def _usable(log_of: Floats) -> Floats:
    out: Floats = np.where(np.isnan(log_of), -np.inf, log_of)
    return out


def _log_density(mixture: Mixture, points: Floats) -> Floats:
    parts, _ = mixture.log_parts(points)
    out: Floats = np.logaddexp.reduce(parts, axis=0)
    return out


def _adapted(mixture: Mixture, points: Floats, log_weights: Floats) -> Mixture:
    """Move the mixture's components, all but the wide one, to the weighted points."""
    smoothed = smooth_weights(log_weights)
    dim = points.shape[1]
    # Few effective points do not tell a covariance: some of the old one is kept.
    trust = smoothed.ess / (smoothed.ess + 2 * dim)
    for _ in range(_EM_STEPS):
        parts, distances = mixture.log_parts(points)
        owned = np.exp(parts - np.logaddexp.reduce(parts, axis=0)) * smoothed.weights
        pull = owned * (mixture.degrees_of_freedom + dim) / (mixture.degrees_of_freedom + distances)
        means, factors = mixture.means.copy(), mixture.factors.copy()
        for k in range(len(means) - 1):
            if owned[k].sum() * smoothed.ess < 2 * dim and len(means) > 2:
                continue  # too few points are its own
            means[k] += trust * (pull[k] @ points / pull[k].sum() - means[k])
            off = points - means[k]
            scatter = (off * pull[k][:, None]).T @ off / owned[k].sum()
            old = mixture.factors[k] @ mixture.factors[k].T
            factors[k] = np.linalg.cholesky(trust * scatter + (1 - trust) * old + 1e-9 * np.eye(dim))
        shares = np.maximum(owned.sum(axis=1), 1e-3)
        shares[-1] = max(shares[-1], _LEAST_WIDE_SHARE)
        mixture = replace(mixture, means=means, factors=factors, shares=shares / shares.sum())
    return mixture
