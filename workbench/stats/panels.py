"""Gauss–Legendre nodes, and the matrix that turns values at the nodes into integrals up to each node."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.stats.counts import Floats


@dataclass(frozen=True)
class Rule:
    """Nodes on [−1, 1] that integrate polynomials exactly.

    Attributes
    ----------
    nodes, weights : ndarray, shape (n,)
        The Gauss–Legendre rule.
    running : ndarray, shape (n, n)
        ``values @ running`` are the integrals from −1 up to each node of the polynomial through the values.
    """

    nodes: Floats
    weights: Floats
    running: Floats


@cache
def gauss_legendre(n: int) -> Rule:
    """Return the rule with ``n`` nodes.

    The integral of a Legendre polynomial is ``∫ P_k = (P_{k+1} − P_{k−1}) / (2k + 1)``, so the running
    integral of the interpolating polynomial needs no solving.

    Parameters
    ----------
    n : int
        How many nodes, at least 2.

    Examples
    --------
    >>> rule = gauss_legendre(8)
    >>> bool(np.allclose(3 * rule.nodes**2 @ rule.running, rule.nodes**3 + 1))
    True
    """
    nodes, weights = np.polynomial.legendre.leggauss(n)
    polynomials = np.polynomial.legendre.legvander(nodes, n).T
    running = np.zeros((n, n))
    for k in range(n):
        before = polynomials[k - 1] if k else -np.ones(n)  # so that the integral of P_0 begins at −1
        integral = (polynomials[k + 1] - before) / (2 * k + 1)
        running += (k + 0.5) * np.outer(polynomials[k] * weights, integral)
    return Rule(nodes, weights, running)
