"""Plates without standards: refused by name, told where another plate of the batch has some, given with the export's own numbers."""

from __future__ import annotations

import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc
import pytest
from small_site import write_small_site

import pbis
from pbis.cli.show_read import as_lines
from pbis.config import Site
from pbis.core.errors import NoStandards
from pbis.core.plates.well import assign_roles
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.loading import without_standards as night_notes
from pbis.pipeline.night import run_plain
from pbis.pipeline.single import AssayedFile, assay_file
from pbis.pipeline.stages import PlateJob, ReadPlate
from pbis.pipeline.standards import require_standards, told_of_standards
from pbis.readers import read
from pbis.readers.summary import summarise
from pbis.simulate import example_plate, render_plate


@pytest.fixture(scope="module")
def export() -> str:
    """An analysed plate; its checksum stays, and no longer is that of the bytes when it was edited."""
    return render_plate(example_plate(3)).decode()


@pytest.fixture(scope="module")
def bare(export: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without standards: no well, no reagent."""
    text = re.sub(r'(?m)^[^\n]*"Standard\d"[^\n]*\n', "", export)
    text = re.sub(r'"DataType:","Standard Expected Concentration".*?(?="DataType:")', "", text, flags=re.DOTALL)
    path = tmp_path_factory.mktemp("bare") / "bare.csv"
    path.write_bytes(text.encode())
    return path


@pytest.fixture(scope="module")
def two(export: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a batch of two plates, the standards on the first: columns 7 to 12 were read from a second one."""
    text = re.sub(r"\(1,([A-H])(7|8|9|10|11|12)\)", r"(2,\g<1>\2)", export)
    path = tmp_path_factory.mktemp("two") / "two.csv"
    path.write_bytes(text.encode())
    return path


def outcome(found: AssayedFile, plate: int) -> Counter[str]:
    rows = found.results.filter(pc.equal(found.results.column("plate_number"), plate))
    return Counter(rows.column("status").to_pylist())


def test_a_plate_that_holds_no_standard_beside_one_that_does_is_told_and_gets_no_number(two: Path) -> None:
    found = assay_file(two)
    (sentence,) = [text for text in found.warnings if text.startswith("plate 2 of the batch holds no standard")]
    assert sentence.endswith("its 48 wells keep their MFI")
    assert outcome(found, 1)["QUANT"] > 50
    assert set(outcome(found, 2)) == {"NO_CURVE"}


@pytest.mark.parametrize("method", ["robust", "xponent"])
def test_what_is_told_has_a_code(two: Path, bare: Path, method: str) -> None:
    plate = read(two)
    assert [code for code, _ in told_of_standards(plate, assign_roles(plate, None).table, method)] == [
        "plate_without_standards"
    ]
    plate = read(bare)
    wells = assign_roles(plate, None).table
    assert told_of_standards(plate, wells, method) == []  # a file without any is refused
    with pytest.raises(NoStandards, match="no well is known to hold a standard"):
        require_standards(plate, wells, method)


def test_the_exports_own_concentrations_need_no_standards(bare: Path) -> None:
    found = assay_file(bare, method="instrument")
    (told,) = [text for text in found.warnings if "export's own Result as it stands" in text]
    assert told.startswith("plate 1 has no standard with a known concentration")
    own = found.results.filter(pc.equal(found.results.column("result_reported_op"), "="))
    quant = own.filter(pc.equal(own.column("status"), "QUANT"))
    assert quant.num_rows > 300
    assert quant.column("concentration").to_pylist() == pytest.approx(quant.column("result_reported").to_pylist())
    assert set(found.curves.column("status").to_pylist()) == {"none"}
    assert set(found.curves.column("lloq").to_pylist()) == {None}
    same = pbis.assay(bare, method="instrument").to_arrow()
    assert same.column("concentration").to_pylist() == found.results.column("concentration").to_pylist()


def test_a_second_plate_without_standards_has_the_exports_own_concentrations(two: Path) -> None:
    found = assay_file(two, method="instrument")
    assert outcome(found, 2)["QUANT"] > 50
    assert not [text for text in found.warnings if "keep their MFI" in text]
    assert [text for text in found.warnings if text.startswith("plate 2 has no standard with a known concentration")]


def test_the_second_plate_of_a_batch_says_so(shared: Path) -> None:
    found = assay_file(shared / "cases" / "plates" / "open_second_plate_of_batch_without_standards.csv")
    assert [text for text in found.warnings if text.startswith("plate 2 of the batch holds no standard")]


def test_read_and_the_table_of_a_script_say_so_too(two: Path) -> None:
    summary = summarise(read(two))
    assert any("96 of 96 on 2 plates: " in line for line in as_lines(summary))
    said = [one for one in summary["warnings"] if one["code"] == "plate_without_standards"]
    assert [one["message"][:38] for one in said] == ["plate 2 of the batch holds no standard"]
    table = pbis.assay(two).warning.to_arrow().to_pylist()
    assert [row["message"] for row in table if row["code"] == "plate_without_standards"] == [said[0]["message"]]


def test_the_night_says_so_in_a_note(two: Path) -> None:
    plate = read(two)
    wells = assign_roles(plate, None).table
    job = PlateJob("r", "two.csv", two, None)
    told = tuple(told_of_standards(plate, wells, "robust"))
    (note,) = night_notes([ReadPlate(job, "a", plate, wells, None, (("unknown_role", "x"), *told))])
    assert note.startswith("two.csv: plate 2 of the batch holds no standard")


def test_what_a_killed_night_had_to_say_of_a_plate_is_said_by_the_one_that_completes_it(
    two: Path, killed: Callable[[Site, str], int], tmp_path: Path
) -> None:
    site = write_small_site(tmp_path / "site", 0)
    folder = site.path("inbox") / "plates"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(two, folder)
    assert killed(site, "score") == -signal.SIGKILL
    outcome = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    assert (outcome.plates_loaded, outcome.refused) == (0, ())
    assert sum(note.startswith("two.csv: plate 2 of the batch holds no standard") for note in outcome.notes) == 1
    assert "plate 2 of the batch holds no standard" in (site.path("reports") / "index.html").read_text()
    again = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 6, 3, 0))
    assert again.notes == ()


def test_a_file_without_any_is_refused_by_name(shared: Path) -> None:
    with pytest.raises(NoStandards, match="no well is known to hold a standard"):
        assay_file(shared / "cases" / "plates" / "open_is23_notes_column.csv")
