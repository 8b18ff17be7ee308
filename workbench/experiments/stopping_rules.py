"""Rules that name a better arm at a look, each for many simulated tests at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.experiments.simulated_looks import Seen
from workbench.stats.confidence_sequence import sequence_radius
from workbench.stats.counts import Floats
from workbench.stats.mixture_sequence import log_mixture_factor
from workbench.stats.multinomial_process import log_e_split


@dataclass(frozen=True)
class Terms:
    """What a rule was told before the start.

    Attributes
    ----------
    alpha : float
        In what share of the tests without a difference it may name an arm.
    prior_deviation : float
        Of relative effects.
    planned_n : float
        Units of both arms at the last look.
    """

    alpha: float
    prior_deviation: float
    planned_n: float


Rule = Callable[[Seen, Terms], Floats]


def _fixed(seen: Seen, terms: Terms) -> Floats:
    from scipy.special import ndtri

    out: Floats = np.abs(seen.relative / seen.deviation) / -float(ndtri(terms.alpha / 2))
    return out


def _planned(seen: Seen, terms: Terms) -> Floats:
    out = np.zeros_like(seen.relative)
    out[:, -1] = _fixed(seen, terms)[:, -1]
    return out


def _calibrated(seen: Seen, terms: Terms) -> Floats:
    kept = terms.prior_deviation**2 / (terms.prior_deviation**2 + seen.deviation**2)
    return _fixed(seen, terms) * np.sqrt(kept)


def _asymptotic(seen: Seen, terms: Terms) -> Floats:
    radius = sequence_radius(seen.deviation, seen.units, alpha=terms.alpha, planned_n=terms.planned_n)
    out: Floats = np.abs(seen.relative) / radius
    return out


def _mixture(seen: Seen, terms: Terms) -> Floats:
    prior = terms.prior_deviation**2
    log_factor = log_mixture_factor(seen.relative, seen.deviation**2, prior_variance=prior)
    return log_factor / math.log(1 / terms.alpha)


def multinomial(seen: Seen, terms: Terms) -> Floats:
    """Return how far the e-process of equal shares is on its way; it needs results that are counted."""
    if seen.results is None:
        return np.zeros_like(seen.relative)
    return log_e_split(seen.results, [0.5, 0.5]) / math.log(1 / terms.alpha)


#: Name → (badge, how far along its way to a verdict a rule is: from 1 on it names a better arm).
RULES: dict[str, tuple[str, Rule]] = {
    "fixed horizon, read once": ("fixed horizon", _planned),
    "fixed horizon, read at every look": ("none", _fixed),
    "prior-calibrated": ("prior-calibrated", _calibrated),
    "asymptotic sequence": ("anytime-valid", _asymptotic),
    "normal mixture": ("anytime-valid", _mixture),
    "multinomial e-process": ("anytime-valid", multinomial),
}
