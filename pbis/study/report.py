"""The study on disk: report.html, result.json, numbers, tables and figures; written whole beside the old one, then put in place."""

from __future__ import annotations

import html
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import jinja2
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pbis import __version__
from pbis.core.errors import UsageError
from pbis.files.table_out import csv_rows
from pbis.study.result import Number, Table
from pbis.study.run import Result

_TEMPLATES = Path(__file__).parent / "templates"
_MARK = "result.json"


def write_study(result: Result, out: Path) -> None:
    """Write the folder. A folder that holds something else than a study is refused, never emptied."""
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise UsageError(f"{out}: expected a new folder or an earlier study; found other files")
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _fill(result, fresh)
        fresh.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _fill(result: Result, folder: Path) -> None:
    for name in ("tables", "figures"):
        (folder / name).mkdir()
    numbers = [n for s in result.sections for n in s.numbers]
    (folder / _MARK).write_text(result_json(result), encoding="utf-8")
    _write_numbers(numbers, folder)
    for section in result.sections:
        for table in section.tables:
            _write_table(table, folder / "tables")
        for figure in section.figures:
            (folder / "figures" / f"{file_name(figure.name)}.svg").write_text(figure.svg, encoding="utf-8")
    (folder / "report.html").write_text(report_html(result), encoding="utf-8")


def file_name(name: str) -> str:
    """Cohort names come from data: keep letters, digits, dash and underscore."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)


def result_json(result: Result) -> str:
    """Everything a program wants: settings, inputs' hash, warnings, and one object a number."""
    made = {
        "program": f"pbis {__version__}",
        "inputs_sha256": result.inputs,
        "patients": result.patients,
        "settings": msgspec.to_builtins(result.settings),
        "headlines": result.headlines,
        "findings": [asdict(f) for f in result.findings],
        "warnings": [w for s in result.sections for w in s.warnings],
        "numbers": [n.as_row() for s in result.sections for n in s.numbers],
    }
    return json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _write_numbers(numbers: Sequence[Number], folder: Path) -> None:
    rows = [n.as_row() for n in numbers]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    table = pa.table({name: pa.array(values, _type(name)) for name, values in columns.items()})
    pq.write_table(table, folder / "numbers.parquet")
    _write_csv(folder / "numbers.csv", list(columns), [list(row.values()) for row in rows])


def _type(name: str) -> pa.DataType:
    if name in ("value", "low", "high", "p"):
        return pa.float64()
    return pa.int64() if name in ("n", "events") else pa.string()


def _write_table(table: Table, folder: Path) -> None:
    """CSV and Parquet; the cells as people read them (numbers.parquet holds them as numbers)."""
    path = folder / file_name(table.name)
    _write_csv(path.with_suffix(".csv"), list(table.columns), [list(row) for row in table.rows])
    names = [c if table.columns.count(c) == 1 else f"{c} ({k + 1})" for k, c in enumerate(table.columns)]
    cells = {name: [_word(row[k]) if k < len(row) else None for row in table.rows] for k, name in enumerate(names)}
    pq.write_table(
        pa.table({name: pa.array(values, pa.string()) for name, values in cells.items()}), path.with_suffix(".parquet")
    )


def _word(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _write_csv(path: Path, columns: list[str], rows: list[list[object]]) -> None:
    path.write_text(csv_rows(columns, rows), encoding="utf-8", newline="")


def report_html(result: Result) -> str:
    """One self-contained page: no script, no address outside itself."""
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    page = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page.filters["pre"] = lambda cell: html.escape(_word(cell) or "").replace("    ", "&emsp;")
    page.filters["is_number"] = _is_number
    style = (_TEMPLATES / "study.css").read_text(encoding="utf-8")
    return page.get_template("study.html.j2").render(
        result=result,
        title=result.settings.design.title,
        style=style,
        version=__version__,
        settings=msgspec.to_builtins(result.settings),
        numbers=sum(len(s.numbers) for s in result.sections),
    )


def _is_number(cell: object) -> bool:
    text = (_word(cell) or "").strip()
    return bool(text) and text[0] in "0123456789-–<>.∞" and text not in ("not assessed",)
