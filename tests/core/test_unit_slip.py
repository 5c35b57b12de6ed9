"""Unit slips: a batch beside the typical value or the rest of its file; one value alone is not enough for a factor of ten."""

from __future__ import annotations

import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core.frames import LAB
from pbis.core.measures.unit_slip import unit_slips

TYPICAL = {"neutrophils": 4.0}
USUAL = ["2.1", "3.0", "3.4", "4.0", "4.4", "5.2", "6.9", "3.8", "4.1", "2.7"]


def rows(
    values: list[str], file: str = "f1", analyte: str = "neutrophils", reference: str = "1.5-7.5", op: str = "="
) -> pa.Table:
    count = len(values)
    return partial(LAB, {
        "file_id": [file] * count,
        "source_line": range(count),
        "analyte": [analyte] * count,
        "value_op": [op] * count,
        "value_text": values,
        "unit_reported": ["10*9/L"] * count,
        "reference_text": [reference] * count,
        "status": ["final"] * count,
        "has_time": [True] * count,
    })  # fmt: skip


def scaled(factor: float) -> list[str]:
    return [str(float(value) * factor) for value in USUAL]


@pytest.mark.parametrize(("factor", "power"), [(1, 0), (10, 1), (0.1, -1), (100, 2), (1000, 3), (0.001, -3), (1.8, 0)])
def test_a_batch_beside_the_typical_value(factor: float, power: int) -> None:
    (found,) = unit_slips(rows(scaled(factor)), TYPICAL).to_pylist()
    assert (found["power"], found["reference_kind"], found["row_count"]) == (power, "typical", 10)
    assert (found["z"] > 5) == (power != 0)


def test_a_thousandfold_slip_of_one_message_is_seen_although_its_own_range_accepts_it() -> None:
    (found,) = unit_slips(rows(["3500"], reference="1500-7500"), TYPICAL).to_pylist()
    assert (found["power"], found["z"] > 5) == (3, True)


@pytest.mark.parametrize("value", ["0.4", "25"])
def test_one_ill_patient_is_no_slip(value: str) -> None:
    (found,) = unit_slips(rows([value]), TYPICAL).to_pylist()
    assert found["z"] < 5


def test_a_batch_inside_a_file_is_compared_with_the_rest_of_it() -> None:
    table = pa.concat_tables([rows(USUAL * 3), rows(scaled(1000), reference="1500-7500")])
    found = unit_slips(table, {}).to_pylist()
    assert [(each["reference_kind"], each["power"]) for each in found] == [("rest_of_file", 3)]


def test_the_typical_value_goes_before_the_rest_of_the_file() -> None:
    """Where most of a file slipped, the rest of the file would accuse the batch that is right."""
    right, slipped = rows(USUAL * 2), rows(scaled(1000) * 3, reference="1500-7500")
    found = unit_slips(pa.concat_tables([right, slipped]), TYPICAL).to_pylist()
    assert [(each["reference_kind"], each["power"]) for each in found] == [("typical", 0), ("typical", 3)]


def test_bounds_and_zeros_say_nothing_and_unknown_analytes_have_no_row() -> None:
    table = pa.concat_tables([rows(["5"], op="<"), rows(["0"]), rows(["5"], analyte="crp")])
    assert unit_slips(table, TYPICAL).num_rows == 0
