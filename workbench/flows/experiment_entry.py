"""What a reader enters about a test: raw texts, their place in an address, and numbers once they are checked.

Texts stay as they were typed until they are read, so that a mistake can be shown where it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from workbench.core.errors import DataError
from workbench.experiments.options import letters
from workbench.flows.experiment_kinds import EVIDENCE, KINDS, Kind
from workbench.flows.links import join_values

MIN_ARMS, MAX_ARMS = 2, 6
LEVELS = ("0.8", "0.9", "0.95", "0.99")
PLAIN = ("value", "per_day", "currency", "rope", "tau")
LONGEST_TEXT = 40


@dataclass(frozen=True)
class Entry:
    """A test as it was typed.

    Attributes
    ----------
    kind : str
        Key of :data:`~workbench.flows.experiment_kinds.KINDS`.
    names : tuple of str
        Of the arms, the control first.
    figures : tuple of tuple of str
        One tuple for each column of the kind, one text for each arm.
    shares : tuple of str
        Planned shares in per cent; all empty for equal ones.
    evidence : {"randomised", "split", "observational"}
        How units came to their arms.
    lower : bool
        Whether lower is better.
    level : str
        Probability inside every interval.
    value, per_day, currency, rope, tau : str
        Value of one result, units a day, ISO 4217 code, negligible relative change in per cent, and the usual
        size of a true relative change in per cent.
    is_example : bool
        Whether these are the figures the page begins with.
    words : Kind or None
        Words of a registered metric in place of the kind's own.
    """

    kind: str
    names: tuple[str, ...]
    figures: tuple[tuple[str, ...], ...]
    shares: tuple[str, ...]
    evidence: str = "randomised"
    lower: bool = False
    level: str = "0.95"
    value: str = ""
    per_day: str = ""
    currency: str = ""
    rope: str = ""
    tau: str = ""
    is_example: bool = False
    words: Kind | None = None

    @property
    def about(self) -> Kind:
        """What its kind of metric asks for, and how it speaks of it."""
        return self.words or KINDS[self.kind]

    @property
    def n_arms(self) -> int:
        """How many arms there are."""
        return len(self.names)

    def to_fragment(self) -> dict[str, str]:
        """Return the entry as it stands in an address; what has its usual value is left out."""
        columns = {
            c.key: join_values(texts)
            for c, texts in zip(self.about.columns, self.figures, strict=True)
            if any(texts)
        }
        usual = Entry(self.kind, (), (), ())
        plain = {key: getattr(self, key) for key in (*PLAIN, "level", "evidence")}
        return {
            "kind": self.kind,
            "names": join_values(self.names),
            **columns,
            **({"shares": join_values(self.shares)} if any(self.shares) else {}),
            **({"lower": "1"} if self.lower else {}),
            **{key: text for key, text in plain.items() if text != getattr(usual, key)},
        }


def example() -> Entry:
    """Return invented figures, labelled so, that a page begins with."""
    return Entry(
        kind="rates",
        names=("Today's page", "New page"),
        figures=KINDS["rates"].example,
        shares=("", ""),
        value="40",
        per_day="900",
        currency="EUR",
        is_example=True,
    )


def from_fragment(filters: Mapping[str, str]) -> Entry:
    """Read an entry from an address; what is missing is empty, what is unknown is left out.

    Raises
    ------
    DataError
        If the kind is unknown or the arms are fewer than two or more than six.

    Examples
    --------
    >>> entry = from_fragment({"kind": "rates", "names": "A,B", "successes": "4,7", "trials": "90,90"})
    >>> entry.figures, entry.to_fragment()["successes"]
    ((('4', '7'), ('90', '90')), '4,7')
    """
    kind = filters.get("kind", "rates")
    if kind not in KINDS:
        raise DataError(
            f"kind={kind!r} is no kind of metric that this page knows.",
            next_step=f"Use {', '.join(KINDS)}.",
            field="kind",
            value=kind,
        )
    columns = {c.key: _split(filters.get(c.key, "")) for c in KINDS[kind].columns}
    n_arms = max(len(_split(filters.get("names", ""))), *(len(texts) for texts in columns.values()))
    if not MIN_ARMS <= n_arms <= MAX_ARMS:
        raise DataError(
            f"The address holds {n_arms} arms.",
            next_step=f"This page compares {MIN_ARMS} to {MAX_ARMS} arms.",
            field="names",
            value=n_arms,
        )
    names = _filled(_split(filters.get("names", "")), n_arms)
    plain = {key: filters.get(key, "")[:LONGEST_TEXT] for key in PLAIN}
    return Entry(
        kind=kind,
        names=tuple(name or letters(k) for k, name in enumerate(names)),
        figures=tuple(_filled(texts, n_arms) for texts in columns.values()),
        shares=_filled(_split(filters.get("shares", "")), n_arms),
        lower=filters.get("lower") == "1",
        level=one_of(filters.get("level"), LEVELS, "0.95"),
        evidence=one_of(filters.get("evidence"), tuple(EVIDENCE), "randomised"),
        value=plain["value"],
        per_day=plain["per_day"],
        currency=plain["currency"],
        rope=plain["rope"],
        tau=plain["tau"],
    )


def _split(text: str) -> list[str]:
    """Undo joining; unlike filters, figures may be alike and may be empty."""
    return [unquote(part)[:LONGEST_TEXT] for part in text.split(",")] if text else []


def _filled(texts: list[str], n: int) -> tuple[str, ...]:
    return tuple((*texts, *[""] * n)[:n])


def one_of(text: str | None, allowed: tuple[str, ...], usual: str) -> str:
    """Return the text if it is allowed, else what is usual."""
    return text if text in allowed else usual
