"""Where labels go so that none covers another and none leaves the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from workbench.views.svg_text import cut, text_width

_GAP_PX = 6.0
_LEAST_ROOM_PX = 72.0
ROW_PX = 16.0


@dataclass(frozen=True)
class EventLabel:
    """An event's line at ``x``; its words, if any, stand in ``row`` at ``text_x``."""

    x: float
    words: str
    row: int = 0
    text: str = ""
    text_x: float = 0.0
    anchor: Literal["start", "end", "middle"] = "start"

    def span(self, size_px: float) -> tuple[float, float]:
        """Return where the words start and stop."""
        width = text_width(self.text, size_px)
        start = self.text_x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return start, start + width


def place_events(
    events: Sequence[tuple[float, str]], *, left: float, right: float, size_px: float, n_rows: int
) -> list[EventLabel]:
    """Give each event a row above the plot in which its words fit; what fits nowhere is counted.

    Parameters
    ----------
    events : sequence of (x in pixels, words)
        In any order.
    left, right : float
        Pixels that words may stand between.
    n_rows : int
        Rows there are.

    Returns
    -------
    list of EventLabel
        From left to right. Words that found no room are empty, and the label before them says ``(+n)``.
    """
    placed: list[EventLabel] = []
    taken: list[list[tuple[float, float]]] = [[] for _ in range(n_rows)]
    for x, words in sorted(events, key=lambda event: event[0]):
        label = _best_row(x, words, taken, limits=(left, right), size_px=size_px)
        if label.text:
            start, stop = label.span(size_px)
            taken[label.row].append((start - 2 * _GAP_PX, stop + 2 * _GAP_PX))
        placed.append(label)
    return _count_hidden(placed, size_px)


def _best_row(
    x: float,
    words: str,
    taken: list[list[tuple[float, float]]],
    *,
    limits: tuple[float, float],
    size_px: float,
) -> EventLabel:
    """Take the first row with room for all words, else the one with most room, else none."""
    choices: list[tuple[float, EventLabel]] = []
    whole = text_width(words, size_px)
    over = min(max(x, limits[0] + whole / 2), limits[1] - whole / 2)
    for row, spans in enumerate(taken):
        # a line must not run through the words of the row it starts in
        if any(start < x < stop for start, stop in spans):
            continue
        room_right = min([s for s, _ in spans if s >= x] + [limits[1]]) - x - _GAP_PX
        room_left = x - _GAP_PX - max([e for _, e in spans if e <= x] + [limits[0]])
        after = EventLabel(x, words, row, cut(words, room_right, size_px), x + _GAP_PX, "start")
        before = EventLabel(x, words, row, cut(words, room_left, size_px), x - _GAP_PX, "end")
        above = EventLabel(x, words, row, words, over, "middle")
        if after.text == words:
            return after
        if before.text == words:
            return before
        first, last = above.span(size_px)
        if whole <= limits[1] - limits[0] and all(stop <= first or last <= start for start, stop in spans):
            return above
        choices += [(room, label) for room, label in ((room_right, after), (room_left, before)) if label.text]
    choices = [(room, label) for room, label in choices if room >= _LEAST_ROOM_PX]
    return max(choices, key=lambda choice: choice[0])[1] if choices else EventLabel(x, words, len(taken) - 1)


def _count_hidden(labels: list[EventLabel], size_px: float) -> list[EventLabel]:
    result: list[EventLabel] = []
    shown = -1
    hidden: dict[int, int] = {}
    for i, label in enumerate(labels):
        if label.text:
            shown = i
        elif shown >= 0:
            hidden[shown] = hidden.get(shown, 0) + 1
    for i, label in enumerate(labels):
        if i in hidden:
            suffix = f" (+{hidden[i]})"
            room = text_width(label.text, size_px) - text_width(suffix, size_px)
            kept = cut(label.text, room, size_px)
            # words too short to make room stay; line and table still show what is hidden
            result.append(replace(label, text=kept + suffix) if kept else label)
        else:
            result.append(label)
    return result


def spread(centres: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move the centres of labels apart, as little as needed, between ``low`` and ``high``.

    Examples
    --------
    >>> spread([50, 52], [14, 14], 0, 100)
    [44.0, 58.0]
    """
    order = sorted(range(len(centres)), key=lambda i: centres[i])
    stacks: list[list[int]] = []
    for i in order:
        stacks.append([i])
        # labels that would touch stand on each other, around the middle of where they wished to be
        while len(stacks) > 1 and _edges(stacks[-2], centres, heights, low, high)[1] > (
            _edges(stacks[-1], centres, heights, low, high)[0] + 1e-9
        ):
            stacks[-2:] = [stacks[-2] + stacks[-1]]
    moved = [0.0] * len(centres)
    for stack in stacks:
        top = _edges(stack, centres, heights, low, high)[0]
        for i in stack:
            moved[i] = top + heights[i] / 2
            top += heights[i]
    return moved


def _edges(
    stack: Sequence[int], centres: Sequence[float], heights: Sequence[float], *limits: float
) -> tuple[float, float]:
    """Return the top and the bottom of a stack of labels, within the limits where it fits them."""
    height = sum(heights[i] for i in stack)
    tops, above = [], 0.0
    for i in stack:
        tops.append(centres[i] - heights[i] / 2 - above)
        above += heights[i]
    low, high = limits
    top = max(low, min(sum(tops) / len(tops), high - height))
    return top, top + height
