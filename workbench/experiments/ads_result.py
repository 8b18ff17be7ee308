"""What is said of many ads side by side: each one's estimate, who leads, and what is left to gain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.number_text import percent, probability
from workbench.stats.tree_remaining import RemainingInTree

if TYPE_CHECKING:
    import pandas as pd

Metric = Literal["cpa", "cvr", "ctr"]
OBSERVATIONAL = "observational"
WORDS: dict[Metric, str] = {
    "cpa": "cost per result",
    "cvr": "results per click",
    "ctr": "clicks per impression",
}


@dataclass(frozen=True)
class AdEstimate:
    """One ad, ad set or campaign.

    Attributes
    ----------
    name : str
    groups : tuple of str
        What it is in: ad set and campaign for an ad.
    results, size : float
        Results or clicks, and the money, clicks or impressions they came from.
    observed : float or None
        The plain figure; ``None`` for a cost without results.
    estimate : float
        Posterior mean of a rate, posterior median of a cost, in the metric's unit.
    interval : tuple of float
        Equal-tailed, in the metric's unit.
    prob_best : float
        Probability that it is the best of all.
    expected_loss : float
        What choosing it loses on average against the best: rate, or results per unit of money.
    """

    name: str
    groups: tuple[str, ...]
    results: float
    size: float
    observed: float | None
    estimate: float
    interval: tuple[float, float]
    prob_best: float
    expected_loss: float


@dataclass(frozen=True)
class ManyAds:
    """All ads side by side.

    Attributes
    ----------
    metric : {"cpa", "cvr", "ctr"}
    level : float
        Of every interval.
    ads : tuple of AdEstimate
        In the order given.
    remaining : RemainingInTree
        What is left to gain over the ad chosen now; shares are of cost per result, or of the best rate.
    spreads : tuple of float
        How far siblings differ, as standard deviations of log rates: ads in their ad set first, the top last.
    dispersion : float
        Variance of the counts over their mean that was allowed for.
    evidence : str
        Always ``observational``.
    """

    metric: Metric
    level: float
    ads: tuple[AdEstimate, ...]
    remaining: RemainingInTree
    spreads: tuple[float, ...]
    dispersion: float
    evidence: str = OBSERVATIONAL

    @property
    def leader(self) -> AdEstimate:
        """The one with the smallest expected loss."""
        return self.ads[self.remaining.chosen]

    def summary(self) -> str:
        """Say who leads, how surely, and what is left to gain."""
        left, lead = self.remaining, self.leader
        what = (
            "cost per result could still fall" if self.metric == "cpa" else "the rate could still be higher"
        )
        return (
            f"{lead.name} leads {len(self.ads)} by {WORDS[self.metric]}, best of all with a probability of "
            f"{probability(lead.prob_best)}. Staying with it, {what} by {percent(left.relative_expected)} on "
            f"average and with {percent(left.p)} probability by no more than "
            f"{percent(left.relative_quantile)}. Observational: people were not assigned to ads at random."
        )

    def table(self) -> pd.DataFrame:
        """Return one row for each ad, the smallest expected loss first.

        Returns
        -------
        pandas.DataFrame
            Columns ``ad``, ``in``, ``results``, ``size``, ``observed``, ``estimate``, ``low``, ``high``,
            ``prob_best``, ``expected_loss``.
        """
        import pandas as pd

        rows = [
            {
                "ad": ad.name,
                "in": " / ".join(reversed(ad.groups)),
                "results": ad.results,
                "size": ad.size,
                "observed": ad.observed,
                "estimate": ad.estimate,
                "low": ad.interval[0],
                "high": ad.interval[1],
                "prob_best": ad.prob_best,
                "expected_loss": ad.expected_loss,
            }
            for ad in sorted(self.ads, key=lambda ad: ad.expected_loss)
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "metric": self.metric,
            "evidence": self.evidence,
            "level": self.level,
            "ads": [
                {**asdict(ad), "groups": list(ad.groups), "interval": list(ad.interval)} for ad in self.ads
            ],
            "leader": self.leader.name,
            "value_remaining": asdict(self.remaining),
            "spreads": list(self.spreads),
            "dispersion": self.dispersion,
            "summary": self.summary(),
        }
