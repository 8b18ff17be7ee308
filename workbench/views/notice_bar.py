"""One line on top of every page: what is frozen, and to which day the figures reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.flows.operations_notice import frozen_of
from workbench.views.commands import operations_css
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from workbench.core.settings import Settings


def notice_bar(settings: Settings, *, operations_href: str = "operations") -> str:
    """Return the line in the warning colour while a token is refused or about to end; else nothing.

    Parameters
    ----------
    settings : Settings
        The installation.
    operations_href : str
        Where the Operations page is, seen from this page; empty for no link.
    """
    frozen = frozen_of(settings)
    if frozen is None:
        return ""
    link = f'<a class="wb-bar-link" href="{clean(operations_href)}">What to do</a>' if operations_href else ""
    return (
        f'{operations_css()}<div class="wb-bar-notice" role="status">'
        f"<p><b>{clean(frozen.lead)}</b> {clean(frozen.text)}</p>{link}</div>"
    )


class NoticeLine:
    """The line of one page, looked up again after a while only: a page is redrawn far more often.

    Parameters
    ----------
    settings : Settings
        The installation.
    operations_href : str
        As for :func:`notice_bar`.
    every_s : float
        Seconds for which an answer is kept.
    clock : callable
        Seconds that never run back.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        operations_href: str = "operations",
        every_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._href = settings, operations_href
        self._every_s, self._clock = every_s, clock
        self._known: tuple[float, str] | None = None

    def html(self) -> str:
        """Return the line, or nothing."""
        now = self._clock()
        if self._known is None or now - self._known[0] >= self._every_s:
            self._known = now, notice_bar(self._settings, operations_href=self._href)
        return self._known[1]
