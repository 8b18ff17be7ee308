"""Rows of an answer, written once and read in pages: in memory while small, on disk beyond that."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from time import monotonic
from typing import Any

from workbench.sandbox.graph.insights_request import InsightsAsk
from workbench.sandbox.graph.insights_rows import writer_of
from workbench.sandbox.graph.source import Source

_IN_MEMORY_BYTES = 1 << 20
_CHUNK = 500


class TooManyRows(Exception):
    """The answer would be larger than the server allows."""


class Spool:
    """The rows of one question, as they were when they were asked for.

    Parameters
    ----------
    source : Source
        The world.
    ask : InsightsAsk
        The question.
    max_cells : int
        Rows × columns that are allowed.
    """

    def __init__(self, source: Source, ask: InsightsAsk, *, max_cells: int) -> None:
        self.ask = ask
        self.is_complete = False
        self._source, self._max_cells = source, max_cells
        self._max_rows = max(1, max_cells // max(1, ask.n_columns))
        self._rows: Iterator[Mapping[str, Any]] = (row for one in ask.slices for row in source.insights(one))
        self._write = writer_of(ask)
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 (closed by close)
        self._starts = array("Q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def fill(self, *, budget_s: float | None = None) -> bool:
        """Write rows until there are no more, or until ``budget_s`` real seconds are over.

        Returns
        -------
        bool
            Whether all rows are written.

        Raises
        ------
        TooManyRows
            If there are more than allowed. After any error the rows are gone.
        """
        try:
            return self._fill(budget_s)
        except BaseException:
            self.close()
            raise

    def _fill(self, budget_s: float | None) -> bool:
        until = None if budget_s is None else monotonic() + budget_s
        while not self.is_complete:
            chunk = list(islice(self._rows, _CHUNK))
            self._append(chunk)
            self.is_complete = len(chunk) < _CHUNK
            if len(self) > self._max_rows:
                raise TooManyRows
            if until is not None and monotonic() > until:
                break
        return self.is_complete

    def page(self, start: int, stop: int) -> list[bytes]:
        """Return rows as JSON, from ``start`` up to ``stop``, which is not included."""
        stop = min(stop, len(self))
        if start >= stop:
            return []
        self._file.seek(self._starts[start])
        data = self._file.read(self._starts[stop] - self._starts[start])
        return data.split(b"\n")[:-1]

    def sums_of(self, names: Sequence[str]) -> dict[str, Decimal]:
        """Return figures added up over all rows."""
        sums = dict.fromkeys(names, Decimal(0))
        for start in range(0, len(self), _CHUNK) if names else ():
            for line in self.page(start, start + _CHUNK):
                row = json.loads(line)
                for name in names:
                    sums[name] += Decimal(row.get(name, "0"))
        return sums

    def anew(self) -> Spool:
        """Return an empty one for the same question, and give this one's space back."""
        self.close()
        return Spool(self._source, self.ask, max_cells=self._max_cells)

    def close(self) -> None:
        """Give the space back."""
        self._file.close()

    def _append(self, rows: list[Mapping[str, Any]]) -> None:
        lines = [self._write(row) + b"\n" for row in rows]
        self._file.seek(self._starts[-1])
        self._file.write(b"".join(lines))
        end = self._starts[-1]
        for line in lines:
            end += len(line)
            self._starts.append(end)
