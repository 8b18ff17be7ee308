"""A view as one file: opens without the server, asks nobody for anything, and says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from workbench.core.errors import DataError

MAX_BYTES = 1_000_000
# The browser itself enforces it: no script runs and nothing is fetched, whatever stands in the body.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_CSS = """
.wb-saved-head{border-bottom:1px solid var(--wb-line,#e3e6ea);margin:0 0 16px;padding:0 0 10px}
.wb-saved-head h1{font-size:20px;margin:0 0 4px}
.wb-saved-head p{margin:2px 0;color:var(--wb-soft,#59636e);font-size:13px}
.wb-saved-head .wb-simulated{color:var(--wb-warn,#7d5800);font-weight:600}
main{max-width:var(--wb-width,1180px);margin:0 auto;padding:20px}
body{margin:0;background:var(--wb-page,#f7f7f5);color:var(--wb-ink,#1a1f26);
font:15px/1.45 var(--wb-font,Inter,system-ui,sans-serif)}
"""


def saved_page(
    title: str,
    body_html: str,
    css: str,
    *,
    as_of: datetime,
    source: str,
    filters: Mapping[str, str] | None = None,
    simulated: bool = False,
) -> bytes:
    """Return a view as one self-contained HTML file.

    Parameters
    ----------
    title : str
        Name of the view.
    body_html : str
        The view's blocks (HTML and inline SVG).
    css : str
        Style sheet, as :func:`workbench.views.tokens.css` returns it.
    as_of : datetime.datetime
        Moment (aware) at which the figures were believed.
    source : str
        Where the figures come from.
    filters : mapping of str to str, optional
        Names and values of the filters in words.
    simulated : bool
        Whether the figures are a simulated company's.

    Returns
    -------
    bytes
        UTF-8; the same arguments give the same bytes.

    Raises
    ------
    DataError
        If the file would be larger than a megabyte, which is more than a mail attachment should have.

    Examples
    --------
    >>> at = datetime(2026, 11, 20, tzinfo=UTC)
    >>> page = saved_page("Overview", "<p>Spend</p>", "", as_of=at, source="Ads Manager export")
    >>> b"<p>Spend</p>" in page
    True
    """
    head = _head(title, as_of, source, filters or {}) + (
        '<p class="wb-simulated">Simulated figures of no real company.</p>' if simulated else ""
    )
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_safe_css(_CSS + css)}</style>\n</head>\n<body>\n<main>\n"
        f'<header class="wb-saved-head">{head}</header>\n{body_html}\n</main>\n</body>\n</html>\n'
    )
    data = text.encode("utf-8", errors="replace")
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{title!r} would be a file of {len(data):,} bytes.",
            next_step=f"It may have {MAX_BYTES:,}: choose fewer days or campaigns, or take the XLSX.",
            n_bytes=len(data),
        )
    return data


def _head(title: str, as_of: datetime, source: str, filters: Mapping[str, str]) -> str:
    at = as_of.astimezone(UTC)
    chosen = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in filters.items())
    lines = [
        f"Figures as believed on {at:%-d %B %Y, %H:%M} UTC. Source: {escape(source)}.",
        "A saved view: its figures no longer change.",
    ]
    if chosen:
        lines.insert(0, chosen)
    return f"<h1>{escape(title)}</h1>" + "".join(f"<p>{line}</p>" for line in lines)


def _safe_css(css: str) -> str:
    """Keep a style sheet from ending its own element."""
    return css.replace("</", "<\\/")
