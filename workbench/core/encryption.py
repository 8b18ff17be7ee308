"""Encryption of personal columns, and keyed hashes to look them up by.

AES-256-GCM with a fresh nonce for every value; the column's purpose is authenticated along, so that a value
moved to another column does not decrypt. Several keys may be given while a key is being changed: the first
one encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import ConfigError
from workbench.core.secrets import find_secret, get_secret, variable_of

if TYPE_CHECKING:
    from workbench.core.settings import Settings

KEY_SECRET = "DATA_KEY"  # noqa: S105 (the name of a secret, not one)
KEY_FILE = "data.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"


class FieldCipher:
    """Encrypts single values and hashes them for lookups.

    Parameters
    ----------
    keys : sequence of bytes
        One or more keys of 32 bytes, the newest first.

    Raises
    ------
    ConfigError
        If there is no key, or one is not 32 bytes long.

    Examples
    --------
    >>> cipher = FieldCipher([bytes(32)])
    >>> token = cipher.encrypt("Grüße", purpose="people.name")
    >>> cipher.decrypt(token, purpose="people.name")
    'Grüße'
    """

    __slots__ = ("_encrypting", "_hashing", "_key_ids")

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ConfigError(
                f"A data key has {_KEY_BYTES} bytes (got lengths {[len(key) for key in keys]}).",
                next_step="Make one with `python -c 'from workbench.core.encryption import new_key;"
                " print(new_key())'`.",
            )
        self._key_ids = [_subkey(key, "key-id").hex()[:8] for key in keys]
        self._encrypting = {
            key_id: _subkey(key, "encrypt") for key_id, key in zip(self._key_ids, keys, strict=True)
        }
        self._hashing = [_subkey(key, "blind-hash") for key in keys]

    def __repr__(self) -> str:
        return f"FieldCipher(key_ids={self._key_ids})"

    def encrypt(self, text: str, *, purpose: str) -> str:
        """Encrypt a text for one purpose.

        Parameters
        ----------
        text : str
            What to hide.
        purpose : str
            What the value is, such as ``"people.email"``; needed again to decrypt.

        Returns
        -------
        str
            ``v1.<key id>.<base64 of nonce and ciphertext>``; different each time.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id = self._key_ids[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._encrypting[key_id]).encrypt(nonce, text.encode(), purpose.encode())
        return f"{_VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, token: str, *, purpose: str) -> str:
        """Decrypt what :meth:`encrypt` returned.

        Raises
        ------
        ConfigError
            If none of the keys made it; if it was changed, or belongs to another purpose.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, _, rest = token.partition(".")
        key_id, _, body = rest.partition(".")
        if version != _VERSION or not body:
            raise _unreadable(purpose, "it is not something this version encrypted")
        if key_id not in self._encrypting:
            raise ConfigError(
                f"A value of {purpose} was encrypted with key {key_id}, and only"
                f" {', '.join(self._key_ids)} {'is' if len(self._key_ids) == 1 else 'are'} here.",
                next_step=f"Give the old key too: {variable_of(KEY_SECRET)}=NEW,OLD, or so in the keyring.",
                purpose=purpose,
                key_id=key_id,
            )
        try:
            raw = base64.urlsafe_b64decode(body)
            opened = AESGCM(self._encrypting[key_id]).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()
            )
        except (InvalidTag, binascii.Error, ValueError):
            raise _unreadable(purpose, "it was changed, or moved here from another column") from None
        return opened.decode()

    def is_current(self, token: str) -> bool:
        """Say whether a value was encrypted with the newest key."""
        return token.startswith(f"{_VERSION}.{self._key_ids[0]}.")

    def blind_hash(self, value: str, purpose: str) -> str:
        """Return a keyed hash (HMAC-SHA256, hex) that finds equal values and tells nothing else.

        Without the key, known e-mail addresses cannot be tried out against it. Bring the value into its
        normal form (case, spaces) first.
        """
        return _hmac(self._hashing[0], value, purpose)

    def blind_hashes(self, value: str, purpose: str) -> list[str]:
        """Return the hashes under every key, the newest first, to look a value up while keys change."""
        return [_hmac(key, value, purpose) for key in self._hashing]


def _subkey(key: bytes, use: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"workbench/{_VERSION}/{use}".encode()
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def _hmac(key: bytes, value: str, purpose: str) -> str:
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def _unreadable(purpose: str, why: str) -> ConfigError:
    return ConfigError(
        f"A value of {purpose} cannot be decrypted: {why}.",
        next_step="Restore the row from a backup, or erase it.",
        purpose=purpose,
    )


def new_key() -> str:
    """Return a fresh random key as text, ready for the keyring or the environment."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def parse_keys(text: str, *, origin: str) -> list[bytes]:
    """Read one key or several, separated by commas, the newest first.

    Parameters
    ----------
    text : str
        Keys as :func:`new_key` writes them.
    origin : str
        Where the text came from, for the error message, which never repeats the text itself.

    Raises
    ------
    ConfigError
        If one of them is not base64 of 32 bytes.
    """
    keys = []
    for number, part in enumerate(text.split(","), start=1):
        try:
            key = base64.b64decode(part.strip(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != _KEY_BYTES:
            raise ConfigError(
                f"Key {number} in {origin} is not a data key: that is base64 of {_KEY_BYTES} random bytes.",
                next_step="Make one with `python -c 'from workbench.core.encryption import new_key;"
                " print(new_key())'`.",
                origin=origin,
            )
        keys.append(key)
    return keys


def load_cipher(settings: Settings) -> FieldCipher:
    """Return the cipher of an installation.

    The secret ``DATA_KEY`` wins. In the sandbox, and nowhere else, a key file in the home folder stands in
    for it and is made on first use, readable by its owner only.

    Raises
    ------
    ConfigError
        If there is no key outside the sandbox, or the key or the file's permissions are not usable.
    """
    path = settings.home / KEY_FILE
    if settings.environment != "sandbox":
        return FieldCipher(parse_keys(get_secret(KEY_SECRET), origin=f"the secret {KEY_SECRET}"))
    text = find_secret(KEY_SECRET)
    if text is not None:
        return FieldCipher(parse_keys(text, origin=f"the secret {KEY_SECRET}"))
    if not path.exists():
        _create_key_file(path)
    return FieldCipher(parse_keys(_read_private(path), origin=str(path)))


def _create_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(new_key() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)  # unlike a rename, this never replaces the key of a process that was faster
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read_private(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"The key file {path} cannot be read: {error.strerror}.",
            next_step=f"Let its owner read it: chmod 600 {path}.",
            path=path,
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(
            f"The key file {path} can be read by others (mode {mode & 0o777:o}).",
            next_step=f"Run chmod 600 {path}.",
            path=path,
        )
    return text
