"""What a year of monthly plans brought: regret, alone and paired, and what the plans had said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.stats.counts import Floats

_LEVEL = 0.9


@dataclass(frozen=True)
class Claim:
    """What a plan said of its gain over the current split of the same total, results a week; the truth."""

    mean: float
    interval: tuple[float, float]
    verdict: str
    true: float


@dataclass(frozen=True)
class Year:
    """What strategies brought in the worlds.

    Attributes
    ----------
    names : tuple of str
        The oracle first.
    results : ndarray (n_strategies, n_worlds, n_months)
        Expected results given the noise.
    spend_minor : ndarray (n_strategies, n_worlds, n_months)
    cpu_seconds : ndarray (n_strategies,)
        Deciding, without the months themselves.
    claims : dict of str to list of Claim
        Of the strategies that plan; fits whose gate stayed shut make none.
    """

    names: tuple[str, ...]
    results: Floats
    spend_minor: Floats
    cpu_seconds: Floats
    claims: dict[str, list[Claim]] = field(default_factory=dict)

    @property
    def regret(self) -> Floats:
        """The oracle's results less each strategy's, same shape as ``results``."""
        out: Floats = self.results[0] - self.results
        return out

    @property
    def relative(self) -> Floats:
        """Regret of all months as a share of the oracle's results, (n_strategies, n_worlds)."""
        out: Floats = self.regret.sum(axis=2) / self.results[0].sum(axis=1)
        return out

    @property
    def by_month(self) -> Floats:
        """Regret of each month as a share of the oracle's results, all worlds, (n_strategies, n_months)."""
        out: Floats = self.regret.sum(axis=1) / self.results[0].sum(axis=0)
        return out


def interval(values: Floats) -> tuple[float, float, float]:
    """Return mean and t interval of values, one a world."""
    from scipy.stats import t

    half = t.ppf((1 + _LEVEL) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def paired(year: Year, ours: str, other: str) -> tuple[Floats, Floats]:
    """Return regret of a strategy less that of another in each world: below zero it is the better one.

    Returns
    -------
    results, relative : ndarray (n_worlds,)
        Results a year, and the same as a share of the oracle's results of the world. The worlds and their
        noise are the same for both, so that what makes a world hard or easy drops out.
    """
    one, two = year.names.index(ours), year.names.index(other)
    in_results: Floats = year.regret[one].sum(axis=1) - year.regret[two].sum(axis=1)
    relative: Floats = year.relative[one] - year.relative[two]
    return in_results, relative


def print_pairs(year: Year, ours: str) -> None:
    """Print regret of the plans less that of each other strategy, world by world."""
    print(f"\nregret of {ours!r} less that of each other, by world: below zero it is better")
    print(f"{'':36}{'results [90 %]':>26}{'points of % [90 %]':>26}{'better in':>14}")
    for other in year.names:
        if other == ours:
            continue
        in_results, relative = paired(year, ours, other)
        mean, low, high = interval(in_results)
        share, least, most = (100 * x for x in interval(relative))
        print(
            f"{other:36}{mean:+10,.0f} [{low:+6,.0f}, {high:+6,.0f}]"
            f"{share:+10.1f} [{least:+5.1f}, {most:+5.1f}]{(relative < 0).sum():8} of {relative.size}"
        )


def print_year(year: Year, ours: Sequence[str]) -> None:
    """Print regret in all and beside the plans', by month, and what the plans said."""
    _, n_worlds, n_months = year.results.shape
    oracle = year.results[0].sum(axis=1).mean()
    print(
        f"Simulated: {n_worlds} worlds, {n_months} months; the oracle brings {oracle:,.0f} results a world."
    )
    print(
        f"{'':36}{'regret, results [90 %]':>26}{'% of the oracle [90 %]':>26}{'worst':>7}{'CPU s a plan':>14}"
    )
    for s, name in enumerate(year.names):
        mean, low, high = interval(year.regret[s].sum(axis=1))
        share, least, most = (100 * x for x in interval(year.relative[s]))
        print(
            f"{name:36}{mean:10,.0f} [{low:6,.0f}, {high:6,.0f}]{share:10.1f} [{least:5.1f}, {most:5.1f}]"
            f"{100 * year.relative[s].max():7.1f}{year.cpu_seconds[s] / (n_worlds * n_months):14.2f}"
        )
    for name in ours:
        print_pairs(year, name)
    print("\nregret of each month, % of the oracle's results, all worlds")
    for name, row in zip(year.names, year.by_month, strict=True):
        print(f"{name:36}" + "".join(f"{100 * x:6.1f}" for x in row))
    far = np.abs(year.spend_minor / year.spend_minor[0] - 1).max()
    print(f"spend of a month differs between strategies by {far:.1%} at most")
    for name, claims in year.claims.items():
        print_claims(name, claims, n_worlds * n_months)


def print_claims(name: str, claims: Sequence[Claim], n_plans: int) -> None:
    """Print how what plans said of their gains compares with the truth.

    A plan that is left is made again a month later, in nearly the same words: those hold or miss together.
    """
    print(
        f"\n{name}: {len(claims)} plans ({n_plans - len(claims)} fits kept the split, their gate shut); "
        "gain a week over the current split, in results"
    )
    for verdict in ("move", "likely", "leave", "any"):
        some = [claim for claim in claims if verdict in (claim.verdict, "any")]
        if not some:
            continue
        true, said = np.array([one.true for one in some]), np.mean([one.mean for one in some])
        held = np.mean([one.interval[0] <= one.true <= one.interval[1] for one in some])
        print(
            f"  verdict {verdict:7}{len(some):5} plans, said {said:+.1f}, true {true.mean():+.1f}, "
            f"{(true > 0).mean():.0%} truly better, 90 % intervals hold {held:.0%}"
        )
