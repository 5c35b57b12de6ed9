"""One reader claims a file; files of other kinds are refused by name; only regular files are opened."""

from __future__ import annotations

import io
import os
import pickle
import zipfile

import pytest

from pbis.core.errors import InputRefused, UnrecognisedFormat, UnstableFile
from pbis.readers import FORMATS, read, read_bytes
from pbis.readers.registry import open_document


def workbook(*parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return buffer.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"EventNo,RID,RP1,CL1,CL2\n1,45,3,4,5\n", "bead-level data"),
        (b"FCS3.0         58", "bead-level data"),
        (b"Belysa Immunoassay Curve Fitting Software\n", "a Belysa report"),
        (b"%PDF-1.7 report", "a PDF report"),
        (workbook("xl/workbook.xml"), "the workbook cannot be read"),
        (workbook("xl/workbook.xml", "xl/vbaProject.bin"), "a workbook with macros"),
        (workbook("a.csv"), "a ZIP archive"),
        (OLE + b"Workbook", "is no workbook"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a password-protected workbook"),
        (bytes(range(256)) * 4, "a binary file"),
        (b"<?xml version='1.0'?><BioPlex/>", "no plate export that we read"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"a": 1}', "JSON"),
        (b"MSH|^~\\&|LAB", "an HL7 message"),
        (b"plate,well,role\nP1,A1,unknown\n", "a plate layout"),
        (b"Analyte,Unit,Standard1,Standard2\nIL-2,pg/mL,4,16\n", "drop it into the folder lot_sheets"),
        (b"Event No;RID;CL1\n1;45;3\n", "bead-level data"),
        (b"Sample ID: C:\\Batch\\P1_A1\n\nEventNo,RID,RP1,CL1,CL2\n1,45,3,4,5\n", "line 3: is bead-level data"),
        (b"SampleID;OlinkID;Assay;NPX\nA1;OID1;IL2;1.2\n", "Olink NPX data"),
        (b"Project;P1\nPlate;P1\nNPX data\n", "line 3: is Olink NPX data"),
        (b"LEGENDplex data analysis\nWell,Name\n", "a LEGENDplex file"),
        (b"Sample Barcode,Assay,AEB\nP1,IL-2,0.1\n", "a Simoa file"),
        (b"Methodical Mind 2.0\nPlate,Well\n", "a file of MSD software"),
        (b"\xef\xbb\xbf\n%PDF-1.4", "a PDF report"),
        (b"{\\rtf1 plate}", "a text document"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "save it as XLSX or CSV"),
        (b"MILLIPLEX Analyst 5.1\n", "a MILLIPLEX Analyst report"),
        (workbook("word/document.xml"), "a Word document"),
        (workbook("mimetype", "content.xml"), "an OpenDocument file"),
        ("a".encode("utf-32"), "save it as text in UTF-8"),
        (b"hello\nworld\n", "no plate export that we read"),
        (b"\n\n \n", "no plate export that we read"),
    ],
)
def test_other_files_are_refused_by_name(data, name):
    with pytest.raises(UnrecognisedFormat) as refusal:
        read_bytes(data, "dropped")
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_project_file_that_is_text_is_called_by_its_name():
    for data in (b'{"project": 1}', b"<?xml version='1.0'?><Project/>"):
        with pytest.raises(UnrecognisedFormat, match="a Belysa project file"):
            read_bytes(data, "a.belysa")


def test_what_nobody_claims_is_told_what_to_do():
    with pytest.raises(UnrecognisedFormat, match="export the batch anew"):
        read_bytes(b"hello\n", "dropped")


@pytest.mark.parametrize(
    ("file", "name"),
    [("run.rbx", "Bio-Plex Manager results"), ("a.BELYSA", "Belysa project"), ("plate.lxd", "xPONENT data file")],
)
def test_project_files_are_refused_by_name(file, name):
    with pytest.raises(UnrecognisedFormat, match=name):
        read_bytes(bytes(range(256)) * 4, file)


def test_each_export_is_claimed_by_one_reader(edited):
    document = open_document(edited(), "p")
    assert [known.name for known in FORMATS if known.claims(document)] == ["xponent_csv"]
    assert len({known.name for known in FORMATS}) == len(FORMATS)


def test_only_regular_files_of_a_sane_size_are_opened(tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "big.csv").write_bytes(b"Program,xPONENT\n" * 10)
    (tmp_path / "dead.csv").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe.csv")
    found = {
        "empty.csv": "is empty",
        "big.csv": "too large",
        "dead.csv": "a link to nothing",
        "pipe.csv": "a named pipe",
        "none.csv": "does not exist",
        ".": "a directory",
    }
    for name, words in found.items():
        with pytest.raises(UnstableFile, match=words):
            read(tmp_path / name, name=name, cap_bytes=100)


def test_the_user_sees_the_name_they_know(tmp_path, edited):
    path = tmp_path / "a1b2c3"
    path.write_bytes(edited())
    assert read(path, name="Monday plate.csv").run.file_name == "Monday plate.csv"
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path, name="Monday plate.csv")
    assert str(refusal.value).startswith("Monday plate.csv: ")
    assert str(pickle.loads(pickle.dumps(refusal.value))) == str(refusal.value)


def test_an_open_quote_is_refused_with_its_line(edited):
    data = edited().replace(b'"Patient Control 1"', b'"Patient Control 1', 1)
    with pytest.raises(InputRefused) as refusal:
        read_bytes(data, "p")
    assert refusal.value.line == 53


def test_a_nul_in_text_is_refused_with_its_line(edited):
    with pytest.raises(UnrecognisedFormat) as refusal:
        read_bytes(edited().replace(b"xPONENT", b"xPONE\x00T", 1), "p")
    assert refusal.value.line == 1


@pytest.mark.parametrize("first", ["MODEL NAME,INSTRUMENT TYPE", "INSTRUMENT TYPE,SERIAL NUMBER", "SERIAL NUMBER"])
def test_a_flat_table_is_known_by_its_wells_and_regions_whatever_columns_were_chosen(first):
    names = f"{first},PLATE NAME,PLATE START,WELL LOCATION,SAMPLE ID,R25: RP1 MEDIAN,R25: RP1 COUNT"
    beside = ",".join("x" for _ in first.split(","))
    rows = [f"{beside},P7,2025-08-14 12:12:00,{well},S{n},{100 * n},50" for n, well in enumerate(("A1", "B1"), 1)]
    found = read_bytes("\n".join([names, *rows, ""]).encode(), "flat.csv")
    assert found.reading.column("mfi").to_pylist() == [100.0, 200.0]
    assert found.run.format == "intelliflex_flat_csv"
