"""The weekly report as blocks; the same ones as the Overview's, so that the two cannot disagree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.views import blocks
from workbench.views.date_text import day_range
from workbench.views.figure import figure_html
from workbench.views.overview_blocks import Parts, overview_parts
from workbench.views.overview_figures import trend_chart
from workbench.views.overview_sheet import about
from workbench.views.platform_blocks import platforms_card
from workbench.views.restatement_blocks import restated_sentence

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.flows.weekly import Weekly

TITLE = "Weekly performance"


def weekly_parts(report: Weekly, settings: Settings) -> Parts:
    """Return the blocks of the week."""
    return overview_parts(
        report.week,
        report.differences,
        why=report.why,
        locale=settings.locale,
        title=TITLE,
    )


def late_block(report: Weekly) -> str:
    """Name the accounts whose figures are not up to date; nothing if all are."""
    return "".join(blocks.error_line(line, next_step="Load its newest export.") for line in report.late)


def long_trend(report: Weekly, settings: Settings) -> str:
    """Draw the eight weeks up to the report's day."""
    chart = trend_chart(report.trend, settings.locale)
    if chart is None:
        return ""
    period = report.trend.overview.period
    return figure_html(chart, 1100, note=day_range(period.start, period.stop, settings.locale))


def platforms_block(report: Weekly, settings: Settings) -> str:
    """Compare networks, accounts and platforms over the week; nothing where there is nothing to compare."""
    return platforms_card(report.spread, settings.locale)


def restated_block(report: Weekly, settings: Settings) -> str:
    """Say how much was restated since the report a week earlier."""
    return blocks.notes(restated_sentence(report.restated, settings.locale))


def provenance(report: Weekly) -> str:
    """Say what the report rests on: freshness, loads, restatement, versions."""
    facts = about(report.week)
    rows = [(name, text) for name, text in facts.items() if text]
    rows += [(cause.name, cause.text) for cause in report.differences.causes]
    rows.append(("Random numbers", "none: every figure is exact, so there is no seed"))
    return blocks.card("What this report rests on", blocks.fact_rows(rows))


def facts_of(report: Weekly, settings: Settings) -> dict[str, Any]:
    """Return what the run writes beside the report: subject, totals, versions."""
    week = report.week
    return {
        "subject": report.subject(settings.locale),
        "first_line": " ".join(report.late),
        "account_id": week.state.account_id,
        "simulated": week.is_simulated,
        "believed_at": week.believed_at.isoformat() if week.believed_at else None,
        "version": __version__,
        "totals": json.loads(json.dumps(week.overview.to_dict()["totals"])),
        "filters": week.state.to_fragment(),
        "restated": {
            "since": [m.isoformat() for m in report.restated.moments],
            "spend_micros": report.restated.spend_moved_micros,
            "results": report.restated.results_moved,
        },
    }
