"""A kit's lot sheet through a night: a plate that was run with analysis off is assayed, and all of it is queryable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.config import Site
from pbis.core.errors import MalformedFile
from pbis.core.frames import LOT_SHEET
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.lot_sheets import sheet_of
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.single import assay_file
from pbis.simulate import Dialect, SimulatedPlate, example_plate, render_plate
from pbis.simulate.sheets import kit_sheet

OFF = frozenset(
    {"Result", "Range", "Standard Expected Concentration", "Control Expected Concentration", "Units", "% Recovery"}
    | {"Control Range - Low", "Control Range - High", "Avg Result", "Avg Range", "%CV Replicates"}
    | {"Analysis Types", "Analysis Coefficients", "R^2", "Dilution Factor"}
)


@pytest.fixture(scope="module")
def plate() -> SimulatedPlate:
    return example_plate(5, samples=4)


def go(site: Site, clock: Callable[[], datetime]) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def drop(site: Site, kind: str, name: str, data: bytes | str) -> Path:
    path = site.path("inbox") / kind / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def asked(site: Site, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in run_query(site.root, query).to_pylist()]


def test_a_plate_with_analysis_off_takes_its_sheet(
    make_site: Callable[..., Site], clock: Callable[[], datetime], plate: SimulatedPlate, tmp_path: Path
) -> None:
    """It gives what the same plate gives with tables of its own; a corrected sheet computes it anew."""
    lot = f"Lot,{plate.header.kit.number}"
    site = make_site(plates=(), has_clinic=False)
    bare = render_plate(plate, Dialect(skipped_blocks=OFF))
    drop(site, "plates", "off.csv", bare)
    drop(site, "lot_sheets", "kit.csv", kit_sheet(plate, f"Plate,{plate.header.batch}", "Kit,Human cytokine", lot))
    first = go(site, clock)
    assert (first.plates_loaded, first.refused, first.imported["lot_sheets"]) == (1, (), 1)
    standards, controls = len(plate.reagents.standards), len(plate.reagents.controls)
    width = len(plate.analytes)
    assert asked(
        site,
        "select reagent_kind, reagent_source, count(*), count(expected_concentration), count(range_low), min(unit_reported)"
        " from reagent_used group by all order by 1 desc",
    ) == [
        ("standard", "lot_sheet", standards * width, standards * width, 0, "pg/mL"),
        ("qc_control", "lot_sheet", controls * width, controls * width, controls * width, "pg/mL"),
    ]
    assert asked(site, "select lot_number, lot_source from lot_used where lot_kind = 'kit'")[-1] == (
        plate.header.kit.number,
        "lot_sheet",
    )
    assert asked(site, "select distinct kit_lots, lot_sheet_file_id is not null from plate")[0][1] is True
    assert asked(site, "select count(*) from control_result where range_low is null") == [(0,)]
    assert asked(site, "select count(*) from store.reagent") == [(0,)]  # what the export says alone stays as it is
    page = next((site.path("reports") / "plates").glob("*.html")).read_text()
    assert plate.header.kit.number in page
    assert "lot sheet (sha256)" in page
    found = dict(asked(site, "select well || analyte, concentration from store.result where concentration is not null"))
    export = tmp_path / "on.csv"
    export.write_bytes(render_plate(plate))
    results = assay_file(export, panel="human-cytokine-7plex").results
    rows = zip(*(results.column(name).to_pylist() for name in ("well", "analyte", "concentration")), strict=True)
    same = {well + analyte: value for well, analyte, value in rows if value is not None}
    assert found == pytest.approx(same)

    doubled = kit_sheet(plate, f"Plate,{plate.header.batch}", "Kit,Human cytokine", lot, "Expiry,2031-05-31")
    drop(site, "lot_sheets", "kit corrected.csv", doubled)
    second = go(site, clock)
    assert (second.plates_loaded, second.plates_recomputed) == (0, 1)
    assert asked(site, "select expires_text from lot_used where lot_source = 'lot_sheet'") == [("2031-05-31",)]


def test_a_sheet_for_nobody_is_refused(
    make_site: Callable[..., Site], clock: Callable[[], datetime], plate: SimulatedPlate
) -> None:
    site = make_site(plates=(), has_clinic=False)
    drop(site, "lot_sheets", "kit.csv", kit_sheet(plate, "Kit,Human cytokine"))
    (refused,) = go(site, clock).refused
    assert "neither which plates it is for nor its lot" in str(refused)


def sheets(*rows: tuple[str, str | None, str | None]) -> pa.Table:
    """LOT_SHEET rows of file id, plates, lot."""
    return partial(
        LOT_SHEET,
        {
            "file_id": [row[0] for row in rows],
            "plates": [row[1] for row in rows],
            "lot_number": [row[2] for row in rows],
            "source_line": [1] * len(rows),
            "reagent_label": ["Standard1"] * len(rows),
            "reagent_kind": ["standard"] * len(rows),
            "analyte_reported": ["IL-2"] * len(rows),
        },
    )


@pytest.mark.parametrize(
    ("plate_name", "lots", "rows", "expected"),
    [
        ("P1", [], [("a", "P1", None)], "a"),
        ("P1", [], [("a", "P0 | P1", None), ("b", "P2", None)], "a"),
        ("P1", ["K9"], [("a", None, "k 9")], "a"),
        ("P1", ["K9"], [("a", None, "K90")], None),
        ("P1", ["K9"], [("a", "P1", "K9"), ("b", None, "K9")], "a"),  # the sheet that names the plate goes first
        ("P1", ["K9"], [("a", "P2", "K9")], None),  # it is for other plates, whatever its lot
        ("P1", [], [("a", None, "K9")], None),
        ("P1", ["K9"], [], None),
    ],
)
def test_the_sheet_of_a_plate_is_what_the_files_say(
    plate_name: str, lots: list[str], rows: list[tuple[str, str | None, str | None]], expected: str | None
) -> None:
    found = sheet_of(plate_name, lots, sheets(*rows), file="p.csv")
    assert (None if found is None else found.column("file_id")[0].as_py()) == expected


def test_two_sheets_that_fit_are_never_chosen_from() -> None:
    both = sheets(("a", "P1", "K9"), ("b", "P1", "K8"))
    with pytest.raises(MalformedFile, match=r"kit eight\.csv and kit nine\.csv"):
        sheet_of("P1", [], both, file="p.csv", names={"a": "kit nine.csv", "b": "kit eight.csv"})


def test_one_plate_takes_its_sheet_by_hand(tmp_path: Path, plate: SimulatedPlate) -> None:
    export, sheet = tmp_path / "off.csv", tmp_path / "kit.csv"
    export.write_bytes(render_plate(plate, Dialect(skipped_blocks=OFF)))
    sheet.write_text(kit_sheet(plate))
    with pytest.raises(MalformedFile, match="add the kit's lot sheet"):
        assay_file(export)
    found = assay_file(export, lot_sheet=sheet).results
    assert "QUANT" in found.column("status").to_pylist()
    sheet.write_text(kit_sheet(plate, "Plate,another"))
    with pytest.raises(MalformedFile, match="for other plates"):
        assay_file(export, lot_sheet=sheet)


def test_a_sheet_whose_unit_is_written_wrong_blocks_its_plate(
    make_site: Callable[..., Site], clock: Callable[[], datetime], plate: SimulatedPlate
) -> None:
    """Every concentration would be a thousand times what it is; the results that stand stay."""
    site = make_site(plates=(), has_clinic=False)
    drop(site, "plates", "off.csv", render_plate(plate, Dialect(skipped_blocks=OFF)))
    sheet = kit_sheet(plate, f"Plate,{plate.header.batch}", "Kit,Human cytokine", f"Lot,{plate.header.kit.number}")
    drop(site, "lot_sheets", "kit.csv", sheet)
    go(site, clock)
    values = "select well, analyte, value_reported, unit from result_all order by all"
    before = asked(site, values)
    drop(site, "lot_sheets", "mended.csv", sheet.replace("pg/mL", "ng/mL"))
    outcome = go(site, clock)
    (item,) = (one for one in outcome.open_items if one.kind == "plate_blocked_by_sheet")
    assert "mended.csv, line 5" in item.what
    assert "standards are of another size than panel" in item.what
    assert asked(site, values) == before != []
