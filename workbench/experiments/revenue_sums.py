"""The sufficient statistics of revenue, and what is refused of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.experiments.options import count_field, finite_field, refuse, same_arms
from workbench.experiments.unit_values import finite_values
from workbench.stats.counts import Floats

Model = Literal["lognormal", "gamma", "moments"]
MODELS: tuple[Model, ...] = ("lognormal", "gamma", "moments")
#: The two sums that each model of the values needs.
NEEDS: dict[Model, tuple[str, ...]] = {
    "lognormal": ("log_total", "log_total_squares"),
    "gamma": ("total", "log_total"),
    "moments": ("total", "total_squares"),
}
_ROUNDING = 1e-9


@dataclass(frozen=True)
class RevenueSums:
    """Sufficient statistics of the arms, the control first; only those of the model in use are needed.

    Attributes
    ----------
    n, n_paying : array_like, shape (n_arms,)
        Units, and units that paid anything; whole numbers.
    total, total_squares : array_like, shape (n_arms,) or None
        Sums of what was paid, and of its squares.
    log_total, log_total_squares : array_like, shape (n_arms,) or None
        Sums over the payers of the natural logarithm of what they paid, and of its squares.
    """

    n: ArrayLike
    n_paying: ArrayLike
    total: ArrayLike | None = None
    total_squares: ArrayLike | None = None
    log_total: ArrayLike | None = None
    log_total_squares: ArrayLike | None = None

    @classmethod
    def of(cls, values: Sequence[ArrayLike], *, cap: float = np.inf) -> Self:
        """Sum up the values of each arm's units, zero for those who did not pay, winsorised at a cap.

        Raises
        ------
        DataError
            If a value is negative or not finite.

        Examples
        --------
        >>> RevenueSums.of([[0, 2.0, 4.0], [0, 0, 5.0]], cap=3.0).total.tolist()
        [5.0, 3.0]
        """
        arms = [np.minimum(unit_values(x), cap) for x in values]
        paid = [x[x > 0] for x in arms]
        logs = [np.log(x) for x in paid]
        return cls(
            n=np.array([len(x) for x in arms]),
            n_paying=np.array([len(x) for x in paid]),
            total=np.array([x.sum() for x in paid]),
            total_squares=np.array([(x**2).sum() for x in paid]),
            log_total=np.array([x.sum() for x in logs]),
            log_total_squares=np.array([(x**2).sum() for x in logs]),
        )

    def allows(self, model: Model) -> bool:
        """Say whether the sums of a model of the values are here."""
        return all(getattr(self, name) is not None for name in NEEDS[model])


def model_named(name: str) -> Model:
    """Return a model of the values by its name.

    Raises
    ------
    DataError
        If there is no such model.
    """
    for model in MODELS:
        if model == name:
            return model
    raise DataError(
        f"model: {name!r} is no law of values.",
        next_step=f"Choose one of {', '.join(MODELS)}.",
        field="model",
    )


def unit_values(values: ArrayLike) -> Floats:
    """Return the values of an arm's units as checked numbers of at least zero."""
    x = finite_values(values)
    if (x < 0).any():
        refuse("values", f"{x.min():g}", "is negative", "Net refunds unit by unit, or compare means.")
    return x


def checked_sums(sums: RevenueSums, model: Model) -> tuple[Floats, Floats, Floats, Floats]:
    """Return units, payers and the model's two sums as checked numbers, one for each arm.

    Raises
    ------
    DataError
        If a field is missing or impossible; ``field`` names it.
    """
    n, paying = count_field("n", sums.n, least=1), count_field("n_paying", sums.n_paying)
    fields = {"n": n, "n_paying": paying}
    for name in NEEDS[model]:
        given = getattr(sums, name)
        if given is None:
            needs = " and ".join(NEEDS[model])
            refuse(name, "nothing", f"is given, and the model {model} needs {needs}", "Give these sums.")
        fields[name] = finite_field(name, given)
    same_arms(fields)
    first, second = (fields[name] for name in NEEDS[model])
    for k, (all_, some) in enumerate(zip(n, paying, strict=True)):
        if some > all_:
            refuse("n_paying", f"{some:g}", f"is more than its {all_:g} units", "A unit pays or does not.")
        if some == 0 and (first[k] or second[k]):
            refuse(NEEDS[model][0], f"{first[k]:g}", "comes from an arm without a payer", "Check n_paying.")
        if some:
            _check_values(model, some, float(first[k]), float(second[k]))
    return n, paying, first, second


def _check_values(model: Model, n: float, first: float, second: float) -> None:
    if model != "lognormal" and first <= 0:
        refuse("total", f"{first:g}", f"is not above zero for {n:g} payers", "Payers pay more than nothing.")
    names = NEEDS[model]
    if model == "gamma":
        most = n * np.log(first / n)
        if second > most + _ROUNDING * max(abs(most), 1.0):
            refuse(names[1], f"{second:g}", f"is more than n log(total / n) = {most:g}", "Check the sums.")
    elif second < first**2 / n * (1 - _ROUNDING):
        refuse(names[1], f"{second:g}", f"is less than {names[0]}² / n = {first**2 / n:g}", "Check the sums.")


def observed_revenue(sums: RevenueSums, n: Floats, paying: Floats) -> Floats:
    """Return revenue per unit as it was seen; from logarithms alone, the lognormal law's plain figure."""
    if sums.total is not None:
        out: Floats = finite_field("total", sums.total) / n
        return out
    first, second = (finite_field(name, getattr(sums, name)) for name in NEEDS["lognormal"])
    many = np.maximum(paying, 1)
    mean = first / many
    value = np.exp(mean + np.maximum(second / many - mean**2, 0) / 2)  # the lognormal law's own plain figure
    out = paying / n * value
    return out
