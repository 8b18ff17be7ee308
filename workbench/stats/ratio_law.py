"""The law of a ratio of two means that are known jointly, such as revenue per session over users.

The pair of means has a bivariate Student law. With ``V(r) = s_yy − 2 r s_xy + r² s_xx``, the chance that
the ratio is at most r is that of ``Y − r X ≤ 0``, a Student law of one number: Fieller's interval is the
posterior one (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x). That counts a denominator below zero as
well, and a ratio to one near zero has no mean. Here the denominator is taken to be above a tenth of the seen
one, which changes no digit where the denominator is well known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats
from workbench.stats.laws import StudentLaw
from workbench.stats.normal_effect import NormalEffect
from workbench.stats.tabulated_law import TabulatedLaw, tabulate

#: The least denominator, as a share of the seen one.
LEAST_SHARE = 0.1
_ROUNDING = 1e-12


@dataclass(frozen=True)
class MeanPair:
    """Two means with their joint Student law.

    Attributes
    ----------
    freedom : float
        Degrees of freedom, above 1.
    y, x : float
        Means of the numerator and of the denominator, the latter above 0.
    s_yy, s_xx, s_xy : float
        Squared scales of the two means, and their product of scales: (co)variances of units over n.
    """

    freedom: float
    y: float
    x: float
    s_yy: float
    s_xx: float
    s_xy: float

    @property
    def ratio(self) -> float:
        """The plain figure."""
        return self.y / self.x

    def spread(self, r: Floats | float) -> Floats:
        """Return V(r), the squared scale of ``Y − r X``."""
        out: Floats = np.asarray(self.s_yy - 2 * r * self.s_xy + r * r * self.s_xx)
        return out

    @property
    def determinant(self) -> float:
        """Of the squared scales; 0 where the numerator follows from the denominator."""
        return self.s_yy * self.s_xx - self.s_xy**2

    def delta(self) -> NormalEffect:
        """Return the ratio by the delta method."""
        return NormalEffect(self.ratio, float(np.sqrt(self.spread(self.ratio))) / self.x)


def ratio_law(pair: MeanPair) -> TabulatedLaw:
    """Return the law of the ratio, given a denominator above a tenth of the seen one.

    Given ``Y = r X``, the denominator has a Student law about the point nearest in the joint law; so the
    density at r is a closed form, and its integral the only one that is computed.

    Raises
    ------
    NotEnoughData
        If the numerator follows from the denominator, so that the ratio does not vary.

    Examples
    --------
    >>> law = ratio_law(MeanPair(500.0, 6.0, 2.0, 0.04, 0.01, 0.005))
    >>> law.quantile(0.025).__round__(3), law.quantile(0.975).__round__(3)
    (2.711, 3.337)
    """
    if not pair.determinant > _ROUNDING * pair.s_yy * pair.s_xx:
        raise NotEnoughData(
            f"sum_y: the ratio is {pair.ratio:g} for every unit, or does not vary beyond rounding.",
            next_step="Compare the numerators, or the denominators, alone.",
            field="sum_y",
        )
    typical = float(np.sqrt(pair.spread(pair.ratio))) / pair.x
    steps = StudentLaw(pair.freedom, pair.ratio, typical).breakpoints()
    own_y = StudentLaw(pair.freedom, pair.y, float(np.sqrt(pair.s_yy))).breakpoints()[[0, -1]]
    most_x = StudentLaw(pair.freedom, pair.x, float(np.sqrt(pair.s_xx))).breakpoints()[-1]
    outer = np.outer(own_y, [1 / (LEAST_SHARE * pair.x), 1 / most_x])
    low, high = float(outer.min()), float(outer.max())
    inner = steps[(steps > low) & (steps < high)]
    return tabulate(lambda r: _density(pair, r), np.concatenate([[low], inner, [high]]), in_logs=False)


def _density(pair: MeanPair, r: Floats) -> Floats:
    from scipy.special import stdtr

    freedom, spread = pair.freedom, pair.spread(r)
    apart = r * pair.x - pair.y
    nearest = pair.x + (pair.s_xy - r * pair.s_xx) * apart / spread
    far = apart**2 / spread / freedom
    width = np.sqrt(freedom / (freedom + 1) * (1 + far) * pair.determinant / spread)
    least = (LEAST_SHARE * pair.x - nearest) / width
    whole = np.exp(-(freedom + 2) / 2 * np.log1p(far)) * width
    edge = (freedom + 1) / freedom * np.exp(-freedom / 2 * np.log1p(least**2 / (freedom + 1)))
    out: Floats = whole * (nearest * stdtr(freedom + 1, -least) * _whole_mass(freedom + 1) + width * edge)
    return np.maximum(out, 0.0)


def _whole_mass(freedom: float) -> float:
    """Return the integral of Student's kernel ``(1 + s² / ν)^(−(ν + 1) / 2)``."""
    from scipy.special import poch

    return float(np.sqrt(freedom * np.pi) / poch(freedom / 2, 0.5))
