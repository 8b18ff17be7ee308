"""A child process that reads a counter and writes it back, one higher, until its time is up.

Arguments: address of the ledger, seconds. Prints how many of its writes were committed.
"""

from __future__ import annotations

import sys
import time

from sqlalchemy import text

from workbench.ledger import open_ledger


def count(url: str, seconds: float) -> int:
    """Add one as often as possible for a time; return how often it was committed."""
    committed = 0
    deadline = time.monotonic() + seconds
    with open_ledger(url) as ledger:
        while time.monotonic() < deadline:
            with ledger.write() as session:
                value = session.execute(text("SELECT value FROM counter")).scalar_one()
                session.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})
            committed += 1
    return committed


if __name__ == "__main__":
    sys.stdout.write(str(count(sys.argv[1], float(sys.argv[2]))))
