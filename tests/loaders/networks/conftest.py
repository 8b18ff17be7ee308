"""Report files written by the tests, and the real columns of seven networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.core.settings import Settings, load_settings
from workbench.lake import Lake
from workbench.loaders.networks.load import Given, load_report
from workbench.loaders.networks.result import ReportLoad


@pytest.fixture
def seeds(shared_data: Path) -> Path:
    """Tables of seven networks as their connectors deliver them."""
    return shared_data / "ad_reporting_seeds"


@pytest.fixture
def installation(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", currency="EUR", account_id="7")


@pytest.fixture
def lake(installation: Settings) -> Lake:
    return Lake(installation.lake_root)


@pytest.fixture
def load(lake: Lake, installation: Settings, tmp_path: Path) -> Callable[..., ReportLoad]:
    """Load a path, or a text that is written as a file first."""

    def load_one(source: Path | str, name: str = "report.csv", **given: Any) -> ReportLoad:
        ledger = given.pop("ledger", None)
        if isinstance(source, str):
            path = tmp_path / name
            path.write_text(source, encoding="utf-8")
        else:
            path = source
        return load_report(path, lake=lake, settings=installation, ledger=ledger, given=Given(**given))

    return load_one
