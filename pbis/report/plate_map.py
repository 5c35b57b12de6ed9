"""The plate as a table of wells, and the numbers behind its pickers as JSON that cannot break out of its element."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pbis.report.tabular import rows
from pbis.report.text import listed, plural, significant, visible, well_order

SEVERITY = {"pass": 0, "warn": 1, "fail": 2}
WORDS = ("pass", "warn", "fail")
ROLE_WORDS = {
    "standard": "standard",
    "qc_control": "control",
    "background": "background",
    "unknown": "sample",
    "unknown_role": "role unknown",
}
Flags = dict[tuple[str, str], tuple[int, str]]  # (well, analyte) -> severity 0..2, rules
LONGEST_LABEL = 7
SHAPES = {96: (8, 12), 384: (16, 24)}


@dataclass(frozen=True)
class Cell:
    """A well in the grid, as it looks before any script ran: the worst flag over all analytes."""

    name: str  # well, role and sample, as read aloud
    label: str
    role: str
    state: str
    text: str
    title: str


@dataclass(frozen=True)
class PlateMap:
    note: str  # what the first view leaves out
    columns: tuple[int, ...]
    lines: tuple[tuple[str, tuple[Cell | None, ...]], ...]  # row letter and its cells
    data: str  # JSON for the script


def plate_map(result: pa.Table, well: pa.Table, state: pa.Table, plate_type: int | None) -> PlateMap:
    """The grid of a plate, and its data for every analyte."""
    names = sorted(set(result.column("well").to_pylist()), key=well_order)
    analytes = sorted(set(result.column("analyte").to_pylist()))
    flags = _flags(state)
    described = {row["well"]: row for row in rows(well)}
    samples = [name for name in names if described.get(name, {}).get("well_role") == "unknown"]
    whole = _whole(analytes, samples or names, flags)
    apart = [analyte for analyte in analytes if analyte not in whole]
    cells = {name: _cell(name, described.get(name, {}), apart, flags) for name in names}
    letters, columns = _shape(names, plate_type)
    lines = tuple((letter, tuple(cells.get(f"{letter}{column}") for column in columns)) for letter in letters)
    payload = _payload(result, cells, analytes, flags)
    payload |= {"note": _note(whole), "apart": [analytes.index(analyte) for analyte in apart]}
    return PlateMap(payload["note"], columns, lines, _embedded(payload))


def _whole(analytes: Sequence[str], wells: Sequence[str], flags: Flags) -> dict[str, str]:
    """Analytes flagged in every sample well, which would colour the whole map and hide the wells that differ."""
    worst = {name: min(flags.get((well, name), (0, ""))[0] for well in wells) for name in analytes} if wells else {}
    return {name: WORDS[severity] for name, severity in worst.items() if severity}


def _note(whole: dict[str, str]) -> str:
    said = listed(f"{visible(name)} ({word})" for name, word in whole.items())
    return f"Flagged in every sample well, so left out of this view: {said}." if whole else ""


def _flags(state: pa.Table) -> Flags:
    """(well, analyte) -> severity 0..2 and the rules behind it."""
    columns = [state.column(name).to_pylist() for name in ("well", "analyte", "qc_state", "reasons")]
    return {
        (well, analyte): (SEVERITY.get(word, 0), reasons or "")
        for well, analyte, word, reasons in zip(*columns, strict=True)
    }


def _cell(name: str, row: dict[str, Any], analytes: Sequence[str], flags: Flags) -> Cell:
    counts = Counter(WORDS[flags.get((name, analyte), (0, ""))[0]] for analyte in analytes)
    state = next((word for word in ("fail", "warn") if counts[word]), "pass")
    text = f"{counts[state]} {state}" if state != "pass" else "pass"
    role = str(row.get("well_role") or "unknown_role")
    label = _label(row, role)
    sample = visible(str(row.get("sample_label") or label))
    spoken = f"{name}, {ROLE_WORDS.get(role, role)} {sample}"
    return Cell(spoken, visible(label), role, state, text, f"{spoken}: {_counted(counts)}")


def _counted(counts: Counter[str]) -> str:
    worst = [f"{counts[word]} {word}" for word in ("fail", "warn") if counts[word]]
    total = plural(sum(counts.values()), "analyte")
    return f"{', '.join(worst)} of {total}" if worst else f"nothing flagged in {total}"


def _label(row: dict[str, Any], role: str) -> str:
    """What fits into a cell: S3, Control1, Bkg, or the sample's name."""
    if role == "standard" and row.get("standard_level") is not None:
        return f"S{row['standard_level']}"
    if role == "background":
        return "Bkg"
    if role == "qc_control" and row.get("reagent_label"):
        return str(row["reagent_label"]).replace("Control", "C")
    return _tail(str(row.get("sample_label") or row.get("specimen_id") or "no name"))


def _tail(name: str) -> str:
    """The end of a long name: that is where samples of one plate differ."""
    return name if len(name) <= LONGEST_LABEL else f"…{name[1 - LONGEST_LABEL :]}"


def _shape(names: Sequence[str], plate_type: int | None) -> tuple[list[str], tuple[int, ...]]:
    """Row letters and column numbers: the declared plate, or as far as the wells go."""
    row_count, column_count = SHAPES.get(plate_type or 96, SHAPES[96])
    ordered = [well_order(name) for name in names]
    letters = sorted({(length, letter) for length, letter, _ in ordered} | {(1, chr(65 + i)) for i in range(row_count)})
    last = max([column_count, *(column for _, _, column in ordered)])
    return [letter for _, letter in letters], tuple(range(1, last + 1))


def _payload(
    result: pa.Table,
    cells: dict[str, Cell],
    analytes: Sequence[str],
    flags: Flags,
) -> dict[str, Any]:
    """Grids of analyte x well, wells in the order of the table; reasons once, and by number in `why`."""
    place = {(analyte, well): (i, j) for i, analyte in enumerate(analytes) for j, well in enumerate(cells)}
    grids = {name: [[None] * len(cells) for _ in analytes] for name in ("mfi", "beads", "cv", "result")}
    units: dict[str, str] = {}
    for row in rows(result, _USED):
        i, j = place[row["analyte"], row["well"]]
        grids["mfi"][i][j] = _short(row["mfi"])
        grids["beads"][i][j] = row["bead_count"]
        grids["cv"][i][j] = _short(row["replicate_cv_pct"])
        grids["result"][i][j] = _result(row)
        units.setdefault(row["analyte"], row["unit"] or "")
    reasons = sorted({reason for _, reason in flags.values()} | {""})
    number = {reason: position for position, reason in enumerate(reasons)}
    found = [[flags.get((well, analyte), (0, "")) for well in cells] for analyte in analytes]
    return {
        "analytes": [visible(name) for name in analytes],
        "units": [visible(units.get(name, "")) for name in analytes],
        **grids,
        "flag": ["".join(str(severity) for severity, _ in line) for line in found],
        "reasons": [visible(reason) for reason in reasons],
        "why": [[number[reason] for _, reason in line] for line in found],
    }


_USED = (
    "analyte",
    "well",
    "mfi",
    "bead_count",
    "replicate_cv_pct",
    "concentration",
    "concentration_op",
    "concentration_bound",
    "unit",
)


def _result(row: dict[str, Any]) -> float | int | str | None:
    """Three significant digits, or `< 3.2`."""
    if row["concentration"] is not None:
        return _plain(float(f"{row['concentration']:.3g}"))
    if row["concentration_op"] is None or row["concentration_bound"] is None:
        return None
    return f"{row['concentration_op']} {significant(row['concentration_bound'])}"


def _short(value: float | None) -> float | int | None:
    """One decimal below 100, none above: what a cell can show."""
    if value is None or not math.isfinite(value):
        return None
    return _plain(round(value, 1) if abs(value) < 100 else round(value))


def _plain(value: float) -> float | int | None:
    """A whole number without its `.0`; nothing where the number is not finite."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _embedded(payload: dict[str, Any]) -> str:
    """JSON in which no sign can end the script element or start another."""
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
