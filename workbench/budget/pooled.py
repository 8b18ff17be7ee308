"""Campaigns or ad sets pooled in their group: curves and effects near one another, as far as the data say.

An item's effect per unit of delivery is a normal law cut off at zero with mean ``m`` of its group and
deviation ``τ m``. The score of an item's curve parameter is ``√ρ z_group + √(1 − ρ) z_item``: of its prior's
variance the share ``ρ`` is its group's, the rest its own. The curves, each group's ``m`` and the common ``τ``
are searched; the items' effects are integrated out and drawn exactly, as a channel's are
(:mod:`workbench.budget.model`). All that the items of a group brought adds up, in every draw, to what the
group brought.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.budget.model import MixModel
from workbench.budget.priors import Prior, WorthPrior, refused
from workbench.stats.counts import Floats

#: Spread of the items' effects in a group, as a share of their mean.
SPREAD_PRIOR = Prior("lognormal", 0.4, 0.6)
_SHARE_SD = 0.5


@dataclass(frozen=True)
class PooledMixModel(MixModel):
    """A media mix model whose items belong to groups.

    The scores are the groups' curve parameters, the items' own parts of them, the groups' mean effects, the
    spread, and the noise.

    Attributes
    ----------
    data, spec, baseline, lags, spend_scale, outcome_scale, lift_tests, n_used
        As in `MixModel`; ``spec.groups`` names each item's group.
    """

    def __post_init__(self) -> None:
        for name in self.data.channels:
            if name not in self.spec.groups:
                raise refused("groups", name, "belongs to none", "Name the group of every item.")

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, in the order of their first items."""
        return tuple(dict.fromkeys(self.spec.groups[name] for name in self.data.channels))

    @cached_property
    def group_of(self) -> np.ndarray:
        """Each item's group, as its place among the groups, shape (n_items,)."""
        return np.array([self.groups.index(self.spec.groups[name]) for name in self.data.channels])

    @property
    def n_curve(self) -> int:
        """Number of searched dimensions."""
        n_parameters, n_groups = len(self.spec.curve_parameters), len(self.groups)
        return n_parameters * (n_groups + len(self.own_items)) + n_groups + 2

    @cached_property
    def pooling(self) -> Floats:
        """Share of the variance of each item's curve scores that is its group's, shape (n_items,)."""
        share = self.spec.curve_pooling_of(self.n_channels)
        is_alone = np.bincount(self.group_of)[self.group_of] == 1
        return np.where(is_alone, 1.0, share)

    @cached_property
    def own_items(self) -> np.ndarray:
        """Places of the items whose curves have a part of their own."""
        return np.flatnonzero(self.pooling < 1)

    @cached_property
    def mean_priors(self) -> tuple[WorthPrior, ...]:
        """The prior of each group's mean effect: its share of the outcome is that of a channel."""
        spent = self.data.spend[: self.n_used].sum(axis=0)
        total, sd = self.outcome_scale * self.n_used, _SHARE_SD / math.sqrt(len(self.groups))
        return tuple(
            WorthPrior("roas", 0.0, sd * total / float(spent[self.group_of == g].sum()))
            for g in range(len(self.groups))
        )

    @cached_property
    def worths(self) -> tuple[WorthPrior, ...]:
        """What is believed of each item's effect alone: a half-normal law of the same mean square."""
        wider = math.sqrt(1 + SPREAD_PRIOR.first**2 * math.exp(2 * SPREAD_PRIOR.second**2))
        return tuple(WorthPrior("roas", 0.0, self.mean_priors[g].sd * wider) for g in self.group_of)

    def curves_of(self, scores: Floats) -> tuple[dict[str, Floats], Floats]:
        """Return the items' curve parameters, each (n_draws, n_items), and the noise, (n_draws,)."""
        priors = self.spec.all_priors
        curves = {
            name: priors[name].values(self.curve_scores(scores, k))
            for k, name in enumerate(self.spec.curve_parameters)
        }
        return curves, priors["noise"].values(scores[:, -1]) * self.outcome_scale

    def curve_scores(self, scores: Floats, parameter: int) -> Floats:
        """Return the items' scores of one curve parameter, (n_draws, n_items), standard normal a priori."""
        n, own = len(self.groups), self.own_items
        out: Floats = scores[:, parameter * n : (parameter + 1) * n][:, self.group_of] * np.sqrt(self.pooling)
        start = len(self.spec.curve_parameters) * n + parameter * len(own)
        out[:, own] += np.sqrt(1 - self.pooling[own]) * scores[:, start : start + len(own)]
        return out

    def pool_of(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return each item's group mean, (n_draws, n_items), and the spread, (n_draws,)."""
        from scipy.special import ndtr

        n = len(self.groups)
        own = scores[:, -2 - n : -2]
        levels = np.clip(ndtr(own), 1e-15, 1 - 1e-15)
        means = np.stack([p.quantiles(levels[:, g]) for g, p in enumerate(self.mean_priors)], axis=1)
        return np.maximum(means[:, self.group_of], 1e-300), SPREAD_PRIOR.values(scores[:, -2])

    def pool_scores(self, means: Floats, spread: Floats) -> list[Floats]:
        """Return the scores of group means (n_draws, n_groups) and spreads (n_draws,): `pool_of` reversed."""
        own = [p.scores(means[:, g]) for g, p in enumerate(self.mean_priors)]
        return [np.stack(own, axis=1), SPREAD_PRIOR.scores(spread)[:, None]]

    def worth_law(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return mean and deviation of the items' effects before they are cut off, (n_draws, n_items)."""
        means, spread = self.pool_of(scores)
        return means, means * spread[:, None]

    def log_worth_scale(self, scores: Floats) -> Floats:
        """Return what of the effects' law depends on the pool, beside its quadratic form, (n_draws,)."""
        from scipy.special import log_ndtr

        means, sds = self.worth_law(scores)
        ratio = means / sds
        out: Floats = -(np.log(sds) + 0.5 * ratio**2 + log_ndtr(ratio)).sum(axis=1)
        return out

    def own_scores(self, scores: Floats, worths: Floats, channel: int) -> Floats:
        """Return how far an item's effect lies from its group's, as standard normal scores of its prior."""
        from scipy.special import log_ndtr, ndtri_exp

        means, sds = (part[:, channel] for part in self.worth_law(scores))
        above = log_ndtr((means - worths[:, channel]) / sds) - log_ndtr(means / sds)
        out: Floats = -ndtri_exp(np.minimum(above, 0.0))
        return np.clip(out, -8.0, 8.0)
