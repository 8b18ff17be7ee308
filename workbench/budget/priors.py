"""What is believed before the data: laws of the curves' parameters, and of what a channel is worth.

Every parameter of a curve is kept as a standard normal score of its own prior, so that a channel on which the
data say nothing has exactly a standard normal posterior, and "prior against posterior" is one comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from workbench.budget.refusal import refused as refused  # noqa: PLC0414 - others import it from here
from workbench.stats.counts import Floats

PriorKind = Literal["beta", "gamma", "lognormal"]
WorthKind = Literal["share", "roas"]
_FARTHEST = 8.0  # standard deviations; the probability beyond is 1e-15


@dataclass(frozen=True)
class Prior:
    """The law of one positive parameter.

    Attributes
    ----------
    kind : {"beta", "gamma", "lognormal"}
    first, second : float
        Shapes of a beta law; shape and rate of a gamma law; median and standard deviation of the logarithm of
        a lognormal law. Above 0.

    Examples
    --------
    >>> Prior("beta", 1, 3).values(np.array([-1.0, 0.0, 1.0])).round(3)
    array([0.056, 0.206, 0.459])
    """

    kind: PriorKind
    first: float
    second: float

    def __post_init__(self) -> None:
        if self.kind not in get_args(PriorKind):
            raise refused("prior", self.kind, "is no law", "Use beta, gamma or lognormal.")
        for value in (self.first, self.second):
            if not (math.isfinite(value) and value > 0):
                raise refused("prior", value, "is not above zero", "Both parts of a prior are above zero.")

    def values(self, scores: Floats) -> Floats:
        """Return the values at standard normal scores."""
        from scipy.special import betaincinv, gammainccinv, gammaincinv, log_ndtr, ndtr

        z = np.clip(scores, -_FARTHEST, _FARTHEST)
        if self.kind == "lognormal":
            out: Floats = self.first * np.exp(self.second * z)
        elif self.kind == "gamma":
            low = gammaincinv(self.first, ndtr(np.minimum(z, 0)))
            out = np.where(z < 0, low, gammainccinv(self.first, ndtr(-np.maximum(z, 0)))) / self.second
        elif self.first == 1:
            out = -np.expm1(log_ndtr(-z) / self.second)
        else:
            out = betaincinv(self.first, self.second, ndtr(z))
        return out

    def scores(self, values: Floats) -> Floats:
        """Return the standard normal scores of values; the inverse of `values`."""
        from scipy.special import betainc, betaincc, gammainc, gammaincc, ndtri

        if self.kind == "lognormal":
            out: Floats = np.log(values / self.first) / self.second
            return out
        if self.kind == "gamma":
            below, above = (f(self.first, values * self.second) for f in (gammainc, gammaincc))
        else:
            below, above = (f(self.first, self.second, values) for f in (betainc, betaincc))
        out = np.where(below < 0.5, ndtri(below), -ndtri(above))
        return np.clip(out, -_FARTHEST, _FARTHEST)


@dataclass(frozen=True)
class WorthPrior:
    """What a channel is worth before the data: a normal law cut off at zero.

    Attributes
    ----------
    kind : {"share", "roas"}
        Whether it is about the channel's share of the outcome's total, or its outcome per unit of spend.
    mean, sd : float
        Of the normal law before it is cut off; ``sd`` above 0.

    Examples
    --------
    >>> WorthPrior("roas", 0.0, 2.0).quantiles(np.array([0.5])).round(3)
    array([1.349])
    """

    kind: WorthKind
    mean: float
    sd: float

    def __post_init__(self) -> None:
        if self.kind not in get_args(WorthKind):
            raise refused("worth", self.kind, "is no kind of prior", "Use share or roas.")
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0):
            raise refused(
                "worth",
                f"{self.mean:g} ± {self.sd:g}",
                "is no normal law",
                "Give a finite mean and a standard deviation above zero.",
            )

    def scores(self, values: Floats) -> Floats:
        """Return standard normal scores of values under the law that is cut off at zero."""
        from scipy.special import log_ndtr, ndtri_exp

        above = log_ndtr(-(values - self.mean) / self.sd) - log_ndtr(self.mean / self.sd)
        out: Floats = -ndtri_exp(np.minimum(above, 0.0))
        return np.clip(out, -_FARTHEST, _FARTHEST)

    def quantiles(self, p: Floats) -> Floats:
        """Return quantiles of the law that is cut off at zero; ``p`` in (0, 1)."""
        from scipy.special import log_ndtr, ndtri_exp

        out: Floats = self.mean - self.sd * ndtri_exp(log_ndtr(self.mean / self.sd) + np.log1p(-p))
        return out


#: Priors of the curves' parameters; spend is measured in shares of the channel's highest spend.
DEFAULT_PRIORS: dict[str, Prior] = {
    "retention": Prior("beta", 1.0, 3.0),
    "delay": Prior("gamma", 2.0, 1.0),
    "rate": Prior("gamma", 3.0, 1.0),
    "half_saturation": Prior("lognormal", 0.5, 0.8),
    "slope": Prior("lognormal", 1.0, 0.4),
    "noise": Prior("lognormal", 0.1, 1.0),
}
