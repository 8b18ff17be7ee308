"""How long very many two-arm tests take, and how far from exact sums they are.

``python -m benchmarks.experiments [n_tests]`` compares 10,000 and 1,000,000 random tests of 1 to 10⁶ trials
with 0 to all conversions, checks 500 stratified ones against sums in fifty digits, runs other packages on the
same tests (each in an environment made by :mod:`benchmarks.peers`; not when a number is given), and shows
exact figures beside approximate ones for the cases of other suites. Times are processor seconds of the whole
process.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.peers import TESTING, Peer, driven, environment
from workbench.experiments.rates import order_rates
from workbench.stats.beta_exact_sum import exact_order
from workbench.stats.beta_pair import order_betas
from workbench.stats.counts import Floats
from workbench.stats.normal_effect import ratio_effect

ORACLES = Path(__file__).resolve().parents[2] / "shared" / "oracles" / "experiments.json"


def random_tests(n: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    trials = np.floor(10 ** rng.uniform(0, 6, (n, 2)))
    return np.floor(rng.random((n, 2)) * (trials + 1)), trials


def stratified_shapes(n: int, seed: int) -> Floats:
    """Shapes under a flat prior: none, all, few, most or any of 1 to 10⁶ trials convert."""
    rng = np.random.default_rng(seed)
    trials = np.floor(10 ** rng.uniform(0, 6, (2, n)))
    kind = np.arange(n) % 5
    base = np.select([kind == 0, kind == 1, kind == 2], [0, 1, rng.random(n)], 10 ** -rng.uniform(0, 5, n))
    rate = np.clip(base * np.where(kind > 2, np.exp(rng.normal(0, 0.2, (2, n))), 1), 0, 1)
    rate = np.where(kind == 4, 1 - rate, rate)
    successes = np.clip(np.floor(rate * trials + rng.random((2, n))), 0, trials)
    failures = trials - successes
    return np.stack([1 + successes[0], 1 + failures[0], 1 + successes[1], 1 + failures[1]])


def largest_errors(n: int = 500) -> Floats:
    shapes = stratified_shapes(n, seed=11)
    exact = np.array([exact_order(*(int(x) for x in case)) for case in shapes.T]).T
    got = order_betas(*shapes)
    found: Floats = np.abs(np.stack([got.prob_above, got.mean_above, got.mean_below]) - exact).max(axis=1)
    return found


def show_peers(n: int = 10_000) -> None:
    """Print processor time and error of ours and of other packages on the same tests."""
    successes, trials = random_tests(n, seed=5)
    shapes = stratified_shapes(500, seed=11)
    exact = np.array([exact_order(*(int(x) for x in case)) for case in shapes.T]).T
    x = np.stack([shapes[0] - 1, shapes[2] - 1], axis=1)
    size = x + np.stack([shapes[1] - 1, shapes[3] - 1], axis=1)
    print(f"\n| package | CPU s per {n:,} tests | error of P(B > A): median | largest | ", end="")
    print("loss of keeping A: median | largest | loss of taking B: median | largest | |\n" + "|---" * 9 + "|")
    got = order_rates(x, size)
    ours = np.stack([got.prob_above, got.mean_above, got.mean_below])
    _row("workbench", min(cpu_seconds(n) for _ in range(3)), ours - exact, "")
    for peer in TESTING:
        python, reason = environment(peer)
        if python is None:
            print(f"| {peer.name} | not installed: {reason} |" + " |" * 7)
            continue
        some = min(peer.n_timed, n)
        seconds, _ = said_by(peer, python, successes[:some], trials[:some])
        # the kinds of cases alternate, so the first ones hold all of them
        _, found = said_by(peer, python, x[: peer.n_checked], size[: peer.n_checked])
        note = f"timed on {some:,}" * (some < n) + f", checked on {peer.n_checked}" * (peer.n_checked < 500)
        _row(" ".join(peer.requires[:1]), seconds * n / some, found - exact[:, : peer.n_checked], note)


def said_by(peer: Peer, python: Path, successes: Floats, trials: Floats) -> tuple[float, Floats]:
    """Run tests through a peer: processor seconds, and P(B > A) and both losses, shape (3, n_tests)."""
    given = {"successes": successes.astype(int).tolist(), "trials": trials.astype(int).tolist()}
    answer = driven(peer, python, given)
    return float(answer["cpu_seconds"]), np.array(answer["figures"], dtype=np.float64)


def _row(name: str, seconds: float, errors: Floats, note: str) -> None:
    size = np.abs(errors)
    cells = " | ".join(f"{np.median(one):.1e} | {one.max():.1e}" for one in size)
    print(f"| {name} | {seconds:.3g} | {cells} | {note.strip(', ')} |")


def cpu_seconds(n: int) -> float:
    successes, trials = random_tests(n, seed=5)
    order_rates(successes[:100], trials[:100])  # imports and tables
    start = time.process_time()
    order_rates(successes, trials)
    return time.process_time() - start


def show_contrasts() -> None:
    if not ORACLES.is_file():
        return
    cases = [case for case in json.loads(ORACLES.read_text())["cases"] if case["role"] == "contrast"]
    print("\n| case | figure | approximate | exact |\n|---|---|---|---|")
    for case in cases:
        given = case["input"]
        x, n = [given["sum_a"], given["sum_b"]], [given["n_a"], given["n_b"]]
        rates = np.divide(x, n)
        normal = ratio_effect(*rates, *(rates * (1 - rates) / np.array(n)))
        exact = order_rates([x], [n])
        print(f"| {case['id']} | P(B > A) | {normal.prob_above:.5f} | {exact.prob_above[0]:.5f} |")
        print(
            f"| {case['id']} | loss of keeping A, of the rate of A | {normal.mean_above:.5f} | "
            f"{exact.mean_above[0] / rates[0]:.5f} |"
        )
        print(
            f"| {case['id']} | loss of taking B, of the rate of A | {normal.mean_below:.5f} | "
            f"{exact.mean_below[0] / rates[0]:.5f} |"
        )


def main() -> None:
    sizes = [int(sys.argv[1])] if len(sys.argv) > 1 else [10_000, 1_000_000]
    print("| two-arm tests | CPU seconds | µs a test |\n|---|---|---|")
    for n in sizes:
        seconds = min(cpu_seconds(n) for _ in range(3 if n <= 100_000 else 1))
        print(f"| {n:,} | {seconds:.3f} | {seconds / n * 1e6:.2f} |")
    errors = largest_errors()
    print("\n| figure | largest error in 500 stratified tests |\n|---|---|")
    for name, error in zip(("P(B > A)", "loss of keeping A", "loss of taking B"), errors, strict=True):
        print(f"| {name} | {error:.1e} |")
    if len(sys.argv) == 1:
        show_peers()
    show_contrasts()


if __name__ == "__main__":
    main()
