"""Which kind of result a page counts: leads and purchases are never added to one another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.performance.sums import codes_of, sum_by

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


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
        import pandas as pd

        if self.chosen is None:
            return pd.Series(True, index=rows.index)
        return pd.Series(self._kinds(rows) == self.chosen, index=rows.index)

    def _kinds(self, rows: pd.DataFrame) -> NDArray[np.object_]:
        """Return the kind of each row's campaign, ``None`` where it is not known."""
        codes, campaigns = codes_of(rows, "campaign_id")
        return np.array([*map(self.by_campaign.get, campaigns), None], dtype=object)[codes]

    def mask_other_results(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Take the results out of rows that name another kind than their campaign has.

        Such a row keeps its spend, but its results do not count.
        """
        named = rows["result_type"].to_numpy(dtype=object)
        other = rows["result_type"].notna().to_numpy() & (named != self._kinds(rows))
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
    codes, campaigns = codes_of(both, "campaign_id")
    by_campaign = _most_results(both, codes, campaigns)
    kinds = set(by_campaign.values())
    if len(kinds) == 1:
        by_campaign = dict.fromkeys(campaigns, next(iter(kinds)))
    spend = Counter[str]()
    sums = sum_by(both, "campaign_id", ["spend_micros"])
    for campaign, micros in zip(sums.keys, sums.columns["spend_micros"].tolist(), strict=True):
        spend[by_campaign.get(campaign, "")] += micros
    ordered = tuple(sorted(kinds, key=lambda kind: (-spend[kind], kind)))
    chosen = wanted if wanted in kinds else (ordered[0] if ordered else None)
    return ResultTypes(chosen, ordered, by_campaign)


def _most_results(rows: pd.DataFrame, codes: NDArray[np.intp], campaigns: tuple[str, ...]) -> dict[str, str]:
    """Return for each campaign the kind that most of its results have; in a tie the first by name."""
    kind_codes, kinds = codes_of(rows, "result_type")
    named = (kind_codes >= 0) & (codes >= 0)
    results = rows["results"].to_numpy(dtype="float64", na_value=0)
    counts = np.full((len(campaigns), len(kinds)), -np.inf)
    counts[codes[named], kind_codes[named]] = 0.0
    np.add.at(counts, (codes[named], kind_codes[named]), results[named])
    best = counts.argmax(axis=1).tolist() if kinds else []
    return {campaigns[i]: kinds[k] for i, k in enumerate(best) if counts[i, k] > -np.inf}
