"""Does a plate lean? Its samples say so: one plate hardly, many plates well, and replicates far apart best."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pbis.core.measures.group import Reals
from pbis.core.trends.place import LEAST_SAMPLES, UNEVEN, is_even, places, positions

ANALYTES = 7
NOISE = 0.05  # SD of ln MFI of a well
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]


def plates(count: int, lean: float, spread: float, across: bool = False, samples: int = 38) -> pa.Table:
    """Results of plates whose standards stand in the first two columns, and whose signal rises or falls by `lean` to the last one.
    across: a sample's second well stands in the other half of the plate, not below the first."""
    rng = np.random.default_rng(8)
    rows: dict[str, list[object]] = {name: [] for name in ("assay_id", "well", "well_role", "replicate_group", "mfi")}
    for plate in range(count):
        sign = rng.choice([-1.0, 1.0])
        holds = rng.normal(5.0, spread, (samples, ANALYTES))
        for i, well in enumerate(WELLS[: 20 + 2 * samples]):
            number = (i - 20) % samples if across else (i - 20) // 2
            level = holds[number] if i >= 20 else np.full(ANALYTES, 5.0)
            change = sign * lean * (int(well[1:]) - 1) / 11
            rows["assay_id"] += [f"a{plate:03d}"] * ANALYTES
            rows["well"] += [well] * ANALYTES
            rows["well_role"] += ["standard" if i < 16 else "qc_control" if i < 20 else "unknown"] * ANALYTES
            rows["replicate_group"] += [f"s{number}" if i >= 20 else f"r{i // 2}"] * ANALYTES
            rows["mfi"] += list(np.exp(level + change + rng.normal(0, NOISE, ANALYTES)))
    size = len(rows["well"])
    same = {"run_id": rows["assay_id"], "plate_number": [1] * size, "status": ["QUANT"] * size}
    return pa.table(rows | same | {"analyte": [f"X{n}" for n in range(ANALYTES)] * (size // ANALYTES)})


def said(table: pa.Table) -> tuple[Reals, Reals]:
    found = places(table)
    return found.column("variance").to_numpy(), found.column("error").to_numpy()


@pytest.mark.parametrize("lean", [0.0, 0.1, 0.2])
def test_what_the_place_adds_is_told_without_bias_and_chance_as_it_is(lean: float) -> None:
    """By hand: samples stand in columns 3 to 12, on average 5.8 from the standards' mean, root mean square 6.4 columns of 11."""
    variance, error = said(plates(60, lean, 0.3))
    assert variance.mean() == pytest.approx((lean * 6.4 / 11) ** 2, abs=3 * variance.std() / 60**0.5)
    if not lean:
        assert variance.std() == pytest.approx(error.mean(), rel=0.3)


def test_wells_of_a_sample_far_apart_say_it_where_samples_differ_much() -> None:
    """A plate alone: samples spread by a factor of 3, and yet a gradient of 10 % is ten times what chance shows."""
    (beside,), (apart,) = (said(plates(1, 0.1, 1.1, across))[1] for across in (False, True))
    assert beside > UNEVEN
    assert apart < UNEVEN / 10
    assert said(plates(1, 0.1, 1.1, across=True))[0][0] == pytest.approx(UNEVEN, rel=0.5)


@pytest.mark.parametrize(
    ("lean", "spread", "count", "expected"),
    [
        (0.0, 0.3, 20, True),
        (0.1, 0.15, 20, False),
        (0.03, 0.15, 20, True),  # little
        (0.0, 1.1, 20, False),  # twenty plates of samples that differ so much cannot tell
        (0.0, 0.6, 60, True),  # sixty that differ less can
    ],
)
def test_even_is_what_is_shown_to_be(lean: float, spread: float, count: int, expected: bool) -> None:
    assert is_even(*said(plates(count, lean, spread))) is expected


def test_a_plate_with_few_samples_or_without_standards_says_nothing() -> None:
    assert places(plates(1, 0.0, 0.3, samples=LEAST_SAMPLES)).num_rows == 1
    assert places(plates(1, 0.0, 0.3, samples=LEAST_SAMPLES - 1)).num_rows == 0
    whole = plates(1, 0.0, 0.3)
    role = whole.column("well_role").to_pylist()
    assert places(whole.filter(pa.array([one != "standard" for one in role]))).num_rows == 0
    assert places(whole.slice(0, 0)).num_rows == 0


def test_a_plate_says_the_same_in_any_company_and_order() -> None:
    three = plates(3, 0.1, 0.3)
    whole = places(three)
    mixed = three.take(pa.array(np.random.default_rng(2).permutation(three.num_rows)))
    assert places(mixed).equals(whole)
    alone = [places(three.filter(pa.compute.equal(three.column("assay_id"), f"a{i:03d}"))) for i in range(3)]
    assert pa.concat_tables(alone).equals(whole)


def test_wells_are_read_as_columns_and_rows() -> None:
    assert positions(["A1", "H12", "P24", "AF48"]).tolist() == [[0, 0], [11, 7], [23, 15], [47, 31]]
