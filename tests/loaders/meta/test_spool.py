"""An answer on disk: sums, an id that depends on the set of rows, and rows back."""

from __future__ import annotations

from datetime import date

from workbench.lake.window import Grain
from workbench.loaders.meta.rows import Asked
from workbench.loaders.meta.spool import Spool

ASKED = Asked("123", "EUR", Grain("campaign"))


def rows(n):
    return [
        {
            "account_id": "123",
            "campaign_id": str(i),
            "date_start": f"2026-11-{i % 30 + 1:02d}",
            "date_stop": f"2026-11-{i % 30 + 1:02d}",
            "impressions": str(i),
            "spend": f"{i}.01",
        }
        for i in range(n)
    ]


def spooled(pages):
    with Spool(ASKED) as spool:
        for page in pages:
            spool.add(page)
        load_id = spool.load_id(spool.days)
        back = [row for batch in spool.batches(load_id) for row in batch.to_pylist()]
    return spool, load_id, back


def test_rows_come_back_as_rows_of_the_load_and_sums_are_exact():
    spool, load_id, back = spooled([rows(100)[:60], [], rows(100)[60:]])
    assert spool.n_rows == len(back) == 100
    assert {row["load_id"] for row in back} == {load_id}
    assert spool.spend_micros == sum(row["spend_micros"] for row in back) == sum(range(100)) * 10**6 + 10**6
    assert spool.impressions == sum(range(100))
    assert sum(day.spend_micros for day in spool.days.values()) == spool.spend_micros
    assert sum(day.n_rows for day in spool.days.values()) == 100
    assert len(spool.days) == 30


def test_the_id_depends_on_the_rows_and_not_on_pages_or_order():
    shuffled = rows(50)
    shuffled.reverse()
    ids = {spooled(pages)[1] for pages in ([rows(50)], [shuffled], [shuffled[:7], shuffled[7:]])}
    assert len(ids) == 1
    changed = rows(50)
    changed[3]["spend"] = "3.02"
    assert spooled([changed])[1] not in ids
    assert spooled([rows(49)])[1] not in ids


def test_an_empty_answer_gives_an_empty_batch():
    spool, _, back = spooled([[]])
    assert (spool.n_rows, back) == (0, [])


def test_nothing_stays_on_disk():
    spool, _, _ = spooled([rows(3)])
    assert not spool._path.exists()


def test_some_days_come_back_alone():
    with Spool(ASKED) as spool:
        spool.add(rows(90))
        days = [date(2026, 11, 2), date(2026, 11, 30)]
        got = [row for batch in spool.batches("L", days=days) for row in batch.to_pylist()]
    assert sorted({row["date_start"] for row in got}) == days
    assert len(got) == 6
