"""Runs inside the environment of spotify-confidence: tests from standard input, figures to the output."""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
from spotify_confidence import BetaBinomial


def figures(successes: list[int], trials: list[int]) -> tuple[float, float, float]:
    # Its prior is (½, ½); half a success and half a failure more make it flat, as everywhere here.
    frame = pd.DataFrame(
        {"arm": ["A", "B"], "x": [x + 0.5 for x in successes], "n": [n + 1.0 for n in trials]}
    )
    test = BetaBinomial(frame, "x", "n", categorical_group_columns="arm")
    row = test.difference(level_1="A", level_2="B", absolute=True).iloc[0]
    losses = abs(row["level_1 potential loss"]), abs(row["level_2 potential loss"])
    return (float(row["P(level_2 > level_1)"]), *map(float, losses))


given = json.load(sys.stdin)
figures([5, 6], [100, 100])
start = time.process_time()
found = [figures(x, n) for x, n in zip(given["successes"], given["trials"], strict=True)]
seconds = time.process_time() - start
print(json.dumps({"cpu_seconds": seconds, "figures": [list(row) for row in zip(*found, strict=True)]}))
