"""What came of a loaded file, as a block of HTML: does it add up, what was left out, where to go next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_VERDICTS = {
    "to the cent": "It agrees with the file's own total to the cent.",
    "within rounding": "It agrees with the file's own total within the rounding of its rows.",
    "no total in the file": "The file has no total to compare with.",
    "not reconciled": "It does not agree with the file's own total. Nothing of it was loaded.",
}
_MAX_CELLS = 20


def load_report_html(result: Mapping[str, Any], *, next_href: str = "", next_words: str = "") -> str:
    """Return the HTML that says how a load went.

    Parameters
    ----------
    result : mapping
        ``LoadResult.to_dict()``: file, rows, spend, file_total, difference, currency, reconciled,
        quarantined, changed, warnings …
    next_href, next_words : str
        Link to where the new figures can be seen.
    """
    parts = [_verdict(result), _figures(result)]
    parts += [f"<p>{escape(str(text))}</p>" for text in result.get("warnings") or ()]
    if result.get("quarantined"):
        parts.append(_cells(result["quarantined"]))
    elif next_href:
        parts.append(
            f'<p><a href="{escape(next_href, quote=True)}">{escape(next_words or "See the figures")}</a></p>'
        )
    return "".join(parts)


def _verdict(result: Mapping[str, Any]) -> str:
    if result.get("quarantined"):
        return '<p class="wb-bad">Some cells could not be read, so nothing of the file was loaded.</p>'
    reconciled = str(result.get("reconciled", ""))
    is_bad = reconciled == "not reconciled"
    words = _VERDICTS.get(reconciled, reconciled)
    again = "" if result.get("changed", True) or is_bad else " It was loaded before; nothing changed."
    return f"<p{' class="wb-bad"' if is_bad else ''}>{escape(words + again)}</p>"


def _figures(result: Mapping[str, Any]) -> str:
    currency = str(result.get("currency") or "")
    rows = [("Rows", _count(result.get("rows"))), ("Period", _period(result.get("period")))]
    rows += [
        (label, f"{str(result[key]).replace('-', '−')} {currency}")
        for label, key in (
            ("Spend", "spend"),
            ("Total in the file", "file_total"),
            ("Difference", "difference"),
        )
        if result.get(key) not in (None, "")
    ]
    cells = "".join(
        f'<tr><th scope="row">{label}</th><td class="wb-n">{escape(value)}</td></tr>'
        for label, value in rows
        if value
    )
    return f"<table>{cells}</table>"


def _cells(quarantined: Sequence[Mapping[str, Any]]) -> str:
    body = "".join(
        f'<tr><td class="wb-n">{escape(_text(cell.get("row")))}</td>'
        f"<td>{escape(_text(cell.get('column')))}</td><td>{escape(_text(cell.get('reason')))}</td></tr>"
        for cell in quarantined[:_MAX_CELLS]
    )
    more = len(quarantined) - _MAX_CELLS
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    head = '<tr><th scope="col">Row</th><th scope="col">Column</th><th scope="col">Reason</th></tr>'
    return f"<table><caption>What could not be read</caption>{head}{body}</table>{rest}"


def _count(value: object) -> str:
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if isinstance(value, int) else ""


def _period(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return " – ".join(str(part) for part in value)
    if isinstance(value, Mapping):
        return " – ".join(str(part) for part in value.values())
    return _text(value)


def _text(value: object) -> str:
    return "" if value is None else str(value)
