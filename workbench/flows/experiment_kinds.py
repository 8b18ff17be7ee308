"""Which figures each kind of metric asks for, in the words of the page, and how they are analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.errors import DataError
from workbench.stats.laws import BetaLaw, GammaLaw, Law, StudentLaw

if TYPE_CHECKING:
    from workbench.experiments.options import Options
    from workbench.experiments.result import ExperimentResult

Numbers = Mapping[str, tuple[float, ...]]

#: How units came to their arms: the name of the class, and what it allows to be said.
EVIDENCE = {
    "randomised": (
        "Randomised test",
        "Chance alone decided who saw what, so the difference is causal.",
    ),
    "split": (
        "Split test",
        "The network divided the audience, then chose for each arm whom to show it to. It says which "
        "arm did better as delivered, not which is better for the same people.",
    ),
    "observational": (
        "Observational",
        "Nobody divided the audience by chance. It says who did better, not why: the arms may have "
        "reached different people.",
    ),
}


@dataclass(frozen=True)
class EntryColumn:
    """One figure that is asked of each arm.

    Attributes
    ----------
    key, label : str
        Name in an address, and words beside the input.
    optional : bool
        Whether it may be left out in all arms.
    also : tuple of str
        Names under which an analysis may refuse it.
    """

    key: str
    label: str
    optional: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of metric.

    Attributes
    ----------
    label, metric : str
        Name in the list, and what the estimate is called.
    columns : tuple of EntryColumn
        Asked of each arm.
    value_label, per_day_label : str
        Words of the two inputs that make a loss per day.
    lower : bool
        Whether lower is usually better.
    is_rate : bool
        Whether the estimate is written in per cent.
    loss_unit : str
        What an expected loss is counted in, such as ``conversions per 1,000 visitors``.
    loss_per, shown_per : int
        Factors of a loss in that unit, and of an estimate as it is shown.
    """

    label: str
    metric: str
    columns: tuple[EntryColumn, ...]
    value_label: str
    per_day_label: str
    loss_unit: str
    loss_per: int = 1
    shown_per: int = 1
    lower: bool = False
    is_rate: bool = False


KINDS: dict[str, Kind] = {
    "rates": Kind(
        label="Conversion rate",
        metric="Conversion rate",
        columns=(EntryColumn("successes", "Conversions"), EntryColumn("trials", "Visitors")),
        value_label="Value of a conversion",
        per_day_label="Visitors a day",
        loss_unit="conversions per 1,000 visitors",
        loss_per=1000,
        is_rate=True,
    ),
    "counts": Kind(
        label="Results per spend",
        metric="Results per 1,000 spent",
        columns=(
            EntryColumn("events", "Results"),
            EntryColumn("exposure", "Spend"),
            EntryColumn("units", "People (optional)", optional=True),
        ),
        value_label="Value of a result",
        per_day_label="Spend a day",
        loss_unit="results per 1,000 spent",
        loss_per=1000,
        shown_per=1000,
    ),
    "means": Kind(
        label="Mean per person",
        metric="Mean",
        columns=(
            EntryColumn("n", "People"),
            EntryColumn("mean", "Mean", also=("sum",)),
            EntryColumn("deviation", "Std deviation", also=("sumsq",)),
        ),
        value_label="Value of one unit",
        per_day_label="People a day",
        loss_unit="per person",
    ),
}


def analyse(kind: str, numbers: Numbers, options: Options) -> ExperimentResult:
    """Analyse the figures of an entry.

    Raises
    ------
    DataError
        If a figure is refused; ``field`` names it.
    """
    if kind == "rates":
        from workbench.experiments.rates import analyse_rates

        return analyse_rates(numbers["successes"], numbers["trials"], options=options)
    if kind == "counts":
        from workbench.experiments.counts import analyse_counts

        return analyse_counts(
            numbers["events"], numbers["exposure"], units=numbers.get("units"), options=options
        )
    from workbench.experiments.means import analyse_means

    sums, squares = _sums(numbers)
    return analyse_means(numbers["n"], sums, squares, options=options)


def laws_of(kind: str, numbers: Numbers, prior: tuple[float, ...]) -> list[Law]:
    """Return each arm's posterior law, for drawing."""
    if kind == "rates":
        a, b = prior
        pairs = zip(numbers["successes"], numbers["trials"], strict=True)
        return [BetaLaw(a + x, b + n - x) for x, n in pairs]
    if kind == "counts":
        a, b = prior
        pairs = zip(numbers["events"], numbers["exposure"], strict=True)
        return [GammaLaw(a + k, b + e) for k, e in pairs]
    rows = zip(numbers["n"], numbers["mean"], numbers["deviation"], strict=True)
    return [StudentLaw(n - 1, mean, deviation / n**0.5) for n, mean, deviation in rows]


def _sums(numbers: Numbers) -> tuple[list[float], list[float]]:
    """Return sums and sums of squares from people, mean and standard deviation."""
    for deviation in numbers["deviation"]:
        if deviation < 0:
            raise DataError(
                f"deviation: {deviation:g} is below zero.",
                next_step="A standard deviation is at least 0.",
                field="deviation",
                value=f"{deviation:g}",
            )
    rows = list(zip(numbers["n"], numbers["mean"], numbers["deviation"], strict=True))
    sums = [n * mean for n, mean, _ in rows]
    squares = [(n - 1) * deviation**2 + n * mean**2 for n, mean, deviation in rows]
    return sums, squares
