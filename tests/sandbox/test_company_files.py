"""Saving the sample company: small, whole, and only once."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from workbench.sandbox.company import make_company
from workbench.sandbox.company_files import ensure_company, write_company

FIVE_MB = 5_000_000


@pytest.fixture(scope="module")
def company():
    return make_company(5, n_days=100)


def test_the_default_company_is_small(tmp_path):
    written = ensure_company(tmp_path / "sample")
    files = list((tmp_path / "sample").iterdir())
    assert written.changed
    assert written.size_bytes == sum(p.stat().st_size for p in files) <= FIVE_MB
    assert sorted(p.name for p in files) == [
        "account_changes.parquet",
        "ad_entities.parquet",
        "ad_insights.parquet",
        "community.parquet",
        "conversions.parquet",
        "pixel_events.parquet",
        "posts.parquet",
        "truth.json",
    ]
    assert "Simulated" in json.loads((tmp_path / "sample" / "truth.json").read_text())["readme"]


def test_writing_again_rewrites_nothing(company, tmp_path):
    first = write_company(tmp_path, company)
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    again = write_company(tmp_path, company)
    ensured = ensure_company(tmp_path, seed=5, n_days=100)
    assert (first.changed, again.changed, ensured.changed) == (True, False, False)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == stamps


def test_tables_come_back_as_they_were(company, tmp_path):
    write_company(tmp_path, company)
    for name, table in company.tables.items():
        assert pq.read_table(tmp_path / f"{name}.parquet").equals(table)


@pytest.mark.parametrize("damage", ["truncated table", "missing table", "broken truth", "other company"])
def test_an_unfinished_or_other_folder_is_written_anew(company, tmp_path, damage):
    write_company(tmp_path, company)
    posts, truth = tmp_path / "posts.parquet", tmp_path / "truth.json"
    if damage == "truncated table":
        posts.write_bytes(posts.read_bytes()[:50])
    elif damage == "missing table":
        posts.unlink()
    elif damage == "broken truth":
        truth.write_text("{")
    else:
        company = make_company(6, n_days=100)
    assert write_company(tmp_path, company).changed
    assert pq.read_table(posts).equals(company.posts)
    assert not list(tmp_path.glob(".*.part"))
