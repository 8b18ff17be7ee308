"""Where settings come from, and what a wrong one says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.core.errors import ConfigError
from workbench.core.settings import SETTINGS_FILE, load_settings


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("WORKBENCH_"):
            monkeypatch.delenv(name)


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.environment, settings.company, settings.currency) == ("sandbox", "auto", "EUR")
    assert settings.ledger_location == f"sqlite:///{tmp_path}/ledger.db"
    assert settings.lake_root == str(tmp_path / "lake")
    assert settings.sample_lake_root != settings.lake_root


def test_arguments_beat_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SETTINGS_FILE).write_text('currency = "USD"\nlocale = "de_DE"\ntime_zone = "Europe/Berlin"\n')
    monkeypatch.setenv("WORKBENCH_LOCALE", "fr_FR")
    monkeypatch.setenv("WORKBENCH_TIME_ZONE", "Asia/Tokyo")
    settings = load_settings(tmp_path, time_zone="America/New_York")
    assert (settings.currency, settings.locale, settings.time_zone) == ("USD", "fr_FR", "America/New_York")


def test_home_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "elsewhere"))
    assert load_settings().home == tmp_path / "elsewhere"


def test_secrets_and_actor_in_the_environment_are_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_SECRET_DATA_KEY", "hunter2")
    monkeypatch.setenv("WORKBENCH_ACTOR", "bob")
    assert "hunter2" not in repr(load_settings(tmp_path))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("currency", "EURO", "'EURO' is not an ISO 4217 code such as EUR"),
        ("time_zone", "Mars", "'Mars' is not an IANA time zone such as Europe/Berlin"),
        ("locale", "xx_YY", "'xx_YY' is not a locale such as en_GB or de_DE"),
        ("environment", "production", "'sandbox', 'staging' or 'live'"),
    ],
)
def test_a_wrong_value_names_field_value_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, field: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"WORKBENCH_{field.upper()}", value)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path)
    assert says in str(caught.value)
    assert f"Setting '{field}'" in str(caught.value)
    assert f"WORKBENCH_{field.upper()}" in str(caught.value)
    assert caught.value.field == field


def test_a_misspelt_setting_in_the_file(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('curency = "EUR"\n')
    with pytest.raises(ConfigError, match=r"'curency'.*workbench.toml"):
        load_settings(tmp_path)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text("currency = EUR\n")
    with pytest.raises(ConfigError, match=r"workbench.toml cannot be read.*wb init"):
        load_settings(tmp_path)


def test_a_locale_with_a_hyphen(tmp_path: Path) -> None:
    assert load_settings(tmp_path, locale="de-DE").locale == "de_DE"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(tmp_path).currency = "USD"  # type: ignore[misc]
