"""Words in cells -> canonical values: kinds of result, attribution settings, genders, platforms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.loaders.aliases import GENDERS, RESULT_TYPES
from workbench.loaders.headers import plain

if TYPE_CHECKING:
    import pyarrow as pa

#: Texts that stand for "no value" in a column of names: a campaign may well be called NA.
BLANK_TEXTS = ("", "—", "–", "-", "--")

_OR = re.compile(r"\s*(?:,|\+|;|\b(?:or|oder|ou|o|of|and|und|et|e|y|en)\b)\s*", re.IGNORECASE)
_KINDS = (
    ("ev", re.compile(r"engag|interag", re.IGNORECASE)),
    ("click", re.compile(r"cli[ckq]|kli[ck]", re.IGNORECASE)),
    ("view", re.compile(r"view|vue|visuali|vision|anse?[hi]|impression|weergav|affich|visto", re.IGNORECASE)),
)


def attribution_window(text: str) -> str:
    """Name an attribution setting by its windows; a text that is not understood stays as it is.

    Examples
    --------
    >>> attribution_window("7-day click or 1-day view"), attribution_window("28-day click")
    ('7d_click,1d_view', '28d_click')
    >>> attribution_window("Clic de 7 jours ou vue de 1 jour")
    '7d_click,1d_view'
    """
    windows = []
    for part in filter(None, _OR.split(text.strip())):
        days = re.search(r"\d+", part)
        kind = next((name for name, pattern in _KINDS if pattern.search(part)), None)
        if days is None or kind is None:
            return text.strip().replace("|", "/")
        windows.append(f"{int(days.group())}d_{kind}")
    return ",".join(windows)


def result_type(text: str) -> str:
    """Name a kind of result canonically; an unknown kind keeps its text.

    Examples
    --------
    >>> [result_type(t) for t in ("actions:onsite_conversion.lead_grouped", "Meta Leads", "My event")]
    ['lead', 'lead', 'My event']
    """
    bare = re.sub(r"^(?:unique_)?(?:actions|conversions):", "", text.strip())
    return RESULT_TYPES.get(plain(bare), bare)


def gender(text: str) -> str:
    """Name a gender canonically; an unknown word keeps its text."""
    return GENDERS.get(plain(text), text)


def platform(text: str) -> str:
    """Name a platform as the network's interface does, such as ``audience_network``."""
    return plain(text).replace(" ", "_")


def account(text: str) -> str:
    """Take the prefix off an ad account's id."""
    return text.removeprefix("act_")


def texts(column: pa.Array) -> pa.Array:
    """Trim a column of texts and make those that stand for "no value" null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(
        pc.is_in(trimmed, value_set=pa.array(BLANK_TEXTS)), pa.scalar(None, pa.string()), trimmed
    )


def each(column: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Apply a function once to every different text of a column; null stays null."""
    import pyarrow as pa

    encoded = column.dictionary_encode()
    changed = pa.array([change(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return changed.take(encoded.indices)
