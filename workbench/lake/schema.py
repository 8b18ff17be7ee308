"""Every table and column of the lake, in one place.

The Arrow schemas, the keys, the checks at the door and ``data/README.md`` all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

DType = Literal["string", "int64", "float64", "date", "timestamp", "bool"]
Role = Literal["window", "key", "attribute", "sum", "unique", "provenance"]

#: What a role means for whoever computes with the column.
ROLES: dict[Role, str] = {
    "window": "names the slice that a load replaces, and belongs to the key",
    "key": "tells rows of one slice apart",
    "attribute": "describes the row, is no part of its key",
    "sum": "may be added over rows of one grain",
    "unique": "counts people or units once, and must never be added",
    "provenance": "says where the row came from",
}


#: Values of ``source`` that stand for simulated rows, wherever the files are copied to.
SIMULATED_SOURCES = ("sample", "sandbox")


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, meaning and role.

    Attributes
    ----------
    name : str
        Name in the table.
    dtype : {"string", "int64", "float64", "date", "timestamp", "bool"}
        Logical type; timestamps are UTC with microseconds.
    unit : str
        Unit of the values, empty for texts.
    description : str
        What the values mean, for the data dictionary.
    role : str
        One of :data:`ROLES`.
    required : bool
        Whether the value may not be missing.
    """

    name: str
    dtype: DType
    unit: str
    description: str
    role: Role
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its columns, and the columns its files are partitioned by."""

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the columns that together tell every row apart."""
        return tuple(c.name for c in self.columns if c.role in ("window", "key"))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by name; ``KeyError`` if there is none."""
        return {c.name: c for c in self.columns}[name]


_WINDOW = (
    Column(
        "network",
        "string",
        "",
        "Ad network: meta, google, tiktok, linkedin, x, pinterest, snapchat; for organic posts facebook, instagram",
        "window",
        True,
    ),
    Column(
        "account_id",
        "string",
        "",
        "Ad account, as the network writes it and without a prefix such as act_",
        "window",
        True,
    ),
    Column(
        "month",
        "string",
        "YYYY-MM",
        "Month of the row's first day; the files are partitioned by it",
        "window",
        True,
    ),
)

_PROVENANCE = (
    Column(
        "source",
        "string",
        "",
        "Loader that wrote the row: ads_export, mapping, meta_api …; sample and sandbox are simulated",
        "provenance",
        True,
    ),
    Column(
        "load_id",
        "string",
        "",
        "Load that wrote the row; derived from the content, so loading twice gives it twice",
        "provenance",
        True,
    ),
)

_ENTITY = (
    Column("campaign_id", "string", "", "Campaign; `name:` and the name where an export gives no id", "key"),
    Column("campaign_name", "string", "", "Campaign's name at the time of the load", "attribute"),
    Column("adset_id", "string", "", "Ad set; `name:` and the name where an export gives no id", "key"),
    Column("adset_name", "string", "", "Ad set's name at the time of the load", "attribute"),
    Column("ad_id", "string", "", "Ad; `name:` and the name where an export gives no id", "key"),
    Column("ad_name", "string", "", "Ad's name at the time of the load", "attribute"),
)

#: Breakdown columns in the order they take in a grain's name.
BREAKDOWNS: tuple[str, ...] = (
    "age",
    "gender",
    "country",
    "region",
    "publisher_platform",
    "platform_position",
    "impression_device",
    "hour",
    "asset_text",
    "asset_media",
    "breakdown_other",
)

_BREAKDOWN_MEANING = {
    "age": "Age group, such as 25-34",
    "gender": "female, male or unknown",
    "country": "ISO 3166 code or the export's name of the country",
    "region": "Region within the country",
    "publisher_platform": "facebook, instagram, messenger, audience_network …",
    "platform_position": "Placement on the platform, such as feed or story",
    "impression_device": "Device the impression was shown on",
    "hour": "Hour of the day in the account's time zone, such as 09:00:00 - 09:59:59",
    "asset_text": "Body text of a dynamic creative",
    "asset_media": "Image, video or slideshow of a dynamic creative",
    "breakdown_other": "Any further breakdown as sorted JSON of column and value",
}

AD_INSIGHTS = Table(
    "ad_insights",
    "What was delivered, spent and achieved, one row per entity, dates and breakdown of one grain.",
    (
        *_WINDOW,
        Column(
            "grain",
            "string",
            "",
            "level|breakdowns|increment|attribution, such as ad|age,gender|day|7d_click,1d_view; rows of two grains are never added",
            "window",
            True,
        ),
        Column("date_start", "date", "day", "First day, in the account's time zone", "window", True),
        Column("date_stop", "date", "day", "Last day, included", "key", True),
        Column("level", "string", "", "account, campaign, adset or ad", "attribute", True),
        *_ENTITY,
        *(Column(name, "string", "", _BREAKDOWN_MEANING[name], "key") for name in BREAKDOWNS),
        Column(
            "attribution",
            "string",
            "",
            "Attribution window, such as 7d_click,1d_view; empty if the source does not say",
            "attribute",
        ),
        Column("currency", "string", "ISO 4217", "Currency of spend and value", "attribute", True),
        Column("objective", "string", "", "Campaign objective, such as OUTCOME_LEADS", "attribute"),
        Column("impressions", "int64", "count", "Times an ad was on screen", "sum"),
        Column(
            "reach",
            "int64",
            "people",
            "People who saw it at least once in exactly these dates and breakdowns",
            "unique",
        ),
        Column("clicks", "int64", "count", "All clicks", "sum"),
        Column("link_clicks", "int64", "count", "Clicks on links (inline link clicks)", "sum"),
        Column("unique_link_clicks", "int64", "people", "People who clicked a link at least once", "unique"),
        Column("spend_micros", "int64", "10⁻⁶ currency", "Money spent", "sum", True),
        Column("results", "float64", "count", "Results of the kind in result_type", "sum"),
        Column(
            "result_type",
            "string",
            "",
            "What counts as a result, such as lead, purchase or link_click",
            "attribute",
        ),
        Column("conversions", "float64", "count", "Conversions attributed to the row", "sum"),
        Column("value_micros", "int64", "10⁻⁶ currency", "Value of the conversions", "sum"),
        Column(
            "actions",
            "string",
            "JSON",
            "Every action the network counted, by type and attribution window, as it gave them",
            "attribute",
        ),
        Column("action_values", "string", "JSON", "Values of these actions, in the same form", "attribute"),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

AD_ENTITIES = Table(
    "ad_entities",
    "Snapshots of campaigns, ad sets, ads and creatives, one row per entity and day it was looked at.",
    (
        *_WINDOW,
        Column(
            "date_start", "date", "day", "Day of the snapshot, in the account's time zone", "window", True
        ),
        Column("entity_type", "string", "", "campaign, adset, ad or creative", "window", True),
        Column("entity_id", "string", "", "The network's id of the entity", "key", True),
        Column("parent_id", "string", "", "Id of the entity one level up", "attribute"),
        Column("name", "string", "", "Name at the time of the snapshot", "attribute"),
        Column("status", "string", "", "Effective status, such as ACTIVE or PAUSED", "attribute"),
        Column("objective", "string", "", "Campaign objective", "attribute"),
        Column("bid_strategy", "string", "", "Bid strategy", "attribute"),
        Column("daily_budget_minor", "int64", "minor unit", "Daily budget that was set", "attribute"),
        Column("lifetime_budget_minor", "int64", "minor unit", "Lifetime budget that was set", "attribute"),
        Column("currency", "string", "ISO 4217", "Currency of the budgets", "attribute"),
        Column("details", "string", "JSON", "The remaining fields as the network gave them", "attribute"),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

CONVERSIONS = Table(
    "conversions",
    "Conversions counted by the day they happened and the day of the ad contact they are credited to; no persons.",
    (
        *_WINDOW,
        Column("date_start", "date", "day", "Day of the ad contact", "window", True),
        Column("converted_on", "date", "day", "Day of the conversion", "key", True),
        Column("conversion_type", "string", "", "lead, purchase, …", "key", True),
        Column("campaign_id", "string", "", "Campaign", "key"),
        Column("adset_id", "string", "", "Ad set", "key"),
        Column("ad_id", "string", "", "Ad", "key"),
        Column("currency", "string", "ISO 4217", "Currency of the value", "attribute", True),
        Column("conversions", "float64", "count", "Number of conversions", "sum", True),
        Column("value_micros", "int64", "10⁻⁶ currency", "Their value", "sum"),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

POSTS = Table(
    "posts",
    "Organic posts with their counts; texts and authors are in the ledger.",
    (
        *_WINDOW,
        Column("date_start", "date", "day", "Day the post went out", "window", True),
        Column("post_id", "string", "", "The network's id of the post", "key", True),
        Column("post_type", "string", "", "photo, video, link, status, reel …", "attribute"),
        Column("published_at", "timestamp", "UTC", "Moment the post went out", "attribute"),
        Column("is_paid", "bool", "", "Whether the post was also promoted", "attribute"),
        Column("impressions", "int64", "count", "Times the post was on screen", "sum"),
        Column("reach", "int64", "people", "People who saw it", "unique"),
        Column("reactions", "int64", "count", "Likes and other reactions", "sum"),
        Column("comments", "int64", "count", "Comments", "sum"),
        Column("shares", "int64", "count", "Shares", "sum"),
        Column("link_clicks", "int64", "count", "Clicks on links", "sum"),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

ACCOUNT_CHANGES = Table(
    "account_changes",
    "What was changed in an ad account, one row per change as its history tells it; who did it is not here.",
    (
        *_WINDOW,
        Column("date_start", "date", "day", "Day of the change, in the account's time zone", "window", True),
        Column(
            "change_id", "string", "", "Derived from all that the history says of the change", "key", True
        ),
        Column("changed_at", "timestamp", "UTC", "Moment of the change", "attribute", True),
        Column("entity_type", "string", "", "campaign, adset, ad, creative or account", "attribute", True),
        Column("entity_id", "string", "", "The network's id of what was changed", "attribute"),
        Column("entity_name", "string", "", "Its name at that time", "attribute"),
        Column("change_type", "string", "", "Kind of change in the network's words", "attribute", True),
        Column("old_value", "string", "", "Value before, as the network gave it", "attribute"),
        Column("new_value", "string", "", "Value after, as the network gave it", "attribute"),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

PIXEL_EVENTS = Table(
    "pixel_events",
    "Events that a pixel received, by day and by where they came from.",
    (
        *_WINDOW,
        Column("date_start", "date", "day", "Day of the events, in the account's time zone", "window", True),
        Column("pixel_id", "string", "", "The network's id of the pixel or dataset", "key", True),
        Column("event_name", "string", "", "Name of the event, such as Lead", "key", True),
        Column("event_source", "string", "", "browser, server or all", "key", True),
        Column("events", "int64", "count", "Events received", "sum", True),
        Column(
            "match_quality",
            "float64",
            "0–10",
            "Event match quality where the network gives it",
            "attribute",
        ),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

COMMUNITY = Table(
    "community",
    "Comments, messages and mentions counted by day; their texts and authors are in the ledger.",
    (
        *_WINDOW,
        Column("date_start", "date", "day", "Day they were written, in the page's time zone", "window", True),
        Column("kind", "string", "", "comment, ad_comment, message or mention", "key", True),
        Column("post_id", "string", "", "Post or ad they belong to", "key"),
        Column("n_written", "int64", "count", "How many were written to us", "sum", True),
        Column("n_answered", "int64", "count", "How many of them the page has answered", "sum"),
        *_PROVENANCE,
    ),
    ("account_id", "month"),
)

MODEL_RUNS = Table(
    "model_runs",
    "One row per fit or evaluation; its draws are in the run's own folder.",
    (
        Column("run_id", "string", "", "Id and folder name of the run", "window", True),
        Column("month", "string", "YYYY-MM", "Month the run was finished in", "attribute", True),
        Column("kind", "string", "", "Room and model, such as budget.media_mix", "attribute", True),
        Column("finished_at", "timestamp", "UTC", "Moment the run was finished", "attribute", True),
        Column("code_version", "string", "", "Version of the package that ran", "attribute", True),
        Column("data_version", "string", "", "Lake versions the run read, as JSON", "attribute", True),
        Column("seed", "int64", "", "Seed of the random numbers", "attribute"),
        Column("figures", "string", "JSON", "Figures of the run: estimates and diagnostics", "attribute"),
    ),
    ("month",),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        AD_INSIGHTS,
        AD_ENTITIES,
        ACCOUNT_CHANGES,
        CONVERSIONS,
        PIXEL_EVENTS,
        POSTS,
        COMMUNITY,
        MODEL_RUNS,
    )
}


@cache
def arrow_schema(table_name: str) -> pa.Schema:
    """Return a table's Arrow schema, with required columns marked not nullable."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "bool": pa.bool_(),
    }
    table = TABLES[table_name]
    return pa.schema([pa.field(c.name, types[c.dtype], nullable=not c.required) for c in table.columns])
