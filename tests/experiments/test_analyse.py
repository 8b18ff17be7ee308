"""Unit rows to a verdict: kinds found, engines agree, real data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit_frames import unit_rows

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.analyse import analyse
from workbench.experiments.counts import analyse_counts
from workbench.experiments.means import analyse_means
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates


@pytest.fixture(scope="module")
def rows():
    return unit_rows()


def groups(rows, column):
    return [rows.loc[rows.group == name, column] for name in ("control", "variant")]


def same(first, second, tolerance=1e-9):
    left, right = first.to_dict(), second.to_dict()

    def compare(a, b):
        if isinstance(a, dict):
            assert a.keys() == b.keys()
            for key in a:
                compare(a[key], b[key])
        elif isinstance(a, list):
            assert len(a) == len(b)
            for one, other in zip(a, b, strict=True):
                compare(one, other)
        elif isinstance(a, float):
            assert a == pytest.approx(b, rel=tolerance, abs=tolerance)
        else:
            assert a == b

    compare(left, right)


def engines(rows, folder):
    import duckdb
    import polars as pl

    table = pa.Table.from_pandas(rows, preserve_index=False)
    rows.to_csv(folder / "rows.csv", index=False)
    rows.to_parquet(folder / "rows.parquet", index=False)
    return {
        "PyArrow": table,
        "DuckDB": duckdb.connect().from_arrow(table),
        "CSV": folder / "rows.csv",
        "Parquet": str(folder / "rows.parquet"),
        "Polars": pl.from_arrow(table),
        "lazy Polars": pl.from_arrow(table).lazy(),
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"metric": "bought"},
        {"metric": "value"},
        {"metric": "value", "covariate": "before", "unit": "unit"},
        {"metric": "value", "covariate": ("before",), "strata": "region"},
        {"metric": "orders", "denominator": "sessions", "covariate": "before"},
        {"metric": "orders", "denominator": "sessions", "kind": "counts"},
        {"metric": "value", "cluster": "shop"},
        {"metric": "orders", "denominator": "sessions", "cluster": "shop", "covariate": "before"},
    ],
)
def test_every_engine_gives_the_same(rows, tmp_path, asked):
    of_pandas = analyse(rows, arm="group", **asked)
    json.dumps(of_pandas.to_dict(), allow_nan=False)
    for frame in engines(rows, tmp_path).values():
        same(analyse(frame, arm="group", **asked), of_pandas)


def test_kinds_are_found_and_are_those_of_the_sums(rows):
    bought, value = groups(rows, "bought"), groups(rows, "value")
    options = Options(names=("control", "variant"))
    got = analyse(rows, arm="group", metric="bought")
    expected = analyse_rates([x.sum() for x in bought], [len(x) for x in bought], options=options)
    assert got.kind == "rates"
    assert got.arms == expected.arms
    assert "only 0 and 1 in all 600 rows" in got.summary()

    got = analyse(rows, arm="group", metric="value")
    sums = [[len(x) for x in value], [x.sum() for x in value], [(x**2).sum() for x in value]]
    expected = analyse_means(*sums, options=options)
    assert got.kind == "means"
    assert got.prob_best == pytest.approx(expected.prob_best, abs=1e-9)
    assert got.uplift[0].absolute.low == pytest.approx(expected.uplift[0].absolute.low)

    got = analyse(rows, arm="group", metric="orders", denominator="sessions", kind="counts")
    orders, sessions = groups(rows, "orders"), groups(rows, "sessions")
    expected = analyse_counts([x.sum() for x in orders], [x.sum() for x in sessions], options=options)
    assert got.arms == expected.arms
    assert "counts need an exposure" in analyse(rows, arm="group", metric="orders").summary()


def test_overdispersed_counts_are_said():
    rng = np.random.default_rng(1)
    heavy = pd.DataFrame(
        {"group": ["a", "b"] * 300, "orders": rng.negative_binomial(0.5, 0.1, 600), "days": 1}
    )
    got = analyse(heavy, arm="group", metric="orders", denominator="days", kind="counts")
    assert "times as much as a Poisson law" in got.summary()


def test_values_far_from_zero_keep_their_digits(rows):
    near = analyse(rows, arm="group", metric="value", covariate="before")
    away = analyse(
        rows.assign(value=rows.value + 1e9, before=rows.before - 1e9),
        arm="group",
        metric="value",
        covariate="before",
    )
    one, other = near.uplift[0].absolute, away.uplift[0].absolute
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-5)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.floats(-1, 1), st.sampled_from([0.5, 0.9, 0.95]))
def test_better_is_the_interval_without_zero(seed, effect, level):
    some = unit_rows(80, seed, effect)
    asked = {"arm": "group", "metric": "value", "covariate": "before"}
    up = analyse(some, **asked, options=Options(level=level)).uplift[0]
    assert up.is_better == (up.absolute.low > 0)
    assert up.is_worse == (up.absolute.high < 0)
    down = analyse(some, **asked, options=Options(level=level, higher_is_better=False)).uplift[0]
    assert (down.is_better, down.prob_better) == (up.is_worse, pytest.approx(1 - up.prob_better))
    swapped = analyse(some, **asked, control="variant", options=Options(level=level)).uplift[0]
    assert swapped.absolute.low == pytest.approx(-up.absolute.high, abs=1e-9)


def test_cookie_cats_is_not_to_be_read(shared_data):
    got = analyse(
        shared_data / "experiments" / "cookie_cats.csv",
        arm="test_version",
        metric="retention_7",
        unit="userid",
        control="gate_30",
    )
    assert got.decision.verdict == "do not read"
    assert got.split_p == pytest.approx(0.008608, abs=5e-7)
    assert got.uplift[0].prob_better == pytest.approx(0.000777, abs=5e-7)


@pytest.mark.parametrize("metric", ["visit", "conversion", "spend"])
def test_hillstrom(shared_data, metric):
    got = analyse(
        shared_data / "experiments" / "hillstrom.csv",
        arm="segment",
        metric=metric,
        covariate=("recency", "history", "mens", "womens", "newbie"),
        strata="channel",
        control="No E-Mail",
    )
    assert got.decision.headline == "Ship Mens E-Mail"
    assert min(one.balance_p for one in got.adjustment.covariates) > 0.4
    assert 0 < got.adjustment.variance_reduction < 0.03
    for one, other in zip(got.uplift, got.unadjusted.uplift, strict=True):
        assert one.absolute.estimate == pytest.approx(other.absolute.estimate, rel=0.02)


def refused(rows, said, error=DataError, **asked):
    with pytest.raises(error, match=said) as got:
        analyse(rows, **({"arm": "group", "metric": "value"} | asked))
    assert got.value.next_step
    return got.value


def test_bad_rows_are_refused_at_the_field(rows):
    some = rows.head(40).copy()
    assert refused(some, "is not a column", metric="valu").facts["field"] == "metric"
    refused(some, "two roles", covariate="value")
    refused(some, "holds String, not numbers", metric="region")
    refused(some, "covariate: 'region' holds String", covariate="region")
    gone = some.assign(value=some.value.where(some.unit > 2))
    refused(gone, r"no value in 3 rows \(by arm: control \d, variant \d\)")
    refused(some.assign(value=some.value.replace(some.value[0], np.inf)), "infinite in 1 rows")
    refused(some[some.group == "control"], "one arm or none")
    refused(some.assign(group=["A", "a "] * 20), "differ in case or spaces only")
    refused(some.assign(group=None), "names no arm")
    refused(rows, "more than 50 values", arm="unit")
    refused(pd.concat([some, some.head(1)]), "1 rows beyond the first", unit="unit")
    refused(
        some.assign(unit=[i // 2 for i in range(40)], group=["a", "b"] * 20), "more than one arm", unit="unit"
    )
    refused(some, "is not an arm", control="placebo")
    refused(some, "are not the arms", options=Options(names=("x", "y")))
    refused(some.assign(value=2.0), "do not vary", error=NotEnoughData)
    refused(some.assign(before=2.0), "does not vary", covariate="before")
    refused(some, "neither 0 nor 1", kind="rates")
    refused(some, "is no kind of metric", kind="median")
    refused(some, "was given for counts", kind="counts")
    refused(some, "no counts", kind="counts", denominator="sessions")
    refused(some, "has no place in means", kind="means", denominator="sessions")
    refused(some.assign(sessions=[-1, 1] * 20), "not clearly above zero", denominator="sessions")
    refused([1, 2], "is not a frame")
    refused("no-such.csv", "is not a file")


def test_many_rows_without_an_arm_withhold_the_winner_and_few_do_not(rows):
    lost = rows.assign(value=rows.value + 5 * (rows.group == "variant"))
    n = len(lost)
    few = lost.assign(group=lost.group.where(np.arange(n) >= 1))
    many = lost.assign(group=lost.group.where(np.arange(n) % 20 > 0))
    got = analyse(few, arm="group", metric="value")
    assert got.decision.verdict == "ship"
    assert "1 rows name no arm" in " ".join(got.notes)
    got = analyse(many, arm="group", metric="value")
    assert got.decision.verdict == "do not read"
    assert got.decision.withheld_by == ("bad units",)
    assert "name no arm" in got.decision.reason


def test_files_of_other_forms_are_refused(tmp_path):
    (tmp_path / "rows.xlsx").write_bytes(b"PK")
    refused(tmp_path / "rows.xlsx", "neither .csv nor .parquet")
    (tmp_path / "rows.parquet").write_bytes(b"PAR?")
    refused(tmp_path / "rows.parquet", "cannot be read")


def test_rows_without_an_arm_are_counted(rows):
    got = analyse(rows.assign(group=rows.group.where(rows.unit >= 7)), arm="group", metric="value")
    assert "7 rows name no arm" in got.summary()
    assert sum(got.n_units) == 593


def test_an_empty_field_of_a_csv_file_is_missing(rows, tmp_path):
    lost = rows.assign(group=rows.group.where(rows.unit >= 7), region=rows.region.where(rows.unit % 3 > 0))
    lost.to_csv(tmp_path / "rows.csv", index=False)
    asked = {"arm": "group", "metric": "value", "strata": "region"}
    got = analyse(tmp_path / "rows.csv", **asked)
    assert "7 rows name no arm" in got.summary()
    same(got, analyse(lost, **asked))


def test_arms_may_be_categories(rows):
    got = analyse(rows.assign(group=rows.group.astype("category")), arm="group", metric="value")
    same(got, analyse(rows, arm="group", metric="value"))


def test_arms_may_be_numbers_and_booleans(rows):
    treated = (rows.group == "variant").astype(int)
    got = analyse(rows.assign(group=treated), arm="group", metric="value")
    assert [one.name for one in got.arms] == ["0", "1"]
    blank = treated.astype(float).where(rows.unit > 0)
    got = analyse(rows.assign(group=blank), arm="group", metric="value")
    assert [one.name for one in got.arms] == ["0", "1"]
    got = analyse(rows.assign(group=treated == 1), arm="group", metric="value", control="True")
    assert [one.name for one in got.arms] == ["True", "False"]
