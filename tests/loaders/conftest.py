"""Files written by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.core.settings import Settings, load_settings
from workbench.loaders.exports import parse_export
from workbench.loaders.parsing import Parsed


@pytest.fixture
def euro(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", currency="EUR", account_id="7")


@pytest.fixture
def parse_text(tmp_path: Path, euro: Settings) -> Callable[..., Parsed]:
    """Write a text (or bytes) as a file and parse it."""

    def parse(text: str | bytes, name: str = "export.csv", **options: Any) -> Parsed:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return parse_export(path, settings=options.pop("settings", euro), **options)

    return parse
