"""What a night asks the working file before it writes: which runs, layouts and imports stand today, and a run's frames back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pbis.core.frames import SPECS
from warehouse.among import is_among
from warehouse.append import Connection
from warehouse.connect import connect
from warehouse.row_groups import let_merge

_CURRENT_ASSAY = """
    select run_id, arg_max(assay_id, sequence) as assay_id from store.assay_selection group by run_id
"""
_STANDING = "anti join store.supersession using (run_id)"
_CURRENT_IMPORT = """
    select file_id, arg_max(import_id, sequence) as import_id, max(sequence) as sequence from store.import_selection group by file_id
"""


@dataclass(frozen=True)
class StoredRun:
    """A run that nothing supersedes, with the assay that stands for it. plate: its name, as layouts call it; content: what
    decisions call it."""

    run_id: str
    file_name: str
    plate: str
    assay_id: str
    content: str


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """The working file, open for writing until the block ends."""
    con = connect(path)
    try:
        yield con
        let_merge(con, *con.execute("select current_database()").fetchone() or ("",))
    finally:
        con.close()


def current_runs(con: Connection) -> list[StoredRun]:
    """Runs that count today, in the order in which they were loaded."""
    return _runs(con, _STANDING)


def assayed_runs(con: Connection) -> list[StoredRun]:
    """Runs that count today, and those that another replaced, each with the assay that was chosen for it last, in the same order."""
    return _runs(con, "")


def _runs(con: Connection, without: str) -> list[StoredRun]:
    rows = con.execute(
        f"""
        select run_id, file_name, coalesce(nullif(batch, ''), run_id[1:12]), assay_id, coalesce(content_hash, run_id)
        from store.run {without}
        join ({_CURRENT_ASSAY}) using (run_id)
        order by sequence
        """
    ).fetchall()
    return [StoredRun(*row) for row in rows]


def current_layouts(con: Connection) -> pa.Table:
    """Rows of layouts that stand today (frames.LAYOUT); of two files that name one plate, the one taken in later."""
    spec = SPECS["layout_well"]
    names = ", ".join(f"layout_well.{name}" for name in spec.names)
    return (
        con.execute(
            f"""
        with standing as ({_CURRENT_IMPORT}),
        ranked as (
            select {names}, standing.sequence, max(standing.sequence) over (partition by plate) as newest
            from store.layout_well join standing using (import_id)
        )
        select * exclude (sequence, newest) from ranked where sequence = newest
        order by plate, plate_number, source_line
        """
        )
        .to_arrow_table()
        .cast(spec.schema)
    )


def current_lot_sheets(con: Connection) -> pa.Table:
    """Rows of lot sheets that stand today (frames.LOT_SHEET); of two files about one kit, lot and plates, the one taken in
    later."""
    spec = SPECS["lot_sheet"]
    names = ", ".join(f"lot_sheet.{name}" for name in spec.names)
    about = ", ".join(f"lower(trim(coalesce({name}, '')))" for name in ("kit_name", "lot_number", "plates"))
    return (
        con.execute(
            f"""
        with standing as ({_CURRENT_IMPORT}),
        ranked as (
            select {names}, standing.sequence, max(standing.sequence) over (partition by {about}) as newest
            from store.lot_sheet join standing using (import_id)
        )
        select * exclude (sequence, newest) from ranked where sequence = newest
        order by file_id, source_line, reagent_label, analyte_reported
        """
        )
        .to_arrow_table()
        .cast(spec.schema)
    )


def beads(con: Connection, *, with_replaced: bool = False) -> dict[str, list[tuple[str, str]]]:
    """Analytes of the standing exports as they name them, with their bead region, '' without one: run_id -> pairs in order. with_replaced: of
    exports that another replaced too."""
    rows = con.execute(
        f"""
        select run_id, list((analyte_reported, coalesce(bead_region, '')) order by position) from store.analyte_run
        {"" if with_replaced else _STANDING} group by run_id
        """
    ).fetchall()
    return dict(rows)


def kit_lots(con: Connection, *, with_replaced: bool = False) -> dict[str, list[str]]:
    """Lot numbers of kits and standards that the standing exports name themselves: run_id -> lots. with_replaced: likewise."""
    rows = con.execute(
        f"""
        select run_id, list(distinct lot_number order by lot_number) from store.lot
        {"" if with_replaced else _STANDING}
        where lot_kind in ('kit', 'standard') and lot_number is not null group by run_id
        """
    ).fetchall()
    return dict(rows)


def sheet_lot(con: Connection, assay_id: str) -> dict[str, list[Any]]:
    """The kit's lot as the lot sheet of an assay names it, as columns of frames.LOT; no row where it names none.

    Its line is one after the last of the export's own, whose lots it joins.
    """
    query = f"""
        select distinct assay.run_id, 'kit' as lot_kind, sheet.kit_name as label, sheet.lot_number, sheet.expires_on,
            sheet.expires_text,
            (select coalesce(max(source_line), 0) + 1 from store.lot where lot.run_id = assay.run_id) as source_line
        from store.assay join store.lot_sheet as sheet on sheet.file_id = assay.lot_sheet_file_id
        join ({_CURRENT_IMPORT}) as standing on standing.import_id = sheet.import_id
        where assay.assay_id = $1 and (sheet.kit_name is not null or sheet.lot_number is not null)
        """
    columns = con.execute(query, [assay_id]).to_arrow_table().to_pydict()
    return dict(columns)


def find_namesake(con: Connection, plate: str, plate_key: str, readings: Collection[str] = ()) -> str | None:
    """File of a standing run of another plate, without any of these readings, that bears the same name, or None."""
    row = con.execute(
        """
        select file_name from store.run anti join store.supersession using (run_id)
        where coalesce(nullif(batch, ''), run_id[1:12]) = $1 and plate_key <> $2
            and run_id not in (select run_id from store.plate_reading where list_contains($3, reading_hash))
        order by sequence limit 1
        """,
        [plate, plate_key, sorted(readings)],
    ).fetchone()
    return row[0] if row else None


def current_files(con: Connection, kind: str) -> list[tuple[str, str, str]]:
    """Clinical files of a kind with the import that stands for each: file_id, name, import_id."""
    return current_files_by_kind(con).get(kind, [])


def current_files_by_kind(con: Connection) -> dict[str, list[tuple[str, str, str]]]:
    """The same for every kind that has files, asked once."""
    rows = con.execute(
        f"""
        select kind, file_id, name, import_id from store.clinical_file join ({_CURRENT_IMPORT}) using (file_id)
        order by sequence
        """
    ).fetchall()
    found: dict[str, list[tuple[str, str, str]]] = {}
    for kind, *file in rows:
        found.setdefault(kind, []).append((file[0], file[1], file[2]))
    return found


def files_by_name(con: Connection) -> list[tuple[str, str, str]]:
    """Kind, hash and name of every file that was ever taken in, plates among them; of files of one name the latest last."""
    return con.execute(
        """
        select kind, file_id, name from (
            select 0 as rank, 'plates' as kind, run_id as file_id, file_name as name, sequence from store.run
            union all
            select 1, file.kind, file.file_id, file.name, min(imported.sequence)
            from store.clinical_file as file join store.clinical_import as imported using (file_id) group by all
        ) order by rank, sequence
        """
    ).fetchall()


def standing_assays(con: Connection) -> list[str]:
    """Assays that count today, sorted: with the imports and the settings they are what a score is derived from."""
    rows = con.execute(
        f"select assay_id from ({_CURRENT_ASSAY}) anti join store.supersession using (run_id) order by assay_id"
    ).fetchall()
    return [row[0] for row in rows]


def standing_imports(con: Connection) -> list[str]:
    """Imports that count today, sorted."""
    return [row[0] for row in con.execute(f"select import_id from ({_CURRENT_IMPORT}) order by import_id").fetchall()]


def frames_of(con: Connection, key: str, value: str | list[str], names: tuple[str, ...]) -> dict[str, pa.Table]:
    """Frames of one run, assay or import, or of all that are named, as they were loaded, in the order of their keys; findings in the words
    that are said today. key: run_id, assay_id or import_id. Some are asked for at a time, since a table has no index by them, so that each
    question reads all keys of it."""
    return {name: _frame(con, name, key, value, source=IN_WORDS.get(name)) for name in names}


IN_WORDS = {"finding": "finding_standing", "lab_finding": "lab_finding_standing"}


def _frame(con: Connection, name: str, key: str, value: str | list[str], source: str | None = None) -> pa.Table:
    spec = SPECS[name]
    is_asked = f"{key} = $1" if isinstance(value, str) else is_among(key, value)
    order = ", ".join(f'"{column}" nulls first' for column in spec.key)
    columns = ", ".join(f'"{column}"' for column in spec.names)
    table = con.execute(
        f"select {columns} from {source or f'store.{name}'} where {is_asked} order by {order}", [value]
    ).to_arrow_table()
    return spec.check(table.cast(spec.schema))


# Frame -> view of it as it stands, with what trends find.
STANDING_VERDICTS = {
    "analyte_verdict": "analyte_standing",
    "plate_verdict": "plate_standing",
    "reading_state": "reading_standing",
}


def analyte_states(con: Connection, assay_ids: Sequence[str]) -> list[str]:
    """State of every analyte x plate of the assays as it stands, held where its plate is."""
    query = """
        select case when held.run_id is null then verdict.state else 'held' end
        from analyte_standing as verdict
        left join held_plate as held using (run_id, plate_number)
        where list_contains($1, verdict.assay_id)
    """
    return [row[0] for row in con.execute(query, [list(assay_ids)]).fetchall()]


def plate_numbers(con: Connection) -> dict[str, list[int]]:
    """run_id -> plates of its batch, in order, of every run whose readings a night has named (remember_readings)."""
    rows = con.execute("select run_id, plate_number from store.plate_reading order by all").fetchall()
    found: dict[str, list[int]] = {}
    for run_id, number in rows:
        found.setdefault(run_id, []).append(int(number))
    return found


def told_since_refused(con: Connection) -> frozenset[str]:
    """sha256 of each refused plate about which a telling was taken in by a later night than refused it last; by the order of nights,
    since a clock may be set back."""
    query = """
        with
        refused as (
            select sha256, max(night.sequence) as sequence from store.refusal join store.night using (night_id)
            where kind = 'plates' and sha256 is not null group by sha256
        ),
        told as (
            select plate_content as sha256, max(night.sequence) as sequence
            from store.decision join store.night using (night_id) where kind = 'tell' group by plate_content
        )
        select sha256 from refused join told using (sha256) where refused.sequence < told.sequence
    """
    return frozenset(row[0] for row in con.execute(query).fetchall())
