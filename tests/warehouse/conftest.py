"""A small laboratory for the join rules: specimens, plates, labs and treatment starts written as tables a person can read."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builders import built, changed, declared, research, template
from partial_frames import partial

from pbis.core import frames
from pbis.core.plates.plate import PlateRead
from warehouse import ClinicalLoad, PlateLoad, Provenance, connect, load_clinical, load_plate, score_input

NOON = datetime(2026, 3, 1, 12)
OPERATORS = ("<=", ">=", "<", ">")


def sha(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def rows(text: str) -> list[dict[str, str | None]]:
    """A table drawn with bars: the first line names the columns; an empty cell is None."""
    lines = [[cell.strip() for cell in line.strip().split("|")] for line in text.strip().splitlines()]
    return [{name: cell or None for name, cell in zip(lines[0], line, strict=True)} for line in lines[1:]]


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def split(value: str) -> tuple[str, str]:
    """'<3.2' -> ('<', '3.2'); a plain number is '='."""
    op = next((sign for sign in OPERATORS if value.startswith(sign)), "")
    return op or "=", value[len(op) :]


def columns(table: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in table] for name in table[0]} if table else {}


@dataclass
class Lab:
    """Loads small tables and answers what the score would take."""

    con: duckdb.DuckDBPyConnection
    counter: dict[str, int] = field(default_factory=dict)
    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def next(self, what: str) -> int:
        self.known = {}  # whatever is loaded next may change every answer
        self.counter[what] = self.counter.get(what, 0) + 1
        return self.counter[what]

    def clinical(self, kind: str, attribute: str, spec: Any, table: list[dict[str, Any]]) -> str:
        number = self.next("file")
        file_id = sha("file", number)
        stated = [{"file_id": file_id, "source_line": line, **row} for line, row in enumerate(table, 2)]
        frame = partial(spec, columns(stated))
        load = ClinicalLoad(sha("import", number), file_id, kind, f"{kind}{number}.csv", "settings", "1", "night", NOON)
        load_clinical(self.con, ClinicalLoad(**{**load.__dict__, attribute: frame}))
        return file_id

    def treatments(self, text: str) -> None:
        """subject | started"""
        table = [
            {"subject_id": r["subject"], "cohort": "derivation", "started_at": moment(r["started"])}
            | {"has_time": len(r["started"] or "") > 10}
            for r in rows(text)
        ]
        self.clinical("treatments", "treatment", frames.TREATMENT, table)

    def specimens(self, text: str) -> None:
        """specimen | subject | drawn, and optionally reason | material"""
        table = [
            {"specimen_id": r["specimen"], "subject_id": r["subject"], "collected_at": moment(r["drawn"])}
            | {"has_time": len(r["drawn"] or "") > 10, "reason": r.get("reason"), "material": r.get("material")}
            for r in rows(text)
        ]
        self.clinical("specimens", "specimen", frames.SPECIMEN, table)

    def labs(self, text: str) -> str:
        """subject | analyte | specimen | drawn | value, and optionally status | issued | reason | order"""
        table = []
        for r in rows(text):
            op, value = split(r["value"]) if r["value"] else (None, None)
            table.append(
                {"subject_id": r["subject"], "analyte": r["analyte"], "specimen_id": r["specimen"], "unit": "u"}
                | {"collected_at": moment(r["drawn"]), "has_time": len(r["drawn"] or "") > 10}
                | {"value_op": op, "value_text": value, "status": r.get("status") or "final"}
                | {"resulted_at": moment(r.get("issued")), "reason": r.get("reason")}
                | {"order_id": r.get("order"), "code": r["analyte"]}
            )
        return self.clinical("labs", "lab", frames.LAB, table)

    def plate(self, text: str, **run: Any) -> PlateLoad:
        """specimen | analyte | value, and optionally dilution | qc | reach. A value is a number, <bound, >bound or a status."""
        load = plate_load(self.next("plate"), rows(text), **run)
        load_plate(self.con, load)
        return load

    def inputs(self) -> dict[tuple[str, str], dict[str, Any]]:
        if not self.known:
            table = score_input(self.con).to_pylist()
            self.known = {(row["subject_id"], row["measure"]): row for row in table}
        return self.known

    def answer(self, measure: str, subject: str = "P1") -> str:
        """'=7.5' or the reason."""
        row = self.inputs()[subject, measure]
        assert (row["reason"] is None) == (row["value_text"] is not None), row
        return row["reason"] or f"{row['value_op']}{row['value_text']}"


@dataclass
class Cases:
    """A table of cases in one warehouse: each case is a subject of its own, so that all are joined in one go."""

    lab: Lab
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> str:
        """The case's subject."""
        self.names.append(name)
        return f"P{len(self.names)}"

    def answers(self, *measures: str) -> dict[str, Any]:
        """Name of the case -> its answer, a tuple where several measures are asked for."""
        found = {}
        for number, name in enumerate(self.names, 1):
            asked = tuple(self.lab.answer(measure, f"P{number}") for measure in measures)
            found[name] = asked[0] if len(asked) == 1 else asked
        return found


STATUS = {"=": "QUANT", "<": "BELOW_LLOQ", ">": "ABOVE_ULOQ"}
UNASKED = ("header", "calibration", "summary", "event", "block", "warning")  # no join looks at them
OF_ANALYTES = ("analyte", "reagent")


def plate_load(
    number: int, table: list[dict[str, str | None]], *, mfi: float | None = None, **header: Any
) -> PlateLoad:
    """A simulated plate of which the table says the wells, a well a row, and what was found in them. Its MFIs are its own."""
    mfi = 100.0 + number / 100 if mfi is None else mfi
    content = sha("run", number, *[tuple(r.items()) for r in table], mfi, *header.items())
    run = replace(built(samples=2).read.run, run_id=content, **(_header(number) | header))
    keys = {"run_id": run.run_id, "plate_number": 1}
    assay = keys | {"assay_id": sha("assay", run.run_id), "plate": run.batch or "unnamed"}
    made = [_reading(index, row, mfi) for index, row in enumerate(table)]
    analytes = [{"analyte": name, "analyte_reported": name} for name in sorted({str(r["analyte"]) for r in table})]
    rows = {name: [one[name] for one in made] for name in ("reading", "well", "result", "reading_state")}
    rows["well"] = list({row["well"]: row for row in rows["well"]}.values())
    rows |= {
        name: [like | one for one in analytes for like in template()[name]] for name in (*OF_ANALYTES, "curve", "level")
    }
    return PlateLoad(
        read=PlateRead(
            run,
            **{name: declared(name, rows[name], keys) for name in ("reading", *OF_ANALYTES)},
            lot=changed(built(samples=2).read.lot, {"run_id": run.run_id}),
            **{name: getattr(frames, name.upper()).empty() for name in UNASKED},
        ),
        assay_id=assay["assay_id"],
        provenance=Provenance("robust", "research", "suite", "config", "1", research()),
        **{name: declared(name, rows[name], assay) for name in ("well", "result", "curve", "level", "reading_state")},
        finding=frames.FINDING.empty(),
        analyte_verdict=frames.ANALYTE_VERDICT.empty(),
        plate_verdict=frames.PLATE_VERDICT.empty(),
        night_id="night",
        loaded_at=NOON,
    )


def _header(number: int) -> dict[str, Any]:
    """What tells plates apart, and the people and machines whom no release may name."""
    own = {"file_name": f"plate{number}.csv", "batch": f"B{number}", "started_at": datetime(2026, 2, number)}
    who = {"instrument_serial": "LX200-1", "operator": "Olga Operator", "computer_name": "LAB-PC-7"}
    return own | who | {"exported_at": None}


def _reach(text: str | None, concentration: float | None) -> dict[str, float | None]:
    """The interval of a reading: 'low high' or 'low -' where the table says it, else 10 % to both sides of a number."""
    if text is None:
        return {"ci_low": concentration and concentration * 0.9, "ci_high": concentration and concentration * 1.1}
    low, high = text.split()
    return {"ci_low": float(low), "ci_high": None if high == "-" else float(high)}


def _reading(index: int, row: dict[str, str | None], mfi: float) -> dict[str, dict[str, Any]]:
    """The rows of one well: those of the template, but for what the table says."""
    text = row["value"] or ""
    op, number = split(text)
    is_value = number.replace(".", "", 1).isdigit()
    like = {name: rows[0] for name, rows in template().items()}
    dilution = float(row.get("dilution") or 1)
    place = {"well": f"A{index + 1}", "source_line": 50 + index, "location": f"1(1,A{index + 1})"}
    name = {"analyte": row["analyte"], "analyte_reported": row["analyte"]}
    group = {"specimen_id": row["specimen"], "dilution_factor": dilution}
    group |= {"replicate_group": f"{row['specimen']}@{row.get('dilution') or 1}"}
    concentration = float(number) if is_value and op == "=" else None
    found = {
        "concentration": concentration,
        "concentration_op": op if is_value else None,
        "concentration_bound": float(number) if is_value and op != "=" else None,
        **_reach(row.get("reach"), concentration),
        "ci_shared": 0.4,
        "status": STATUS[op] if is_value else text,
    }
    is_reportable = is_value and row.get("qc") is None
    state = {"qc_state": "pass" if is_reportable else "fail", "reportable": is_reportable, "reasons": row.get("qc")}
    seen = {"mfi": mfi + index, "sample_label": row["specimen"]}
    return {
        "reading": like["reading"] | place | name | seen,
        "well": like["well"] | place | group | {"sample_label": row["specimen"]},
        "result": like["result"] | place | name | group | seen | found,
        "reading_state": {"well": place["well"], "analyte": row["analyte"], **state},
    }


@pytest.fixture(scope="session")
def new_lab(empty_warehouse: Path) -> Callable[[Path], Lab]:
    """new_lab(path): a laboratory with an empty warehouse of its own in that file; whoever asks closes it."""

    def make(path: Path) -> Lab:
        connection = connect(Path(shutil.copy(empty_warehouse, path)))
        connection.execute("set threads = 1")  # small tables: more threads only cost
        return Lab(connection)

    return make


@pytest.fixture
def warehouse(empty_warehouse: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_warehouse, tmp_path / "working.duckdb"))


@pytest.fixture
def con(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(warehouse)
    connection.execute("set threads = 1")
    yield connection
    connection.close()


@pytest.fixture
def lab(con: duckdb.DuckDBPyConnection) -> Lab:
    return Lab(con)


@pytest.fixture
def cases(lab: Lab) -> Cases:
    return Cases(lab)


@pytest.fixture(scope="session")
def make_plate() -> Callable[..., PlateLoad]:
    def make(number: int = 1, text: str = "specimen | analyte | value\nS1 | IL-2 | 7.5", **header: Any) -> PlateLoad:
        return plate_load(number, rows(text), **header)

    return make


@pytest.fixture
def p1(lab: Lab) -> Lab:
    """One subject who starts treatment on 10 March at 9:00; the cytokine draw is on 8 March at 8:00."""
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    return lab
