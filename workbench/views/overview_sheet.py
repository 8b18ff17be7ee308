"""The Overview as a spreadsheet: every campaign, ad set or ad of the slice, ratios as formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import __version__
from workbench.flows.available import attribution_words
from workbench.performance.words import LEVELS, result_word
from workbench.views.platform_blocks import platform_sheets
from workbench.views.restatement_blocks import restatement_sheet
from workbench.views.sheet_spec import SheetColumn, SheetSpec
from workbench.views.why_blocks import why_sheets
from workbench.views.xlsx import workbook

if TYPE_CHECKING:
    from workbench.flows.overview import OverviewView
    from workbench.flows.platforms import Spread
    from workbench.performance.restatement import Restatement
    from workbench.performance.why_changed import WhyChanged

_SOURCE = "ad_insights"


def overview_workbook(
    view: OverviewView,
    *,
    why: WhyChanged | None = None,
    spread: Spread | None = None,
    restatement: Restatement | None = None,
) -> bytes:
    """Return the view as an XLSX file.

    The total row of its figures is the whole slice; the checks of a change, platforms, and first beliefs
    against now have sheets of their own.
    """
    overview = view.overview
    rows = [
        {
            "name": row.name,
            "parent": row.parent,
            "kind": result_word(row.result_type) if row.result_type else "",
            "spend": row.spend_micros,
            "impressions": row.impressions,
            "link_clicks": row.link_clicks,
            "results": row.results,
            "value": row.value_micros,
        }
        for row in (*overview.entities, *overview.others)
    ]
    facts = about(view)
    figures = SheetSpec(_columns(view), rows, overview.currency, facts)
    more = why_sheets(why, overview, facts)
    if spread is not None:
        more += platform_sheets(spread, facts)
    if restatement is not None:
        more += restatement_sheet(restatement, facts)
    return workbook(figures, more=more)


def _columns(view: OverviewView) -> tuple[SheetColumn, ...]:
    overview = view.overview
    currency = overview.currency
    one_kind = len(overview.result_types) <= 1
    return (
        SheetColumn("name", LEVELS[overview.level][0].capitalize(), "text"),
        SheetColumn("parent", "Campaign it belongs to", "text"),
        SheetColumn("kind", "Kind of result", "text", definition="What the campaign was bought for."),
        SheetColumn(
            "spend", "Spend", "money", definition="Money charged for delivery.", unit=currency, source=_SOURCE
        ),
        SheetColumn(
            "impressions", "Impressions", "count", definition="Times an ad was on screen.", source=_SOURCE
        ),
        SheetColumn("link_clicks", "Link clicks", "count", definition="Clicks on links.", source=_SOURCE),
        SheetColumn(
            "results",
            "Results",
            "number",
            is_additive=one_kind,
            definition="Results of the kind beside it; kinds are never added.",
            source=_SOURCE,
        ),
        SheetColumn(
            "value", "Value", "money", definition="Value of conversions.", unit=currency, source=_SOURCE
        ),
        SheetColumn(
            "cost", "Cost per result", "cost", "spend", "results", definition="Spend divided by results."
        ),
        SheetColumn(
            "cpm",
            "CPM",
            "cost",
            "spend",
            "impressions",
            per=1000,
            definition="Cost of a thousand impressions.",
        ),
        SheetColumn(
            "ctr",
            "Click rate",
            "share",
            "link_clicks",
            "impressions",
            definition="Link clicks per impression.",
        ),
        SheetColumn(
            "cvr", "Conversion rate", "share", "results", "link_clicks", definition="Results per link click."
        ),
        SheetColumn("roas", "ROAS", "ratio", "value", "spend", definition="Value divided by spend."),
    )


def about(view: OverviewView) -> dict[str, str]:
    """Return where the figures come from, for a sheet or a saved file."""
    overview, state = view.overview, view.state
    chosen = {name: ", ".join(values) for name, values in state.breakdowns}
    names = dict(view.shown.campaigns)
    return {
        "Figures of": "a simulated company"
        if view.is_simulated
        else f"{state.network} account {state.account_id}",
        "Account": view.shown.account_label,
        "Dates": f"{state.start.isoformat()} – {state.stop.isoformat()}",
        "Compared with": str(overview.comparison or "nothing"),
        "Grain": view.shown.label,
        "Attribution": attribution_words(overview.attribution) or "not stated by the source",
        "Campaigns": ", ".join(names.get(c, c) for c in state.campaigns) or "all",
        **chosen,
        "Data as of": f"{view.believed_at:%Y-%m-%d %H:%M:%S} UTC" if view.believed_at else "",
        "Version": __version__,
    }
