"""One plate without a site: read, roles, curves; for the command line and for other programs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import expectations
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.curves.method import Method, Profile
from pbis.core.errors import MalformedFile, UsageError
from pbis.core.plates.kit_range import check_kit_range
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.regions import check_panel_regions
from pbis.core.plates.same_warnings import Warned, together
from pbis.core.plates.well import WellAssignment, assign_roles
from pbis.core.words import plural
from pbis.files.table_out import csv_text, write_table
from pbis.panels import load_aliases, load_panel
from pbis.pipeline.accepting import accept
from pbis.pipeline.lot_sheets import sheet_hash
from pbis.pipeline.standards import require_standards, told_of_standards
from pbis.readers import attach_lot_sheet, read, read_layout, read_lot_sheet
from pbis.readers.lot_sheets.sheet import PLATE_MARK
from pbis.version import __version__

__all__ = ["CONTRACT", "AssayedFile", "assay_file", "csv_text", "write_table"]

# Columns that other programs rely on, in this order; what else a result carries follows them.
CONTRACT = (
    "run_id", "plate", "well", "sample_label", "well_role", "specimen_id", "analyte", "analyte_reported", "bead_region",
    "mfi", "bead_count", "net_mfi", "dilution_factor", "concentration", "concentration_op", "concentration_bound", "unit",
    "ci_low", "ci_high", "status", "recovery_pct", "replicate_cv_pct", "net_mfi_reported", "result_reported",
    "result_reported_op", "result_reported_text",
)  # fmt: skip


@dataclass(frozen=True)
class AssayedFile:
    """results: the contract's columns, then the rest; curves: frames.CURVE without keys of a site; levels: frames.LEVEL
    likewise; said: warnings as they were met; sentence: a summary; plate: what was read, with its lot sheet; roles: what lies in its wells."""

    results: pa.Table
    curves: pa.Table
    levels: pa.Table
    said: tuple[Warned, ...]
    sentence: str
    plate: PlateRead
    roles: WellAssignment

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to be careful about, in sentences; equal ones are one."""
        same = together(self.said, self.plate.analyte.column("analyte_reported").to_pylist())
        return tuple(one.sentence for one in same)


def assay_file(
    file: Path,
    *,
    layout: Path | None = None,
    lot_sheet: Path | None = None,
    panel: str | None = None,
    method: str = "robust",
    profile: str = "research",
) -> AssayedFile:
    """Read and assay one export. Raises InputRefused for a bad file, ConfigError for an unknown panel, UsageError for an
    unknown method or profile."""
    _require("method", method, get_args(Method))
    _require("profile", profile, get_args(Profile))
    plate = read(file)
    kit = load_panel(panel) if panel else None
    check_panel_regions(plate, kit, load_aliases())
    sheet = None if lot_sheet is None else _sheet(plate, lot_sheet)
    if sheet is not None and lot_sheet is not None:
        plate = attach_lot_sheet(plate, sheet, name=lot_sheet.name)
    rows = None if layout is None else _layout_rows(plate, layout)
    roles = assign_roles(plate, rows)
    require_standards(plate, roles.table, method)
    accept(plate, roles.table)
    in_range = check_kit_range(plate, kit, load_aliases(), lot_sheet.name if lot_sheet else None)
    suite = expectations.load_suite(profile)
    name = hashlib.sha256(
        msgspec.json.encode([plate.run.run_id, sheet_hash(sheet), method, suite.hash, panel, __version__])
    ).hexdigest()
    inputs = [AssayInput(name, plate, roles.table, kit, load_aliases())]
    frames = assay(inputs, AssayOptions(expectations.tolerances(suite), cast(Method, method)))
    said = [
        Warned(code, text)
        for code, text in (*roles.warnings, *in_range, *told_of_standards(plate, roles.table, method))
    ]
    said += [Warned(row["code"], row["message"], row["source_line"]) for row in plate.warning.to_pylist()]
    curves, levels = (table.drop_columns(["assay_id"]) for table in (frames.curve, frames.level))
    results, sentence = _contract(frames.result), _sentence(frames.result)
    return AssayedFile(results, curves, levels, tuple(said), sentence, plate, roles)


def _require(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"there is no {what} {name!r}; expected one of {', '.join(known)}")


def _layout_rows(plate: PlateRead, layout: Path) -> pa.Table:
    """Rows of the layout that name this plate, or no plate at all; a layout of other plates only is a mix-up and refused."""
    rows = read_layout(layout)
    names = pa.array(["", plate.plate, plate.run.file_name, Path(plate.run.file_name).stem])
    mine = rows.filter(pc.is_in(rows.column("plate"), names))
    if mine.num_rows == 0:
        named = ", ".join(sorted(set(rows.column("plate").to_pylist()))[:5])
        raise MalformedFile(
            "the layout does not name this plate",
            file=layout.name,
            expected=f"plate {plate.plate!r}, the export's batch, or the file's name",
            found=named or "no plate",
            hint="correct the column plate of the layout, or take the layout of this plate",
        )
    return mine


def _sheet(plate: PlateRead, path: Path) -> pa.Table:
    """The lot sheet; one that names plates, but not this one, is a mix-up and refused."""
    sheet = read_lot_sheet(path)
    plates = sheet.column("plates")[0].as_py()
    if plates and not {plate.plate, plate.run.file_name, Path(plate.run.file_name).stem} & set(
        plates.split(PLATE_MARK)
    ):
        raise MalformedFile(
            "the lot sheet is for other plates",
            file=path.name,
            expected=f"plate {plate.plate!r}, the export's batch, or the file's name",
            found=plates,
            hint="correct the line Plate of the sheet, or take the sheet of this plate",
        )
    return sheet


def _contract(result: pa.Table) -> pa.Table:
    rest = [name for name in result.column_names if name not in CONTRACT and name != "assay_id"]
    return result.select([*CONTRACT, *rest])


def _sentence(result: pa.Table) -> str:
    """For example: 93 wells x 3 analytes; unknown wells: 240 QUANT, 12 BELOW_LLOQ."""
    wells = len(set(zip(result.column("plate_number").to_pylist(), result.column("well").to_pylist(), strict=True)))
    analytes = len(set(result.column("analyte_reported").to_pylist()))
    samples = result.filter(pc.is_in(result.column("well_role"), pa.array(["unknown", "unknown_role"])))
    counts = sorted(samples.column("status").value_counts().to_pylist(), key=lambda c: (-c["counts"], c["values"]))
    states = ", ".join(f"{c['counts']} {c['values']}" for c in counts)
    return f"{plural(wells, 'well')} x {plural(analytes, 'analyte')}; samples: {states or 'none'}"
