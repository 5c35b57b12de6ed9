"""Join and score: clinical laboratory rows and plates as stored, to scores under every cut-off set.

python bench/join.py [LAB_ROWS] [PATIENTS]      1000000 and 10000 by default; the target is 10 s and 2 GB

Every patient has a treatment start, draws before and after it, a specimen on a plate (two wells, seven analytes), and lab rows
of which some are preliminary, corrected, cancelled, sent again or of no interest to the score.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pbis.core import frames
from pbis.core.frames.model import FrameSpec
from pbis.core.scoring.score import score
from pbis.scores import load_sets
from warehouse import ClinicalLoad, connect, load_clinical, migrate, result_hashes, score_input
from warehouse.append import append, append_row
from warehouse.tables import TABLES

NOON = datetime(2026, 3, 1, 12)
START = np.datetime64("2026-01-05T09:00", "us")
HOUR = np.timedelta64(3_600_000_000, "us")
ANALYTES = ("neutrophils", "lymphocytes", "crp", "afp", "albumin")
UNITS = ("10*9/L", "10*9/L", "mg/dL", "ng/mL", "g/L")
PLEX = ("IFN-gamma", "IL-10", "IL-12p70", "IL-17A", "IL-2", "IL-6", "TNF")
WELLS = 80  # samples on a plate, each in two wells
STATUSES = ("final", "corrected", "preliminary", "cancelled")


def main() -> None:
    """Print one table."""
    rows, patients = (int(word) for word in (*sys.argv[1:3], *("1000000", "10000")[len(sys.argv[1:3]) :]))
    with tempfile.TemporaryDirectory() as folder:
        con = connect(Path(folder) / "join.duckdb")
        migrate(con)
        rng = np.random.default_rng(6)
        _timed("store", lambda: _store(con, rng, rows, patients))
        con.execute("checkpoint")
        con.close()
        idle = _peak_mb()
        con = connect(Path(folder) / "join.duckdb")
        inputs, joined = _timed("join", lambda: score_input(con))
        sets = tuple(load_sets().values())
        scored, decided = _timed("score", lambda: score(inputs, sets, sets[0].name))
        print(f"{rows} lab rows, {patients} patients: {inputs.num_rows} inputs, {scored.score.num_rows} scores")
        print(f"joined and scored in {joined + decided:.1f} s; peak memory {_peak_mb():.0f} MB ({idle:.0f} MB before)")
        with_value = sum(reason is None for reason in inputs["reason"].to_pylist())
        print(f"{with_value} inputs have a value; hash {_hash(con, inputs)}")


def _timed(name: str, work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - begun
    print(f"  {name:<10}{seconds:7.2f} s")
    return done, seconds


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _hash(con: Any, inputs: pa.Table) -> str:
    """The inputs as the warehouse hashes them, so that two versions of the views can be compared."""
    append(con, "score_input", inputs, night_id="bench")
    _append_row(con, "night", {"night_id": "bench", "sequence": 1, "started_at": NOON})
    return result_hashes(con)["score_input"][:16]


def _store(con: Any, rng: np.random.Generator, rows: int, patients: int) -> None:
    subjects = [f"P{number:05d}" for number in range(patients)]
    starts = START + HOUR * 24 * rng.integers(0, 300, patients)
    drawn = starts - HOUR * rng.integers(1, 220, patients)
    _clinical(con, "treatments", "treatment", frames.TREATMENT, subject_id=subjects, cohort=["derivation"] * patients,
              started_at=starts, has_time=[True] * patients)  # fmt: skip
    _clinical(con, "specimens", "specimen", frames.SPECIMEN, specimen_id=[f"S{s}" for s in subjects],
              subject_id=subjects, collected_at=drawn, has_time=[True] * patients)  # fmt: skip
    _clinical(con, "labs", "lab", frames.LAB, **_labs(rng, rows, subjects, starts))
    for first in range(0, patients, WELLS):
        _plate(con, rng, first // WELLS, [f"S{s}" for s in subjects[first : first + WELLS]])


def _labs(rng: np.random.Generator, rows: int, subjects: list[str], starts: np.ndarray) -> dict[str, Any]:
    """Draws around the start, five analytes each; about one row in twelve is another version of the row before it."""
    patients = len(subjects)
    version = np.cumsum(rng.random(rows) > 0.08) - 1
    draw = version // len(ANALYTES)
    who, turn = draw % patients, draw // patients
    at = starts[who] + HOUR * ((who * 7 + turn * 53) % 900 - 600)
    analyte = version % len(ANALYTES)
    values = np.round(rng.lognormal(1.0, 0.8, rows), 2)
    same = rng.random(rows) < 0.5  # half of the versions repeat the value
    values[1:] = np.where((version[1:] == version[:-1]) & same[1:], values[:-1], values[1:])
    return {
        "subject_id": pa.array(subjects).take(pa.array(who)),
        "specimen_id": pa.array([f"A{number:07d}" for number in range(int(draw.max()) + 1)]).take(pa.array(draw)),
        "analyte": pa.array(ANALYTES).take(pa.array(analyte)),
        "code": pa.array(ANALYTES).take(pa.array(analyte)),
        "order_id": pa.array([f"F{number:07d}" for number in range(int(draw.max()) + 1)]).take(pa.array(draw)),
        "value_op": pa.array(["=", "<"]).take(pa.array((rng.random(rows) < 0.03).astype(np.int64))),
        "value_text": pa.array([f"{value:.2f}" for value in values]),
        "unit": pa.array(UNITS).take(pa.array(analyte)),
        "status": pa.array(STATUSES).take(pa.array(rng.choice(4, rows, p=(0.9, 0.04, 0.04, 0.02)))),
        "collected_at": at,
        "has_time": [True] * rows,
        "resulted_at": at + HOUR * rng.integers(1, 20, rows),
    }


def _clinical(con: Any, kind: str, attribute: str, spec: FrameSpec, **columns: Any) -> None:
    count = len(columns["subject_id"])
    columns |= {"file_id": [kind] * count, "source_line": range(2, count + 2)}
    frame = spec.table(columns, absent=[name for name in spec.names if name not in columns])
    load_clinical(con, ClinicalLoad(kind, kind, kind, f"{kind}.csv", "s", "1", "night", NOON, **{attribute: frame}))


def _plate(con: Any, rng: np.random.Generator, number: int, specimens: list[str]) -> None:
    """One run and its assay, as rows of the tables that the join reads."""
    run_id, assay_id = f"run{number:04d}", f"assay{number:04d}"
    sequence = {"sequence": number + 1, "night_id": "night"}
    names = ("file_name", "format", "encoding", "delimiter", "decimal_mark", "crc_state")
    _append_row(con, "run", {"run_id": run_id, "loaded_at": NOON, "plate_key": run_id, "byte_count": 1, "plate_count": 1,
                            "is_resaved": False, "batch": run_id, **sequence, **dict.fromkeys(names, "x")})  # fmt: skip
    names = ("method", "profile", "suite_hash", "config_hash", "code_version")
    _append_row(con, "assay", {"assay_id": assay_id, "run_id": run_id, "assayed_at": NOON, **sequence, **dict.fromkeys(names, "x")})  # fmt: skip
    _append_row(con, "assay_selection", {"run_id": run_id, "assay_id": assay_id, **sequence})
    places = [(f"{well}", specimen) for well, specimen in enumerate(np.repeat(specimens, 2).tolist())]
    _wells(con, run_id, assay_id, places)
    _results(con, rng, run_id, assay_id, places)


def _wells(con: Any, run_id: str, assay_id: str, places: list[tuple[str, str]]) -> None:
    columns = {"run_id": run_id, "plate_number": 1, "well_role": "unknown", "role_source": "layout"}
    _append(
        con,
        "well",
        [{**columns, "well": well, "specimen_id": specimen, "replicate_group": specimen} for well, specimen in places],
        assay_id,
    )
    curve = {"run_id": run_id, "assay_id": assay_id, "plate": run_id, "plate_number": 1, "method": "robust"}
    curve |= {
        "method_version": "1",
        "model": "5PL",
        "response": "mfi",
        "lloq": 3.2,
        "uloq": 10000.0,
        "level_count": 7,
        "point_count": 14,
        "passing_levels": 7,
        "is_converged": True,
        "unit": "pg/mL",
        "status": "pass",
    }
    _append(con, "curve", [{**curve, "analyte": name, "analyte_reported": name} for name in PLEX], assay_id)


def _results(con: Any, rng: np.random.Generator, run_id: str, assay_id: str, places: list[tuple[str, str]]) -> None:
    result, state = [], []
    for well, specimen in places:
        for name in PLEX:
            value = float(rng.lognormal(2.0, 1.0))
            is_low, key = value < 3.2, {"assay_id": assay_id, "plate_number": 1, "well": well, "analyte": name}
            says = {"concentration": None if is_low else value, "concentration_op": "<" if is_low else "="}
            says |= {"concentration_bound": 3.2 if is_low else None, "status": "BELOW_LLOQ" if is_low else "QUANT"}
            result.append({**key, **says, "run_id": run_id, "plate": run_id, "analyte_reported": name, "unit": "pg/mL",
                           "well_role": "unknown", "replicate_group": specimen, "specimen_id": specimen, "dilution_factor": 1.0, "method": "robust",
                           "method_version": "1", "source_line": 1, "ci_low": 0.9 * value, "ci_high": 1.1 * value})  # fmt: skip
            is_good = rng.random() > 0.02
            state.append({**key, "run_id": run_id, "qc_state": "pass" if is_good else "fail", "reportable": is_good})
    _append(con, "result", result, assay_id)
    _append(con, "reading_state", state, assay_id)


def _append(con: Any, name: str, rows: list[dict[str, Any]], assay_id: str) -> None:
    names = TABLES[name].names
    stated = [{"assay_id": assay_id, **row} if "assay_id" in names else row for row in rows]
    columns = {key: [row.get(key) for row in stated] for key in names}
    append(con, name, TABLES[name].table(columns))


def _append_row(con: Any, name: str, row: dict[str, Any]) -> None:
    append_row(con, name, {**dict.fromkeys(TABLES[name].names), **row})


if __name__ == "__main__":
    main()
