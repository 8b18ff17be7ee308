"""Runs inside the environment of bayesian-testing: tests from standard input, figures to standard output."""

from __future__ import annotations

import json
import sys
import time

from bayesian_testing.experiments import BinaryDataTest


def figures(successes: list[int], trials: list[int]) -> tuple[float, float, float]:
    test = BinaryDataTest()
    for name, x, n in zip("AB", successes, trials, strict=True):
        test.add_variant_data_agg(name, totals=n, positives=x, a_prior=1, b_prior=1)
    a, b = test.evaluate(seed=1)
    return b["prob_being_best"], a["expected_loss"], b["expected_loss"]


given = json.load(sys.stdin)
figures([5, 6], [100, 100])
start = time.process_time()
found = [figures(x, n) for x, n in zip(given["successes"], given["trials"], strict=True)]
seconds = time.process_time() - start
print(
    json.dumps(
        {"cpu_seconds": seconds, "figures": [list(map(float, row)) for row in zip(*found, strict=True)]}
    )
)
