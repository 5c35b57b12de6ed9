"""The plate as a table of wells: what each cell says before any script ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pbis.core.words import plural
from pbis.draw.page import harmless, markup
from pbis.draw.words import visible
from pbis.report.map_data import WORDS, Flags, embedded, flags_of, payload
from pbis.report.tabular import distinct, rows
from pbis.report.text import listed, well_order
from pbis.report.well_label import well_labels

ROLE_WORDS = {
    "standard": "standard",
    "qc_control": "control",
    "background": "background",
    "unknown": "sample",
    "unknown_role": "role unknown",
}
SIGNS = {"warn": "!", "held": "?", "fail": "✕"}
REST = "rest ok"
SHAPES = {96: (8, 12), 384: (16, 24)}


@dataclass(frozen=True)
class MapCell:
    """A well in the grid, as it looks before any script ran: the worst flag over all analytes."""

    name: str  # well, role and sample, as read aloud
    label: str
    role: str
    state: str
    text: str
    title: str

    @property
    def drawn(self) -> str:
        """The cell as HTML."""
        name, title, label = harmless(self.name), harmless(self.title), harmless(self.label)
        head = f'<td tabindex="0" class="w {self.state}" data-n="{name}" title="{title}">'
        return f'{head}<i class="{harmless(self.role)}">{label}</i><b>{self.text}</b>'


@dataclass(frozen=True)
class PlateMap:
    note: str  # what the first view leaves out
    columns: tuple[int, ...]
    lines: tuple[tuple[str, tuple[MapCell | None, ...]], ...]  # row letter and its cells
    data: str  # JSON for the script

    @property
    def drawn(self) -> list[tuple[str, Any]]:
        """Row letter and its cells as HTML: a template takes ten times as long for as many."""
        return [
            (letter, markup("".join(cell.drawn if cell else '<td class="empty">' for cell in cells)))
            for letter, cells in self.lines
        ]


def plate_map(
    result: pa.Table, well: pa.Table, state: pa.Table, plate_type: int | None, finding: pa.Table | None = None
) -> PlateMap:
    """The grid of a plate, and its data for every analyte. finding: frames.FINDING of the plate, which says what wells that hold
    no sample are flagged for."""
    names = sorted(distinct(result, "well"), key=well_order)
    analytes = sorted(distinct(result, "analyte"))
    flags = flags_of(state, names, analytes)
    described = {row["well"]: row for row in rows(well)}
    samples = [name for name in names if described.get(name, {}).get("well_role") == "unknown"]
    place = {name: at for at, name in enumerate(names)}, {name: at for at, name in enumerate(analytes)}
    whole = _whole(analytes, [place[0][name] for name in samples or names], flags)
    apart = [analyte for analyte in analytes if analyte not in whole] or analytes
    labels = well_labels({name: described.get(name, {}) for name in names})
    is_part = 0 < len(whole) < len(analytes)
    own = _own(finding, well, set(names) - set(samples), set(analytes) - set(apart))
    cells = {}
    for name, lane in zip(names, flags.severity.T.tolist(), strict=True):
        found = Counter([WORDS[lane[place[1][one]]] for one in (*apart, *own.get(name, ()))])
        cells[name] = _cell(name, described.get(name, {}), labels[name], found, is_part)
    letters, columns = _shape(names, plate_type)
    lines = tuple((letter, tuple(cells.get(f"{letter}{column}") for column in columns)) for letter in letters)
    note = _note(whole, is_all=len(whole) == len(analytes))
    numbers = payload(result, names, analytes, flags)
    numbers |= {"note": note, "part": is_part, "apart": [place[1][analyte] for analyte in apart]}
    numbers |= {"own": {place[0][name]: [place[1][one] for one in kept] for name, kept in sorted(own.items())}}
    return PlateMap(note, columns, lines, embedded(numbers))


def _whole(analytes: Sequence[str], wells: Sequence[int], flags: Flags) -> dict[str, str]:
    """Analytes flagged in every sample well, which would colour the whole map and hide the wells that differ. wells: their places."""
    worst = flags.severity[:, wells].min(axis=1).tolist() if wells else []
    return {name: WORDS[severity] for name, severity in zip(analytes, worst, strict=bool(wells)) if severity}


def _note(whole: dict[str, str], *, is_all: bool) -> str:
    if is_all and whole:
        return "Every analyte is flagged in every sample well."
    said = listed(f"{visible(name)} ({word})" for name, word in whole.items())
    return f"Flagged in every sample well, so left out of this view: {said}." if whole else ""


def _own(finding: pa.Table | None, well: pa.Table, wells: set[str], left_out: set[str]) -> dict[str, list[str]]:
    """Well without a sample -> analytes that the view leaves out although a rule flagged them there: a control that failed its
    analyte is shown where it lies, whatever happened to the samples."""
    if finding is None or not left_out:
        return {}
    group_of = {row["well"]: row["replicate_group"] for row in rows(well, ("well", "replicate_group"))}
    flagged = {
        (row["well"] or row["replicate_group"], row["analyte"])
        for row in rows(finding, ("well", "replicate_group", "analyte", "severity"))
        if row["severity"] != "info" and row["analyte"] in left_out
    }
    found = {
        name: sorted(one for one in left_out if {(name, one), (group_of.get(name), one)} & flagged) for name in wells
    }
    return {name: kept for name, kept in found.items() if kept}


def _cell(name: str, row: dict[str, Any], label: str, counts: Counter[str], is_part: bool = False) -> MapCell:
    """counts: analytes by their flags; is_part: the view leaves flagged analytes out, so a well in which the rest passes is no well that
    passed."""
    state = next((word for word in ("fail", "held", "warn") if counts[word]), "rest" if is_part else "pass")
    text = f"{SIGNS[state]} {counts[state]}" if state in SIGNS else {"rest": REST}.get(state, state)
    role = str(row.get("well_role") or "unknown_role")
    sample = visible(str(row.get("sample_label") or label))
    spoken = f"{name}, {ROLE_WORDS.get(role, role)} {sample}"
    return MapCell(spoken, visible(label), role, state, text, f"{spoken}: {_counted(counts)}")


def _counted(counts: Counter[str]) -> str:
    worst = [f"{counts[word]} {word}" for word in ("fail", "held", "warn") if counts[word]]
    total = plural(sum(counts.values()), "analyte")
    return f"{', '.join(worst)} of {total}" if worst else f"nothing flagged in {total}"


def _shape(names: Sequence[str], plate_type: int | None) -> tuple[list[str], tuple[int, ...]]:
    """Row letters and column numbers: the declared plate, or as far as the wells go."""
    row_count, column_count = SHAPES.get(plate_type or 96, SHAPES[96])
    ordered = [well_order(name) for name in names]
    letters = sorted({(length, letter) for length, letter, _ in ordered} | {(1, chr(65 + i)) for i in range(row_count)})
    last = max([column_count, *(column for _, _, column in ordered)])
    return [letter for _, letter in letters], tuple(range(1, last + 1))
