"""What a part of a refresh did: snapshots, changes, pixels, leads, posts, messages; all but the insights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import AuthError, RemoteRejected


@dataclass(frozen=True)
class LoadedPart:
    """What one part did.

    Attributes
    ----------
    kind : str
        ``entities``, ``changes``, ``pixels``, ``leads``, ``posts`` or ``community``.
    n_rows : int
        Rows that the days read now have, changed or not.
    changed : bool
        Whether the lake or the ledger changed.
    warnings : tuple of str
        What the reader should know.

    Examples
    --------
    >>> LoadedPart("changes", 3, changed=False).summary()
    'changes of the account: 3 rows, nothing new'
    """

    kind: str
    n_rows: int
    changed: bool
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        """Say in a few words what was read."""
        state = "" if self.changed else ", nothing new"
        return f"{_WORDS.get(self.kind, self.kind)}: {self.n_rows:,} rows{state}"

    def to_dict(self) -> dict[str, Any]:
        """Return the part as JSON values."""
        return {
            "kind": self.kind,
            "rows": self.n_rows,
            "changed": self.changed,
            "warnings": list(self.warnings),
        }


_WORDS = {
    "entities": "campaigns, ad sets, ads and creatives",
    "changes": "changes of the account",
    "pixels": "events of pixels",
    "leads": "leads of forms",
    "posts": "organic posts",
    "community": "comments, messages and mentions",
}


@contextmanager
def tolerating(warnings: list[str], what: str) -> Iterator[None]:
    """Go on without something that Meta does not let this token read, and note what it was.

    A token that is not accepted at all, a quota and a network that is down are no such thing: they stop the
    part, so that it is read again later.

    Parameters
    ----------
    warnings : list of str
        Added to.
    what : str
        What could not be read, such as ``messages of page 123``.
    """
    try:
        yield
    except AuthError as error:
        if "permissions" not in error.facts:
            raise
        warnings.append(f"Could not read {what}: {error}")
    except RemoteRejected as error:
        warnings.append(f"Could not read {what}: {error}")
