"""The page, the spreadsheet, the JSON and the source agree to the cent, whatever is chosen."""

from __future__ import annotations

import io
import os
from decimal import Decimal

import numpy as np
import openpyxl
import pytest
from filters import random_filters

from workbench.core.money import from_micros, round_micros
from workbench.core.number_text import money
from workbench.flows.available import available
from workbench.flows.filters import FilterState
from workbench.flows.overview import overview_of
from workbench.flows.sample import load_sample
from workbench.lake import Lake
from workbench.sandbox.company import make_company
from workbench.sandbox.company_files import write_company
from workbench.views.overview_blocks import overview_parts
from workbench.views.overview_sheet import overview_workbook

N_FILTERS = int(os.environ.get("WORKBENCH_FILTERS", "200"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_company(folder, make_company(n_days=200))
    lake = Lake(str(folder / "lake"))
    load_sample(folder, lake)
    return lake


def source_sums(lake, state: FilterState) -> tuple[int, int]:
    """Add the raw rows in plain Python: nothing of the code under test."""
    rows = lake.sql(
        "SELECT campaign_id, age, gender, spend_micros, impressions FROM ad_insights "
        "WHERE grain = ? AND date_start BETWEEN ? AND ?",
        params=(state.grain, state.start, state.stop),
    ).to_pylist()
    kept = [
        r
        for r in rows
        if (not state.campaigns or r["campaign_id"] in state.campaigns)
        and all(r[name] in values for name, values in state.breakdowns)
    ]
    return sum(r["spend_micros"] for r in kept), sum(r["impressions"] or 0 for r in kept)


def test_every_face_shows_the_same_total(lake):
    known = available(lake)
    rng = np.random.default_rng(20261121)
    seen = 0
    for _ in range(N_FILTERS):
        state = random_filters(known, rng)
        assert FilterState.from_fragment(state.to_fragment(), known) == state
        view = overview_of(lake, state, known=known)
        spend_micros, impressions = source_sums(lake, state)
        totals = view.overview.totals
        assert totals.spend_micros == spend_micros
        assert (totals.impressions or 0) == impressions
        exact = round_micros(spend_micros, "EUR")
        assert view.overview.to_dict()["totals"]["spend"] == str(exact)
        if not view.overview.entities and not view.overview.others:
            continue
        seen += 1
        shown = money(spend_micros, "EUR")
        parts = overview_parts(view)
        assert f'<p class="wb-value">{shown}</p>' in parts.tiles
        sheet = openpyxl.load_workbook(io.BytesIO(overview_workbook(view)), data_only=True)["Figures"]
        header = [cell.value for cell in sheet[1]]
        column = next(i for i, name in enumerate(header) if str(name).startswith("Spend"))
        cells = [row[column] for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert Decimal(str(cells[-1])).quantize(Decimal("0.01")) == exact
        rows = sum(
            (from_micros(e.spend_micros) for e in (*view.overview.entities, *view.overview.others)),
            Decimal(0),
        )
        assert rows == from_micros(spend_micros)
    assert seen > N_FILTERS // 2
