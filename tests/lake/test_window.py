"""Grains and windows, and the SQL that deletes a window's rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.dates import Period
from workbench.core.errors import DataError
from workbench.lake.predicates import delete_predicate
from workbench.lake.schema import AD_INSIGHTS, BREAKDOWNS
from workbench.lake.window import LEVELS, Grain, Window, month_of

JAN = date(2026, 1, 1)

GRAINS = st.builds(
    Grain,
    st.sampled_from(LEVELS),
    st.lists(st.sampled_from(BREAKDOWNS)).map(tuple),
    st.sampled_from(["day", "range"]),
    st.text(st.characters(exclude_characters="|"), max_size=12),
)


@given(GRAINS)
def test_a_grain_reads_back_from_its_text(grain):
    assert Grain.parse(str(grain)) == grain


def test_breakdowns_have_one_order():
    assert Grain("ad", ("gender", "age", "age")) == Grain("ad", ("age", "gender"))


@pytest.mark.parametrize("text", ["", "ad||day", "post||day|", "ad|shoe size|day|", "ad||week|", "ad||day||"])
def test_other_texts_are_no_grain(text):
    with pytest.raises(DataError, match="grain"):
        Grain.parse(text)


def test_months_of_a_window():
    days = Window("meta", "1", Grain("ad"), Period(date(2025, 12, 31), date(2026, 2, 1)))
    assert days.months == ("2025-12", "2026-01", "2026-02")
    ranges = Window("meta", "1", Grain("ad", (), "range"), days.period)
    assert ranges.months == ("2025-12",)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["1", "2'"]), st.integers(0, 70), st.integers(0, 9)), max_size=30
    ),
    windows=st.lists(
        st.tuples(
            st.sampled_from(["1", "2'"]),
            st.integers(0, 70),
            st.integers(0, 9),
            st.sampled_from(["day", "range"]),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_the_predicate_holds_for_exactly_the_windows_rows(rows, windows):
    import duckdb

    named = [
        Window(
            "meta",
            account,
            Grain("ad", (), kind),
            Period(JAN + timedelta(days=first), JAN + timedelta(days=first + more)),
        )
        for account, first, more, kind in windows
    ]
    stored = [
        (account, JAN + timedelta(days=first), JAN + timedelta(days=first + more), kind)
        for account, first, more in rows
        for kind in ("day", "range")
        if kind == "range" or more == 0
    ]

    def owned(row: tuple[str, date, date, str]) -> bool:
        account, start, stop, kind = row
        return any(
            w.account_id == account
            and w.grain.increment == kind
            and (
                (w.period.start, w.period.stop) == (start, stop)
                if kind == "range"
                else w.period.start <= start <= w.period.stop
            )
            for w in named
        )

    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (account_id TEXT, date_start DATE, date_stop DATE, grain TEXT)")
        connection.execute("ALTER TABLE t ADD COLUMN network TEXT DEFAULT 'meta'")
        connection.execute("ALTER TABLE t ADD COLUMN month TEXT")
        for account, start, stop, kind in stored:
            values = [account, start, stop, str(Grain("ad", (), kind)), month_of(start)]
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, 'meta', ?)", values)
        ((found,),) = connection.sql(
            f"SELECT count(*) FROM t WHERE {delete_predicate(AD_INSIGHTS, named)}"
        ).fetchall()
    assert found == sum(map(owned, stored))
