"""A sample without a dilution beside samples with one is held; where nobody speaks of dilutions, 1 is assumed and said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from partial_frames import partial

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.frames import FINDING, LAYOUT
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import WellAssignment, assign_roles
from pbis.core.verdicts.roll_up import roll_up
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import Dialect, example_plate, faults, render_plate

RESEARCH = tolerances(load_suite("research"))

PLATE = example_plate(11, samples=6, dilution=2.0)
PAIR = faults.sample_wells(PLATE, "SR001006")
LOST, OTHER = PAIR[1], PAIR[0]


def read(data: bytes) -> PlateRead:
    return read_bytes(data, "plate.csv")


def without_row(well: str) -> bytes:
    """The good export with the well's row cut out of Dilution Factor."""
    head, mark, tail = render_plate(PLATE).partition(b'"Dilution Factor"')
    start = tail.index(f",{well})".encode())
    begin, end = tail.rindex(b"\r\n", 0, start) + 2, tail.index(b"\r\n", start) + 2
    return head + mark + tail[:begin] + tail[end:]


def with_text(well: str, text: str) -> bytes:
    head, mark, tail = render_plate(PLATE).partition(b'"Dilution Factor"')
    start = tail.index(f",{well})".encode())
    end = tail.index(b"\r\n", start)
    row = tail[start:end].rsplit(b",", 1)[0] + f',"{text}"'.encode()
    return head + mark + tail[:start] + row + tail[end:]


ABSENT = {
    "empty": lambda: (render_plate(faults.lose_dilution(PLATE, [LOST])), "is empty"),
    "NaN": lambda: (render_plate(faults.lose_dilution(PLATE, [LOST], float("nan"))), "holds 'NaN'"),
    "0": lambda: (render_plate(faults.lose_dilution(PLATE, [LOST], 0.0)), "holds '0'"),
    "negative": lambda: (render_plate(faults.lose_dilution(PLATE, [LOST], -2.0)), "holds '-2'"),
    "N/A": lambda: (with_text(LOST, "N/A"), "holds 'N/A'"),
    "***": lambda: (with_text(LOST, "***"), "holds '***'"),
    "no row": lambda: (without_row(LOST), "has no row for it"),
}


def by_well(roles: WellAssignment) -> dict[str, dict[str, object]]:
    return {row["well"]: row for row in roles.table.to_pylist()}


def layout(*rows: tuple[str, float | None]) -> pa.Table:
    """Samples of a layout: well and dilution."""
    return partial(
        LAYOUT,
        {
            "file_id": ["f"] * len(rows),
            "source_line": list(range(2, 2 + len(rows))),
            "plate": ["B"] * len(rows),
            "plate_number": [1] * len(rows),
            "well": [well for well, _ in rows],
            "well_role": ["unknown"] * len(rows),
            "dilution_factor": [factor for _, factor in rows],
        },
    )


def computed(found: PlateRead, roles: WellAssignment) -> pa.Table:
    return assay([AssayInput("a", found, roles.table, None, load_aliases())], AssayOptions(RESEARCH)).result


@pytest.mark.parametrize("how", ABSENT)
def test_a_well_without_a_factor_is_held_and_named(how: str) -> None:
    data, said = ABSENT[how]()
    found = read(data)
    roles = assign_roles(found, None)
    row = by_well(roles)[LOST]
    assert (row["dilution_factor"], row["dilution_source"], row["doubt"]) == (None, None, "dilution")
    message = dict(roles.warnings)["dilution_unknown"]
    line = next(r["source_line"] for r in found.doubt.to_pylist() if r["well"] == LOST)
    text = data.decode().split("\r\n")[line - 1]
    assert LOST in text or '"Dilution Factor"' in text
    for part in ("plate.csv", f"line {line}", LOST, said, "11 other sample wells", "layout"):
        assert part in message, message
    held = [r for r in computed(found, roles).to_pylist() if r["well"] == LOST]
    assert {r["status"] for r in held} == {"HELD"}
    assert all(
        r[name] is None for r in held for name in ("concentration", "concentration_op", "concentration_bound", "ci_low")
    )


@pytest.mark.parametrize("how", ABSENT)
def test_everything_else_is_as_in_the_mended_file(how: str) -> None:
    found, good = read(ABSENT[how]()[0]), read(render_plate(PLATE))
    names = ["well", "analyte", "status", "concentration", "concentration_op", "concentration_bound", "ci_low", "ci_high", "replicate_group"]  # fmt: skip
    got, want = (
        [row for row in computed(one, assign_roles(one, None)).select(names).to_pylist() if row["well"] != LOST]
        for one in (found, good)
    )
    assert got == want


def test_the_other_well_of_the_sample_stands_alone_and_says_so() -> None:
    found = read(ABSENT["NaN"]()[0])
    result = computed(found, assign_roles(found, None))
    curve = assay(
        [AssayInput("a", found, assign_roles(found, None).table, None, load_aliases())], AssayOptions(RESEARCH)
    ).curve
    verdicts = roll_up(result, FINDING.empty(), curve)
    states = {(r["well"], r["analyte"]): r for r in verdicts.reading_state.to_pylist()}
    held = [states[LOST, name] for name in set(result.column("analyte").to_pylist())]
    assert {(r["qc_state"], r["reportable"], r["reasons"]) for r in held} == {("held", False, "held")}
    alone = [r for (well, _), r in states.items() if well == OTHER and r["reportable"]]
    assert alone
    assert {(r["qc_state"], r["reasons"]) for r in alone} == {("warn", "single_replicate")}
    assert all(r["replicate_cv_pct"] is None for r in result.to_pylist() if r["well"] in PAIR)
    plate = verdicts.plate.to_pylist()[0]
    assert plate["state"] == "warn"
    assert f"held until a person says more: {LOST}" in plate["sentence"]
    whole = verdicts.analyte.to_pylist()[0]
    assert whole["reportable_count"] < whole["well_count"] == 12
    assert "1 held until a person says more" in whole["sentence"]


def test_a_layout_releases_the_well_and_its_precedence_stays() -> None:
    found, good = read(ABSENT["NaN"]()[0]), read(render_plate(PLATE))
    told = assign_roles(found, layout((LOST, 2.0)))
    row = by_well(told)[LOST]
    assert (row["dilution_factor"], row["dilution_source"], row["doubt"]) == (2.0, "layout", None)
    assert "dilution_unknown" not in dict(told.warnings)
    numbers = [
        [r["concentration"] for r in computed(one, roles).to_pylist() if r["well"] == LOST]
        for one, roles in ((found, told), (good, assign_roles(good, None)))
    ]
    assert numbers[0] == numbers[1]
    assert by_well(assign_roles(good, layout((LOST, 5.0))))[LOST]["dilution_factor"] == 5.0


def test_a_layout_that_leaves_one_well_open_holds_it() -> None:
    """The export has no dilutions; the layout gives them, but not for one well, and does not name another."""
    bare = read(render_plate(faults.lose_dilution(PLATE, PLATE.wells.name)))
    wells = [name for name, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role == "unknown"]
    plan = layout(*((well, None if well == LOST else 2.0) for well in wells[1:]))
    roles = assign_roles(bare, plan)
    rows = by_well(roles)
    assert {well for well in wells if rows[well]["doubt"] == "dilution"} == {LOST, wells[0]}
    assert "the layout gives none (line 12 of the layout)" in str(rows[LOST]["doubt_reason"])


def test_where_nobody_gives_a_dilution_one_is_assumed_and_said() -> None:
    bare = read(render_plate(faults.lose_dilution(PLATE, PLATE.wells.name)))
    roles = assign_roles(bare, None)
    assert {r["dilution_source"] for r in roles.table.to_pylist() if r["well_role"] == "unknown"} == {"assumed_1"}
    message = dict(roles.warnings)["dilution_assumed"]
    assert "any of the 12 sample wells: 1 (undiluted) is assumed" in message
    assert roles.table.column("doubt").null_count == roles.table.num_rows


@pytest.mark.parametrize("printed", [0.0, -2.0])
def test_a_factor_that_is_none_is_never_one(printed: float) -> None:
    """Also where every sample has it."""
    wells = [name for name, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role == "unknown"]
    found = read(render_plate(faults.lose_dilution(PLATE, wells, printed)))
    result = computed(found, assign_roles(found, None)).to_pylist()
    assert {r["status"] for r in result if r["well_role"] == "unknown"} == {"HELD"}


def test_controls_standards_and_backgrounds_need_none() -> None:
    others = [name for name, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role != "unknown"]
    found, good = read(render_plate(faults.lose_dilution(PLATE, others))), read(render_plate(PLATE))
    roles = assign_roles(found, None)
    assert roles.warnings == ()
    assert roles.table.column("doubt").null_count == roles.table.num_rows
    np.testing.assert_array_equal(*(computed(o, assign_roles(o, None)).column("concentration") for o in (found, good)))


def test_a_sample_at_two_dilutions_leaves_its_untold_well_apart() -> None:
    second = faults.sample_wells(PLATE, "SR001005")
    label = PLATE.wells.label[PLATE.wells.name.index(LOST)]
    other = PLATE.wells.label[PLATE.wells.name.index(second[0])]
    plate = faults.lose_dilution(faults.relabel(PLATE, {other: label}), second, 4.0)
    rows = by_well(assign_roles(read(render_plate(faults.lose_dilution(plate, [LOST]))), None))
    assert rows[LOST]["replicate_group"] == f"{label} x?"
    assert {rows[well]["replicate_group"] for well in (OTHER, *second)} == {f"{label} x2", f"{label} x4"}


NO_DILUTIONS = Dialect(skipped_blocks=frozenset({"Dilution Factor"}))


def test_the_exports_own_result_speaks_against_a_dilution_of_1() -> None:
    """The block is lost, the Results were computed with 2: no sample is taken for undiluted."""
    found = read(render_plate(PLATE, NO_DILUTIONS))
    roles = assign_roles(found, None)
    samples = [row for row in by_well(roles).values() if row["well_role"] == "unknown"]
    assert {(row["dilution_factor"], row["doubt"]) for row in samples} == {(None, "dilution")}
    assert "about 2 times what its standards have" in dict(roles.warnings)["dilution_unknown"]
    assert "dilution_assumed" not in dict(roles.warnings)
    statuses = {r["status"] for r in computed(found, roles).to_pylist() if r["well_role"] == "unknown"}
    assert statuses == {"HELD"}


def test_a_layout_answers_what_the_result_says() -> None:
    found = read(render_plate(PLATE, NO_DILUTIONS))
    wells = [row["well"] for row in by_well(assign_roles(found, None)).values() if row["well_role"] == "unknown"]
    roles = assign_roles(found, layout(*[(str(well), 2.0) for well in wells]))
    assert {row["dilution_source"] for row in by_well(roles).values() if row["well_role"] == "unknown"} == {"layout"}


@pytest.mark.parametrize("factor", [1.5, 3.0, 4.0, 20.0])
@pytest.mark.parametrize("seed", range(3))
def test_other_factors_are_seen_in_the_result(factor: float, seed: int) -> None:
    found = read(render_plate(example_plate(seed + 1, samples=6, dilution=factor), NO_DILUTIONS))
    held = [row for row in by_well(assign_roles(found, None)).values() if row["doubt"] == "dilution"]
    assert len(held) == 12


@pytest.mark.parametrize("seed", range(6))
def test_undiluted_samples_are_never_held_for_their_result(seed: int) -> None:
    found = read(render_plate(example_plate(seed + 1, samples=20, dilution=1.0), NO_DILUTIONS))
    roles = assign_roles(found, None)
    assert {row["doubt"] for row in by_well(roles).values()} == {None}
    assert "dilution_assumed" in dict(roles.warnings)
