"""The lake as a whole: write, replace, ask."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from workbench.core.errors import DataError, PolicyViolation
from workbench.lake import Lake
from workbench.lake.schema import TABLES
from workbench.lake.window import Grain

JAN = date(2026, 1, 1)
RANGES = Grain("campaign", (), "range", "")
SPEND = "SELECT coalesce(sum(spend_micros), 0) AS spend, count(*) AS n FROM ad_insights"


def asked(lake: Lake, query: str = SPEND, **more) -> dict[str, object]:
    return lake.sql(query, **more).to_pylist()[0]


def test_an_empty_lake_answers_with_empty_tables(lake):
    assert lake.version() == ""
    assert lake.is_empty()
    assert lake.earliest() is None
    assert lake.history() == ()
    for name, table in TABLES.items():
        found = lake.sql(f"SELECT * FROM {name}")
        assert found.num_rows == 0
        assert found.schema.names == list(table.names)


def test_what_is_stored_is_what_is_read(lake, insights):
    rows = insights(JAN, 40, load_id="L1")
    commit = lake.append("ad_insights", rows, load_id="L1")
    assert commit.changed
    assert commit.n_rows == 80
    columns = ", ".join(rows.schema.names)
    found = lake.sql(f"SELECT {columns} FROM ad_insights ORDER BY date_start, campaign_id")
    assert found.equals(rows)


def test_every_table_takes_rows(lake):
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    run = {"run_id": "r1", "month": "2026-01", "kind": "budget.response", "finished_at": moment}
    run |= {"code_version": "0.1.0", "data_version": "{}"}
    lake.append("model_runs", pa.Table.from_pylist([run]), load_id="r1")
    assert asked(lake, "SELECT finished_at, seed FROM model_runs") == {"finished_at": moment, "seed": None}
    post = {"network": "meta", "account_id": "1", "month": "2026-01", "date_start": JAN, "post_id": "p"}
    post |= {"is_paid": True, "published_at": moment, "source": "sample"}
    lake.append("posts", pa.Table.from_pylist([post]), load_id="L")
    assert asked(lake, "SELECT is_paid, post_id, load_id FROM posts") == {
        "is_paid": True,
        "post_id": "p",
        "load_id": "L",
    }


def test_account_ids_keep_zeros_and_strange_letters(lake, insights):
    accounts = ["007", "a b/ü%41=x+&'q", '[x]*?{}~#:é\\"', "null", " ", "2026-01-01"]
    for account in accounts:
        lake.append("ad_insights", insights(JAN, 1, account=account), load_id=f"L{account}")
    found = lake.sql("SELECT DISTINCT account_id FROM ad_insights ORDER BY 1")["account_id"].to_pylist()
    assert found == sorted(accounts)
    for account in accounts:
        only = asked(lake, SPEND + " WHERE account_id = ? AND month = '2026-01'", params=[account])
        assert only["n"] == 2


def test_awkward_accounts_are_replaced_alone(lake, insights, window):
    for account in ("O'Neill", "a b/ü%", "%"):
        for spend in (1, 2):
            lake.replace(
                "ad_insights",
                [window(JAN, 3, account=account)],
                insights(JAN, 3, account=account, spend=spend),
                load_id=f"{account}{spend}",
            )
    assert asked(lake) == {"spend": 3 * 6 * 2, "n": 18}


def test_a_root_with_star_and_question_mark(tmp_path, insights):
    lake = Lake(tmp_path / "50% of what? *")
    lake.append("ad_insights", insights(JAN, 1), load_id="L")
    assert asked(lake)["n"] == 2


def test_appending_a_load_twice_changes_nothing(lake, insights):
    first = lake.append("ad_insights", insights(JAN, 3), load_id="L1")
    token = lake.version()
    again = lake.append("ad_insights", insights(JAN, 3), load_id="L1")
    assert (first.changed, again.changed) == (True, False)
    assert lake.version() == token
    assert asked(lake)["n"] == 6


def test_a_daily_window_replaces_its_days_and_nothing_else(lake, insights, window):
    lake.append("ad_insights", insights(JAN, 60), load_id="old")
    other = insights(JAN, 60, account="9")
    lake.append("ad_insights", other, load_id="other")
    middle = date(2026, 1, 25)
    lake.replace("ad_insights", [window(middle, 10)], insights(middle, 10, spend=5), load_id="new")
    assert asked(lake) == {"spend": 110 * 2 * 1_000_000 + 10 * 2 * 5, "n": 240}
    days = "SELECT min(date_start) a, max(date_start) b FROM ad_insights WHERE load_id = 'new'"
    assert asked(lake, days) == {"a": middle, "b": date(2026, 2, 3)}


def test_a_range_window_replaces_exactly_that_range(lake, insights, window):
    week = insights(JAN, 7, grain=RANGES, spend=7)
    month = insights(JAN, 31, grain=RANGES, spend=31)
    daily = insights(JAN, 7, spend=1)
    lake.append("ad_insights", week, load_id="week")
    lake.append("ad_insights", month, load_id="month")
    lake.append("ad_insights", daily, load_id="daily")
    lake.replace(
        "ad_insights",
        [window(JAN, 7, grain=RANGES)],
        insights(JAN, 7, grain=RANGES, spend=8),
        load_id="week2",
    )
    by_load = lake.sql(
        "SELECT load_id, sum(spend_micros) s FROM ad_insights GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert {row["load_id"]: row["s"] for row in by_load} == {"daily": 14, "month": 62, "week2": 16}


def test_several_windows_are_one_commit(lake, insights, window):
    one, two = window(JAN, 3), window(date(2026, 3, 1), 2, account="9")
    rows = pa.concat_tables([insights(JAN, 3), insights(date(2026, 3, 1), 2, account="9")])
    first = lake.replace("ad_insights", [one, two], rows, load_id="L1")
    second = lake.replace("ad_insights", [one, two], rows, load_id="L2")
    assert second.version == first.version + 1
    assert asked(lake)["n"] == 10


def test_a_window_is_replaced_by_zero_rows(lake, insights, window):
    lake.append("ad_insights", insights(JAN, 5), load_id="L1")
    none = insights(JAN, 1).slice(0, 0)
    for data in (none, none.to_reader(), iter(none.to_batches())):
        lake.replace("ad_insights", [window(JAN, 2)], data, load_id="L2")
    assert asked(lake)["n"] == 6
    assert not lake.replace("ad_insights", [window(JAN, 2)], none, load_id="L3").changed
    lake.replace("ad_insights", [window(JAN, 5)], none, load_id="L4")
    assert lake.is_empty()


def test_replacing_by_the_same_load_changes_nothing(lake, insights, window):
    load = {"load_id": "L1"}
    first = lake.replace("ad_insights", [window(JAN, 3)], insights(JAN, 3), **load)
    token = lake.version()
    for data in (insights(JAN, 3), insights(JAN, 3).to_reader(), iter(insights(JAN, 3).to_batches())):
        again = lake.replace("ad_insights", [window(JAN, 3)], data, **load)
        assert (again.changed, again.version) == (False, first.version)
    assert lake.version() == token
    # a part of the window was replaced since: the same load is news again
    lake.replace("ad_insights", [window(JAN, 1)], insights(JAN, 1), load_id="L2")
    assert lake.replace("ad_insights", [window(JAN, 3)], insights(JAN, 3), **load).changed
    assert asked(lake, "SELECT DISTINCT load_id FROM ad_insights")["load_id"] == "L1"


def test_a_table_without_a_grain_is_replaced_by_account_and_dates(lake, window):
    def conversions(n: float) -> pa.Table:
        row = {"network": "meta", "account_id": "123", "month": "2026-01", "date_start": JAN}
        row |= {"converted_on": JAN, "conversion_type": "lead", "currency": "EUR", "conversions": n}
        return pa.Table.from_pylist([row | {"source": "sample"}])

    lake.replace("conversions", [window(JAN, 7)], conversions(1), load_id="L1")
    lake.replace("conversions", [window(JAN, 7)], conversions(2), load_id="L2")
    assert lake.sql("SELECT conversions FROM conversions").to_pylist() == [{"conversions": 2.0}]
    with pytest.raises(DataError, match=r"'model_runs' belong to no window.*Lake\.append"):
        lake.replace("model_runs", [window(JAN, 7)], [], load_id="L")
    with pytest.raises(DataError, match="No window"):
        lake.replace("ad_insights", [], [], load_id="L")


def test_a_stream_is_spooled_and_written_once(lake, insights, window):
    rows = insights(JAN, 365, n_campaigns=50)
    batches = rows.to_batches(max_chunksize=777)
    lake.replace("ad_insights", [window(JAN, 365)], (b for b in batches), load_id="L")
    assert asked(lake) == {"spend": rows.num_rows * 1_000_000, "n": rows.num_rows}


def test_a_grown_schema_reads_old_rows_as_missing(lake, insights, monkeypatch):
    from dataclasses import replace

    from workbench.lake import rows as rows_module
    from workbench.lake import schema

    now = schema.AD_INSIGHTS
    before = replace(now, columns=tuple(c for c in now.columns if c.name not in ("objective", "age")))
    with monkeypatch.context() as patched:
        patched.setitem(schema.TABLES, "ad_insights", before)
        schema.arrow_schema.cache_clear()
        rows_module.stored_schema.cache_clear()
        lake.append("ad_insights", insights(JAN, 2), load_id="old")
    schema.arrow_schema.cache_clear()
    rows_module.stored_schema.cache_clear()
    assert lake.sql("SELECT count(*) n, count(objective) o, count(age) a FROM ad_insights").to_pylist() == [
        {"n": 4, "o": 0, "a": 0}
    ]
    lake.append("ad_insights", insights(JAN, 1, account="9", objective="OUTCOME_LEADS"), load_id="new")
    assert asked(lake, "SELECT count(*) n, count(objective) o FROM ad_insights") == {"n": 6, "o": 2}


def test_sums_of_money_stay_whole_numbers(lake, insights):
    lake.append("ad_insights", insights(JAN, 2, spend=2**53 + 1), load_id="L")
    found = lake.sql("SELECT sum(spend_micros) AS s FROM ad_insights")
    assert found.schema.field("s").type == pa.int64()
    assert found["s"].to_pylist() == [4 * (2**53 + 1)]
    huge = lake.sql("SELECT sum(spend_micros) * 1000 AS s FROM ad_insights")["s"].to_pylist()
    assert huge == [4000 * (2**53 + 1)]


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO ad_insights SELECT * FROM ad_insights",
        "DELETE FROM ad_insights",
        "DROP VIEW ad_insights",
        "CREATE TABLE t AS SELECT 1",
        "COPY ad_insights TO 'out.csv'",
        "ATTACH 'x.db'",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM read_text('/etc/hostname')",
    ],
)
def test_sql_only_reads_the_lake(lake, insights, query):
    lake.append("ad_insights", insights(JAN, 1), load_id="L")
    with pytest.raises(PolicyViolation, match=r"answers one SELECT|outside the lake"):
        lake.sql(query)
    assert asked(lake)["n"] == 2


def test_a_query_sees_no_python_variables(lake):
    secret = pa.table({"x": [1]})
    with pytest.raises(DataError, match="secret"):
        lake.sql("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_a_wrong_query_names_the_tables(lake):
    with pytest.raises(DataError, match=r"(?s)cannot be answered.*ad_insights, ad_entities") as caught:
        lake.sql("SELECT nothing FROM ad_insights")
    assert "nothing" in caught.value.message
    with pytest.raises(DataError, match=r"no table 'ads'.*ad_insights"):
        lake.append("ads", pa.table({}), load_id="L")


def test_other_forms_of_reading_work(lake, insights):
    lake.append("ad_insights", insights(JAN, 1), load_id="L")
    assert lake.sql("DESCRIBE ad_insights").num_rows == len(TABLES["ad_insights"].columns)
    assert lake.sql("SHOW TABLES").num_rows == len(TABLES)
    assert lake.sql("EXPLAIN FROM ad_insights").num_rows >= 1
    assert lake.sql("WITH t AS (FROM ad_insights) FROM t").num_rows == 2
    named = lake.sql("SELECT ? AS a, ? AS b", params=["x", 3]).to_pylist()
    assert named == [{"a": "x", "b": 3}]


def test_a_frame_is_lazy_and_narwhals(lake, insights):
    import narwhals as nw

    lake.append("ad_insights", insights(JAN, 3), load_id="L")
    frame = lake.frame("ad_insights")
    assert isinstance(frame, nw.LazyFrame)
    total = frame.group_by("campaign_id").agg(nw.col("impressions").sum()).sort("campaign_id").collect()
    assert total["impressions"].to_list() == [300, 300]
    assert lake.frame("posts").collect().shape[0] == 0


def test_the_version_changes_with_every_commit_and_is_cheap(lake, insights):
    tokens = [lake.version()]
    for number in range(3):
        lake.append("ad_insights", insights(JAN + timedelta(days=number), 1), load_id=f"L{number}")
        tokens.append(lake.version())
    lake.tidy()
    tokens.append(lake.version())
    assert len(set(tokens)) == 5
    assert Lake(lake.root).version() == tokens[-1]


def test_a_lake_made_anew_has_another_version(tmp_path, insights):
    one, two = Lake(tmp_path / "one"), Lake(tmp_path / "two")
    for lake in (one, two):
        lake.append("ad_insights", insights(JAN, 1), load_id="L")
    assert one.version() != two.version()


def test_a_reader_sees_the_next_commit_at_once(lake, insights):
    reader = Lake(lake.root)
    for number in range(6):
        lake.append("ad_insights", insights(JAN + timedelta(days=number), 1), load_id=f"L{number}")
        assert asked(reader)["n"] == 2 * (number + 1)


def test_importing_the_lake_loads_no_heavy_library():
    code = (
        "import sys, workbench.lake as l; l.Lake('none').version(); l.Lake('none').is_empty();"
        "heavy = {'deltalake', 'duckdb', 'pyarrow', 'pandas', 'numpy', 'narwhals'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


SCRIPT = """
import sys
from workbench.lake import Lake
lake = Lake(sys.argv[1])
row = "? AS run_id, '2026-01' AS month, 'k' AS kind, now() AS finished_at, '0' AS code_version, "
row += "'' AS data_version"
lake.append("model_runs", lake.sql("SELECT " + row, params=[sys.argv[2]]), load_id=sys.argv[2])
assert lake.sql("SELECT count(*) AS n FROM model_runs")["n"].to_pylist()[0] >= 1
frame = lake.frame("model_runs").collect()
assert lake.version() and lake.earliest() and lake.history("model_runs")
"""


def test_a_script_ends_cleanly_twenty_times(tmp_path: Path):
    codes = []
    for start in range(0, 20, 2):
        children = [
            subprocess.Popen(
                [sys.executable, "-c", SCRIPT, str(tmp_path / "lake"), str(start + n)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for n in range(2)
        ]
        for child in children:
            _, complaint = child.communicate(timeout=300)
            codes.append((child.returncode, "Traceback" in complaint))
    assert codes == [(0, False)] * 20
    assert asked(Lake(tmp_path / "lake"), "SELECT count(*) n FROM model_runs")["n"] == 20
