"""The browser's side: which script a page loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.serving.assets import Asset


@dataclass(frozen=True)
class Frontend:
    """What a page loads.

    Attributes
    ----------
    script : str
        Address of the script that brings the widgets to life.
    assets : dict of str to Asset
        Files put together at the start, by name below ``wb/front/``.
    """

    script: str
    assets: dict[str, Asset]


def build_frontend(base_url: str) -> Frontend:
    """Return Voila's own front end.

    Parameters
    ----------
    base_url : str
        The server's root, with a slash at its end.
    """
    return Frontend(script=f"{base_url}voila/static/voila.js", assets={})
