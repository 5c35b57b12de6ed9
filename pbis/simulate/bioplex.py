"""A simulated plate as Bio-Plex Manager writes it: a sheet an analyte, one table with counts in its cells, or XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from pbis.simulate.instrument import Derived, derive, expected_per_well
from pbis.simulate.intelliflex import type_codes
from pbis.simulate.model import BACKGROUND, CONTROL, STANDARD, UNKNOWN, SimulatedPlate
from pbis.simulate.xlsx import Cell, SheetRows, workbook

LETTER = {STANDARD: "S", CONTROL: "C", BACKGROUND: "B", UNKNOWN: "X"}
COLUMNS = (
    *("Analyte", "Type", "Well", "Outlier", "Description", "FI", "FI - Bkgd", "Std Dev", "%CV", "Obs Conc", "Exp Conc"),
    *("(Obs/Exp) * 100", "Conc in Range", "Group", "Ratio", "Dilution", "Bead Count", "Sampling Errors"),
)
_LEGEND = ("Sampling Errors: 1 - Low bead #, 2 - Agg beads", "OOR = Out of Range", "Ratio = Member/Reference")
_GROUP = {STANDARD: "Standards", CONTROL: "Controls", BACKGROUND: "Blanks", UNKNOWN: "Unknowns"}


def render_bioplex(plate: SimulatedPlate, derived: Derived | None = None, *, tables: str = "wells") -> bytes:
    """A workbook with a sheet an analyte. tables: wells, means (of replicates) or both."""
    return workbook(bioplex_sheets(plate, derived or derive(plate), tables))


def bioplex_sheets(plate: SimulatedPlate, derived: Derived, tables: str = "wells") -> list[SheetRows]:
    """The sheets' rows."""
    codes, derived = type_codes(plate, LETTER), _as_printed(plate, derived)
    groups = [[i] for i in range(len(codes))] if tables != "means" else _replicates(plate, codes)
    sheets: list[SheetRows] = [("Project Template", [["Template"], ["of the laboratory"]])]
    for j, analyte in enumerate(plate.analytes):
        name = f"{analyte.name} ({analyte.bead_region})"
        rows: list[list[Cell]] = [[line] for line in _head(plate)]
        rows.insert(1, [f"Analyte: {name}"])
        if tables == "both":
            rows += [[], list(COLUMNS), *(_row(plate, derived, name, codes, j, g) for g in _replicates(plate, codes))]
        rows += [[], list(COLUMNS), *(_row(plate, derived, name, codes, j, group) for group in groups), []]
        rows += [[line] for line in (*_LEGEND, "Regression Type: Logistic - 5PL", _equation(derived, j))]
        sheets.append((name.replace("/", " ")[:31], rows))
    return sheets


def render_table(plate: SimulatedPlate) -> bytes:
    """A workbook with one sheet: an analyte a column, `15710.5 (52)` in a cell."""
    codes = type_codes(plate, LETTER | {BACKGROUND: "Blank"})
    names = [f"{analyte.name} ({analyte.bead_region})" for analyte in plate.analytes]
    rows: list[list[Cell]] = [[line] for line in _head(plate)]
    rows += [[], ["Well", "Type", "Description", *names, "Total", "% Agg Beads", "Sampling Errors"]]
    for i, well in enumerate(plate.wells.name):
        cells = [f"{_number(m)} ({n})" for m, n in zip(plate.median[i], plate.count[i], strict=True)]
        rows.append([well, codes[i], plate.wells.label[i], *cells, int(plate.total_events[i]), 5, 0])
    return workbook([("plate", rows)])


def render_xml(plate: SimulatedPlate, derived: Derived | None = None) -> bytes:
    """The XML export, a line an element."""
    return "\n".join(_xml(plate, _as_printed(plate, derived or derive(plate)))).encode()


def _as_printed(plate: SimulatedPlate, derived: Derived) -> Derived:
    """With the expected concentrations that the file shows, where someone damaged them after the instrument had computed."""
    if plate.printed_expected is None:
        return derived
    shown = replace(plate, reagents=replace(plate.reagents, expected=plate.printed_expected))
    return replace(derived, expected=expected_per_well(shown))


def _head(plate: SimulatedPlate) -> tuple[str, ...]:
    started = plate.header.started_at.strftime("%d-%b-%Y, %I:%M %p")
    serial, batch = plate.header.serial, plate.header.batch
    return "File Name: run.rbx", f"Acquisition Date: {started}", f"Reader Serial Number: {serial}", f"Plate ID: {batch}"


def _replicates(plate: SimulatedPlate, codes: list[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for i, code in enumerate(codes):
        groups.setdefault(code, []).append(i)
    return list(groups.values())


def _row(plate: SimulatedPlate, derived: Derived, name: str, codes: list[str], j: int, wells: list[int]) -> list[Cell]:
    at = wells[0]
    role, factor = plate.wells.role[at], plate.wells.dilution[at]
    median, net = float(plate.median[wells, j].mean()), float(derived.net_mfi[wells, j].mean())
    result, expected = float(derived.result[wells, j].mean()), float(derived.expected[at, j])
    known = expected if role in (STANDARD, CONTROL) and np.isfinite(expected) else None
    recovery = 100 * result / known if known and np.isfinite(result) else "***" if known else ""
    where = ",".join(plate.wells.name[i] for i in wells)
    count = int(plate.count[wells, j].mean())
    is_finite = np.isfinite(median)
    return [
        *(
            name,
            codes[at],
            where,
            "",
            plate.wells.label[at],
            median if is_finite else "***",
            net if is_finite else "***",
        ),
        *(
            "",
            "",
            "" if role == BACKGROUND else _result(result),
            known,
            recovery,
            "",
            "",
            "",
            _dilution(role, factor),
            count,
            "",
        ),
    ]


def _dilution(role: str, factor: float | None) -> Cell:
    if role != UNKNOWN:
        return factor or 1
    return "" if factor is None else "NaN" if factor != factor else factor


def _result(value: float) -> Cell:
    if np.isnan(value):
        return "***"
    return float(value) if np.isfinite(value) else "OOR >" if value > 0 else "OOR <"


def _number(value: float) -> str:
    return "***" if np.isnan(value) else f"{value:.15g}"


def _equation(derived: Derived, j: int) -> str:
    a, b, c, d, f = (float(value) for value in derived.coefficients[:, j])
    minus = f"- {a!r}" if a >= 0 else f"+ {-a!r}"
    return f"Std. Curve: FI = {a!r} + ({b!r} {minus}) / ((1 + (Conc / {c!r})^{d!r}))^{f!r}"


def _xml(plate: SimulatedPlate, derived: Derived) -> Iterator[str]:
    head = plate.header
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<bpm:BioPlexManager xmlns:bpm="urn:bio-plex" XmlExportDateTime="2025-01-01T00:00:00Z" BioPlexManagerVersion="6.2.0.175">'
    yield "<NativeDocumentName>run</NativeDocumentName>"
    rows, columns = plate.shape
    yield f'<PlateDimensions Columns="{columns}" Rows="{rows}" TotalWells="{rows * columns}" />'
    yield "<StandardCurves>\n<Interpolators>"
    for j, analyte in enumerate(plate.analytes):
        yield f'<Interpolator RegionNumber="{analyte.bead_region}">\n<AnalyteName>{escape(analyte.name)}</AnalyteName>'
        yield f"<ConcentrationUnits>{escape(analyte.unit)}</ConcentrationUnits>\n<Regression>Logistic - 5PL</Regression>"
        yield f"<Equation>{_equation(derived, j)}</Equation>\n</Interpolator>"
    yield "</Interpolators>\n</StandardCurves>\n<Samples>"
    codes = type_codes(plate, LETTER)
    for role, group in _GROUP.items():
        yield f"<{group}>"
        for wells in _replicates(plate, codes):
            if plate.wells.role[wells[0]] == role:
                yield from _xml_sample(plate, derived, codes, wells, group[:-1])
        yield f"</{group}>"
    yield "</Samples>\n<Wells>"
    for i in range(len(plate.wells)):
        yield from _xml_well(plate, i, head.serial)
    yield "</Wells>\n</bpm:BioPlexManager>"


def _xml_sample(plate: SimulatedPlate, derived: Derived, codes: list[str], wells: list[int], tag: str) -> Iterator[str]:
    at = wells[0]
    yield f"<{tag}>\n<Description>{escape(plate.wells.label[at])}</Description>\n<Label>{codes[at]}</Label>"
    factor = _dilution(plate.wells.role[at], plate.wells.dilution[at])
    shown = f"{factor:.17E}" if isinstance(factor, float | int) else factor
    yield f"<Dilution>{shown}</Dilution>\n<Analytes>"
    for j, analyte in enumerate(plate.analytes):
        expected = derived.expected[at, j] if plate.wells.role[at] in (STANDARD, CONTROL) else np.nan
        text = f"\n<ExpectedConc>{float(expected)!r}</ExpectedConc>" if np.isfinite(expected) else ""
        yield f'<Analyte RegionNumber="{analyte.bead_region}">{text}\n</Analyte>'
    yield "</Analytes>\n<MemberWells>"
    for i in wells:
        yield f"<MemberWell {_position(plate.wells.name[i])}>\n<MWAnalytes>"
        for j, analyte in enumerate(plate.analytes):
            yield f"<MWAnalyte RegionNumber={quoteattr(analyte.bead_region)}>\n<AnalyteName>{escape(analyte.name)}</AnalyteName>"
            yield f'<Reading Valid="true" Code="0" OutlierType="None">{_number(plate.median[i, j])}</Reading>'
            yield _xml_result(float(derived.result[i, j]), plate.wells.role[i])
            yield "</MWAnalyte>"
        yield "</MWAnalytes>\n</MemberWell>"
    yield f"</MemberWells>\n</{tag}>"


def _xml_result(result: float, role: str) -> str:
    if np.isfinite(result) and role != BACKGROUND:
        return f'<MWObsConc ReadingOK="true" RecoveryRange="InRange">{result!r}</MWObsConc>'
    error = "OOR &gt;" if result == np.inf else "OOR &lt;" if result == -np.inf else "Data field has not been set"
    return f'<MWObsConc ReadingOK="false" ReadError="{error}" RecoveryRange="NotInRange">0</MWObsConc>'


def _xml_well(plate: SimulatedPlate, i: int, serial: str) -> Iterator[str]:
    yield f"<Well {_position(plate.wells.name[i])}>\n<PlateID>{escape(plate.header.batch)}</PlateID>"
    yield f"<AcquisitionTime>{plate.header.started_at.isoformat()}Z</AcquisitionTime>"
    yield f"<MachineInfo>\n<SerialNumber>{escape(serial)}</SerialNumber>\n</MachineInfo>"
    yield f"<TotalEvents>{plate.total_events[i]}</TotalEvents>\n<BeadRegions>"
    for j, analyte in enumerate(plate.analytes):
        yield f'<BeadRegion RegionNumber="{analyte.bead_region}">\n<RegionCount>{plate.count[i, j]}</RegionCount>'
        yield f"<Median>{_number(plate.median[i, j])}</Median>\n</BeadRegion>"
    yield "</BeadRegions>\n</Well>"


def _position(well: str) -> str:
    return f'RowNo="{ord(well[0]) - ord("A") + 1}" ColNo="{well[1:]}"'
