"""The history of an ad account -> the lake's ``account_changes``.

What was noted once stays: an answer that lacks a change that is known takes nothing away, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.errors import SchemaError
from workbench.core.ids import content_id
from workbench.core.redact import redact
from workbench.loaders.meta.days import held_rows, replace_days
from workbench.loaders.meta.moments import bounds, day_of, moment_of
from workbench.loaders.meta.part import LoadedPart

if TYPE_CHECKING:
    from workbench.channels.meta_account import AdAccount
    from workbench.core.dates import Period
    from workbench.loaders.meta.source import Source

#: Parts of an event's type that say what it was about, the first one that is found decides.
_BY_EVENT = (
    ("ad_set", "adset"),
    ("campaign", "campaign"),
    ("ad_account", "account"),
    ("adaccount", "account"),
    ("edit_and_update_ad_creative", "creative"),
    ("update_ad_", "ad"),
    ("create_ad", "ad"),
    ("ad_review", "ad"),
    ("adgroup", "ad"),
    ("first_delivery", "ad"),
)
# Meta's older names: a campaign was a campaign group, and an ad an ad group
_BY_OBJECT = {
    "AD": "ad",
    "ADGROUP": "ad",
    "AD_SET": "adset",
    "ADSET": "adset",
    "CAMPAIGN": "campaign",
    "CAMPAIGN_GROUP": "campaign",
    "CREATIVE": "creative",
    "AD_CREATIVE": "creative",
}
#: Events about people who may use the account: of these, only that they happened is kept.
_ABOUT_PEOPLE = "_user_"


def load_changes(source: Source, *, account: AdAccount, period: Period) -> LoadedPart:
    """Read what was changed in an account, day by day.

    Parameters
    ----------
    source : Source
        Where from and where to.
    account : AdAccount
        The account.
    period : Period
        Days in the account's own time zone.

    Raises
    ------
    SchemaError
        If a change has no type or no moment; nothing is stored then.
    ChannelError
        If Meta refuses or does not answer.
    """
    from workbench.channels.meta_changes import fetch_changes

    source.progress(f"Meta {account.account_id}, changes: {period} …")
    since, until = bounds(period, account.time_zone)
    rows: dict[str, dict[str, Any]] = {}
    for page in fetch_changes(source.graph, account.account_id, since=since, until=until):
        for activity in page:
            row = change_row(activity, account.time_zone)
            if period.start <= row["date_start"] <= period.stop:
                rows[row["change_id"]] = row
    held = held_rows(source, "account_changes", network="meta", account_id=account.account_id, period=period)
    known = {row["change_id"]: row for row in held}
    gone = known.keys() - rows.keys()
    # a change keeps the name that its object had when it was first read
    rows |= {change_id: _own(row) for change_id, row in known.items()}
    changed = replace_days(
        source,
        "account_changes",
        list(rows.values()),
        network="meta",
        account_id=account.account_id,
        period=period,
    )
    return LoadedPart("changes", len(rows), changed, _gone(len(gone), period))


def change_row(activity: Mapping[str, Any], time_zone: str) -> dict[str, Any]:
    """Return a change in the lake's columns.

    Parameters
    ----------
    activity : mapping
        As the API gives it.
    time_zone : str
        The account's.

    Raises
    ------
    SchemaError
        If it has no type or no moment.
    """
    kind = activity.get("event_type")
    if not kind:
        raise SchemaError(
            "A change of the account has no event_type, so nobody can say what it was.",
            next_step="Load it again; nothing of this answer was stored.",
            field="event_type",
        )
    changed_at = moment_of(activity, "event_time")
    old, new = _values(activity.get("extra_data"))
    is_about_people = _ABOUT_PEOPLE in str(kind)
    return {
        "date_start": day_of(changed_at, time_zone),
        "change_id": _change_id(activity, changed_at.isoformat()),
        "changed_at": changed_at,
        "entity_type": entity_type(str(kind), str(activity.get("object_type") or "")),
        "entity_id": None if is_about_people else _text(activity.get("object_id")),
        "entity_name": None if is_about_people else _text(activity.get("object_name")),
        "change_type": str(kind),
        "old_value": None if is_about_people else old,
        "new_value": None if is_about_people else new,
    }


def entity_type(event_type: str, object_type: str) -> str:
    """Return what was changed: campaign, adset, ad, creative or account.

    The event's type is asked first, because in ``object_type`` a campaign may be what was called so long ago.

    Examples
    --------
    >>> entity_type("update_ad_set_budget", "CAMPAIGN"), entity_type("create_ad", "ADGROUP")
    ('adset', 'ad')
    >>> entity_type("ad_account_billing_charge", "")
    'account'
    """
    for part, found in _BY_EVENT:
        if part in event_type:
            return found
    return _BY_OBJECT.get(object_type.upper(), "account")


def _change_id(activity: Mapping[str, Any], moment: str) -> str:
    # neither names nor translations: they are those of the day of the answer, not of the change
    extra = activity.get("extra_data")
    parsed = _parsed(extra)
    text = json.dumps(parsed, sort_keys=True) if parsed is not None else str(extra or "")
    fields = [str(activity.get(name) or "") for name in ("event_type", "object_id", "object_type")]
    return content_id("change", [moment, *fields, text])


def _values(extra: object) -> tuple[str | None, str | None]:
    found = _parsed(extra)
    if not isinstance(found, Mapping):
        return None, _text(extra)
    return _text(found.get("old_value")), _text(found.get("new_value"))


def _parsed(extra: object) -> object:
    if not isinstance(extra, str):
        return extra
    try:
        return json.loads(extra)
    except ValueError:
        return None


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return redact(value)


def _own(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "load_id"}


def _gone(n_gone: int, period: Period) -> tuple[str, ...]:
    if not n_gone:
        return ()
    return (f"Meta's history of {period} no longer lists {n_gone} of the changes read before; they stay.",)
