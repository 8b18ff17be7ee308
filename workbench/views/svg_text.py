"""Text in figures: how wide it will be, cut to what fits, written safely."""

from __future__ import annotations

import re
from functools import cache
from html import escape

# em widths of a wide sans (DejaVu), so that no reader's font needs more room than was kept
_NARROW = frozenset("ijl|!.,:;'` fIrt()[]·")
_WIDE = frozenset("mwMWQ@%—")
_ELLIPSIS = "…"
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@cache
def text_width(text: str, size_px: float, *, bold: bool = False) -> float:
    """Return the room that a text needs, in pixels, on the safe side.

    Examples
    --------
    >>> text_width("€23.10", 12) < text_width("€23.10", 12, bold=True) < 50
    True
    """
    return sum(map(_em, text)) * size_px * (1.1 if bold else 1.0)


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.39
    if char in _WIDE:
        return 1.0
    if ord(char) >= 0x2E80:  # ideographs, syllables and pictographs are square or wider
        return 1.3
    return 0.72 if char.isupper() else 0.64


def cut(text: str, room_px: float, size_px: float, *, bold: bool = False) -> str:
    """Return the text, cut with … to fit the room; empty when not even one letter fits.

    Examples
    --------
    >>> cut("bid cap removed", 80, 12), cut("bid cap removed", 300, 12)
    ('bid cap re…', 'bid cap removed')
    """
    if text_width(text, size_px, bold=bold) <= room_px:
        return text
    kept = text
    while kept and text_width(kept + _ELLIPSIS, size_px, bold=bold) > room_px:
        kept = kept[:-1]
    return kept.rstrip() + _ELLIPSIS if kept.strip() else ""


def wrap(text: str, room_px: float, size_px: float, *, bold: bool = False) -> list[str]:
    """Break a text at spaces into lines that fit; a word that is too long is cut.

    A dot between words stays with the word before it where there is room for both.

    Examples
    --------
    >>> wrap("Retargeting · 30 days", 100, 12)
    ['Retargeting ·', '30 days']
    """
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size_px, bold=bold) <= room_px:
            lines[-1] = joined
        else:
            lines.append(word)
    return [cut(line, room_px, size_px, bold=bold) for line in lines]


def longest_word_px(text: str, size_px: float, *, bold: bool = False) -> float:
    """Return the room of a text's longest word, with the dot behind it."""
    words = text.replace(" ·", "\N{NO-BREAK SPACE}·").split(" ")
    return max(text_width(word, size_px, bold=bold) for word in words)


def n(value: float) -> str:
    """Write a coordinate: one decimal, no trailing zero, never ``-0``.

    Examples
    --------
    >>> n(12.0), n(3.14159), n(-0.01)
    ('12', '3.1', '0')
    """
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def text_tag(x: float, y: float, text: str, css_class: str = "") -> str:
    """Return an SVG text element; the text is escaped."""
    attribute = f' class="{css_class}"' if css_class else ""
    return f'<text x="{n(x)}" y="{n(y)}"{attribute}>{clean(text)}</text>'


def clean(text: str) -> str:
    """Escape a text for an attribute or an element, and drop what XML does not allow."""
    return escape(_NOT_IN_XML.sub("", text), quote=True)
