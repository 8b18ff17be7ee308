"""What counts say about their parent's mean, and their own law once that mean is known: closed forms.

Both have one number ``c`` for how far siblings differ: about the standard deviation of their log rates.

- Counts: ``y ~ Poisson(λ E)``, ``λ ~ Gamma(a, rate a / m)`` with ``a = 1 / c²``; coordinate ``log m``.
- Rates: ``y ~ Binomial(n, p)``, ``p ~ Beta(1 / (c² (1 − m)), 1 / (c² m))``, whose mean is ``m`` and whose log
  odds vary by about ``c`` whatever the mean; coordinate ``logit m``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from workbench.stats.counts import Floats

Kind = Literal["rates", "counts"]


def log_evidence(kind: Kind, seen: tuple[Floats, Floats], spread: Floats, coordinate: Floats) -> Floats:
    """Return the log likelihood of each unit's count given its parent's mean, its own rate integrated out.

    Parameters
    ----------
    kind : {"rates", "counts"}
    seen : tuple of ndarray, shape (n_units,)
        Successes and trials, or events and exposure.
    spread : ndarray, shape (n_spreads,)
        How far siblings differ.
    coordinate : ndarray, shape (n_grid,)
        Log or logit of the parent's mean.

    Returns
    -------
    ndarray, shape (n_spreads, n_units, n_grid)

    Examples
    --------
    >>> seen = (np.array([3.0]), np.array([10.0]))
    >>> at = np.log([0.1, 0.3, 0.9])
    >>> int(log_evidence("counts", seen, np.array([0.1]), at).argmax())
    1
    """
    from scipy.special import betaln, gammaln

    y, size = seen[0][None, :, None], seen[1][None, :, None]
    a, b = prior_shapes(kind, spread[:, None, None], coordinate[None, None, :])
    if kind == "rates":
        out: Floats = betaln(a + y, b + size - y) - betaln(a, b)
        return out
    grown = size / b  # m E / a
    out = gammaln(a + y) - gammaln(a) + y * np.log(grown) - (a + y) * np.log1p(grown)
    return out


def prior_shapes(kind: Kind, spread: Floats, coordinate: Floats) -> tuple[Floats, Floats]:
    """Return both shapes of the beta law, or shape and rate of the gamma law, that siblings are drawn from.

    Examples
    --------
    >>> [x.round(3).tolist() for x in prior_shapes("counts", np.array([0.5]), np.log(np.array([0.1])))]
    [[4.0], [40.0]]
    """
    weight = 1 / spread**2
    if kind == "rates":
        odds = np.exp(coordinate)
        return weight * (1 + odds), weight * (1 + 1 / odds)
    return weight + 0 * coordinate, weight * np.exp(-coordinate)


def rough_place(kind: Kind, seen: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return where each unit's log rate or log odds is, roughly, and its standard deviation by chance alone.

    Examples
    --------
    >>> place, deviation = rough_place("counts", (np.array([100.0]), np.array([1_000.0])))
    >>> round(float(place[0]), 2), round(float(deviation[0]), 2)
    (-2.3, 0.1)
    """
    y, size = seen
    if kind == "rates":
        rest = size - y
        return np.log((y + 0.5) / (rest + 0.5)), np.sqrt(1 / (y + 0.5) + 1 / (rest + 0.5))
    return np.log((y + 0.5) / size), 1 / np.sqrt(y + 0.5)
