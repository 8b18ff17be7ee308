"""What was believed when: by the moment a commit carries, on copies too, and never by file time."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from workbench.core.errors import DataError
from workbench.lake import Lake

JAN = date(2026, 1, 1)
MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
SPEND = "SELECT sum(spend_micros) AS spend FROM ad_insights"


def spend(lake: Lake, **more) -> int | None:
    return lake.sql(SPEND, **more)["spend"].to_pylist()[0]


def three_beliefs(lake, insights, window) -> None:
    """One window of one row, believed to be 1, 2 and 3 micros on three days."""
    for number in range(3):
        lake.replace(
            "ad_insights",
            [window(JAN, 1)],
            insights(JAN, 1, n_campaigns=1, spend=number + 1),
            load_id=f"L{number}",
            believed_at=MONDAY + timedelta(days=number),
        )


def test_as_of_answers_with_the_last_belief_by_then(lake, insights, window):
    three_beliefs(lake, insights, window)
    second = timedelta(seconds=1)
    for number in range(3):
        moment = MONDAY + timedelta(days=number)
        assert spend(lake, as_of=moment) == number + 1
        assert spend(lake, as_of=moment + timedelta(days=1) - second) == number + 1
    assert spend(lake) == spend(lake, as_of=MONDAY + timedelta(days=999)) == 3
    assert lake.frame("ad_insights", as_of=MONDAY).collect()["spend_micros"].to_list() == [1]
    assert lake.earliest() == MONDAY


def test_as_of_in_another_time_zone_is_the_same_moment(lake, insights, window):
    from zoneinfo import ZoneInfo

    three_beliefs(lake, insights, window)
    tuesday = MONDAY + timedelta(days=1)
    assert spend(lake, as_of=tuesday.astimezone(ZoneInfo("Pacific/Auckland"))) == 2


def test_a_moment_without_time_zone_is_refused(lake, insights):
    naive = datetime(2026, 2, 2)
    with pytest.raises(DataError, match=r"as_of=.*no time zone"):
        lake.sql(SPEND, as_of=naive)
    with pytest.raises(DataError, match=r"believed_at=.*no time zone"):
        lake.append("ad_insights", insights(JAN, 1), load_id="L", believed_at=naive)
    assert lake.version() == ""


def test_before_the_first_belief_the_earliest_is_named(lake, insights, window):
    three_beliefs(lake, insights, window)
    with pytest.raises(DataError, match=r"from 2026-02-02T08:00:00\+00:00 on") as caught:
        spend(lake, as_of=MONDAY - timedelta(microseconds=1))
    assert caught.value.earliest == MONDAY


def test_a_copy_answers_the_same(lake, insights, window, tmp_path):
    three_beliefs(lake, insights, window)
    lake.tidy()
    shutil.copytree(
        lake.root, tmp_path / "restored", copy_function=shutil.copy
    )  # new file times, as a restore has
    copy = Lake(tmp_path / "restored")
    for number in range(3):
        assert spend(copy, as_of=MONDAY + timedelta(days=number)) == number + 1
    assert copy.version() == lake.version()
    assert copy.earliest() == lake.earliest()


def test_an_older_belief_that_comes_later_counts_from_the_last_one(lake, insights, window):
    three_beliefs(lake, insights, window)
    late = lake.replace(
        "ad_insights",
        [window(JAN, 1)],
        insights(JAN, 1, n_campaigns=1, spend=9),
        load_id="late",
        believed_at=MONDAY - timedelta(days=30),
    )
    wednesday = MONDAY + timedelta(days=2)
    assert late.believed_at == wednesday
    assert spend(lake, as_of=wednesday - timedelta(seconds=1)) == 2
    assert spend(lake, as_of=wednesday) == 9
    assert lake.earliest() == MONDAY


def test_a_table_that_came_later_was_empty_before(lake, insights, window):
    three_beliefs(lake, insights, window)
    run = lake.sql(
        "SELECT 'r' AS run_id, '2026-02' AS month, 'k' AS kind, now() AS finished_at, "
        "'0' AS code_version, '' AS data_version"
    )
    lake.append("model_runs", run, load_id="r", believed_at=MONDAY + timedelta(days=5))
    count = "SELECT count(*) AS n FROM model_runs"
    assert lake.sql(count, as_of=MONDAY)["n"].to_pylist() == [0]
    assert lake.sql(count)["n"].to_pylist() == [1]


def test_the_history_names_the_loads(lake, insights, window):
    three_beliefs(lake, insights, window)
    commits = lake.history("ad_insights")
    assert [c.load_id for c in commits] == [None, "L0", "L1", "L2"]
    assert [c.n_rows for c in commits] == [None, 1, 1, 1]
    assert [c.believed_at for c in commits][1:] == [MONDAY + timedelta(days=n) for n in range(3)]


def test_tidy_compacts_and_changes_no_answer(lake, insights, window):
    three_beliefs(lake, insights, window)
    for number in range(4):
        day = JAN + timedelta(days=number + 1)
        lake.append(
            "ad_insights", insights(day, 1), load_id=f"A{number}", believed_at=MONDAY + timedelta(days=9)
        )
    before = lake.sql("FROM ad_insights ORDER BY ALL")
    (tidied,) = lake.tidy()
    assert tidied.n_compacted == 5
    assert tidied.n_removed == 0
    assert lake.sql("FROM ad_insights ORDER BY ALL").equals(before)
    assert spend(lake, as_of=MONDAY) == 1
    assert lake.history()[-1].believed_at == MONDAY + timedelta(days=9)


def test_tidy_never_forgets_what_is_younger_than_400_days(lake):
    with pytest.raises(DataError, match="400"):
        lake.tidy(retention_days=399)


def age(root: str, *, n_days: int) -> None:
    """Make every commit and removal look older by its writer's clock."""
    shift = n_days * 86_400_000
    for path in (Path(root) / "ad_insights" / "_delta_log").glob("*.json"):
        lines = []
        for line in path.read_text().splitlines():
            action = json.loads(line)
            if "commitInfo" in action:
                action["commitInfo"]["timestamp"] -= shift
            if "remove" in action:
                action["remove"]["deletionTimestamp"] -= shift
            lines.append(json.dumps(action))
        path.write_text("\n".join(lines))


def test_what_tidy_has_removed_is_no_longer_answered_for(lake, insights, window):
    three_beliefs(lake, insights, window)
    age(lake.root, n_days=500)
    lake = Lake(lake.root)
    (tidied,) = lake.tidy()
    assert tidied.n_removed == 2
    assert spend(lake) == 3
    assert lake.earliest() == MONDAY + timedelta(days=2)
    assert spend(lake, as_of=MONDAY + timedelta(days=2)) == 3
    with pytest.raises(DataError, match="knows only from 2026-02-04"):
        spend(lake, as_of=MONDAY + timedelta(days=1))


def test_tidy_removes_files_that_no_commit_names(lake, insights, window):
    import os
    import time

    three_beliefs(lake, insights, window)
    folder = Path(lake.root) / "ad_insights" / "account_id=123" / "month=2026-01"
    old, fresh = folder / "part-killed.parquet", folder / "part-running.parquet"
    for path in (old, fresh):
        path.write_bytes(b"half a file")
    os.utime(old, (time.time() - 3 * 86_400,) * 2)
    n_before = len(list(folder.iterdir()))
    (tidied,) = lake.tidy()
    assert tidied.n_orphans == 1
    assert not old.exists()
    assert fresh.exists()
    assert len(list(folder.iterdir())) == n_before - 1
    assert [spend(lake, as_of=MONDAY + timedelta(days=n)) for n in range(3)] == [1, 2, 3]


def test_the_log_is_kept_as_long_as_the_rows(lake, insights):
    lake.append("ad_insights", insights(JAN, 1), load_id="L")
    configuration = lake.location.open("ad_insights").metadata().configuration
    assert configuration["delta.logRetentionDuration"] == "interval 400 days"
    assert configuration["delta.deletedFileRetentionDuration"] == "interval 400 days"


def test_many_commits_make_a_checkpoint_and_stay_answerable(lake, insights, window):
    for number in range(105):
        lake.replace(
            "ad_insights",
            [window(JAN, 1)],
            insights(JAN, 1, n_campaigns=1, spend=number + 1),
            load_id=f"L{number}",
            believed_at=MONDAY + timedelta(hours=number),
        )
    log = Path(lake.root) / "ad_insights" / "_delta_log"
    assert list(log.glob("*.checkpoint*.parquet"))
    assert spend(lake, as_of=MONDAY) == 1
    assert spend(lake, as_of=MONDAY + timedelta(hours=50)) == 51
    assert spend(Lake(lake.root)) == 105
    assert lake.tidy()[0].n_orphans == 0
