"""A registered test of two ad sets, of which the second brings more results for its money."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from lakes import days, insight, morning, write

from workbench.core.identity import Actor, Role
from workbench.core.settings import Settings
from workbench.experiments.registration_file import registration_of
from workbench.flows.company import own_lake
from workbench.flows.experiment_registry import register_test

FIRST = date(2026, 9, 1)
GRAIN = "adset||day|7d_click,1d_view"
ADA = Actor("ada", Role.ANALYST)


def fill(settings: Settings, n_days: int, load_id: str = "L1") -> None:
    """Write so many days of both ad sets."""
    rng = np.random.default_rng(5)
    every = days(FIRST, n_days)
    rows = [
        insight(day, grain=GRAIN, adset_id=adset, results=float(rng.poisson(mean)), spend_micros=100_000_000)
        for day in every
        for adset, mean in (("s1", 10.0), ("s2", 16.0))
    ]
    write(own_lake(settings), "ad_insights", rows, load_id=load_id, believed_at=morning(every[-1]))


def register(settings: Settings, **changes: Any) -> None:
    """Register the test, with changes."""
    document = {
        "id": "video",
        "hypothesis": "The video brings leads at a lower cost.",
        "metric": "cpa",
        "arms": [{"name": "picture", "adsets": ["s1"]}, {"name": "video", "adsets": ["s2"]}],
        "start": FIRST,
        "evidence": "observational",
        "kind_of_test": "creative",
        "minimum": {"days": 14},
    }
    register_test(settings, registration_of(document | changes), actor=ADA)
