"""Random numbers by their coordinates: the same seed, stream, day, slot and index give the same number.

Nothing is drawn in an order, so an edit of one ad set leaves every number of the others where it was, and two
worlds that differ by one edit share all their noise. The generator is Philox4x32-10 (Salmon, Moraes, Dror and
Shaw 2011, doi:10.1145/2063384.2063405), a function of a counter of four words and a key of two.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Words = NDArray[np.uint64]

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_N_ROUNDS = 10


class Stream(IntEnum):
    """What a number is for; each stream is independent of every other."""

    SPEND = 1
    AD_SPEND = 2
    PRICE = 3
    AD_PRICE = 4
    CLICK = 5
    AD_CLICK = 6
    CONVERSION = 7
    AD_CONVERSION = 8
    LINK_CLICKS = 9
    OTHER_CLICKS = 10
    RESULTS = 11
    PAGE_VIEWS = 12
    VIDEO_VIEWS = 13
    DELAY = 14
    VIEW_THROUGH = 15
    ORDER_VALUE = 16
    CUSTOMER = 17
    CUSTOMER_DELAY = 18
    CUSTOMER_VALUE = 19
    MOMENT = 20
    QUALITY = 30
    LAUNCH = 31
    SPLIT_TASTE = 40
    SPLIT_DAY = 41
    SPLIT_TIE = 42
    SPLIT_CELL = 43
    PERSON = 50
    POST = 60
    COMMENT = 61
    MESSAGE = 62
    MENTION = 63
    PIXEL = 70


class Noise:
    """All random numbers of one seed.

    Parameters
    ----------
    seed : int
        Non-negative, below 2**64.

    Examples
    --------
    >>> noise = Noise(7)
    >>> bool(noise.uniform(Stream.SPEND, 3, 5) == noise.uniform(Stream.SPEND, [3, 4], 5)[0])
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)

    def uniform(
        self, stream: Stream | ArrayLike, day: ArrayLike, slot: ArrayLike, index: ArrayLike = 0
    ) -> Floats:
        """Return numbers strictly between 0 and 1, one for every broadcast coordinate.

        Parameters
        ----------
        stream : Stream or array of int
            What the numbers are for.
        day, slot, index : array of int
            Coordinates, each from 0 to 2**32 − 1.
        """
        words = np.broadcast_arrays(*(np.asarray(c, np.uint64) for c in (index, slot, day, stream)))
        first, second, _, _ = philox([np.ascontiguousarray(w) for w in words], self._key)
        bits = ((first << _HALF) | second) >> np.uint64(11)
        return np.asarray((bits.astype(np.float64) + 0.5) * 2.0**-53)

    def normal(
        self, stream: Stream | ArrayLike, day: ArrayLike, slot: ArrayLike, index: ArrayLike = 0
    ) -> Floats:
        """Return standard normal numbers; the coordinates are as for :meth:`uniform`."""
        from scipy.special import ndtri

        return np.asarray(ndtri(self.uniform(stream, day, slot, index)), np.float64)


def philox(counter: list[_Words], key: tuple[int, int]) -> list[_Words]:
    """Return the four 32-bit output words of Philox4x32-10 for each counter.

    Parameters
    ----------
    counter : list of four ndarray of uint64
        Words of the counters, each below 2**32.
    key : tuple of int
        The two 32-bit words of the key.

    Examples
    --------
    >>> [f"{int(w):08x}" for w in philox([np.uint64(0)] * 4, (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    for i in range(_N_ROUNDS):
        k0, k1 = (np.uint64((k + i * w) & 0xFFFFFFFF) for k, w in zip(key, _WEYL, strict=True))
        product0, product1 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (product1 >> _HALF) ^ c1 ^ k0,
            product1 & _MASK,
            (product0 >> _HALF) ^ c3 ^ k1,
            product0 & _MASK,
        )
    return [c0, c1, c2, c3]


def around_one(z: Floats, sigma: float) -> Floats:
    """Turn standard normal numbers into log-normal factors with mean one.

    Examples
    --------
    >>> around_one(np.array([0.0]), 0.2).round(4)
    array([0.9802])
    """
    return np.asarray(np.exp(sigma * z - sigma**2 / 2))
