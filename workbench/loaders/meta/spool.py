"""An answer on its way: written to disk page by page, so that memory stays flat however many rows come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from workbench.core.ids import content_id
from workbench.lake.schema import arrow_schema
from workbench.loaders.meta.rows import digest_of, to_batch, with_load_id

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.core.dates import Period
    from workbench.loaders.meta.rows import Asked

_MODULUS = 1 << 128


class Spool:
    """Rows of one window, their sums, and an id that depends on the set of rows and not on their order.

    Use it as a context manager: the file is gone afterwards.

    Parameters
    ----------
    asked : Asked
        What the rows have in common.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.n_rows = 0
        self.spend_micros = 0
        self.impressions = 0
        self.spend_by_day: dict[date, int] = defaultdict(int)
        self._digest = 0

    def __enter__(self) -> Self:
        import pyarrow as pa

        self._folder = TemporaryDirectory(prefix="workbench-")
        self._path = Path(self._folder.name) / "rows.arrow"
        self._writer = pa.ipc.new_stream(self._path, arrow_schema("ad_insights"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._folder.cleanup()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Check and keep one page of rows.

        Raises
        ------
        SchemaError
            As :func:`workbench.loaders.meta.rows.to_batch`.
        """
        if not rows:
            return
        batch = to_batch(rows, self.asked)
        self._writer.write_batch(batch)
        self.n_rows += len(rows)
        self._digest = (self._digest + sum(map(digest_of, rows))) % _MODULUS
        spend, days = batch["spend_micros"].to_pylist(), batch["date_start"].to_pylist()
        for day, micros in zip(days, spend, strict=True):
            self.spend_by_day[day] += micros
        self.spend_micros += sum(spend)
        self.impressions += sum(batch["impressions"].to_pylist())

    def load_id(self, window: Period) -> str:
        """Return the load's id: the same rows for the same window give the same one."""
        asked = self.asked
        parts = [asked.source, asked.account_id, asked.currency, str(asked.grain), str(window)]
        return content_id("load", [*parts, str(self.n_rows), f"{self._digest:032x}"])

    def batches(self, load_id: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows as rows of a load; call it after the last page."""
        import pyarrow as pa

        self._writer.close()
        with pa.memory_map(str(self._path)) as source, pa.ipc.open_stream(source) as reader:
            if not self.n_rows:
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)
            for batch in reader:
                yield with_load_id(batch, load_id)
