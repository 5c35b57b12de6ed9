"""Plates that wait for a person because their readings came under more than one name, or because something of an earlier export of them was taken
out: what is said, and what to type."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

import warehouse
from pbis.pipeline.context import Night
from pbis.report import Hold, PlateReport


@dataclass(frozen=True)
class HeldPlate:
    """A held plate as people see it. commands: one that says it is right, one that says it, or what was excluded of it, is wrong."""

    run_id: str
    plate: str
    plate_number: int
    file_name: str
    sentence: str
    commands: tuple[str, str]

    @property
    def hold(self) -> Hold:
        """The same for the plate's page."""
        return Hold(self.sentence, self.commands)


def held_plates(night: Night) -> tuple[HeldPlate, ...]:
    """Every plate that waits tonight, whichever night it came in."""
    return tuple(_held(night, row) for row in warehouse.held_plates(night.con))


def holds(night: Night) -> dict[tuple[str, int], Hold]:
    """Run and plate number -> its hold."""
    return {(plate.run_id, plate.plate_number): plate.hold for plate in held_plates(night)}


def standing_holds(night: Night) -> tuple[str, ...]:
    """What scores and trends rest on besides assays and imports; empty where nothing is held, so that their names stay."""
    return tuple(f"held {row['run_id']}/{row['plate_number']}" for row in warehouse.held_plates(night.con))


def as_held(data: PlateReport, hold: Hold | None) -> PlateReport:
    """The plate as its page shows it while it is held: what the rules found stays, and nothing of it is reportable."""
    if hold is None:
        return data
    verdict = data.plate_verdict
    sentences = [f"{hold.sentence} By the rules: {said}" for said in verdict.column("sentence").to_pylist()]
    verdict = _put(verdict, {"state": ["held"] * verdict.num_rows, "sentence": sentences})
    share = [None if pct is None else 0.0 for pct in verdict.column("reportable_pct").to_pylist()]
    none = {f"analytes_{word}": [0] * verdict.num_rows for word in ("passed", "warned", "failed")}
    analyte, state = data.analyte_verdict, data.reading_state
    said = [f"Held; by the rules: {text}" for text in analyte.column("sentence").to_pylist()]
    return replace(
        data,
        hold=hold,
        plate_verdict=_put(verdict, {"reportable_pct": share} | none),
        analyte_verdict=_put(
            analyte,
            {"state": ["held"] * analyte.num_rows, "reportable_count": [0] * analyte.num_rows, "sentence": said},
        ),
        reading_state=_put(state, {"reportable": [False] * state.num_rows}),
    )


def _put(table: pa.Table, columns: Mapping[str, list[Any]]) -> pa.Table:
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    return table


def _held(night: Night, row: Mapping[str, Any]) -> HeldPlate:
    names = ("run_id", "plate", "plate_number", "file_name", "sentence")
    return HeldPlate(**{name: row[name] for name in names}, commands=_commands(night, row))


def _commands(night: Night, row: Mapping[str, Any]) -> tuple[str, str]:
    site = shlex.quote(str(night.site.root))
    number = f" --plate-number {row['plate_number']}" if row["plate_number"] > 1 else ""
    about = f'--site {site} --plate {row["run_id"][:12]}{number} --author "YOUR NAME" --reason "WHY"'
    if row["decided_by"] is not None:
        author = f'--site {site} --author "YOUR NAME" --reason "WHY"'
        again = f"exclude {about}{_object(row)}" if row["decided_kind"] == "exclude" else f"reject {about}"
        return f"pbis decide reverse {row['decided_by']} {author}", f"pbis decide {again}"
    return f"pbis decide release {about}", f"pbis decide exclude {about} --cause twin"


def _object(row: Mapping[str, Any]) -> str:
    """What an exclusion is about, for a shell. A replicate group bears the name of a specimen: who decides finds it in `pbis decide list`."""
    well = f" --well {shlex.quote(row['decided_well'])}" if row["decided_well"] else ""
    group = " --group GROUP" if row["is_of_group"] else ""
    analyte = f" --analyte {shlex.quote(row['decided_analyte'])}" if row["decided_analyte"] else ""
    return f"{well}{group}{analyte} --cause {row['decided_cause']}"
