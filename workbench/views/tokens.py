"""The one set of colours, type and measures that the page, the figures and the notebooks are drawn with.

Change a value here and it changes in the page's CSS, in inline SVG, in saved files and in Plotly's template.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import layout

FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
PAGE_WIDTH_PX = 1180
NARROW_PX = 330
"""Width a figure is redrawn for on a phone."""
SIDE_PX, MAIN_PX, FULL_PX = 400, 640, 1100
"""Widths of a figure in the page's side column, main column and across both."""
SMALLEST_TEXT_PX = 11

# Paul Tol's bright set without its grey: told apart with every common kind of colour blindness
TOL_BRIGHT = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")


@dataclass(frozen=True)
class Palette:
    """Colours by what they are for. Every text colour has at least 4.5:1 on each ground it stands on.

    Attributes
    ----------
    page, card, warn_ground, error_ground : str
        Grounds.
    ink, soft, faint, warn, better, worse, accent, on_accent : str
        Text; ``on_accent`` stands on ``accent``.
    line, line_strong, grid, control : str
        Hairlines, joins and zero lines, grid lines, borders of controls (3:1).
    band, previous : str
        Interval bands; lines of the previous period and beyond what was observed (3:1).
    """

    page: str
    card: str
    ink: str
    soft: str
    faint: str
    line: str
    line_strong: str
    grid: str
    control: str
    accent: str
    on_accent: str
    band: str
    previous: str
    better: str
    worse: str
    warn: str
    warn_ground: str
    error_ground: str


LIGHT = Palette(
    page="#f7f7f5",
    card="#ffffff",
    ink="#1a1f26",
    soft="#59636e",
    faint="#67717b",
    line="#e3e6ea",
    line_strong="#b4bbc3",
    grid="#eceef1",
    control="#868f99",
    accent="#1f5fbf",
    on_accent="#ffffff",
    band="#c8d9f2",
    previous="#7d8791",
    better="#0b7a5b",
    worse="#b1361e",
    warn="#7d5800",
    warn_ground="#fdf3d8",
    error_ground="#fbeae6",
)
DARK = Palette(
    page="#101316",
    card="#171b20",
    ink="#e9ecef",
    soft="#a6b0ba",
    faint="#8c97a1",
    line="#2a3037",
    line_strong="#4a535d",
    grid="#232930",
    control="#69737d",
    accent="#7fb0ff",
    on_accent="#101316",
    band="#274368",
    previous="#7f8a94",
    better="#4fc79f",
    worse="#ff8d75",
    warn="#f0c96a",
    warn_ground="#33290f",
    error_ground="#331b16",
)


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two ``#rrggbb`` colours, 1 to 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def css() -> str:
    """Return the whole style sheet of a page: tokens, layout, blocks, figures, widgets, print."""
    return token_css() + _sheet("page.css") + figure_css() + _sheet("controls.css")


@cache
def figure_css() -> str:
    """Return the rules that the marks of a figure need."""
    return _sheet("figure.css")


@cache
def token_css() -> str:
    """Return the tokens as CSS variables: light, dark, and ``data-theme`` to override the system."""
    dark = _declarations(DARK)
    return (
        f":root{{color-scheme:light;{_declarations(LIGHT)}--wb-font:{FONT};--wb-width:{PAGE_WIDTH_PX}px;"
        "--wb-radius:10px;--wb-radius-small:8px;--wb-gap:16px;--wb-gap-small:12px;"
        + "".join(f"--wb-cat{i}:{colour};" for i, colour in enumerate(TOL_BRIGHT, 1))
        + "}\n"
        # paper is white whatever the screen was
        f"@media screen and (prefers-color-scheme:dark){{"
        f":root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    )


def _declarations(palette: Palette) -> str:
    return "".join(f"--wb-{name.replace('_', '-')}:{value};" for name, value in asdict(palette).items())


@cache
def _sheet(name: str) -> str:
    return (files("workbench.views") / "css" / name).read_text(encoding="utf-8")


def palette(*, dark: bool = False) -> Palette:
    """Return the dark or the light palette."""
    return DARK if dark else LIGHT


def plotly_template(*, dark: bool = False) -> layout.Template:
    """Return the same look as a Plotly template, for figures in notebooks."""
    from plotly import graph_objects as go

    colours = palette(dark=dark)
    axis = {
        "gridcolor": colours.grid,
        "zerolinecolor": colours.line_strong,
        "linecolor": colours.line_strong,
        "ticks": "",
        "showline": False,
        "automargin": True,
        "tickfont": {"color": colours.soft, "size": 12},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "color": colours.soft, "size": 13},
            "title": {
                "font": {"color": colours.ink, "size": 15},
                "x": 0,
                "xref": "container",
                "xanchor": "left",
            },
            "paper_bgcolor": colours.card,
            "plot_bgcolor": colours.card,
            "colorway": [colours.accent, *TOL_BRIGHT],
            "xaxis": axis | {"showgrid": False, "zeroline": False},
            "yaxis": axis | {"nticks": 5},
            "showlegend": False,
            "margin": {"l": 12, "r": 16, "t": 64, "b": 12},
            "hovermode": "x unified",
            "hoverlabel": {"bgcolor": colours.card, "font": {"color": colours.ink}},
        }
    )
