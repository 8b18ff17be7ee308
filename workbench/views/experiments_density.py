"""The arms' posterior densities, one above the other on one scale: where each figure may truly lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, tick_texts, unit_interval, value_text
from workbench.views.scales import Scale, nice_ticks
from workbench.views.svg_text import clean, cut, n, text_tag, text_width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HILL_PX, _ROW_PX, _AXIS_PX = 54.0, 68.0, 26.0
_NARROW_BELOW_PX = 390
_LABEL_SHARE = 0.36


@dataclass(frozen=True)
class Hill:
    """One arm's density.

    Attributes
    ----------
    name : str
    x, density : ndarray
        Rising values and their density.
    estimate, low, high : float
        Posterior mean and the ends of the interval.
    is_control : bool
        Drawn in grey; a dashed line carries its estimate through the other rows.
    """

    name: str
    x: NDArray[np.float64]
    density: NDArray[np.float64]
    estimate: float
    low: float
    high: float
    is_control: bool = False


@dataclass(frozen=True)
class _Room:
    """Where things are."""

    width: float
    size: float
    narrow: bool
    row_px: float
    scale: Scale
    peak: float


def density_svg(hills: Sequence[Hill], unit: Unit, width_px: int, *, locale: str = "en_GB") -> str:
    """Draw the densities for one width.

    Parameters
    ----------
    hills : sequence of Hill
        The control first.
    unit : Unit
        Of the values.
    width_px : int
        Width it is drawn for; below 390 the words stand above the hills.
    locale : str
        Locale of the numbers.

    Returns
    -------
    str
        One ``<svg>`` element; colours come from the page's tokens.
    """
    room = _room(hills, unit, float(width_px), locale)
    height = room.row_px * len(hills) + _AXIS_PX + 6
    floor = height - _AXIS_PX
    parts = [_axis(hills, unit, room, floor, locale=locale)]
    control = next((hill for hill in hills if hill.is_control), None)
    parts += [_hill(hill, room, room.row_px * (k + 1) + 2) for k, hill in enumerate(hills)]
    if control is not None and len(hills) > 1:
        x = n(room.scale(control.estimate))
        parts.append(f'<path class="ev" d="M{x},{n(room.row_px + 2)}V{n(floor)}"/>')
    parts += [_words(hill, unit, room, room.row_px * k, locale=locale) for k, hill in enumerate(hills)]
    classes = "wb-svg n" if room.narrow else "wb-svg"
    said = clean(describe(hills, unit, locale=locale))
    return (
        f'<svg class="{classes}" viewBox="0 0 {width_px} {n(height)}" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg>"
    )


def describe(hills: Sequence[Hill], unit: Unit, *, locale: str = "en_GB") -> str:
    """Say the densities in words."""
    said = (f"{hill.name} {' '.join(_figures(hill, unit, locale))}" for hill in hills)
    return f"Densities of {len(hills)} arms: {'; '.join(said)}."


def _figures(hill: Hill, unit: Unit, locale: str) -> tuple[str, str]:
    return value_text(hill.estimate, unit, locale), unit_interval(hill.low, hill.high, unit, locale)


def _room(hills: Sequence[Hill], unit: Unit, width: float, locale: str) -> _Room:
    narrow = width < _NARROW_BELOW_PX
    size = 13.0 if narrow else 12.0
    low = min(float(hill.x[0]) for hill in hills)
    high = max(float(hill.x[-1]) for hill in hills)
    left = 4.0
    if not narrow:
        texts = [" ".join(_figures(hill, unit, locale)) for hill in hills]
        widest = max(text_width(text, size, bold=True) for text in (*texts, *(hill.name for hill in hills)))
        left = min(widest + 18, _LABEL_SHARE * width)
    scale = Scale((low, high), (left, width - 6))
    peak = max(float(hill.density.max()) for hill in hills)
    return _Room(width, size, narrow, _ROW_PX + 40 * narrow, scale, peak)


def _hill(hill: Hill, room: _Room, base: float) -> str:
    css = "hill prev" if hill.is_control else "hill"
    inside = (hill.x >= hill.low) & (hill.x <= hill.high)
    whole = _area(hill.x, hill.density, room, base)
    core = _area(hill.x[inside], hill.density[inside], room, base)
    at = n(room.scale(hill.estimate))
    top = base - _HILL_PX * float(_height_at(hill)) / room.peak
    left, right = room.scale.extent
    return (
        f'<path class="zero" d="M{n(left)},{n(base)}H{n(right)}"/>'
        f'<path class="{css} tails" d="{whole}"/><path class="{css}" d="{core}"/>'
        f'<path class="{css} mid" d="M{at},{n(base)}V{n(top)}"/>'
    )


def _height_at(hill: Hill) -> float:
    import numpy as np

    return float(np.interp(hill.estimate, hill.x, hill.density))


def _area(x: NDArray[np.float64], y: NDArray[np.float64], room: _Room, base: float) -> str:
    if not len(x):
        return "M0,0"
    points = (
        f"{n(room.scale(float(a)))},{n(base - _HILL_PX * float(b) / room.peak)}"
        for a, b in zip(x, y, strict=True)
    )
    first, last = n(room.scale(float(x[0]))), n(room.scale(float(x[-1])))
    return f"M{first},{n(base)}L{'L'.join(points)}L{last},{n(base)}Z"


def _words(hill: Hill, unit: Unit, room: _Room, top: float, *, locale: str) -> str:
    value, interval = _figures(hill, unit, locale)
    if room.narrow:
        figures_room = text_width(f"{value} {interval}", room.size, bold=True)
        name = cut(hill.name, room.width - figures_room - 12, room.size, bold=True)
        figures = f'{clean(value)}<tspan class="soft"> {clean(interval)}</tspan>'
        return (
            text_tag(0, top + 26, name, "s")
            + f'<text class="s e" x="{n(room.width)}" y="{n(top + 26)}">{figures}</text>'
        )
    left = room.scale.extent[0] - 12
    name = cut(hill.name, left, room.size, bold=True)
    figures = f'{clean(value)}<tspan class="soft"> {clean(interval)}</tspan>'
    return text_tag(0, top + 48, name, "s") + f'<text class="s" x="0" y="{n(top + 65)}">{figures}</text>'


def _axis(hills: Sequence[Hill], unit: Unit, room: _Room, floor: float, *, locale: str) -> str:
    low, high = room.scale.domain
    left, right = room.scale.extent
    ticks = [tick for tick in nice_ticks(low, high, n_max=4 if room.narrow else 6) if low <= tick <= high]
    parts, free_from = [], left - 4
    for tick, text in zip(ticks, tick_texts(ticks, unit, locale), strict=True):
        x = room.scale(tick)
        half = text_width(text, room.size) / 2
        parts.append(f'<path class="grid" d="M{n(x)},{n(22 * (not room.narrow))}V{n(floor)}"/>')
        centre = min(max(x, left + half), right - half)
        if centre - half >= free_from:
            parts.append(text_tag(centre, floor + 18, text, "m"))
            free_from = centre + half + 8
    return "".join(parts)
