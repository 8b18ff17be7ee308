"""From the arms' posterior laws to everything that is said about them, whatever the metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.experiments.decision import Evidence, decide, loss_in_words
from workbench.experiments.options import Options
from workbench.experiments.result import Arm, ExperimentResult, Uplift
from workbench.experiments.split_check import split_p
from workbench.experiments.verdict import Check
from workbench.stats.best_of import best_of
from workbench.stats.change import absolute_change, relative_below, relative_change
from workbench.stats.counts import Floats, tail_of
from workbench.stats.laws import Law

ProbAbove = Callable[[int, int], float]


@dataclass(frozen=True)
class Posterior:
    """The arms of an experiment after seeing the data.

    Attributes
    ----------
    kind : str
        ``rates``, ``counts`` or ``means``.
    laws : sequence of Law
        Of each arm, the control first.
    observed : ndarray
        The plain figures.
    prob_above : callable
        Takes the places of two arms, gives the probability that the second's figure is the higher one.
    units : ndarray or None
        Units assigned to each arm, for the split check.
    n_results : float or None
        Conversions or events in all.
    prior : tuple of float
    prior_conflict_p : ndarray or None
        Of each arm, or ``None`` where the prior expects nothing.
    """

    kind: str
    laws: Sequence[Law]
    observed: Floats
    prob_above: ProbAbove
    units: Floats | None
    n_results: float | None
    prior: tuple[float, ...]
    prior_conflict_p: Floats | None


def compare(posterior: Posterior, options: Options, *, checks: Sequence[Check] = ()) -> ExperimentResult:
    """Compare all arms jointly, and each with the control.

    Parameters
    ----------
    posterior : Posterior
    options : Options
    checks : sequence of Check
        Made beside the analysis; one that withholds takes the verdict's place.

    Raises
    ------
    DataError
        If names or shares do not fit the arms.
    """
    names = options.names_of(len(posterior.laws))
    shares = options.shares_of(len(posterior.laws))
    split = None if posterior.units is None else split_p(posterior.units, shares)
    prob_best, losses = _race(posterior, higher_is_better=options.higher_is_better)
    per_day = None
    if options.value is not None and options.per_day is not None:
        per_day = tuple(float(loss * options.value * options.per_day) for loss in losses)
    has_size = _has_size(posterior.laws[0], options)
    uplift = tuple(
        _uplift(posterior, k, names=names, options=options, has_size=has_size)
        for k in range(1, len(posterior.laws))
    )
    smallest = int(np.argmin(losses))
    evidence = Evidence(
        names=names,
        uplift=uplift,
        expected_loss=losses,
        split_p=split,
        sizes=() if posterior.units is None else posterior.units.tolist(),
        n_results=posterior.n_results,
        loss_text=loss_in_words(
            posterior.kind,
            losses[smallest],
            per_day[smallest] if per_day else None,
            options.currency,
            unit_words=options.loss_unit,
            per=options.loss_per,
        ),
        checks=checks,
    )
    return ExperimentResult(
        kind=posterior.kind,
        level=options.level,
        higher_is_better=options.higher_is_better,
        arms=tuple(_arm(posterior, k, name, options.level) for k, name in enumerate(names)),
        prob_best=prob_best,
        expected_loss=losses,
        expected_loss_per_day=per_day,
        currency=options.currency,
        uplift=uplift,
        split_p=split,
        prior=posterior.prior,
        decision=decide(evidence),
    )


def _race(posterior: Posterior, *, higher_is_better: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    race = best_of(posterior.laws, higher_is_better=higher_is_better)
    prob = race.prob_best
    if len(posterior.laws) == 2:  # the same figure as in the comparison, to the last digit
        above = posterior.prob_above(0, 1)
        second = above if higher_is_better else 1 - above
        prob = np.array([1 - second, second])
    return tuple(float(p) for p in prob), tuple(float(loss) for loss in race.expected_loss)


def _arm(posterior: Posterior, k: int, name: str, level: float) -> Arm:
    law, tail = posterior.laws[k], tail_of(level)
    conflict = posterior.prior_conflict_p
    return Arm(
        name=name,
        estimate=float(law.mean),
        interval=(law.quantile(tail), law.quantile(1 - tail)),
        observed=float(posterior.observed[k]),
        prior_conflict_p=None if conflict is None else float(conflict[k]),
    )


def _has_size(control: Law, options: Options) -> bool:
    """Say whether a change can be relative to the control: its own interval excludes zero."""
    tail = tail_of(options.level)
    return control.support[0] >= 0 or control.quantile(tail) > 0 or control.quantile(1 - tail) < 0


def _uplift(
    posterior: Posterior, k: int, *, names: Sequence[str], options: Options, has_size: bool
) -> Uplift:
    control, law = posterior.laws[0], posterior.laws[k]
    above = posterior.prob_above(0, k)
    relative = relative_change(control, law, level=options.level, prob_above=above) if has_size else None
    negligible = None
    if options.rope is not None and has_size:
        inside = relative_below(control, law, options.rope) - relative_below(control, law, -options.rope)
        negligible = max(inside, 0.0)
    return Uplift(
        arm=names[k],
        vs=names[0],
        relative=relative,
        absolute=absolute_change(control, law, level=options.level, prob_above=above),
        prob_better=above if options.higher_is_better else 1 - above,
        prob_negligible=negligible,
    )
