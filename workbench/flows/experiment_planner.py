"""The next test: how long it has to run, and what looking early does to it; from texts to figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.core.errors import DataError
from workbench.core.number_text import number
from workbench.experiments.null_simulation import simulate_null
from workbench.experiments.plan import Goals, plan
from workbench.experiments.plan_design import Design
from workbench.experiments.traffic import Traffic
from workbench.experiments.unit_noise import UnitNoise
from workbench.flows.experiment_numbers import EntryRefused, number_text

if TYPE_CHECKING:
    from workbench.experiments.null_simulation import NullSimulation
    from workbench.experiments.plan import ExperimentPlan
    from workbench.flows.experiment_view import ExperimentView

PlanKind = Literal["rates", "counts", "means"]
PLAN_KINDS: dict[PlanKind, str] = {
    "rates": "Conversion rate",
    "counts": "Results per spend",
    "means": "Mean or revenue per person",
}
#: Inputs of the plan and of the looks, with what stands in them while nobody has given anything.
USUAL = {
    "kind": "rates",
    "baseline": "4",
    "deviation": "",
    "lift": "10",
    "spread": "",
    "daily": "",
    "assurance": "80",
    "reading": "once",
    "cost": "",
    "looks": "14",
    "per_look": "1000",
}
_PER_CENT = 100
_MOST_LOOKS = 400
_N_RUNS = 10_000
_N_POINTS = 33
_FIELDS = {
    "prior_sd": "spread",
    "daily_units": "daily",
    "cost_per_unit": "cost",
    "n_per_look": "per_look",
    "n_new": "per_look",
}


@dataclass(frozen=True)
class Planned:
    """A plan with the curve it was read from.

    Attributes
    ----------
    plan : ExperimentPlan
    x : tuple of float
        Days, or units of an arm where the traffic is not known.
    assurance : tuple of float
        At each of them.
    in_days : bool
    daily : float or None
    """

    plan: ExperimentPlan
    x: tuple[float, ...]
    assurance: tuple[float, ...]
    in_days: bool
    daily: float | None


def usual_from(view: ExperimentView | None) -> dict[str, str]:
    """Return what stands in the inputs: the control of the test that is shown, where there is one."""
    if view is None:
        return dict(USUAL)
    entry, control = view.entry, view.result.arms[0]
    n = len(view.result.arms)
    texts = dict(USUAL) | {"daily": entry.per_day}
    if entry.kind in ("rates", "counts"):
        scale = _PER_CENT if entry.kind == "rates" else 1
        texts |= {"kind": entry.kind, "baseline": _short(control.observed * scale)}
    else:
        texts |= {"kind": "means", "baseline": _short(control.observed), "deviation": _short(_unit_sd(view))}
    daily = number_text(entry.per_day)
    if daily and daily > 0:
        texts["per_look"] = _short(max(1, round(daily / n)))
    return texts


def planned(texts: Mapping[str, str], *, level: float = 0.95, currency: str = "") -> Planned:
    """Plan a test of two arms.

    Parameters
    ----------
    texts : mapping of str to str
        As :data:`USUAL`.
    level : float
        Of the interval that decides.
    currency : str
        ISO 4217 code of the cost.

    Raises
    ------
    EntryRefused
        If a text cannot be used; ``errors`` names the inputs.

    Examples
    --------
    >>> round(planned({**USUAL, "daily": "900"}).plan.chosen.assurance, 2)
    0.8
    """
    read = _read(texts, "baseline", "lift", "assurance", optional=("deviation", "spread", "daily", "cost"))
    kind = _kind(texts)
    baseline, lift = _baseline(kind, read), _share(read["lift"])
    spread = None if read["spread"] is None else _share(read["spread"])
    anytime = texts.get("reading") == "any"
    try:
        traffic = None if read["daily"] is None else Traffic(read["daily"])
        found = plan(
            baseline,
            lift,
            kind=kind,
            deviation=read["deviation"] if kind == "means" else None,
            prior_sd=spread,
            goals=Goals(assurance=_share(read["assurance"])),
            level=level,
            anytime=anytime,
            traffic=traffic,
            cost_per_unit=read["cost"],
            currency=currency,
        )
        noise = UnitNoise(kind, baseline, read["deviation"] if kind == "means" else None)
        design = Design(noise, lift, spread, level=level, anytime=anytime)
    except DataError as error:
        raise _refused(error) from None
    return _with_curve(found, design, read["daily"])


def looks_simulated(texts: Mapping[str, str], *, level: float = 0.95) -> NullSimulation:
    """Simulate a schedule of looks, without a difference and with the lift that is planned for.

    Raises
    ------
    EntryRefused
        If a text cannot be used; ``errors`` names the inputs.
    """
    read = _read(texts, "baseline", "lift", "looks", "per_look", optional=("deviation",))
    kind, looks = _kind(texts), read["looks"] or 0
    if not (1 <= looks <= _MOST_LOOKS and looks == math.floor(looks)):
        raise EntryRefused({"looks": f"{looks:g} looks cannot be simulated. Give 1 to {_MOST_LOOKS}."})
    try:
        return simulate_null(
            int(looks),
            n_per_look=read["per_look"] or 0.0,
            baseline=_baseline(kind, read),
            kind=kind,
            deviation=read["deviation"] if kind == "means" else None,
            lift=_share(read["lift"]),
            level=level,
            n_runs=_N_RUNS,
        )
    except DataError as error:
        raise _refused(error) from None


def _with_curve(found: ExperimentPlan, design: Design, daily: float | None) -> Planned:
    """Follow the assurance from nothing to twice the chosen size."""
    n = found.chosen.n_per_arm
    sizes = [max(1.0, 2 * n * (k / (_N_POINTS - 1)) ** 1.5) for k in range(_N_POINTS)]
    in_days = daily is not None and found.chosen.days is not None
    x = tuple(size * found.n_arms / daily if in_days and daily else size for size in sizes)
    return Planned(found, x, tuple(design.assurance(size) for size in sizes), in_days, daily)


def _kind(texts: Mapping[str, str]) -> PlanKind:
    kind = texts.get("kind", "rates")
    return kind if kind in PLAN_KINDS else "rates"


def _baseline(kind: PlanKind, read: Mapping[str, float | None]) -> float:
    given = read["baseline"] or 0.0
    return given / _PER_CENT if kind == "rates" else given


def _share(given: float | None) -> float:
    return (given or 0.0) / _PER_CENT


def _read(texts: Mapping[str, str], *needed: str, optional: tuple[str, ...]) -> dict[str, float | None]:
    errors: dict[str, str] = {}
    read: dict[str, float | None] = {}
    for key in (*needed, *optional):
        text = texts.get(key, "").strip()
        read[key] = number_text(text) if text else None
        if text and read[key] is None:
            errors[key] = f"“{text}” is no number."
        elif not text and key in needed:
            errors[key] = "This is empty. Give a number."
    errors |= {key: said for key, said in _impossible(texts, read).items() if key not in errors}
    if errors:
        raise EntryRefused(errors)
    return read


def _impossible(texts: Mapping[str, str], read: Mapping[str, float | None]) -> dict[str, str]:
    """Refuse here what is entered in per cent, in the words of the page."""
    errors = {}
    kind, baseline, lift, assurance = (
        _kind(texts),
        *(read.get(k) for k in ("baseline", "lift", "assurance")),
    )
    if kind == "rates" and baseline is not None and not 0 < baseline < _PER_CENT:
        errors["baseline"] = f"{baseline:g} % is no rate to begin with. Give one above 0 and below 100 %."
    if lift is not None and (lift == 0 or lift <= -_PER_CENT):
        errors["lift"] = f"{lift:g} % is no change to find. Give one such as 10 %, or −10 %."
    if assurance is not None and not 0 < assurance < _PER_CENT:
        errors["assurance"] = f"{assurance:g} % cannot be reached. Give a chance above 0 and below 100 %."
    if kind == "means" and not (read.get("deviation") or 0) > 0:
        errors["deviation"] = "Give the standard deviation of one person's value, above 0."
    return errors


def _refused(error: DataError) -> EntryRefused:
    field = str(error.facts.get("field", ""))
    words = error.message.removeprefix(f"{field}: ").strip()
    key = _FIELDS.get(field, field if field in USUAL else "")
    return EntryRefused({key: f"{words} {error.next_step or ''}".strip()})


def _short(value: float) -> str:
    """Write a number as it would be typed, with three significant digits."""
    text = number(value, "en_GB", digits=3).replace(",", "").replace("\u2009", "").replace("\u202f", "")
    return text if number_text(text) is not None else f"{value:.3g}"


def _unit_sd(view: ExperimentView) -> float:
    """Return the standard deviation of one person's value in the control."""
    control = {
        c.key: number_text(t[0]) or 0.0
        for c, t in zip(view.entry.about.columns, view.entry.figures, strict=True)
    }
    if view.entry.kind == "means":
        return control["deviation"]
    if view.entry.kind == "revenue":
        rate, mean = control["n_paying"] / control["n"], control["mean"]
        return math.sqrt(max(rate * (control["deviation"] ** 2 + mean**2) - (rate * mean) ** 2, 0.0))
    ratio, x = control["mean_y"] / control["mean_x"], control["mean_x"]
    y_sd, x_sd = control["deviation_y"], control["deviation_x"]
    spread = y_sd**2 - 2 * ratio * control["correlation"] * y_sd * x_sd + (ratio * x_sd) ** 2
    return math.sqrt(max(spread, 0.0)) / x
