"""Which figures each kind of metric asks for, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass

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
    hint : str
        Where a person finds it, for the tip on its label.
    in_table : bool
        Whether the table of the arms shows it too; a page's table has room for three figures.
    """

    key: str
    label: str
    optional: bool = False
    also: tuple[str, ...] = ()
    hint: str = ""
    in_table: bool = True


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
    is_plural : bool
        Whether the metric is spoken of as many.
    example : tuple of (str, str)
        Invented figures of two arms for each column, to begin with.
    value_hint : str
        Words inside the value's input while it is empty.
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
    value_hint: str = "not known"
    is_plural: bool = False
    example: tuple[tuple[str, str], ...] = ()


KINDS: dict[str, Kind] = {
    "rates": Kind(
        label="Conversion rate",
        metric="Conversion rate",
        columns=(EntryColumn("successes", "Conversions"), EntryColumn("trials", "Visitors")),
        example=(("480", "566"), ("12000", "12040")),
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
        example=(("120", "165"), ("4000", "4050"), ("", "")),
        value_label="Value of a result",
        per_day_label="Spend a day",
        loss_unit="results per 1,000 spent",
        is_plural=True,
        loss_per=1000,
        shown_per=1000,
    ),
    "revenue": Kind(
        label="Revenue per person",
        metric="Revenue per person",
        columns=(
            EntryColumn("n", "People"),
            EntryColumn("n_paying", "Buyers"),
            EntryColumn(
                "mean", "Mean per buyer", also=("total", "values"), hint="Revenue divided by buyers."
            ),
            EntryColumn(
                "deviation",
                "Std deviation",
                also=("total_squares",),
                hint="Standard deviation of what buyers paid: STDEV of the orders in a spreadsheet.",
                in_table=False,
            ),
            EntryColumn(
                "log_mean",
                "Mean of ln(paid)",
                optional=True,
                also=("log_total",),
                hint="Mean of the natural logarithms of what buyers paid: a column LN(order), then AVERAGE. "
                "With it few large orders count as such, and do not carry the verdict.",
                in_table=False,
            ),
            EntryColumn(
                "log_deviation",
                "Sd of ln(paid)",
                optional=True,
                also=("log_total_squares",),
                hint="Standard deviation of the same logarithms: STDEV of that column.",
                in_table=False,
            ),
        ),
        example=(
            ("4000", "4050"),
            ("400", "462"),
            ("50", "52"),
            ("30", "31"),
            ("", ""),
            ("", ""),
        ),
        value_label="Value of one unit",
        per_day_label="People a day",
        loss_unit="per person",
        value_hint="1, if revenue is in this currency",
    ),
    "means": Kind(
        label="Mean per person",
        metric="Mean",
        columns=(
            EntryColumn("n", "People"),
            EntryColumn("mean", "Mean", also=("sum",)),
            EntryColumn("deviation", "Std deviation", also=("sumsq",)),
        ),
        example=(("400", "410"), ("10", "10.9"), ("4", "4.1")),
        value_label="Value of one unit",
        per_day_label="People a day",
        loss_unit="per person",
    ),
    "ratios": Kind(
        label="Ratio of two sums per person",
        metric="Ratio",
        columns=(
            EntryColumn("n", "People"),
            EntryColumn("mean_y", "Numerator, mean", also=("sum_y",)),
            EntryColumn("deviation_y", "Numerator, sd", also=("sum_yy",), in_table=False),
            EntryColumn("mean_x", "Denominator, mean", also=("sum_x",)),
            EntryColumn("deviation_x", "Denominator, sd", also=("sum_xx",), in_table=False),
            EntryColumn("correlation", "Correlation", also=("sum_xy",), in_table=False),
        ),
        example=(("400", "410"), ("6", "6.6"), ("4", "4.1"), ("3", "3"), ("1.5", "1.5"), ("0.7", "0.7")),
        value_label="Value of one unit",
        per_day_label="Denominators a day",
        loss_unit="per unit of the denominator",
    ),
}
