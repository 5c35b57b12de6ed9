"""Plates of one batch where one holds the standards: the other says that it has none."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pbis.core.errors import NoStandards
from pbis.pipeline.single import assay_file
from pbis.pipeline.standards import without_standards


def wells(*of: tuple[int, str]) -> pa.Table:
    return pa.table({"plate_number": [plate for plate, _ in of], "well_role": [role for _, role in of]})


def test_a_plate_that_holds_no_standard_beside_one_that_does_is_told() -> None:
    ((code, sentence),) = without_standards(wells((1, "standard"), (1, "unknown"), (2, "unknown"), (2, "background")))
    assert code == "plate_without_standards"
    assert sentence.startswith("plate 2 of the batch holds no standard")
    assert without_standards(wells((1, "standard"), (2, "standard"))) == []
    assert without_standards(wells((1, "unknown"))) == []  # a file without any is refused


def test_the_second_plate_of_a_batch_says_so(shared) -> None:
    found = assay_file(shared / "cases" / "plates" / "open_second_plate_of_batch_without_standards.csv")
    assert [text for text in found.warnings if text.startswith("plate 2 of the batch holds no standard")]


def test_a_file_without_any_is_refused_by_name(shared) -> None:
    with pytest.raises(NoStandards, match="no well is known to hold a standard"):
        assay_file(shared / "cases" / "plates" / "open_is23_notes_column.csv")
