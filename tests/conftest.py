"""What every test shares: the folder of real data, and an installation of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from workbench.core import log
from workbench.core.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]

# The same examples every time, so that a red run names a change; `make test-long` looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("searching", deadline=None, print_blob=True)
hypothesis.settings.load_profile("searching" if os.environ.get("WORKBENCH_SEARCH") else "repeatable")


@pytest.fixture(autouse=True)
def the_logger_as_it_was() -> Iterator[None]:
    """Leave the one logger that all tests share as it is in a fresh process, whatever a test does to it."""
    logger = log.get()
    yield
    logger.setLevel(logging.WARNING)
    logger.propagate = False


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real files that are read where they lie and never copied into the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real data (../shared/data) is not here")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give the settings of a fresh, empty installation."""
    return load_settings(tmp_path / "home")
