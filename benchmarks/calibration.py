"""The calibration table: intervals hold as often as they say, and badges keep their error rates, or not.

``python -m benchmarks.calibration [part]`` simulates experiments of every kind and prints how many of the
50, 80 and 95 % intervals hold the truth, how often each rule names a winner where there is none at 1, 10 and
100 looks, and whether a posterior's chance comes true at the stop. It makes the given part of the simulations
(1 by default, about six minutes), says at the end whether every cell is within chance, and exits with 1 if
one is not.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.special import ndtr
from scipy.stats import binom

from benchmarks.calibration_coverage import FAMILY_ERROR, FIGURES, LEVELS, Coverage, beyond_chance, simulate
from benchmarks.calibration_kinds import FIXED, KINDS
from workbench.experiments.null_simulation import NullSimulation, simulate_null

LOOKS = (1, 10, 100)
#: Simulated experiments of each kind, as far as eight minutes go.
N_RUNS = {"rates": 20_000, "counts": 20_000, "means": 20_000, "revenue": 3_000, "ratios": 10_000}
N_RUNS_ELSE = 2_500
N_PER_ARM, N_NULL = 20_000, 20_000


def stopped_chances(prior_deviation: float, *, n_runs: int, seed: int = 7) -> tuple[float, float]:
    """Return what a posterior says at its stop, and how often it is right, for effects from N(0, .1²).

    A hundred looks at 20,000 units an arm with a rate of 5 %; stopped at the first chance above .95.
    """
    rng = np.random.default_rng(seed)
    unit_variance, per_look = 2 * 0.95 / 0.05, 200
    effect = rng.normal(0, 0.1, n_runs)
    steps = rng.normal(effect[:, None] * per_look, np.sqrt(unit_variance * per_look), (n_runs, 100))
    n = per_look * np.arange(1.0, 101.0)
    variance = unit_variance / n
    kept = prior_deviation**2 / (prior_deviation**2 + variance)
    above = ndtr(steps.cumsum(axis=1) / n * np.sqrt(kept / variance))
    said = np.maximum(above, 1 - above)
    stops = said > 0.95
    row = np.flatnonzero(stops.any(axis=1))
    first = stops[row].argmax(axis=1)
    right = (above[row, first] > 0.5) == (effect[row] > 0)
    return float(said[row, first].mean()), float(right.mean())


def show_coverage(part: float) -> dict[str, Coverage]:
    """Print a row for each kind and level, and return what was found for the kinds that are judged."""
    print(f"| kind | level | runs | {' | '.join(FIGURES)} | furthest, in Monte Carlo errors |")
    print("|---|---|---|---|---|---|---|")
    found = {}
    for seed, (name, kind) in enumerate({**KINDS, **FIXED}.items()):
        one = simulate(kind, n_runs=round(part * N_RUNS.get(name, N_RUNS_ELSE)), seed=seed)
        for level, shares, errors in zip(LEVELS, one.share, one.errors(), strict=True):
            cells = " | ".join(f"{share:.4f}" for share in shares)
            furthest = f"{errors[np.abs(errors).argmax()]:+.1f}" if name in KINDS else "reported only"
            print(f"| {name} | {level:.0%} | {one.n_runs:,} | {cells} | {furthest} |", flush=True)
        found[name] = one
    return found


def show_verdict(found: dict[str, Coverage]) -> list[str]:
    """Say which cells are beyond chance, all of them taken together, and which ends contradict their law."""
    judged = {name: one for name, one in found.items() if name in KINDS}
    n_cells = len(judged) * len(LEVELS) * len(FIGURES)
    named = beyond_chance(judged)
    print(
        f"\n{n_cells} cells of {len(judged)} kinds are judged together, binomial p-values by Holm's rule: "
        f"right intervals fail one table in {1 / FAMILY_ERROR:.0f}.\nOf so many independent cells, one lies "
        "beyond 2.5 Monte Carlo errors in half of all tables.\nRatios have a flat prior and quantiles none: "
        "theirs are drawn from wide laws, for which intervals of changes are a point or two wide."
    )
    read, alike = (sum(getattr(one, field) for one in found.values()) for field in ("n_read", "n_alike"))
    print(f"Ends of {read:,} intervals were found too: {alike:,} say the same of the truth as their law.")
    return named if alike == read else [*named, f"{read - alike} intervals contradict their law"]


def too_many_winners(found: list[NullSimulation], *, family_error: float = FAMILY_ERROR) -> list[str]:
    """Name the anytime-valid rules that err more often than they may, by more than chance."""
    valid = [(rule, one) for one in found for rule in one.rules if rule.badge == "anytime-valid"]
    return [
        f"{rule.rule}, {one.n_looks} looks: {rule.false_positive_rate:.4f}"
        for rule, one in valid
        if binom.sf(round(rule.false_positive_rate * one.n_runs) - 1, one.n_runs, one.alpha)
        < family_error / len(valid)
    ]


def show_error_rates(n_runs: int) -> list[str]:
    """Print how often each rule names a winner where there is none; name the badges that break their word."""
    print("\n| rule | badge | 1 look | 10 looks | 100 looks |\n|---|---|---|---|---|")
    found = [simulate_null(k, n_per_look=N_PER_ARM / k, baseline=0.05, n_runs=n_runs) for k in LOOKS]
    for rules in zip(*(one.rules for one in found), strict=True):
        cells = " | ".join(f"{one.false_positive_rate:.4f}" for one in rules)
        print(f"| {rules[0].rule} | {rules[0].badge} | {cells} |", flush=True)
    show_asymptotic(n_runs)
    return too_many_winners(found)


def show_asymptotic(n_runs: int) -> None:
    """Print the error rate of the asymptotic sequence, by the units at its first look."""
    print(
        "\n| asymptotic sequence, 100 looks, first at | rate of 5 % | of 0.5 % | values |\n|---|---|---|---|"
    )
    for first in (20, 100, 300, 1_000, 3_000):
        looks = np.append(1.0, np.full(99, 0.2))
        rule = ["asymptotic sequence"]
        cells = []
        for kind, base in (("rates", 0.05), ("rates", 0.005), ("means", 1.0)):
            one = simulate_null(
                looks, n_per_look=first, baseline=base, kind=kind, deviation=2.0, rules=rule, n_runs=n_runs
            )
            cells.append(f"{one.rules[0].false_positive_rate:.4f}")
        print(f"| {first:,} units an arm | {' | '.join(cells)} |", flush=True)


def show_stopped_chances(n_runs: int) -> None:
    print("\n| prior of the posterior | said at the stop | right |\n|---|---|---|")
    for name, deviation in (("flat", 1e6), ("as the effects, N(0, .1²)", 0.1)):
        said, right = stopped_chances(deviation, n_runs=n_runs)
        print(f"| {name} | {said:.3f} | {right:.3f} |")


def main() -> None:
    part = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    named = show_verdict(show_coverage(part))
    named += show_error_rates(round(part * N_NULL))
    show_stopped_chances(round(part * N_NULL))
    if named:
        print("\nBeyond chance:", *named, sep="\n- ")
        sys.exit(1)
    print("\nAll cells within chance; every anytime-valid badge keeps its error rate.")


if __name__ == "__main__":
    main()
