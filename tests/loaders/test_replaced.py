"""A load that takes campaigns away says so."""

from __future__ import annotations

from datetime import date

import pytest
from exports import daily_export

from workbench.flows.load import load_exports


@pytest.fixture
def load(settings, tmp_path):
    def run(name, **options):
        path = tmp_path / name
        daily_export(path, **{"first": date(2026, 9, 1), "n_days": 7, **options})
        return load_exports([path], settings=settings)[0]

    return run


def test_a_filtered_export_names_the_campaigns_it_took_from_its_days(load):
    assert load("all.csv").warnings == ()
    taken = load("filtered.csv", campaigns=("Spring",), n_days=3).warnings
    assert len(taken) == 1
    assert "has no rows of Autumn" in taken[0]
    assert "export of all campaigns" in taken[0]


def test_other_days_and_the_same_campaigns_are_no_reason_to_warn(load):
    load("all.csv")
    assert load("later.csv", first=date(2026, 9, 8), campaigns=("Spring",)).warnings == ()
    assert load("restated.csv", spend="11.00").warnings == ()
