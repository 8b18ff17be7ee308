"""The analysis of a registered test: its arms, dispersion, verdict, effects, and what the history adds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.experiments.delivered import analyse_delivered, cost_interval
from workbench.experiments.many_tests import ManyTests, screen
from workbench.experiments.sensitivity import Sensitivity, effect_of, sensitivity
from workbench.flows.experiment_reading import ArmFigures, Effect
from workbench.performance.words import result_word
from workbench.stats.dispersion import dispersion

if TYPE_CHECKING:
    import pandas as pd

    from workbench.experiments.registration import Registration
    from workbench.experiments.result import ExperimentResult
    from workbench.flows.experiment_place import Delivered
    from workbench.flows.experiment_priors import History


def arms_of(plan: Registration, found: Delivered) -> tuple[ArmFigures, ...]:
    """Return what each arm had on the days that are read, in the order of the design."""
    sums = found.by_arm(len(plan.arms))
    return tuple(
        ArmFigures(
            name=arm.name,
            numerator=float(sums[plan.metric.numerator].iloc[k]),
            denominator=float(sums[plan.metric.denominator].iloc[k]),
            spend=float(sums["spend"].iloc[k]),
            n_days=int(sums["n_days"].iloc[k]),
            n_units=arm.n_units,
        )
        for k, arm in enumerate(plan.arms)
    )


def analysed(
    plan: Registration, found: Delivered, arms: tuple[ArmFigures, ...]
) -> tuple[ExperimentResult | None, str, float]:
    """Return the analysis, or why there is none, and the dispersion."""
    if found.period is None:
        return None, f"no day is mature yet; the last {found.n_left_out} are left out.", 1.0
    idle = [arm.name for arm in arms if arm.denominator <= 0]
    if idle:
        return None, f"nothing was delivered by {', '.join(idle)} on mature days.", 1.0
    spread = _dispersion(plan, found.days)
    units = [arm.n_units for arm in plan.arms if arm.n_units is not None]
    n_days = found.period.n_days
    value = plan.metric.value or _value_seen(plan, found.days)
    per_day = sum(arm.denominator for arm in arms) / n_days
    result = analyse_delivered(
        [arm.numerator for arm in arms],
        [arm.denominator for arm in arms],
        kind=plan.metric.kind,
        dispersion=spread,
        units=units if len(units) == len(arms) else None,
        options=plan.options(
            value=value,
            per_day=per_day if value else None,
            currency=found.place.currency if value else "",
            **_loss_words(plan, found.place.currency),
        ),
    )
    return result, "", spread


def _loss_words(plan: Registration, currency: str) -> dict[str, Any]:
    """Say what a loss is counted in: purchases per 1,000 EUR, rather than events per unit of exposure."""
    metric = plan.metric
    if metric.kind == "rates":
        return {}
    top, bottom = (
        result_word(metric.result_type, plural=True) if name == "results" else name.replace("_", " ")
        for name in (metric.numerator, metric.denominator)
    )
    over = (currency or "spent") if metric.is_cost else bottom
    return {"loss_unit": f"{top} per 1,000 {over}", "loss_per": 1000.0}


def _value_seen(plan: Registration, days: pd.DataFrame) -> float | None:
    """Return what one result was worth on average, where the network tells values."""
    if plan.metric.numerator not in ("results", "conversions"):
        return None
    total, n = float(days["value"].sum()), float(days[plan.metric.numerator].sum())
    return total / n if total > 0 and n > 0 else None


def _dispersion(plan: Registration, days: pd.DataFrame) -> float:
    """Estimate how much more a day's numerator varies than chance, within arms."""
    names = [plan.metric.numerator, plan.metric.denominator]
    daily = days.groupby(["date_start", "arm"])[names].sum()
    top, bottom = (daily[name].unstack(fill_value=0) for name in names)
    rate = (top.sum() / bottom.sum().clip(lower=1e-300)).to_numpy()
    expected = bottom.to_numpy() * rate
    seen = np.where(expected > 0, top.to_numpy(), 0.0)
    return dispersion(seen, expected, n_parameters=len(rate))


def effects_of(result: ExperimentResult | None) -> tuple[Effect, ...]:
    """Return the relative effect of each other arm, where the control has a size."""
    if result is None:
        return ()
    return tuple(Effect(one.arm, *effect_of(one)) for one in result.uplift if one.relative is not None)


def strips_of(plan: Registration, effects: tuple[Effect, ...], history: History) -> tuple[Sensitivity, ...]:
    """Read each effect under a flat, the learned and a twice as wide prior, where one was learned."""
    if history.prior is None:
        return ()
    return tuple(
        sensitivity(
            one.effect,
            one.deviation,
            history.prior,
            level=plan.level,
            higher_is_better=plan.metric.higher_is_better,
            is_rough=one.is_rough,
            is_log=True,
        )
        for one in effects
    )


def screened(
    plan: Registration, effects: tuple[Effect, ...], history: History, spike_weight: float | None
) -> tuple[ManyTests | None, list[str]]:
    """Screen several arms together; without history only under a prior that somebody states."""
    n = history.n_effects
    said = [] if history.prior else [f"{n} past effects are too few to learn a prior from."]
    if len(effects) < 2:
        return None, said
    if history.prior is None and spike_weight is None:
        return None, [*said, "State a spike weight to read several arms by local false-discovery rate."]
    found = screen(
        [one.effect for one in effects],
        [one.deviation for one in effects],
        prior=history.prior,
        spike_weight=spike_weight,
        names=[one.arm for one in effects],
        level=plan.level,
    )
    return found, said


def with_costs(
    plan: Registration, arms: tuple[ArmFigures, ...], result: ExperimentResult | None
) -> tuple[ArmFigures, ...]:
    """Add the cost of a result and its interval, the reciprocal of what was analysed."""
    if not plan.metric.is_cost or result is None:
        return arms
    read = []
    for arm, law in zip(arms, result.arms, strict=True):
        low, high = cost_interval(law.interval)
        cost = arm.spend / arm.numerator if arm.numerator else None
        read.append(replace(arm, cost=cost, cost_low=low, cost_high=high if np.isfinite(high) else None))
    return tuple(read)
