"""Rows of Bio-Plex Manager -> one value a well x analyte: means of replicates never beside the wells they are means of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbis.core.plates.doubtful import LABEL
from pbis.core.words import plural
from pbis.readers.bioplex.row import NUMBERS, TEXTS, BioplexRow
from pbis.readers.kit.doubts import DoubtLog
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.well import Well
from pbis.readers.kit.well_grid import WellGrid
from pbis.readers.kit.well_types import role_of
from pbis.readers.kit.wells import WellBlock

_COMPARED = ("mfi", "result_reported", "bead_count")


@dataclass(frozen=True)
class Sorted:
    """readings: by (well, analyte); means: rows whose wells are among the readings, for the summary."""

    readings: dict[tuple[str, str], BioplexRow]
    means: tuple[BioplexRow, ...]


def sort_rows(rows: Sequence[BioplexRow], notes: Notes) -> Sorted:
    """Each well once. Raises MalformedFile where a well has two values, or replicates are half there."""
    found: dict[tuple[str, str], BioplexRow] = {}
    for row in rows:
        if not row.is_mean:
            _take(found, row, row.wells[0], notes)
    means: list[BioplexRow] = []
    alone: list[BioplexRow] = []
    for row in (row for row in rows if row.is_mean):
        present = [well for well in row.wells if (well, row.analyte) in found]
        if present and len(present) < len(row.wells):
            missing = next(well for well in row.wells if well not in present)
            raise row.place.refuse(
                "a mean of replicates has lost a well", column="Well", expected=f"a row of well {missing}", found="none"
            )
        (means if present else alone).append(row)
    for row in alone:
        _take(found, row, row.wells[0], notes)
    if alone:
        first = alone[0].place
        message = f"{plural(len(alone), 'row is a mean', 'rows are means')} of replicate wells, whose own values the export does not hold; each stands under its first well"
        notes.add("replicate_means", message, first.line)
    return Sorted(found, tuple(means))


def _take(found: dict[tuple[str, str], BioplexRow], row: BioplexRow, well: str, notes: Notes) -> None:
    first = found.setdefault((well, row.analyte), row)
    if first is row:
        return
    if any(first.values.get(name) != row.values.get(name) for name in _COMPARED) or first.code != row.code:
        raise row.place.refuse(
            "two rows name one well",
            column="Well",
            expected=f"{well} of {row.analyte} once (row {first.place.line})",
            found=row.location,
        )
    notes.add("row_repeated", f"well {well} of {row.analyte} stands twice with the same values", row.place.line)


def grid_of(
    found: Sorted, file: str, analytes: Sequence[str], doubts: DoubtLog
) -> tuple[WellGrid, dict[str, BioplexRow]]:
    """The wells in the order of the file, and a row that speaks for each; wells that analytes call differently are in doubt.

    Raises MalformedFile where an analyte takes for a standard, control or background what another does not.
    """
    speaker: dict[str, BioplexRow] = {}
    for (well, _), row in found.readings.items():
        first = speaker.setdefault(well, row)
        if _said(first) != _said(row):
            _require_role(well, row, first)
            for name in row.wells:
                where = Well(1, name[0], int(name[1:]))
                doubts.add(where, LABEL, row.place.line, row.analyte, expected=_said(first), found=_said(row))
    wells = tuple(Well(1, name[0], int(name[1:])) for name in speaker)
    rows = list(speaker.values())
    labels = tuple(row.description or row.code for row in rows)
    places = tuple(row.location for row in rows), tuple(row.place.line for row in rows)
    return WellGrid(file, wells, places[0], labels, places[1], tuple(analytes)), speaker


def _said(row: BioplexRow) -> str:
    """Type and description: what the row calls its well."""
    return f"{row.code} {row.description}".strip()


def _require_role(well: str, row: BioplexRow, first: BioplexRow) -> None:
    if row.code != first.code and {role_of(row.code), role_of(first.code)} != {"unknown"}:
        raise row.place.refuse(
            f"well {well} holds another sample than for {first.analyte}",
            column="Type",
            expected=_said(first),
            found=_said(row),
        )


def statistics(found: Sorted, grid: WellGrid, speaker: dict[str, BioplexRow], notes: Notes) -> dict[str, WellBlock]:
    """A block a statistic that any row holds; each cell knows its own line."""
    cells = [found.readings.get((well, analyte)) for well in speaker for analyte in grid.analytes]
    lines = [row.place.line if row else 1 for row in cells]
    _note_holes(cells, grid, notes)
    totals = [row.values.get("total_events", "") for row in speaker.values()]
    held = {"mfi"}.union(*(row.values for row in cells if row))
    blocks = {}
    for target in (name for name in (*NUMBERS, *TEXTS) if name in held):
        texts = ["" if row is None else row.values.get(target, "") for row in cells]
        if target == "mfi" or any(texts):
            shown = totals if target == "mfi" and any(totals) else None
            blocks[target] = grid.statistic(target, texts, lines=lines, totals=shown)
    return blocks


def _note_holes(cells: Sequence[BioplexRow | None], grid: WellGrid, notes: Notes) -> None:
    """Say which analytes have no row for wells that others have, and how many medians stand without their bead count."""
    for at, analyte in enumerate(grid.analytes):
        column = cells[at :: len(grid.analytes)]
        without = [well.name for well, row in zip(grid.wells, column, strict=True) if row is None]
        if without:
            notes.add(
                "rows_absent", f"{analyte} has no row for {plural(len(without), 'well')}: {', '.join(without[:8])}"
            )
    for target, word in (("bead_count", "bead count"), ("mfi", "median")):
        empty = [row for row in cells if row is not None and not row.values.get(target, "")]
        if empty and len(empty) < len(cells):
            notes.add(
                "cells_absent",
                f"{plural(len(empty), 'well has', 'wells have')} no {word}, the first {empty[0].wells[0]} of {empty[0].analyte}",
            )


def dilutions(found: Sorted, speaker: dict[str, BioplexRow]) -> list[str]:
    """The dilution of every well; where analytes give it several, all of them, which is no number and a doubt about the well.

    A control with an expected concentration has none: the software compares it undiluted.
    """
    given: dict[str, dict[str, None]] = {}
    for (well, _), row in found.readings.items():
        given.setdefault(well, {})[row.values.get("dilution", "")] = None
    told = (
        " or ".join(text or "none" for text in texts) if len(texts) > 1 else next(iter(texts))
        for texts in given.values()
    )
    texts = dict(zip(given, told, strict=True))
    return ["" if _is_known_control(row) else texts[well] for well, row in speaker.items()]


def _is_known_control(row: BioplexRow) -> bool:
    return row.code.upper().startswith("C") and row.values.get("expected", "") not in ("", "0")
