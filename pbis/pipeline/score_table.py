"""The score alone, for anyone with a spreadsheet: a table of values as a laboratory prints them in, a table of scores out.

In: subject, neutrophils, neutrophils_unit, lymphocytes, lymphocytes_unit, crp, crp_unit, il12, il12_unit, il2, il2_unit; where they are
known: age, child_pugh, ecog, material.
Out: subject, score (empty unless certain), score_min, score_max, group, four points (1, 0 or empty), reasons, in `details` the
sentence that quotes the cell or unit which gave no value, and the marks with their reasons, as a site's scores have them: no site
asks for a regimen here, and il12 is held against what is plausible for IL-12p70. Rows keep their order, and a value that cannot be used costs its component only. A subject that a spreadsheet would run as a formula (it begins with
= + - or @ and is no plain number) gets an apostrophe in front in the output, as spreadsheets themselves mark text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pyarrow.compute as pc

import expectations
from pbis.clinical.extract import Extract, TableShape, read_extract
from pbis.clinical.fitness import read_age, read_child_pugh, read_ecog
from pbis.clinical.lab_values import ValueReader
from pbis.core.errors import MalformedFile, UsageError
from pbis.core.scoring.components import ComponentPoint, Measure, decide, measures_of
from pbis.core.scoring.cutoffs import COMPONENTS, CutoffSet
from pbis.core.scoring.marks import Mark, Treated, marks_text, of_components, outside
from pbis.core.scoring.score import add_up, reasons_text
from pbis.files.table_out import asked_for, csv_rows, replace_whole
from pbis.labs import load_map
from pbis.scores import load_set, set_names
from pbis.scores.population import load_population

MEASURES = ("neutrophils", "lymphocytes", "crp", "il12", "il2")
CELLS = measures_of("nlr")
COLUMNS_IN = ("subject", *(name + tail for name in MEASURES for tail in ("", "_unit")))
COLUMNS_KNOWN = ("age", "child_pugh", "ecog", "material")  # of the patient; a table need not have them
POINTS = tuple(f"{name}_point" for name in COMPONENTS)
COLUMNS_OUT = (
    "subject",
    "score",
    "score_min",
    "score_max",
    "group",
    *POINTS,
    "reasons",
    "details",
    "marks",
    "mark_reasons",
)
PLAUSIBLE_AS = {"il12": "IL-12p70", "il2": "IL-2"}
WORKBOOK = b"PK\x03\x04"


@dataclass(frozen=True)
class _Row:
    """details: measure -> why its cell gives no value, in a sentence."""

    subject: str
    measures: dict[str, Measure]
    details: dict[str, str]
    patient: Treated


def score_table(path: Path, set_name: str, out: Path | None = None, say: Callable[[str], None] | None = None) -> str:
    """Score the rows of a CSV by one cut-off set (a name or a .toml file); returns the CSV and writes it where `out` is given.

    say: is told of columns that mean nothing here. Raises MalformedFile with the line where the table is none, UsageError for an unknown set or an `out` that is the input.
    """
    cutoffs = _cutoffs(set_name)
    if out is not None and out.resolve() == path.resolve():
        raise UsageError(f"{out}: the scores would overwrite the values; name another file")
    text = _to_csv(_score_rows(path, cutoffs, say))
    if out is not None:
        with asked_for(out):
            replace_whole(out, text)
    return text


def score_rows(path: Path, set_name: str, say: Callable[[str], None] | None = None) -> list[dict[str, object]]:
    """The same as rows of COLUMNS_OUT, None where a cell of the CSV is empty; raises the same."""
    return _score_rows(path, _cutoffs(set_name), say)


def _score_rows(path: Path, cutoffs: CutoffSet, say: Callable[[str], None] | None) -> list[dict[str, object]]:
    extract = _read(path)
    if extract.ignored and say is not None:
        say(f"{path.name}: not used: {', '.join(extract.ignored)}")
    return [_scored(each, cutoffs) for each in _rows(extract)]


def _read(path: Path) -> Extract:
    if path.is_file() and _begins(path) == WORKBOOK:
        hint = "save the sheet as CSV"
        raise MalformedFile(
            "is a workbook", file=path.name, line=1, expected="CSV", found="XLSX or another zip", hint=hint
        )
    headers = {name: (name.replace("_", ""),) for name in (*COLUMNS_IN, *COLUMNS_KNOWN)}
    extract = read_extract(path, TableShape("values", headers, frozenset(COLUMNS_KNOWN)))
    row = extract.first(pc.equal(extract.columns["subject"], ""))
    if row is not None:
        raise extract.malformed(row, "the row has no subject", expected="a subject on every row")
    return extract


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(WORKBOOK))


def _cutoffs(set_name: str) -> CutoffSet:
    if not set_name.endswith(".toml") and set_name not in set_names():
        raise UsageError(f"no cut-off set {set_name!r}; expected one of {', '.join(set_names())} or a .toml file")
    return load_set(set_name)


def _rows(extract: Extract) -> Iterator[_Row]:
    reader = ValueReader(load_map())
    columns = [extract.columns[name].to_pylist() for name in COLUMNS_IN]
    for patient, subject, *cells in zip(_patients(extract), *columns, strict=True):
        read = {
            # Counts may also come as percent of the same differential, as a local name's would.
            name: reader.read(name, is_local=True, value=value, unit=unit)
            for name, value, unit in zip(MEASURES, cells[::2], cells[1::2], strict=True)
        }
        measures = {
            name: Measure(found.op, found.text, found.unit, reason=found.reason) for name, found in read.items()
        }
        details = {name: found.detail for name, found in read.items() if found.reason and found.detail}
        too_many = _more_than_there_are(measures)
        if too_many is not None:
            for name in CELLS:
                measures[name] = replace(measures[name], op=None, text=None, reason="duplicate_conflict")
                details[name] = too_many
        yield _Row(subject, measures, details, patient)


def _more_than_there_are(measures: Mapping[str, Measure]) -> str | None:
    """That two shares of one differential are together more than all of it, in words, by the limit that a site's night has."""
    shares = [each for each in (measures[name] for name in CELLS) if each.unit == "%" and each.op == "="]
    if len(shares) < len(CELLS):
        return None
    together = sum(float(each.text or 0) for each in shares)
    _, contradicts = expectations.nlr_limits(expectations.load_suite("research"))
    if together <= 100 + contradicts:
        return None
    return f"neutrophils and lymphocytes are together {together:.0f} % of the leukocytes"


def _patients(extract: Extract) -> Iterator[Treated]:
    """What is known of each; a cell that cannot be read is refused with its line."""
    materials = [(text,) if text else () for text in extract.columns["material"].to_pylist()]
    known = zip(read_age(extract), read_child_pugh(extract), read_ecog(extract), materials, strict=True)
    return (Treated(age=age, child_pugh=points, ecog=ecog, materials=drawn) for age, points, ecog, drawn in known)


def _scored(row: _Row, cutoffs: CutoffSet) -> dict[str, object]:
    decisions = {cut.component: decide(cut, row.measures) for cut in cutoffs.cutoffs}
    total = add_up([decision.point for decision in decisions.values()], cutoffs.high_at)
    names, mark_reasons = marks_text([*of_components(decisions), *_marks(row)])
    points = {f"{name}_point": decisions[name].point if name in decisions else None for name in COMPONENTS}
    return {
        "subject": row.subject,
        "score": total.score,
        "score_min": total.score_min,
        "score_max": total.score_max,
        "group": total.group,
        "reasons": reasons_text(decisions),
        "details": _details(row, decisions),
        "marks": names,
        "mark_reasons": mark_reasons,
        **points,
    }


def _marks(row: _Row) -> Iterator[Mark]:
    """In whom the score was not found, and values that are a reason to ask; a bound is no value."""
    mark = outside(row.patient, load_population())
    if mark is not None:
        yield mark
    ranges = _ranges()
    for name, measure in row.measures.items():
        analyte = f"{name}_pct" if measure.unit == "%" else PLAUSIBLE_AS.get(name, name)
        plausible = ranges.get((analyte, measure.unit or ""))
        if plausible is not None and measure.op == "=" and not plausible.holds(float(measure.text or "")):
            yield Mark("implausible", f"{name} {measure.text} {measure.unit}, plausible: {plausible.words}")


@cache
def _ranges() -> Mapping[tuple[str, str], expectations.PlausibleRange]:
    """Those of the suite that a site has unless it says otherwise."""
    return expectations.plausible_ranges(expectations.load_suite("research"))


def _details(row: _Row, decisions: Mapping[str, ComponentPoint]) -> str | None:
    """'measure: sentence' of the cells that left a component unknown, joined by '; '."""
    asked = [name for each in COMPONENTS if each in decisions and decisions[each].reason for name in measures_of(each)]
    return "; ".join(f"{name}: {row.details[name]}" for name in asked if name in row.details) or None


def _to_csv(rows: Iterable[dict[str, object]]) -> str:
    return csv_rows(COLUMNS_OUT, ([row[name] for name in COLUMNS_OUT] for row in rows))
