"""People who do not exist: names of chance syllables, reserved domains, numbers kept for fiction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from workbench.sandbox.market.noise import Noise, Stream

_SYLLABLES = ("ba", "de", "fi", "go", "ka", "le", "mi", "no", "pa", "re", "si", "tu", "va", "xo", "ye", "zu")
_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True)
class Person:
    """Somebody made up.

    Attributes
    ----------
    person_id : str
        Digits, as a page sees them.
    name, email, phone : str
        What they would write into a form; the domain and the number are reserved for such uses.
    """

    person_id: str
    name: str
    email: str
    phone: str


def person(noise: Noise, number: int, stream: Stream = Stream.PERSON) -> Person:
    """Return the person of a number; the same number gives the same person.

    Examples
    --------
    >>> somebody = person(Noise(1), 7)
    >>> somebody.email.split("@")[1].startswith("example."), somebody.phone[5:10]
    (True, '55501')
    """
    digest = hashlib.blake2b(f"{noise.seed}:{int(stream)}:{number}".encode(), digest_size=36).digest()
    draw = [int.from_bytes(digest[4 * i : 4 * i + 4], "big") for i in range(9)]
    first = "".join(_SYLLABLES[d % 16] for d in draw[:2]) + "n" * (draw[0] % 2)
    last = "".join(_SYLLABLES[d % 16] for d in draw[2:5]) + "r" * (draw[3] % 2)
    return Person(
        person_id=f"7{number % 10**12:012d}{stream % 100:02d}",
        name=f"{first.title()} {last.title()}",
        email=f"{first}.{last}{draw[5] % 1000}@{_DOMAINS[draw[6] % 3]}",
        phone=f"+1{200 + draw[7] % 700:03d}55501{draw[8] % 100:02d}",
    )
