"""The blocks every app, report and saved file is made of: pure functions from words to HTML.

Whatever comes in as text is escaped; only arguments named ``*_html`` are put in as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.views.svg_text import clean

Tone = Literal["worse", "better", "plain"]
WHY_WORDS = "Why does Ads Manager say something else?"


@dataclass(frozen=True)
class Toned:
    """Words that mean worse or better; they carry a sign or a verb of their own too."""

    text: str
    tone: Tone = "plain"


def worse(text: str) -> Toned:
    """Mark words as bad news."""
    return Toned(text, "worse")


def better(text: str) -> Toned:
    """Mark words as good news."""
    return Toned(text, "better")


@dataclass(frozen=True)
class Badge:
    """A word about the whole page: ``simulated``, ``stale`` or plain."""

    text: str
    kind: Literal["plain", "simulated", "stale"] = "plain"


Sentence = str | Toned | Sequence[str | Toned]


def _sentence(parts: Sentence, tag: str) -> str:
    given: Sequence[str | Toned] = [parts] if isinstance(parts, str | Toned) else parts
    return "".join(clean(part) if isinstance(part, str) else _toned(part, tag) for part in given)


def _toned(words: Toned, tag: str) -> str:
    css = f' class="wb-{words.tone}"' if words.tone != "plain" else ""
    return f"<{tag}{css}>{clean(words.text)}</{tag}>"


def header(title: str, question: str = "", badges: Sequence[Badge] = ()) -> str:
    """Return the page's title, the question it answers, and its badges."""
    asked = f'<p class="wb-question">{clean(question)}</p>' if question else ""
    items = "".join(
        f"<li{'' if b.kind == 'plain' else f' class="wb-{b.kind}"'}>{clean(b.text)}</li>" for b in badges
    )
    row = f'<ul class="wb-badges" aria-label="About this page">{items}</ul>' if items else ""
    return f'<header class="wb-block wb-header"><h1 class="wb-title">{clean(title)}</h1>{asked}{row}</header>'


def filter_chips(filters: Mapping[str, str]) -> str:
    """Return the filters in words, for a page whose filters cannot be changed: a report, a saved file."""
    items = "".join(f"<li>{clean(name)} <b>{clean(value)}</b></li>" for name, value in filters.items())
    return f'<ul class="wb-block wb-chips" aria-label="Filters">{items}</ul>'


def finding(sentence: Sentence, hedges: str = "") -> str:
    """Return what a person would say aloud, and in small what limits it.

    Examples
    --------
    >>> html = finding(["Cost per lead rose ", worse("14 %"), " to €23.10."], "More than noise.")
    >>> '<em class="wb-worse">14 %</em>' in html
    True
    """
    below = f'<p class="wb-hedges">{clean(hedges)}</p>' if hedges else ""
    return f'<div class="wb-block wb-finding"><p class="wb-lead">{_sentence(sentence, "em")}</p>{below}</div>'


def tile(
    label: str,
    value: str,
    *,
    change: Sentence = "",
    aside: str = "",
    definition: str = "",
    why_html: str = "",
) -> str:
    """Return one figure with its change and definition.

    Parameters
    ----------
    label, value : str
        What it is, and how much.
    change : sentence
        Against the previous period, such as ``[worse("+14 %"), " [+8, +20]"]``.
    aside : str
        Words after the change, such as the plan.
    definition : str
        Shown while the pointer or the keyboard is on the label, and at a tap.
    why_html : str
        What opens under "Why does Ads Manager say something else?".
    """
    words = _sentence(change, "b")
    words += (" · " if words and aside else "") + clean(aside)
    changed = f'<p class="wb-change">{words}</p>' if words else ""
    why = _why("Ads Manager differs?", WHY_WORDS, why_html) if why_html else ""
    return _tile(label, definition, f'<p class="wb-value">{clean(value)}</p>{changed}{why}')


def missing_tile(
    label: str, *, columns: Sequence[str], clicks: Sequence[str] = (), definition: str = ""
) -> str:
    """Return a tile that cannot be computed: which columns are missing, and which clicks bring them.

    Parameters
    ----------
    columns : sequence of str
        Missing columns, named as in Ads Manager.
    clicks : sequence of str
        Steps in Ads Manager that add them to the export.
    """
    named = " and ".join(f"“{column}”" for column in columns)
    noun = "columns" if len(columns) > 1 else "column"
    words = f'<p class="wb-change">needs the {noun} {clean(named)}</p>'
    steps = "".join(f"<li>{clean(click)}</li>" for click in clicks)
    how = _why("How to get it", f"How to get {named}", f"<ol>{steps}</ol>") if clicks else ""
    return _tile(label, definition, f'<p class="wb-value">—</p>{words}{how}', css_class=" wb-missing")


def _tile(label: str, definition: str, inner: str, css_class: str = "") -> str:
    name = clean(label)
    if definition:
        said = clean(definition)
        # the definition is part of the button's name, so that it is heard without an id to point at
        button = f'<button type="button">{name}<span class="wb-hidden">: {said}</span></button>'
        name = f'<span class="wb-def">{button}<span class="wb-pop" aria-hidden="true">{said}</span></span>'
    return f'<section class="wb-tile{css_class}"><h2 class="wb-label">{name}</h2>{inner}</section>'


def _why(summary: str, heading: str, inner_html: str) -> str:
    return (
        f'<div class="wb-foot"><details class="wb-why"><summary>{clean(summary)}</summary>'
        f'<div class="wb-pop"><h3>{clean(heading)}</h3>{inner_html}</div></details></div>'
    )


def why_rows(rows: Sequence[tuple[str, str, str]], *, rest: str = "") -> str:
    """Return the reasons for a difference: name, amount and, in small, what it is here; then the rest.

    Examples
    --------
    >>> '<small>Rows are rounded.</small>' in why_rows([("Rounding", "+€0.19", "Rows are rounded.")])
    True
    """
    body = "".join(
        f'<tr><th scope="row"><b>{clean(why)}</b>{f"<small>{clean(text)}</small>" if text else ""}</th>'
        f"<td>{clean(amount)}</td></tr>"
        for why, amount, text in rows
    )
    return f"<table><tbody>{body}</tbody></table>" + (f"<p>{clean(rest)}</p>" if rest else "")


def tiles(*tiles_html: str) -> str:
    """Return tiles side by side; five at most read well."""
    return f'<div class="wb-block wb-tiles">{"".join(tiles_html)}</div>'


def grid(main_html: str, side_html: str) -> str:
    """Return two blocks side by side, the first wider; below each other where there is no room."""
    return f'<div class="wb-block wb-grid">{main_html}{side_html}</div>'


def card(title: str, inner_html: str, *, sub: str = "", note: str = "") -> str:
    """Return a titled card around other blocks, such as a table."""
    said = f'<p class="wb-sub">{clean(sub)}</p>' if sub else ""
    return (
        f'<section class="wb-block wb-card"><h2 class="wb-head">{clean(title)}</h2>{said}{inner_html}'
        f"{notes(note) if note else ''}</section>"
    )


def fact_rows(rows: Sequence[tuple[str, str]]) -> str:
    """Return facts as a table of names and texts."""
    body = "".join(
        f'<tr><th scope="row">{clean(name)}</th><td>{clean(text)}</td></tr>' for name, text in rows
    )
    return f'<table class="wb-facts"><tbody>{body}</tbody></table>'


def notes(*lines: str) -> str:
    """Return how it was computed, in one faint line."""
    return f'<p class="wb-note">{clean(" · ".join(lines))}</p>'


def error_line(message: str, *, next_step: str = "", error_id: str = "") -> str:
    """Return what failed, what to do about it, and the id under which the log has the rest."""
    step = f" {clean(next_step)}" if next_step else ""
    ref = f" <small>error {clean(error_id)}</small>" if error_id else ""
    return f'<p class="wb-error" role="alert"><b>{clean(message)}</b>{step}{ref}</p>'


def empty_state(title: str, how: str, *, inner_html: str = "") -> str:
    """Return what to load and how, where there is nothing to show yet."""
    return (
        f'<section class="wb-block wb-empty"><h2 class="wb-head">{clean(title)}</h2>'
        f"<p>{clean(how)}</p>{inner_html}</section>"
    )


def skeleton(kind: Literal["tiles", "figure", "line"] = "line", n: int = 5) -> str:
    """Return a placeholder that keeps the layout until the figures are there."""
    bar = '<div class="wb-skeleton"></div>'
    if kind == "tiles":
        tile_html = f'<div class="wb-tile">{bar * 3}</div>'
        return f'<div class="wb-block wb-tiles" aria-hidden="true">{tile_html * n}</div>'
    if kind == "figure":
        return f'<div class="wb-block wb-card wb-figure" aria-hidden="true">{bar}</div>'
    return f'<div class="wb-block" aria-hidden="true">{bar}</div>'


def link_list(links: Sequence[tuple[str, str, str]]) -> str:
    """Return cards that lead to pages: address, name, the question each answers."""
    items = "".join(
        f'<li><a href="{clean(href)}"><b>{clean(name)}</b><span>{clean(asked)}</span></a></li>'
        for href, name, asked in links
    )
    return f'<ul class="wb-block wb-links">{items}</ul>'


def page_html(title: str, body: str, *, css: str, lang: str = "en", script: str = "") -> str:
    """Return a whole page that needs nothing but itself.

    Parameters
    ----------
    title : str
        Title of the window.
    body : str
        Blocks.
    css : str
        Style sheet, :func:`workbench.views.tokens.css`.
    lang : str
        Language of the words.
    script : str
        Script to run, such as :data:`workbench.views.table.SORT_SCRIPT`; none unless given.
    """
    run = f"<script>{script}</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="{clean(lang)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{clean(title)}</title>\n<style>{css}</style>\n</head>\n"
        f'<body>\n<main class="wb-page">\n{body}\n</main>\n{run}</body>\n</html>\n'
    )
