"""Hashes are equal where the content is, and differ where one value does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from warehouse import begin_night, connect, load_plate, result_hashes


@pytest.fixture
def other(empty_warehouse, tmp_path):
    import shutil

    con = connect(shutil.copy(empty_warehouse, tmp_path / "other.duckdb"))
    yield con
    con.close()


def test_order_time_and_night_do_not_matter(con, other, make_plate):
    plates = [make_plate(1), make_plate(2)]
    begin_night(con, "monday", datetime(2026, 3, 1))
    for plate in plates:
        load_plate(con, plate)
    for plate in reversed(plates):
        load_plate(other, replace(plate, night_id="tuesday", loaded_at=datetime(2027, 1, 1), archived_path="elsewhere"))
    assert result_hashes(con) == result_hashes(other)


def differing(con, other):
    one, two = result_hashes(con), result_hashes(other)
    return sorted(name for name in one if one[name] != two[name])


def test_one_value_matters(con, other, make_plate):
    load_plate(con, make_plate(1))
    plate = make_plate(1)
    mended = plate.result.set_column(plate.result.column_names.index("recovery_pct"), "recovery_pct", [[100.0]]).cast(
        plate.result.schema
    )
    load_plate(other, replace(plate, result=mended))
    assert differing(con, other) == ["result"]


def test_null_is_not_the_empty_text(con, other, make_plate):
    for target, panel in ((con, None), (other, "")):
        plate = make_plate(1)
        load_plate(target, replace(plate, provenance=replace(plate.provenance, panel=panel)))
    assert differing(con, other) == ["assay"]


def test_which_assay_stands_matters(con, other, make_plate):
    load_plate(con, make_plate(1))
    assert "current_assay" in differing(con, other)
