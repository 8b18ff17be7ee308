"""An answer on its way: written to disk page by page, so that memory stays flat however many rows come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

    from workbench.loaders.meta.rows import Asked

_MODULUS = 1 << 128


@dataclass
class DaySums:
    """What is known of one day's rows: number, spend, results, and a digest that no order changes."""

    n_rows: int = 0
    spend_micros: int = 0
    results: float = 0.0
    digest: int = 0

    def add(self, spend_micros: int, results: float | None, digest: int) -> None:
        """Count one row."""
        self.n_rows += 1
        self.results += results or 0.0
        self.spend_micros += spend_micros
        self.digest = (self.digest + digest) % _MODULUS


class Spool:
    """Rows of one window, their sums, and what is known of each of its days.

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
        self.days: dict[date, DaySums] = defaultdict(DaySums)

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
        spend, days = batch["spend_micros"].to_pylist(), batch["date_start"].to_pylist()
        for row, day, micros, results in zip(rows, days, spend, batch["results"].to_pylist(), strict=True):
            self.days[day].add(micros, results, digest_of(row))
        self.spend_micros += sum(spend)
        self.impressions += sum(batch["impressions"].to_pylist())

    def load_id(self, days: Iterable[date]) -> str:
        """Return the id of these days' rows: the same rows give the same one, in whatever order they came."""
        asked = self.asked
        parts = [asked.source, asked.account_id, asked.currency, str(asked.grain)]
        for day in sorted(days):
            sums = self.days.get(day, DaySums())
            parts += [day.isoformat(), str(sums.n_rows), f"{sums.digest:032x}"]
        return content_id("load", parts)

    def batches(self, load_id: str = "", *, days: Collection[date] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows as rows of a load, of some days or of all; call it after the last page."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self._writer.close()
        with pa.memory_map(str(self._path)) as source, pa.ipc.open_stream(source) as reader:
            if not self.n_rows:
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)
            wanted = None if days is None else pa.array(sorted(days), pa.date32())
            for batch in reader:
                kept = batch if wanted is None else batch.filter(pc.is_in(batch["date_start"], wanted))
                yield with_load_id(kept, load_id)
