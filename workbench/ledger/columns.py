"""Column types of the ledger: moments in UTC, and encrypted texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from workbench.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from workbench.core.encryption import FieldCipher

_CIPHERS: WeakKeyDictionary[Dialect, Callable[[], FieldCipher]] = WeakKeyDictionary()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, in UTC on the way out, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC and refuse one without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise DataError(
                f"The moment {value.isoformat()} has no time zone.",
                next_step="Use workbench.core.dates.now_utc(), or attach the zone.",
                value=value,
            )
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite drops the zone and always holds UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encrypted(TypeDecorator[str]):
    """A text that the database only ever sees encrypted.

    The cipher belongs to the opened ledger. Comparing such a column with anything is refused, because
    each encryption of a text is different: look rows up by the ``*_hash`` column beside it.

    Parameters
    ----------
    purpose : str
        Table and column, such as ``"people.email"``. It is authenticated with the value: never change it.
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    class Comparator(TypeDecorator.Comparator[str]):
        """Allows asking whether there is a value, and nothing else."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Refuse every operator but ``is_`` and ``is_not``."""
            if op not in (operators.is_, operators.is_not):
                raise DataError(
                    f"An encrypted column cannot be used with {getattr(op, '__name__', op)}.",
                    next_step="Compare the *_hash column with FieldCipher.blind_hashes(…).",
                )
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt."""
        return None if value is None else cipher_of(dialect).encrypt(value, purpose=self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt."""
        return None if value is None else cipher_of(dialect).decrypt(value, purpose=self.purpose)


def attach_cipher(dialect: Dialect, load: Callable[[], FieldCipher]) -> None:
    """Give an engine's dialect its cipher; it is loaded when the first personal value is touched."""
    _CIPHERS[dialect] = cache(load)


def cipher_of(dialect: Dialect) -> FieldCipher:
    """Return the cipher that personal columns of an engine are encrypted with.

    Raises
    ------
    ConfigError
        If the ledger was opened without one.
    """
    load = _CIPHERS.get(dialect)
    if load is None:
        raise ConfigError(
            "This ledger was opened without a key, so its personal columns cannot be used.",
            next_step="Open it with open_ledger(settings), or pass cipher=.",
        )
    return load()
