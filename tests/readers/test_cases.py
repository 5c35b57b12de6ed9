"""Plates that differ from a base in one thing: every cell of every other well is the base's, on the real files.

What each file is for stands beside it. The kinds behind them are tried on simulated plates in test_doubts.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pbis

Cells = dict[tuple[str, str], dict[str, Any]]
# Which file a row came from, and nothing about the well.
PROVENANCE = {"run_id", "source_line", "plate", "method_version"}
NAMED = {"sample_label", "replicate_group"}
PAIR = {"IFN-gamma", "IL-2"}  # the two whose columns stand exchanged in one block of one file


def assayed(shared: Path, name: str) -> Cells:
    """(well, analyte) -> its row without provenance."""
    rows = pbis.assay(shared / "cases" / "plates" / f"open_{name}").to_arrow().to_pylist()
    return {(row["well"], row["analyte"]): {n: v for n, v in row.items() if n not in PROVENANCE} for row in rows}


@pytest.fixture(scope="module")
def base(shared: Path) -> Cells:
    return assayed(shared, "base_reference.csv")


def differing(base: Cells, found: Cells) -> dict[tuple[str, str], set[str]]:
    """(well, analyte) -> names of the columns that differ."""
    assert found.keys() == base.keys()
    pairs = {key: {name for name in row if row[name] != found[key][name]} for key, row in base.items()}
    return {key: names for key, names in pairs.items() if names}


@pytest.mark.parametrize("name", ["dilution_header_row_twice.csv", "total_events_swapped_in_median.csv"])
def test_no_cell_is_other_than_the_base(shared: Path, base: Cells, name: str) -> None:
    assert differing(base, assayed(shared, name)) == {}


def test_a_label_in_another_word_order_holds_its_well_alone(shared: Path, base: Cells) -> None:
    found = assayed(shared, "label_word_order_one_well.csv")
    changed = differing(base, found)
    assert {well for well, _ in changed} == {"G4", "H4"}
    held = {row["status"] for (well, _), row in found.items() if well == "H4"}
    kept = ("mfi", "bead_count", "net_mfi", "net_mfi_reported", "dilution_factor")
    assert held == {"HELD"}
    assert all(found[key][name] == base[key][name] for key in base for name in kept)
    assert not [key for key in found if key[0] == "H4" and found[key]["concentration"] is not None]
    # The other well of the pair keeps its number, and has no second one to scatter about.
    assert {frozenset(names) for (well, _), names in changed.items() if well == "G4"} == {
        frozenset({"replicate_cv_pct"})
    }


def test_a_well_without_a_factor_has_no_number_and_the_others_have_theirs(shared: Path, base: Cells) -> None:
    found = assayed(shared, "dilution_nan_one_well.csv")
    for key, row in found.items():
        was = base[key]
        assert (row["mfi"], row["bead_count"], row["net_mfi"]) == (was["mfi"], was["bead_count"], was["net_mfi"])
        if key[0] == "H4":
            assert (row["concentration"], row["dilution_factor"], row["status"]) == (None, None, "HELD")
        elif was["well_role"] == "unknown":
            assert row["dilution_factor"] == 2 * was["dilution_factor"] == 2
            assert row["status"] == was["status"]
            for name in ("concentration", "concentration_bound"):
                assert row[name] == (None if was[name] is None else pytest.approx(2 * was[name], rel=1e-9))
        else:
            assert row == was


def test_background_under_another_name_is_the_background(shared: Path, base: Cells) -> None:
    changed = differing(base, assayed(shared, "background_called_Blank.csv"))
    assert {well for well, _ in changed} == {"A1", "B1"}
    assert set().union(*changed.values()) == NAMED


def test_counts_go_by_the_names_above_them(shared: Path, base: Cells) -> None:
    found = assayed(shared, "analyte_order_differs_in_count_header.csv")
    changed = differing(base, found)
    assert {analyte for _, analyte in changed} == PAIR
    assert set().union(*changed.values()) == {"bead_count"}
    for well in {well for well, _ in found}:
        told = [found[well, analyte]["bead_count"] for analyte in sorted(PAIR)]
        assert told == [base[well, analyte]["bead_count"] for analyte in sorted(PAIR, reverse=True)]


def test_a_label_that_differs_for_one_analyte_holds_its_pair_of_wells(shared: Path) -> None:
    """C4 and D4 are one row of the export, a mean, which stands under C4."""
    name = "bioplex_label_differs_one_analyte.xlsx"
    plate = pbis.read(shared / "cases" / "plates" / f"open_{name}")
    said = [row["message"] for row in plate.warning.to_arrow().to_pylist() if row["code"] == "label_differs"]
    assert [text.split(" is called")[0] for text in said] == ["well C4", "well D4"]
    found = assayed(shared, name)
    assert {well for (well, _), row in found.items() if row["status"] == "HELD"} == {"C4"}
    others = [row for (well, _), row in found.items() if well != "C4" and row["well_role"] == "unknown"]
    assert others
    assert all(row["concentration"] is not None or row["concentration_op"] in ("<", ">") for row in others)
