"""Equal warnings are one, with a count and the first few places."""

from __future__ import annotations

from pbis.core.plates.same_warnings import Warned, together

ANALYTES = ("IL-1", "IL-12", "IL-12p70", "TNF")


def sentences(*said: Warned) -> list[str]:
    return [same.sentence for same in together(said, ANALYTES)]


def test_fifteen_wells_of_one_sentence_are_one_with_the_first_places() -> None:
    wells = [f"{row}{column}" for row in "ABC" for column in range(1, 6)]
    said = [
        Warned("label_differs", f"well {well} is called 'P{i}' first, but 'Q{i}' in Count: it is held", 100 + i)
        for i, well in enumerate(wells)
    ]
    (same,) = together(said, ANALYTES)
    assert same.count == 15
    assert same.sentence == (
        "well A1 is called 'P0' first, but 'Q0' in Count: it is held "
        "[15 times: also A2 (line 101), A3 (line 102), A4 (line 103) and 11 more]"
    )
    assert same.located.startswith("well A1 is called 'P0' first, but 'Q0' in Count: it is held (line 100) [15 times")
    assert [place.well for place in same.places] == wells
    assert [place.message for place in same.places] == [one.message for one in said]


def test_a_sentence_about_an_analyte_is_the_same_for_another() -> None:
    said = [Warned("equation_unread", f"the curve of {name} has no equation that can be read") for name in ANALYTES]
    (same,) = together(said, ANALYTES)
    assert [place.analyte for place in same.places] == list(ANALYTES)
    assert same.sentence.endswith("[4 times: also IL-12, IL-12p70, TNF]")


def test_a_well_after_file_and_line_is_a_well_too() -> None:
    text = "plate 7.csv, line {}: well {} is called '{}' by its medians, but 'B' in Count"
    said = [Warned("held", text.format(8, "H4", "A")), Warned("held", text.format(9, "H5", "C"))]
    assert sentences(*said) == [f"{said[0].message} [2 times: also H5]"]


def test_what_differs_in_more_than_its_place_stays_apart() -> None:
    said = (
        Warned("ladder", "IL-1 of Standard3: 204800, should be 204.8", 3),
        Warned("ladder", "TNF of Standard3: 96000, should be 96", 4),  # the value is what a person needs
        Warned("block", "block PeakCount is of no known kind: 96 rows ignored", 5),
        Warned("block", "block TrimmedPeakCount is of no known kind: 96 rows ignored", 6),
        Warned("events", "well G4: Total Events is 7 in block Median, 8 in Count", 7),
        Warned("events", "well G4: Total Events is 7 in block Median, 8 in Net MFI", 7),
        Warned("other", "well G4: Total Events is 7 in block Median, 8 in Net MFI", 7),
    )
    assert sentences(*said) == [one.message for one in said]
    assert [same.located for same in together(said[:1], ())] == [f"{said[0].message} (line 3)"]


def test_the_order_is_that_of_the_first_of_each() -> None:
    said = [Warned("a", "x of IL-1"), Warned("b", "y"), Warned("a", "x of TNF"), Warned("b", "y")]
    assert sentences(*said) == ["x of IL-1 [2 times: also TNF]", "y [2 times: also another]"]
    assert together([], ANALYTES) == []
