"""Mutated exports: loaded right or refused with a reason; never a traceback, never a silent difference.

Every mutant is a seeded chain of changes to a generated export or to a real one. What has to come out is
computed here, from the cells before they are written, without any code of the loaders.
"""

from __future__ import annotations

import csv
import io
import os
import random
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path

import pytest

from workbench.core.errors import DataError
from workbench.core.settings import Settings, load_settings
from workbench.lake import Lake
from workbench.loaders.exports import load_export, parse_export

N_MUTANTS = int(os.environ.get("WORKBENCH_MUTATIONS", "200"))
N_CHUNKS = 10

HEADERS = {
    "en": {
        "campaign": "Campaign name",
        "adset": "Ad set name",
        "ad": "Ad name",
        "ad_id": "Ad ID",
        "day": "Day",
        "start": "Reporting starts",
        "stop": "Reporting ends",
        "age": "Age",
        "text": "Text",
        "impressions": "Impressions",
        "clicks": "Link clicks",
        "results": "Results",
        "kind": "Result indicator",
        "attribution": "Attribution setting",
        "spend": "Amount spent (EUR)",
    },
    "de": {
        "campaign": "Kampagnenname",
        "adset": "Anzeigengruppenname",
        "ad": "Anzeigenname",
        "ad_id": "Anzeigen-ID",
        "day": "Tag",
        "start": "Berichtsstart",
        "stop": "Berichtsende",
        "age": "Alter",
        "text": "Text",
        "impressions": "Impressionen",
        "clicks": "Link-Klicks",
        "results": "Ergebnisse",
        "kind": "Ergebnisindikator",
        "attribution": "Attributionseinstellung",
        "spend": "Ausgegebener Betrag (EUR)",
    },
    "fr": {
        "campaign": "Nom de la campagne",
        "adset": "Nom de l'ensemble de publicités",
        "ad": "Nom de la publicité",
        "ad_id": "Identifiant de la publicité",
        "day": "Jour",
        "start": "Début des rapports",
        "stop": "Fin des rapports",
        "age": "Âge",
        "text": "Texte",
        "impressions": "Impressions",
        "clicks": "Clics sur un lien",
        "results": "Résultats",
        "kind": "Indicateur de résultats",
        "attribution": "Paramètre d'attribution",
        "spend": "Montant dépensé (EUR)",
    },
}
TEXTS = ['Give "smart",\ndo good; twice', "Ein Text – mit Strich", "Plain, with comma", "Café\r\n\r\nécrit"]


@dataclass(frozen=True)
class Sheet:
    """An export before it is written: cells with a decimal point and ISO days, totals apart."""

    headers: list[str]
    rows: list[list[str]]
    total: list[str] | None
    spend: int
    impressions: int
    numbers: tuple[int, ...]
    dates: tuple[int, ...]
    language: str = "en"
    places: tuple[str, ...] = ("first",)
    notes: tuple[str, ...] = ()
    must_refuse: bool = False
    may_refuse: bool = False
    is_damaged: bool = False

    def own(self, column: int) -> Decimal | None:
        """Sum of a column over the rows; None if a cell is no number."""
        try:
            cells = [Decimal(row[column] if row[column] not in ("", "—") else 0) for row in self.rows]
        except InvalidOperation:
            return None
        if not all(c.is_finite() for c in cells):
            return None
        micro = Decimal("0.000001")
        return sum((c.quantize(micro, rounding=ROUND_HALF_EVEN) for c in cells), Decimal(0))


@dataclass
class Notation:
    """How a sheet is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    group: str = ""
    ending: str = "\n"
    day_format: str = "%Y-%m-%d"
    blank_lines: bool = False
    note_lines: int = 0
    xlsx: bool = False
    cut: float = 1.0
    null_byte: bool = False
    quoting: int = csv.QUOTE_MINIMAL
    steps: list[str] = field(default_factory=list)


def generated(rng: random.Random) -> Sheet:
    """Make an export, daily or as a range, with or without ids and breakdowns, that reconciles."""
    is_daily, has_age, has_text, has_id = (rng.random() < p for p in (0.6, 0.4, 0.3, 0.5))
    keys = ["campaign", "adset", "ad", *(["ad_id"] if has_id else []), *(["age"] if has_age else [])]
    keys += [*(["text"] if has_text else []), *(["day"] if is_daily else []), "start", "stop"]
    keys += ["attribution", "kind", "results", "impressions", "clicks", "spend"]
    first = date(2026, 10, rng.randint(1, 25))
    days = [first + timedelta(days=i) for i in range(rng.randint(2, 16) if is_daily else 1)]
    rows = []
    for n in range(rng.randint(2, 5)):
        for day in days:
            for age in ("18-24", "25-34", "Unknown") if has_age else ("",):
                for text in rng.sample(TEXTS, 2) if has_text else ("",):
                    shown = rng.choice([0, 3, 999, 1000, rng.randint(1000, 9_999_999)])
                    cells = {
                        "campaign": f"Campaign {n % 2}, «été»",
                        "adset": f"Set {n // 2}",
                        "ad": f"Ad {n}",
                        "ad_id": f"2384{n:014d}",
                        "age": age,
                        "text": text,
                        "day": day.isoformat(),
                        "start": (day if is_daily else first).isoformat(),
                        "stop": (day if is_daily else first + timedelta(days=20)).isoformat(),
                        "attribution": "7-day click or 1-day view",
                        "kind": "actions:link_click",
                        "results": str(shown // 50) if shown > 50 else "",
                        "impressions": str(shown),
                        "clicks": str(shown // 40) if shown > 40 else "",
                        "spend": f"{Decimal(shown * rng.randint(1, 30)) / 1000:.2f}",
                    }
                    rows.append([cells[k] for k in keys])
    return _with_total(keys, rows, is_daily=is_daily)


def _with_total(keys: list[str], rows: list[list[str]], *, is_daily: bool) -> Sheet:
    total = [""] * len(keys)
    for key in ("results", "impressions", "clicks", "spend"):
        i = keys.index(key)
        total[i] = str(sum(Decimal(row[i] or 0) for row in rows))
    for key, pick in (("start", min), ("stop", max)):
        total[keys.index(key)] = pick(row[keys.index(key)] for row in rows)
    names = HEADERS["en"]
    return Sheet(
        headers=[names[k] for k in keys],
        rows=rows,
        total=total,
        spend=keys.index("spend"),
        impressions=keys.index("impressions"),
        numbers=tuple(keys.index(k) for k in ("results", "impressions", "clicks", "spend")),
        dates=tuple(keys.index(k) for k in (["day"] if is_daily else []) + ["start", "stop"]),
    )


def read_real(path: Path) -> Sheet:
    """Read a real export with nothing but the csv module."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        headers, *rows = list(csv.reader(stream))
    number = re.compile(r"\d+(\.\d+)?$")
    wanted = re.compile(r"result|reach|impr|cost|amount|freq|click|cpm|cpc|ctr|plays", re.IGNORECASE)
    numbers = tuple(
        i
        for i, h in enumerate(headers)
        if wanted.search(h) and h not in ("Result type", "Result indicator")
        if all(not row[i] or number.match(row[i]) for row in rows)
    )
    name = headers.index("Campaign name" if "Campaign name" in headers else "Ad Set Name")
    totals = [row for row in rows if not row[name]]
    return Sheet(
        headers=headers,
        rows=[row for row in rows if row[name]],
        total=totals[0] if totals else None,
        spend=headers.index("Amount spent (USD)"),
        impressions=headers.index("Impressions"),
        numbers=numbers,
        dates=tuple(headers.index(h) for h in ("Reporting starts", "Reporting ends")),
    )


# Changes of how it is written: the sums stay, so the mutant has to load.


def present(sheet: Sheet, how: Notation, rng: random.Random) -> Sheet:
    """Apply one random change of presentation."""
    step = rng.choice(PRESENTATIONS)
    how.steps.append(step.__name__)
    return step(sheet, how, rng)


def encoding(sheet, how, rng):
    how.encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    return sheet


def delimiter(sheet, how, rng):
    how.delimiter = rng.choice([",", ";", "\t"])
    return sheet


def decimal_comma(sheet, how, rng):
    how.decimal, how.group = ",", rng.choice(["", ".", " ", "\u202f", "’"])
    return sheet


def grouping(sheet, how, rng):
    how.group = rng.choice([g for g in (",", " ", "\u00a0", "'", ".") if g != how.decimal])
    return sheet


def language(sheet, how, rng):
    if sheet.headers[sheet.spend] != HEADERS["en"]["spend"]:
        return header_case(sheet, how, rng)
    chosen = rng.choice(["de", "fr"])
    words = {HEADERS["en"][k]: HEADERS[chosen][k] for k in HEADERS["en"]}
    return replace(sheet, headers=[words.get(h, h) for h in sheet.headers], language=chosen)


def header_case(sheet, how, rng):
    change = rng.choice([str.upper, str.lower, lambda h: f"  {h} "])
    return replace(sheet, headers=[change(h) for h in sheet.headers])


def column_order(sheet, how, rng):
    order = rng.sample(range(len(sheet.headers)), len(sheet.headers))
    put = {old: new for new, old in enumerate(order)}
    return replace(
        sheet,
        headers=[sheet.headers[i] for i in order],
        rows=[[row[i] for i in order] for row in sheet.rows],
        total=[sheet.total[i] for i in order] if sheet.total else None,
        spend=put[sheet.spend],
        impressions=put[sheet.impressions],
        numbers=tuple(put[i] for i in sheet.numbers),
        dates=tuple(put[i] for i in sheet.dates),
    )


def same_column_twice(sheet, how, rng):
    i = rng.randrange(len(sheet.headers))
    return replace(
        sheet,
        headers=[*sheet.headers, sheet.headers[i]],
        rows=[[*row, row[i]] for row in sheet.rows],
        total=[*sheet.total, sheet.total[i]] if sheet.total else None,
        numbers=(*sheet.numbers, len(sheet.headers)) if i in sheet.numbers else sheet.numbers,
        dates=(*sheet.dates, len(sheet.headers)) if i in sheet.dates else sheet.dates,
    )


def totals_place(sheet, how, rng):
    return replace(sheet, places=rng.choice([("first",), ("last",), ("first", "last"), ()]))


def shuffled(sheet, how, rng):
    return replace(sheet, rows=rng.sample(sheet.rows, len(sheet.rows)))


def crlf(sheet, how, rng):
    how.ending = "\r\n"
    return sheet


def all_quoted(sheet, how, rng):
    how.quoting = csv.QUOTE_ALL
    return sheet


def blank_lines(sheet, how, rng):
    how.blank_lines = True
    return sheet


def note_lines(sheet, how, rng):
    how.note_lines = rng.randint(1, 4)
    return sheet


def spreadsheet(sheet, how, rng):
    how.xlsx = True
    return sheet


def dashes(sheet, how, rng):
    metric = [i for i in sheet.numbers if i not in (sheet.spend, sheet.impressions)]
    word = rng.choice(["—", "-", "N/A", "–"])
    rows = [[word if i in metric and not cell else cell for i, cell in enumerate(row)] for row in sheet.rows]
    return replace(sheet, rows=rows)


def mixed_dates(sheet, how, rng):
    def change(row: list[str]) -> list[str]:
        pattern = rng.choice(["%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d"])
        return [
            f"{date.fromisoformat(cell):{pattern}}" if i in sheet.dates and cell else cell
            for i, cell in enumerate(row)
        ]

    return replace(sheet, rows=[change(row) for row in sheet.rows], dates=())


def slashed_dates(sheet, how, rng):
    how.day_format = rng.choice(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y"])
    return replace(sheet, may_refuse=True)


PRESENTATIONS = (
    encoding,
    delimiter,
    decimal_comma,
    grouping,
    language,
    header_case,
    column_order,
    same_column_twice,
    totals_place,
    shuffled,
    crlf,
    all_quoted,
    blank_lines,
    note_lines,
    spreadsheet,
    dashes,
    mixed_dates,
    slashed_dates,
)


# Damage: the mutant may load only with the sum of its own cells, and never past a total that it misses.


def damage(sheet: Sheet, how: Notation, rng: random.Random) -> Sheet:
    """Apply one random damage."""
    step = rng.choice(DAMAGES)
    how.steps.append(step.__name__)
    return replace(step(sheet, how, rng), is_damaged=True)


def _put(sheet: Sheet, row: int, column: int, cell: str) -> Sheet:
    rows = [list(r) for r in sheet.rows]
    rows[row][column] = cell
    return replace(sheet, rows=rows)


def dropped_column(sheet, how, rng):
    i = rng.randrange(len(sheet.headers))
    cut = lambda row: [c for j, c in enumerate(row) if j != i]  # noqa: E731
    shift = lambda j: j - (j > i)  # noqa: E731
    return replace(
        sheet,
        headers=cut(sheet.headers),
        rows=[cut(row) for row in sheet.rows],
        total=cut(sheet.total) if sheet.total else None,
        spend=shift(sheet.spend),
        impressions=shift(sheet.impressions) if i != sheet.impressions else -1,
        numbers=tuple(shift(j) for j in sheet.numbers if j != i),
        dates=tuple(shift(j) for j in sheet.dates if j != i),
        must_refuse=i == sheet.spend,
    )


def other_column_of_one_name(sheet, how, rng):
    rows = [[*row, f"{Decimal(row[sheet.spend] or 0) + 1}"] for row in sheet.rows]
    total = [*sheet.total, "1"] if sheet.total else None
    headers = [*sheet.headers, sheet.headers[sheet.spend]]
    return replace(sheet, headers=headers, rows=rows, total=total, must_refuse=True)


def wrong_by_a_cent(sheet, how, rng):
    return _wrong_total(sheet, Decimal("0.01"))


def wrong_by_a_lot(sheet, how, rng):
    changed = _wrong_total(sheet, Decimal("1234.56"))
    return replace(changed, must_refuse=sheet.total is not None and bool(sheet.places))


def _wrong_total(sheet: Sheet, by: Decimal) -> Sheet:
    if sheet.total is None:
        return sheet
    total = list(sheet.total)
    total[sheet.spend] = str(Decimal(total[sheet.spend]) + by)
    return replace(sheet, total=total)


def row_twice(sheet, how, rng):
    row = rng.choice(sheet.rows)
    rows = list(sheet.rows)
    rows.insert(rng.randrange(len(rows) + 1), list(row))
    return replace(sheet, rows=rows, must_refuse=Decimal(row[sheet.impressions] or 0) > 0)


def row_lost(sheet, how, rng):
    rows = list(sheet.rows)
    rows.pop(rng.randrange(len(rows)))
    return replace(sheet, rows=rows)


def garbage(sheet, how, rng):
    column = rng.choice([sheet.spend, sheet.impressions, *sheet.dates[:1]])
    word = rng.choice(
        ["abc", "#REF!", "12..5", "1,2,3,4", "12 apples", "NaN", "inf", "0x1F", "１２", "1e999"]
    )
    changed = _put(sheet, rng.randrange(len(sheet.rows)), column, word)
    return replace(
        changed,
        must_refuse=True,
        numbers=_without(sheet.numbers, column),
        dates=_without(sheet.dates, column),
    )


def _without(columns: tuple[int, ...], column: int) -> tuple[int, ...]:
    return tuple(c for c in columns if c != column)


def negative(sheet, how, rng):
    i = rng.randrange(len(sheet.rows))
    cell = sheet.rows[i][sheet.spend] or "0"
    return replace(_put(sheet, i, sheet.spend, f"-{cell}"), must_refuse=Decimal(cell) > 0)


def blanked(sheet, how, rng):
    column = rng.randrange(len(sheet.headers))
    return _put(sheet, rng.randrange(len(sheet.rows)), column, rng.choice(["", "—"]))


def other_number(sheet, how, rng):
    column = rng.choice([sheet.spend, sheet.impressions])
    i = rng.randrange(len(sheet.rows))
    return _put(sheet, i, column, str(Decimal(sheet.rows[i][column] or 0) + rng.choice([1, 7, 1000])))


def swapped_cells(sheet, how, rng):
    (r1, c1), (r2, c2) = ((rng.randrange(len(sheet.rows)), rng.randrange(len(sheet.headers))) for _ in "ab")
    a, b = sheet.rows[r1][c1], sheet.rows[r2][c2]
    return _put(_put(sheet, r1, c1, b), r2, c2, a)


def cut_off(sheet, how, rng):
    how.cut = rng.uniform(0.3, 0.999)
    return sheet


def null_byte(sheet, how, rng):
    how.null_byte = True
    return replace(sheet, must_refuse=not how.xlsx)


DAMAGES = (
    dropped_column,
    other_column_of_one_name,
    wrong_by_a_cent,
    wrong_by_a_lot,
    row_twice,
    row_lost,
    garbage,
    negative,
    blanked,
    other_number,
    swapped_cells,
    cut_off,
    null_byte,
)


# Writing


def records_of(sheet: Sheet, how: Notation) -> list[list[str]]:
    """Cells in the chosen notation, totals in their places."""
    total = [sheet.total] if sheet.total else []
    rows = (total if "first" in sheet.places else []) + sheet.rows
    rows = rows + (total if "last" in sheet.places else [])
    return [[_cell(sheet, how, i, cell) for i, cell in enumerate(row)] for row in rows]


def _cell(sheet: Sheet, how: Notation, column: int, cell: str) -> str:
    if column in sheet.numbers and re.match(r"-?\d+(\.\d+)?$", cell):
        whole, _, part = cell.partition(".")
        if how.group and not how.xlsx:
            whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", how.group, whole)
        point = "." if how.xlsx else how.decimal
        return f"{whole}{point}{part}" if part else whole
    if column in sheet.dates and re.match(r"\d{4}-\d\d-\d\d$", cell):
        return f"{date.fromisoformat(cell):{how.day_format}}"
    return cell


def write(sheet: Sheet, how: Notation, folder: Path) -> tuple[Path, list[list[str]] | None]:
    """Write the mutant; return its path and, if it was cut off, the whole records that are left."""
    records = records_of(sheet, how)
    notes = [["Report of the account"], ["Made by hand"], [], ["Please read"]][: how.note_lines]
    if how.xlsx:
        return _write_spreadsheet(sheet, how, [*notes, sheet.headers, *records], folder), None
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=how.delimiter, lineterminator=how.ending, quoting=how.quoting)
    writer.writerows(notes)
    writer.writerow(sheet.headers)
    for n, record in enumerate(records):
        writer.writerow(record)
        if how.blank_lines and n % 3 == 0:
            stream.write(how.ending)
    text = stream.getvalue()
    if how.null_byte:
        text = text[: len(text) // 2] + "\x00" + text[len(text) // 2 :]
    data = text.encode(how.encoding, errors="replace")
    data = data[: int(len(data) * how.cut)]
    path = folder / "mutant.csv"
    path.write_bytes(data)
    left = None
    if how.cut < 1:
        kept = data.decode(how.encoding, errors="ignore")
        left = list(csv.reader(io.StringIO(kept, newline=""), delimiter=how.delimiter))
    return path, left


def _write_spreadsheet(sheet: Sheet, how: Notation, records: list[list[str]], folder: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for record in records:
        typed = [
            float(c)
            if i in sheet.numbers and re.match(r"-?\d+\.\d+$", c)
            else int(c)
            if i in sheet.numbers and re.match(r"-?\d+$", c)
            else c
            for i, c in enumerate(record)
        ]
        book.active.append([c if c != "" else None for c in typed])
    path = folder / "mutant.xlsx"
    book.save(path)
    if how.cut < 1:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * how.cut)])
    return path


# The verdict


@dataclass(frozen=True)
class Mutant:
    """A sheet as it was written."""

    sheet: Sheet
    how: Notation
    path: Path
    left: list[list[str]] | None
    truth: Decimal

    @property
    def said(self) -> Decimal | None:
        """Spend in the totals row, if one was written whole."""
        if self.sheet.total is None or not self.sheet.places or self.how.cut < 1:
            return None
        return Decimal(self.sheet.total[self.sheet.spend])


@dataclass(frozen=True)
class Outcome:
    """What the loader made of a mutant; ``reason`` if it refused."""

    reason: str = ""
    spend_micros: int = 0
    impressions: int | None = None
    reconciled: str = ""
    difference: str | None = None


def load(path: Path, settings: Settings, lake: Lake | None) -> Outcome:
    """Let the loader read a mutant; anything but a result or a DataError goes through."""
    if lake is not None:
        result = load_export(path, lake=lake, settings=settings)
        if result.quarantined:
            assert (result.rows, result.reconciled, result.changed) == (0, "not reconciled", False)
            return Outcome(result.quarantined[0].reason)
        query = "select sum(spend_micros)::bigint as s from ad_insights where grain = ?"
        assert lake.sql(query, params=[result.grain])["s"][0].as_py() == result.spend_micros
        return Outcome("", result.spend_micros, result.impressions, result.reconciled, result.difference)
    try:
        parsed = parse_export(path, settings=settings)
    except DataError as error:
        return Outcome(str(error))
    sums = parsed.reconciliation
    return Outcome("", parsed.spend_micros, parsed.impressions, sums.reconciled, sums.difference)


def judge(mutant: Mutant, outcome: Outcome) -> str:
    """Raise AssertionError unless the mutant was loaded right or refused with a reason."""
    sheet, how = mutant.sheet, mutant.how
    told = f"{outcome} for {how} of {sheet.headers}"
    if outcome.reason:
        assert len(outcome.reason) > 15, told
        assert sheet.is_damaged or sheet.may_refuse, f"refused, though intact: {told}"
        return "refused"
    assert not sheet.must_refuse, told
    own = sheet.own(sheet.spend) if mutant.left is None else _left_sum(sheet, mutant.left, how)
    assert own is not None, f"loaded with an unreadable amount: {told}"
    assert Decimal(outcome.spend_micros).scaleb(-6) == own, f"the file holds {own}: {told}"
    if mutant.left is None and sheet.impressions >= 0:
        assert outcome.impressions == sheet.own(sheet.impressions), told
    if mutant.said is not None and round(own, 2) != round(mutant.said, 2):
        assert outcome.reconciled == "within rounding", told
        assert Decimal(outcome.difference or 0) == own - mutant.said, told
    if not sheet.is_damaged:
        assert own == mutant.truth, told
    return "loaded"


def _left_sum(sheet: Sheet, left: list[list[str]], how: Notation) -> Decimal | None:
    if how.xlsx:
        return None
    width, spend = len(sheet.headers), Decimal(0)
    names = [i for i in range(width) if i not in sheet.numbers and i not in sheet.dates]
    for record in left:
        if len(record) != width or record == sheet.headers or not any(record):
            continue
        if sheet.total is not None and record[names[0]] == "" and record == records_of(sheet, how)[0]:
            continue
        cell = record[sheet.spend].replace(how.group, "") if how.group else record[sheet.spend]
        exact = Decimal(cell.replace(how.decimal, ".") or 0)
        spend += exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)
    return spend


def mutate(base: Sheet, rng: random.Random, folder: Path) -> Mutant:
    """Change a sheet at random and write it."""
    how, sheet = Notation(), base
    for _ in range(rng.randint(1, 3)):
        sheet = present(sheet, how, rng)
    if rng.random() < 0.6:
        sheet = damage(sheet, how, rng)
    if how.delimiter == how.decimal == ",":
        how.delimiter = ";"
    if how.group == how.decimal:
        how.group = ""
    path, left = write(sheet, how, folder)
    return Mutant(sheet, how, path, left, base.own(base.spend) or Decimal(0))


@pytest.fixture
def euro(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", currency="EUR")


@pytest.mark.parametrize("chunk", range(N_CHUNKS))
def test_mutants_of_generated_exports_load_right_or_are_refused(chunk, tmp_path, euro):
    verdicts = []
    for n in range(chunk, N_MUTANTS * 3 // 5, N_CHUNKS):
        rng = random.Random(f"generated {n}")  # noqa: S311 - seeded on purpose
        mutant = mutate(generated(rng), rng, tmp_path)
        mutant.how.steps.insert(0, f"mutant {n}")
        lake = Lake(tmp_path / f"lake{n}") if n % 20 == 0 else None
        verdicts.append(judge(mutant, load(mutant.path, euro, lake)))
    assert verdicts.count("loaded") >= len(verdicts) // 4, "hardly any mutant loads"


@pytest.mark.parametrize("chunk", range(N_CHUNKS))
def test_mutants_of_real_exports_load_right_or_are_refused(chunk, tmp_path, euro, shared_data):
    folder = shared_data / "ads" / "gwwc_meta_ads_2021"
    files = sorted(folder.glob("*.csv"), key=lambda p: p.stat().st_size)
    for n in range(chunk, N_MUTANTS * 2 // 5, N_CHUNKS):
        rng = random.Random(f"real {n}")  # noqa: S311 - seeded on purpose
        small = min(rng.randrange(10), rng.randrange(len(files)))
        mutant = mutate(read_real(files[small]), rng, tmp_path)
        mutant.how.steps.insert(0, f"mutant {n}")
        judge(mutant, load(mutant.path, euro, None))
