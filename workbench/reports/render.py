"""Turn an executed notebook into one self-contained page: its texts and HTML outputs, our style."""

from __future__ import annotations

from html import escape
from typing import Any

from workbench.core.errors import DataError


def render_html(executed: Any, *, title: str) -> str:
    """Return the page of an executed report.

    Only what carries ``text/html`` or Markdown is shown; code, streams and cell ids are not, so that the same
    outputs give the same bytes.

    Parameters
    ----------
    executed : NotebookNode
        Notebook with outputs.
    title : str
        Title of the page.

    Raises
    ------
    DataError
        If an output would fetch something from elsewhere, or nothing is there to show.
    """
    from workbench.views.blocks import page_html
    from workbench.views.tokens import css

    parts = [part for cell in executed.cells for part in _cell(cell)]
    if not parts:
        raise DataError("The report shows nothing.", next_step="Let its cells display blocks.")
    body = "\n".join(parts)
    for mark in ('src="http', "src='http", "@import", 'href="http', "<script"):
        if mark in body:
            raise DataError(
                f"The report is not self-contained: it has {mark!r}.",
                next_step="Put everything into the page.",
            )
    return page_html(title, body, css=css())


def _cell(cell: Any) -> list[str]:
    if cell.cell_type == "markdown":
        return [_markdown("".join(cell.source))] if "hide" not in cell.metadata.get("tags", []) else []
    return [
        "".join(o["data"]["text/html"]) for o in cell.get("outputs", ()) if "text/html" in o.get("data", {})
    ]


def _markdown(text: str) -> str:
    import mistune

    return str(mistune.html(escape(text, quote=False)))
