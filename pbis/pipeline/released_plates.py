"""What the desk asks of the newest release about plates. A release never changes, so that an answer is kept for as long as it is the newest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pbis.config import load_site
from pbis.core.errors import PbisError, UsageError
from pbis.files.table_out import csv_rows
from pbis.pipeline.asked_once import AskedOnce
from pbis.pipeline.plate_page import page_of_plate
from pbis.pipeline.published import named_folder, published, published_file

Row = dict[str, Any]
_KEPT = 256  # answers: some hundred rows each, but for two lists; a morning's looking around
_Stamp = tuple[int, int, int]
Answer = TypeVar("Answer")
_LISTS = ("desk_plates", "desk_hashes", "desk_newest_decision")
_OF_A_PLATE = ("desk_wells", "desk_analytes")
# Question -> those that a page asks with it, which are answered together.
_TOGETHER = {name: asked for asked in (_LISTS, _OF_A_PLATE) for name in asked}


def plates_of(root: Path) -> tuple[Row, ...]:
    """Every plate that stands, latest reading first (queries/desk_plates.sql)."""
    return _asked(root, "desk_plates")


def specimens_of(root: Path) -> tuple[Row, ...]:
    """Which specimen, and whose, lies on which plate (queries/desk_specimens.sql)."""
    return _asked(root, "desk_specimens")


def result_hashes_of(root: Path) -> dict[tuple[str, int], str]:
    """Run and plate number -> hash of the plate's results, verdicts and limits, by which its review holds or is stale."""
    return {(row["run_id"], row["plate_number"]): row["result_hash"] for row in _asked(root, "desk_hashes")}


def earlier_names_of(root: Path) -> dict[str, tuple[str, ...]]:
    """Run -> what decisions call the exports with other readings that it replaced; only of runs that replaced such. A release of a build that
    did not tell them has none: until the next night its plates are shown as that build showed them."""
    try:
        told = _asked(root, "desk_earlier_exports")
    except UsageError:
        return {}
    return {row["run_id"]: tuple(row["names"]) for row in told}


def plate_of(root: Path, run_id: str, number: int) -> Row:
    """The plate's row. UsageError where it does not stand."""
    found = newest(root, _by_key).get((run_id, number))
    if found is None:
        raise UsageError(f"no plate {number} of run {run_id[:12]} stands today; the list of plates has those that do")
    return found


def basis_of(root: Path, run_id: str, number: int) -> str:
    """What the plate was computed from beside its file and decisions, by one name (queries/desk_basis.sql); '' where the release does not tell it."""
    try:
        rows = _asked(root, "desk_basis", run_id, number)
    except UsageError:  # an earlier build published it
        return ""
    return hashlib.sha256(rows[0]["basis"].encode()).hexdigest() if rows else ""


def wells_of(root: Path, run_id: str, number: int) -> tuple[Row, ...]:
    """Its wells in reading order (queries/desk_wells.sql)."""
    return _asked(root, "desk_wells", run_id, number)


def analytes_of(root: Path, run_id: str, number: int) -> tuple[Row, ...]:
    """Its analytes with their verdicts (queries/desk_analytes.sql)."""
    return _asked(root, "desk_analytes", run_id, number)


def flags_of(root: Path, run_id: str, number: int) -> tuple[Row, ...]:
    """Findings that take results of it away (queries/desk_flags.sql)."""
    return _asked(root, "desk_flags", run_id, number)


def results_of(root: Path, run_id: str, number: int) -> tuple[Row, ...]:
    """Its results, as a file of them has them (queries/desk_plate_results.sql)."""
    return _asked(root, "desk_plate_results", run_id, number)


def points_of(root: Path, run_id: str, number: int) -> tuple[Row, ...]:
    """Its places on control charts (queries/desk_points.sql)."""
    return _asked(root, "desk_points", run_id, number)


def charts_of(root: Path) -> tuple[Row, ...]:
    """Control charts: analyte, control and lot (queries/desk_charts.sql)."""
    return _asked(root, "desk_charts")


def lot_levels_of(root: Path) -> tuple[Row, ...]:
    """Pooled curves of lots (queries/desk_lot_levels.sql)."""
    return _asked(root, "desk_lot_levels")


def bridge_readings_of(root: Path) -> tuple[Row, ...]:
    """Readings of specimens that two lots of a kit read: frames.BRIDGE."""
    return _asked(root, "desk_bridge")


def newest_decision(root: Path) -> int:
    """Number of the latest decision that the newest release was made with; 0 for none."""
    return int(_asked(root, "desk_newest_decision")[0]["sequence"])


def page_of(root: Path, plate: Row) -> Path | None:
    """The plate's page as the night wrote it, to which its index leads; None between a release and the pages of it, which come next."""
    named = (plate["plate"], plate["plate_number"], plate["run_id"], plate["assay_id"])
    return page_of_plate(load_site(root), *named)


def as_csv(rows: list[Row], names: tuple[str, ...]) -> str:
    """Rows as CSV that a spreadsheet cannot be tricked by."""
    return csv_rows(names, ([row[name] for name in names] for row in rows))


def as_workbook(rows: list[Row], names: tuple[str, ...], sheet: str) -> bytes:
    """The same as a workbook."""
    from pbis.files.sheets_out import workbook

    return workbook({sheet: [names, *([row[name] for name in names] for row in rows)]})


ABOUT_A_PLATE = ("desk_plates", "desk_curves", "desk_analytes", "desk_curve_levels", "desk_results")


def all_about(root: Path, run_id: str, number: int, release: str = "") -> dict[str, tuple[Row, ...]]:
    """Query of ABOUT_A_PLATE -> its rows in a release, the newest or the one named. UsageError where there is no such release."""
    if not release:
        return {name: _asked(root, name, *_about(name, run_id, number)) for name in ABOUT_A_PLATE}
    manifest = named_folder(root, release) / "manifest.json"
    return _in_release(root, release, manifest.stat().st_mtime_ns if manifest.exists() else 0, run_id, number)


def _about(name: str, run_id: str, number: int) -> tuple[str, int]:
    return ("", 0) if name == "desk_plates" else (run_id, number)


@lru_cache(maxsize=16)  # an older release is made of its parts first, which takes a second or two
def _in_release(root: Path, release: str, stamp: int, run_id: str, number: int) -> dict[str, tuple[Row, ...]]:
    with published(root, release) as path:
        return {name: _rows(path, (stamp, 0, 0), name, *_about(name, run_id, number)) for name in ABOUT_A_PLATE}


def releases_of(root: Path) -> list[str]:
    """Names of the releases that are kept, the newest first."""
    import warehouse

    return [folder.name for folder in reversed(warehouse.release_folders(load_site(root).path("releases")))]


def _asked(root: Path, name: str, run_id: str = "", number: int = 0) -> tuple[Row, ...]:
    return newest(root, lambda path, stamp: _rows(path, stamp, name, run_id, number))


def newest(root: Path, ask: Callable[[Path, _Stamp], Answer]) -> Answer:
    """What the newest release answers, given its database and what tells it from another under its name: where consent was withdrawn, a
    release is made anew. A night that publishes takes the database of the release before away: who was about to open it asks the newer one."""
    while True:
        path = published_file(root).resolve()
        try:
            at = path.stat()
            return ask(path, (at.st_ino, at.st_mtime_ns, at.st_size))
        except (OSError, PbisError):
            if path.exists():
                raise


def _rows(path: Path, stamp: _Stamp, name: str, run_id: str, number: int) -> tuple[Row, ...]:
    def answer(*asked: str) -> tuple[Row, ...]:
        return _ANSWERS.of((path, stamp, asked, run_id, number), lambda: _answers(path, asked, run_id, number))[name]

    try:
        return answer(*_TOGETHER.get(name, (name,)))
    except UsageError:  # an earlier build published it without one of them, which need not be this one
        return answer(name)


_ANSWERS: AskedOnce[dict[str, tuple[Row, ...]]] = AskedOnce(_KEPT)


def _answers(path: Path, names: tuple[str, ...], run_id: str, number: int) -> dict[str, tuple[Row, ...]]:
    from warehouse.asking import ask_together

    about = {"run": run_id, "number": number} if run_id else {}
    return {name: tuple(table.to_pylist()) for name, table in ask_together(path, dict.fromkeys(names, about)).items()}


@lru_cache(maxsize=2)
def _by_key(path: Path, stamp: _Stamp) -> dict[tuple[str, int], Row]:
    return {(row["run_id"], row["plate_number"]): row for row in _rows(path, stamp, "desk_plates", "", 0)}
