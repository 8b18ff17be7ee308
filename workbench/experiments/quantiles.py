"""Quantiles: the median, the P90 of what units spend or wait, from their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.experiments.decision import Evidence, decide, loss_in_words
from workbench.experiments.options import Options, refuse
from workbench.experiments.result import Arm, Uplift
from workbench.experiments.result_notes import NotedResult
from workbench.experiments.split_check import split_p
from workbench.experiments.unit_values import finite_values
from workbench.stats.atoms import (
    Atoms,
    absolute_change_of_atoms,
    best_atoms,
    prob_atoms_above,
    quantile_atoms,
    relative_below_of_atoms,
    relative_change_of_atoms,
)
from workbench.stats.counts import Floats, tail_of
from workbench.stats.normal_effect import NormalEffect, ratio_effect

_LEAST_CLUSTERS = 10


@dataclass(frozen=True)
class QuantileSummary:
    """One arm's quantile, known only by its interval from two order statistics.

    Attributes
    ----------
    n : int
        Values.
    estimate, low, high : float
        The quantile, and its interval.
    level : float
        Of the interval.
    """

    n: int
    estimate: float
    low: float
    high: float
    level: float = 0.95

    @property
    def variance(self) -> float:
        """The squared standard error that the interval's width stands for, with ``(n − 1) / n``."""
        from scipy.special import ndtri

        error = (self.high - self.low) / 2 / -float(ndtri(tail_of(self.level)))
        return error**2 * (self.n - 1) / self.n


def quantile_effect(
    control: QuantileSummary, arm: QuantileSummary, *, relative: bool = False
) -> NormalEffect:
    """Return the change of a quantile where only summaries are at hand: a normal approximation.

    Parameters
    ----------
    control, arm : QuantileSummary
        Of one and the same quantile.
    relative : bool
        Whether the change is a share of the control's quantile.

    Examples
    --------
    >>> old, new = QuantileSummary(900, 7.0, 6.8, 7.2), QuantileSummary(900, 7.5, 7.3, 7.7)
    >>> round(quantile_effect(old, new).prob_above, 4)
    0.9997
    """
    if relative:
        return ratio_effect(control.estimate, arm.estimate, control.variance, arm.variance)
    spread = float(np.sqrt(control.variance + arm.variance))
    return NormalEffect(arm.estimate - control.estimate, spread)


def analyse_quantiles(
    values: Sequence[ArrayLike],
    q: float = 0.5,
    *,
    unit_ids: Sequence[ArrayLike] | None = None,
    clusters: Sequence[ArrayLike] | None = None,
    options: Options | None = None,
) -> NotedResult:
    """Compare a quantile of two or more arms by the Bayesian bootstrap, in closed form.

    The posterior of an arm's quantile lies on its values, with beta probabilities; all comparisons are sums
    over them. Nothing is assumed of the values' law. Several values of one unit, such as page loads of a
    user, resemble each other: they are refused unless clusters are given, whose sandwich variance then
    widens the posterior.

    Parameters
    ----------
    values : sequence of array_like
        Of each arm, the control first, in any order.
    q : float
        Which quantile, such as 0.5 or 0.9.
    unit_ids : sequence of array_like, optional
        Whose value each is; refused where one has several.
    clusters : sequence of array_like, optional
        What was randomised and has several values, at least ten in each arm; counts in the split check.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    NotEnoughData
        If an arm has too few values for this quantile at this level, or too few clusters.
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> result = analyse_quantiles([rng.exponential(3, 400), rng.exponential(4.5, 400)], 0.9)
    >>> result.decision.headline, result.kind
    ('Ship B', 'quantiles')
    """
    options = options or Options()
    arms = [finite_values(x) for x in values]
    if len(arms) < 2:
        refuse("values", f"{len(arms)} arms", "are no comparison", "A comparison takes two arms or more.")
    if not 0 < q < 1:
        refuse("q", q, "is no quantile", "Give a probability such as 0.5 or 0.9.")
    if unit_ids is not None:
        _refuse_repeats(_ids("unit_ids", unit_ids, arms))
    groups = None if clusters is None else _ids("clusters", clusters, arms)
    effects = (
        [1.0] * len(arms)
        if groups is None
        else [_design_effect(x, g, q) for x, g in zip(arms, groups, strict=True)]
    )
    laws = [_law(x, q, effect, options.level) for x, effect in zip(arms, effects, strict=True)]
    units = [len(x) for x in arms] if groups is None else [len(np.unique(g)) for g in groups]
    observed = [float(np.quantile(x, q, method="inverted_cdf")) for x in arms]
    notes = []
    if groups is not None:
        widened = ", ".join(f"{effect:.3g}" for effect in effects)
        notes.append(f"Values of one cluster resemble each other: variances are multiplied by {widened}.")
    return _compare(laws, observed, units, options=options, notes=notes)


def _compare(
    laws: Sequence[Atoms],
    observed: Sequence[float],
    units: Sequence[int],
    *,
    options: Options,
    notes: list[str],
) -> NotedResult:
    names, shares = options.names_of(len(laws)), options.shares_of(len(laws))
    split = split_p(units, shares)
    race = best_atoms(laws, higher_is_better=options.higher_is_better)
    losses = tuple(float(loss) for loss in race.expected_loss)
    per_day = None
    if options.value is not None and options.per_day is not None:
        per_day = tuple(loss * options.value * options.per_day for loss in losses)
    uplift = tuple(_uplift(laws, k, names, options) for k in range(1, len(laws)))
    smallest = int(np.argmin(losses))
    evidence = Evidence(
        names=names,
        uplift=uplift,
        expected_loss=losses,
        split_p=split,
        sizes=units,
        n_results=None,
        loss_text=loss_in_words(
            "quantiles", losses[smallest], per_day[smallest] if per_day else None, options.currency
        ),
    )
    tail = tail_of(options.level)
    return NotedResult(
        kind="quantiles",
        level=options.level,
        higher_is_better=options.higher_is_better,
        arms=tuple(
            Arm(name, law.mean, (law.quantile(tail), law.quantile(1 - tail)), seen, None)
            for name, law, seen in zip(names, laws, observed, strict=True)
        ),
        prob_best=tuple(float(p) for p in race.prob_best),
        expected_loss=losses,
        expected_loss_per_day=per_day,
        currency=options.currency,
        uplift=uplift,
        split_p=split,
        prior=(),
        decision=decide(evidence),
        notes=tuple(notes),
    )


def _uplift(laws: Sequence[Atoms], k: int, names: Sequence[str], options: Options) -> Uplift:
    control, law, tail = laws[0], laws[k], tail_of(options.level)
    above = prob_atoms_above(control, law)
    has_size = control.quantile(tail) > 0 or control.quantile(1 - tail) < 0
    negligible = None
    if options.rope is not None and has_size:
        inside = relative_below_of_atoms(control, law, options.rope)
        negligible = max(inside - relative_below_of_atoms(control, law, -options.rope), 0.0)
    return Uplift(
        arm=names[k],
        vs=names[0],
        relative=relative_change_of_atoms(control, law, level=options.level) if has_size else None,
        absolute=absolute_change_of_atoms(control, law, level=options.level),
        prob_better=above if options.higher_is_better else 1 - above,
        prob_negligible=negligible,
    )


def _law(x: Floats, q: float, design_effect: float, level: float) -> Atoms:
    from scipy.special import betainc, betaincc

    n = len(x)
    one, rest = 1 / design_effect, (n - 1) / design_effect
    at_an_end = max(float(betaincc(one, rest, q)), float(betainc(rest, one, q))) if n > 1 else 1.0
    if at_an_end > tail_of(level):
        raise NotEnoughData(
            f"values: {n} values are too few for the quantile {q:g}: its interval would end where they end.",
            next_step="Use a quantile nearer to the median, a lower level, or more values.",
            field="values",
        )
    return quantile_atoms(np.sort(x), q, design_effect=design_effect)


def _design_effect(x: Floats, groups: ArrayLike, q: float) -> float:
    """Return the sandwich variance of the share below the quantile over that of independent values."""
    _, places = np.unique(np.asarray(groups), return_inverse=True)
    n_groups = int(places.max()) + 1
    if n_groups < _LEAST_CLUSTERS:
        raise NotEnoughData(
            f"clusters: {n_groups} clusters are too few to know how much their values differ.",
            next_step=f"Give at least {_LEAST_CLUSTERS} clusters in each arm.",
            field="clusters",
        )
    below = (x <= np.quantile(x, q, method="inverted_cdf")).astype(np.float64)
    away = below - below.mean()
    alone = float(away @ away)
    together = float((np.bincount(places, weights=away) ** 2).sum()) * n_groups / (n_groups - 1)
    return max(1.0, together / alone) if alone > 0 else 1.0


def _ids(field: str, ids: Sequence[ArrayLike], arms: Sequence[Floats]) -> list[ArrayLike]:
    if [len(np.asarray(one)) for one in ids] != [len(x) for x in arms]:
        refuse(field, f"{len(ids)} lists", "do not name every value once", "Give one id for each value.")
    out = list(ids)
    everywhere = np.concatenate([np.unique(np.asarray(one)) for one in out])
    if len(np.unique(everywhere)) < len(everywhere):
        refuse(field, "an id", "appears in two arms", "Find out why; a unit belongs to one arm.")
    return out


def _refuse_repeats(ids: Sequence[ArrayLike]) -> None:
    n_values = sum(len(np.asarray(one)) for one in ids)
    n_units = sum(len(np.unique(np.asarray(one))) for one in ids)
    if n_units < n_values:
        refuse(
            "unit_ids",
            f"{n_values} values of {n_units} units",
            "are clustered: values of one unit resemble each other, so they tell less than they seem to",
            "Give the ids as clusters, or one value for each unit.",
        )
