"""A world is the same from the same seed, moves day by day, and survives being killed."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from workbench.core.errors import ConfigError, DataError
from workbench.sandbox.market import history
from workbench.sandbox.market.layout import RESULT_NAMES
from workbench.sandbox.market.world import HEAD_FILE, World

N_KILLS = int(os.environ.get("WORKBENCH_FAULT_KILLS", "6"))


def content(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worlds") / "world"
    World.create(folder, seed=5, n_days=100)
    return folder


def test_two_years_of_three_accounts(two_years):
    rows, layout = two_years.history.rows, two_years.layout
    assert two_years.now.isoformat() == "2026-11-21T06:00:00+00:00"
    assert (rows["day"].min(), rows["day"].max()) == (0, 729)
    assert {a["currency"] for a in two_years.state.accounts} == {"EUR", "USD", "JPY"}
    assert len({a["time_zone"] for a in two_years.state.accounts}) == 3
    assert set(layout.campaign["result"]) == set(range(len(RESULT_NAMES)))
    assert (len(layout.campaign_ids), len(layout.adset_ids), len(layout.ad_ids)) == (14, 29, 72)


def test_a_new_process_gives_the_same_bytes(short, tmp_path):
    code = (
        "import sys; from pathlib import Path; from workbench.sandbox.market.world import World\n"
        "World.create(Path(sys.argv[1]), seed=5, n_days=100)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "w")], check=True, env=environment)
    assert content(tmp_path / "w") == content(short)


def test_another_seed_gives_another_world(short):
    other = World.simulate(seed=6, n_days=100)
    assert not np.array_equal(
        other.history.rows["link_clicks"], World.open(short).history.rows["link_clicks"]
    )


def test_seven_days_are_seven_times_one_day(short, tmp_path):
    for name in ("week", "days"):
        shutil.copytree(short, tmp_path / name)
    World.open(tmp_path / "week").step(7)
    for _ in range(7):
        World.open(tmp_path / "days").step()
    assert content(tmp_path / "week") == content(tmp_path / "days")
    assert World.open(tmp_path / "week").now.date() == date(2026, 11, 28)


def test_more_days_at_once_leave_the_earlier_ones_as_they_were(short):
    long = World.open(short)
    before = copy.deepcopy(long.history.rows)
    long.folder = None
    long.step(40)
    for name, values in before.items():
        assert np.array_equal(long.history.rows[name][: len(values)], values)


def test_a_saved_world_opens_as_it_was(short, tmp_path):
    shutil.copytree(short, tmp_path / "w")
    world = World.open(tmp_path / "w")
    campaign = world.layout.campaign_ids[0]
    world.change(campaign, {"daily_budget": 1_234, "name": "Café · größer"})
    again = World.open(tmp_path / "w")
    assert again.state.nodes == world.state.nodes
    assert again.state.changes == world.state.changes
    assert again.state.carry.to_dict() == world.state.carry.to_dict()
    for name, values in world.history.conversions.items():
        assert np.array_equal(values, again.history.conversions[name])


@pytest.mark.parametrize("killed_at", range(N_KILLS))
def test_a_save_killed_anywhere_leaves_the_world_as_it_was_or_as_it_will_be(
    short, tmp_path, monkeypatch, killed_at
):
    shutil.copytree(short, tmp_path / "w")
    shutil.copytree(short, tmp_path / "calm")
    before = content(short)
    World.open(tmp_path / "calm").step(40)
    n_writes = 0
    real = os.replace

    def replace(old: object, new: object) -> None:
        nonlocal n_writes
        if n_writes == killed_at:
            raise KeyboardInterrupt
        n_writes += 1
        real(old, new)

    with monkeypatch.context() as dying:
        dying.setattr(history.os, "replace", replace)
        world = World.open(tmp_path / "w")
        try:
            world.step(40)
            died = False
        except KeyboardInterrupt:
            died = True
    opened = World.open(tmp_path / "w")
    if died:
        assert json.loads((tmp_path / "w" / HEAD_FILE).read_text()) == json.loads(
            (short / HEAD_FILE).read_text()
        )
        assert all((tmp_path / "w" / name).exists() for name in before)
        opened.step(40)
    assert content(tmp_path / "w") == content(tmp_path / "calm")
    assert died == (killed_at < 3)  # two months and the head


def test_a_damaged_or_missing_world_is_refused(short, tmp_path):
    with pytest.raises(DataError, match="no world of this version"):
        World.open(tmp_path / "nowhere")
    shutil.copytree(short, tmp_path / "w")
    month = next((tmp_path / "w").glob("*.npz"))
    month.write_bytes(month.read_bytes()[:-3])
    with pytest.raises(DataError, match="missing or damaged") as caught:
        World.open(tmp_path / "w")
    assert caught.value.path == str(month)


def test_a_world_is_never_written_over_another(short):
    with pytest.raises(ConfigError, match="holds a world already"):
        World.create(short)


@pytest.mark.parametrize("n_days", [0, -1, 100_000])
def test_time_moves_forward_only(two_years, n_days):
    with pytest.raises(DataError, match="Step from 1 to"):
        two_years.step(n_days)


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(DataError, match="seed from 0"):
        World.simulate(seed=-1, n_days=3)


def test_counts_are_coherent(two_years):
    rows = two_years.history.rows
    clicks = rows["link_clicks"].astype(np.int64) + rows["other_clicks"]
    bulk = np.isin(two_years.layout.result_of_ad[rows["ad"]], [3, 4])
    assert RESULT_NAMES[3:] == ("post_engagement", "video_view")
    assert (rows["impressions"] >= clicks + np.where(bulk, rows["results"], 0)).all()
    assert (rows["results"] <= np.where(bulk, rows["impressions"], rows["link_clicks"])).all()
    assert (rows["page_views"] <= rows["link_clicks"]).all()
    assert (rows["spend_minor"] > 0).all()


def test_results_vary_around_their_expectation_more_than_poisson_counts(two_years):
    rows = two_years.history.rows
    for kind in ("lead", "purchase"):
        mine = two_years.layout.result_of_ad[rows["ad"]] == RESULT_NAMES.index(kind)
        drawn, expected = rows["results"][mine], rows["expected_results"][mine]
        assert drawn.sum() == pytest.approx(expected.sum(), rel=0.02)
        spread = ((drawn - expected) ** 2).sum() / expected.sum()
        assert 0.9 < spread < 1.2  # given the day's rates, which vary themselves


def test_spend_follows_the_week_and_the_limit_of_a_day(two_years):
    rows, layout = two_years.history.rows, two_years.layout
    for c, object_id in enumerate(layout.campaign_ids):
        node = two_years.state.nodes[object_id]
        budget = node.get("daily_budget")
        last_edit = max((e["day"] for e in two_years.state.changes if e["object_id"] == object_id), default=0)
        mine = layout.ad["campaign"][rows["ad"]] == c
        if budget is None or not mine.any():
            continue
        spend = np.bincount(rows["day"][mine], rows["spend_minor"][mine], minlength=730)[last_edit:]
        assert spend.max() <= 1.75 * budget
        sunday = next(i for i in range(7) if two_years.state.day_of(last_edit + i).weekday() == 6)
        for first in range(sunday, len(spend) - 6, 7):
            assert spend[first : first + 7].sum() <= 7 * budget


def test_there_are_days_above_the_budget(two_years):
    rows, layout = two_years.history.rows, two_years.layout
    mine = (layout.ad["campaign"][rows["ad"]] == 0) & (rows["day"] >= 710)
    spend = np.bincount(rows["day"][mine] - 710, rows["spend_minor"][mine])
    assert spend.max() > 1.05 * two_years.state.nodes[layout.campaign_ids[0]]["daily_budget"]
