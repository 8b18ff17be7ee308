"""Whether the rows add up to the file's own total, and if not, whether their rounding explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.money import exact_text, minor_digits, round_micros
from workbench.loaders.result import Reconciled, RowsMissTotal

if TYPE_CHECKING:
    import numpy as np

    from workbench.loaders.rows import Rows
    from workbench.loaders.totals import Total

#: What may be added over rows, in the order it is checked. Reach and unique counts never are.
ADDITIVE = ("spend", "impressions", "clicks", "link_clicks", "results", "purchases", "leads", "value")
_MONEY = ("spend", "value")


@dataclass(frozen=True)
class Reconciliation:
    """How the rows of a file compare with its total.

    Attributes
    ----------
    reconciled : str
        ``to the cent``, ``within rounding`` or ``no total in the file``.
    file_total : str or None
        Spend in the totals row.
    difference : str or None
        Rows minus total, exact.
    """

    reconciled: Reconciled
    file_total: str | None = None
    difference: str | None = None


def reconcile(rows: Rows, mask: np.ndarray, total: Total | None) -> Reconciliation:
    r"""Compare the rows of one grain with the file's totals row.

    Money agrees *to the cent* if sum and total round to the same minor unit. It agrees *within rounding* if

    .. math:: |\sum_i x_i - T| \le \tfrac12 n 10^{-d} + \tfrac12 10^{-m}

    for ``n`` rows printed with ``d`` decimals and a minor unit of ``m`` digits. Counts agree exactly.

    Raises
    ------
    RowsMissTotal
        If they agree in neither way; the message names the column, both figures and the difference.
    """
    if total is None or "spend" not in total.micros:
        _check_counts(rows, mask, total)
        return Reconciliation("no total in the file")
    _check_counts(rows, mask, total)
    worst: Reconciled = "to the cent"
    for metric in _MONEY:
        if (
            metric in total.micros
            and metric in rows.numbers
            and _check_money(rows, mask, metric, total) != worst
        ):
            worst = "within rounding"
    difference = rows.total("spend", mask) - total.micros["spend"]
    return Reconciliation(worst, _as_money(total.micros["spend"], rows.currency), exact_text(difference))


def allowance(n_rows: int, n_decimals: int, n_minor: int) -> int:
    """Return how far, in millionths, ``n_rows`` rounded rows may miss a rounded total.

    Examples
    --------
    >>> allowance(3126, 2, 2)  # 15.63 and half a cent
    15635000
    """
    per_row = int(500_000 // 10**n_decimals)
    own = (n_rows + 1) // 2 if n_decimals > 6 else 0  # finer amounts were rounded to millionths here
    return n_rows * per_row + own + int(500_000 // 10**n_minor)


def _check_money(rows: Rows, mask: np.ndarray, metric: str, total: Total) -> Reconciled:
    ours, said = rows.total(metric, mask), total.micros[metric]
    digits = minor_digits(rows.currency)
    if abs(ours - said) <= 500_000 // 10**digits and round_micros(ours, rows.currency) == round_micros(
        said, rows.currency
    ):
        return "to the cent"
    n_rows, n_decimals = int(mask.sum()), max(rows.numbers[metric].n_decimals, digits)
    if abs(ours - said) <= allowance(n_rows, n_decimals, digits):
        return "within rounding"
    raise _miss(rows, metric, ours, total)


def _check_counts(rows: Rows, mask: np.ndarray, total: Total | None) -> None:
    if total is None:
        return
    for metric in ADDITIVE:
        if metric in _MONEY or metric not in total.micros or metric not in rows.numbers:
            continue
        if metric == "results" and len(rows.result_type.unique().drop_null()) > 1:
            continue  # results of several kinds have no common total
        ours = rows.total(metric, mask)
        if ours != total.micros[metric]:
            raise _miss(rows, metric, ours, total)


def _miss(rows: Rows, metric: str, ours: int, total: Total) -> RowsMissTotal:
    said = total.micros[metric]
    header = rows.headers.get(metric, metric)
    return RowsMissTotal(
        f"The rows add up to {exact_text(ours)} in {header!r}, the file's total is {exact_text(said)}: "
        f"a difference of {exact_text(ours - said)}, more than rounding explains.",
        next_step="Export again without changing the file; a filter or a deleted row breaks the sum.",
        record=total.record,
        column=header,
        difference=exact_text(ours - said),
        file_total=exact_text(said),
    )


def _as_money(micros: int, currency: str) -> str:
    rounded = round_micros(micros, currency)
    return str(rounded) if int(rounded.scaleb(6)) == micros else exact_text(micros)
