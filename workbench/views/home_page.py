"""The home page: the apps by the question each answers, and a place to drop exports on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.settings import load_settings
from workbench.flows.company import shows_sample
from workbench.flows.load import load_exports
from workbench.views import blocks
from workbench.views.drop_zone import DropZone
from workbench.views.live import LiveHtml
from workbench.views.load_report import load_report_html

if TYPE_CHECKING:
    from collections.abc import Sequence


class HomePage:
    """What the reader sees first.

    Parameters
    ----------
    links : sequence of (str, str, str)
        Address, title and question of every app.
    home : str or Path, optional
        Home folder of the installation.

    Attributes
    ----------
    header : LiveHtml
        Title, badges, and what is shown now.
    apps : LiveHtml
        Links to the apps.
    drop_zone : DropZone
        Takes exports and loads them as the command line does.
    """

    def __init__(self, links: Sequence[tuple[str, str, str]], home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self.header = LiveHtml(self._header())
        self.apps = LiveHtml(blocks.link_list(links))
        self.drop_zone = DropZone(self._settings.inbox_folder, self._load)

    def _header(self) -> str:
        sample = shows_sample(self._settings)
        badges = [blocks.Badge("simulated company", "simulated")] if sample else []
        said = (
            "The apps show a simulated sample company. Drop your own Ads Manager exports below, "
            "and every app switches to your figures."
            if sample
            else "The apps show your own figures. Drop another export below to add to them."
        )
        title = blocks.header("Workbench", "What would you like to know?", badges)
        return title + blocks.notes(said)

    def _load(self, path: Path) -> str:
        (result,) = load_exports([path], settings=self._settings)
        self.header.show(self._header())
        return load_report_html(result.to_dict(), next_href="app/overview", next_words="Open the Overview")
