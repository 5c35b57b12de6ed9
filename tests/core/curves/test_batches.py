"""What a plate says does not depend on the company it is computed in: shuffled, split, alone, and beside a much larger plate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayInput, AssayOptions, assay

RESEARCH = tolerances(load_suite("research"))

METHODS = ["robust", "xponent"]
TABLES = ("result", "curve", "level")
HARD: tuple[Callable[[float, int, int], float | None], ...] = (
    lambda y, level, well: y,
    lambda y, level, well: y * 3 if (level, well) == (4, 0) else y,
    lambda y, level, well: y * 0.5 if level == 7 else y,
    lambda y, level, well: y * 0.1 if level == 5 else y,
    lambda y, level, well: None if well else y,
    lambda y, level, well: None if level == 3 else y,
    lambda y, level, well: None if level == 0 else y,
    lambda y, level, well: 14.0 if level < 4 else 15000.0,  # a staircase: the slope runs to its bound
    lambda y, level, well: 14 + 0.5 * 4.0**level,  # a straight line: the top is anywhere
    lambda y, level, well: 14 + y / 1000,
    lambda y, level, well: None if level > 3 else y,
    lambda y, level, well: 14.0,
)


def plates(sketch: Callable) -> list[AssayInput]:
    """Hard standards, quiet and noisy; one plate with a single analyte, one with six times as many wells."""
    rng = np.random.default_rng(12)
    made = []
    for number in range(18):
        names = ("IL-6",) if number == 5 else ("IL-6", "IL-8", "TNF")
        plate = sketch(run_id=f"{number:02d}" * 32, batch=f"plate-{number:02d}", analytes=names, levels=7 - number % 2)
        for k in range(100 if number == 7 else 3):
            plate.sample(f"Z{k + 1}", float(np.exp(rng.uniform(2, 10))))
        _spoil(plate, number, rng)
        made.append(plate.input())
    return made


def _spoil(plate: object, number: int, rng: np.random.Generator) -> None:
    seen: dict[int, int] = {}
    for well, role, level, _, _ in plate.wells:
        if role in ("standard", "background"):
            k = seen[level or 0] = seen.get(level or 0, -1) + 1
            for analyte in plate.analytes:
                noisy = plate.mfi[well, analyte] * float(np.exp(rng.normal(0, 0.05 if number < 12 else 0.3)))
                plate.mfi[well, analyte] = HARD[number % 12](noisy, level or 0, k)


@pytest.fixture(scope="module")
def night(sketch: Callable) -> list[AssayInput]:
    return plates(sketch)


@pytest.fixture(scope="module", params=METHODS)
def options(request: pytest.FixtureRequest) -> AssayOptions:
    return AssayOptions(RESEARCH, method=request.param)


@pytest.fixture(scope="module")
def together(night: list[AssayInput], options: AssayOptions) -> dict[str, pa.Table]:
    frames = assay(night, options)
    return {name: getattr(frames, name) for name in TABLES}


def same(found: pa.Table, expected: pa.Table) -> None:
    """Texts, flags and counts alike, numbers to 1e-9."""
    assert found.num_rows == expected.num_rows
    for field in expected.schema:
        ours, theirs = found.column(field.name), expected.column(field.name)
        if not pa.types.is_floating(field.type):
            assert ours.to_pylist() == theirs.to_pylist(), field.name
            continue
        one, other = (column.fill_null(np.nan).to_numpy() for column in (ours, theirs))
        assert np.allclose(one, other, rtol=1e-9, atol=0.0, equal_nan=True), field.name


def test_the_night_holds_what_is_hard(together: dict[str, pa.Table]) -> None:
    assert set(together["curve"].column("status").to_pylist()) == {"pass", "warn", "fail", "none"}
    said = {reason for text in together["curve"].column("reasons").to_pylist() for reason in (text or "").split(";")}
    assert said >= {"hook", "non_monotone", "flat", "no_background", "single_replicates", "missing_level"}


def test_the_order_of_plates_changes_nothing(
    night: list[AssayInput], options: AssayOptions, together: dict[str, pa.Table]
) -> None:
    for seed in (1, 2):
        mixed = assay([night[k] for k in np.random.default_rng(seed).permutation(len(night))], options)
        for name in TABLES:
            same(getattr(mixed, name), together[name])


@pytest.mark.parametrize("size", [1, 7])
def test_a_part_of_the_night_says_the_same(
    night: list[AssayInput], options: AssayOptions, together: dict[str, pa.Table], size: int
) -> None:
    for at in range(0, len(night), size):
        part = night[at : at + size]
        frames = assay(part, options)
        names = pa.array([one.assay_id for one in part])
        for name in TABLES:
            whole = together[name]
            same(getattr(frames, name), whole.filter(pc.is_in(whole.column("assay_id"), value_set=names)))
