"""More than seventy words, each planted in another cell of free text that laboratories, hospitals and people fill: none may leave the laboratory.

`plant` writes them into the inbox of a site that has a simulated plate and its clinical files: a word a kind of cell, in files that
are read, in rows that are set aside, and in files that are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from builders import simulated

from pbis.simulate.bioplex import bioplex_sheets, render_xml
from pbis.simulate.instrument import derive
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.xlsx import Cell, workbook

WORDS = tuple(f"ZQX{number:02d}" for number in range(1, 100))
WORD = re.compile(r"ZQX\d\d", re.IGNORECASE)
Put = Callable[[str], str]


class Planted:
    """Gives each cell that is named the next of the words. where: word -> the cell."""

    def __init__(self) -> None:
        self.where: dict[str, str] = {}
        self._words = iter(WORDS)

    def __call__(self, cell: str) -> str:
        word = next(self._words)
        self.where[word] = cell
        return word


def plant(inbox: Path, plate: str, subjects: tuple[str, str]) -> Planted:
    """Write all files. plate: an export of the inbox; subjects: study ids of two patients of the cohort who have a baseline draw."""
    put = Planted()
    _xponent(inbox / "plates" / plate, put)
    _other_plates(inbox, put)
    _refused_plates(inbox, put)
    _layouts(inbox, put)
    _tables(inbox, put, subjects)
    _labs(inbox, put)
    _messages(inbox, put)
    _refused_tables(inbox, put)
    return put


def _xponent(path: Path, put: Put) -> None:
    """Header, lots, labels, comments and events of an export that is read."""
    text = path.read_text("utf-8")
    for old, new in (
        ('"Date","09/15/2025', f'"Date","{put("date of an export")}'),
        ('"Operator",""', f'"Operator","{put("operator")}"'),
        ('"ComputerName","CORELAB-LX2"', f'"ComputerName","{put("computer")}"'),
        ('"Country Code","409"', f'"Country Code","{put("country code")}"'),
        ('"ProtocolVersion","1"', f'"ProtocolVersion","{put("protocol version")}"'),
        ('"ProtocolDescription",""', f'"ProtocolDescription","{put("protocol description")}"'),
        ('"ProtocolDevelopingCompany","Example Reagents"', f'"ProtocolDevelopingCompany","{put("company")}"'),
        ('"BatchDescription","<None>"', f'"BatchDescription","{put("batch description")}"'),
        ('"Last CON2 Verification","Passed ', f'"{put("calibration line")}","Passed '),
        ('"Quality Control 2","3917204-2"', f'"{put("lot name")}","{put("lot number")}"'),
        ('"Human Cytokine 7-Plex","3917204","02/02/2026","Example Reagents"', f'"Human Cytokine 7-Plex","3917204","02/02/2026","{put("manufacturer")}"'),
        ('"1,C9","Warning","Bead count below 50', f'"1,C9","Warning","{put("warning")} count below 50'),
        ('"UserId","Date","Message"', f'"UserId","Date","Message"\n"{put("audit user")}","9/15/2025","{put("audit message")}"'),
        ('"Unknown19"', f'"{put("sample label")}"'),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    text = _cell_of(text, "Comments", "Unknown3", put("comment"))
    text = _cell_of(text, "Median", "Unknown2", put("cell of a median"))
    text = _cell_of(text, "Result", "Unknown17", put("cell of a result"))
    text = _cell_of(text, "Range", "Unknown18", put("cell of a range"))
    text = re.sub(r'("DataType:","Dilution Factor"(?:\n.*?)*?"57\(1,A8\)",[^\n]*?)"1"', rf'\1"{put("dilution")}"', text)
    path.write_text(f'{text}\n"DataType:","{put("block")}"\n"Location","Sample","IFNg"\n"1(1,A1)","x","1"\n', "utf-8")


def _cell_of(text: str, block: str, label: str, word: str) -> str:
    """The first number of the row of that label in that block, replaced."""
    found = re.search(rf'"DataType:","{block}"(?:\n.*?)*?\n"[^"]*","{label}","([^"]*)"', text)
    assert found, (block, label)
    return text[: found.start(1)] + word + text[found.end(1) :]


def _other_plates(inbox: Path, put: Put) -> None:
    """A Bio-Plex workbook, Bio-Plex XML and a flat INTELLIFLEX export, with words where their wells and headers have text."""
    plate = simulated(7, 71, samples=4)
    label = next(each for each, role in zip(plate.wells.label, plate.wells.role, strict=True) if role == "unknown")
    sheets = bioplex_sheets(plate, derive(plate))
    head, described = put("line of a Bio-Plex head"), put("Bio-Plex description")
    rows = [
        (name, [[described if cell == label else cell for cell in row] for row in found] + [[head]])
        for name, found in sheets
    ]
    rows = [(name, [[_other(cell) for cell in row] for row in found]) for name, found in rows]
    (inbox / "plates" / "words_workbook.xlsx").write_bytes(workbook(rows))
    plate = simulated(7, 72, samples=4)
    xml = render_xml(plate).decode().replace(label, put("Bio-Plex XML label"))
    (inbox / "plates" / "words.xml").write_text(xml, "utf-8")
    plate = simulated(7, 73, samples=4)
    flat = render_flat(plate).decode().replace(label, put("INTELLIFLEX sample id"))
    (inbox / "plates" / "words_flat.csv").write_text(flat.replace("Ok", put("INTELLIFLEX status"), 1), "utf-8")


def _other(cell: Cell) -> Cell:
    """The workbook's plate is another one than the file's of XML."""
    return cell.replace("LOAD_0001", "LOAD_0002") if isinstance(cell, str) else cell


def _refused_plates(inbox: Path, put: Put) -> None:
    good = (inbox / "plates" / "words_flat.csv").read_text("utf-8")
    folder = inbox / "plates"
    (folder / "no_format.csv").write_text(
        f"{put('first cell of an unknown file')},{put('second cell')}\n1,2\n", "utf-8"
    )
    (folder / "twice_well.csv").write_text(good.replace("A1", put("well of a flat export")), "utf-8")
    xponent = next(folder.glob("HCC7P*.csv")).read_text("utf-8")
    ladder = re.sub(
        r'("Standard Expected Concentration"(?:\n.*?)*?\n"Standard3",)"[^"]*"',
        rf'\1"{put("expected concentration")}"',
        xponent,
    )
    (folder / "ladder.csv").write_text(ladder.replace("HCC7P_20250915_P01", "HCC7P_LADDER"), "utf-8")


def _layouts(inbox: Path, put: Put) -> None:
    first = next((inbox / "layouts").iterdir())
    text = first.read_text("utf-8")
    lines = text.split("\n")
    named = [n for n, line in enumerate(lines) if ",A8,unknown," in line or ",B8,unknown," in line]
    specimen = put("specimen of a layout")
    for n in named:
        cells = lines[n].split(",")
        lines[n] = ",".join([*cells[:3], specimen, *cells[4:]])
    first.write_text("\n".join(lines), "utf-8")
    head = "plate,well,role,specimen,label,dilution\n"
    (inbox / "layouts" / "role.csv").write_text(f"{head}NO_PLATE,A1,{put('role of a layout')},S1,,1\n", "utf-8")
    (inbox / "layouts" / "factor.csv").write_text(
        f"{head}NO_PLATE,A1,unknown,S1,,{put('dilution of a layout')}\n", "utf-8"
    )
    (inbox / "layouts" / "well.csv").write_text(f"{head}NO_PLATE,{put('well of a layout')},unknown,S1,,1\n", "utf-8")
    (inbox / "lot_sheets").mkdir(exist_ok=True)
    sheet = f"Kit,{put('kit of a lot sheet')}\nLot,{put('lot of a lot sheet')}\nReagent,Analyte,Expected,Low,High,Unit\nStandard1,{put('analyte of a lot sheet')},3.2,,,{put('unit of a lot sheet')}\n"
    (inbox / "lot_sheets" / "lot.csv").write_text(sheet, "utf-8")
    (inbox / "lot_sheets" / "broken.csv").write_text(sheet.replace("3.2", put("number of a lot sheet")), "utf-8")


def _tables(inbox: Path, put: Put, subjects: tuple[str, str]) -> None:
    """Specimens, treatments, outcomes and linkage that are read."""
    one, two = subjects
    path = inbox / "specimens" / "specimens.csv"
    path.write_text(
        path.read_text("utf-8").replace(",serum", f",{put('material')}", 60)
        + f"X-1,{one},{put('date of a specimen')},serum\n",
        "utf-8",
    )
    path = inbox / "treatments" / "treatments.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    cells = [row.split(",") for row in rows]
    known = [n for n, row in enumerate(cells) if row[2].startswith("atezolizumab")]
    cells[known[0]][1], cells[known[0]][2] = put("cohort"), put("regimen")
    again = cells[known[1]].copy()
    again[2], again[3] = put("regimen of a second line"), "2022-12-24 10:00"
    cells.append(again)
    cells[known[2]][1] = put("cohort of another")
    cells[known[3]][0] = put("record number of a treatment")
    path.write_text("\n".join([head, *map(",".join, cells)]) + "\n", "utf-8")
    twice = f"{head},child_pugh\n{','.join(cells[5])},{put('Child-Pugh class of a refused file')}\n"
    (path.parent / "twice.csv").write_text(twice, "utf-8")
    path = inbox / "outcomes" / "outcomes.csv"
    rows = path.read_text("utf-8").splitlines()
    rows[3] = rows[3].rsplit(",", 1)[0] + f",{put('best response')}"
    rows[4] = f"{rows[4].split(',')[0]},{put('months')},1,1,1,PD"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    path = next((inbox / "linkage").iterdir())
    path.write_text(
        path.read_text("utf-8") + f"{put('site of the linkage')},{put('record number of the linkage')},{two},,\n",
        "utf-8",
    )


def _labs(inbox: Path, put: Put) -> None:
    """Rows of a table whose cells cannot be read, each its own: they are kept with a reason, or set aside."""
    path = inbox / "labs" / "labs_north.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    names = head.split(",")

    def changed(row: str, **cells: str) -> str:
        return ",".join(cells.get(name, cell) for name, cell in zip(names, row.split(","), strict=True))

    kinds = ("accession", "test", "value", "unit", "status", "reference_range", "collected_at", "resulted_at", "mrn")
    found = [changed(rows[n], **{kind: put(f"{kind} of a table")}) for n, kind in enumerate(kinds)]
    plain = changed(rows[0], value=f"12 {put('word behind a value')}")
    path.write_text("\n".join([f"{head},comment", *(f"{row}," for row in rows[len(kinds) :]), *(f"{row},{put('comment of a table') if not n else ''}" for n, row in enumerate([*found, plain]))]) + "\n", "utf-8")  # fmt: skip


def _messages(inbox: Path, put: Put) -> None:
    """HL7, FHIR and OMOP."""
    mrn = (inbox / "labs" / "labs_south.csv").read_text("utf-8").splitlines()[1].split(",")[0]
    hl7 = (
        f"MSH|^~\\&|{put('HL7 sender')}|NORTH|PBIS|CORE|20260305100000||ORU^R01|1|P|2.5.1\r"
        f"PID|1||{mrn}^^^NORTH^MR||{put('HL7 name')}^X\rOBR|1||{put('HL7 order')}|CBC^{put('HL7 panel')}|||20220205073000|||||||||||||||20220205090000|||F\r"
        f"OBX|1|ST|1988-5^CRP^LN||{put('HL7 value')}|mg/L|{put('HL7 range')}||||F\rNTE|1||{put('HL7 note')}\r"
        f"OBX|2|NM|{put('HL7 code')}^{put('HL7 code text')}^L||3|{put('HL7 unit')}|||||F\r"
    )
    (inbox / "labs" / "words.hl7").write_text(hl7, "utf-8")
    fhir = {
        "resourceType": "Observation", "id": put("FHIR id"), "status": "final", "subject": {"reference": f"Patient/{mrn}", "display": put("FHIR display")},
        "effectiveDateTime": "2022-02-05T07:30:00+01:00", "code": {"text": put("FHIR code text"), "coding": [{"system": "http://lab.example", "code": put("FHIR code")}]},
        "valueString": put("FHIR value"), "note": [{"text": put("FHIR note")}],
    }  # fmt: skip
    (inbox / "labs" / "words.ndjson").write_text(json.dumps(fhir) + "\n", "utf-8")
    omop = "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,operator_concept_id,value_as_number,unit_concept_id,measurement_source_value,unit_source_value,value_source_value\n"
    (inbox / "labs" / "omop.csv").write_text(f"{omop}1,{mrn},0,2022-02-05,2022-02-05 07:30:00,0,,0,{put('OMOP source value')},{put('OMOP unit')},{put('OMOP value')}\n", "utf-8")  # fmt: skip


def _refused_tables(inbox: Path, put: Put) -> None:
    """Files that are refused as a whole: their messages quote a cell."""
    (inbox / "labs" / "no_columns.csv").write_text(f"{put('header of a table')},b\n1,2\n", "utf-8")
    (inbox / "specimens" / "twice.csv").write_text(
        f"barcode,subject,collected_at,material\nX-2,,{put('date of a refused specimen')},serum\n", "utf-8"
    )
