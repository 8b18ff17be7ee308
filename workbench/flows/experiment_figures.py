"""What the arms of a registered test have in the lake: sums by day at one grain, in account time.

The arms' level decides the grain: daily rows without breakdowns of that level, or of a finer one added up.
Days whose results still come in are left out, and how many is said.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period, account_today
from workbench.core.errors import DataError, NotEnoughData
from workbench.flows.experiment_files import from_files
from workbench.flows.experiment_maturity import late_days
from workbench.flows.experiment_place import SUMS, Delivered, Place
from workbench.flows.rows import to_frame
from workbench.lake.schema import SIMULATED_SOURCES
from workbench.lake.window import LEVELS, Grain

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.experiments.registration import Registration
    from workbench.lake import Lake

_WHERE_ARE_THEY = """
SELECT network, account_id, grain, any_value(currency) AS currency, count(DISTINCT currency) AS n_currencies,
       count(DISTINCT {level}_id) AS n_ids, max(date_stop) AS last_day
FROM ad_insights WHERE {level}_id IN ({ids}) AND date_start >= ? {account}
GROUP BY network, account_id, grain
"""
_ROWS = """
SELECT date_start, {level}_id AS entity,
       sum(coalesce(results, conversions))
         FILTER (result_type IS NULL OR result_type = ? OR ? = '') AS results,
       sum(conversions) AS conversions, sum(link_clicks)::DOUBLE AS link_clicks,
       sum(clicks)::DOUBLE AS clicks, sum(impressions)::DOUBLE AS impressions,
       sum(spend_micros)::BIGINT AS spend_micros, sum(value_micros)::BIGINT AS value_micros,
       list(DISTINCT result_type) FILTER (result_type IS NOT NULL AND results > 0) AS kinds,
       list(DISTINCT source) AS sources
FROM ad_insights
WHERE network = ? AND account_id = ? AND grain = ? AND {level}_id IN ({ids}) AND date_start >= ?
GROUP BY ALL ORDER BY date_start, entity
"""
_LAST_DAY = (
    "SELECT max(date_stop) AS last FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ?"
)


def read_delivered(
    lake: Lake, registration: Registration, settings: Settings, *, as_of: datetime | None = None
) -> Delivered:
    """Read the arms of a registered test.

    Parameters
    ----------
    lake : Lake
        Own lake or a simulated one.
    registration : Registration
    settings : Settings
        Its time zone counts for accounts that nobody connected.
    as_of : datetime, optional
        Read what was believed at this moment.

    Raises
    ------
    NotEnoughData
        If no arm has any row.
    DataError
        If the arms lie in several accounts or currencies, or count different kinds of results.
    """
    if registration.arm_level == "file":
        return from_files(registration, settings)
    place, level = _place(lake, registration, settings, as_of)
    rows = _rows(lake, registration, place, as_of)
    _refuse_mixed(registration, rows)
    n_late, said = late_days(lake, registration, place, as_of)
    stop = min(registration.stop or place.last_day, place.last_day, place.last_day - timedelta(days=n_late))
    mature = rows[(rows["date_start"] <= stop)]
    known = set(rows["entity"])
    absent = [one for arm in registration.arms for one in arm.ids if one not in known]
    notes = [said] if said else []
    if absent:
        notes.append(f"There are no rows for {level} {', '.join(absent)}.")
    until = min(registration.stop or place.last_day, place.last_day)
    return Delivered(
        place=place,
        period=Period(registration.start, stop) if stop >= registration.start else None,
        days=mature,
        n_left_out=max((until - max(stop, registration.start - timedelta(days=1))).days, 0),
        is_simulated=any(one in SIMULATED_SOURCES for each in rows["sources"] for one in each),
        notes=tuple(notes),
    )


def _place(
    lake: Lake, registration: Registration, settings: Settings, as_of: datetime | None
) -> tuple[Place, str]:
    level, ids = registration.arm_level, [one for arm in registration.arms for one in arm.ids]
    account = "AND account_id = ?" if registration.account_id else ""
    account += " AND network = ?" if registration.network else ""
    query = _WHERE_ARE_THEY.format(level=level, ids=_marks(ids), account=account)
    asked = [one for one in (registration.account_id, registration.network) if one]
    found = to_frame(lake.sql(query, params=(*ids, registration.start, *asked), as_of=as_of))
    usable = [row for row in found.to_dict("records") if _fits(Grain.parse(row["grain"]), level)]
    if not usable:
        raise NotEnoughData(
            f"No daily rows of {level} {', '.join(ids[:5])} from {registration.start} on.",
            next_step=f"Load the {level} grain of their account, or check the ids of the registration.",
            field="arms",
        )
    if len({(row["network"], row["account_id"]) for row in usable}) > 1:
        names = ", ".join(sorted({str(row["account_id"]) for row in usable}))
        raise DataError(
            f"account_id: the arms lie in several accounts: {names}.",
            next_step="Name one account; days of two accounts are not the same days.",
            field="account_id",
        )
    order = LEVELS.index(level)
    best = min(
        usable,
        key=lambda row: (
            -row["n_ids"],
            -row["last_day"].toordinal(),
            LEVELS.index(Grain.parse(row["grain"]).level) - order,
            row["grain"],
        ),
    )
    if best["n_currencies"] > 1:
        raise DataError(
            "currency: the arms' rows have several currencies.", next_step="Read one.", field="currency"
        )
    return _dated(lake, settings, {str(k): v for k, v in best.items()}, as_of), level


def _fits(grain: Grain, level: str) -> bool:
    is_fine = LEVELS.index(grain.level) >= LEVELS.index(level)
    return is_fine and grain.increment == "day" and not grain.breakdowns


def _dated(lake: Lake, settings: Settings, row: dict[str, Any], as_of: datetime | None) -> Place:
    key = (row["network"], row["account_id"], row["grain"])
    last = to_frame(lake.sql(_LAST_DAY, params=key, as_of=as_of))["last"].iloc[0]
    moments = [c.believed_at for c in lake.history("ad_insights") if as_of is None or c.believed_at <= as_of]
    believed_at = max(moments)
    time_zone = _time_zone(settings, key[0], key[1])
    if last == account_today(time_zone, believed_at):  # an export of today has a part of it only
        last -= timedelta(days=1)
    return Place(*key, str(row["currency"]), time_zone, last, believed_at)


def _time_zone(settings: Settings, network: str, account_id: str) -> str:
    from workbench.ledger import connections, open_ledger

    with open_ledger(settings) as ledger, ledger.read() as session:
        for one in connections(session, settings.environment):
            if (one.network, one.account_id) == (network, account_id):
                return one.time_zone
    return settings.time_zone


def _rows(lake: Lake, registration: Registration, place: Place, as_of: datetime | None) -> pd.DataFrame:
    arm_of = {one: k for k, arm in enumerate(registration.arms) for one in arm.ids}
    kind = registration.metric.result_type
    where = (place.network, place.account_id, place.grain, *arm_of, registration.start)
    query = _ROWS.format(level=registration.arm_level, ids=_marks(list(arm_of)))
    frame = to_frame(lake.sql(query, params=(kind, kind, *where), as_of=as_of))
    money = {name: frame[f"{name}_micros"].astype("float64").fillna(0.0) / 1e6 for name in ("spend", "value")}
    plain = {
        name: frame[name].astype("float64").fillna(0.0) for name in SUMS if name not in ("spend", "value")
    }
    return frame.assign(arm=frame["entity"].map(arm_of), **plain, **money)


def _refuse_mixed(registration: Registration, rows: pd.DataFrame) -> None:
    metric = registration.metric
    kinds = sorted({kind for each in rows["kinds"] if each is not None for kind in each})
    if "results" in (metric.numerator, metric.denominator) and not metric.result_type and len(kinds) > 1:
        raise DataError(
            f"metric.result_type: the arms count different results: {', '.join(kinds)}.",
            next_step="Register which one is meant; leads and purchases are never added.",
            field="metric.result_type",
            value=kinds,
        )


def _marks(values: list[str]) -> str:
    return ", ".join("?" for _ in values)
