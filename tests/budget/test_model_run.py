"""A model run on disk: stored and read it is the same, and never half written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from mixes import made_mix

from workbench.budget.fit import fit_mix
from workbench.budget.model_run import new_run_id, read_model_run, write_model_run
from workbench.core.errors import StoreError


@pytest.fixture(scope="module")
def fit():
    made = made_mix()
    return fit_mix(made.model.data, made.model.spec, n_draws=500)


def test_what_is_read_is_what_was_written(fit, tmp_path):
    run_id = write_model_run(fit, tmp_path / "runs", source="sales.csv")
    stored = read_model_run(tmp_path / "runs", run_id)
    for name in ("amplitude", "contribution", "marginal"):
        np.testing.assert_array_equal(stored.draws[name], getattr(fit.draws, name))
    np.testing.assert_array_equal(stored.draws["rate"], fit.draws.curves["rate"])
    np.testing.assert_array_equal(stored.draws["noise"], fit.draws.noise)
    assert stored.channels == fit.model.data.channels
    assert stored.about["result"] == json.loads(json.dumps(fit.to_dict()))
    assert stored.about["source"] == "sales.csv"
    assert np.shape(stored.about["carry_in_spend"]) == (8, 2)
    assert [p.name for p in (tmp_path / "runs").iterdir()] == [run_id]


def test_ids_sort_by_time():
    moments = [datetime(2026, 1, day, 9, 0, 0, micro, tzinfo=UTC) for day, micro in ((1, 7), (1, 8), (2, 0))]
    ids = [new_run_id(moment) for moment in moments]
    assert ids == sorted(set(ids))


def test_a_run_is_never_overwritten_and_an_unknown_one_names_the_latest(fit, tmp_path):
    run_id = write_model_run(fit, tmp_path)
    with pytest.raises(StoreError, match="exists already"):
        write_model_run(fit, tmp_path, run_id=run_id)
    with pytest.raises(StoreError, match=run_id):
        read_model_run(tmp_path, "mix-none")
    with pytest.raises(StoreError, match="wb budget fit"):
        read_model_run(tmp_path / "empty", "mix-none")
    with pytest.raises(StoreError):
        read_model_run(tmp_path, f"../{tmp_path.name}/{run_id}")
