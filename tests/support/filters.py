"""Random filters over what a lake holds, for tests that compare the faces with one another."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from workbench.flows.available import Available
from workbench.flows.filters import FilterState


def random_filters(known: Available, rng: np.random.Generator) -> FilterState:
    """Draw an account, grain, dates, campaigns, breakdown values, comparison and kind of result."""
    shown = known.slices[rng.integers(len(known.slices))]
    first = shown.period.start + timedelta(days=int(rng.integers(shown.period.n_days)))
    last = min(first + timedelta(days=int(rng.integers(120))), shown.period.stop)
    keys = [key for key, _ in shown.campaigns]
    campaigns = (
        tuple(rng.choice(keys, rng.integers(len(keys) + 1), replace=False)) if rng.random() < 0.5 else ()
    )
    breakdowns = tuple(
        (name, tuple(str(v) for v in rng.choice(values, rng.integers(1, len(values) + 1), replace=False)))
        for name, values in shown.breakdowns
        if values and rng.random() < 0.5
    )
    return FilterState(
        shown.network,
        shown.account_id,
        shown.grain,
        first if shown.is_daily else shown.period.start,
        last if shown.is_daily else shown.period.stop,
        compare=str(rng.choice(["previous", "year", "none"])),  # type: ignore[arg-type]
        campaigns=tuple(str(c) for c in campaigns),
        breakdowns=breakdowns,
        result_type=str(rng.choice(["", *shown.result_types])),
    )
