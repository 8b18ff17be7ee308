"""Small simulated experiments with known effects, for the guide where the public data are not at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    Rng = np.random.Generator

_LOOK_UNITS = 4_000


def mailing(rng: Rng, n: int = 12_000) -> pd.DataFrame:
    """Draw an e-mail test of three arms in which both mails raise visits by half.

    Parameters
    ----------
    rng : Generator
    n : int
        Customers.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``history`` and ``recency`` from before the test, ``channel``, ``visit``, ``spend``.

    Examples
    --------
    >>> mailing(np.random.default_rng(7), 1_000)["segment"].nunique()
    3
    """
    import pandas as pd

    arms = rng.choice(["Mens E-Mail", "Womens E-Mail", "No E-Mail"], n)
    history = rng.lognormal(5, 0.8, n)
    visit = rng.random(n) < 0.1 * (1 + 0.5 * (arms != "No E-Mail")) * np.clip(history / 240, 0.5, 2)
    buys = visit & (rng.random(n) < 0.12)
    return pd.DataFrame(
        {
            "segment": arms,
            "history": history,
            "recency": rng.integers(1, 13, n),
            "channel": rng.choice(["Phone", "Web"], n),
            "visit": visit.astype(int),
            "spend": np.where(buys, rng.lognormal(4.3, 0.8, n), 0.0).round(2),
        }
    )


def gates(rng: Rng, n: int = 30_000) -> pd.DataFrame:
    """Draw a test without any effect that lost players of one arm.

    Returns
    -------
    pandas.DataFrame
        ``userid``, ``test_version``, ``retention_7``.

    Examples
    --------
    >>> len(gates(np.random.default_rng(7), 50))
    50
    """
    import pandas as pd

    arms = rng.choice(["gate_30", "gate_40"], n, p=[0.485, 0.515])
    return pd.DataFrame({"userid": range(n), "test_version": arms, "retention_7": rng.random(n) < 0.19})


def past_tests(rng: Rng, n_tests: int = 60, n_looks: int = 20) -> pd.DataFrame:
    """Draw past tests at every look: three in ten have an effect, of two per cent or so.

    Returns
    -------
    pandas.DataFrame
        As :func:`workbench.experiments.past_tests.relative_effects` takes it; one row a look.

    Examples
    --------
    >>> len(past_tests(np.random.default_rng(7), 3, 5))
    15
    """
    import pandas as pd

    look, parts = np.arange(1, n_looks + 1), []
    for test in range(n_tests):
        lift = 0.0 if rng.random() < 0.7 else rng.normal(0, 0.02)
        part = {"experiment_id": f"s{test}", "variant_id": 1, "metric_id": 1, "time_since_start": look}
        for arm, mean in (("c", 10.0), ("t", 10 * (1 + lift))):
            noise = 5 / np.sqrt(_LOOK_UNITS) * rng.normal(size=n_looks).cumsum() / look
            part |= {f"count_{arm}": _LOOK_UNITS * look, f"mean_{arm}": mean + noise, f"variance_{arm}": 25.0}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)
