"""A well's fault is the well's: planted doubts hold exactly their wells in every dialect, and too many refuse the plate."""

from __future__ import annotations

import random
from functools import cache

import planted_doubts
import pyarrow as pa
import pytest
from planted_doubts import FORMS, PLATE, Form, planted

from expectations import load_suite, tolerances
from expectations.doubts import doubt_limits
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.errors import MalformedFile
from pbis.core.plates.doubtful import require_few_doubts
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.readers.summary import summarise

SAMPLES = [well for well, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role == "unknown"]
CONTROLS = [well for well, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role == "qc_control"]
RESEARCH = AssayOptions(tolerances(load_suite("research")))
SAME = ("well", "analyte", "mfi", "bead_count", "net_mfi", "status", "concentration", "concentration_op", "concentration_bound", "ci_low", "ci_high", "dilution_factor", "specimen_id", "replicate_group")  # fmt: skip
Row = dict[str, object]


@cache
def form_of(name: str) -> Form:
    return FORMS[name]()


def computed(read: PlateRead) -> list[Row]:
    well = assign_roles(read, None).table
    require_few_doubts(read, well, doubt_limits())
    result: pa.Table = assay([AssayInput("a", read, well, None, load_aliases())], RESEARCH).result
    return result.select(list(SAME)).to_pylist()


@cache
def good(name: str) -> list[Row]:
    form = form_of(name)
    return computed(read_bytes(form.write(form.rows()), "plate"))


def check(name: str, kind: str, seed: int) -> None:
    """Plant, read, assay: exactly the wells are held, and everything else is what the undamaged plate gives."""
    rng = random.Random(f"{name} {kind} {seed}")
    pool = [*SAMPLES, *CONTROLS] if kind in ("label", "cell") else SAMPLES
    wells = sorted(rng.sample(pool, rng.choice((1, 1, 2, 3))))
    read = read_bytes(planted(form_of(name), kind, wells, rng), "plate")
    doubts = [one for one in summarise(read)["doubts"] if one["kind"] == kind]
    assert sorted({one["well"] for one in doubts}) == wells, (name, kind, seed)
    assert all(one["line"] > 0 and one["expected"] and one["found"] is not None for one in doubts)
    rows = computed(read)
    held = sorted({str(row["well"]) for row in rows if row["status"] == "HELD"})
    assert held == ([] if kind == "events" else wells), (name, kind, seed)
    for row in rows:
        if row["status"] == "HELD":
            assert {row[n] for n in ("concentration", "concentration_op", "concentration_bound", "specimen_id")} == {
                None
            }
    left = [[row for row in one if row["well"] not in held] for one in (rows, good(name))]
    assert left[0] == left[1], (name, kind, seed)


CASES = [(name, kind) for name in FORMS for kind in form_of(name).kinds]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_planted_doubts_hold_exactly_their_wells(name: str, kind: str) -> None:
    check(name, kind, 0)


@pytest.mark.prove
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_many_planted_doubts(name: str, kind: str) -> None:
    for seed in range(1, 41):
        check(name, kind, seed)


@pytest.mark.parametrize("kind", ["label", "dilution", "events", "cell"])
def test_more_than_a_tenth_of_the_wells_refuses_the_plate(kind: str) -> None:
    most = len(PLATE.wells.name) // 10
    data = [planted(form_of("xponent"), kind, SAMPLES[:n], random.Random(1)) for n in (most, most + 1)]
    assert computed(read_bytes(data[0], "plate"))
    with pytest.raises(
        MalformedFile, match=rf"{most + 1} of {len(PLATE.wells.name)} wells are in doubt \({kind}"
    ) as no:
        computed(read_bytes(data[1], "plate"))
    assert no.value.line
    assert no.value.hint
    assert "pbis decide tell" in no.value.hint


@pytest.mark.parametrize("role", ["standard", "background"])
def test_a_label_that_may_be_a_standard_or_background_refuses_the_plate(role: str) -> None:
    well = PLATE.wells.name[PLATE.wells.role.index(role)]
    read = read_bytes(planted(form_of("xponent"), "label", [well], random.Random(1)), "plate")
    with pytest.raises(
        MalformedFile, match=f"well {well} holds another sample than with its medians, and one may be a {role}"
    ):
        assign_roles(read, None)


def test_a_sample_that_another_block_calls_a_standard_refuses_the_plate() -> None:
    form = form_of("xponent")
    rows = form.rows()
    at = next(i for i, row in enumerate(rows) if row[:2] == ["DataType:", "Count"])
    row = next(row for row in rows[at:] if row and f",{SAMPLES[0]})" in row[0])
    row[1] = "Standard3"
    with pytest.raises(MalformedFile, match="may be a standard or background"):
        assign_roles(read_bytes(form.write(rows), "plate"), None)


@pytest.mark.parametrize("name", ["xponent", "intelliflex flat"])
def test_a_factor_beyond_any_dilution_holds_its_well(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its results would grow beyond numbers, and no release could be published."""
    monkeypatch.setattr(planted_doubts, "NO_FACTOR", ("1e300",))
    check(name, "dilution", 0)
