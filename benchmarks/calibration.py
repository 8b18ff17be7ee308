"""The calibration table: intervals hold as often as they say, and badges keep their error rates, or not.

``python -m benchmarks.calibration [seconds]`` simulates experiments of every kind and prints how many of the
50, 80 and 95 % intervals hold the truth, how often each rule names a winner where there is none at 1, 10 and
100 looks, and whether a posterior's chance comes true at the stop. It takes about the given seconds of
processor time (480 by default).
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.special import ndtr

from benchmarks.calibration_kinds import FIXED, KINDS, Kind
from workbench.experiments.null_simulation import simulate_null
from workbench.experiments.options import Options
from workbench.stats.counts import Floats

LEVELS = (0.5, 0.8, 0.95)
LOOKS = (1, 10, 100)
FIGURES = ("arm", "absolute change", "relative change")
N_PER_ARM = 20_000


def coverage(kind: Kind, level: float, *, n_runs: int, seconds: float = np.inf) -> tuple[Floats, int]:
    """Return the share of intervals that hold the truth, of each of :data:`FIGURES`, and the runs made."""
    rng = np.random.default_rng(int(level * 100))
    inside: list[list[bool]] = []
    start = time.process_time()
    while len(inside) < n_runs and time.process_time() - start < seconds:
        truth, analysed = kind(rng)
        got = analysed(Options(level=level))
        one, (low, high) = got.uplift[0], got.arms[1].interval
        change = truth[1] - truth[0]
        relative = one.relative
        held = relative is not None and relative.low <= change / abs(truth[0]) <= relative.high
        inside.append([low <= truth[1] <= high, one.absolute.low <= change <= one.absolute.high, held])
    return np.mean(inside, axis=0), len(inside)


def monte_carlo_error(level: float, n_runs: int) -> float:
    """Return how far off a coverage may be by chance, at three and a half standard errors."""
    return 3.5 * float(np.sqrt(level * (1 - level) / n_runs))


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


def show_coverage(seconds: float) -> None:
    print("| kind | level | runs | arm | absolute change | relative change | within chance |")
    print("|---|---|---|---|---|---|---|")
    kinds = {**KINDS, **FIXED}
    for name, kind in kinds.items():
        for level in LEVELS:
            got, n = coverage(kind, level, n_runs=2_000, seconds=seconds / len(kinds) / len(LEVELS))
            fits = bool((np.abs(got - level) < monte_carlo_error(level, n)).all())
            said = "reported" if name in FIXED else "yes" if fits else "NO"
            cells = " | ".join(f"{share:.3f}" for share in got)
            print(f"| {name} | {level:.0%} | {n:,} | {cells} | {said} |", flush=True)


def show_error_rates(n_runs: int) -> None:
    print("\n| rule | badge | 1 look | 10 looks | 100 looks |\n|---|---|---|---|---|")
    found = [simulate_null(k, n_per_look=N_PER_ARM / k, baseline=0.05, n_runs=n_runs) for k in LOOKS]
    for rules in zip(*(one.rules for one in found), strict=True):
        cells = " | ".join(f"{one.false_positive_rate:.4f}" for one in rules)
        print(f"| {rules[0].rule} | {rules[0].badge} | {cells} |", flush=True)
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
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 480.0
    show_coverage(seconds)
    show_error_rates(20_000)
    show_stopped_chances(20_000)


if __name__ == "__main__":
    main()
