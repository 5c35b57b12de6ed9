"""A night built by hand: plates of known concentrations, scatter and counts, as the frames that checks look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core import frames
from pbis.core.measures.qc import CheckFrames
from pbis.core.plates.panel import Panel, PanelAnalyte
from pbis.core.plates.plate import Run

LEVELS = 3.2 * 4.0 ** np.arange(7)
TOP, BOTTOM, EC50 = 20_000.0, 15.0, 800.0
CONTROL = {"Control1": 60.0, "Control2": 900.0}
STARTED = datetime(2026, 3, 2, 20, 0)


@dataclass
class Night:
    """Columns of `result` (wells in pairs down the columns of a 96-well plate) and rows of the small tables; edit, then build."""

    result: dict[str, np.ndarray]
    curve: list[dict[str, Any]]
    level: list[dict[str, Any]]
    reagent: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    lot: list[dict[str, Any]]
    run: list[Run]
    panels: dict[str, Panel | None]
    comments: dict[tuple[str, str, str], str] = field(default_factory=dict)
    trimmed: dict[tuple[str, str, str], float] = field(default_factory=dict)  # beads left, of (run, well, analyte)
    misplaced: dict[tuple[str, str], str] = field(default_factory=dict)  # block, of (run, analyte)
    wells: list[tuple[dict[str, Any], dict[str, Any]]] = field(
        default_factory=list
    )  # values, and the wells that get them

    def rows(self, **wanted: Any) -> np.ndarray:
        """Mask of result rows with these values."""
        mask = np.ones(len(self.result["well"]), bool)
        for name, value in wanted.items():
            mask &= np.isin(self.result[name], value if isinstance(value, list | tuple) else [value])
        return mask

    def put(self, column: str, value: Any, **wanted: Any) -> None:
        """Set a column of the rows, to one value or to one value a row."""
        if self.result[column].dtype.kind == "U":
            self.result[column] = self.result[column].astype(object)
        self.result[column][self.rows(**wanted)] = value

    def scale(self, factor: Any, **wanted: Any) -> None:
        """Multiply MFI and concentration of the rows."""
        mask = self.rows(**wanted)
        self.result["mfi"][mask] *= factor
        self.result["concentration"][mask] *= factor

    def swap(self, one: str, other: str) -> None:
        """Exchange what was read in two wells of every plate."""
        for name in ("mfi", "concentration"):
            values = self.result[name]
            a, b = np.flatnonzero(self.rows(well=one)), np.flatnonzero(self.rows(well=other))
            values[a], values[b] = values[b].copy(), values[a].copy()

    def edit(self, rows: list[dict[str, Any]], values: dict[str, Any], **wanted: Any) -> None:
        for row in rows:
            if all(row[name] == value for name, value in wanted.items()):
                row.update(values)

    def build(self) -> CheckFrames:
        result = {name: _nulled(values) for name, values in self.result.items()}
        table = partial(frames.RESULT, result)
        return CheckFrames(
            result=table,
            curve=_table(frames.CURVE, self.curve),
            level=_table(frames.LEVEL, self.level),
            reading=self._reading(table),
            well=self._well(table),
            reagent=_table(frames.REAGENT, self.reagent),
            calibration=_table(frames.CALIBRATION, self.calibration),
            lot=_table(frames.LOT, self.lot),
            analyte=self._analyte(table),
            run=tuple(self.run),
            assay_of_run={run.run_id: run.run_id.replace("r", "a") for run in self.run},
            panels=self.panels,
        )

    def _analyte(self, result: pa.Table) -> pa.Table:
        rows = _analyte_rows(result)
        for row in rows:
            row["misplaced_in"] = self.misplaced.get((row["run_id"], row["analyte_reported"]))
        return _table(frames.ANALYTE, rows)

    def _well(self, result: pa.Table) -> pa.Table:
        rows = _well_rows(result)
        for values, wanted in self.wells:
            self.edit(rows, values, **wanted)
        return _table(frames.WELL, rows)

    def _reading(self, result: pa.Table) -> pa.Table:
        same = ("run_id", "plate_number", "well", "analyte_reported", "source_line", "mfi", "bead_count")
        columns = {name: result.column(name) for name in same}
        keys = zip(*(columns[name].to_pylist() for name in ("run_id", "well", "analyte_reported")), strict=True)
        keys = list(keys)
        columns["comment"] = [self.comments.get(key) for key in keys]
        columns["trimmed_count"] = [self.trimmed.get(key) for key in keys]
        columns["location"] = [f"1(1,{well})" for well in columns["well"].to_pylist()]
        return partial(frames.READING, columns)


@pytest.fixture(scope="session", name="make_night")
def _make_night() -> Callable[..., Night]:
    return make_night


def make_night(
    plates: int = 1, analytes: int = 7, seed: int = 1, cv: float = 0.05, samples: int = 38, is_alike: bool = False
) -> Night:
    """A good night: 2 background, 7 levels, 2 controls and `samples` specimens, all in duplicate, with `cv` scatter.

    is_alike: every plate has the scatter and the beads of the first, so that one more plate changes nothing in the others.
    """
    rng = np.random.default_rng(seed)
    names = ["IL-2", "IL-12p70", *(f"AN-{i + 1}" for i in range(2, analytes))][:analytes]
    roles, groups, labels, conc, level = _wells(rng, samples)
    wells = [f"{'ABCDEFGH'[i % 8]}{i // 8 + 1}" for i in range(len(roles))]
    size, count = len(wells), analytes * plates * len(wells)
    dose = np.stack([conc * (1 if k == 0 else rng.uniform(0.7, 1.4)) for k in range(analytes)], axis=1)
    sample = np.array([role == "unknown" for role in roles])
    dose = np.where(sample[:, None], dose, conc[:, None])
    drawn = (1 if is_alike else plates, size, analytes)
    repeated = lambda values: np.tile(values, (plates // drawn[0], 1, 1))  # noqa: E731
    noisy = np.tile(dose, (plates, 1, 1)) * np.exp(repeated(rng.normal(0, cv, drawn)))
    mfi = BOTTOM * np.exp(repeated(rng.normal(0, 0.05, drawn))) + TOP * noisy / (noisy + EC50)
    back = np.where(dose > 0, EC50 * (mfi - BOTTOM) / (TOP - (mfi - BOTTOM)), np.nan)
    back[np.ix_(np.arange(plates), sample, np.arange(analytes) < 2)] *= 0.01  # plausible for these two
    runs = np.repeat([f"r{p}" for p in range(plates)], size * analytes)
    per_well = lambda values: np.tile(np.repeat(np.array(values), analytes), plates)  # noqa: E731
    result = {
        "assay_id": np.array([run.replace("r", "a") for run in runs.tolist()]),
        "run_id": runs,
        "plate": np.array([f"plate {run}" for run in runs.tolist()]),
        "plate_number": np.ones(count, np.int64),
        "well": per_well(wells),
        "sample_label": per_well(labels),
        "well_role": per_well(roles),
        "replicate_group": per_well(groups),
        "standard_level": per_well(level),
        "specimen_id": np.where(per_well(roles) == "unknown", per_well(groups), None),
        "analyte": np.tile(names, plates * size),
        "analyte_reported": np.tile(names, plates * size),
        "bead_region": np.tile([str(20 + i) for i in range(analytes)], plates * size),
        "mfi": np.round(mfi.ravel(), 1),
        "bead_count": repeated(rng.poisson(90, drawn)).ravel().clip(60).astype(float),
        "dilution_factor": np.where(np.isin(per_well(roles), ["unknown", "qc_control"]), 1.0, np.nan),
        "concentration": back.ravel(),
        "concentration_op": np.where(np.isnan(back.ravel()), None, "="),
        "concentration_bound": np.full(count, np.nan),
        "unit": np.full(count, "pg/mL"),
        "status": np.where(np.isnan(back.ravel()), "BACKGROUND", "QUANT"),
        "expected_concentration": np.where(
            np.isin(per_well(roles), ["standard", "qc_control"]), per_well(conc), np.nan
        ),
        "result_reported": back.ravel().copy(),
        "result_reported_op": np.where(np.isnan(back.ravel()), None, "="),
        "unit_reported": np.full(count, "pg/mL"),
        "method": np.full(count, "robust"),
        "method_version": np.full(count, "1"),
        "source_line": np.tile(np.repeat(np.arange(50, 50 + size), analytes), plates),
    }
    run_ids = [f"r{p}" for p in range(plates)]
    panel = Panel("test", "test", tuple(PanelAnalyte(n, "pg/mL", str(20 + i)) for i, n in enumerate(names)))
    return Night(
        result,
        [_curve(r, n) for r in run_ids for n in names],
        [_level(r, n, k) for r in run_ids for n in names for k in range(8)],
        [_reagent(r, n, label) for r in run_ids for n in names for label in CONTROL],
        [_calibration(r, i) for r in run_ids for i in range(2)],
        [_lot(r) for r in run_ids],
        [replace(RUN, run_id=r, batch=f"plate {r}") for r in run_ids],
        dict.fromkeys(run_ids, panel),
    )


RUN = Run(
    "r0", "x.csv", 1, "xponent", instrument_serial="LX1", started_at=STARTED, protocol_name="Cytokines", reporter_gain="Standard PMT",
)  # fmt: skip


def _wells(rng: np.random.Generator, samples: int) -> tuple[list[str], list[str], list[str], np.ndarray, np.ndarray]:
    kinds = [("background", "Background0", 0.0, np.nan)]
    kinds += [("standard", f"Standard{k + 1}", float(LEVELS[k]), k + 1) for k in range(7)]
    kinds += [("qc_control", name, value, np.nan) for name, value in CONTROL.items()]
    kinds += [("unknown", f"S{i + 1:02d}", float(np.exp(rng.uniform(4, 8))), np.nan) for i in range(samples)]
    twice = [kind for kind in kinds for _ in range(2)]
    roles, groups, conc, level = (list(column) for column in zip(*twice, strict=True))
    return roles, groups, groups, np.array(conc), np.array(level)


def _curve(run: str, name: str) -> dict[str, Any]:
    own = {
        "assay_id": run.replace("r", "a"),
        "run_id": run,
        "plate": f"plate {run}",
        "plate_number": 1,
        "analyte": name,
    }
    fit = {"method": "robust", "method_version": "1", "model": "5PL", "response": "mfi", "ec50": EC50, "unit": "pg/mL"}
    shape = {"level_count": 7, "point_count": 16, "lowest_standard": LEVELS[0], "highest_standard": LEVELS[-1]}
    state = {
        "passing_levels": 7,
        "required_levels": 7,
        "required_passing": 7,
        "is_converged": True,
        "hook_level": None,
        "status": "pass",
        "reasons": None,
    }
    return {**own, "analyte_reported": name, **fit, **shape, **state, "lloq": LEVELS[0], "uloq": LEVELS[-1]}


def _level(run: str, name: str, k: int) -> dict[str, Any]:
    dose = float(LEVELS[k - 1]) if k else 0.0
    fitted = BOTTOM + TOP * dose / (dose + EC50)
    own = {
        "assay_id": run.replace("r", "a"),
        "run_id": run,
        "plate_number": 1,
        "analyte": name,
        "analyte_reported": name,
    }
    seen = {"well_count": 2, "mean_mfi": fitted * (1.01, 0.99)[k % 2], "cv_pct": 3.0, "fitted_mfi": fitted}
    said = {"recovery_pct": 101.0 if k else None, "is_used": True, "is_in_range": k > 0}
    label = f"Standard{k}" if k else "Background0"
    return {**own, "standard_level": k, "reagent_label": label, "expected_concentration": dose, **seen, **said}


def _reagent(run: str, name: str, label: str) -> dict[str, Any]:
    value = CONTROL[label]
    own = {"run_id": run, "reagent_label": label, "reagent_kind": "qc_control", "analyte_reported": name}
    return {**own, "expected_concentration": value, "range_low": 0.6 * value, "range_high": 1.5 * value}


def _calibration(run: str, i: int) -> dict[str, Any]:
    name, kind = (("Last CAL Calibration", "calibration"), ("Last VER Verification", "verification"))[i]
    at = datetime(2026, 3, 2, 9, i)
    own = {"run_id": run, "source_line": 25 + i, "name": name, "kind": kind}
    return {**own, "state": "passed", "performed_at": at, "value": "Passed"}


def _lot(run: str) -> dict[str, Any]:
    own = {"run_id": run, "source_line": 30, "lot_kind": "calibrator", "label": "Calibrator", "lot_number": "B1"}
    return {**own, "expires_on": date(2026, 12, 1), "machine_serial": "LX1", "result": "Pass"}


def _table(spec: Any, rows: list[dict[str, Any]]) -> pa.Table:
    return spec.table({name: [row.get(name) for row in rows] for name in spec.names})


def _well_rows(result: pa.Table) -> list[dict[str, Any]]:
    names = ["run_id", "plate_number", "well", "sample_label", "well_role", "replicate_group", "standard_level"]
    rows: list[dict[str, Any]] = result.select(names).group_by(names, use_threads=False).aggregate([]).to_pylist()
    for row in rows:
        named = row["well_role"] in ("standard", "qc_control")
        row |= {"role_source": "layout", "reagent_label": row["replicate_group"] if named else None}
    return rows


def _analyte_rows(result: pa.Table) -> list[dict[str, Any]]:
    names = ["run_id", "analyte_reported"]
    rows = result.select(names).group_by(names, use_threads=False).aggregate([]).to_pylist()
    return [{**row, "position": i + 1, "unit_reported": "pg/mL"} for i, row in enumerate(rows)]


def _nulled(values: np.ndarray) -> Any:
    if values.dtype.kind == "f":
        return pa.array(values, pa.float64(), from_pandas=True)
    return pa.array(values.tolist())
