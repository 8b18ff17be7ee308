"""From entered figures to an analysis and to the laws behind it, kind by kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.core.errors import DataError
from workbench.stats.laws import BetaLaw, GammaLaw, Law, StudentLaw

if TYPE_CHECKING:
    from workbench.experiments.options import Options
    from workbench.experiments.ratios import RatioSums
    from workbench.experiments.result import ExperimentResult
    from workbench.experiments.revenue_sums import Model, RevenueSums

Numbers = Mapping[str, tuple[float, ...]]
LOGS = ("log_mean", "log_deviation")
#: With more arms, an answer while typing leaves out the other laws that values may have.
_ARMS_READ_IN_EACH_WAY = 2
_ROUNDING = 1e-3
_NO_LOGS = (
    "The mean of what buyers pay is taken to be nearly normal, and a few very large orders can carry it. "
    "With the mean and standard deviation of ln(paid) they cannot."
)
_ONE_LAW = "What buyers pay is read as lognormal only; with two arms other laws are read beside it."


@dataclass(frozen=True)
class Analysis:
    """How one kind of metric is analysed.

    Attributes
    ----------
    result : callable
        Takes numbers and options.
    laws : callable
        Takes numbers and the result's prior; gives each arm's posterior law, for drawing.
    units : callable
        Takes numbers; gives the units of each arm, for readings at any time.
    """

    result: Callable[[Numbers, Options], ExperimentResult]
    laws: Callable[[Numbers, tuple[float, ...]], list[Law]]
    units: Callable[[Numbers], tuple[float, ...]]


def _rates(numbers: Numbers, options: Options) -> ExperimentResult:
    from workbench.experiments.rates import analyse_rates

    return analyse_rates(numbers["successes"], numbers["trials"], options=options)


def _rate_laws(numbers: Numbers, prior: tuple[float, ...]) -> list[Law]:
    a, b = prior
    pairs = zip(numbers["successes"], numbers["trials"], strict=True)
    return [BetaLaw(a + x, b + n - x) for x, n in pairs]


def _counts(numbers: Numbers, options: Options) -> ExperimentResult:
    from workbench.experiments.counts import analyse_counts

    options = replace(options, loss_unit="results per 1,000 spent", loss_per=1000.0)
    return analyse_counts(numbers["events"], numbers["exposure"], units=numbers.get("units"), options=options)


def _count_laws(numbers: Numbers, prior: tuple[float, ...]) -> list[Law]:
    a, b = prior
    pairs = zip(numbers["events"], numbers["exposure"], strict=True)
    return [GammaLaw(a + k, b + e) for k, e in pairs]


def _means(numbers: Numbers, options: Options) -> ExperimentResult:
    from workbench.experiments.means import analyse_means

    sums, squares = sums_of(numbers["n"], numbers["mean"], numbers["deviation"])
    return analyse_means(numbers["n"], sums, squares, options=options)


def _mean_laws(numbers: Numbers, _: tuple[float, ...]) -> list[Law]:
    rows = zip(numbers["n"], numbers["mean"], numbers["deviation"], strict=True)
    return [StudentLaw(n - 1, mean, deviation / n**0.5) for n, mean, deviation in rows]


def _revenue_sums(numbers: Numbers) -> tuple[RevenueSums, Model]:
    """Return the sums, and the law that values are taken to have: a lognormal one needs their logarithms."""
    from workbench.experiments.revenue_sums import RevenueSums

    n, paying = numbers["n"], numbers["n_paying"]
    sums, squares = sums_of(paying, numbers["mean"], numbers["deviation"])
    given = [key for key in LOGS if key in numbers]
    if not given:
        return RevenueSums(n, paying, total=sums, total_squares=squares), "moments"
    if len(given) < len(LOGS):
        missing = LOGS[1] if given[0] == LOGS[0] else LOGS[0]
        raise DataError(
            f"{missing}: Empty, while the other figure of the logarithms is given.",
            next_step="Give both for every arm, or neither.",
            field=missing,
        )
    _check_logs(paying, numbers["mean"], numbers["log_mean"])
    logs, log_squares = sums_of(paying, numbers["log_mean"], numbers["log_deviation"], field="log_deviation")
    whole = RevenueSums(
        n, paying, total=sums, total_squares=squares, log_total=logs, log_total_squares=log_squares
    )
    return whole, "lognormal"


def _check_logs(paying: tuple[float, ...], means: tuple[float, ...], log_means: tuple[float, ...]) -> None:
    """Refuse a mean of logarithms above the logarithm of the mean, which no values have."""
    for k, mean, log_mean in zip(paying, means, log_means, strict=True):
        if k and mean > 0 and log_mean > math.log(mean) + _ROUNDING:
            raise DataError(
                f"log_mean: {log_mean:g} is more than ln({mean:g}) = {math.log(mean):.4g}.",
                next_step="No orders have that. Take the logarithm of each order first, then their mean.",
                field="log_mean",
                value=f"{log_mean:g}",
            )


def _revenue(numbers: Numbers, options: Options) -> ExperimentResult:
    from workbench.experiments.result_notes import with_notes
    from workbench.experiments.revenue import analyse_revenue

    sums, model = _revenue_sums(numbers)
    few = len(numbers["n"]) <= _ARMS_READ_IN_EACH_WAY
    result = analyse_revenue(sums, model=model, other_models=few, options=options)
    if model == "moments":
        return with_notes(result, [*result.notes, _NO_LOGS])
    return result if few else with_notes(result, [*result.notes, _ONE_LAW])


def _revenue_laws(numbers: Numbers, prior: tuple[float, ...]) -> list[Law]:
    from workbench.experiments.revenue import revenue_law
    from workbench.experiments.revenue_sums import NEEDS
    from workbench.stats.value_laws import LognormalPrior, NormalPrior

    sums, model = _revenue_sums(numbers)
    believed = (LognormalPrior if model == "lognormal" else NormalPrior)(*prior[2:])
    columns = (numbers["n"], numbers["n_paying"], *(getattr(sums, name) for name in NEEDS[model]))
    return [
        revenue_law(n, k, first=x, second=y, rate_prior=(prior[0], prior[1]), value_prior=believed)
        for n, k, x, y in zip(*columns, strict=True)
    ]


def _ratio_sums(numbers: Numbers) -> RatioSums:
    from workbench.experiments.ratios import RatioSums

    n, y, x = numbers["n"], numbers["mean_y"], numbers["mean_x"]
    for value in numbers["correlation"]:
        if not -1 <= value <= 1:
            raise DataError(
                f"correlation: {value:g} is no correlation.",
                next_step="It lies between -1 and 1.",
                field="correlation",
                value=f"{value:g}",
            )
    sum_y, sum_yy = sums_of(n, y, numbers["deviation_y"], field="deviation_y")
    sum_x, sum_xx = sums_of(n, x, numbers["deviation_x"], field="deviation_x")
    spreads = zip(numbers["deviation_y"], numbers["deviation_x"], numbers["correlation"], strict=True)
    products = [(k - 1) * r * a * b + k * u * v for k, u, v, (a, b, r) in zip(n, y, x, spreads, strict=True)]
    return RatioSums(n=n, sum_y=sum_y, sum_x=sum_x, sum_yy=sum_yy, sum_xx=sum_xx, sum_xy=products)


def _ratios(numbers: Numbers, options: Options) -> ExperimentResult:
    from workbench.experiments.ratios import analyse_ratios

    return analyse_ratios(_ratio_sums(numbers), options=options)


def _ratio_laws(numbers: Numbers, _: tuple[float, ...]) -> list[Law]:
    from workbench.stats.ratio_law import MeanPair, ratio_law

    keys = ("n", "mean_y", "mean_x", "deviation_y", "deviation_x", "correlation")
    rows = zip(*(numbers[key] for key in keys), strict=True)
    return [
        ratio_law(MeanPair(n - 1, y, x, sy**2 / n, sx**2 / n, r * sy * sx / n)) for n, y, x, sy, sx, r in rows
    ]


ANALYSES: dict[str, Analysis] = {
    "rates": Analysis(_rates, _rate_laws, lambda numbers: numbers["trials"]),
    # a result is the unit of a count: its variance grows with results and not with money
    "counts": Analysis(_counts, _count_laws, lambda numbers: numbers["events"]),
    "revenue": Analysis(_revenue, _revenue_laws, lambda numbers: numbers["n"]),
    "means": Analysis(_means, _mean_laws, lambda numbers: numbers["n"]),
    "ratios": Analysis(_ratios, _ratio_laws, lambda numbers: numbers["n"]),
}
"""By the keys of :data:`~workbench.flows.experiment_kinds.KINDS`."""


def sums_of(
    n: tuple[float, ...], means: tuple[float, ...], deviations: tuple[float, ...], *, field: str = "deviation"
) -> tuple[list[float], list[float]]:
    """Return sums and sums of squares from units, means and standard deviations.

    Raises
    ------
    DataError
        If a deviation is below zero; ``field`` names it.

    Examples
    --------
    >>> sums_of((3.0,), (2.0,), (1.0,))
    ([6.0], [14.0])
    """
    for value in deviations:
        if value < 0:
            raise DataError(
                f"{field}: {value:g} is below zero.",
                next_step="A standard deviation is at least 0.",
                field=field,
                value=f"{value:g}",
            )
    rows = list(zip(n, means, deviations, strict=True))
    sums = [k * mean for k, mean, _ in rows]
    squares = [max(k - 1, 0) * deviation**2 + k * mean**2 for k, mean, deviation in rows]
    return sums, squares
