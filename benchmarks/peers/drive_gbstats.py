"""Runs inside the environment of gbstats: tests from standard input, figures to standard output."""

from __future__ import annotations

import json
import sys
import time

from gbstats.bayesian.tests import EffectBayesianABTest
from gbstats.models.statistics import ProportionStatistic


def figures(successes: list[int], trials: list[int]) -> tuple[float, float, float]:
    arms = [ProportionStatistic(n=n, sum=x) for x, n in zip(successes, trials)]  # noqa: B905 - Python 3.9
    found = EffectBayesianABTest(*arms).compute_result()
    rate = successes[0] / trials[0]  # its risks are relative to the control
    return float(found.chance_to_win), found.risk[0] * rate, found.risk[1] * rate


given = json.load(sys.stdin)
figures([5, 6], [100, 100])
start = time.process_time()
found = [figures(x, n) for x, n in zip(given["successes"], given["trials"])]  # noqa: B905
seconds = time.process_time() - start
print(json.dumps({"cpu_seconds": seconds, "figures": [list(row) for row in zip(*found)]}))  # noqa: B905
