"""Revenue per unit as a hurdle: the share that pays, times the mean of what a payer pays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from workbench.core.errors import NotEnoughData
from workbench.experiments.compare import Posterior, compare
from workbench.experiments.options import Options, positive_prior, refuse
from workbench.experiments.result_notes import NotedResult, with_notes
from workbench.experiments.revenue_sums import (
    MODELS,
    NEEDS,
    Model,
    RevenueSums,
    checked_sums,
    model_named,
    observed_revenue,
)
from workbench.stats.best_of import best_of
from workbench.stats.laws import BetaLaw, Law
from workbench.stats.product_law import product_law
from workbench.stats.value_laws import (
    GammaPrior,
    LognormalPrior,
    NormalPrior,
    gamma_mean_law,
    lognormal_mean_law,
    normal_mean_law,
)

ValuePrior = LognormalPrior | GammaPrior | NormalPrior
#: Every rate of paying as probable as any other.
FLAT = (1.0, 1.0)
_PRIOR_OF: dict[Model, type[ValuePrior]] = {
    "lognormal": LognormalPrior,
    "gamma": GammaPrior,
    "moments": NormalPrior,
}
_ROUNDING = 1e-9
_POOLED = (
    "What payers pay begins with a prior pooled from all arms, worth one payer for where the values lie."
)


def analyse_revenue(
    sums: RevenueSums,
    *,
    model: Model = "lognormal",
    rate_prior: Sequence[float] = FLAT,
    value_prior: ValuePrior | None = None,
    other_models: bool = True,
    options: Options | None = None,
) -> NotedResult:
    """Compare revenue per unit of two or more arms: the beta law of a rate times the law of a mean value.

    The law of the product is tabulated from its density; nothing is sampled. Without ``value_prior`` the
    values of an arm begin with a proper prior pooled from all arms, worth about one payer for where they lie:
    so an arm without a payer has a law, a wide one. With lognormal values that prior also keeps the mean
    finite (:class:`~workbench.stats.value_laws.LognormalPrior`). Where the sums allow it, the other models of
    the values are read too, and a verdict that depends on the choice is said in ``notes``.

    Parameters
    ----------
    sums : RevenueSums
        Sufficient statistics.
    model : {"lognormal", "gamma", "moments"}
        Law of what payers pay; ``moments`` takes its mean to be nearly normal, and knows heavy tails least.
    rate_prior : (a, b)
        Of the share that pays.
    value_prior : LognormalPrior, GammaPrior or NormalPrior, optional
        By the model; the same for all arms.
    other_models : bool
        Whether to read the other models of the values too; with a ``value_prior`` they are not.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    NotEnoughData
        If fewer than two units paid in all, or all paid the same, and no prior is given.
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> from workbench.experiments.revenue_sums import RevenueSums
    >>> sums = RevenueSums([400, 400], [40, 52], log_total=[120, 156], log_total_squares=[400, 520])
    >>> result = analyse_revenue(sums)
    >>> result.decision.verdict, round(result.prob_best[1], 2)
    ('wait', 0.79)
    """
    options = options or Options()
    result = _read(sums, model_named(model), rate_prior=rate_prior, value_prior=value_prior, options=options)
    notes = [_POOLED] if value_prior is None else []
    if (np.asarray(sums.n_paying) == 0).any():
        notes.append("An arm has no payer: what its payers would pay is the prior's guess alone.")
    if value_prior is None and other_models:
        others = [one for one in MODELS if one != model and sums.allows(one)]
        notes += [
            said
            for one in others
            if (said := _differs(result, sums, one, rate_prior=rate_prior, options=options))
        ]
    return with_notes(result, notes)


def pooled_prior(sums: RevenueSums, model: Model) -> ValuePrior:
    """Return the prior that values begin with: one payer's worth of what all arms' payers paid.

    Raises
    ------
    NotEnoughData
        If fewer than two units paid in all, or all paid the same.
    """
    n = float(np.sum(np.asarray(sums.n_paying)))
    if n < 2:
        raise NotEnoughData(
            f"n_paying: {n:g} units paid in all, so nothing is known of what payers pay.",
            next_step="Compare the rates of paying, or give a value_prior.",
            field="n_paying",
        )
    first, second = (float(np.sum(np.asarray(getattr(sums, name)))) / n for name in NEEDS[model])
    spread = second - first**2 if model != "gamma" else np.log(first) - second
    if spread <= _ROUNDING * max(abs(second), _ROUNDING):
        raise NotEnoughData(
            f"values: all {n:g} payers paid the same.",
            next_step="Compare the rates of paying and multiply by the price, or give a value_prior.",
            field="values",
        )
    if model == "lognormal":  # the most probable variance is the pooled one, whatever the decay
        decay = LognormalPrior.decay
        return LognormalPrior(first, 1.0, 0.5, spread * (0.5 + decay * spread), decay)
    if model == "moments":
        return NormalPrior(first, 1.0, 1.0, spread)
    form = (3 - spread + np.sqrt((spread - 3) ** 2 + 24 * spread)) / (12 * spread)  # Minka 2002
    return GammaPrior(1 + form, form * first, form)


def _read(
    sums: RevenueSums,
    model: Model,
    *,
    rate_prior: Sequence[float],
    value_prior: ValuePrior | None,
    options: Options,
) -> NotedResult:
    n, paying, first, second = checked_sums(sums, model)
    positive_prior("rate_prior", rate_prior, 2)
    believed = pooled_prior(sums, model) if value_prior is None else value_prior
    if not isinstance(believed, _PRIOR_OF[model]):
        said = f"is not a prior of the model {model}"
        refuse("value_prior", believed, said, f"Give a {_PRIOR_OF[model].__name__}.")
    rate_prior = rate_prior[0], rate_prior[1]
    laws: list[Law] = [
        revenue_law(all_, k, first=x, second=y, rate_prior=rate_prior, value_prior=believed)
        for all_, k, x, y in zip(*(x.tolist() for x in (n, paying, first, second)), strict=True)
    ]

    @cache
    def prob_above(i: int, j: int) -> float:
        return float(best_of([laws[i], laws[j]]).prob_best[1])

    posterior = Posterior(
        kind="revenue",
        laws=laws,
        observed=observed_revenue(sums, n, paying),
        prob_above=prob_above,
        units=n,
        n_results=float(paying.sum()),
        prior=(*(float(x) for x in rate_prior), *(float(x) for x in vars(believed).values())),
        prior_conflict_p=None,
    )
    return with_notes(compare(posterior, options), ())


@lru_cache(maxsize=64)  # whoever draws a law asks for it after it was analysed
def revenue_law(
    n: float,
    n_paying: float,
    *,
    first: float,
    second: float,
    rate_prior: tuple[float, float],
    value_prior: ValuePrior,
) -> Law:
    """Return the law of one arm's revenue per unit.

    Parameters
    ----------
    n, n_paying : float
        Units, and those that paid.
    first, second : float
        The two sums that the model of the values needs, as in ``revenue_sums.NEEDS``.
    rate_prior : (a, b)
        Of the share that pays.
    value_prior : LognormalPrior, GammaPrior or NormalPrior
        It names the model.

    Examples
    --------
    >>> law = revenue_law(
    ...     90.0, 10.0, first=500.0, second=26_000.0, rate_prior=(1, 1), value_prior=NormalPrior(50, 1, 1, 99)
    ... )
    >>> round(law.mean, 2)
    5.98
    """
    rate = BetaLaw(rate_prior[0] + n_paying, rate_prior[1] + n - n_paying)
    if isinstance(value_prior, LognormalPrior):
        return product_law(rate, lognormal_mean_law(n_paying, first, second, value_prior))
    if isinstance(value_prior, GammaPrior):
        return product_law(rate, gamma_mean_law(n_paying, first, second, value_prior))
    return product_law(rate, normal_mean_law(n_paying, first, second, value_prior))


def _differs(
    result: NotedResult, sums: RevenueSums, model: Model, *, rate_prior: Sequence[float], options: Options
) -> str | None:
    other = _read(sums, model, rate_prior=rate_prior, value_prior=None, options=options)
    if other.decision.headline == result.decision.headline:
        return None
    return (
        f"The verdict depends on the law of the values: with {model} ones it is “{other.decision.headline}”."
    )
