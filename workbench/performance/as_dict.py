"""An overview as plain values, for ``--json`` and for tests that compare faces."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench.core.money import exact_text, round_micros

if TYPE_CHECKING:
    from workbench.performance.overview import Overview
    from workbench.performance.totals import Totals


def overview_dict(overview: Overview) -> dict[str, Any]:
    """Return everything an overview says as JSON values; money as text, rounded once, and exact beside it."""
    return {
        "period": _period(overview.period),
        "comparison": _period(overview.comparison),
        "currency": overview.currency,
        "level": overview.level,
        "attribution": overview.attribution,
        "result_type": overview.result_type,
        "result_types": list(overview.result_types),
        "finding": overview.summary(),
        "totals": _totals(overview.totals, overview.currency),
        "totals_before": _totals(overview.totals_before, overview.currency),
        "of_type": _totals(overview.of_type, overview.currency),
        "of_type_before": _totals(overview.of_type_before, overview.currency),
        "measures": [asdict(measure) for measure in overview.measures],
        "decomposition": _parts(overview),
        "entities": [row.to_dict() for row in overview.entities],
        "others": [row.to_dict() for row in overview.others],
        "maturing_from": overview.maturing_from.isoformat() if overview.maturing_from else None,
        "dispersion": overview.dispersion,
    }


def _period(period: object) -> dict[str, str] | None:
    from workbench.core.dates import Period

    if not isinstance(period, Period):
        return None
    return {"start": period.start.isoformat(), "stop": period.stop.isoformat()}


def _totals(totals: Totals | None, currency: str) -> dict[str, Any] | None:
    if totals is None:
        return None
    return {
        **asdict(totals),
        "spend": str(round_micros(totals.spend_micros, currency)),
        "spend_exact": exact_text(totals.spend_micros),
    }


def _parts(overview: Overview) -> dict[str, Any] | None:
    found = overview.decomposition
    if found is None:
        return None
    return {"metric": found.metric, "before": found.before, "after": found.after, "parts": dict(found.parts)}
