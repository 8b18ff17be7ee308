"""The truth is written beside the data, whole, and the same every time."""

from __future__ import annotations

import json

import pyarrow.parquet as pq

from workbench.sandbox.market.accounts import LOOKALIKE
from workbench.sandbox.market.truth import write_truth


def test_the_truth_names_rates_shocks_and_every_customer(two_years, tmp_path):
    truth_file, crm_file = write_truth(two_years, tmp_path / "truth")
    truth = json.loads(truth_file.read_text())
    assert "Simulated" in truth["readme"]
    (lookalike,) = [
        o for o in truth["objects"].values() if o["kind"] == "campaign" and o["name"] == LOOKALIKE
    ]
    assert lookalike["competition"] == [[730 - 24, 1.28]]
    assert truth["response"]["max_frequency"] == 2.5
    assert set(pq.read_table(crm_file)["stage"].to_pylist()) == {"lead", "customer"}
    first = truth_file.read_bytes(), crm_file.read_bytes()
    write_truth(two_years, tmp_path / "truth")
    assert (truth_file.read_bytes(), crm_file.read_bytes()) == first
    assert len(list((tmp_path / "truth").iterdir())) == 2
