"""Secrets come from the environment, then from the keyring."""

from __future__ import annotations

import logging

import keyring
import pytest
from keyring.backends import fail
from keyring.errors import KeyringLocked

from workbench.core.errors import ConfigError
from workbench.core.secrets import find_secret, get_secret

Kept = dict[tuple[str, str], str]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Stand in for the system's keyring."""
    monkeypatch.delenv("WORKBENCH_SECRET_META_TOKEN", raising=False)
    kept: Kept = {}
    monkeypatch.setattr(keyring, "get_password", lambda service, name: kept.get((service, name)))
    return kept


def test_the_environment_comes_first(memory: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    memory["workbench", "META_TOKEN"] = "from the keyring"
    assert get_secret("META_TOKEN") == "from the keyring"
    monkeypatch.setenv("WORKBENCH_SECRET_META_TOKEN", " from the environment\n")
    assert get_secret("META_TOKEN") == "from the environment"
    monkeypatch.setenv("WORKBENCH_SECRET_META_TOKEN", "")
    assert get_secret("META_TOKEN") == "from the keyring"


def test_a_missing_one_says_where_to_put_it(memory: Kept) -> None:
    assert find_secret("META_TOKEN") is None
    with pytest.raises(ConfigError, match=r"keyring set workbench META_TOKEN.*WORKBENCH_SECRET_META_TOKEN"):
        get_secret("META_TOKEN")


def test_a_machine_without_a_keyring(memory: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_password", fail.Keyring().get_password)
    assert find_secret("META_TOKEN") is None
    with pytest.raises(ConfigError, match="set WORKBENCH_SECRET_META_TOKEN on a machine that has no keyring"):
        get_secret("META_TOKEN")


def test_a_locked_keyring_is_not_a_missing_secret(memory: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_service: str, _name: str) -> str:
        raise KeyringLocked("no")

    monkeypatch.setattr(keyring, "get_password", locked)
    with pytest.raises(ConfigError, match=r"keyring cannot be read.*Unlock"):
        find_secret("META_TOKEN")


@pytest.mark.parametrize("name", ["", "meta_token", "A B", "1A", "A-B"])
def test_odd_names(name: str) -> None:
    with pytest.raises(ConfigError, match="is not the name of a secret"):
        get_secret(name)


def test_a_secret_is_not_logged(
    memory: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WORKBENCH_SECRET_META_TOKEN", "very-secret-value")
    with caplog.at_level(logging.DEBUG):
        get_secret("META_TOKEN")
    assert "very-secret-value" not in caplog.text
