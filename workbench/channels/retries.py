"""How often a call is made again, and how long it waits in between."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from workbench.core.errors import ConfigError


@dataclass(frozen=True)
class Retries:
    """Exponential back-off with full jitter, bounded in tries and in time.

    Before repetition ``n`` (the first is 1) a call waits a random time, uniform between 0 and
    ``min(longest_s, base_s · 2ⁿ⁻¹)``, and never less than the other side asked for. Where a quota is used up
    and nobody said for how long, ``rate_base_s`` takes the place of ``base_s``, and at least half is waited.

    Attributes
    ----------
    max_tries : int
        How often a call is made in all, at least 1.
    base_s, rate_base_s, longest_s : float
        Seconds, as above.
    total_wait_s : float
        A call gives up rather than wait longer than this in all.
    rng : random.Random
        Where the jitter comes from.

    References
    ----------
    M. Brooker (2015), "Exponential Backoff and Jitter", AWS Architecture Blog.
    """

    max_tries: int = 8
    base_s: float = 2.0
    rate_base_s: float = 30.0
    longest_s: float = 900.0
    total_wait_s: float = 2 * 3600.0
    rng: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.max_tries < 1 or min(self.base_s, self.rate_base_s, self.longest_s, self.total_wait_s) < 0:
            raise ConfigError(
                f"{self} cannot be used.",
                next_step="Give at least one try, and no negative number of seconds.",
            )

    def wait_s(self, n_failed: int, *, asked_s: float | None = None, is_rate: bool = False) -> float:
        """Return how many seconds to wait after the ``n_failed``-th failure.

        Parameters
        ----------
        n_failed : int
            Failures so far, at least 1.
        asked_s : float, optional
            Seconds the other side asked to wait; never undercut.
        is_rate : bool
            Whether a quota is used up.

        Examples
        --------
        >>> Retries(rng=random.Random(1)).wait_s(3, asked_s=60) >= 60
        True
        """
        base = self.rate_base_s if is_rate and asked_s is None else self.base_s
        ceiling = min(self.longest_s, base * 2 ** min(n_failed - 1, 30))
        floor = ceiling / 2 if is_rate and asked_s is None else 0.0
        return (asked_s or 0.0) + floor + self.rng.uniform(0.0, ceiling - floor)
