"""What whole small files become: grains, totals, duplicates, money, results."""

from __future__ import annotations

from datetime import date

import pytest

from workbench.core.dates import Period
from workbench.core.errors import NotReconciled
from workbench.lake.schema import arrow_schema
from workbench.loaders.result import Unreadable

HEAD = "Campaign name,Reporting starts,Reporting ends,Impressions,Amount spent (EUR)\n"
DAYS = "Campaign name,Campaign ID,Day,Impressions,Amount spent (EUR)\n"
SPAN = "2026-11-01,2026-11-20"


def refused(parse_text, text, **options):
    with pytest.raises((Unreadable, NotReconciled)) as caught:
        parse_text(text, **options)
    return caught.value


def test_a_range_export_becomes_canonical_rows(parse_text):
    parsed = parse_text(HEAD + f"A,{SPAN},1000,12.30\nB,{SPAN},5,\n".replace("5,\n", "0,\n"))
    assert parsed.table.schema == arrow_schema("ad_insights")
    assert parsed.table.select(
        ["campaign_id", "campaign_name", "spend_micros", "month", "currency"]
    ).to_pylist() == [
        {
            "campaign_id": "name:A",
            "campaign_name": "A",
            "spend_micros": 12_300_000,
            "month": "2026-11",
            "currency": "EUR",
        },
        {
            "campaign_id": "name:B",
            "campaign_name": "B",
            "spend_micros": 0,
            "month": "2026-11",
            "currency": "EUR",
        },
    ]
    assert parsed.period == Period(date(2026, 11, 1), date(2026, 11, 20))
    assert (parsed.grain, parsed.account_id) == ("campaign||range|", "7")


def test_daily_rows_own_the_days_from_first_to_last(parse_text):
    parsed = parse_text(DAYS + "A,1,2026-11-01,10,1\nA,1,2026-11-04,10,1\n")
    assert [str(w) for w in parsed.windows] == ["meta × 7 × campaign||day| × 2026-11-01 – 2026-11-04"]
    assert parsed.table["campaign_id"].to_pylist() == ["1", "1"]


def test_reporting_dates_of_one_day_each_are_daily_too(parse_text):
    text = HEAD + "A,2026-11-01,2026-11-01,1,1\nA,2026-11-02,2026-11-02,1,1\n"
    assert parse_text(text).grain == "campaign||day|"


def test_weekly_rows_own_one_window_a_week(parse_text):
    text = HEAD + "A,2026-11-01,2026-11-07,1,1\nA,2026-11-08,2026-11-10,1,2\n"
    parsed = parse_text(text)
    assert [p.spend_micros for p in parsed.parts] == [1_000_000, 2_000_000]
    assert parsed.spend_micros == 3_000_000
    weeks = (
        "Campaign name,Week,Amount spent (EUR)\nA,2026-11-01 - 2026-11-07,1\nA,2026-11-08 - 2026-11-14,2\n"
    )
    assert len(parse_text(weeks).windows) == 2


def test_a_period_that_contains_others_is_a_window_of_its_own_and_not_added(parse_text):
    text = HEAD + "A,2026-11-01,2026-11-07,5,1\nA,2026-11-08,2026-11-14,6,2\nA,2026-11-01,2026-11-14,11,3\n"
    parsed = parse_text(text)
    assert parsed.spend_micros == 3_000_000
    assert len(parsed.windows) == 3
    assert "overlap in part" in str(
        refused(parse_text, HEAD + f"A,{SPAN},1,1\nA,2026-11-10,2026-11-30,1,1\n")
    )


@pytest.mark.parametrize("place", ["first", "last", "both"])
@pytest.mark.parametrize("name", ["", "Total", "Results from 2 campaigns"])
def test_totals_rows_are_compared_and_not_stored(parse_text, place, name):
    total = f"{name},{SPAN},1100,12.00\n"
    rows = f"A,{SPAN},1000,10.00\nB,{SPAN},100,2.00\n"
    text = HEAD + (total if place != "last" else "") + rows + (total if place != "first" else "")
    parsed = parse_text(text)
    assert (parsed.table.num_rows, parsed.skipped_totals) == (2, 2 if place == "both" else 1)
    assert parsed.reconciliation.reconciled == "to the cent"
    assert parsed.reconciliation.file_total == "12.00"


def test_rows_within_their_rounding_say_so_and_further_apart_are_refused(parse_text):
    rows = "".join(f"A{i},{SPAN},10,0.01\n" for i in range(10))
    close = parse_text(HEAD + f",{SPAN},100,0.14\n" + rows)
    assert close.reconciliation.reconciled == "within rounding"
    assert close.reconciliation.difference == "-0.04"
    far = refused(parse_text, HEAD + f",{SPAN},100,0.17\n" + rows)
    assert isinstance(far, NotReconciled)
    assert (far.difference, far.file_total, far.column, far.row) == ("-0.07", "0.17", "Amount spent (EUR)", 2)
    assert "'Impressions'" in str(refused(parse_text, HEAD + f",{SPAN},101,0.10\n" + rows))


def test_two_totals_that_differ_are_refused(parse_text):
    text = HEAD + f",{SPAN},10,1.00\nA,{SPAN},10,1.00\n,{SPAN},10,2.00\n"
    assert "Two totals rows differ" in str(refused(parse_text, text))


def test_reach_is_never_compared(parse_text):
    head = HEAD.replace("Impressions", "Impressions,Reach")
    parsed = parse_text(head + f",{SPAN},20,12,2\nA,{SPAN},10,9,1\nB,{SPAN},10,9,1\n")
    assert parsed.table["reach"].to_pylist() == [9, 9]


def test_a_subtotal_of_each_day_is_a_grain_of_its_own(parse_text):
    text = (
        DAYS
        + ",,2026-11-01,30,3\nA,1,2026-11-01,10,1\nB,2,2026-11-01,20,2\n"
        + ",,2026-11-02,5,1\nA,1,2026-11-02,5,1\n"
    )
    parsed = parse_text(text)
    assert sorted(p.grain for p in parsed.parts) == ["account||day|", "campaign||day|"]
    assert {p.spend_micros for p in parsed.parts} == {4_000_000}
    assert parsed.spend_micros == 4_000_000


AGE = "Ad name,Age,Reporting starts,Reporting ends,Impressions,Amount spent (EUR)\n"


def test_unbroken_rows_among_broken_ones_are_never_added(parse_text):
    rows = f"X,18-24,{SPAN},10,1\nX,25-34,{SPAN},20,2\nX,,{SPAN},30,3\nY,,{SPAN},5,1\nY,18-24,{SPAN},5,1\n"
    parsed = parse_text(AGE + rows)
    assert {(p.grain, p.spend_micros, p.rows) for p in parsed.parts} == {
        ("ad|age|range|", 4_000_000, 3),
        ("ad||range|", 4_000_000, 2),
    }
    assert parsed.spend_micros == 4_000_000
    assert "never added" in parsed.warnings[-1]


def test_a_blank_breakdown_with_nothing_below_it_is_a_plain_value(parse_text):
    parsed = parse_text(AGE + f"X,18-24,{SPAN},10,1\nY,,{SPAN},30,3\n")
    assert (parsed.spend_micros, parsed.grain) == (4_000_000, "ad|age|range|")
    assert parsed.table["age"].to_pylist() == ["18-24", None]


def test_a_blank_breakdown_that_is_no_sum_needs_the_total_to_be_believed(parse_text):
    rows = f"X,18-24,{SPAN},10,1\nX,,{SPAN},30,3\n"
    error = refused(parse_text, AGE + rows)
    assert (error.row, error.column) == (3, "age")
    assert parse_text(AGE + rows + f",,{SPAN},40,4\n").spend_micros == 4_000_000


def test_a_blank_name_is_refused(parse_text):
    head = AGE.replace("Ad name,Age", "Campaign name,Ad name")
    assert refused(parse_text, head + f"A,X,{SPAN},10,1\nA,,{SPAN},7,2\n").row == 3


def test_identical_rows_are_refused_with_both_rows(parse_text):
    error = refused(parse_text, HEAD + f"A,{SPAN},10,1\nB,{SPAN},10,1\nA,{SPAN},10,1\n")
    assert error.row == 4
    assert "identical with row 2" in str(error)


def test_identical_rows_stay_if_the_total_needs_both(parse_text):
    parsed = parse_text(HEAD + f",{SPAN},20,2\nA,{SPAN},10,1\nA,{SPAN},10,1\n")
    assert parsed.table["campaign_id"].to_pylist() == ["name:A", "name:A (2)"]


def test_namesakes_without_ids_are_kept_apart_in_any_order(parse_text):
    rows = [f"A,{SPAN},10,1\n", f"A,{SPAN},20,5\n"]
    for order in (rows, rows[::-1]):
        table = parse_text(HEAD + "".join(order)).table
        found = dict(zip(table["campaign_id"].to_pylist(), table["spend_micros"].to_pylist(), strict=True))
        assert found == {"name:A": 5_000_000, "name:A (2)": 1_000_000}


def test_one_id_twice_is_refused(parse_text):
    error = refused(parse_text, DAYS + "A,1,2026-11-01,10,1\nA,1,2026-11-01,20,5\n")
    assert (error.row, "same id (1)" in str(error)) == (2, True)


def test_a_sum_hidden_among_namesakes_is_refused(parse_text):
    rows = f"A,{SPAN},10,1\nA,{SPAN},20,5\nA,{SPAN},30,6\n"
    assert "sum of 2 other rows" in str(refused(parse_text, HEAD + rows))


def test_an_unknown_column_tells_rows_apart(parse_text):
    head = HEAD.replace("Campaign name", "Campaign name,Headline")
    parsed = parse_text(head + f"A,Buy now,{SPAN},10,1\nA,Sign up,{SPAN},10,2\n")
    assert parsed.table["breakdown_other"].to_pylist() == [
        '{"Headline": "Buy now"}',
        '{"Headline": "Sign up"}',
    ]
    assert parsed.grain == "campaign|breakdown_other|range|"


def test_mixed_attribution_settings_are_grains_whose_sum_is_the_files(parse_text):
    head = HEAD.replace("Campaign name", "Campaign name,Attribution setting")
    rows = f"A,7-day click,{SPAN},10,1\nB,1-day click,{SPAN},10,2\n,,{SPAN},20,3\n"
    parsed = parse_text(head + rows)
    assert sorted(p.grain for p in parsed.parts) == ["campaign||range|1d_click", "campaign||range|7d_click"]
    assert (parsed.spend_micros, parsed.reconciliation.reconciled) == (3_000_000, "to the cent")


@pytest.mark.parametrize(
    ("cell", "reason"), [("x1", "is not a number"), ("-5", "below zero"), ("", "blank although")]
)
def test_an_unreadable_amount_names_row_line_and_column(parse_text, cell, reason):
    head = HEAD.replace("Campaign name", "Campaign name,Text")
    error = refused(parse_text, head + f'A,"one\ntwo",{SPAN},10,1\nB,three,{SPAN},10,{cell}\n')
    assert (error.row, error.column) == (3, "Amount spent (EUR)")
    assert reason in str(error)
    assert "row 3 starts on line 4" in str(error)


def test_a_rounded_id_is_refused(parse_text):
    assert "rounded" in str(refused(parse_text, DAYS + "A,2.38E+16,2026-11-01,10,1\n"))


def test_a_day_outside_the_report_is_refused(parse_text):
    head = "Campaign name,Day,Reporting starts,Reporting ends,Amount spent (EUR)\n"
    assert "outside the report" in str(refused(parse_text, head + f"A,2026-12-01,{SPAN},1\n"))


def test_files_without_spend_or_dates_or_rows_are_refused(parse_text):
    assert "No column holds the amount spent" in str(refused(parse_text, "Campaign name,Impressions\nA,1\n"))
    assert "which days" in str(refused(parse_text, "Campaign name,Amount spent (EUR)\nA,1\n"))
    assert "no rows" in str(refused(parse_text, HEAD))
    assert "only one of" in str(refused(parse_text, "Campaign name,Reporting starts,Cost\nA,2026-11-01,1\n"))


def test_a_given_period_dates_a_file_without_dates(parse_text):
    period = Period(date(2026, 11, 1), date(2026, 11, 7))
    assert parse_text("Campaign name,Amount spent (EUR)\nA,1\n", period=period).period == period


def test_currency_comes_from_header_column_argument_or_settings(parse_text):
    assert parse_text(HEAD.replace("EUR", "USD") + f"A,{SPAN},1,1\n").currency == "USD"
    bare = HEAD.replace(" (EUR)", "")
    assumed = parse_text(bare + f"A,{SPAN},1,1\n")
    assert (assumed.currency, "EUR is assumed" in assumed.warnings[0]) == ("EUR", True)
    assert parse_text(bare + f"A,{SPAN},1,1\n", currency="GBP").currency == "GBP"
    column = bare.replace("Campaign name", "Currency,Campaign name")
    assert parse_text(column + f"SEK,A,{SPAN},1,1\n").currency == "SEK"
    assert "not in GBP" in str(refused(parse_text, HEAD + f"A,{SPAN},1,1\n", currency="GBP"))


def test_accounts_come_from_the_file(parse_text):
    head = HEAD.replace("Campaign name", "Account ID,Campaign name")
    parsed = parse_text(head + f"act_1,A,{SPAN},1,1\n2,A,{SPAN},1,1\n")
    assert (parsed.account_id, len(parsed.windows)) == ("1, 2", 2)
    assert "not 9" in str(refused(parse_text, head + f"1,A,{SPAN},1,1\n", account_id="9"))


def test_results_conversions_and_value(parse_text):
    head = HEAD.replace(
        "Impressions", "Results,Result indicator,Purchases,Purchases conversion value,Impressions"
    )
    parsed = parse_text(head + f"A,{SPAN},4,actions:link_click,2,19.90,10,1\nB,{SPAN},,,,,10,1\n")
    assert parsed.table["result_type"].to_pylist() == ["link_click", "link_click"]
    assert parsed.table["results"].to_pylist() == [4.0, 0.0]
    assert parsed.table["conversions"].to_pylist() == [2.0, 0.0]
    assert parsed.table["value_micros"].to_pylist() == [19_900_000, None]


def test_a_german_export_of_a_spreadsheet_program(parse_text):
    text = (
        "Kampagnenname;Berichtsstart;Berichtsende;Impressionen;Ausgegebener Betrag (EUR);Geschlecht\r\n"
        "Grün;01.11.2026;20.11.2026;1.234.567;1.010,00;weiblich\r\n"
        "Grün;01.11.2026;20.11.2026;12;0,5;männlich\r\n"
    )
    parsed = parse_text(text.encode("utf-16"))
    assert (parsed.spend_micros, parsed.impressions) == (1_010_500_000, 1_234_579)
    assert parsed.table["gender"].to_pylist() == ["female", "male"]


def test_images_and_videos_in_two_columns_are_one_breakdown(parse_text):
    head = AGE.replace("Age", "Image,Video")
    parsed = parse_text(head + f"X,a.png,,{SPAN},10,1\nX,,b.mp4,{SPAN},20,2\n")
    assert parsed.table["asset_media"].to_pylist() == ["a.png", "b.mp4"]
    assert (parsed.spend_micros, parsed.warnings) == (3_000_000, ())


def test_a_file_of_the_account_reconciles_with_its_undated_total(parse_text):
    head = "Account name,Day,Impressions,Amount spent (EUR)\n"
    parsed = parse_text(head + "X,2026-11-01,5,1\nX,2026-11-02,5,1\n,,10,2\n")
    assert (parsed.grain, parsed.table.num_rows) == ("account||day|", 2)
    assert parsed.reconciliation.reconciled == "to the cent"
