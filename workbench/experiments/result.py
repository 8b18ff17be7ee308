"""What an analysis of arms says: as a table, as a sentence, as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.experiments.verdict import Decision
from workbench.stats.change import Change

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Arm:
    """One arm's posterior.

    Attributes
    ----------
    name : str
    estimate : float
        Posterior mean, in the metric's unit.
    interval : tuple of float
        Equal-tailed, at the analysis' level.
    observed : float
        The plain figure: successes per trial, events per exposure, the sample's mean.
    prior_conflict_p : float or None
        How probable so extreme a figure is before seeing it, two-sided, under the prior; ``None`` where the
        prior expects nothing.
    """

    name: str
    estimate: float
    interval: tuple[float, float]
    observed: float
    prior_conflict_p: float | None


@dataclass(frozen=True)
class Uplift:
    """One arm against another.

    Attributes
    ----------
    arm, vs : str
        Names of the arm and of the control.
    relative : Change or None
        ``(arm − control) / |control|``; ``None`` where the control's interval holds zero, so that a relative
        change says nothing.
    absolute : Change
        ``arm − control`` in the metric's unit.
    prob_better : float
        Probability that the arm is better: higher, or lower where lower is better.
    prob_negligible : float or None
        Probability that the relative change is inside the region of practical equivalence.
    """

    arm: str
    vs: str
    relative: Change | None
    absolute: Change
    prob_better: float
    prob_negligible: float | None

    @property
    def is_better(self) -> bool:
        """Whether the interval lies wholly on the better side of zero."""
        return self.prob_better > 1 - (1 - self.absolute.level) / 2

    @property
    def is_worse(self) -> bool:
        """Whether the interval lies wholly on the worse side of zero."""
        return self.prob_better < (1 - self.absolute.level) / 2

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; the relative change, with the absolute one as its twin."""
        return {
            "arm": self.arm,
            "vs": self.vs,
            **_change(self.relative),
            "prob_better": self.prob_better,
            "is_better": self.is_better,
            "is_worse": self.is_worse,
            "prob_negligible": self.prob_negligible,
            "absolute": _change(self.absolute),
        }


@dataclass(frozen=True)
class ExperimentResult:
    """A joint analysis of all arms.

    Attributes
    ----------
    kind : {"rates", "counts", "means", "revenue", "ratios", "quantiles"}
    level : float
        Of every interval.
    higher_is_better : bool
    arms : tuple of Arm
        The control first.
    prob_best : tuple of float
        Probability that each arm is the best of all; sums to one.
    expected_loss : tuple of float
        What choosing each arm loses on average against the best of all, in the metric's unit.
    expected_loss_per_day : tuple of float or None
        The same in currency per day, where a value is known.
    currency : str
    uplift : tuple of Uplift
        Each other arm against the control.
    split_p : float or None
        Of the split check; ``None`` where no units are known.
    prior : tuple of float
    decision : Decision
    """

    kind: str
    level: float
    higher_is_better: bool
    arms: tuple[Arm, ...]
    prob_best: tuple[float, ...]
    expected_loss: tuple[float, ...]
    expected_loss_per_day: tuple[float, ...] | None
    currency: str
    uplift: tuple[Uplift, ...]
    split_p: float | None
    prior: tuple[float, ...]
    decision: Decision

    def summary(self) -> str:
        """Return the verdict and its reason in words."""
        return f"{self.decision.headline}: {self.decision.reason}"

    def table(self) -> pd.DataFrame:
        """Return one row for each arm.

        Returns
        -------
        pandas.DataFrame
            Columns ``arm``, ``observed``, ``estimate``, ``low``, ``high``, ``prob_best``, ``expected_loss``
            (the metric's unit), ``uplift``, ``uplift_low``, ``uplift_high`` (relative, against the first
            arm) and ``prob_better``; the control's comparisons with itself are missing.
        """
        import pandas as pd

        against = {one.arm: one for one in self.uplift}
        rows = []
        for arm, best, loss in zip(self.arms, self.prob_best, self.expected_loss, strict=True):
            one = against.get(arm.name)
            change = one.relative if one else None
            rows.append(
                {
                    "arm": arm.name,
                    "observed": arm.observed,
                    "estimate": arm.estimate,
                    "low": arm.interval[0],
                    "high": arm.interval[1],
                    "prob_best": best,
                    "expected_loss": loss,
                    "uplift": change.estimate if change else math.nan,
                    "uplift_low": change.low if change else math.nan,
                    "uplift_high": change.high if change else math.nan,
                    "prob_better": one.prob_better if one else math.nan,
                }
            )
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        per_day = self.expected_loss_per_day
        return {
            "kind": self.kind,
            "level": self.level,
            "higher_is_better": self.higher_is_better,
            "prior": list(self.prior),
            "arms": [{**asdict(arm), "interval": list(arm.interval)} for arm in self.arms],
            "prob_best": list(self.prob_best),
            "expected_loss": list(self.expected_loss),
            "expected_loss_per_day": list(per_day) if per_day else None,
            "currency": self.currency or None,
            "uplift": [one.to_dict() for one in self.uplift],
            "split_p": self.split_p,
            "decision": {**asdict(self.decision), "headline": self.decision.headline},
            "summary": self.summary(),
        }


def _change(change: Change | None) -> dict[str, Any]:
    if change is None:
        return {"estimate": None, "median": None, "interval": None}
    return {"estimate": change.estimate, "median": change.median, "interval": [change.low, change.high]}
