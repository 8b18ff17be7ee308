"""Metrics of what a network delivers: a sum over a sum, such as results over spend."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.experiments.options import refuse

NUMERATORS = ("results", "conversions", "link_clicks", "clicks", "impressions")
DENOMINATORS = (*NUMERATORS, "spend")


@dataclass(frozen=True)
class Metric:
    """A numerator over a denominator, both sums of the lake's columns.

    Attributes
    ----------
    name : str
        As it is spoken of, such as ``cost per lead``; priors are learned per name.
    kind : {"rates", "counts"}
        ``rates`` where each unit of the denominator has the numerator once at most; else ``counts``.
    numerator, denominator : str
        ``results``, ``conversions``, ``link_clicks``, ``clicks``, ``impressions``; the denominator may be
        ``spend`` (currency units).
    higher_is_better : bool
        Of numerator over denominator: more results for the same spend is a lower cost.
    result_type : str
        Kind of result that counts; empty for any.
    value : float or None
        Currency units that one unit of the numerator is worth.
    """

    name: str
    kind: str
    numerator: str
    denominator: str
    higher_is_better: bool = True
    result_type: str = ""
    value: float | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            refuse("metric.name", repr(self.name), "is empty", "Say what is measured.")
        if self.kind not in ("rates", "counts"):
            refuse("metric.kind", self.kind, "is no kind of metric here", "Use rates or counts.")
        for field, allowed in (("numerator", NUMERATORS), ("denominator", DENOMINATORS)):
            if getattr(self, field) not in allowed:
                refuse(f"metric.{field}", getattr(self, field), "is no sum", f"Use {', '.join(allowed)}.")
        if self.kind == "rates" and self.denominator == "spend":
            refuse("metric.kind", "rates", "has no meaning for spend", "Use counts: money is an exposure.")
        if self.value is not None and not (math.isfinite(self.value) and self.value > 0):
            refuse("metric.value", self.value, "is not a positive number", "Leave it out if it is not known.")

    @property
    def is_cost(self) -> bool:
        """Whether the metric is read as a cost: spend over the numerator."""
        return self.denominator == "spend"


#: Metrics that go by a short name.
METRICS = {
    "cpa": Metric("cost per result", "counts", "results", "spend"),
    "cpc": Metric("cost per link click", "counts", "link_clicks", "spend"),
    "cvr": Metric("results per link click", "rates", "results", "link_clicks"),
    "ctr": Metric("link clicks per impression", "rates", "link_clicks", "impressions"),
    "rpi": Metric("results per impression", "rates", "results", "impressions"),
}
