"""From an export on disk to the answer, through the real stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from exports import daily_export

from workbench.core.dates import Period
from workbench.core.errors import DataError, NotEnoughData
from workbench.flows import rows as rows_module
from workbench.flows.available import available
from workbench.flows.company import own_lake, shown_lake, shows_simulated
from workbench.flows.differences import differences
from workbench.flows.filters import FilterState
from workbench.flows.load import load_exports
from workbench.flows.overview import overview_of
from workbench.flows.rows import RowReader, without_overlap

FIRST = date(2026, 9, 1)


def load(settings, tmp_path, name="export.csv", **options):
    path = tmp_path / name
    total = daily_export(path, **{"first": FIRST, "n_days": 56, **options})
    (result,) = load_exports([path], settings=settings)
    return total, result


def test_an_export_becomes_an_answer_with_the_same_total(settings, tmp_path):
    assert shows_simulated(settings)
    total, result = load(settings, tmp_path)
    assert result.reconciled == "to the cent"
    assert Decimal(result.spend) == total
    assert not shows_simulated(settings)
    lake = shown_lake(settings)
    known = available(lake)
    everything = FilterState.from_fragment(
        {"from": "2026-09-01", "to": "2026-10-26", "compare": "none"}, known
    )
    view = overview_of(lake, everything)
    assert view.overview.totals.spend_micros == int(total * 1_000_000)
    assert view.overview.comparison is None
    assert not view.is_simulated
    assert sum(e.spend_micros for e in view.overview.entities) == view.overview.totals.spend_micros


def test_the_default_compares_the_last_28_days_with_those_before(settings, tmp_path):
    load(settings, tmp_path)
    view = overview_of(own_lake(settings))
    assert view.overview.period == Period(date(2026, 9, 29), date(2026, 10, 26))
    assert view.overview.comparison == Period(date(2026, 9, 1), date(2026, 9, 28))
    assert view.overview.totals == view.overview.totals_before
    assert view.overview.measure("cost_per_result").change.value == 0


def test_campaigns_and_dates_cut_what_is_shown(settings, tmp_path):
    load(settings, tmp_path)
    lake = own_lake(settings)
    state = replace(FilterState.default(available(lake)), campaigns=("1002",))
    view = overview_of(lake, state)
    assert [e.name for e in view.overview.entities] == ["Autumn"]
    assert view.overview.totals.spend_micros == 28 * 10_010_000


def test_a_restatement_is_seen_and_the_past_belief_stays_answerable(settings, tmp_path):
    load(settings, tmp_path)
    lake = own_lake(settings)
    before = overview_of(lake)
    pinned = datetime.now(UTC)
    load(settings, tmp_path, "again.csv", spend="11.00")
    now = overview_of(own_lake(settings))
    assert now.overview.totals.spend_micros == 56 * 11_000_000
    then = overview_of(own_lake(settings), replace(before.state, as_of=pinned))
    assert then.overview.totals == before.overview.totals
    explained = differences(own_lake(settings), now, settings)
    moved = {c.name: c.spend_micros for c in explained.causes}["Restated since"]
    assert moved == 56 * 990_000
    assert [s.file for s in explained.sources] == ["again.csv"]
    assert explained.unexplained_micros == 0


def test_loading_twice_changes_nothing_not_even_the_version(settings, tmp_path):
    load(settings, tmp_path)
    version = own_lake(settings).version()
    _, result = load(settings, tmp_path)
    assert not result.changed
    assert own_lake(settings).version() == version


def test_ranges_that_overlap_are_never_added():
    days = [date(2022, 1, 1) + timedelta(days=i) for i in range(60)]
    long, shifted, earlier = Period(days[10], days[50]), Period(days[0], days[40]), Period(days[0], days[9])
    kept, left_out = without_overlap([shifted, long, earlier])
    assert kept == [earlier, long]
    assert left_out == (shifted,)


def test_an_empty_lake_says_what_to_do(settings):
    with pytest.raises(NotEnoughData, match="Drop an Ads Manager export"):
        overview_of(own_lake(settings))


def test_a_file_that_is_not_there_stops_before_anything_is_loaded(settings, tmp_path):
    with pytest.raises(DataError, match=r"no-such\.csv"):
        load_exports([tmp_path / "no-such.csv"], settings=settings)


def test_the_charitys_seven_exports_stay_apart(settings, shared_data):
    files = sorted((shared_data / "ads/gwwc_meta_ads_2021").glob("*.csv"))
    results = load_exports(files, settings=settings, account_id="gwwc")
    assert not [r.quarantined for r in results if r.quarantined]
    lake = own_lake(settings)
    known = available(lake)
    assert len(known.slices) == 7
    for shown in known.slices:
        view = overview_of(lake, FilterState.from_fragment({"grain": shown.grain}, known), known=known)
        assert 15_977_900_000 <= view.overview.totals.spend_micros <= 15_978_280_005
        assert view.overview.trend is None
        assert view.overview.totals.impressions == 770_113
    page = overview_of(lake, known=known)
    assert page.state.grain.startswith("campaign||range|")
    assert page.overview.totals.results == 1_581
    assert page.overview.summary().startswith("US$15,978 brought 1,581 leads at US$10.11 each.")


def test_a_kept_slice_and_a_fresh_question_give_the_same_answer(settings, tmp_path, monkeypatch):
    load(settings, tmp_path)
    lake = own_lake(settings)
    known = available(lake)
    reader = RowReader(lake)
    states = [
        FilterState.from_fragment({"from": a, "to": b, "campaign": c, "compare": d}, known)
        for a, b, c, d in (
            ("2026-09-03", "2026-09-20", "", "none"),
            ("2026-09-20", "2026-10-26", "1001", "previous"),
            ("2026-10-26", "2026-10-26", "1002", "previous"),
        )
    ]
    kept = [overview_of(lake, s, known=known, reader=reader).overview.to_dict() for s in states]
    monkeypatch.setattr(rows_module, "MAX_KEPT_ROWS", 0)
    asked = [overview_of(lake, s, known=known).overview.to_dict() for s in states]
    assert kept == asked
