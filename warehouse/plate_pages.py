"""What pages of plates show, read for many plates at once: a query costs the same for one plate as for ten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import SPECS
from pbis.core.frames.model import FrameSpec
from pbis.core.plates.plate import Run
from pbis.core.tolerances import Tolerances
from warehouse.among import is_among
from warehouse.append import Connection
from warehouse.asked_assays import about_assays
from warehouse.lookup import IN_WORDS, STANDING_VERDICTS, sheet_lot

_OF_RUN = ("reagent", "lot", "calibration", "run_warning")
_OF_ASSAY = ("well", "curve", "standard_level", "finding", "assay_warning", "assay_reagent")
_VERDICTS = ("analyte_verdict", "plate_verdict")
_MADE_WITH = (
    "layout_file_id",
    "lot_sheet_file_id",
    "panel",
    "method",
    "profile",
    "suite_hash",
    "config_hash",
    "code_version",
)
_TOLERANCES = tuple(field.name for field in fields(Tolerances))


@dataclass(frozen=True)
class StoredPlate:
    """A run and one of its assays as they are stored. frames: those of pbis.core.frames by their names, verdicts and states as they stand,
    findings in the words that are said today; rows of all plates of the batch, each in the order of its key, but for those of readings,
    which come in no order.

    made_with: what the assay was computed with; tolerances: None for an assay of before they were kept; lot: the kit's lot as the
    lot sheet of the assay names it, as columns of frames.LOT, no row where it names none.
    """

    run: Run
    frames: Mapping[str, pa.Table]
    made_with: Mapping[str, Any]
    tolerances: Tolerances | None
    lot: Mapping[str, list[Any]]


def stored_plates(
    con: Connection, asked: Sequence[tuple[str, str]], readings: Mapping[str, Sequence[str]]
) -> dict[str, StoredPlate]:
    """assay_id -> what is stored of it and its run. asked: pairs of run_id and assay_id; readings: columns of the frames result and
    reading_state that are wanted."""
    run_ids, assay_ids = (list(dict.fromkeys(names)) for names in zip(*asked, strict=True))
    runs, assays = _runs(con, run_ids), _assays(con, assay_ids)
    of_run = {name: _by_value(con, name, "run_id", run_ids) for name in _OF_RUN}
    of_assay = {name: _by_value(con, name, "assay_id", assay_ids, IN_WORDS.get(name)) for name in _OF_ASSAY}
    of_assay |= {name: _by_value(con, name, "assay_id", assay_ids, STANDING_VERDICTS[name]) for name in _VERDICTS}
    with about_assays(con, assay_ids, STANDING_VERDICTS["reading_state"]) as session:
        of_assay |= {
            name: _in_part(session, STANDING_VERDICTS.get(name, f"store.{name}"), SPECS[name], columns, assay_ids)
            for name, columns in readings.items()
        }
    found = {}
    for run_id, assay_id in asked:
        frames = {name: tables[run_id] for name, tables in of_run.items()}
        frames |= {name: tables[assay_id] for name, tables in of_assay.items()}
        made_with = {name: assays[assay_id][name] for name in _MADE_WITH}
        lot = sheet_lot(con, assay_id) if frames["assay_reagent"].num_rows else {}
        found[assay_id] = StoredPlate(runs[run_id], frames, made_with, _tolerances(assays[assay_id]), lot)
    return found


@dataclass(frozen=True)
class PlateHead:
    """The header of a run and the verdicts on the plates of one of its assays as they stand, frames.PLATE_VERDICT."""

    run: Run
    verdict: pa.Table


def plate_heads(con: Connection, asked: Sequence[tuple[str, str]]) -> dict[str, PlateHead]:
    """assay_id -> its run's header and its verdicts. asked: pairs of run_id and assay_id."""
    if not asked:
        return {}
    run_ids, assay_ids = (list(dict.fromkeys(names)) for names in zip(*asked, strict=True))
    runs = _runs(con, run_ids)
    verdicts = _by_value(con, "plate_verdict", "assay_id", assay_ids, STANDING_VERDICTS["plate_verdict"])
    return {assay_id: PlateHead(runs[run_id], verdicts[assay_id]) for run_id, assay_id in asked}


def reported_analytes(con: Connection, assay_id: str, plate_number: int) -> set[str]:
    """Names that the results of a plate have in its export."""
    query = "select distinct analyte_reported from store.result where assay_id = $1 and plate_number = $2"
    return {row[0] for row in con.execute(query, [assay_id, plate_number]).fetchall()}


def _runs(con: Connection, run_ids: Sequence[str]) -> dict[str, Run]:
    names = [field.name for field in fields(Run)]
    found = con.execute(
        f"select {', '.join(names)} from store.run where {is_among('run_id', run_ids)}", [list(run_ids)]
    )
    runs = (Run(**dict(zip(names, row, strict=True))) for row in found.fetchall())
    return {run.run_id: run for run in runs}


def _assays(con: Connection, assay_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    names = ("assay_id", *_MADE_WITH, *_TOLERANCES)
    found = con.execute(
        f"select {', '.join(names)} from store.assay where {is_among('assay_id', assay_ids)}", [list(assay_ids)]
    )
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def _tolerances(assay: Mapping[str, Any]) -> Tolerances | None:
    values = [assay[name] for name in _TOLERANCES]
    return None if values[0] is None else Tolerances(*values)


def _by_value(
    con: Connection, name: str, key: str, values: Sequence[str], source: str | None = None
) -> dict[str, pa.Table]:
    """A frame's rows of each value of the key, in the order of the frame's key; the empty frame where it has none."""
    spec = SPECS[name]
    order = ", ".join(f'"{column}" nulls first' for column in spec.key)
    table = _asked(con, source or f"store.{name}", spec.names, key, values, f"order by {order}")
    return _split(spec.check(table.drop_columns("_owner").cast(spec.schema)), table.column("_owner"), values)


def _in_part(
    con: Connection, source: str, spec: FrameSpec, columns: Sequence[str], values: Sequence[str]
) -> dict[str, pa.Table]:
    """Some columns of the rows of each assay, in no order: what has a row a well and analyte costs by its columns and by its order."""
    table = _asked(con, source, columns, "assay_id", values)
    schema = pa.schema([spec.schema.field(name) for name in columns])
    return _split(table.drop_columns("_owner").cast(schema), table.column("_owner"), values)


def _asked(
    con: Connection, source: str, columns: Sequence[str], key: str, values: Sequence[str], order: str = ""
) -> pa.Table:
    """The columns, and `_owner`: the value of the key."""
    named = ", ".join(f'"{column}"' for column in columns)
    query = f"select {named}, {key} as _owner from {source} where {is_among(key, values)} {order}"
    return con.execute(query, [list(values)]).to_arrow_table()


def _split(frame: pa.Table, owner: pa.ChunkedArray, values: Sequence[str]) -> dict[str, pa.Table]:
    """The frame by the owner of its rows, whose order within an owner is kept."""
    codes = pc.index_in(owner, pa.array(values, pa.string())).to_numpy()
    if (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        frame, codes = frame.take(pa.array(order)), codes[order]
    ends = np.searchsorted(codes, np.arange(len(values) + 1))
    return {value: frame.slice(ends[at], ends[at + 1] - ends[at]) for at, value in enumerate(values)}
