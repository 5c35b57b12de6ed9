"""The proposal of a column map: headers first, then cells; identity by its header alone; what stays unmapped is named."""

from __future__ import annotations

import io
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from click.testing import CliRunner

from pbis.cli.labs import labs
from pbis.clinical.propose import mapped, propose
from pbis.clinical.specimens import read_specimens
from pbis.core.errors import MalformedFile, UsageError
from pbis.labs import load_map
from pbis.labs.write_map import map_text

GERMAN = """Patient;Fallnummer;Analyse;Ergebnis;Einheit;Befundstatus;Entnahmedatum;Befunddatum;Arzt
MRN-1;A1;CRP;1.3;mg/L;final;2026-03-05 07:30;2026-03-05 09:00;Dr X
MRN-1;A1;Neutrophile;4.1;Gpt/L;final;2026-03-05 07:30;2026-03-05 09:00;Dr X
MRN-1;A1;Hypersegmented neutrophils;4.1;Gpt/L;fertig;2026-03-05 07:30;2026-03-05 09:00;Dr X
MRN-1;A1;CRP;12;nmol/L;final;2026-03-05 07:30;2026-03-05 09:00;Dr X
"""


def test_cells_speak_for_columns_that_headers_do_not() -> None:
    found = propose(GERMAN.encode(), "lab.csv", load_map())
    assert found.columns == {
        "unit": "Einheit",
        "status": "Befundstatus",
        "test": "Analyse",
        "collected_at": "Entnahmedatum",
        "value": "Ergebnis",
    }
    assert set(found.guessed) == set(found.columns)
    assert found.missing == ("mrn",)
    assert "Patient" in found.ignored


def test_what_stays_unmapped_is_named_with_its_rows() -> None:
    found = propose(GERMAN.encode(), "lab.csv", load_map()).survey
    assert found is not None
    assert found.analytes == {"crp": 2, "neutrophils": 1}
    left = {(each.kind, each.sent): (each.rows, each.why) for each in found.left}
    assert left["code", "Hypersegmented neutrophils"][0] == 1
    assert "segmented neutrophils" in left["code", "Hypersegmented neutrophils"][1]
    assert "needs the kit's factor" in left["unit", "nmol/L"][1]
    assert left["status", "fertig"] == (1, "read as preliminary, which never scores")


def test_the_written_map_is_a_map_that_reads_the_file(tmp_path: Path) -> None:
    columns = propose(GERMAN.encode(), "lab.csv", load_map()).columns | {"mrn": "Patient", "accession": "Fallnummer"}
    path = tmp_path / "own.toml"
    path.write_text(map_text("own", columns, ["a remark"]), "utf-8")
    own = load_map(str(path))
    assert own.name == "own"
    again = propose(GERMAN.encode(), "lab.csv", own)
    assert (again.missing, again.guessed) == ((), ())
    assert mapped(load_map(), columns).columns["labs"]["value"][0] == "ergebnis"


def test_a_header_moved_to_another_field_leaves_its_old_one(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(map_text("own", {"test": "Result"}, []), "utf-8")
    columns = load_map(str(path)).columns["labs"]
    assert "result" in columns["test"]
    assert "result" not in columns["value"]


def test_a_workbook_is_looked_at_in_the_same_way() -> None:
    book = openpyxl.Workbook()
    for line in ["Title", *GERMAN.splitlines()]:
        book.active.append(line.split(";"))
    buffer = io.BytesIO()
    book.save(buffer)
    found = propose(buffer.getvalue(), "lab.xlsx", load_map())
    assert (found.form, found.columns["value"]) == ("workbook", "Ergebnis")


def test_the_command_shows_no_value_and_no_record_number(tmp_path: Path) -> None:
    file, out = tmp_path / "lab.csv", tmp_path / "own.toml"
    file.write_text(GERMAN, "utf-8")
    result = CliRunner().invoke(labs, ["map", str(file), "-o", str(out)])
    assert result.exit_code == 0
    assert "column value: Ergebnis (guessed from its cells)" in result.output
    assert "missing: no column for mrn" in result.output
    written = out.read_text("utf-8")
    assert not any(secret in result.output + written for secret in ("MRN-1", "Dr X", "4.1"))


def test_a_format_with_its_own_columns_needs_no_map(tmp_path: Path) -> None:
    file = tmp_path / "dump.hl7"
    file.write_text("MSH|^~\\&|||||20260305||ORU^R01|1|P|2.5\rPID|1||M\rOBX|1|NM|CRP^CRP^L||1|mg/L|||||F\r")
    runner = CliRunner()
    shown = runner.invoke(labs, ["map", str(file)])
    assert (shown.exit_code, "understood: 1 row of crp" in shown.output) == (0, True)
    refused = runner.invoke(labs, ["map", str(file), "-o", str(tmp_path / "x.toml")])
    assert isinstance(refused.exception, UsageError)


TUBES = "Röhrchen;Patientenkennung;Entnahme;Arzt\nB1;P1;2026-03-05 07:30;Dr X\n"
GIVEN = ["--column", "barcode=Röhrchen", "--column", "subject=Patientenkennung", "--column", "collected_at=Entnahme"]


def test_columns_of_other_tables_are_said_by_their_headers_and_read_by_the_map_that_is_written(tmp_path: Path) -> None:
    tubes, own = tmp_path / "tubes.csv", tmp_path / "own.toml"
    tubes.write_text(TUBES, "utf-8")
    with pytest.raises(MalformedFile, match=r"\[columns\.specimens\]: barcode = .*--table specimens"):
        read_specimens(tubes, load_map(), ZoneInfo("UTC"))
    said = CliRunner().invoke(labs, ["map", str(tubes), "--table", "specimens", *GIVEN[:2]])
    assert "missing: no column for subject" in said.output
    assert "unmapped column: Patientenkennung" in said.output
    assert CliRunner().invoke(labs, ["map", str(tubes), "--table", "specimens", *GIVEN, "-o", str(own)]).exit_code == 0
    (row,) = read_specimens(tubes, load_map(str(own)), ZoneInfo("UTC")).to_pylist()
    assert (row["specimen_id"], row["subject_id"]) == ("B1", "P1")


def test_a_map_goes_on_from_another_map_and_keeps_what_that_says(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(map_text("first", {"value": "Ergebnis"}, []), "utf-8")
    second.write_text(map_text("second", {"subject": "Kennung"}, [], first, "outcomes"), "utf-8")
    columns = load_map(str(second)).columns
    assert columns["labs"]["value"][0] == "ergebnis"
    assert columns["outcomes"]["subject"][0] == "kennung"


def test_a_column_that_no_field_is_called_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TUBES, "utf-8")
    for given, words in (("barcde=X", "nearest: barcode"), ("barcode", "expected FIELD=HEADER")):
        found = CliRunner().invoke(labs, ["map", str(tmp_path / "t.csv"), "--table", "specimens", "--column", given])
        assert isinstance(found.exception, UsageError)
        assert words in str(found.exception)
