"""A figure as inline SVG: visible with the page's first bytes, light and dark from the same bytes, no script.

Colours are CSS variables and classes of ``css/figure.css``; the same chart gives the same bytes every time.
"""

from __future__ import annotations

from workbench.core.errors import ConfigError
from workbench.views.chart import Chart
from workbench.views.chart_words import describe
from workbench.views.svg_rows import draw_dots, draw_steps
from workbench.views.svg_text import clean, cut, n, text_tag, wrap
from workbench.views.svg_xy import draw_xy
from workbench.views.tokens import figure_css, token_css

_NARROW_BELOW_PX = 390
_SMALLEST_WIDTH_PX = 200


def render(chart: Chart, width_px: int = 640, *, standalone: bool = False) -> str:
    """Draw a chart for one width.

    Parameters
    ----------
    chart : Chart
        What to draw.
    width_px : int
        Width it is drawn for, at least 200; text has the size it will be shown with at that width. Below 390
        it is drawn for a phone: larger type, fewer ticks, rows instead of columns where labels would not fit.
    standalone : bool
        Whether it has to live outside a page: carries its own style sheet, title and description.

    Returns
    -------
    str
        One ``<svg>`` element.

    Raises
    ------
    ConfigError
        If the width is below 200.
    """
    if width_px < _SMALLEST_WIDTH_PX:
        raise ConfigError(
            f"A figure of {width_px} px cannot be read.", next_step="Use 200 px or more.", width_px=width_px
        )
    narrow = width_px < _NARROW_BELOW_PX
    if chart.is_empty:
        height, body = _draw_empty(chart, width_px)
    elif chart.kind == "steps":
        height, body = draw_steps(chart, width_px, narrow=narrow)
    elif chart.kind == "rows":
        height, body = draw_dots(chart, width_px, narrow=narrow)
    else:
        height, body = draw_xy(chart, width_px, narrow=narrow)
    return _element(chart, (width_px, height), body, standalone=standalone, narrow=narrow)


def _element(chart: Chart, size: tuple[float, float], body: str, *, standalone: bool, narrow: bool) -> str:
    width, height = size
    label = clean(describe(chart))
    classes = "wb-svg n" if narrow else "wb-svg"
    opening = f'<svg class="{classes}" viewBox="0 0 {n(width)} {n(height)}" role="img" aria-label="{label}"'
    if not standalone:
        return f"{opening}>{body}</svg>"
    style = f"<style>{token_css()}{figure_css()}</style><title>{clean(chart.title)}</title>"
    size_text = f'xmlns="http://www.w3.org/2000/svg" width="{n(width)}" height="{n(height)}"'
    return f"{opening} {size_text}>{style}{body}</svg>"


def _draw_empty(chart: Chart, width: float) -> tuple[float, str]:
    height = min(chart.height_px, 160)
    lines = wrap(chart.empty_words, width - 32, 13)[:4]
    first = height / 2 - 9 * (len(lines) - 1) + 4
    texts = "".join(
        text_tag(width / 2, first + 18 * i, cut(line, width - 24, 13), "m") for i, line in enumerate(lines)
    )
    frame = f'<rect class="grid" x=".5" y=".5" width="{n(width - 1)}" height="{n(height - 1)}" rx="8"/>'
    return height, frame + texts
