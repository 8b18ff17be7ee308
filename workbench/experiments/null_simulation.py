"""What a schedule of looks does to each rule: how often it errs over nothing, how soon it sees a lift.

Both arms are drawn from one law many times and read at every look of the user's own schedule, by every rule.
Naming either arm counts. The same with a true lift shows what each rule's honesty costs in time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.number_text import number, percent
from workbench.experiments.options import refuse
from workbench.experiments.simulated_looks import Kind, SimulatedArms
from workbench.experiments.stopping_rules import RULES, Terms, multinomial
from workbench.stats.counts import Floats, tail_of

if TYPE_CHECKING:
    import pandas as pd

NDInts = NDArray[np.int64]

#: Runs held in memory at once.
_BATCH = 2_000


@dataclass(frozen=True)
class RuleRates:
    """What one rule did.

    Attributes
    ----------
    rule : str
    badge : str
        The badge it belongs to, or ``none`` where no condition makes it hold.
    false_positive_rate : float
        Share of the runs without a difference in which it ever named a better arm.
    interval : tuple of float
        95 % interval of that share, for the number of runs (Clopper & Pearson).
    found_rate : float or None
        Share of the runs with the lift in which it named the better arm by the last look.
    looks_to_find : float or None
        Mean number of looks until then, the last look where it never did.
    """

    rule: str
    badge: str
    false_positive_rate: float
    interval: tuple[float, float]
    found_rate: float | None
    looks_to_find: float | None


@dataclass(frozen=True)
class NullSimulation:
    """A schedule of looks, and what each rule did under it.

    Attributes
    ----------
    kind : str
    n_looks : int
    n_per_arm : float
        Units of an arm at the last look.
    alpha : float
        What each rule promises at most.
    lift : float or None
        Relative, of the runs with a difference.
    n_runs, seed : int
    rules : tuple of RuleRates
    """

    kind: str
    n_looks: int
    n_per_arm: float
    alpha: float
    lift: float | None
    n_runs: int
    seed: int
    rules: tuple[RuleRates, ...]

    def table(self) -> pd.DataFrame:
        """Return one row for each rule."""
        import pandas as pd

        return pd.DataFrame([asdict(rule) for rule in self.rules])

    def summary(self) -> str:
        """Return the schedule's price in words."""
        worst = max(self.rules, key=lambda rule: rule.false_positive_rate)
        kept = [rule.rule for rule in self.rules if rule.interval[0] <= self.alpha]
        return (
            f"Simulated, {number(self.n_runs, digits=12)} tests without any difference, read {self.n_looks} "
            f"times: “{worst.rule}” names a better arm in {percent(worst.false_positive_rate)} of them. "
            f"At or below {percent(self.alpha)}: {', '.join(kept) or 'none'}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {**asdict(self), "simulated": True, "summary": self.summary()}


def simulate_null(
    looks: int | ArrayLike,
    *,
    n_per_look: float,
    baseline: float,
    kind: Kind = "rates",
    deviation: float | None = None,
    rules: Sequence[str] | None = None,
    prior_deviation: float = 0.1,
    lift: float | None = None,
    level: float = 0.95,
    n_runs: int = 20_000,
    seed: int = 1,
) -> NullSimulation:
    """Simulate a test without any difference under a schedule of looks.

    Parameters
    ----------
    looks : int or array_like
        How many, evenly spaced; or the units of an arm that are new at each, in units of ``n_per_look``.
    n_per_look : float
        New units of each arm at a look (exposure for counts).
    baseline : float
        Rate, events per exposure, or mean of the control.
    kind : {"rates", "counts", "means"}
    deviation : float, optional
        Of one unit's value; needed for means.
    rules : sequence of str, optional
        Of :data:`RULES`; default all that fit the kind.
    prior_deviation : float
        Of relative effects, for the prior-calibrated and the mixture rule.
    lift : float, optional
        A true relative change, to show how long each rule takes to find it.
    level : float
        Of the intervals; a rule promises to err in ``1 − level`` of the tests at most.
    n_runs, seed : int

    Raises
    ------
    DataError
        If a field cannot be used.

    Examples
    --------
    >>> got = simulate_null(10, n_per_look=2_000, baseline=0.05, n_runs=2_000)
    >>> rates = {one.rule: one.false_positive_rate for one in got.rules}
    >>> rates["fixed horizon, read at every look"] > 0.15, rates["asymptotic sequence"] < 0.05
    (True, True)
    """
    tail_of(level)
    share = _schedule(looks)
    arms = SimulatedArms(kind, baseline, deviation, n_per_look * share)
    arms.check(n_runs, lift)
    if not 0 < prior_deviation < math.inf:
        refuse("prior_deviation", prior_deviation, "is no deviation of effects", "Give one such as 0.1.")
    names = _chosen(rules, kind)
    terms = Terms(1 - level, prior_deviation, 2 * float(arms.n_new.sum()))
    rng = np.random.default_rng(seed)
    null = _first_looks(arms, 0.0, names, terms, rng=rng, n_runs=n_runs)
    found = None if lift is None else _first_looks(arms, lift, names, terms, rng=rng, n_runs=n_runs)
    return NullSimulation(
        kind=kind,
        n_looks=len(share),
        n_per_arm=float(arms.n_new.sum()),
        alpha=1 - level,
        lift=lift,
        n_runs=n_runs,
        seed=seed,
        rules=tuple(
            _rates(name, null[name], None if found is None else found[name], len(share)) for name in names
        ),
    )


def _schedule(looks: int | ArrayLike) -> Floats:
    given = np.asarray(looks, dtype=np.float64)
    share = np.ones(int(given)) if given.ndim == 0 and given >= 1 and given == np.floor(given) else given
    if share.ndim != 1 or share.size == 0 or not (np.isfinite(share) & (share > 0)).all():
        refuse("looks", looks, "is no schedule of looks", "Give how many, or the new units at each.")
    return share


def _chosen(rules: Sequence[str] | None, kind: Kind) -> list[str]:
    names = list(RULES if rules is None else rules)
    for name in names:
        if name not in RULES:
            refuse("rules", name, "is no rule", f"Choose from: {'; '.join(RULES)}.")
    return [name for name in names if kind != "means" or RULES[name][1] is not multinomial]


def _first_looks(
    arms: SimulatedArms,
    lift: float,
    names: Sequence[str],
    terms: Terms,
    *,
    rng: np.random.Generator,
    n_runs: int,
) -> dict[str, NDInts]:
    """Return the look, from 1 on, at which each rule first named an arm: 0 never, below 0 the wrong one."""
    found: dict[str, list[NDInts]] = {name: [] for name in names}
    for start in range(0, n_runs, _BATCH):
        seen = arms.draw(lift, min(_BATCH, n_runs - start), rng)
        for name in names:
            named = RULES[name][1](seen, terms) >= 1
            first = named.argmax(axis=1)
            rows = np.arange(len(first))
            right = np.where(seen.relative[rows, first] * (lift or 1.0) > 0, 1, -1)
            found[name].append(np.where(named[rows, first], right * (first + 1), 0))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _rates(name: str, null: NDInts, found: NDInts | None, n_looks: int) -> RuleRates:
    from scipy.special import betaincinv

    n, hits = len(null), int((null != 0).sum())
    low = float(betaincinv(hits, n - hits + 1, 0.025)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 0.975)) if hits < n else 1.0
    looks = None if found is None else float(np.where(found > 0, found, n_looks).mean())
    rate = None if found is None else float((found > 0).mean())
    return RuleRates(name, RULES[name][0], hits / n, (low, high), rate, looks)
