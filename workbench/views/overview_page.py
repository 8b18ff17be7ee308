"""The Overview app: its blocks, filters and actions put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.dates import now_utc
from workbench.core.errors import NotEnoughData
from workbench.core.settings import load_settings
from workbench.flows.accounts import with_account_facts
from workbench.flows.available import Available, available
from workbench.flows.company import shown_lake
from workbench.flows.differences import differences
from workbench.flows.overview import overview_of
from workbench.flows.platforms import Spread, spread_of
from workbench.flows.restatement import restatement_of
from workbench.flows.rows import RowReader
from workbench.flows.why_changed import Evidence, why_changed
from workbench.views import blocks
from workbench.views.actions import ActionBar
from workbench.views.filters import FilterBar
from workbench.views.fragment import FragmentState
from workbench.views.live import LiveHtml
from workbench.views.notice_bar import NoticeLine
from workbench.views.overview_blocks import QUESTION, TITLE, overview_parts
from workbench.views.overview_sheet import about, overview_workbook
from workbench.views.platform_blocks import platforms_card
from workbench.views.restatement_blocks import TITLE as MOVES
from workbench.views.restatement_blocks import restatement_card, restatement_html
from workbench.views.saved import saved_page
from workbench.views.table import SORT_SCRIPT
from workbench.views.tokens import css
from workbench.views.toolbar import Toolbar
from workbench.views.unfold import Unfold

if TYPE_CHECKING:
    from workbench.flows.filters import FilterState
    from workbench.flows.overview import OverviewView
    from workbench.performance.restatement import Restatement
    from workbench.performance.why_changed import WhyChanged
    from workbench.views.overview_blocks import Parts


class OverviewPage:
    """Everything the Overview shows, live.

    Parameters
    ----------
    home : str or Path, optional
        Home folder of the installation; default as for the command line.

    Attributes
    ----------
    header, body : LiveHtml
        Title with badges; finding, tiles, figures, table.
    toolbar : Toolbar
        Filters and actions.
    platforms : LiveHtml
        Networks, accounts and platforms side by side; nothing where there is nothing to compare.
    moves : Unfold
        How much the figures still move; computed when it is opened.
    notes : LiveHtml
        How it was computed.
    view : OverviewView or None
        What is shown now.
    """

    def __init__(self, home: str | Path | None = None) -> None:
        self._settings = load_settings(home or None)
        self._lake = shown_lake(self._settings)
        self._reader = RowReader(self._lake)
        self._known: tuple[tuple[str, datetime | None], Available] | None = None
        self.view: OverviewView | None = None
        self._parts: Parts | None = None
        self._evidence = Evidence(self._lake, self._settings)
        self._moved: Restatement | None = None
        self._why: WhyChanged | None = None
        self._spread = Spread()
        self._spread_key: tuple[object, ...] = ()
        self.header = LiveHtml(blocks.header(TITLE, QUESTION))
        self.body = LiveHtml(blocks.skeleton("tiles") + blocks.skeleton("figure"))
        self.platforms = LiveHtml()
        self.moves = Unfold(MOVES, lambda: restatement_html(self._restatement(), self._settings.locale))
        self.notes = LiveHtml()
        fragment = FragmentState()
        self.filters = FilterBar(self._available, self._show, fragment=fragment, locale=self._settings.locale)
        self.actions = ActionBar("overview", page=self._saved, xlsx=self._sheet)
        self.toolbar = Toolbar(fragment, self.filters, self.actions)
        self._notices = NoticeLine(self._settings)
        self.filters.start()
        if self.view is None:
            self.body.show(
                blocks.empty_state(
                    "There are no figures yet",
                    "Drop an Ads Manager export on the home page, or load one with wb load ads-export FILE.",
                )
            )

    def _available(self, as_of: datetime | None) -> Available:
        key = (self._lake.version(), as_of)
        if self._known is None or self._known[0] != key:
            self._known = key, with_account_facts(available(self._lake, as_of=as_of), self._settings)
        return self._known[1]

    def _show(self, state: FilterState) -> None:
        view = overview_of(self._lake, state, known=self._available(state.as_of), reader=self._reader)
        explained = differences(self._lake, view, self._settings)
        self._why = why_changed(view, self._evidence, reader=self._reader)
        parts = overview_parts(
            view,
            explained,
            why=self._why,
            locale=self._settings.locale,
        )
        self.view, self._parts, self._moved = view, parts, None
        self.header.show(self._notices.html() + parts.header)
        self.body.show(parts.main())
        self.notes.show(parts.notes)
        self.moves.reset()
        # what the reader asked about is on its way before the rest is computed
        self._compare_platforms(state, view.overview.result_type)
        self.platforms.show(platforms_card(self._spread, self._settings.locale))
        self.actions.show(state, believed_at=view.believed_at or now_utc())

    def _compare_platforms(self, state: FilterState, result_type: str | None) -> None:
        """Compare networks and platforms, unless the same days and campaigns are shown already."""
        key = self._lake.version(), replace(state, compare="none"), result_type
        if self._spread_key != key:
            known = self._available(state.as_of)
            self._spread = spread_of(self._lake, state, known, result_type=result_type)
            self._spread_key = key

    def _restatement(self) -> Restatement:
        if self._moved is None:
            view = self._shown()
            maturity, zone = self._evidence.maturity(view), view.shown.time_zone
            self._moved = restatement_of(self._lake, view, maturity=maturity, time_zone=zone)
        return self._moved

    def _sheet(self) -> bytes:
        return overview_workbook(
            self._shown(), why=self._why, spread=self._spread, restatement=self._restatement()
        )

    def _saved(self) -> bytes:
        view = self._shown()
        facts = about(view)
        return saved_page(
            TITLE,
            self._parts.body(
                platforms_card(self._spread, self._settings.locale),
                restatement_card(self._restatement(), self._settings.locale),
            )
            if self._parts
            else "",
            css(),
            as_of=view.believed_at or now_utc(),
            source=facts["Figures of"],
            filters={
                name: facts[name] for name in ("Account", "Dates", "Compared with", "Grain", "Campaigns")
            },
            simulated=view.is_simulated,
        )

    def _shown(self) -> OverviewView:
        if self.view is None:
            raise NotEnoughData("There is nothing to take along yet.", next_step="Load an export first.")
        return self.view


def sorting() -> str:
    """Return the script that sorts the tables of a page when their heads are clicked."""
    return f"<script>{SORT_SCRIPT}</script>"
