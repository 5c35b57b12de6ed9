"""Giving a plate that was run with analysis off what its kit's lot sheet says: reagents, control ranges, units, the lot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pbis.core.errors import MalformedFile
from pbis.core.frames import ANALYTE, LOT, REAGENT, WARNING
from pbis.core.plates.label import fold_label
from pbis.core.plates.ladder import check_sheet_ladder
from pbis.core.plates.plate import PlateRead
from pbis.panels import load_aliases
from pbis.readers.lot_sheets.labels import kind_of_reagent

_CLOSE = 1e-9
Rows = list[dict[str, Any]]


def attach_lot_sheet(read: PlateRead, sheet: pa.Table, *, name: str = "lot sheet") -> PlateRead:
    """The read with the sheet's rows in reagent, analyte and lot; what the export says itself stays and must agree.

    sheet: LOT_SHEET. Analytes are matched by their spelling, else by the reviewed alias table; the rest is a warning.
    name: what the user calls the sheet. Raises MalformedFile where sheet and export contradict each other (lot, unit, numbers)
    or share no analyte, CorruptedLadder as `read` does.
    """
    _check_lot(read, sheet, name)
    rows, analytes = sheet.to_pylist(), read.analyte.column("analyte_reported").to_pylist()
    reported = _match({row["analyte_reported"] for row in rows}, analytes)
    known = [
        row | {"analyte_reported": reported[row["analyte_reported"]]}
        for row in rows
        if row["analyte_reported"] in reported
    ]
    if not known:
        raise MalformedFile(
            "the lot sheet shares no analyte with the plate",
            file=name,
            line=rows[0]["source_line"] if rows else 1,
            expected=", ".join(analytes[:8]),
            found=", ".join(sorted({row["analyte_reported"] for row in rows})[:8]),
        )
    found = replace(
        read,
        reagent=_reagents(read, known, name),
        analyte=_units(read, known, name),
        lot=_lots(read, rows),
        warning=_warnings(read, rows, reported, analytes),
        lot_sheet_labels=_told_labels(read, known),
    )
    check_sheet_ladder(found, name)
    return found


def _told_labels(read: PlateRead, rows: Rows) -> frozenset[str]:
    own = {fold_label(label) for label in read.reagent.column("reagent_label").to_pylist()}
    return frozenset(row["reagent_label"] for row in rows if fold_label(row["reagent_label"]) not in own)


def _check_lot(read: PlateRead, sheet: pa.Table, name: str) -> None:
    """Raise MalformedFile where the export names lots of its kit and the sheet's is none of them."""
    own = [lot["lot_number"] for lot in read.lot.to_pylist() if lot["lot_kind"] == "kit" and lot["lot_number"]]
    told = sheet.column("lot_number")[0].as_py() if sheet.num_rows else None
    if own and told and fold_label(told) not in map(fold_label, own):
        raise MalformedFile(
            "the lot sheet is of another lot than the plate",
            file=name,
            expected=f"lot {' or '.join(own)}, as the export says",
            found=told,
            hint="take the sheet of the plate's lot",
        )


def _match(names: set[str], analytes: list[str]) -> dict[str, str]:
    """Sheet's name -> the export's name, one to one."""
    aliases = load_aliases()
    canonical = {aliases.resolve(analyte): analyte for analyte in reversed(analytes)}
    found = {name: name for name in names if name in analytes}
    for name in sorted(names - set(found)):
        analyte = canonical.get(aliases.resolve(name)) if aliases.resolve(name) else None
        if analyte and analyte not in found.values():
            found[name] = analyte
    return found


def _reagents(read: PlateRead, rows: Rows, name: str) -> pa.Table:
    own = {(fold_label(r["reagent_label"]), r["analyte_reported"]): r for r in read.reagent.to_pylist()}
    for row in rows:
        key = (fold_label(row["reagent_label"]), row["analyte_reported"])
        kept = own.setdefault(key, {**dict.fromkeys(REAGENT.names), **_pick(row), "run_id": read.run.run_id})
        for column in ("expected_concentration", "range_low", "range_high"):
            kept[column] = _agreed(kept[column], row[column], column, row, name)
        kept["expected_text"] = kept["expected_text"] or row["expected_text"]
    return REAGENT.table({column: [row[column] for row in own.values()] for column in REAGENT.names})


def _pick(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: row[column] for column in REAGENT.names if column in row}


def _agreed(own: float | None, told: float | None, column: str, row: Mapping[str, Any], name: str) -> float | None:
    if own is not None and told is not None and abs(own - told) > _CLOSE * max(abs(own), abs(told)):
        raise MalformedFile(
            f"the lot sheet contradicts the export on {column} of {row['reagent_label']}",
            file=name,
            line=row["source_line"],
            column=repr(row["analyte_reported"]),
            expected=f"{own:.10g} as in the export",
            found=f"{told:.10g}",
        )
    return told if own is None else own


def _units(read: PlateRead, rows: Rows, name: str) -> pa.Table:
    told = {row["analyte_reported"]: row for row in rows if row["unit_reported"]}
    table = read.analyte.to_pylist()
    for row in table:
        entry = told.get(row["analyte_reported"])
        if entry is None:
            continue
        own = row["unit_reported"]
        if own and "".join(own.split()).casefold() != "".join(entry["unit_reported"].split()).casefold():
            raise MalformedFile(
                "the lot sheet has another unit than the export",
                file=name,
                line=entry["source_line"],
                column=repr(row["analyte_reported"]),
                expected=own,
                found=entry["unit_reported"],
            )
        row["unit_reported"] = own or entry["unit_reported"]
    return ANALYTE.table({column: [row[column] for row in table] for column in ANALYTE.names})


def _lots(read: PlateRead, rows: Rows) -> pa.Table:
    """The lot as one more row; its line is one after the last of the export's own."""
    first = next((row for row in rows if row["lot_number"] or row["kit_name"]), None)
    if first is None:
        return read.lot
    line = max([0, *read.lot.column("source_line").to_pylist()]) + 1
    values = {"run_id": read.run.run_id, "source_line": line, "lot_kind": "kit", "label": first["kit_name"]}
    values |= {column: first[column] for column in ("lot_number", "expires_on", "expires_text")}
    return pa.concat_tables(
        [
            read.lot,
            LOT.table(
                {column: [value] for column, value in values.items()},
                absent=("lot_name", "manufacturer", "machine_serial", "result"),
            ),
        ]
    )


def _warnings(read: PlateRead, rows: Rows, reported: Mapping[str, str], analytes: list[str]) -> pa.Table:
    told = sorted({row["analyte_reported"] for row in rows} - set(reported))
    without = [analyte for analyte in analytes if analyte not in reported.values()]
    said = [
        ("lot_sheet_analyte_unknown", f"the lot sheet names analytes that the plate has not: {', '.join(told)}")
    ] * bool(told)
    said += [("lot_sheet_analyte_absent", f"the lot sheet says nothing of {', '.join(without)}")] * bool(without)
    nowhere = _nowhere(read, rows)
    message = f"the lot sheet names {', '.join(map(repr, nowhere))}, and no well of the export is called so; a layout may say which is"
    said += [("lot_sheet_reagent_absent", message)] * bool(nowhere)
    at = read.warning.num_rows
    extra = WARNING.table(
        {
            "run_id": [read.run.run_id] * len(said),
            "position": list(range(at + 1, at + len(said) + 1)),
            "code": [code for code, _ in said],
            "message": [message for _, message in said],
        },
        absent=("source_line",),
    )
    return pa.concat_tables([read.warning, extra])


def _nowhere(read: PlateRead, rows: Rows) -> list[str]:
    """Names of the sheet's own making that no well bears; a kit's sheet may hold more of the common names than a plate uses."""
    labels = read.reading.column("sample_label").unique().to_pylist() + read.well_type.column("well_type").to_pylist()
    borne = {fold_label(label) for label in labels if label}
    told = dict.fromkeys(str(row["reagent_label"]) for row in rows)
    return [label for label in told if kind_of_reagent(label) is None and fold_label(label) not in borne]
