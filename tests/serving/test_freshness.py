"""One word changes with every load."""

from __future__ import annotations

from pathlib import Path

import pytest
from installations import Shop, connect, notice

from workbench.core.settings import load_settings
from workbench.serving.freshness import data_version


class Stand:
    """A lake whose version is the text of a file."""

    def __init__(self, root: str) -> None:
        self.file = Path(root) / "version"

    def version(self) -> str:
        return self.file.read_text() if self.file.exists() else ""


@pytest.fixture
def stand(monkeypatch, tmp_path):
    monkeypatch.setattr("workbench.lake.Lake", Stand)
    return load_settings(tmp_path)


def write(root: str, text: str) -> None:
    Path(root).mkdir(parents=True, exist_ok=True)
    (Path(root) / "version").write_text(text)


def test_version_changes_with_any_lake_and_only_then(stand):
    seen = [data_version(stand)]
    lakes = stand.lake_root, stand.sandbox_lake_root, stand.sample_lake_root, stand.lake_root
    for root, text in zip(lakes, ("1", "1", "1", "2"), strict=True):
        write(root, text)
        seen.append(data_version(stand))
        assert data_version(stand) == seen[-1]
    assert len(set(seen)) == len(seen)
    assert all(len(token) == 12 for token in seen)


def test_version_depends_on_whose_figures_are_shown(stand):
    assert data_version(stand) != data_version(stand.model_copy(update={"company": "sample"}))


def test_version_changes_with_a_notice_on_top_of_the_pages(settings):
    connect(settings, Shop(n_days=2))
    before = data_version(settings)
    notice(settings, "token_refused", "Meta does not accept the token.")
    assert data_version(settings) != before
