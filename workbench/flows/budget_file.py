"""Fit a media mix model to a table in a file, and keep it as a model run."""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.data import MixData, mix_data
from workbench.budget.fit import Method, MixFit, fit_mix
from workbench.budget.priors import refused
from workbench.budget.spec import LiftTest, MixSpec
from workbench.core.errors import DataError, NotConverged, SchemaError
from workbench.flows.model_runs import keep_fit

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings

_LIFT_COLUMNS = ("channel", "spend_before", "spend_change", "effect", "low", "high")
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_LIFT_LEVEL = 0.95
_ALIKE = 0.95


@dataclass(frozen=True)
class FileFit:
    """A fit of a file's figures.

    Attributes
    ----------
    fit : MixFit
    run_id : str
        Of the kept model run.
    """

    fit: MixFit
    run_id: str

    def summary(self) -> str:
        """Say what each channel brought."""
        return self.fit.summary()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**self.fit.to_dict(), "model_run": self.run_id}


def fit_from_file(
    settings: Settings,
    file: Path,
    columns: Mapping[str, Any],
    spec: MixSpec | None = None,
    *,
    lift_tests: Sequence[LiftTest] = (),
    method: Method = "auto",
    seed: int = 1,
) -> FileFit:
    """Fit one row a day or week of a file, and keep the run.

    Parameters
    ----------
    settings : Settings
        Where runs are kept.
    file : Path
        As for `read_table`.
    columns : mapping
        ``date_column``, ``spend``, ``outcome``, ``controls`` and ``currency``, as
        `workbench.budget.data.mix_data` takes them.
    spec, lift_tests, method, seed
        As for `workbench.budget.fit.fit_mix`.

    Raises
    ------
    DataError
        If the file cannot be read, or its columns not be used; the field is named.
    NotConverged
        If no method gives draws that may be used.
    StoreError
        If the run cannot be kept.
    """
    data = mix_data(read_table(file), **columns)
    try:
        fit = fit_mix(data, spec, lift_tests=lift_tests, method=method, seed=seed)
    except NotConverged as error:
        raise NotConverged(error.message + _alike(data), next_step=error.next_step, **error.facts) from None
    return FileFit(fit, keep_fit(settings, fit, source=file.name))


def _alike(data: MixData) -> str:
    """Name the two channels whose spend moves alike, the usual reason why no method converges."""
    moves = [c for c in range(len(data.channels)) if np.ptp(data.spend[:, c]) > 0]
    if len(moves) < 2:
        return ""
    found = np.abs(np.triu(np.corrcoef(data.spend[:, moves].T), k=1))
    a, b = (data.channels[moves[k]] for k in divmod(int(found.argmax()), len(moves)))
    most = float(found.max())
    return f" The spends of {a} and {b} move alike (correlation {most:.2f})." if most >= _ALIKE else ""


def read_lift_tests(file: Path) -> tuple[LiftTest, ...]:
    """Read what experiments found, one a row.

    Parameters
    ----------
    file : Path
        Columns ``channel, spend_before, spend_change, effect, low, high`` and, if not .95, ``level``;
        amounts a period.

    Raises
    ------
    DataError
        If a column is missing or a value is unusable; the row is named.
    """
    table = read_table(file)
    missing = [name for name in _LIFT_COLUMNS if name not in table.columns]
    if missing:
        raise SchemaError(
            f"{missing[0]}: there is no such column in {file}.",
            next_step=f"Columns are {', '.join(_LIFT_COLUMNS)} and, if not {_LIFT_LEVEL}, level.",
            field=missing[0],
        )
    if not len(table):
        raise refused("lift_tests", file, "holds no row", "Leave it out, or write one test a row.")
    return tuple(_lift_test(row, k) for k, row in enumerate(table.to_dict("records"), start=1))


def _lift_test(row: Mapping[Any, Any], place: int) -> LiftTest:
    """Read a test, naming its row in whatever is refused of it."""
    import pandas as pd

    values = {name: _number(row[name], name, place) for name in _LIFT_COLUMNS[1:]}
    level = _LIFT_LEVEL if pd.isna(row.get("level")) else _number(row["level"], "level", place)
    try:
        return LiftTest(
            str(row["channel"]),
            values["spend_before"],
            values["spend_change"],
            effect=values["effect"],
            interval=(values["low"], values["high"]),
            level=level,
        )
    except DataError as error:
        raise DataError(
            f"lift_tests, row {place}: {error.message}", next_step=error.next_step, field="lift_tests"
        ) from None


def _number(value: Any, name: str, place: int) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = float("nan")
    if not np.isfinite(found):
        raise refused(
            f"lift_tests, row {place}", f"{name} {value!r}", "is not a number", "Write it as 1234.56."
        )
    return found


def read_table(file: Path) -> pd.DataFrame:
    """Read a table of CSV, XLSX (its first sheet) or Parquet, told by the end of its name.

    Raises
    ------
    DataError
        If there is no such file, or no such table in it: other separators, rows longer than the header, two
        columns of one name.
    """
    import pandas as pd

    readers: dict[str, Callable[[Path], pd.DataFrame]] = {".parquet": pd.read_parquet, ".xlsx": pd.read_excel}
    try:
        return readers.get(file.suffix.lower(), _read_csv)(file)
    except DataError:
        raise
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        reason = (isinstance(error, OSError) and error.strerror) or " ".join(str(error).split())
        raise DataError(
            f"{file} cannot be read as a table: {reason.rstrip('.')}.",
            next_step="Give a CSV file in UTF-8, an XLSX or a Parquet file.",
            file=str(file),
        ) from None


def _read_csv(file: Path) -> pd.DataFrame:
    """Read a table, refusing what pandas would mend by shifting or renaming columns."""
    import pandas as pd

    with file.open(encoding="utf-8-sig", newline="") as lines:
        header = next(csv.reader(lines), [])
    if len(header) == 1:
        for separator, word in _OTHER_SEPARATORS.items():
            if separator in header[0]:
                raise DataError(
                    f"{file} separates its columns by {word}.",
                    next_step="Save it with commas between columns and points in numbers.",
                    file=str(file),
                )
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise refused(twice, "two columns", f"have this name in {file}", "Give each column its own.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(file, index_col=False)
        except pd.errors.ParserWarning:
            raise DataError(
                f"{file} has rows with more cells than its header.",
                next_step="Put numbers that hold commas into quotes, better write them without.",
                file=str(file),
            ) from None
