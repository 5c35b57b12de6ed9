"""What stands in one copy of the warehouse and stands otherwise in another: plates, results and scores, each row before and after.

Only plates of which another assay, another judgement by trends, or another hold stands are looked into, some at a time, so that what is
held in memory does not grow with the archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb
import pyarrow as pa

from warehouse.append import Connection
from warehouse.connect import connect
from warehouse.explain import QUERIES

_AT_ONCE = 32  # plates whose rows are held side by side
_EITHER = "coalesce(now.{0}, was.{0}) as {0}"
_CELL = 'was."{0}" as "{0}_before", now."{0}" as "{0}_after"'


@dataclass(frozen=True)
class HeldAgainst:
    """A question of which the rows are held against each other (queries/NAME.sql). key: what a row is of; beside: what tells a reader more of
    it, and is not compared; cells: what is."""

    query: str
    key: tuple[str, ...]
    beside: tuple[str, ...]
    cells: tuple[str, ...]


_STANDING = "effect_1_standing"
_STATES = ("state", "analytes_passed", "analytes_warned", "analytes_failed", "reportable_pct")
_LIMITS = ("lloq", "uloq", "qc_state", "reportable", "reasons")
_OF_PLATES: Mapping[str, HeldAgainst] = MappingProxyType(
    {
        "plates": HeldAgainst("effect_2_plates", ("run_id", "plate_number"), ("plate",), _STATES),
        "analytes": HeldAgainst(
            "effect_3_analytes",
            ("run_id", "plate_number", "analyte"),
            ("plate",),
            ("state", "reasons", "reportable_count"),
        ),
        "readings": HeldAgainst(
            "effect_4_readings",
            ("run_id", "plate_number", "well", "analyte"),
            ("plate", "well_role", "replicate_group", "specimen_id", "subject_id"),
            ("value_op", "value", "unit", "status", *_LIMITS),
        ),
        "replicates": HeldAgainst(
            "effect_5_replicates",
            ("run_id", "plate_number", "specimen_id", "analyte", "dilution_factor"),
            ("plate",),
            ("value_op", "value", "unit", "ci_low", "ci_high", "used_count", "excluded_because"),
        ),
    }
)
_SCORES = ("score", "score_min", "score_max", "group", "reasons", "is_certain", "is_near_cut", "marks", "p_high")
_OF_SUBJECTS: Mapping[str, HeldAgainst] = MappingProxyType(
    {
        "patients": HeldAgainst("effect_6_patients", ("subject_id",), (), ("cutoff_set", *_SCORES)),
        "scores": HeldAgainst("effect_7_scores", ("subject_id", "cutoff_set"), (), _SCORES),
        "components": HeldAgainst(
            "effect_8_components",
            ("subject_id", "cutoff_set", "component"),
            (),
            ("point", "value_op", "value_text", "unit", "reason", "is_at_cut", "is_near_cut", "flip_probability"),
        ),
    }
)
COMPARED: Mapping[str, HeldAgainst] = MappingProxyType({**_OF_PLATES, **_OF_SUBJECTS})


def effects_of_views(before: Path, after: Path) -> dict[str, pa.Table] | None:
    """The same of files that hold the same rows and other views, whose plates are all looked into; None where those of the earlier one cannot be
    asked today's questions."""
    try:
        return effects(before, after, is_everywhere=True)
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException):
        return None


def latest_way(file: Path) -> tuple[str, str]:
    """sha256 of the configuration, and version of the program, that the latest night computed with; '' where there was none."""
    with closing(connect(file, read_only=True)) as con:
        row = con.execute("select config_hash, code_version from store.night order by sequence desc limit 1").fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")


def effects(before: Path, after: Path, *, is_everywhere: bool = False) -> dict[str, pa.Table]:
    """Rows that stand otherwise, by the names of COMPARED: key and what is beside it, then each cell as NAME_before and NAME_after, null where
    there is no such row; sorted by key. Both files are of today's migration, and nobody writes to them. is_everywhere: all plates are looked into."""
    with ExitStack() as stack:
        was, now = (stack.enter_context(closing(connect(path, read_only=True))) for path in (before, after))
        judge = stack.enter_context(closing(connect(None)))
        moved = list(_moved(was, now, is_everywhere))
        found: dict[str, list[pa.Table]] = {name: [] for name in COMPARED}
        for start in range(0, max(len(moved), 1), _AT_ONCE):
            some = moved[start : start + _AT_ONCE]
            asked = [[pair[place] for pair in some if pair[place]] for place in (0, 1)]
            for name, compared in _OF_PLATES.items():
                found[name].append(
                    _otherwise(judge, compared, _ask(was, compared, asked[0]), _ask(now, compared, asked[1]))
                )
        for name, compared in _OF_SUBJECTS.items():
            found[name].append(_otherwise(judge, compared, _ask(was, compared), _ask(now, compared)))
    return {name: pa.concat_tables(tables) for name, tables in found.items()}


def _moved(was: Connection, now: Connection, is_everywhere: bool) -> Iterator[tuple[str, str]]:
    """Assays, before and after, of runs of which something else stands; '' where none does."""
    text = _text(_STANDING)
    stood, stands = ({row[0]: row for row in con.execute(text).fetchall()} for con in (was, now))
    for run_id in sorted(stood.keys() | stands.keys()):
        pair = stood.get(run_id), stands.get(run_id)
        if is_everywhere or pair[0] != pair[1]:
            yield pair[0][1] if pair[0] else "", pair[1][1] if pair[1] else ""


def _ask(con: Connection, compared: HeldAgainst, assays: Sequence[str] | None = None) -> pa.Table:
    return con.execute(_text(compared.query), None if assays is None else [list(assays)]).to_arrow_table()


def _otherwise(judge: Connection, compared: HeldAgainst, was: pa.Table, now: pa.Table) -> pa.Table:
    """Rows of either of which a cell is another, or which the other has not."""
    shown = [_EITHER.format(name) for name in (*compared.key, *compared.beside)]
    shown += [_CELL.format(name) for name in compared.cells]
    same = " and ".join(f'was."{name}" is not distinct from now."{name}"' for name in compared.key)
    cells = [", ".join(f'{side}."{name}"' for name in compared.cells) for side in ("was", "now")]
    judge.register("was", was)
    judge.register("now", now)
    query = f"""
        select {", ".join(shown)} from was full join now on {same}
        where was.{compared.key[0]} is null or now.{compared.key[0]} is null or ({cells[0]}) is distinct from ({cells[1]})
        order by {", ".join(compared.key)}
    """
    try:
        return judge.execute(query).to_arrow_table()
    finally:
        judge.unregister("was")
        judge.unregister("now")


def _text(name: str) -> str:
    text = (QUERIES / f"{name}.sql").read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))
