"""A run whose files were cut off or changed makes no plan, and says which file it is."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mixes import made_mix

from workbench.budget.fit import fit_mix
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.run_files import read_run_files
from workbench.core.errors import StoreError


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    made, folder = made_mix(), tmp_path_factory.mktemp("runs")
    return folder / write_model_run(fit_mix(made.model.data, made.model.spec, n_draws=100), folder)


@pytest.fixture
def place(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / kept.name)


def test_whole_files_are_read_as_they_were_written(kept):
    about, draws = read_run_files(kept)
    stored = read_model_run(kept.parent, kept.name)
    assert about == stored.about
    assert draws.keys() == stored.draws.keys()
    for name, values in stored.draws.items():
        np.testing.assert_array_equal(draws[name], values)


def about_changed(place, change):
    about = json.loads((place / "run.json").read_text())
    change(about)
    (place / "run.json").write_text(json.dumps(about))


def draws_changed(place, change):
    pq.write_table(change(pq.read_table(place / "draws.parquet")), place / "draws.parquet")


def with_nan(table):
    values = table["amplitude:1"].to_numpy().copy()
    values[3] = np.nan
    return table.drop_columns("amplitude:1").append_column("amplitude:1", pa.array(values))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: (p / "draws.parquet").unlink(), "draws.parquet .* it is missing"),
        (lambda p: (p / "draws.parquet").write_bytes(b""), "draws.parquet .* cut off"),
        (lambda p: (p / "draws.parquet").write_bytes((p / "draws.parquet").read_bytes()[:900]), "cut off"),
        (lambda p: (p / "run.json").write_text((p / "run.json").read_text()[:500]), "run.json .* cut off"),
        (lambda p: (p / "run.json").write_bytes(b"\xff\xfe"), "run.json .* cut off"),
        (lambda p: (p / "run.json").write_text("[]"), "not those of a run"),
        (lambda p: about_changed(p, lambda a: a.pop("result")), "result is missing"),
        (lambda p: about_changed(p, lambda a: a["result"].pop("level")), "result.level is missing"),
        (lambda p: about_changed(p, lambda a: a.pop("adstock")), "adstock is missing"),
        (lambda p: about_changed(p, lambda a: a.update(saturation="linear")), "linear is missing or unknown"),
        (lambda p: about_changed(p, lambda a: a.update(saturation="hill")), "half_saturation is missing"),
        (lambda p: about_changed(p, lambda a: a["channels"].pop()), "not one result a channel"),
        (lambda p: about_changed(p, lambda a: a.update(spend_scale=[1.0])), "spend_scale is not one"),
        (lambda p: about_changed(p, lambda a: a.update(highest_spend=["much", 2])), "not those of a run"),
        (lambda p: about_changed(p, lambda a: a.update(carry_in_spend=[])), "carry_in_spend"),
        (lambda p: draws_changed(p, lambda t: t.drop_columns("noise")), "noise is missing"),
        (lambda p: draws_changed(p, lambda t: t.drop_columns("rate:1")), "rate has not one column"),
        (lambda p: draws_changed(p, lambda t: t.slice(0, 0)), "there are no draws"),
        (lambda p: draws_changed(p, with_nan), "amplitude is not a number"),
    ],
)
def test_a_damaged_run_is_refused_by_file_and_reason(place, change, words):
    change(place)
    with pytest.raises(StoreError, match=words) as error:
        read_run_files(place)
    assert place.name in str(error.value)
    assert "wb budget fit" in error.value.next_step
    assert error.value.field == "run_id"


def test_what_an_older_version_did_not_write_is_not_asked_for(place):
    for name in ("groups", "origin", "priors", "worth", "baseline_columns"):
        about_changed(place, lambda about, name=name: about.pop(name))
    about_changed(place, lambda about: about["result"].pop("explains"))
    assert read_run_files(place)[0]["channels"] == ["channel_1", "channel_2"]
