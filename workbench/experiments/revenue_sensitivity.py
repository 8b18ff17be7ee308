"""Whether a verdict on revenue depends on the law of the values, or on where they are winsorised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.number_text import number
from workbench.experiments.options import Options, refuse
from workbench.experiments.revenue import analyse_revenue
from workbench.experiments.revenue_sums import MODELS, Model, RevenueSums, unit_values

if TYPE_CHECKING:
    import pandas as pd

#: Quantiles of what payers paid, at which larger values are cut; 1 leaves them as they are.
QUANTILES = (1.0, 0.999, 0.99, 0.95)


@dataclass(frozen=True)
class Reading:
    """One way to read the same data.

    Attributes
    ----------
    model : str
    quantile : float
        At which values were cut.
    cap : float
        The value there; nothing above it counts.
    verdict : str
        As a heading.
    arm : str
        With the smallest expected loss.
    prob_best : tuple of float
        Of each arm.
    """

    model: Model
    quantile: float
    cap: float
    verdict: str
    arm: str
    prob_best: tuple[float, ...]


@dataclass(frozen=True)
class Sensitivity:
    """The same data read in every way.

    Attributes
    ----------
    readings : tuple of Reading
    unread : tuple of float
        Quantiles at which nothing is left to read, as all payers then paid the same.
    """

    readings: tuple[Reading, ...]
    unread: tuple[float, ...] = ()

    @property
    def depends(self) -> bool:
        """Whether the verdict is not the same in all readings."""
        return len({one.verdict for one in self.readings}) > 1

    def summary(self) -> str:
        """Say in a sentence whether the verdict depends on the choice, and how."""
        verdicts: dict[str, list[str]] = {}
        for one in self.readings:
            cut = "" if one.quantile == 1 else f" cut at {number(one.quantile, digits=4)}"
            verdicts.setdefault(one.verdict, []).append(f"{one.model}{cut}")
        if not self.depends:
            return f"{self.readings[0].verdict}, in all {len(self.readings)} readings of the values."
        said = "; ".join(f"{verdict}: {', '.join(ways)}" for verdict, ways in verdicts.items())
        return f"The verdict depends on how the values are read. {said}."

    def table(self) -> pd.DataFrame:
        """Return one row for each reading, a column for each of its attributes."""
        import pandas as pd

        return pd.DataFrame([asdict(one) for one in self.readings])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "depends": self.depends,
            "readings": [{**asdict(one), "prob_best": list(one.prob_best)} for one in self.readings],
            "unread": list(self.unread),
            "summary": self.summary(),
        }


def sensitivity(
    values: Sequence[ArrayLike],
    *,
    quantiles: Sequence[float] = QUANTILES,
    models: Sequence[Model] = MODELS,
    options: Options | None = None,
) -> Sensitivity:
    """Read the same units' revenue by every model of the values and at several winsorising quantiles.

    Parameters
    ----------
    values : sequence of array_like
        Of each arm, the control first: one value for each unit, zero for those who did not pay.
    quantiles : sequence of float
        Above 0, at most 1, of what the payers of all arms paid: one cap for all arms.
    models : sequence of str
        Of ``lognormal``, ``gamma``, ``moments``.
    options : Options, optional
        As for :func:`analyse_revenue`.

    Raises
    ------
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> arms = [[0, 0, 0, 3, 4, 5] * 9, [0, 0, 0, 3, 4, 6] * 9]
    >>> sensitivity(arms).summary()
    'Wait, in all 12 readings of the values.'
    """
    options = options or Options()
    arms = [unit_values(x) for x in values]
    paid = np.concatenate([x[x > 0] for x in arms])
    for q in quantiles:
        if not 0 < q <= 1:
            refuse("quantiles", q, "is no quantile to cut at", "Give probabilities such as 0.99.")
    readings: list[Reading] = []
    unread = []
    for q in quantiles:
        cap = float(np.quantile(paid, q)) if paid.size else np.inf
        if q < 1 and cap == paid.min(initial=np.inf):
            unread.append(q)
            continue
        sums = RevenueSums.of(arms, cap=cap)
        readings += [_reading(sums, model, quantile=q, cap=cap, options=options) for model in models]
    return Sensitivity(tuple(readings), tuple(unread))


def _reading(sums: RevenueSums, model: Model, *, quantile: float, cap: float, options: Options) -> Reading:
    result = analyse_revenue(sums, model=model, options=options, other_models=False)
    best = int(np.argmin(result.expected_loss))
    return Reading(model, quantile, cap, result.decision.headline, result.arms[best].name, result.prob_best)
