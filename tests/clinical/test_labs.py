"""Laboratory rows: exact values in canonical units, or the reason why not; no record number comes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, aside_of, notes_of, read_labs
from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.core.frames import LAB, REASONS
from pbis.labs import load_map
from pbis.labs.load import FOLDER

Labs = Callable[..., pa.Table]
ZONE = ZoneInfo("Europe/Berlin")


def row(test: str = "CRP", value: str = "1.3", unit: str = "mg/L", status: str = "final", mrn: str = "MRN-1") -> str:
    return f'{mrn},A1,{test},"{value}",{unit},{status},2026-03-05 07:30,2026-03-05 09:00,0-5'


def only(table: pa.Table) -> dict[str, object]:
    LAB.check(table)
    (found,) = table.to_pylist()
    return found


def test_a_row_keeps_what_was_sent_beside_what_it_means(labs: Labs) -> None:
    found = only(labs(row()))
    assert {name: found[name] for name in LAB.names if name != "file_id"} == {
        "source_line": 2,
        "subject_id": "S1",
        "specimen_id": "A1",
        "code": "CRP",
        "code_system": "local",
        "analyte": "crp",
        "value_reported": "1.3",
        "unit_reported": "mg/L",
        "value_op": "=",
        "value_text": "0.13",
        "unit": "mg/dL",
        "factor_text": "1/10",
        "status": "final",
        "collected_at": datetime(2026, 3, 5, 7, 30),
        "has_time": True,
        "resulted_at": datetime(2026, 3, 5, 9, 0),
        "reference_text": "0-5",
        "reason": None,
        "detail": None,
        "order_id": None,
        "site": "north",
        "candidates": None,
        "fhir_id": None,
        "version": None,
        "updated_at": None,
    }


@pytest.mark.parametrize(
    ("test", "value", "unit", "wanted"),
    [
        ("1988-5", "1300", "ug/L", ("crp", "=", "0.13", "mg/dL")),
        ("30522-7", "0.0013", "g/L", ("crp", "=", "0.13", "mg/dL")),
        ("hs-CRP", "<0.3", "mg/dL", ("crp", "<", "0.3", "mg/dL")),
        ("751-8", "7000", "/uL", ("neutrophils", "=", "7", "10*9/L")),
        ("Neutrophils", "7", "K/uL", ("neutrophils", "=", "7", "10*9/L")),
        ("ANC", "7", "giga.l-1", ("neutrophils", "=", "7", "10*9/L")),
        ("Neutrophils", "72", "%", ("neutrophils_pct", "=", "72", "%")),
        ("Lymphocytes %", "20", "%", ("lymphocytes_pct", "=", "20", "%")),
        ("731-0", "2", "10^9/L", ("lymphocytes", "=", "2", "10*9/L")),
        ("\u03b1-Fetoprotein", ">=^400", "ug/L", ("afp", ">=", "400", "ng/mL")),
        ("IL-2", "0.0032", "ng/mL", ("il2", "=", "3.2", "pg/mL")),
        ("INR", "1.1", "", ("inr", "=", "1.1", "1")),
    ],
)
def test_values_come_out_exact(labs: Labs, test: str, value: str, unit: str, wanted: tuple[str, ...]) -> None:
    found = only(labs(row(test, value, unit)))
    assert (found["analyte"], found["value_op"], found["value_text"], found["unit"]) == wanted
    assert found["reason"] is None


@pytest.mark.parametrize(
    ("cells", "reason", "words"),
    [
        ({"unit": ""}, "unit_unknown", "no unit"),
        ({"unit": "furlong"}, "unit_unknown", "'furlong'"),
        ({"unit": "10*9/L"}, "unit_unknown", "no unit for crp"),
        ({"unit": "nmol/L"}, "unit_unknown", "molar"),
        ({"test": "AFP", "unit": "IU/mL"}, "unit_unknown", "kit"),
        ({"test": "751-8", "value": "72", "unit": "%"}, "unit_unknown", "no unit for neutrophils"),
        ({"test": "Neutrophils", "unit": "g/L"}, "unit_unknown", "no unit for neutrophils"),
        ({"value": "1,3"}, "number_ambiguous", "'1,3'"),
        ({"value": "-1"}, "unreadable", "sentinel"),
        ({"value": ""}, "not_received", "empty"),
        ({"value": "QNS"}, "qns", "QNS"),
        ({"status": "P"}, "preliminary_only", "preliminary"),
        ({"status": ""}, "preliminary_only", "no status"),
        ({"status": "perhaps"}, "preliminary_only", "'perhaps'"),
        ({"status": "fi-nal"}, "preliminary_only", "'fi-nal'"),
        ({"status": "X"}, "cancelled", "cancelled"),
        ({"status": "entered-in-error"}, "entered_in_error", "entered in error"),
        ({"status": "EnteredInError"}, "entered_in_error", "entered in error"),
        ({"test": "769-0", "unit": "10*9/L"}, "unit_unknown", "no unit for segs_pct"),
        ({"test": "Hypersegmented neutrophils", "unit": "%"}, "assay_mismatch", "segmented"),
        ({"test": "IL-2 receptor", "unit": "pg/mL"}, "assay_mismatch", "receptor"),
        ({"test": "76039-7", "unit": "pg/mL"}, "assay_mismatch", "receptor"),
        ({"test": "Neutrophils; body fluid", "unit": "/uL"}, "assay_mismatch", "body fluid"),
        ({"mrn": "MRN-777"}, "identity_conflict", "does not know"),
    ],
)
def test_a_row_that_cannot_be_used_stays_with_its_reason(
    labs: Labs, cells: dict[str, str], reason: str, words: str
) -> None:
    found = only(labs(row(**cells)))
    assert found["reason"] == reason
    assert reason in REASONS
    assert words in str(found["detail"])
    assert "MRN" not in str(found)


def test_a_code_that_no_one_asked_for_is_kept_without_an_analyte(labs: Labs) -> None:
    found = only(labs(row("2951-2", "140", "mmol/L")))
    assert (found["analyte"], found["reason"], found["code_system"]) == (None, None, "loinc")


@pytest.mark.parametrize(("at", "words"), [("", "no collection time"), ("2026-02-30", "'2026-02-30' is no date")])
def test_a_result_without_a_time_lies_in_no_window(labs: Labs, at: str, words: str) -> None:
    found = only(labs(f"MRN-2,A1,CRP,1,mg/L,final,{at},,"))
    assert (found["reason"], found["has_time"]) == ("outside_window", False)
    assert words in str(found["detail"])


def test_a_stamp_with_an_offset_becomes_the_sites_wall_time(labs: Labs) -> None:
    found = only(labs("MRN-1,A1,CRP,1,mg/L,final,2026-03-05T23:30:00Z,,"))
    assert found["collected_at"] == datetime(2026, 3, 6, 0, 30)


def test_a_row_without_an_id_belongs_to_nobody(labs: Labs) -> None:
    table = labs(row(), row(mrn=""))
    assert table.column("source_line").to_pylist() == [2]
    aside = aside_of(table)
    assert aside is not None
    assert [(unit.line, unit.message) for unit in aside.units] == [(3, "the row has no mrn (identity_conflict)")]
    with pytest.raises(MalformedFile, match="no mrn") as caught:
        labs(row(mrn=""))
    assert caught.value.line == 2


def test_a_date_with_two_readings_refuses_the_file(labs: Labs) -> None:
    with pytest.raises(AmbiguousValue, match="date_order"):
        labs("MRN-1,A1,CRP,1,mg/L,final,03/04/2026,,")


def test_headers_have_aliases_and_unknown_ones_are_noted(labs: Labs) -> None:
    header = "Patient ID;Test Name;Result;Units;Result Status;Collection Time;Ward"
    table = labs("MRN-1;CRP;1.3;mg/L;F;2026-03-05;7 West", header=header)
    assert only(table)["value_text"] == "0.13"
    assert notes_of(table) == ("ignored columns: Ward",)


def test_no_record_number_comes_out(labs: Labs) -> None:
    """Two canaries: a number that links and one that does not."""
    text = str(labs(row(mrn="MRN-1"), row(mrn="MRN-CANARY")).to_pydict())
    assert "MRN" not in text


OWN_MAP = (FOLDER / "maps" / "default.toml").read_text(encoding="utf-8")


def own_map(folder: Path, old: str, new: str) -> str:
    path = folder / "own.toml"
    path.write_text(OWN_MAP.replace(old, new, 1), encoding="utf-8")
    return str(path)


def test_a_site_declares_decimal_commas(labs: Labs, tmp_path: Path) -> None:
    assert (
        only(labs(row(value="1,3"), map_name=own_map(tmp_path, 'decimal_mark = "."', 'decimal_mark = ","')))[
            "value_text"
        ]
        == "0.13"
    )


def test_a_site_declares_the_unit_of_blank_cells(labs: Labs, tmp_path: Path) -> None:
    found = only(
        labs(row(unit=""), map_name=own_map(tmp_path, "[unit_where_blank]", '[unit_where_blank]\ncrp = "mg/L"'))
    )
    assert (found["value_text"], found["reason"]) == ("0.13", None)
    assert "declared" in str(found["detail"])


def test_a_site_declares_a_kit_factor(labs: Labs, tmp_path: Path) -> None:
    kit = '[[kit_factor]]\nanalyte = "afp"\nunit = "IU/mL"\nfactor = "1.21"\nto = "ng/mL"\nsource = "insert, page 3"\n'
    found = only(
        labs(row("AFP", "100", "IU/mL"), map_name=own_map(tmp_path, "[unit_where_blank]", kit + "[unit_where_blank]"))
    )
    assert (found["value_text"], found["unit"], found["factor_text"]) == ("121", "ng/mL", "121/100")
    assert "insert, page 3" in str(found["detail"])


def test_simple_and_awkward_files_give_the_same_rows(write: Callable[..., Path], linkage: Linkage) -> None:
    """A blank line sends the same rows through the careful parser."""
    lines = ["mrn,test,value,unit,status,collected_at"]
    lines += [f"MRN-{1 + i % 3},CRP,{i}.{i},mg/L,final,2026-03-{1 + i % 28:02d} 07:30" for i in range(200)]
    simple = read_labs(write("\n".join(lines)), linkage, load_map(), ZONE)
    awkward = read_labs(write("\n".join(lines) + "\n\n"), linkage, load_map(), ZONE)
    assert simple.drop_columns(["file_id"]).equals(awkward.drop_columns(["file_id"]))
