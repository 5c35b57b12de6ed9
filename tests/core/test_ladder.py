"""Corrupted ladders are caught by either detector; ladders that kits really have are not."""

from __future__ import annotations

import dataclasses

import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core.errors import CorruptedLadder
from pbis.core.frames import READING, REAGENT
from pbis.core.plates.ladder import ladder_suspects, marked, with_suspects
from pbis.core.plates.ladder_identity import odd_by_identity
from pbis.core.plates.ladder_series import odd_rungs
from pbis.core.plates.plate import PlateRead, Run

EMPTY = pa.table({})


def plate(expected: dict[str, float | None], wells=(), texts=None) -> PlateRead:
    """One analyte with the expected concentrations; wells: (sample, result, recovery); texts: the cells as printed, those of
    the expected concentrations, of Result and of % Recovery."""
    size = len(expected)
    written, results, recoveries = texts or ([None] * size, [None] * len(wells), [None] * len(wells))
    reagent = partial(
        REAGENT,
        {
            "run_id": ["r"] * size,
            "reagent_label": list(expected),
            "reagent_kind": ["standard"] * size,
            "analyte_reported": ["IL-2"] * size,
            "expected_concentration": list(expected.values()),
            "expected_text": written,
            "source_line": list(range(10, 10 + size)),
        },
    )
    reading = partial(
        READING,
        {
            "run_id": ["r"] * len(wells),
            "plate_number": [1] * len(wells),
            "well": [f"A{i}" for i in range(1, len(wells) + 1)],
            "analyte_reported": ["IL-2"] * len(wells),
            "location": ["1(1,A1)"] * len(wells),
            "source_line": list(range(len(wells))),
            "sample_label": [name for name, _, _ in wells],
            "result_reported": [result for _, result, _ in wells],
            "result_reported_op": ["="] * len(wells),
            "result_reported_text": results,
            "recovery_reported_pct": [recovery for _, _, recovery in wells],
        },
    )
    own = ("run", "reading", "reagent", "well_type", "recovery_text", "lot_sheet_labels")
    tables = {f.name: EMPTY for f in dataclasses.fields(PlateRead) if f.name not in own}
    run = Run("r", "plate.csv", 1, "test")
    text = pa.array(recoveries, pa.string())
    return PlateRead(run=run, reading=reading, reagent=reagent, recovery_text=text, **tables)


def several(*ladders: tuple[float, ...]) -> PlateRead:
    """As many analytes as ladders: AN-1, AN-2, ..."""
    made = [ladder(*values) for values in ladders]
    names = REAGENT.names.index("analyte_reported")
    parts = [
        one.reagent.set_column(names, REAGENT.schema.field(names), pa.array([f"AN-{i}"] * one.reagent.num_rows))
        for i, one in enumerate(made, 1)
    ]
    return dataclasses.replace(made[0], reagent=pa.concat_tables(parts))


def ladder(*values: float | None) -> PlateRead:
    return plate({f"Standard{i}": value for i, value in enumerate(values, 1)})


@pytest.mark.parametrize(
    "values",
    [
        (3.2, 16, 80, 400, 2000, 10000),
        (10000, 2000, 400, 80, 16, 3.2),
        (3.2, 12.8, 51.2, 204.8, 819.2, 3276.8, 13107.2),
        (0, 3.2, 16, 80, 400, 2000),
        (1, 3, 9, 27, 81, 500),  # a top level of its own
        (0.5, 1, 2, 4, 8, 32),  # a step left out
        (3.2, 3.2, 16, 16, 80, 80),  # duplicates under labels of their own
        (4.9, 19.5, 78.1, 312, 1250, 5000, 20000),  # rounded
        (400, 3.2, 10000, 80, 16, 2000),  # labels in no order
        (1, 10, 100, 1000, 10000),
        (5, None, 80, 320, 1280),
        (3.2, 16, 80),
    ],
)
def test_ladders_that_kits_have_pass(values):
    assert list(odd_rungs(ladder(*values).reagent)) == []
    assert ladder_suspects(ladder(*values)) == ()


@pytest.mark.parametrize(
    "values", [(3450, 1725, 862.5, 431.25, 215.625, 107.8125, 53.90625), (3.2, 16, 80, 400, 2000, 10000)]
)
@pytest.mark.parametrize("factor", [1000.0, 0.001, 100.0])
def test_one_level_off_by_a_power_of_ten_is_named_at_every_place(values, factor):
    for at in range(len(values)):
        broken = [value * factor if i == at else value for i, value in enumerate(values)]
        suspects = list(odd_rungs(ladder(*broken).reagent))
        assert [(s.label, s.line) for s in suspects] == [(f"Standard{at + 1}", 10 + at)]
        assert suspects[0].should_be == pytest.approx(values[at])


def test_two_levels_off_are_both_named():
    suspects = list(odd_rungs(ladder(3.2, 16000, 80, 400, 2000000, 10000, 50000).reagent))
    assert {s.label: s.should_be for s in suspects} == pytest.approx({"Standard2": 16, "Standard5": 2000})


def test_the_identity_catches_what_geometry_cannot():
    whole_ladder = {f"Standard{i}": 1000 * v for i, v in enumerate((3.2, 16, 80), 1)}
    wells = [
        ("Standard 1", 3.3, 103.13),
        ("Standard2", 15.5, 96.88),
        ("Standard3", 80.0, 100.0),
        ("Standard3", 81.0, 101.25),
    ]
    broken = plate(whole_ladder, wells)
    assert {s.label: s.should_be for s in odd_by_identity(broken)} == pytest.approx(
        {"Standard1": 3.2, "Standard2": 16, "Standard3": 80}
    )
    with pytest.raises(CorruptedLadder, match="3 expected concentrations"):
        ladder_suspects(broken)


def test_rounded_recoveries_are_no_corruption():
    fine = plate({"Standard1": 3.2, "Standard2": 16.0}, [("Standard1", 0.0413, 1.29), ("Standard2", 15.99, 99.94)])
    assert list(odd_by_identity(fine)) == []
    assert ladder_suspects(fine) == ()


PRINTED = [
    ("0.13", "0.01", "5", True),  # 0.005..0.015 at 4.5..5.5 %: 0.09..0.33
    ("0.13", "0.01", "5.00", True),  # 0.10..0.30
    ("0.13", "0.010", "5.00", False),  # 0.19..0.21
    ("0.4", "0.01", "5", False),
    ("1", "0.5", "100", True),  # 0.5..1.5 holds 0.45..0.55
    ("1", "0.50", "100.0", True),
    ("1.0", "0.50", "100.0", False),
    ("0.13", "0.01", "0", True),  # a recovery printed as 0 says nothing
    ("3.2", "3.2", "100", True),
    ("32", "3.2", "100", False),
    ("3200", "3.2 pg/mL", "100", False),
    ("3,2", "3,3", "103,1", True),
]


@pytest.mark.parametrize(("written", "result", "recovery", "is_right"), PRINTED)
def test_the_identity_is_as_sharp_as_the_print(written, result, recovery, is_right):
    value, got, share = (float(text.split()[0].replace(",", ".")) for text in (written, result, recovery))
    read = plate({"S1": value}, [("S1", got, share)], ([written], [result], [recovery]))
    assert (list(odd_by_identity(read)) == []) == is_right


def test_wells_of_one_standard_share_what_they_say():
    """Neither duplicate alone excludes 0.13: 0.04..0.16 and 0.14..0.3 hold it; both together do."""
    wells = [("S1", 0.1, 100.0), ("S1", 0.2, 92.0)]
    texts = (["0.13"], ["0.1", "0.2"], ["100", "92"])
    assert list(odd_by_identity(plate({"S1": 0.13}, wells, texts))) == []
    one = plate({"S1": 0.13}, [("S1", 0.2, 92.0)], (["0.13"], ["0.2"], ["92"]))
    assert [s.label for s in odd_by_identity(one)] == ["S1"]


GOOD = (3.2, 16.0, 80.0, 400.0, 2000.0)
BAD = (3.2, 16.0, 80000.0, 400.0, 2000.0)


def test_a_fault_in_fewer_than_half_of_the_analytes_is_theirs():
    read = several(GOOD, BAD, GOOD)
    suspects = ladder_suspects(read)
    assert [(s.analyte, s.label, s.should_be) for s in suspects] == [("AN-2", "Standard3", 80.0)]
    kept = with_suspects(read.reagent, suspects)
    assert [str(s) for s in marked(kept)] == ["Standard3 of AN-2 (line 12) is 80000, should be 80"]
    assert kept.column("expected_concentration").equals(read.reagent.column("expected_concentration"))


@pytest.mark.parametrize("ladders", [(BAD,), (BAD, GOOD), (BAD, BAD, GOOD), (BAD, BAD, BAD)])
def test_where_half_of_the_analytes_are_hit_the_file_is_refused(ladders):
    with pytest.raises(CorruptedLadder, match="should be 80"):
        ladder_suspects(several(*ladders))
