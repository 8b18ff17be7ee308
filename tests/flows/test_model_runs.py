"""Each kept run has one row in the lake that it read, and a fit of a file needs no installation."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime

import pytest
from kept_mix import mix_of_five
from months import SMALL, filled, fitted, month_rows

from workbench.budget.fit import fit_mix
from workbench.budget.spec import MixSpec
from workbench.core.errors import StoreError
from workbench.core.settings import load_settings
from workbench.flows.budget_fit import fit_from_lake
from workbench.flows.budget_rows import LakeQuestion
from workbench.flows.budget_run import mix_runs
from workbench.flows.company import own_lake, sandbox_lake, shown_company
from workbench.flows.installation import prepare
from workbench.flows.model_runs import keep_fit, record_runs


@pytest.fixture(scope="module")
def fit():
    return fit_mix(mix_of_five(), MixSpec(saturation="michaelis_menten"), n_draws=100)


def rows(lake) -> list[dict]:
    return lake.sql("FROM model_runs ORDER BY run_id").to_pylist()


def test_a_fit_of_the_lake_is_recorded_with_what_it_read(settings):
    lake = own_lake(filled(settings, month_rows()))
    read = lake.history("ad_insights")[-1]
    found = fit_from_lake(settings, LakeQuestion(level="campaign"), SMALL, seed=5)
    (row,) = rows(lake)
    assert (row["run_id"], row["kind"], row["seed"]) == (found.run_id, "budget.media_mix", 5)
    assert json.loads(row["data_version"]) == {
        "table": "ad_insights",
        "version": read.version,
        "believed_at": read.believed_at.isoformat(),
    }
    assert found.mix.data.dates[0].year == 2026
    assert abs((datetime.now(UTC) - row["finished_at"]).total_seconds()) < 600
    assert row["month"] == f"{row['finished_at']:%Y-%m}"
    figures = json.loads(row["figures"])
    assert figures["source"] == "lake: meta 1, by campaign"
    assert figures["diagnostics"]["method"] == found.fit.diagnostics.method
    first = found.fit.channels[0]
    assert figures["contributions"][first.name]["mean"] == first.contribution.mean


def test_recording_twice_is_once_and_what_a_kill_left_is_made_up(settings, tmp_path):
    lake = own_lake(filled(settings, month_rows()))
    run_id = fitted(settings)  # its folder only, as when the process ended before the row
    assert record_runs(settings.runs_folder, lake, is_simulated=False) == 1
    assert record_runs(settings.runs_folder, lake, is_simulated=False) == 0
    assert [row["run_id"] for row in rows(lake)] == [run_id]
    shutil.copytree(settings.runs_folder, tmp_path / "runs")
    assert record_runs(tmp_path / "runs", lake, is_simulated=True) == 0


def test_a_simulated_companys_run_stands_in_its_own_lake(settings, fit):
    lake = sandbox_lake(settings)
    run_id = keep_fit(settings, fit, source="lake", origin={"is_simulated": True}, lake=lake)
    assert [row["run_id"] for row in rows(lake)] == [run_id]
    assert own_lake(settings).is_empty("model_runs")


def test_a_file_is_fitted_without_an_installation_and_recorded_in_one(tmp_path, fit):
    bare = load_settings(tmp_path / "bare")
    run_id = keep_fit(bare, fit, source="leads.csv")
    assert [one.name for one in bare.home.iterdir()] == ["runs"]
    assert (bare.runs_folder / run_id / "run.json").exists()
    prepare(bare, {})
    again = keep_fit(bare, fit, source="leads.csv")
    found = rows(own_lake(bare))
    assert {row["run_id"] for row in found} == {run_id, again}
    assert json.loads(found[0]["data_version"]) == {"source": "leads.csv"}
    assert shown_company(bare) != "own"  # a run is no figure of the company's


def test_a_damaged_run_keeps_no_later_fit_from_being_recorded(settings, fit):
    lake = sandbox_lake(settings)
    for name, text in {"mix-1": '{"run_id": "mix-1", "sou', "mix-2": "[]", "mix-3": "{}"}.items():
        (settings.runs_folder / name).mkdir(parents=True)
        (settings.runs_folder / name / "run.json").write_text(text)
    run_id = keep_fit(settings, fit, source="lake", origin={"is_simulated": True}, lake=lake)
    assert [row["run_id"] for row in rows(lake)] == [run_id]
    assert [name for name, _ in mix_runs(settings.runs_folder)] == [run_id]


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path, fit):
    settings = load_settings(tmp_path)
    settings.runs_folder.parent.mkdir(parents=True, exist_ok=True)
    settings.runs_folder.write_text("no folder")
    with pytest.raises(StoreError, match="cannot be kept in") as error:
        keep_fit(settings, fit, source="a.csv")
    assert "--home" in str(error.value)


def test_what_a_killed_fit_left_is_cleared_and_what_another_writes_is_not(tmp_path, fit):
    settings = load_settings(tmp_path)
    left, now = (settings.runs_folder / f".mix-{name}.partial" for name in ("left", "now"))
    for place in (left, now):
        place.mkdir(parents=True)
        (place / "draws.parquet").write_bytes(b"PAR1")
    os.utime(left, (0, 0))
    keep_fit(settings, fit, source="a.csv")
    assert (left.exists(), now.exists()) == (False, True)
