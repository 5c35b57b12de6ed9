"""The page of one plate, in the order in which a data manager asks: what is it, is it good, what is wrong, show me."""

from __future__ import annotations

from typing import Any

from pbis.core.plates.same_warnings import SameWarnings, Warned, together
from pbis.draw.page import markup
from pbis.draw.words import DASH
from pbis.report.causes import outcome
from pbis.report.curves import methods
from pbis.report.data import PlateReport, PlateRow, in_order
from pbis.report.figures import analytes, figures
from pbis.report.flags import flags
from pbis.report.page import ready, render
from pbis.report.page_hash import BLOCK, told
from pbis.report.plate_map import plate_map
from pbis.report.rule_words import titled
from pbis.report.standards import standards
from pbis.report.tabular import Rows, distinct, rows
from pbis.report.text import PLATE_VERDICTS, SEVERITY_ORDER, moment, percent
from pbis.report.tolerances import band_text, tolerance_facts
from pbis.report.trend import trend

PAGE = "plate.html.j2"
UNNAMED = "not named in the export"


def plate_report(data: PlateReport) -> str:
    """One self-contained HTML page for the plate; the same data gives the same bytes.

    Raises ValueError where plate_verdict has not exactly one row.
    """
    data = in_order(data)
    verdict, found = _verdict(data), flags(data.finding, data.well)
    grid = plate_map(data.result, data.well, data.reading_state, data.run.plate_type, data.finding)
    drawn = figures(data)
    context = {
        "title": f"Plate {data.plate}",
        "basis": data.basis,
        "running": f"Plate {data.plate}, file {data.run.run_id[:12]}",
        "plate": data.plate,
        "outcome": outcome(data),
        "identity": _identity(data),
        "verdict": verdict,
        "hold": data.hold,
        "words": PLATE_VERDICTS[verdict["state"]],
        "numbers": _numbers(verdict),
        "tiles": _tiles(data, {one.analyte for one in drawn if one.drawing}),
        "map": grid,
        "map_data": markup(grid.data),
        "flags": [flag for flag in found if flag.severity != "info"],
        "infos": [flag for flag in found if flag.severity == "info"],
        "curves": drawn,
        "method": methods(rows(data.curve)),
        "standards": standards(data, analytes(data)),
        "block": BLOCK,
        "trend": trend(
            data.trend, data.trend_finding, data.trend_settings, verdict["assay_id"], verdict["plate_number"]
        ),
        "band": band_text(data.tolerances),
        "decisions": data.decisions,
        "review": data.review,
        "charts": data.charts,
    }
    return told(render(PAGE, context | _origin(data), "plate.js"))


def make_ready() -> None:
    """Compile what every page is made of, before the first one."""
    for name in (PAGE, "base.html.j2", "parts.html.j2"):
        ready(name)


def _origin(data: PlateReport) -> dict[str, object]:
    """Where the plate comes from."""
    return {
        "calibration": rows(data.calibration),
        "lots": rows(data.lot),
        "warnings": _warnings(data),
        "provenance": _provenance(data),
    }


def _warnings(data: PlateReport) -> list[SameWarnings]:
    said = (Warned(row["code"], row["message"], row["source_line"]) for row in data.warning.to_pylist())
    return together(said, set(distinct(data.result, "analyte_reported")))


def plate_row(data: PlateReport, report_path: str, note: str = "", review: str = "pending") -> PlateRow:
    """The plate's row for the index of the night. report_path is relative to the index."""
    verdict = _verdict(data)
    counted = ("analytes_passed", "analytes_warned", "analytes_failed", "low_bead_wells", "reportable_pct")
    return PlateRow(
        plate=data.plate,
        file_name=data.run.file_name,
        started=moment(data.run.started_at),
        state=verdict["state"],
        sentence=verdict["sentence"],
        report_path=report_path,
        note=note,
        review=review,
        **{name: verdict[name] for name in counted},
    )


def _verdict(data: PlateReport) -> dict[str, Any]:
    found = rows(data.plate_verdict)
    if len(found) != 1:
        raise ValueError(f"plate {data.plate}: expected one plate verdict, found {len(found)}")
    return found[0]


def _identity(data: PlateReport) -> list[tuple[str, str]]:
    """What the plate is, name and value."""
    run = data.run
    kits = [row for row in rows(data.lot) if row["lot_kind"] == "kit"]
    instrument = " ".join(part for part in (run.instrument_type, run.instrument_serial) if part)
    return [
        ("Read", moment(run.started_at)),
        ("Kit", _joined(row["label"] or row["lot_name"] for row in kits)),
        ("Lot", _joined(_lot(row) for row in kits)),
        ("Instrument", instrument or UNNAMED),
        ("Protocol", run.protocol_name or UNNAMED),
        ("File", run.file_name),
    ]


def _joined(names: Any) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name)) or UNNAMED


def _lot(row: dict[str, Any]) -> str | None:
    expiry = moment(row["expires_on"]) if row["expires_on"] else row["expires_text"]
    return f"{row['lot_number'] or DASH}, expires {expiry}" if expiry else row["lot_number"]


def _numbers(verdict: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Class, number and words of the five figures; colour only where a number is bad news."""
    bad = (("fail", "analytes_failed"), ("warn", "analytes_warned"), ("quiet", "analytes_passed"))
    said = ("analytes failing", "analytes with a warning", "analytes passing")
    counts = [
        (kind if verdict[name] else "quiet", str(verdict[name]), words)
        for (kind, name), words in zip(bad, said, strict=True)
    ]
    beads = verdict["low_bead_wells"]
    return [
        *counts,
        ("warn" if beads else "quiet", str(beads), "wells low in beads"),
        ("quiet", percent(verdict["reportable_pct"]), "of sample results reportable"),
    ]


def _tiles(data: PlateReport, drawn: set[str]) -> Rows:
    """Analytes, worst first, each with the number of its figure. drawn: analytes whose figure shows a curve."""
    place = {name: position for position, name in enumerate(analytes(data), 1)}
    judged = [
        {
            **row,
            "place": place.get(row["analyte"]),
            "is_drawn": row["analyte"] in drawn,
            "why": titled(row["reasons"]),
        }
        for row in rows(data.analyte_verdict)
    ]
    return sorted(judged, key=lambda row: (SEVERITY_ORDER.get(row["state"], 9), row["analyte"]))


def _provenance(data: PlateReport) -> list[tuple[str, str]]:
    """File and reader from the header, then what the caller knows of method, configuration and versions."""
    run = data.run
    program = " ".join(part for part in (run.program, run.software_version) if part)
    return [
        ("File", f"{run.file_name}, {run.byte_count} bytes"),
        ("sha256 of the file", run.run_id),
        ("Format", f"{run.format}{f' ({program})' if program else ''}"),
        ("Written as", f"{run.encoding}, delimiter {run.delimiter!r}, decimal mark {run.decimal_mark!r}"),
        ("Checksum in the file", run.crc_state.replace("_", " ")),
        *((str(name), str(value)) for name, value in data.provenance.items()),
        *tolerance_facts(data.tolerances),
    ]
