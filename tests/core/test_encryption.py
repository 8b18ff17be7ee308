"""Encryption of fields, blind hashes, and where the key comes from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.encryption import KEY_FILE, FieldCipher, load_cipher, new_key, parse_keys
from workbench.core.errors import ConfigError
from workbench.core.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "WORKBENCH_SECRET_DATA_KEY"
ONE, TWO = FieldCipher([b"1" * 32]), FieldCipher([b"2" * 32])


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(keyring, "get_password", lambda _service, _name: None)


@given(st.text())
def test_decrypting_gives_the_text_back(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert ONE.decrypt(ONE.encrypt(text, purpose="p"), purpose="p") == text


def test_equal_texts_look_different() -> None:
    assert len({ONE.encrypt("same", purpose="p") for _ in range(50)}) == 50


def test_the_text_is_not_in_the_token() -> None:
    for text in ("@", "Quintessa", "example"):  # a short word of letters may stand in a token by chance
        assert text not in ONE.encrypt("Quintessa@example.org", purpose="p")


def test_another_key_says_which_is_missing() -> None:
    token = ONE.encrypt("x", purpose="people.email")
    with pytest.raises(
        ConfigError, match=rf"people.email was encrypted with key \w+.*{VARIABLE}=NEW,OLD"
    ) as caught:
        TWO.decrypt(token, purpose="people.email")
    assert caught.value.key_id == token.split(".")[1]


def test_another_purpose_is_refused() -> None:
    token = ONE.encrypt("x", purpose="people.email")
    with pytest.raises(ConfigError, match="changed, or moved here from another column"):
        ONE.decrypt(token, purpose="people.name")


@given(st.data())
def test_any_changed_character_is_noticed(data: st.DataObject) -> None:
    token = ONE.encrypt("jane@example.org", purpose="p")
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz0189-_.="))
    changed = token[:at] + other + token[at + 1 :]
    if changed == token:
        return
    try:
        assert ONE.decrypt(changed, purpose="p") == "jane@example.org"
    except ConfigError:
        return
    # the last characters of base64 hold spare bits: the bytes must be the very same then
    assert at >= len(token) - 4


@pytest.mark.parametrize("token", ["", "plain text", "v2.ab.cd", "v1.ab", "v1..", "v1"])
def test_what_was_never_encrypted(token: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot be decrypted|was encrypted with key"):
        ONE.decrypt(token, purpose="p")


def test_changing_the_key() -> None:
    both = FieldCipher([b"2" * 32, b"1" * 32])
    old = ONE.encrypt("x", purpose="p")
    assert both.decrypt(old, purpose="p") == "x"
    assert not both.is_current(old)
    new = both.encrypt("x", purpose="p")
    assert both.is_current(new)
    assert TWO.decrypt(new, purpose="p") == "x"
    assert both.blind_hashes("x", "p") == [TWO.blind_hash("x", "p"), ONE.blind_hash("x", "p")]


def test_blind_hashes_depend_on_key_and_purpose() -> None:
    hashes = {
        ONE.blind_hash("x", "p"),
        ONE.blind_hash("y", "p"),
        ONE.blind_hash("x", "q"),
        TWO.blind_hash("x", "p"),
    }
    assert len(hashes) == 4
    assert ONE.blind_hash("x", "p") == FieldCipher([b"1" * 32]).blind_hash("x", "p")


def test_hashes_and_tokens_stay_readable_by_later_versions() -> None:
    token = "v1.d8e5ee2d.AAAA"  # noqa: S105
    assert ONE.is_current(ONE.encrypt("x", purpose="p"))
    assert not ONE.is_current(token)
    assert ONE.blind_hash("jane@example.org", "people.email") == (
        "bf4c0ea99b5cda69e1c96e96caaf4a8a844bfa390a33c7789bde7a7f9877e12c"
    )


def test_keys_do_not_show() -> None:
    assert "111" not in repr(ONE)
    assert "2" * 5 not in repr(TWO)


@pytest.mark.parametrize("keys", [[], [b""], [b"short"], [b"1" * 32, b"1" * 31]])
def test_keys_of_a_wrong_length(keys: list[bytes]) -> None:
    with pytest.raises(ConfigError, match="A data key has 32 bytes"):
        FieldCipher(keys)


def test_reading_keys() -> None:
    one, two = new_key(), new_key()
    assert len(parse_keys(f"{one}, {two}", origin="x")) == 2
    with pytest.raises(ConfigError, match="Key 2 in the place is not a data key") as caught:
        parse_keys(f"{one},hunter2", origin="the place")
    assert "hunter2" not in str(caught.value)


def test_the_sandbox_makes_a_key_of_its_own(settings: Settings) -> None:
    token = load_cipher(settings).encrypt("x", purpose="p")
    path = settings.home / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_cipher(settings).decrypt(token, purpose="p") == "x"
    assert [one.name for one in settings.home.iterdir()] == [KEY_FILE]


def test_the_secret_wins_over_the_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    token = load_cipher(settings).encrypt("x", purpose="p")
    monkeypatch.setenv(VARIABLE, new_key())
    with pytest.raises(ConfigError, match="was encrypted with key"):
        load_cipher(settings).decrypt(token, purpose="p")


@pytest.mark.parametrize("environment", ["staging", "live"])
def test_no_key_is_made_outside_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    settings = load_settings(tmp_path, environment=environment)
    (tmp_path / KEY_FILE).write_text(new_key())
    with pytest.raises(ConfigError, match="keyring set workbench DATA_KEY"):
        load_cipher(settings)
    monkeypatch.setenv(VARIABLE, new_key())
    assert load_cipher(settings).encrypt("x", purpose="p")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_a_key_file_that_others_can_read(settings: Settings) -> None:
    load_cipher(settings)
    (settings.home / KEY_FILE).chmod(0o644)
    with pytest.raises(ConfigError, match=r"can be read by others \(mode 644\).*chmod 600"):
        load_cipher(settings)


def test_a_key_file_that_holds_no_key(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / KEY_FILE).touch(mode=0o600)
    with pytest.raises(ConfigError, match=r"data.key is not a data key"):
        load_cipher(settings)


def test_many_processes_agree_on_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from types import SimpleNamespace;"
        "from workbench.core.encryption import load_cipher;"
        "print(load_cipher(SimpleNamespace(home=Path(sys.argv[1]), environment='sandbox')))"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(5)
    ]
    assert len({child.communicate(timeout=300)[0] for child in children}) == 1
    assert [child.returncode for child in children] == [0] * 5
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
