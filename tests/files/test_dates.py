"""One text, one day: every door gives the answer of tests/spec/dates.csv, whatever folder the file was dropped in."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import read_labs, read_linkage, read_specimens, read_treatments
from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.files.moment import Moment, is_open, read
from pbis.labs import LabsMap, load_map
from pbis.readers import read_bytes
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.simulate import example_plate
from pbis.simulate.bioplex import render_xml

UTC = ZoneInfo("UTC")
TESTS = Path(__file__).parents[1]
with (TESTS / "spec" / "dates.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
Found = datetime | date | None
cases = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['text']} {row['order']}")


def expected(row: dict[str, str]) -> datetime | None:
    return None if row["answer"] == "none" else datetime.fromisoformat(row["answer"])


def test_the_table_is_long_enough_and_says_why() -> None:
    assert len(ROWS) >= 40
    assert all(row["why"] for row in ROWS)
    assert len({(row["text"], row["order"]) for row in ROWS}) == len(ROWS)


@cases
def test_one_text(row: dict[str, str]) -> None:
    found = read(row["text"], row["order"] or None)
    if row["answer"] == "open":
        assert found is None
        assert is_open(row["text"])
    else:
        at = expected(row)
        assert found == (at and Moment(at, has_time=":" in row["answer"]))


def own_map(row: dict[str, str]) -> LabsMap:
    return replace(load_map("default"), date_order=row["order"] or None)


def _specimen(row: dict[str, str], folder: Path) -> Found:
    path = folder / "specimens.csv"
    path.write_text(f'barcode,subject,collected_at,material\nB1,S1,"{row["text"]}",serum\n', encoding="utf-8")
    return read_specimens(path, own_map(row), UTC).column("collected_at")[0].as_py()


def _lab(row: dict[str, str], folder: Path) -> Found:
    path = folder / "labs.csv"
    line = f'MRN-1,A1,CRP,1.3,mg/L,final,"{row["text"]}",\n'
    path.write_text(f"mrn,accession,test,value,unit,status,collected_at,resulted_at\n{line}", encoding="utf-8")
    return read_labs(path, _linkage(folder), own_map(row), UTC).column("collected_at")[0].as_py()


def _treatment(row: dict[str, str], folder: Path) -> Found:
    path = folder / "treatments.csv"
    path.write_text(f'mrn,cohort,regimen,started_at\nMRN-1,a,x,"{row["text"]}"\n', encoding="utf-8")
    return read_treatments(path, _linkage(folder), own_map(row), UTC).column("started_at")[0].as_py()


def _linkage(folder: Path, begins: str = "1900-01-01", labs_map: LabsMap | None = None):
    path = folder / "link.csv"
    path.write_text(f'site,mrn,subject,valid_from\nnorth,MRN-1,S1,"{begins}"\n', encoding="utf-8")
    return read_linkage(path, labs_map) if labs_map else read_linkage(path)


def _xponent(row: dict[str, str], folder: Path) -> Found:
    """The order is given by the Country Code, as an instrument does; dates of lots and calibrations would decide it too."""
    text = (TESTS / "golden" / "xponent_small.csv").read_text(encoding="utf-8")
    text = re.sub(r'"\d{1,2}/\d{1,2}/\d{4}[^"]*"', '""', text)
    code = {"dmy": "809", "mdy": "409", "": "0"}[row["order"]]
    lines = [line for line in text.split("\n") if not line.startswith(('"Date"', '"BatchStopTime"', '"Last '))]
    own = {'"BatchStartTime"': row["text"], '"Country Code"': code}
    lines = [next((f'{k},"{v}"' for k, v in own.items() if line.startswith(k)), line) for line in lines]
    return read_bytes("\n".join(lines).encode(), "plate.csv").run.started_at


def _bioplex(row: dict[str, str], folder: Path) -> Found:
    """The same file knows no order: rows that give one are left to the other doors."""
    text = render_xml(example_plate(1)).decode()
    text = re.sub(r"(<AcquisitionTime>)[^<]*", rf"\g<1>{row['text']}", text)
    return read_bytes(text.encode(), "plate.xml").run.started_at


def _lot_sheet(row: dict[str, str], folder: Path) -> Found:
    text = f'Kit,K\nExpires,"{row["text"]}"\nReagent,Analyte,Expected\nStandard1,IL-2,4\nStandard2,IL-2,16\n'
    return lot_sheet_from_bytes(text.encode(), "lot.csv").column("expires_on")[0].as_py()


DOORS: dict[str, Callable[[dict[str, str], Path], Found]] = {
    "specimens": _specimen, "labs": _lab, "treatments": _treatment, "xponent": _xponent, "bioplex": _bioplex,
    "lot sheets": _lot_sheet,
}  # fmt: skip


NO_WITNESS = (
    "bioplex",
    "lot sheets",
)  # nothing in these files tells the order, so that rows that give one are not theirs
AT_DOORS = [(door, row) for door in DOORS for row in ROWS if not (row["order"] and door in NO_WITNESS)]


@pytest.mark.parametrize(
    ("door", "row"), AT_DOORS, ids=lambda one: f"{one['text']} {one['order']}" if isinstance(one, dict) else one
)
def test_every_door_gives_the_answer(door: str, row: dict[str, str], tmp_path: Path) -> None:
    # A lot sheet keeps the cell's text beside the missing day; no reading depends on a plate's date: it is unknown.
    if row["answer"] == "open" and door in ("lot sheets", "xponent", "bioplex"):
        assert DOORS[door](row, tmp_path) is None
    elif row["answer"] == "open":
        with pytest.raises(AmbiguousValue) as refusal:
            DOORS[door](row, tmp_path)
        assert refusal.value.line
    else:
        found, at = DOORS[door](row, tmp_path), expected(row)
        if at is not None and at.tzinfo is not None:  # a table has its site's zone, an instrument only its own clock
            is_table = door in ("specimens", "labs", "treatments")
            at = at.astimezone(UTC).replace(tzinfo=None) if is_table else at.replace(tzinfo=None)
        assert found == (at.date() if at is not None and door == "lot sheets" else at)


@cases
def test_a_linkage_begins_on_that_day_or_is_refused(row: dict[str, str], tmp_path: Path) -> None:
    if row["answer"] in ("open", "none"):
        with pytest.raises(MalformedFile if row["answer"] == "none" else AmbiguousValue):
            _linkage(tmp_path, row["text"], own_map(row))
        return
    linkage = _linkage(tmp_path, row["text"], own_map(row))
    first = expected(row)
    first = first.astimezone(UTC) if first.tzinfo else first
    assert linkage.resolve("MRN-1", first.date(), "north").subject_id == "S1"
    assert linkage.resolve("MRN-1", first.date() - timedelta(days=1), "north").subject_id is None
