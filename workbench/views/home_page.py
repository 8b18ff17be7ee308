"""The home page: the apps by the question each answers, and a place to drop exports on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.dates import now_utc
from workbench.core.settings import load_settings
from workbench.flows.accounts import known_accounts
from workbench.flows.company import shown_company
from workbench.flows.load import load_exports
from workbench.flows.load_log import last_visits
from workbench.views import blocks
from workbench.views.drop_zone import DropZone
from workbench.views.live import LiveHtml
from workbench.views.load_report import load_report_html
from workbench.views.notice_bar import notice_bar
from workbench.views.operations_tables import visits_table

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
    loads : LiveHtml
        How to get an export, and what was loaded last.
    """

    def __init__(self, links: Sequence[tuple[str, str, str]], home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self.header = LiveHtml(self._header())
        self.apps = LiveHtml(blocks.link_list(links))
        self.drop_zone = DropZone(self._settings.inbox_folder, self._load)
        self.loads = LiveHtml(self._loads())

    def _header(self) -> str:
        company = shown_company(self._settings)
        badges = [] if company == "own" else [blocks.Badge("simulated company", "simulated")]
        said = _WHOSE[company]
        bar = notice_bar(self._settings, operations_href="app/operations")
        return bar + blocks.header("Workbench", "What would you like to know?", badges) + blocks.finding(said)

    def _loads(self) -> str:
        steps = "".join(f"<li>{step}</li>" for step in EXPORT_STEPS)
        how = blocks.card(
            "How to get an export",
            f"<ol>{steps}</ol>",
            sub="CSV or Excel; in English, German, French, Spanish, Italian, Portuguese or Dutch.",
        )
        visits = last_visits(self._settings, shown_company(self._settings))
        if not visits:
            return how
        names = {key: facts.name or key[1] for key, facts in known_accounts(self._settings).items()}
        table = visits_table(visits, names, year=now_utc().year, locale=self._settings.locale, sortable=False)
        return blocks.card("Last loads", table, sub="Each file and each answer against its own total.") + how

    def _load(self, path: Path) -> str:
        (result,) = load_exports([path], settings=self._settings)
        self.header.show(self._header())
        self.loads.show(self._loads())
        return load_report_html(result.to_dict(), next_href="app/overview", next_words="Open the Overview")


_WHOSE = {
    "own": "The apps show your own figures. Drop another export below to add to them.",
    "sandbox": "The apps show a rehearsal: figures of a simulated company, read from the sandbox's networks. "
    "Drop your own Ads Manager exports below, and every app switches to your figures.",
    "sample": "The apps show a simulated sample company. Drop your own Ads Manager exports below, "
    "and every app switches to your figures.",
}

EXPORT_STEPS = (
    "Open Ads Manager and choose the account, the dates and the level: campaigns, ad sets or ads.",
    "Columns → Customise columns: tick Amount spent, Impressions, Link clicks and Results, then Apply.",
    "Breakdown → By time → Day, so that the pages can say what changed.",
    "Export (the arrow beside the report) → Export table data → CSV or Excel, then drop the file above.",
)
