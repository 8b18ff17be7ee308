r"""The asymptotic confidence sequence: an interval for a mean or a difference that may be read at any time.

For an estimate with standard error :math:`s` after :math:`N` units,

.. math:: \hat\mu \pm s \sqrt{N} \sqrt{\frac{2 (N \rho^2 + 1)}{N^2 \rho^2}
          \ln \frac{\sqrt{N \rho^2 + 1}}{\alpha}},

the normal mixture with :math:`\tau^2 = s^2 N \rho^2`: of a fixed width in *unit* deviations, so the same
whatever the metric's unit. It takes no law of the values, only enough of them: about a thousand units an arm.

References
----------
Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Ann. Stat. 52, doi:10.1214/24-AOS2408.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats
from workbench.stats.mixture_sequence import mixture_radius, require_alpha

#: Units after which the interval is narrowest, if nobody says when the test is planned to end.
PLANNED_UNITS = 5_000.0


def tuning(planned_n: float, alpha: float) -> float:
    r"""Return :math:`\rho^2` that makes the interval narrow at the planned number of units.

    :math:`\rho = \sqrt{(-2 \ln \alpha + \ln(1 - 2 \ln \alpha)) / N^*}`

    Parameters
    ----------
    planned_n : float
        Units of both arms together when the test is planned to end, above 0.
    alpha : float
        Probability of ever missing the truth.

    Examples
    --------
    >>> round(tuning(1_000, 0.05), 6)
    0.007936
    """
    require_alpha(alpha)
    if not (math.isfinite(planned_n) and planned_n > 0):
        raise DataError(
            f"planned_n: {planned_n!r} is no number of units.",
            next_step="Give the units of both arms when the test is planned to end.",
            field="planned_n",
            value=planned_n,
        )
    log = math.log(alpha)
    return (-2 * log + math.log(1 - 2 * log)) / planned_n


def sequence_radius(
    deviation: ArrayLike, n: ArrayLike, *, alpha: float, planned_n: float = PLANNED_UNITS
) -> Floats:
    """Return half the width of the interval after ``n`` units.

    Parameters
    ----------
    deviation : array_like
        Standard error of the estimate, above 0.
    n : array_like
        Units of both arms together, above 0.
    alpha : float
        Probability of ever missing the truth, however often it is read.
    planned_n : float
        Units at which the interval is to be narrowest. It is chosen before the data are seen.

    Examples
    --------
    >>> float(sequence_radius(0.33341, 6_461, alpha=0.05, planned_n=1_000).round(4))
    1.0618
    """
    s, units = np.asarray(deviation, dtype=np.float64), np.asarray(n, dtype=np.float64)
    prior_variance = s * s * units * tuning(planned_n, alpha)
    return mixture_radius(s * s, prior_variance=prior_variance, alpha=alpha)
