"""Which kind of result a page counts: leads and purchases are never added to one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ResultTypes:
    """The kind of result of every campaign, and the one that was chosen.

    Attributes
    ----------
    chosen : str or None
        Kind in use; ``None`` if the source names none at all.
    all_types : tuple of str
        All kinds, the one with most spend behind it first.
    by_campaign : dict
        Kind of each campaign; a campaign is missing here when neither its rows nor the account tell.
    """

    chosen: str | None
    all_types: tuple[str, ...]
    by_campaign: dict[str, str]

    def is_chosen(self, rows: pd.DataFrame) -> pd.Series[bool]:
        """Say for each row whether its campaign's kind of result is the chosen one."""
        if self.chosen is None:
            return rows["campaign_id"].notna() | True
        return rows["campaign_id"].map(self.by_campaign).eq(self.chosen)

    def mask_other_results(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Take the results out of rows that name another kind than their campaign has.

        Such a row keeps its spend, but its results do not count.
        """
        other = rows["result_type"].notna() & rows["result_type"].ne(
            rows["campaign_id"].map(self.by_campaign)
        )
        if not other.any():
            return rows
        return rows.assign(results=rows["results"].mask(other))


def assign_result_types(
    rows: pd.DataFrame, rows_before: pd.DataFrame | None, *, wanted: str | None = None
) -> ResultTypes:
    """Find each campaign's kind of result from both periods.

    Ads Manager leaves the kind blank on rows without a result, so a campaign's kind is the one most of its
    results have. Where an account knows one kind only, campaigns without any result belong to it: their
    spend counts in its cost.

    Parameters
    ----------
    rows, rows_before : pandas.DataFrame
        As for :func:`workbench.performance.overview.summarise`.
    wanted : str, optional
        Kind to choose; one that does not occur is ignored.
    """
    import pandas as pd

    needed = ["campaign_id", "result_type", "results", "spend_micros"]
    frames = [rows[needed]] if rows_before is None else [rows[needed], rows_before[needed]]
    both = pd.concat(frames, ignore_index=True)
    named = both[both["result_type"].notna()]
    counts = named.groupby(["campaign_id", "result_type"], dropna=False)["results"].sum().reset_index()
    counts = counts.sort_values(["campaign_id", "results", "result_type"], ascending=[True, False, True])
    by_campaign = dict(counts.drop_duplicates("campaign_id")[["campaign_id", "result_type"]].to_numpy())
    kinds = set(by_campaign.values())
    if len(kinds) == 1:
        by_campaign = dict.fromkeys(both["campaign_id"].unique(), next(iter(kinds)))
    spend = both.groupby(both["campaign_id"].map(by_campaign))["spend_micros"].sum()
    ordered = tuple(sorted(kinds, key=lambda kind: (-int(spend.get(kind, 0)), kind)))
    chosen = wanted if wanted in kinds else (ordered[0] if ordered else None)
    return ResultTypes(chosen, ordered, by_campaign)
