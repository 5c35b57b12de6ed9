"""The report on disk: report.html, result.json, numbers, tables and figures, as a study writes them."""

from __future__ import annotations

import json
from pathlib import Path

from pbis.draw.page import Pages, markup
from pbis.study.report import write_folder
from pbis.validation.run import ValidationReport
from pbis.version import __version__


def write_validation(report: ValidationReport, out: Path, release: str) -> None:
    """Write the folder; UsageError where it holds something else."""
    write_folder(out, validation_html(report, release), validation_json(report, release), report.sections)


def validation_json(report: ValidationReport, release: str) -> str:
    """Everything a program wants, with one object a number."""
    made = {
        "program": f"pbis {__version__}",
        "panel": report.panel,
        "release": release,
        "inputs_sha256": report.inputs,
        "plates": report.plates,
        "readings": report.readings,
        "headlines": report.headlines,
        "numbers": [n.as_row() for s in report.sections for n in s.numbers],
    }
    return json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def validation_html(report: ValidationReport, release: str) -> str:
    """One self-contained page: no script, no address outside itself."""
    title = f"Assay validation: {report.panel}, release {release}"
    return _PAGES.render("validation.html.j2", {"report": report, "title": title, "version": __version__})


_PAGES = Pages(
    folder=Path(__file__).parent / "templates",
    style="../../study/templates/study.css",
    filters={"drawing": markup},
)
