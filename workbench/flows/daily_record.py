"""What drafts of daily budgets expected of their days, and how many results those days brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from workbench.budget.daily_expected import ExpectedDays, results_of_days
from workbench.budget.estimate import Estimate
from workbench.core.errors import WorkbenchError
from workbench.core.money import minor_digits
from workbench.flows.draft_daily import DAILY_KIND
from workbench.flows.kept_drafts import KeptDraft, kept_drafts

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings
    from workbench.lake import Lake

_MOST = 30
_SETTLED_DAYS = 7  # after nine tenths of a day's results are in: hardly any come later
_MOST_DAYS = 7  # that a draft speaks of, where no later one follows


@dataclass(frozen=True)
class PastDays:
    """Daily budgets that were drafted before, and the days they were for.

    Attributes
    ----------
    number : int
        Of the action in the ledger.
    state, created_by : str
    created_at : datetime
    day : datetime.date
        From which they were to hold.
    n_days : int
        Until the next draft of the same budgets, a week at most; once that is over, with all results in.
    moved_minor : int
        Minor units a day that are taken from one item and given to another, or added or taken away.
    currency : str
    result_type : str
    gain : Estimate or None
        Results a day that they were to bring more than the split before; where value counted, currency units.
    counts_value : bool
    days : ExpectedDays or None
        What was expected of these days; ``None`` where nothing was.
    expected : Estimate or None
        Results of these days in all, with the interval of what may come.
    came : float or None
        Results that they brought.
    why_not : str
        Why there is no ``came``; empty where there is.
    level : float
        Of the intervals.
    """

    number: int
    state: str
    created_by: str
    created_at: datetime
    day: date
    n_days: int
    moved_minor: int
    currency: str
    result_type: str
    gain: Estimate | None
    counts_value: bool
    days: ExpectedDays | None
    expected: Estimate | None
    came: float | None
    why_not: str
    level: float

    @property
    def moved(self) -> float:
        """The same in currency units."""
        return float(self.moved_minor / 10 ** minor_digits(self.currency))

    @property
    def is_inside(self) -> bool | None:
        """Whether what came lies in what was expected; ``None`` where none can say."""
        if self.came is None or self.expected is None:
            return None
        return self.expected.interval[0] <= self.came <= self.expected.interval[1]


class _Drafted(KeptDraft):
    @property
    def changes(self) -> list[dict[str, Any]]:
        return self.diff[:-1]

    @property
    def said(self) -> dict[str, Any]:
        """What was expected."""
        return self.diff[-1]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.payload["day"])

    @property
    def of(self) -> tuple[str, ...]:
        """Whose budgets: drafts of the same follow each other."""
        return tuple(
            self.payload[key] for key in ("network", "account_id", "level", "outcome", "result_type")
        )


def daily_record(settings: Settings, *, is_simulated: bool) -> tuple[PastDays, ...]:
    """Return the last drafts of daily budgets of the shown company, the newest first.

    Parameters
    ----------
    settings : Settings
    is_simulated : bool
        Whether drafts of a simulated company are asked for.

    Returns
    -------
    tuple of PastDays
        Thirty at most. Of several drafts for one day the last one counts. What came is what was reported of
        the same items; it is given once the days and their results are in, and where spends lay nearer to the
        draft than to the budgets before.
    """
    drafts = [one for one in _drafted(settings) if one.payload["is_simulated"] == is_simulated]
    out: list[PastDays] = []
    for _, theirs in groupby(sorted(drafts, key=lambda one: one.of), key=lambda one: one.of):
        out += _of_account(settings, list({one.day: one for one in theirs}.values()))
    return tuple(sorted(out, key=lambda one: -one.number)[:_MOST])


def all_days(record: Sequence[PastDays]) -> tuple[Estimate, float] | None:
    """Return what those that can be compared were to bring in all, and what came; ``None`` without any.

    Results of one kind only, that of the newest of them: kinds are never added.
    """
    known = [one for one in record if one.is_inside is not None]
    if not known:
        return None
    known = [one for one in known if one.result_type == known[0].result_type]
    level = known[0].level
    expected = results_of_days([one.days for one in known if one.days is not None], level)
    return expected, sum(one.came for one in known if one.came is not None)


def _drafted(settings: Settings) -> list[_Drafted]:
    """Return the drafts, the oldest first."""
    newest = kept_drafts(settings, DAILY_KIND, most=2 * _MOST)
    return [_Drafted(**vars(one)) for one in reversed(newest)]


def _of_account(settings: Settings, drafts: list[_Drafted]) -> list[PastDays]:
    """Judge the drafts of one account's budgets by its figures."""
    drafts = sorted(drafts, key=lambda one: one.day)
    try:
        rows, last = _figures(settings, drafts[0])
    except WorkbenchError:
        rows, last = None, date.min
    ends = [one.day for one in drafts[1:]] + [date.max]
    return [_judged(one, end, rows, last) for one, end in zip(drafts, ends, strict=True)]


def _figures(settings: Settings, first: _Drafted) -> tuple[pd.DataFrame, date]:
    """Return spend and results by day and item, and the last day whose results are in."""
    import pandas as pd

    from workbench.flows.budget_rows import LakeQuestion, daily_slices, last_whole_day, read_lake
    from workbench.flows.company import shown_lake

    lake: Lake = shown_lake(settings)
    asked = first.payload
    question = LakeQuestion(
        asked["level"], asked["outcome"], (asked["account_id"],), result_type=asked["result_type"]
    )
    newest = last_whole_day(lake, daily_slices(lake, settings, question)[0])
    if first.day > newest:  # nothing of it yet: what is late need not be learned
        return pd.DataFrame(), newest
    read = read_lake(lake, settings, question)
    rows = read.rows[read.rows["date_start"] >= first.day]
    ids = rows["item"].str.split(" / ").str[-1]  # an ad set's key begins with its campaign's
    rows = rows.assign(item=ids, outcome=rows["outcome"].where(rows["counts"], 0.0))
    return rows, read.span.stop - timedelta(days=_SETTLED_DAYS if read.late[asked["account_id"]] else 0)


def _judged(one: _Drafted, end: date, rows: pd.DataFrame | None, last: date) -> PastDays:
    n_days = min((end - one.day).days if end < date.max else _MOST_DAYS, _MOST_DAYS)
    said, level = one.said, float(one.said["level"])
    days = None
    if said["expected"]:
        a_day = _estimate(said["expected"])
        days = ExpectedDays(a_day, said["day_dispersion"], said["drift"], n_days)
    came, why_not = _came(one, n_days, rows, last)
    return PastDays(
        one.number,
        one.state,
        one.created_by,
        one.created_at,
        one.day,
        n_days,
        one.moved_minor,
        one.payload["currency"],
        one.payload["result_type"],
        _estimate(said["gain"]) if said["gain"] else None,
        said.get("objective") == "value",
        days,
        results_of_days([days], level) if days else None,
        came,
        why_not,
        level,
    )


def _came(one: _Drafted, n_days: int, rows: pd.DataFrame | None, last: date) -> tuple[float | None, str]:
    """Return the results of a draft's days, or why they cannot be said."""
    if rows is None:
        return None, "no figures"
    if one.day + timedelta(days=n_days - 1) > last:
        return None, "too early"
    units = 10 ** minor_digits(one.payload["currency"])
    planned = {row["id"]: row["daily_minor"] / units for row in one.payload["budgets"]}
    before = planned | {row["id"]: row["from_minor"] / units for row in one.changes}
    until = one.day + timedelta(days=n_days)
    theirs = rows[(rows["date_start"] >= one.day) & (rows["date_start"] < until)]
    theirs = theirs[theirs["item"].isin(planned)]
    spent = {str(k): float(v) / n_days for k, v in theirs.groupby("item")["spend"].sum().items()}
    if _distance(spent, planned) > _distance(spent, before):
        return None, "not followed"
    return float(theirs["outcome"].sum()), ""


def _distance(spent: dict[str, float], budgets: dict[str, float]) -> float:
    return sum(abs(spent.get(key, 0.0) - amount) for key, amount in budgets.items())


def _estimate(given: dict[str, Any]) -> Estimate:
    low, high = given["interval"]
    return Estimate(float(given["mean"]), (float(low), float(high)))
