"""A block of cells out of a spreadsheet goes into the wells that it was copied for, whatever barcodes look like; or it is refused."""

from __future__ import annotations

import pytest

from pbis.core.errors import UsageError
from pbis.pipeline.pasting import pasted
from pbis.pipeline.plate_layout import LaidWell

WELLS = [LaidWell(1, f"{letter}{column}", "unknown", "", "", "") for letter in "ABC" for column in range(1, 4)]
NUMBERS = "100011\t100012\t100013\n100021\t100022\t100023\n100031\t100032\t100033"
ROWS = [line.split("\t") for line in NUMBERS.splitlines()]
LAID = [cell for row in ROWS for cell in row]


def laid(block: str) -> list[str]:
    return pasted(block, WELLS, [f"was {each.well}" for each in WELLS])


@pytest.mark.parametrize(
    "block",
    [
        NUMBERS,  # barcodes that are numbers are no head of columns
        NUMBERS.replace("\n", "\r\n") + "\r\n",
        "1\t2\t3\n" + NUMBERS,
        "\t1\t2\t3\n"
        + "\n".join(f"{letter}\t{line}" for letter, line in zip("ABC", NUMBERS.splitlines(), strict=True)),
        "\n".join(f"{letter}\t{line}" for letter, line in zip("ABC", NUMBERS.splitlines(), strict=True)),
    ],
)
def test_each_barcode_lies_in_its_own_well_with_and_without_the_edges(block: str) -> None:
    assert laid(block) == LAID


def test_samples_that_are_counted_through_are_no_head() -> None:
    assert laid("1\t2\t3\n4\t5\t6\n7\t8\t9") == list("123456789")


def test_a_first_row_without_a_text_moves_no_other_row_up() -> None:
    assert laid("\nS1\nS2")[::3] == ["", "S1", "S2"]


def test_what_was_typed_stays_where_the_block_says_nothing() -> None:
    assert laid("S1\tS2") == ["S1", "S2", *(f"was {each.well}" for each in WELLS[2:])]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("a\tb\tc\td", "the block has 1 row and 4 columns; the plate has 3 and 3"),
        ("\t1\t2\nS1\tS2\tS3", "beside it no letters; copy the wells alone, or with both"),
    ],
)
def test_a_block_that_fits_no_wells_is_refused(block: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        laid(block)


def test_a_text_for_a_well_that_the_export_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the block says 'S2' for A2, a well that the export does not have$"):
        pasted("S1\tS2\tS3", [WELLS[0], WELLS[2]], ["", ""])
