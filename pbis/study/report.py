"""The study on disk: report.html, result.json, numbers, tables and figures; written whole beside the old one, then put in place."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pbis.core.errors import UsageError
from pbis.draw.page import Pages, harmless, markup
from pbis.files.table_out import write_table
from pbis.study.result import Number, Section, StudyTable
from pbis.study.run import Result
from pbis.version import __version__

_MARK = "result.json"


def write_study(result: Result, out: Path) -> None:
    """Write the folder. A folder that holds something else than a study is refused, never emptied."""
    write_folder(out, report_html(result), result_json(result), result.sections)


def write_folder(out: Path, page: str, numbers_json: str, sections: Sequence[Section]) -> None:
    """report.html, result.json, numbers, tables and figures, whole beside what was there, then in its place.

    UsageError where the folder holds something that is not of this program.
    """
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise UsageError(f"{out}: expected a new folder or an earlier study; found other files")
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        (fresh / _MARK).write_text(numbers_json, encoding="utf-8")
        (fresh / "report.html").write_text(page, encoding="utf-8")
        _fill(sections, fresh)
        fresh.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _fill(sections: Sequence[Section], folder: Path) -> None:
    for name in ("tables", "figures"):
        (folder / name).mkdir()
    _write_numbers([n for s in sections for n in s.numbers], folder)
    for section in sections:
        for table in section.tables:
            _write_table(table, folder / "tables")
        for figure in section.figures:
            (folder / "figures" / f"{file_name(figure.name)}.svg").write_text(figure.svg, encoding="utf-8")


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
    columns = {each.name: [row[each.name] for row in rows] for each in fields(Number)}
    table = pa.table({name: pa.array(values, _type(name)) for name, values in columns.items()})
    pq.write_table(table, folder / "numbers.parquet")
    write_table(table, folder / "numbers.csv")


def _type(name: str) -> pa.DataType:
    if name in ("value", "low", "high", "p"):
        return pa.float64()
    return pa.int64() if name in ("n", "events") else pa.string()


def _write_table(table: StudyTable, folder: Path) -> None:
    """CSV and Parquet; the cells as people read them (numbers.parquet holds them as numbers)."""
    cells = [
        pa.array([_word(row[k]) if k < len(row) else None for row in table.rows], pa.string())
        for k in range(len(table.columns))
    ]
    names = [c if table.columns.count(c) == 1 else f"{c} ({k + 1})" for k, c in enumerate(table.columns)]
    path = folder / f"{file_name(table.name)}.csv"
    write_table(pa.Table.from_arrays(cells, list(table.columns)), path)
    pq.write_table(pa.Table.from_arrays(cells, names), path.with_suffix(".parquet"))


def _word(cell: object) -> str | None:
    return None if cell is None else str(cell)


def report_html(result: Result) -> str:
    """One self-contained page: no script, no address outside itself."""
    context = {
        "result": result,
        "title": result.settings.design.title,
        "version": __version__,
        "settings": msgspec.to_builtins(result.settings),
        "numbers": sum(len(s.numbers) for s in result.sections),
    }
    return _PAGES.render("study.html.j2", context)


def _spaced(cell: object) -> Any:
    """A cell whose leading spaces, which say what belongs to what, are kept."""
    return markup(str(harmless(_word(cell) or "")).replace("    ", "&emsp;"))


def _is_number(cell: object) -> bool:
    text = (_word(cell) or "").strip()
    return bool(text) and text[0] in "0123456789-–<>.∞" and text not in ("not assessed",)


_PAGES = Pages(
    folder=Path(__file__).parent / "templates",
    style="study.css",
    filters={"spaced": _spaced, "is_number": _is_number, "drawing": markup},
)
