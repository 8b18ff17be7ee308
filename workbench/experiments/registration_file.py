"""Read a registration from a YAML or JSON document, refusing what it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from workbench.core.dates import parse_day
from workbench.core.errors import DataError
from workbench.experiments.delivered_metrics import METRICS, Metric
from workbench.experiments.options import refuse
from workbench.experiments.registration import LEVEL_OF, PlannedArm, Registration


def registration_of(document: Mapping[str, Any]) -> Registration:
    """Read a registration from the values of a YAML or JSON document.

    Parameters
    ----------
    document : mapping
        ``id``, ``hypothesis``, ``metric`` (a short name of
        :data:`~workbench.experiments.delivered_metrics.METRICS`, or its fields, on top of a ``base``),
        ``arms`` (each ``name`` and one of ``campaigns``, ``adsets``, ``ads``, ``file``; optionally ``share``
        and ``units``), ``start``; optionally ``stop``, ``unit``, ``evidence``,
        ``kind_of_test``, ``looks``, ``minimum`` (``days``, ``units``), ``network``, ``account_id``,
        ``level``, ``rope``.

    Raises
    ------
    DataError
        If a field is missing, unknown or cannot be used; ``field`` names it.

    Examples
    --------
    >>> plan = registration_of({
    ...     "id": "video", "hypothesis": "Video is cheaper.", "metric": "cpa", "start": "2026-10-01",
    ...     "arms": [{"name": "picture", "adsets": ["1"]}, {"name": "video", "adsets": ["2"]}]})
    >>> plan.metric.is_cost, plan.arm_level, plan.minimum_days
    (True, 'adset', 7)
    """
    given = {key: value for key, value in document.items() if value is not None}
    known = {f.name for f in fields(Registration)} - {"experiment_id", "minimum_days", "minimum_units"}
    for key in given.keys() - known - {"id", "minimum"}:
        refuse(str(key), given[key], "is no field of a registration", f"Use {', '.join(sorted(known))}.")
    for key in ("id", "hypothesis", "metric", "arms", "start"):
        if key not in given:
            raise DataError(f"{key} is missing.", next_step="Every registration names it.", field=key)
    minimum = given.pop("minimum", {})
    if not isinstance(minimum, Mapping) or set(minimum) - {"days", "units"}:
        refuse("minimum", minimum, "is no minimum run", "Give days and units.")
    try:
        return Registration(
            experiment_id=str(given.pop("id")),
            metric=_metric(given.pop("metric")),
            arms=tuple(_arm(one) for one in given.pop("arms")),
            start=_day(given.pop("start")),
            stop=_day(given.pop("stop")) if "stop" in given else None,
            looks=tuple(int(day) for day in given.pop("looks", ())),
            minimum_days=int(minimum.get("days", 7)),
            minimum_units=int(minimum.get("units", 0)),
            **given,
        )
    except (TypeError, AttributeError) as error:
        raise DataError(
            f"The registration has a field of the wrong form: {error}.",
            next_step="See `wb experiment register --help` for its arrangement.",
            field="registration",
        ) from error


def _metric(given: object) -> Metric:
    if isinstance(given, Mapping):
        base = asdict(METRICS[given["base"]]) if given.get("base") in METRICS else {}
        return Metric(**(base | {str(k): v for k, v in given.items() if k != "base"}))
    if given not in METRICS:
        refuse("metric", given, "is no metric", f"Use {', '.join(METRICS)}, or give its fields.")
    return METRICS[str(given)]


def _arm(given: Mapping[str, Any]) -> PlannedArm:
    named = [key for key in LEVEL_OF if given.get(key)]
    unknown = set(given) - {*LEVEL_OF, "name", "share", "units"}
    if len(named) != 1 or unknown:
        refuse("arms", dict(given), "is no arm", "Give a name and one of campaigns, adsets, ads or file.")
    ids = given[named[0]]
    each: Sequence[Any] = [ids] if isinstance(ids, str | int) else ids
    n_units = given.get("units")
    return PlannedArm(
        name=str(given.get("name", "")),
        level=LEVEL_OF[named[0]],
        ids=tuple(str(one) for one in each),
        share=None if given.get("share") is None else float(given["share"]),
        n_units=None if n_units is None else int(n_units),
    )


def _day(given: object) -> date:
    return given if isinstance(given, date) else parse_day(str(given))
