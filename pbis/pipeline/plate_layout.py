"""What the wells of a published plate are said to hold, and the layout that says it otherwise: for a person who types or corrects one.

The files themselves are read, from the archive: a release calls tubes that nobody registered by a hash.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO

from pbis.config import load_site
from pbis.core.decision import standing
from pbis.core.errors import InputRefused, MalformedFile, UsageError
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.core.quoted import SPECIMEN, called
from pbis.pipeline.archive import archived_path, fetch
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.plates import layout_of
from pbis.pipeline.published import run_query
from pbis.pipeline.telling import told_of, with_labels
from pbis.readers import layout_from_bytes, read_bytes

_PLATE = "select run_id, file_name, layout_file_id from plate where starts_with(run_id, '{}') order by plate_number"
_TUBES = "select distinct specimen_id from specimen_current order by 1"
_SPARE = """
    select distinct specimen_id from specimen_current
    where specimen_id not in (select specimen_id from store.well where specimen_id is not null) order by 1
"""
_BARE = """
    select distinct coalesce(nullif(batch, ''), left(run_id, 12)) as plate
    from current_run join plate using (run_id) where plate.layout_file_id is null order by 1
"""
_LAYOUTS = """
    select file_id from current_import
    where kind = 'layouts' and file_id not in (select layout_file_id from plate where layout_file_id is not null)
    order by sequence desc
"""
_HEADER = ("plate", "plate_number", "well", "role", "specimen", "label", "dilution")
UNKNOWN, BACKGROUND = "unknown", "background"
_MOST_NAMED = 3  # plates that a sentence names; own choice


@dataclass(frozen=True)
class LaidWell:
    """A well as its layout says, else as its export does. text: barcode, name of the standard or control, Background, or '' for nothing."""

    plate_number: int
    well: str
    role: str
    text: str
    label: str
    dilution: str

    @property
    def row(self) -> int:
        """1 for A."""
        return ord(self.well[0]) - ord("A") + 1

    @property
    def column(self) -> int:
        """As the plate counts them, from 1."""
        return int(self.well[1:])


@dataclass(frozen=True)
class LaidPlate:
    """All wells of a run. plate: name by which a layout means it; tubes: every barcode that is registered, some called by a hash as in a
    release."""

    run_id: str
    plate: str
    layout_file_id: str | None
    wells: tuple[LaidWell, ...]
    tubes: frozenset[str]

    def numbered(self, plate_number: int) -> tuple[LaidWell, ...]:
        """The wells of one plate of the run, row by row. UsageError where it has no such plate."""
        own = [each for each in self.wells if each.plate_number == plate_number]
        if not own:
            raise UsageError(f"{self.plate}: expected a plate of this run; found no plate {plate_number}")
        return tuple(sorted(own, key=lambda each: (each.row, each.column)))

    def drawn(self, plate_number: int) -> list[tuple[str, list[LaidWell | None]]]:
        """Its letter and its wells, for each row of one plate; None where a column has no well in the row."""
        wells = {(each.row, each.column): each for each in self.numbered(plate_number)}
        rows, columns = (sorted({key[at] for key in wells}) for at in (0, 1))
        return [(chr(ord("A") + row - 1), [wells.get((row, column)) for column in columns]) for row in rows]

    @property
    def unregistered(self) -> dict[str, list[str]]:
        """Barcode that no specimen table names -> wells that are said to hold it."""
        found: dict[str, list[str]] = {}
        for each in self.wells:
            if each.role == UNKNOWN and each.text and not is_registered(each.text, self.tubes):
                found.setdefault(each.text, []).append(each.well)
        return found


def is_registered(barcode: str, tubes: Collection[str]) -> bool:
    """Whether a barcode is among those of a release, which calls one that reads like a name by its hash."""
    return barcode in tubes or called(SPECIMEN, barcode) in tubes


def laid_plate(root: Path, run_id: str) -> LaidPlate:
    """The plate of this run. UsageError where none is published, IntegrityError where the archive is not what it was."""
    site = load_site(root)
    rows = run_query(root, _PLATE.format(_hex(run_id))).to_pylist()
    if not rows:
        raise UsageError("this plate is not published any more; look at this morning's list again")
    run_id, archive = rows[0]["run_id"], site.path("archive")
    told = told_of(each for each in standing(log_of(site)) if each.target.plate_content == run_id)
    data, site_order = fetch(archived_path(archive, "plates", run_id)), site.file.inbox.date_order or None
    read = read_bytes(data, rows[0]["file_name"], date_order=told.date_order, site_order=site_order).named(run_id)
    read = with_labels(read, told)
    tubes = frozenset(run_query(root, _TUBES).column(0).to_pylist())
    file_id = rows[0]["layout_file_id"]
    planned = _planned(read, archive, file_id) if file_id else {}
    return LaidPlate(run_id, read.plate, file_id, tuple(_wells(read, planned, tubes)), tubes)


def layout_with(laid: LaidPlate, plate_number: int, texts: Sequence[str]) -> str:
    """The whole layout of the run, with these texts in the wells of one plate, row by row, as a table. MalformedFile names a well whose text
    says nothing known; UsageError where there are not as many texts as wells, or none says anything."""
    wells = laid.numbered(plate_number)
    if len(texts) != len(wells):
        raise UsageError(f"expected a text for each of the {len(wells)} wells, found {len(texts)}")
    asked = {each.well: text.strip() for each, text in zip(wells, texts, strict=True) if text.strip() != each.text}
    if not asked and laid.layout_file_id:
        raise UsageError("nothing was changed: every well is called as before")
    meant = _meant(laid.plate, {well: text for well, text in asked.items() if text})
    changed = [_changed(each, asked, meant) if each.plate_number == plate_number else each for each in laid.wells]
    return written(laid.plate, changed)


def corrected(laid: LaidPlate, barcode: str, right: str) -> str:
    """The layout with one barcode in the place of another, in every well that holds it. UsageError where no well does."""
    right = right.strip()
    if not right or right == barcode:
        raise UsageError("say which barcode is right: another than the one that stands there")
    if barcode not in {each.text for each in laid.wells if each.role == UNKNOWN}:
        raise UsageError(f"no well of {laid.plate} is said to hold {barcode!r} any more")
    meant = _meant(laid.plate, {"A1": right})["A1"]
    if meant["well_role"] != UNKNOWN:
        raise UsageError(f"{right!r} is the name of a standard, control or background, and no barcode")
    return written(
        laid.plate, [replace(e, text=right) if e.text == barcode and e.role == UNKNOWN else e for e in laid.wells]
    )


def others_named(file: BinaryIO, name: str, plate: str, most: int) -> tuple[str, ...]:
    """Other plates that the file of a layout names beside this one; the file is read from its begin, and stands there afterwards. UsageError where
    it names others alone: their layouts would be taken away, and this plate would wait on. What cannot be read is for who takes the file."""
    data = file.read(most + 1)
    file.seek(0)
    try:
        named = layout_from_bytes(data, name).column("plate").unique().to_pylist() if 0 < len(data) <= most else [plate]
    except InputRefused:
        return ()
    if plate not in named:
        said = ", ".join(map(repr, named[:_MOST_NAMED]))
        raise UsageError(
            f"this file is the layout of {said}, and no well of {plate!r} is in it; correct the plate's name in the file, or bring it with Bring files"
        )
    return tuple(each for each in named if each != plate)


def joined(laid: LaidPlate, barcode: str, right: str) -> list[str]:
    """Other wells of a plate that hold the right barcode already: the wells with the wrong one would be read as their replicates."""
    own = {each.plate_number for each in laid.wells if each.role == UNKNOWN and each.text == barcode}
    return [e.well for e in laid.wells if e.role == UNKNOWN and e.text == right.strip() and e.plate_number in own]


def spare_tubes(root: Path) -> list[str]:
    """Barcodes that are registered and on no plate: what a mistyped one may mean."""
    found: list[str] = run_query(root, _SPARE).column(0).to_pylist()
    return [each for each in found if not each.startswith(f"{SPECIMEN}-")]


def layout_names(root: Path) -> list[str]:
    """Plates that have no layout."""
    found: list[str] = run_query(root, _BARE).column(0).to_pylist()
    return found


def for_plate(root: Path, named: str, plate: str) -> str:
    """The layout that names a plate that nobody has, for another plate. UsageError where there is no such layout or plate."""
    if plate not in layout_names(root):
        raise UsageError(f"{plate!r} is no plate without a layout; choose one of the list")
    archive = load_site(root).path("archive")
    for file_id in run_query(root, _LAYOUTS).column(0).to_pylist():
        layout = layout_of(named, layout_from_bytes(fetch(archived_path(archive, "layouts", file_id)), named))
        if layout is not None:
            return written(plate, map(_laid_row, layout.to_pylist()))
    raise UsageError(f"no layout names plate {named!r} any more")


def _laid_row(row: Mapping[str, Any]) -> LaidWell:
    label, factor = row["reagent_label"] or "", row["dilution_factor"]
    text = row["specimen_id"] if row["well_role"] == UNKNOWN else label or row["well_role"].capitalize()
    dilution = "" if factor is None else f"{factor:.15g}"
    return LaidWell(row["plate_number"], row["well"], row["well_role"], text or "", label, dilution)


def written(plate: str, wells: Iterable[LaidWell]) -> str:
    """The wells as a table of a row a well, as people drop it. UsageError where no sample has a barcode. MalformedFile where it could not be
    read back."""
    kept = [each for each in wells if each.role != UNKNOWN or each.text]
    if not any(each.role == UNKNOWN for each in kept):
        raise UsageError("no well has a barcode: type at least one")
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_HEADER)
    for each in kept:
        tube, label = (each.text, "") if each.role == UNKNOWN else ("", each.label)
        table.writerow([plate, each.plate_number, each.well, each.role, tube, label, each.dilution])
    layout_from_bytes(out.getvalue().encode(), plate)
    return out.getvalue()


def name_of(text: str) -> str:
    """First digits of the sha256 of a table that the desk writes."""
    return hashlib.sha256(text.encode()).hexdigest()


def _hex(run_id: str) -> str:
    if not run_id or any(c not in "0123456789abcdef" for c in run_id):
        raise UsageError("a run is named by the sha256 of its file")
    return run_id


def _planned(read: PlateRead, archive: Path, file_id: str) -> Mapping[tuple[int, str], Mapping[str, Any]]:
    layout = layout_of(read.plate, layout_from_bytes(fetch(archived_path(archive, "layouts", file_id)), "layout"))
    rows = [] if layout is None else layout.to_pylist()
    return {(row["plate_number"], row["well"]): row for row in rows}


def _wells(
    read: PlateRead, planned: Mapping[tuple[int, str], Mapping[str, Any]], tubes: frozenset[str]
) -> Iterable[LaidWell]:
    for own in assign_roles(read, None).table.to_pylist():
        key = (own["plate_number"], own["well"])
        row = planned.get(key)
        if row is not None:
            yield _laid_row(row)
            continue
        label_told = own["sample_label"] or ""
        role = own["well_role"] if own["well_role"] in ("standard", "qc_control", BACKGROUND) else UNKNOWN
        label = (own["reagent_label"] or "") if role != BACKGROUND else ""
        text = (
            (label_told if is_registered(label_told, tubes) else "")
            if role == UNKNOWN
            else label or label_told or role.capitalize()
        )
        yield LaidWell(*key, role, text, label, "")


def _changed(each: LaidWell, asked: Mapping[str, str], meant: Mapping[str, Mapping[str, Any]]) -> LaidWell:
    if each.well not in asked:
        return each
    row = meant.get(each.well)
    if row is None:
        return replace(each, role=UNKNOWN, text="", label="")
    return replace(
        each, role=row["well_role"], text=row["specimen_id"] or asked[each.well], label=row["reagent_label"] or ""
    )


def _meant(plate: str, texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What the texts say, by the rules of a layout that is drawn as the plate. A refusal names the well."""
    if not texts:
        return {}
    row_count, width = (16, 24) if any(ord(w[0]) > ord("H") or int(w[1:]) > 12 for w in texts) else (8, 12)
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["", *range(1, width + 1)])
    for at in range(row_count):
        letter = chr(ord("A") + at)
        table.writerow([letter, *(texts.get(f"{letter}{n}", "") for n in range(1, width + 1))])
    try:
        found = layout_from_bytes(out.getvalue().encode(), plate)
    except MalformedFile as error:
        where = f"{error.column}: " if error.column else ""
        raise UsageError(f"{where}expected {error.expected}; found {error.found}") from None
    return {row["well"]: row for row in found.to_pylist() if row["well"] in texts}
