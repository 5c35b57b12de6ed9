"""Which wells are the background: what names say, and what the export's own Net MFI proves.

An instrument that knows its background wells writes Net MFI = Median - mean(Median of these wells): one number an analyte,
the same in every well. That number says which wells they were, whatever they are called. In this order:

1. wells that layout, well type or default name declare; where Net MFI contradicts them, that is said;
2. standards whose expected concentration is 0 in every analyte;
3. wells with a name that means nothing else (OWN_NAMES), unless Net MFI proves that others were subtracted;
4. wells of one name whose mean is what Net MFI subtracts, in every analyte;
5. none: where Net MFI subtracts something all the same, nobody knows what, and the samples are held until a layout says.

Names that may as well be a sample's (PERHAPS) are never believed alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pbis.core.plates.dilution import SAMPLES, add_doubt, listed
from pbis.core.plates.net_mfi import Subtracted, subtracted
from pbis.core.plates.plate import PlateRead

OWN_NAMES = re.compile(r"(background|bckgnd|bkgnd|bkgd|bkg|blank|blk)[-_#]?\d*", re.ASCII)
PERHAPS = re.compile(
    r"(b0|nsb|s0|st0|std0|standard0|cal0|zero|0standard|zerostandard|standardzero|platebackground|blankcontrol)",
    re.ASCII,
)
MOST_GROUPS = 12  # names that are tried two at a time; more would find a sum that fits by chance
LEAST_ANALYTES = 3  # a mean that agrees in fewer analytes may do so by chance: it proves a name, and finds none

Row = dict[str, Any]
Warnings = list[tuple[str, str]]


@dataclass
class _Plate:
    """Rows of one plate, the positions of its wells in the arrays of `taken`, and what was said so far."""

    file: str
    rows: Sequence[Row]
    at: dict[int, int]  # id of a row -> its position among the run's wells
    taken: Subtracted
    warnings: Warnings

    def wells(self, test: Any) -> list[Row]:
        return [row for row in self.rows if test(row)]

    def explains(self, rows: Sequence[Row]) -> bool:
        return bool(rows) and self.taken.is_mean_of([self.at[id(row)] for row in rows])


def settle_backgrounds(read: PlateRead, rows: Sequence[Row]) -> Warnings:
    """Give the role background to wells that are proven to be it, hold what is doubtful; returns (code, message) warnings."""
    warnings: Warnings = []
    at = {id(row): i for i, row in enumerate(rows)}
    for number in sorted({row["plate_number"] for row in rows}):
        own = [row for row in rows if row["plate_number"] == number]
        taken = subtracted(read, [at[id(row)] for row in own])
        plate = _Plate(read.run.file_name, own, at, taken, warnings)
        declared = [row for row in own if row["well_role"] == "background"]
        elsewhere = [row for row in rows if row["well_role"] == "background" and row not in declared]
        _settle(plate, declared, elsewhere)
    return warnings


def _settle(plate: _Plate, declared: Sequence[Row], elsewhere: Sequence[Row]) -> None:
    named = plate.wells(lambda row: _is_open(row) and _is_called(row, OWN_NAMES))
    perhaps = plate.wells(lambda row: _is_open(row) and _is_called(row, PERHAPS))
    if declared:
        _check_declared(plate, declared, named)
    elif not plate.explains(elsewhere):  # a batch may have its background wells on one plate
        _find(plate, named, perhaps)
    is_known = any(row["well_role"] == "background" for row in plate.rows)
    for row in (row for row in (*named, *([] if is_known else perhaps)) if _is_open(row) and not row["doubt"]):
        _hold_name(plate, row)


def _is_open(row: Row) -> bool:
    """A sample by the export's word, or by nobody's; layouts and decisions are a person's word and stand."""
    return row["well_role"] in SAMPLES and row["role_source"] not in ("layout", "decision")


def _is_called(row: Row, names: re.Pattern[str]) -> bool:
    return names.fullmatch("".join(str(row["sample_label"] or "").split()).casefold()) is not None


def _check_declared(plate: _Plate, declared: Sequence[Row], named: Sequence[Row]) -> None:
    """Wells called background besides join those declared only where Net MFI proves it; a contradiction is said."""
    if plate.explains(declared) or not plate.taken.is_known:
        return
    if plate.explains([*declared, *named]):
        _make(plate, named, "net_mfi")
        return
    names = _names(declared)
    if not plate.taken.is_something:
        if not plate.taken.is_mean_of([plate.at[id(row)] for row in declared]):
            message = (
                f"{plate.file}: {names} are background, but the export's Net MFI equals Median: it subtracts nothing"
            )
            plate.warnings.append(("background_not_subtracted", message))
        return
    message = (
        f"{plate.file}: the export's Net MFI is not Median minus the mean of the background wells {names} "
        f"({plate.taken.difference([plate.at[id(row)] for row in declared])}); the wells stand as declared: "
        "check which wells are the background"
    )
    plate.warnings.append(("background_conflict", message))


def _find(plate: _Plate, named: Sequence[Row], perhaps: Sequence[Row]) -> None:
    zero = plate.wells(lambda row: row["well_role"] == "standard" and row["standard_level"] == 0)
    for found, source in ((zero, "reagent_table"), (named, "default_name")):
        if found and (not plate.taken.is_something or plate.explains(found)):
            _make(plate, found, source)
            return
    if not plate.taken.is_something:
        return
    proven = _proven(plate, [group for group in (zero, named, perhaps, [*named, *perhaps]) if group])
    if proven:
        _make(plate, proven, "net_mfi")
        return
    _hold_plate(plate)


def _proven(plate: _Plate, likely: Sequence[Sequence[Row]]) -> Sequence[Row]:
    """The one set of wells whose mean is what Net MFI subtracts; nothing where there is none, or more than one."""
    sure = next((group for group in likely if plate.explains(group)), None)
    if sure is not None:
        return sure
    if plate.taken.analytes < LEAST_ANALYTES:
        return []
    groups = _groups(plate)
    found = [group for group in groups if plate.explains(group)]
    if not found and len(groups) <= MOST_GROUPS:
        found = [[*one, *two] for one, two in combinations(groups, 2) if plate.explains([*one, *two])]
    distinct = {frozenset(id(row) for row in group): group for group in found}
    return next(iter(distinct.values())) if len(distinct) == 1 else []


def _groups(plate: _Plate) -> list[list[Row]]:
    """Wells of one name, and of names that differ only in a number at their end."""
    groups: dict[tuple[bool, str], list[Row]] = {}
    for row in plate.wells(_is_open):
        label = "".join(str(row["sample_label"] or row["well"]).split()).casefold()
        for key in ((False, label), (True, re.sub(r"[-_#]?\d+$", "", label))):
            groups.setdefault(key, []).append(row)
    return list({tuple(id(row) for row in group): group for group in groups.values()}.values())


def _make(plate: _Plate, rows: Sequence[Row], source: str) -> None:
    for row in rows:
        row |= {"well_role": "background", "role_source": source, "reagent_label": None, "standard_level": None}
    why = (
        "the export's own Net MFI is Median minus their mean"
        if plate.explains(rows)
        else "by their expected concentration of 0" if source == "reagent_table" else "by their name"
    )  # fmt: skip
    message = f"{plate.file}: wells {_names(rows)} are taken as the background: {why}"
    plate.warnings.append(("background_found", message))


def _hold_plate(plate: _Plate) -> None:
    """Nobody knows what the instrument subtracted: where a layout could say, the samples wait for it."""
    open_ = plate.wells(_is_open)
    message = (
        f"{plate.file}: no well is known to be the background, but the export's Net MFI is {plate.taken.words}, and no "
        "wells of one name have that mean. "
    )
    if not open_:
        plate.warnings.append(("background_unknown", message + "By the layout the background lies outside this export"))
        return
    message += "No sample of the plate is computed; give a layout that names the background wells"
    plate.warnings.append(("background_unknown", message))
    for row in plate.wells(lambda row: row["well_role"] in SAMPLES):
        add_doubt(row, "background", message)


def _hold_name(plate: _Plate, row: Row) -> None:
    message = (
        f"{plate.file}: well {row['well']} is called {row['sample_label']!r}, which may mean background, and nothing in the "
        "export proves it. It is neither used as background nor reported; say in a layout what it holds"
    )
    plate.warnings.append(("background_or_sample", message))
    add_doubt(row, "label", message)


def _names(rows: Sequence[Row]) -> str:
    return listed([f"{row['well']} ({row['sample_label']!r})" for row in rows])
