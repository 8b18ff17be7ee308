"""Which kind of metric a column holds, from its values; and values that no kind can use."""

from __future__ import annotations

from typing import Any

from workbench.core.number_text import number
from workbench.experiments.options import refuse
from workbench.experiments.unit_rows import Columns, Profile, name_of

KINDS = ("rates", "means", "ratios", "counts")


def check_values(profile: Profile, columns: Columns) -> None:
    """Refuse missing and infinite outcomes, and covariates that say nothing.

    Raises
    ------
    DataError
        With the number of such rows in each arm.
    """
    for column in columns.numbers:
        seen, field = profile.overall(column), columns.used[column]
        if seen.n_infinite:
            rows = _by_arm(profile, column, "n_infinite")
            refuse(field, repr(column), f"is infinite in {rows}", "Mend or leave out these rows.")
        if field == "covariate":
            if seen.n_finite == 0 or seen.least == seen.most:
                refuse(field, repr(column), "does not vary", "Leave it out.")
        elif seen.n_missing:
            refuse(
                field,
                repr(column),
                f"has no value in {_by_arm(profile, column, 'n_missing')}",
                "Where none means nothing happened, write 0; leaving units out may undo the random split.",
            )


def kind_of(profile: Profile, columns: Columns, asked: str | None) -> tuple[str, str]:
    """Return the kind of metric and why it is that.

    Parameters
    ----------
    profile : Profile
    columns : Columns
    asked : str or None
        What was asked for; else it is found.

    Raises
    ------
    DataError
        If the values are not of the kind that was asked for.
    """
    seen = profile.overall(columns.metric)
    zero_one, n = seen.n_zero_one == seen.n, number(seen.n, digits=12)
    if asked is None:
        if columns.denominator:
            return "ratios", f"{columns.metric} over {columns.denominator} was read as a ratio of sums."
        if zero_one:
            return "rates", f"{columns.metric} holds only 0 and 1 in all {n} rows, so it was read as a rate."
        whole = seen.n_whole == seen.n and seen.least >= 0
        other = " (counts need an exposure: give it as the denominator)" if whole else ""
        return "means", f"{columns.metric} was read as a mean{other}."
    if asked not in KINDS:
        refuse("kind", repr(asked), "is no kind of metric", f"Give one of {', '.join(KINDS)}.")
    if asked in ("rates", "means") and columns.denominator:
        refuse("denominator", repr(columns.denominator), f"has no place in {asked}", "Leave one of both out.")
    if asked in ("ratios", "counts") and not columns.denominator:
        refuse("denominator", "none", f"was given for {asked}", "Name the column of the exposure or divisor.")
    if asked == "rates" and not zero_one:
        left = number(seen.n - seen.n_zero_one, digits=12)
        refuse("metric", repr(columns.metric), f"is neither 0 nor 1 in {left} rows", "Use --kind means.")
    if asked == "counts":
        _check_counts(profile, columns)
    return asked, f"{columns.metric} was read as {asked}, as asked."


def _check_counts(profile: Profile, columns: Columns) -> None:
    seen = profile.overall(columns.metric)
    if seen.n_whole < seen.n or seen.least < 0:
        refuse("metric", repr(columns.metric), "holds values that are no counts", "Use --kind ratios.")
    if profile.overall(columns.denominator or "").least < 0:
        refuse(
            "denominator", repr(columns.denominator), "holds values below zero", "Exposure is not negative."
        )
    if columns.covariates or columns.stratum or columns.cluster:
        refuse(
            "kind",
            "counts",
            "of a Poisson law take no covariates, strata or clusters",
            "Use --kind ratios: the same figure, its variance taken from the rows.",
        )


def _by_arm(profile: Profile, column: str, what: str) -> str:
    seen: dict[Any, float] = {arm: getattr(one, what) for arm, one in profile.columns[column].items()}
    arms = ", ".join(f"{name_of(arm)} {number(n, digits=12)}" for arm, n in seen.items())
    return f"{number(sum(seen.values()), digits=12)} rows (by arm: {arms})"
