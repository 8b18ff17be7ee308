"""A registered spend test as evidence for a media mix model: what its change of spend did, as it was read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.priors import refused
from workbench.budget.spec import LiftTest
from workbench.core.errors import NotEnoughData
from workbench.core.number_text import number
from workbench.stats.counts import tail_of

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.experiment_reading import ExperimentReading

#: Numerators that are counts, whose chance is known.
_COUNTS = ("results", "conversions")
#: With fewer results in an arm a normal law does not stand for them.
FEWEST_RESULTS = 10
_LEVEL = 0.9


def lift_of_test(settings: Settings, experiment_id: str, item: str, *, step_days: int) -> LiftTest:
    """Read a registered test of two spends, and say what it found of an item's curve.

    An arm that has the share ``p`` of the units stands for a spend and an outcome of ``1 / p`` times its own:
    what all units would have cost and brought. The difference of the arms is the effect of the difference of
    their spends, a period of the model. Days vary as the reading found them to (its dispersion).

    Parameters
    ----------
    settings : Settings
    experiment_id : str
        A registered test of two arms, by lot, that differ in what is spent.
    item : str
        Channel, campaign or ad set of the model whose curve it tells of.
    step_days : int
        Days of a period of the model: 1 or 7.

    Returns
    -------
    LiftTest
        With the 90 % interval of the effect.

    Raises
    ------
    DataError
        If the test is not about spends of units drawn by lot, or its reading must not be used.
    NotEnoughData
        If it has not run for its registered minimum, or counted too few results.

    Notes
    -----
    Reading it here is a look at it, and is kept as one.
    """
    from workbench.flows.experiments import read_experiment

    reading = read_experiment(settings, experiment_id)
    _refuse_unfit(reading)
    n_periods = _n_days(reading) / step_days
    per_arm = np.array(_shares(reading)) * n_periods
    counted = np.array([arm.numerator for arm in reading.arms])
    before, after = (float(x) for x in np.array([arm.spend for arm in reading.arms]) / per_arm)
    effect = float(np.diff(counted / per_arm)[0])
    half = _width(reading.dispersion * float((counted / per_arm**2).sum())) / 2
    return LiftTest(item, before, after - before, effect, (effect - half, effect + half), _LEVEL)


def said(test: LiftTest, experiment_id: str, currency: str, period: str) -> str:
    """Say in a sentence what a test tells the model."""
    low, high = test.interval
    money = f" {currency}" if currency else ""
    return (
        f"Test {experiment_id} tells of {test.channel}: {number(test.spend_change)}{money} a {period} more "
        f"than {number(test.spend_before)} changed the outcome by {number(test.effect)} "
        f"[{number(low)}, {number(high)}] a {period}."
    )


def _width(variance: float) -> float:
    from scipy.special import ndtri

    return 2 * float(-ndtri(tail_of(_LEVEL))) * math.sqrt(variance)


def _n_days(reading: ExperimentReading) -> int:
    if reading.period is None:
        raise NotEnoughData(
            f"{reading.test.registration.experiment_id}: {reading.why_none}",
            next_step="Fit without it, or wait.",
            field=reading.test.registration.experiment_id,
        )
    return reading.period.n_days


def _refuse_unfit(reading: ExperimentReading) -> None:
    plan = reading.test.registration
    name, metric = plan.experiment_id, plan.metric
    if plan.evidence == "observational":
        raise refused(
            name,
            "its evidence",
            "is observational: who saw which spend was not drawn by lot",
            "Use a randomised, a lift or a split test.",
        )
    if len(plan.arms) != 2:
        raise refused(name, f"{len(plan.arms)} arms", "are not two spends", "Register two arms.")
    if metric.numerator not in _COUNTS:
        raise refused(name, metric.numerator, "is not counted", f"Its metric has to count {_listed()}.")
    if not reading.has_run_enough:
        raise NotEnoughData(
            f"{name}: the registered minimum run is not over.",
            next_step="Fit without it, or wait.",
            field=name,
        )
    if reading.result is not None and reading.result.decision.verdict == "do not read":
        raise refused(name, "its reading", f"must not be used: {reading.result.decision.reason}", "Leave it.")
    few = [arm.name for arm in reading.arms if arm.numerator < FEWEST_RESULTS and arm.spend > 0]
    if few:
        raise NotEnoughData(
            f"{name}: {few[0]} has fewer than {FEWEST_RESULTS} results.",
            next_step="Let the test run on.",
            field=name,
        )


def _shares(reading: ExperimentReading) -> tuple[float, float]:
    """Return the arms' shares of the units: as assigned, else as planned."""
    name = reading.test.registration.experiment_id
    units = [arm.n_units for arm in reading.arms]
    planned = [arm.share for arm in reading.test.registration.arms]
    for given in (units, planned):
        first, second = given
        if first and second:
            return first / (first + second), second / (first + second)
    raise refused(
        name,
        "the arms' shares",
        "are not registered",
        "Register each arm's `share` or `units`: .5 and .5, say.",
    )


def _listed() -> str:
    return " or ".join(_COUNTS)
