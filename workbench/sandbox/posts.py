"""Organic posts of the sample company: counts only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from workbench.sandbox.account import account_columns
from workbench.sandbox.reach import reach

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES: tuple[str, ...] = ("photo", "video", "link", "reel", "status")
_TYPE_SHARES = (0.34, 0.18, 0.22, 0.20, 0.06)
_TYPE_REACH = (1.0, 1.3, 0.8, 1.9, 0.6)
_FOLLOWERS = 18_000
_POSTS_A_WEEK = 3.2
#: Reactions, comments, shares and link clicks per impression.
_RATES = {"reactions": 0.018, "comments": 0.0016, "shares": 0.0012, "link_clicks": 0.0045}


def post_table(rng: np.random.Generator, days: tuple[date, ...], *, load_id: str) -> pa.Table:
    """Draw about three posts a week and write them as rows of ``posts``.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all noise.
    days : tuple of date
        Days on which posts may go out.
    load_id : str
        Provenance of the rows.
    """
    import pyarrow as pa

    index = np.flatnonzero(rng.random(len(days)) < _POSTS_A_WEEK / 7)
    n = len(index)
    kind = rng.choice(len(_TYPES), size=n, p=_TYPE_SHARES)
    is_paid = rng.random(n) < 0.12
    wanted = (
        2_400 * np.array(_TYPE_REACH)[kind] * np.exp(rng.normal(0, 0.55, n)) * np.where(is_paid, 4.0, 1.0)
    )
    impressions = np.maximum(np.rint(wanted), 40).astype(np.int64)
    went_out = [days[i] for i in index]
    account = account_columns(went_out, load_id=load_id)
    minute = rng.integers(7 * 60, 20 * 60, n)
    moments = [
        datetime.combine(day, time(), UTC) + timedelta(minutes=int(m))
        for day, m in zip(went_out, minute, strict=True)
    ]
    noise = rng.gamma(6.0, 1 / 6.0, (len(_RATES), n))
    counts = {
        name: rng.poisson(impressions * rate * noise[i]).astype(np.int64)
        for i, (name, rate) in enumerate(_RATES.items())
    }
    return pa.table(
        {
            **{k: account[k] for k in ("network", "account_id", "month", "date_start")},
            "post_id": pa.array([f"{account['account_id'][0]}_{i + 1:05d}" for i in range(n)], pa.string()),
            "post_type": pa.array([_TYPES[k] for k in kind], pa.string()),
            "published_at": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "is_paid": pa.array(is_paid),
            "impressions": pa.array(impressions),
            "reach": pa.array(reach(impressions, np.where(is_paid, 6.0, 1.5) * _FOLLOWERS)),
            **{name: pa.array(values) for name, values in counts.items()},
            "source": account["source"],
            "load_id": account["load_id"],
        }
    )
