"""Which spend experiment would teach most about where the budget goes, priced: from a kept media mix run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.experiment_designs import USUAL_LENGTHS
from workbench.budget.experiment_result import PricedExperiments, Pricing
from workbench.budget.experiment_value import price_experiments
from workbench.budget.model_run import StoredMix
from workbench.budget.plan_file import PlanLimits, exact_minor, read_limits
from workbench.budget.problem import refused
from workbench.budget.transforms import adstock_weights
from workbench.core.money import minor_digits
from workbench.core.number_text import Unit
from workbench.flows.budget_plan import NO_CURRENCY, currency_of, problem_of, stored_run
from workbench.flows.budget_run import MixRun
from workbench.flows.budget_start import start_of

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.stats.counts import Floats

_YEAR = {"week": 52, "day": 365}
_MOST_YEARS = 10  # no curve stays what it was for longer
_MOST_WORTH = 1_000_000_000


def priced_experiments(
    run: MixRun | StoredMix,
    *,
    total_minor: int,
    constraints: Mapping[str, Any] | None = None,
    value_per_result: float | None = None,
    horizon_periods: int | None = None,
    lengths: Sequence[int] = (),
    currency: str = "",
    seed: int = 0,
) -> PricedExperiments:
    """Price pausing, halving and doubling each item for a while, against today's best plan of a total.

    Gain: what plans made after the reading bring more than today's plan, from the end of the test to the
    horizon. Cost: the outcome that the test loses until its effect has died out, and what the money that it
    takes (or frees) would bring elsewhere at the margin, so that the total stays.

    Parameters
    ----------
    run : MixRun or StoredMix
    total_minor : int
        Of one period, in minor units.
    constraints : mapping, optional
        See `workbench.budget.plan_file.read_limits`. Fixed items are not tested; targets are refused.
    value_per_result : float, optional
        Currency units that one unit of the outcome is worth. Without it, values are in units of the outcome;
        a fit of ``value`` from the lake is in currency already.
    horizon_periods : int, optional
        Over which better plans count, from now; by default a year.
    lengths : sequence of int, optional
        Periods that are read, once the effect has settled; by default 2, 4 and 8 weeks.
    currency : str
        ISO 4217 code, where the fit names none.
    seed : int

    Returns
    -------
    PricedExperiments
        ``best`` is ``None`` where no experiment pays.

    Raises
    ------
    DataError
        If a field is unusable or the constraints conflict.
    """
    stored, start = (run.stored, run.known_start) if isinstance(run, MixRun) else (run, None)
    about, result = stored.about, stored.about["result"]
    code = result.get("currency") or currency or NO_CURRENCY
    if currency and currency != code:
        raise refused("currency", currency, f"is not the fit's, {code}", "Leave it out.")
    if total_minor <= 0:
        raise refused("total", total_minor, "leaves nothing to plan", "Give an amount above 0.")
    if value_per_result is not None and not 0 < value_per_result <= _MOST_WORTH:
        asks = f"Give an amount up to {_MOST_WORTH:,}, or leave it out."
        raise refused("value_per_result", value_per_result, "is no worth of a result", asks)
    year = _YEAR[result["period"]]
    horizon = year if horizon_periods is None else horizon_periods
    if horizon > _MOST_YEARS * year:
        asks = f"Give {_MOST_YEARS * year} {result['period']}s at most."
        raise refused("horizon_periods", horizon, f"is more than {_MOST_YEARS} years", asks)
    if lengths and min(lengths) >= horizon:
        no_time = f"leaves none of the {horizon} {result['period']}s to plan by what was read"
        raise refused("lengths", min(lengths), no_time, "Give fewer periods, or a longer horizon.")
    limits = read_limits(constraints or {}, stored.channels, code)
    priced = price_experiments(
        problem_of(stored, limits, total_minor, currency=code, start=start),
        adstock=_adstock(stored),
        noise_sd=_noise_sd(stored),
        horizon_periods=horizon,
        lengths=tuple(dict.fromkeys(lengths)) or USUAL_LENGTHS[about["step_days"]],
        n_effective=result["diagnostics"]["ess"],
        seed=seed,
    )
    pricing = _pricing(stored, code, value_per_result, horizon)
    return PricedExperiments(
        rows=tuple(pricing.row(one) for one in priced),
        unit=pricing.unit,
        currency="" if code == NO_CURRENCY else code,
        period=result["period"],
        horizon_periods=horizon,
        level=result["level"],
        run_id=stored.run_id,
        outcome=result["outcome"],
        notes=tuple(_notes(result, limits, any(one.is_coarse for one in priced))),
    )


def priced_for_total(
    settings: Settings, run_id: str, total: str, constraints: Mapping[str, Any] | None = None, **asked: Any
) -> PricedExperiments:
    """Read a kept run and price its experiments, from the budgets set now where they are known.

    Parameters
    ----------
    settings : Settings
        The installation, whose lake knows the budgets.
    run_id : str
    total : str
        Currency units a period, exact to the minor unit.
    constraints : mapping, optional
    **asked
        As of `priced_experiments`.

    Raises
    ------
    StoreError
        If there is no such run; the runs that exist are listed.
    DataError
        If a field is unusable or the constraints conflict.
    """
    stored = stored_run(settings.runs_folder, run_id)
    code = currency_of(stored, asked.get("currency") or "")
    run = MixRun(stored, code, known_start=start_of(settings, stored, currency=code))
    return priced_experiments(
        run, total_minor=exact_minor("total", total, code), constraints=constraints, **asked
    )


def _noise_sd(stored: StoredMix) -> float | list[float]:
    """Return the noise of a period's outcome, or of what is reported of each item at its mean results.

    Counts vary by chance and by the fit's extra noise (a share of the mean); where results drift, a period
    tells only its weight.
    """
    noise, result = stored.draws["noise"], stored.about["result"]
    if result.get("explains", "total") == "total":
        return float(np.sqrt(np.mean(noise**2)))
    mean = stored.draws["contribution"] / result["n_periods"]
    variance = (mean + (noise[:, None] * mean) ** 2).mean(axis=0) / result.get("period_weight", 1.0)
    return [float(x) for x in np.sqrt(np.maximum(variance, 1e-12))]


def _adstock(stored: StoredMix) -> list[Floats]:
    """Return each item's weights of this and earlier periods, (n_draws, n_lags)."""
    kind, n_lags = stored.about["adstock"], stored.about["n_lags"]
    names = [name for name in ("retention", "delay") if name in stored.draws]
    return [
        adstock_weights(kind, n_lags, {name: stored.draws[name][:, c] for name in names})
        for c in range(len(stored.channels))
    ]


def _pricing(stored: StoredMix, code: str, value: float | None, horizon: int) -> Pricing:
    result, has_currency = stored.about["result"], code != NO_CURRENCY
    is_value = stored.about.get("origin", {}).get("outcome") == "value"
    in_money = value is not None or is_value
    unit = result["outcome"] if not in_money else code if has_currency else "units of spend"
    return Pricing(
        names=stored.channels,
        factor=1.0 if value is None else value,
        unit=unit,
        is_money=in_money and has_currency,
        spend_unit=Unit("money", code) if has_currency else Unit(),
        minor_units=int(10 ** minor_digits(code)),
        period=result["period"],
        horizon_periods=horizon,
    )


def _notes(result: Mapping[str, Any], limits: PlanLimits, is_coarse: bool) -> list[str]:
    period, level = result["period"], result["level"]
    out = [
        f"Each test changes one item against today's best plan, waits until nine tenths of the effect have "
        f"come, and reads as many {period}s as before the change; it is read with the fit's own noise.",
        f"Intervals hold {level:.0%} of what may come; the mean is what decides.",
        "Tests are put in order by some draws of the fit and priced by others, so that the first one's price "
        "holds after the choice.",
        "What a test takes or frees counts at what the next unit of the total brings: the total stays.",
        "Without a test nothing more is learned; what passing time teaches anyway would lower each value.",
    ]
    if result.get("explains", "total") == "reported":
        out.append(
            "What is read, lost and gained are the results that are reported of each item; whether they "
            "would have come without the spend takes a lift test."
        )
    if limits.min_change:
        out.append("Least changes are left out: many periods may take them.")
    if is_coarse:
        out.append(
            "Some readings were taken for less exact than they are; what they are worth is understated."
        )
    return out
