"""A child process that records planned loads one after the other; it is killed and started again.

Arguments: address of the ledger, number of loads. Prints ``ready`` when the ledger is open.
"""

from __future__ import annotations

import sys

from workbench.ledger import (
    QuarantinedCell,
    append_audit,
    open_ledger,
    record_load_finished,
    record_load_started,
    record_quarantined,
)


def work(url: str, n_loads: int) -> None:
    """Record the loads that are not done yet, each with its quarantine and its audit entry."""
    with open_ledger(url) as ledger:
        print("ready", flush=True)  # noqa: T201
        for number in range(n_loads):
            load_id = f"load_{number}"
            with ledger.write() as session:
                load = record_load_started(
                    session,
                    load_id,
                    file_name=f"{number}.csv",
                    sha256=str(number),
                    source="export",
                    network="meta",
                    account_id="1",
                    actor="ada",
                )
                if load.state == "done":
                    continue
            with ledger.write() as session:  # what belongs together is in one transaction
                cells = [QuarantinedCell(f"cell {cell}", row_number=cell) for cell in range(number % 4)]
                record_quarantined(session, load_id, cells)
                record_load_finished(session, load_id, state="done", n_rows=number, spend_micros=number * 7)
                append_audit(session, actor="ada", action="load.done", subject=load_id)


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]))
