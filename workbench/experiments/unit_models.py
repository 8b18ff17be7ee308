"""From the sums of unit rows to the arms' posterior laws: exact where the kind allows, robust elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from workbench.core.errors import NotEnoughData
from workbench.core.number_text import number
from workbench.experiments.adjustment import UNBALANCED_BELOW, Adjustment, Covariate, balance_p
from workbench.experiments.arm_estimates import ArmEstimate
from workbench.experiments.compare import Posterior, compare
from workbench.experiments.counts import analyse_counts
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates
from workbench.experiments.result import ExperimentResult
from workbench.experiments.unit_rows import Columns, Profile
from workbench.stats.best_of import best_of
from workbench.stats.cross_moments import CrossMoments, merged
from workbench.stats.laws import StudentLaw

#: Fewer clusters of an arm do not tell how much clusters differ.
LEAST_CLUSTERS = 5
#: Fewer successes, or failures, of an arm leave the adjusted rate far from Student's law.
LEAST_OF_EACH = 20
#: Degrees of freedom of an arm beyond its covariates.
LEAST_FREEDOM = 10
#: So much more than a Poisson law's variance is said.
_OVERDISPERSED = 1.2


@dataclass(frozen=True)
class UnitData:
    """What was read of the rows: all that any analysis of them needs.

    Attributes
    ----------
    kind : str
        ``rates``, ``counts``, ``means`` or ``ratios``.
    columns : Columns
    arms : tuple
        The arms' values in their column, the control first.
    cells : dict
        Cross-moments by arm and stratum.
    shift : tuple of float
        What was subtracted from each number column.
    profile : Profile
    options : Options
        With the arms' names.
    notes : tuple of str
        What was found and counted.
    """

    kind: str
    columns: Columns
    arms: tuple[Any, ...]
    cells: dict[tuple[Any, str], CrossMoments]
    shift: tuple[float, ...]
    profile: Profile
    options: Options
    notes: tuple[str, ...]

    @property
    def is_ratio(self) -> bool:
        """Whether the second number column is a denominator."""
        return self.columns.denominator is not None

    def total(self, column: str) -> list[float]:
        """Return a column's sum in each arm."""
        return [self.profile.columns[column][arm].total for arm in self.arms]


def without_strata(data: UnitData) -> dict[tuple[Any, str], CrossMoments]:
    """Return the cross-moments of each arm as a whole."""
    return {
        (arm, ""): merged([part for (one, _), part in data.cells.items() if one == arm]) for arm in data.arms
    }


def check_sizes(arms: Sequence[ArmEstimate], data: UnitData) -> None:
    """Refuse arms with fewer than five clusters, or fewer than three units.

    Raises
    ------
    NotEnoughData
        Naming the arm.
    """
    field, least = ("cluster", LEAST_CLUSTERS) if data.columns.cluster else ("arm", 3)
    for name, arm in zip(data.options.names, arms, strict=True):
        if arm.n_units < least:
            raise NotEnoughData(
                f"{field}: {name} has {arm.n_units:.0f} {'clusters' if field == 'cluster' else 'units'}.",
                next_step=f"Give at least {least} in each arm.",
                field=field,
            )


def check_laws(laws: Sequence[StudentLaw], names: Sequence[str], *, field: str) -> None:
    """Refuse an arm whose figure has no variance.

    Raises
    ------
    NotEnoughData
        Naming the arm.
    """
    for name, law in zip(names, laws, strict=True):
        if not law.scale > 1e-14 * abs(law.centre):
            why = "do not vary beyond rounding"
            if field == "covariate":
                why = "are told entirely by the covariates, which therefore cannot be from before"
            raise NotEnoughData(
                f"{field}: the values of {name} {why}.",
                next_step="Give values that vary, or leave out the covariate that is the metric itself.",
                field=field,
            )


def unadjusted(data: UnitData, arms: Sequence[ArmEstimate], laws: Sequence[StudentLaw]) -> ExperimentResult:
    """Analyse the arms as they are: rates and counts exactly, all else by Student's law.

    Parameters
    ----------
    data : UnitData
    arms, laws : sequence
        Without covariates and strata.
    """
    if data.columns.cluster is None and data.kind == "rates":
        units = [data.profile.units[arm] for arm in data.arms]
        return analyse_rates(data.total(data.columns.metric), units, options=data.options)
    if data.kind == "counts" and data.columns.denominator:
        return analyse_counts(
            data.total(data.columns.metric),
            data.total(data.columns.denominator),
            units=[data.profile.units[arm] for arm in data.arms],
            options=data.options,
        )
    check_laws(laws, data.options.names, field="metric")
    return robust(data, arms, laws)


def robust(data: UnitData, arms: Sequence[ArmEstimate], laws: Sequence[StudentLaw]) -> ExperimentResult:
    """Compare arms whose figures have Student's laws.

    Parameters
    ----------
    data : UnitData
    arms : sequence of ArmEstimate
    laws : sequence of StudentLaw
    """
    metric = data.columns.metric
    below = data.total(data.columns.denominator) if data.columns.denominator else None
    n_rows = [data.profile.units[arm] for arm in data.arms]

    @cache
    def prob_above(i: int, j: int) -> float:
        return float(best_of([laws[i], laws[j]]).prob_best[1])

    posterior = Posterior(
        kind=data.kind,
        laws=laws,
        observed=np.array(data.total(metric)) / np.array(below or n_rows),
        prob_above=prob_above,
        units=np.array([arm.n_units for arm in arms]),
        n_results=sum(data.total(metric)) if data.kind == "rates" else None,
        prior=(),
        prior_conflict_p=None,
    )
    return compare(posterior, data.options)


def judge_adjustment(data: UnitData, arms: Sequence[ArmEstimate]) -> Adjustment:
    """Say of each covariate whether the arms differ in it, and whether to adjust at all.

    Parameters
    ----------
    data : UnitData
    arms : sequence of ArmEstimate
        Weighted by strata, if there are any.
    """
    names = data.columns.covariates
    balance = balance_p(arms) if names else np.ones(0)
    covariates = tuple(
        Covariate(name, float(p), int(data.profile.overall(name).n_missing))
        for name, p in zip(names, balance, strict=True)
    )
    return Adjustment(covariates, None, _why_withheld(data, arms, covariates))


def _why_withheld(data: UnitData, arms: Sequence[ArmEstimate], covariates: Sequence[Covariate]) -> str:
    apart = [one for one in covariates if one.balance_p < UNBALANCED_BELOW / len(covariates)]
    if apart:
        said = ", ".join(f"{one.name} (p = {number(one.balance_p, digits=2)})" for one in apart)
        return (
            f"the arms differ beyond chance in {said}. A covariate that the experiment could change takes a "
            "part of the effect away; leave it out, or find out why the split is uneven."
        )
    smallest = min(arm.freedom for arm in arms) - len(covariates)
    if smallest < LEAST_FREEDOM:
        return (
            f"an arm has {smallest:.0f} degrees of freedom beyond the covariates; {LEAST_FREEDOM} are needed."
        )
    if data.kind == "rates":
        successes = data.total(data.columns.metric)
        failures = [data.profile.units[arm] - x for arm, x in zip(data.arms, successes, strict=True)]
        fewest = min(*successes, *failures)
        if fewest < LEAST_OF_EACH:
            return (
                f"an arm has only {number(fewest)} units of one outcome; from {LEAST_OF_EACH} on the "
                "adjusted rate's law is known. The exact unadjusted figures stand."
            )
    return ""


def dispersion_note(data: UnitData, laws: Sequence[StudentLaw]) -> str:
    """Say how much more the rows' counts vary than a Poisson law's; empty where they do not.

    Parameters
    ----------
    data : UnitData
        Of counts.
    laws : sequence of StudentLaw
        Of the arms' ratios, from the rows themselves.
    """
    events = np.array(data.total(data.columns.metric))
    exposure = np.array(data.total(data.columns.denominator or data.columns.metric))
    variance = np.array([law.scale**2 for law in laws])
    over = float((variance * exposure**2).sum() / max(events.sum(), 1.0))
    if over < _OVERDISPERSED:
        return ""
    return (
        f"Between units the counts vary {number(over, digits=2)} times as much as a Poisson law's, so these "
        "intervals are too narrow: use the kind ratios."
    )
