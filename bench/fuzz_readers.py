"""Damaged exports of every format: refused with a reason, read as they were, or read with a warning; never a traceback.

python bench/fuzz_readers.py [count] [first seed]        default 1000 inputs from seed 0; the same seed is the same input

An input is refused, identical (readings, reagents and curves as before the damage), warned (different, with a warning that the
undamaged file does not give), held (warned, and wells wait for a person), or silent (different without one). A format without a
checksum cannot show that a value was edited or a whole well (of a workbook, rows or a sheet) taken out; for those kinds of damage,
silent is listed as `edited`. Beyond that no warning excuses a value of a well that is not held under another specimen's label than
in the undamaged file: that is `another specimen`, and a defect as silence is.
"""

from __future__ import annotations

import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from pbis.core.errors import InputRefused
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.files.book import Book, BookSheet
from pbis.readers import read_bytes
from pbis.readers.kit.document import Document
from pbis.readers.layouts.layout import layout_from_bytes
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.readers.registry import open_document, read_document
from pbis.readers.summary import summarise
from pbis.simulate import EUROPEAN, MAGPIX, RESAVED, UNICODE, Dialect, example_plate, render_plate
from pbis.simulate.bioplex import render_bioplex, render_table
from pbis.simulate.formats import TEXTS, WORKBOOKS, WRITTEN
from pbis.simulate.instrument import derive
from pbis.simulate.model import SimulatedPlate

SLOW_SECONDS = 1.0
DEFECTS = ("silent", "another specimen")
ODD = (
    "",
    "NaN",
    "1e999",
    "-1",
    "1,5",
    "1.234",
    "< 3.2",
    "***",
    "OOR >",
    "x",
    '"',
    "1(1,A1)",
    "=1+1",
    "\u2265",
    "9" * 400,
)
EDITS = frozenset({"flip", "insert", "remove bytes", "cell", "swap cells", "remove row", "swap rows", "copy row"}) | {
    "remove rows",
    "remove sheet",
}


@dataclass(frozen=True)
class Base:
    """An undamaged input. has_checksum: one that is judged, so that an edit of any byte can be known; book: its sheets, where it is a workbook."""

    name: str
    data: bytes
    has_checksum: bool = False
    book: Book | None = None


@dataclass(frozen=True)
class Case:
    """One damaged input and what was done to it."""

    kind: str
    data: bytes
    book: Book | None = None


def bases() -> list[Base]:
    """One small plate in every format and in the dialects that differ most."""
    plate = narrow(example_plate(3, samples=3), 3)
    derived = derive(plate)
    found = [
        Base("xponent", render_plate(plate, Dialect(), derived)),
        Base("xponent magpix row-major", render_plate(plate, Dialect(model=MAGPIX, numbering="row"), derived), True),
        Base("xponent european", render_plate(plate, EUROPEAN, derived)),
        Base("xponent utf-16", render_plate(plate, UNICODE, derived)),
        Base("xponent re-saved", render_plate(plate, RESAVED, derived)),
        Base("xponent without footer", render_plate(plate, Dialect(crc="absent"), derived)),
    ]
    for name in TEXTS:
        if name != "xponent_csv":
            form = WRITTEN[name]
            found.append(Base(name, form.render(plate, derived=derived)))
    books = {name: WRITTEN[name].render(plate, derived=derived) for name in WORKBOOKS} | {
        "bioplex both": render_bioplex(plate, derived, tables="both"),
        "bioplex means": render_bioplex(plate, derived, tables="means"),
        "bioplex table": render_table(plate),
    }
    return found + [Base(name, data, book=open_document(data, name).book) for name, data in books.items()]


def narrow(plate: SimulatedPlate, analytes: int) -> SimulatedPlate:
    """The plate's first analytes: damage needs no width."""
    reagents = plate.reagents
    keep = slice(analytes)
    return replace(
        plate,
        analytes=plate.analytes[keep],
        median=plate.median[:, keep],
        count=plate.count[:, keep],
        reagents=replace(
            reagents,
            expected=reagents.expected[:, keep],
            control_expected=reagents.control_expected[:, keep],
            control_low=reagents.control_low[:, keep],
            control_high=reagents.control_high[:, keep],
        ),
        statistics=tuple((name, values[:, keep]) for name, values in plate.statistics),
    )


def damaged(base: Base, rng: random.Random) -> Case:
    """One random damage."""
    if base.book is not None:
        return _damaged_book(base.book, base.data, rng)
    kind, damage = rng.choice(TEXT_DAMAGE)
    return Case(kind, damage(base.data, rng))


def _cut_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: rng.randrange(len(lines))])


def _flip(data: bytes, rng: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return (
        data[:at]
        + rng.choice((b'"', b",", b";", b"\n", b"\r", b"\x00", b"0", b"9", b".", b"\xff", b"\xe2"))
        + data[at:]
    )


def _remove_bytes(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice((1, 1, 2, 10, 300)) :]


def _cell(data: bytes, rng: random.Random) -> bytes:
    def change(cells: list[bytes]) -> None:
        cells[rng.randrange(len(cells))] = rng.choice(ODD).encode()

    return _in_row(data, rng, change)


def _swap_cells(data: bytes, rng: random.Random) -> bytes:
    def change(cells: list[bytes]) -> None:
        i, j = rng.randrange(len(cells)), rng.randrange(len(cells))
        cells[i], cells[j] = cells[j], cells[i]

    return _in_row(data, rng, change)


def _in_row(data: bytes, rng: random.Random, change: Callable[[list[bytes]], None]) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    mark = max((b",", b";", b"\t", b">"), key=lines[at].count)
    cells = lines[at].split(mark)
    change(cells)
    lines[at] = mark.join(cells)
    return b"\n".join(lines)


def _rows(change: Callable[[list[bytes], random.Random], None]) -> Callable[[bytes, random.Random], bytes]:
    def apply(data: bytes, rng: random.Random) -> bytes:
        lines = data.splitlines(keepends=True)
        change(lines, rng)
        return b"".join(lines)

    return apply


def _copy(rows: list, rng: random.Random) -> None:
    rows.insert(rng.randrange(len(rows)), rng.choice(rows))


def _remove(rows: list, rng: random.Random) -> None:
    at = rng.randrange(len(rows))
    del rows[at : at + rng.choice((1, 1, 1, 3, 20))]


def _swap(rows: list, rng: random.Random) -> None:
    i, j = rng.randrange(len(rows)), rng.randrange(len(rows))
    rows[i], rows[j] = rows[j], rows[i]


TEXT_DAMAGE: tuple[tuple[str, Callable[[bytes, random.Random], bytes]], ...] = (
    ("cut at a line", _cut_line),
    ("cut at a byte", lambda data, rng: data[: rng.randrange(len(data))]),
    ("flip", _flip),
    ("insert", _insert),
    ("remove bytes", _remove_bytes),
    ("cell", _cell),
    ("swap cells", _swap_cells),
    ("copy row", _rows(_copy)),
    ("remove row", _rows(_remove)),
    ("swap rows", _rows(_swap)),
)
ROW_DAMAGE = {"copy row": _copy, "remove row": _remove, "swap rows": _swap}


def _damaged_book(book: Book, data: bytes, rng: random.Random) -> Case:
    """Damage of a sheet's rows or cells; now and then of the container's bytes, which the child process then opens."""
    if rng.random() < 0.005:
        return Case("bytes", _flip(data, rng))
    at = rng.randrange(len(book.sheets))
    sheet = book.sheets[at]
    rows = [list(row) for row in sheet.rows]
    kind = rng.choice(("remove rows", "cell", "swap cells", "remove sheet", *ROW_DAMAGE))
    if kind == "remove sheet":
        return Case(kind, data, replace(book, sheets=book.sheets[:at] + book.sheets[at + 1 :]))
    if kind == "remove rows":
        del rows[rng.randrange(len(rows)) :]
    elif kind in ROW_DAMAGE:
        ROW_DAMAGE[kind](rows, rng)
    else:
        _damage_cells(rows[rng.randrange(len(rows))], kind, rng)
    sheets = (*book.sheets[:at], BookSheet(sheet.name, rows, sheet.dates), *book.sheets[at + 1 :])
    return Case(kind, data, Book(book.name, sheets))


def _damage_cells(row: list[str], kind: str, rng: random.Random) -> None:
    if row and kind == "cell":
        row[rng.randrange(len(row))] = rng.choice(ODD)
    elif row:
        i, j = rng.randrange(len(row)), rng.randrange(len(row))
        row[i], row[j] = row[j], row[i]


def essence(read: PlateRead) -> list[pa.Table]:
    """What must not change: readings, reagents, curves, by their keys; not the line they stand on."""
    reading = read.reading.drop(["run_id", "source_line", "location"])
    reading = reading.sort_by([("plate_number", "ascending"), ("well", "ascending"), ("analyte_reported", "ascending")])
    keys = [("reagent_label", "ascending"), ("analyte_reported", "ascending")]
    reagent = read.reagent.drop(["run_id", "source_line"]).sort_by(keys)
    analyte = read.analyte.drop(["run_id", "source_line", "position"]).sort_by("analyte_reported")
    return [reading, reagent, analyte]


def codes(read: PlateRead) -> set[tuple[str, str]]:
    return set(zip(read.warning.column("code").to_pylist(), read.warning.column("message").to_pylist(), strict=True))


def run(case: Case, name: str) -> PlateRead:
    """Read, and do what the next step does with a read."""
    read = read_document(Document(name, case.data, book=case.book)) if case.book else read_bytes(case.data, name)
    assign_roles(read, None)
    return read


def outcome(case: Case, base: Base, whole: PlateRead) -> str:
    """refused, refused without a line, identical, held, warned, edited, silent or another specimen."""
    try:
        read = run(case, base.name)
    except InputRefused as refusal:
        check_words(refusal)
        return (
            "refused" if refusal.line is not None or case.kind == "bytes" else f"refused whole: {refusal.message[:60]}"
        )
    if all(a.equals(b) for a, b in zip(essence(read), essence(whole), strict=True)):
        return "identical"
    can_tell = base.has_checksum or case.kind not in EDITS
    if can_tell and values_elsewhere(read, whole):
        return "another specimen"
    if codes(read) - codes(whole):
        return "held" if held_wells(read) - held_wells(whole) else "warned"
    return "silent" if can_tell else "edited"


def held_wells(read: PlateRead) -> set[tuple[int, str]]:
    """The wells in doubt; a doubt about events holds nothing."""
    columns = (read.doubt.column(name).to_pylist() for name in ("plate_number", "well", "kind"))
    return {(plate, well) for plate, well, kind in zip(*columns, strict=True) if kind != "events"}


def values_elsewhere(read: PlateRead, whole: PlateRead) -> list[tuple[int, str, str]]:
    """Plate, well and analyte of the medians that stand under another label than before, in wells that are not held."""
    before, held = labels(whole), held_wells(read)
    return [
        key for key, label in labels(read).items() if key[:2] not in held and label and before.get(key, label) != label
    ]


def labels(read: PlateRead) -> dict[tuple[int, str, str], str | None]:
    """The label of every median."""
    names = ("plate_number", "well", "analyte_reported", "sample_label", "mfi")
    rows = zip(*(read.reading.column(name).to_pylist() for name in names), strict=True)
    return {(plate, well, analyte): label for plate, well, analyte, label, mfi in rows if mfi is not None}


def check_words(refusal: InputRefused) -> None:
    """A refusal is one line that a person can read."""
    if "\n" in str(refusal) or len(str(refusal)) > 20_000:
        raise ValueError(f"no sentence: {str(refusal)[:200]!r}")


def side_inputs(rng: random.Random) -> None:
    """Layouts and lot sheets: anything but a refusal or a table is a defect."""
    layout = b"plate,well,role,specimen,label,dilution\nP1,A1,background,,,\nP1,B2,standard,,Standard1,\nP1,C1,unknown,SP-1,,1:4\n"
    grid = b"role\n,1,2,3\nA,blank,standard,sample\nspecimen,1,2,3\nA,,,SP-1\n"
    sheet = b"Kit,K\nAnalyte,Unit,Standard1,Control1,Control1 Range\nIL-2,pg/mL,4,40,30 - 50\n"
    for data, reader in ((layout, layout_from_bytes), (grid, layout_from_bytes), (sheet, lot_sheet_from_bytes)):
        _, damage = rng.choice(TEXT_DAMAGE)
        try:
            reader(damage(data, rng), "side")
        except InputRefused as refusal:
            check_words(refusal)


def main(count: int, first: int) -> int:
    whole = {base.name: (base, run(Case("none", base.data), base.name)) for base in bases()}
    summarise(next(iter(whole.values()))[1])
    names = list(whole)
    table: dict[str, Counter[str]] = {name: Counter() for name in names}
    defects: list[str] = []
    slowest = (0.0, "")
    for seed in range(first, first + count):
        rng = random.Random(seed)
        base, reference = whole[names[seed % len(names)]]
        case = damaged(base, rng)
        begins = time.process_time()
        try:
            found = outcome(case, base, reference)
            side_inputs(rng)
        except Exception:
            found = "TRACEBACK"
            defects.append(f"seed {seed}, {base.name}, {case.kind}: {traceback.format_exc(limit=-3)}")
        took = time.process_time() - begins
        slowest = max(slowest, (took, f"seed {seed}, {base.name}, {case.kind}"))
        table[base.name][found] += 1
        if found in DEFECTS or took > SLOW_SECONDS:
            defects.append(f"seed {seed}, {base.name}, {case.kind}: {found}, {took:.2f} s")
    report(table, defects, slowest)
    return 1 if defects else 0


def report(table: dict[str, Counter[str]], defects: list[str], slowest: tuple[float, str]) -> None:
    for name, found in table.items():
        print(f"{name:28s}", ", ".join(f"{count} {what}" for what, count in sorted(found.items())))
    total = sum((found for found in table.values()), Counter())
    print("all:", ", ".join(f"{count} {what}" for what, count in sorted(total.items())))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest {slowest[0]:.2f} s ({slowest[1]}), {memory:.0f} MB at most")
    for defect in defects[:20]:
        print("DEFECT", defect)


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*(numbers + [1000, 0][len(numbers) :])))
