"""Spend and one outcome of each channel, campaign or ad set in the lake, as a media mix model takes them.

One daily grain without breakdowns, days cut in the account's own time zone, one currency, one kind of result.
The last days, whose results still come in, are left out; days without figures are named, and counted in a
control, so that the baseline and not the spend answers for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from workbench.budget.problem import refused
from workbench.core.dates import Period, account_today
from workbench.core.errors import NotEnoughData
from workbench.core.number_text import percent
from workbench.flows.available import Slice, attribution_words, available
from workbench.flows.rows import to_frame
from workbench.lake.schema import SIMULATED_SOURCES
from workbench.lake.window import LEVELS, Grain

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.lake import Lake

Level = Literal["channel", "campaign", "adset"]
Outcome = Literal["results", "conversions", "value"]
PeriodKind = Literal["auto", "day", "week"]

#: A day is mature from this share of its results on.
MATURE_SHARE = 0.9
_SUMS = {
    "results": "sum(coalesce(results, conversions))",
    "conversions": "sum(conversions)",
    "value": "sum(value_micros) / 1e6",
}
ITEM_KEYS = {
    "channel": ("network", "network"),
    "campaign": ("campaign_id", "campaign_name"),
    "adset": ("concat_ws(' / ', campaign_id, adset_id)", "concat_ws(' / ', campaign_name, adset_name)"),
}
_ROWS = """
SELECT date_start, {key} AS item, any_value(coalesce({name}, {key})) AS name, result_type, currency,
       sum(spend_micros)::DOUBLE / 1e6 AS spend, coalesce({outcome}, 0)::DOUBLE AS outcome,
       list(DISTINCT source) AS sources, any_value(campaign_id) AS campaign
FROM ad_insights WHERE network = ? AND account_id = ? AND grain = ? AND date_start BETWEEN ? AND ?
GROUP BY ALL ORDER BY date_start, item
"""


@dataclass(frozen=True)
class LakeQuestion:
    """Which figures of the lake are to be explained by which.

    Attributes
    ----------
    level : {"channel", "campaign", "adset"}
        What plays the part of a channel: networks, campaigns or ad sets.
    outcome : {"results", "conversions", "value"}
    accounts : tuple of str
        Ids; empty for all. Campaigns and ad sets take one.
    since, until : datetime.date or None
        First and last day; by default all mature ones.
    result_type : str
        Kind of result, such as ``lead``; may be left out where there is one.
    period : {"auto", "day", "week"}
        ``auto`` takes weeks where there are 52.
    """

    level: Level = "channel"
    outcome: Outcome = "results"
    accounts: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    result_type: str = ""
    period: PeriodKind = "auto"

    def __post_init__(self) -> None:
        allowed = {"level": Level, "outcome": Outcome, "period": PeriodKind}
        for name, kinds in allowed.items():
            if getattr(self, name) not in get_args(kinds):
                raise refused(name, getattr(self, name), "is unknown", f"Use {', '.join(get_args(kinds))}.")
        if self.since and self.until and self.since > self.until:
            raise refused("since", self.since, f"is after {self.until}", "Give the first day first.")


@dataclass(frozen=True)
class LakeRows:
    """Rows of the chosen accounts over the days that are used.

    Attributes
    ----------
    slices : tuple of Slice
        One daily grain an account, of one currency and time zone.
    rows : pandas.DataFrame
        By day and item: ``item``, ``name``, ``network``, ``campaign``, ``spend`` in currency units,
        ``outcome``, and ``counts``: whether the row is of the kind of result that is explained.
    kind : str
        That kind; empty where the figures name none.
    span : Period
        Days that are used.
    late : dict of str to int
        Immature last days of each account.
    missing : dict of str to list of date
        Days of each account that have no row and that no load has read.
    notes : tuple of str
    """

    slices: tuple[Slice, ...]
    rows: pd.DataFrame
    kind: str
    span: Period
    late: dict[str, int]
    missing: dict[str, list[date]]
    notes: tuple[str, ...]

    @property
    def is_simulated(self) -> bool:
        """Whether any row is of a simulated company."""
        return any(one in SIMULATED_SOURCES for each in self.rows["sources"] for one in each)


def read_lake(lake: Lake, settings: Settings, asked: LakeQuestion) -> LakeRows:
    """Read spend and outcome by day and item.

    Parameters
    ----------
    lake : Lake
        Own lake or a simulated one.
    settings : Settings
        Its time zone counts for accounts that nobody connected.
    asked : LakeQuestion

    Raises
    ------
    NotEnoughData
        If there is no daily grain, no mature day or nothing of the outcome.
    DataError
        If there are two currencies, time zones or kinds of results, or an account is unknown.
    """
    import pandas as pd

    slices = daily_slices(lake, settings, asked)
    frames = [_rows(lake, shown, asked, last_whole_day(lake, shown)) for shown in slices]
    kind = _kind(frames, asked)
    late, notes = _left_out(lake, slices, frames, kind)
    span = _span(frames, asked, late)
    inside = [f[(f["date_start"] >= span.start) & (f["date_start"] <= span.stop)] for f in frames]
    reads = _reads(settings, span.start)
    missing = {
        shown.account_id: _missing(frame, span, reads.get((shown.network, shown.account_id), set()))
        for shown, frame in zip(slices, inside, strict=True)
        if len(frame)
    }
    rows = pd.concat(inside, ignore_index=True)
    rows = rows.assign(counts=rows["result_type"].fillna("") == kind)
    return LakeRows(tuple(slices), rows, kind, span, late, missing, tuple(notes))


def _missing(frame: pd.DataFrame, span: Period, read: set[date]) -> list[date]:
    """Return days without rows that no load has read.

    A day that was read and has no rows had no delivery: its zeros are figures. So are those before an
    account's first row.
    """
    days = set(frame["date_start"])
    return [day for day in span.days() if day not in days and day not in read and day > min(days)]


def _reads(settings: Settings, since: date) -> dict[tuple[str, str], set[date]]:
    """Return the days that loads of the shown company have read, by network and account."""
    from workbench.flows.company import shown_company

    if not settings.ledger_url and not (settings.home / "ledger.db").exists():
        return {}
    from workbench.ledger import load_history, open_ledger

    own = shown_company(settings) == "own"
    sources = load_history.Sources(without=SIMULATED_SOURCES) if own else load_history.Sources()
    found: dict[tuple[str, str], set[date]] = {}
    with open_ledger(settings) as ledger, ledger.read() as session:
        for one in load_history.days_read(session, sources, since=since):
            found.setdefault((one.network, one.account_id), set()).update(one.period.days())
    return found


def daily_slices(lake: Lake, settings: Settings, asked: LakeQuestion) -> list[Slice]:
    """Choose one daily grain of each account.

    Raises
    ------
    NotEnoughData
        If there is no daily grain at the level.
    DataError
        If an account is unknown, or accounts differ in currency or time zone.
    """
    from workbench.flows.accounts import with_account_facts

    known = with_account_facts(available(lake), settings)
    accounts = [one for one in known.accounts if not asked.accounts or one[1] in asked.accounts]
    unknown = set(asked.accounts) - {account for _, account in accounts}
    names = ", ".join(f"{a} ({n})" for n, a in known.accounts[:10])
    if not known.slices:
        raise NotEnoughData(
            "There are no figures yet.", next_step="Load an export with `wb load ads-export FILE`."
        )
    if unknown:
        raise refused("account", sorted(unknown)[0], "has no figures here", f"There are {names}.")
    if asked.level != "channel" and len(accounts) > 1:
        raise refused("account", "none", "is named, and there are several", f"Name one of {names}.")
    slices = [_grain_of(known.grains(*one), asked) for one in accounts]
    for what in ("currency", "time_zone"):
        found = sorted({getattr(shown, what) for shown in slices})
        if len(found) > 1:
            label = what.replace("_", " ")
            raise refused(what, " and ".join(found), f"are two, and a model takes one {label}", _one(slices))
    return slices


def _one(slices: list[Slice]) -> str:
    each = "; ".join(f"{s.account_id}: {s.currency}, {s.time_zone}" for s in slices[:10])
    return f"Name the accounts of one by --account ({each})."


def _grain_of(slices: tuple[Slice, ...], asked: LakeQuestion) -> Slice:
    least = 0 if asked.level == "channel" else LEVELS.index(asked.level)
    parsed = [(shown, Grain.parse(shown.grain)) for shown in slices]
    usable = [
        (shown, grain)
        for shown, grain in parsed
        if grain.increment == "day" and not grain.breakdowns and LEVELS.index(grain.level) >= least
    ]
    if not usable:
        there_are = ", ".join(shown.label for shown in slices)
        raise NotEnoughData(
            f"level: account {slices[0].account_id} has no daily figures by {asked.level}.",
            next_step=f"Load them by day at that level, without breakdowns; there are: {there_are}.",
            field="level",
        )
    order = {"campaign": 0, "adset": 1, "ad": 2, "account": 3}
    return min(usable, key=lambda one: (-one[0].period.stop.toordinal(), order[one[1].level]))[0]


def last_whole_day(lake: Lake, shown: Slice) -> date:
    """Return an account's last day with figures; not the day on which they were read, which goes on."""
    believed_at = max(commit.believed_at for commit in lake.history("ad_insights"))
    is_today = shown.period.stop == account_today(shown.time_zone, believed_at)
    return shown.period.stop - timedelta(days=1) if is_today else shown.period.stop


def _rows(lake: Lake, shown: Slice, asked: LakeQuestion, last: date) -> pd.DataFrame:
    key, name = ITEM_KEYS[asked.level]
    query = _ROWS.format(key=key, name=name, outcome=_SUMS[asked.outcome])
    first, until = asked.since or shown.period.start, min(asked.until or last, last)
    frame = to_frame(
        lake.sql(query, params=(shown.network, shown.account_id, shown.grain, first, until))
    ).assign(last=last, network=shown.network)
    if not len(frame):
        raise NotEnoughData(
            f"since: account {shown.account_id} has no figures from {first} to {until}.",
            next_step=f"There are figures of {shown.period}.",
            field="since",
        )
    if frame["currency"].nunique() > 1:
        both = " and ".join(sorted(frame["currency"].unique()))
        raise refused("currency", both, "are in one account", "Restrict the days by --since and --until.")
    return frame


def _kind(frames: list[pd.DataFrame], asked: LakeQuestion) -> str:
    """Return the one kind of result that is counted; leads and purchases are never added."""
    found: dict[str, float] = {}
    for frame in frames:
        for name, total in frame.groupby(frame["result_type"].fillna(""))["outcome"].sum().items():
            found[str(name)] = found.get(str(name), 0.0) + float(total)
    kinds = sorted(name for name, total in found.items() if total > 0)
    if not kinds:
        raise NotEnoughData(
            f"outcome: there are no {asked.outcome} in these days.",
            next_step="Ask for another outcome, or load figures that have it.",
            field="outcome",
        )
    if asked.result_type:
        if asked.result_type not in kinds:
            raise refused(
                "result", asked.result_type, "is not in the figures", f"There are {', '.join(kinds)}."
            )
        return asked.result_type
    if len(kinds) > 1:
        raise refused("result", ", ".join(kinds), "are never added", f"Name one, as --result {kinds[0]}.")
    return kinds[0]


def _left_out(
    lake: Lake, slices: list[Slice], frames: list[pd.DataFrame], kind: str
) -> tuple[dict[str, int], list[str]]:
    """Return how many last days of each account are immature, and the sentences that say so."""
    late, notes = {}, []
    for shown, frame in zip(slices, frames, strict=True):
        n, said = late_days(lake, shown, kind)
        late[shown.account_id] = n
        last = frame["last"].iloc[0]
        notes.append(f"{shown.account_label}, up to {last}: {said}")
    return late, notes


def late_days(lake: Lake, shown: Slice, kind: str) -> tuple[int, str]:
    """Return how many last days of an account have too few of their results yet, and say why.

    Parameters
    ----------
    lake : Lake
    shown : Slice
        A daily one.
    kind : str
        Kind of result.
    """
    from workbench.flows.account_maturity import account_maturity

    maturity = account_maturity(lake, shown, kind)
    if maturity is not None:
        n = int((maturity.share < MATURE_SHARE).sum())
        left = (
            f"the last {n} days have less than {percent(MATURE_SHARE)} of their results yet and are left out."
        )
        return n, left if n else "all days have their results."
    windows = [part.partition("d_")[0] for part in Grain.parse(shown.grain).attribution.split(",")]
    n = max((int(days) for days in windows if days.isdecimal()), default=0)
    if n == 0:
        return 0, "nothing tells how late results come in; the last days may still grow."
    window = attribution_words(Grain.parse(shown.grain).attribution)
    return n, f"nothing tells how late results come in; the last {n} days are left out, as of {window}."


def _span(frames: list[pd.DataFrame], asked: LakeQuestion, late: dict[str, int]) -> Period:
    first = max(asked.since or date.min, min(frame["date_start"].min() for frame in frames))
    stops = [
        frame["last"].iloc[0] - timedelta(days=n) for frame, n in zip(frames, late.values(), strict=True)
    ]
    stop = min([*stops, *([asked.until] if asked.until else [])])
    if stop < first:
        raise NotEnoughData(
            f"until: no day from {first} on has its results yet; the last mature one is {stop}.",
            next_step="Ask for earlier days, or wait.",
            field="until",
        )
    return Period(first, stop)
