"""Simulated ladders as they are printed: sound ones raise no alarm, a decimal point that moved is found where print shows it.

One plate holds all of them, an analyte a ladder. `make prove ladders` runs 10,000 of each; the suite a slice.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core.frames import READING, REAGENT, WELL_TYPE
from pbis.core.plates.ladder import odd_cells
from pbis.core.plates.plate import PlateRead, Run
from pbis.core.plates.suspect import half_unit, half_units

COUNTS = [300, pytest.param(10_000, marks=pytest.mark.prove)]
SLIPS = [10.0, 1000.0, 0.1, 0.001]


@dataclass(frozen=True)
class Ladder:
    """What is printed: the expected concentrations, and of each standard the wells' Result and % Recovery."""

    expected: list[str]
    wells: list[tuple[int, str, str]]


def drawn(rng: np.random.Generator, decimals: int) -> Ladder:
    """5 to 10 levels in steps of 2 to 5 below a top of 10 to 100,000; recoveries scatter, at the bottom more."""
    size, step = int(rng.integers(5, 11)), float(rng.choice([2.0, 3.0, 4.0, 5.0]))
    top = float(10 ** rng.uniform(1, 5))
    truth = top / step ** np.arange(size)[::-1]
    wells = []
    for i, dose in enumerate(truth):
        for _ in range(int(rng.integers(1, 3))):
            result = dose * float(np.exp(rng.normal(0, 0.4 if i < 2 else 0.08)))
            wells.append((i, f"{result:.{decimals}f}", f"{100 * result / dose:.{decimals}f}"))
    return Ladder([f"{dose:.{decimals}f}" for dose in truth], wells)


def moved(ladder: Ladder, at: int, factor: float) -> Ladder:
    """The decimal point of one cell in another place."""
    text = ladder.expected[at]
    decimals = len(text.partition(".")[2]) - round(np.log10(factor))
    cell = f"{float(text) * factor:.{max(decimals, 0)}f}"
    return dataclasses.replace(ladder, expected=[cell if i == at else e for i, e in enumerate(ladder.expected)])


def plate(ladders: list[Ladder], has_recovery: bool = True) -> PlateRead:
    reagents = [
        (f"Standard{i + 1}", f"AN-{n}", text) for n, one in enumerate(ladders) for i, text in enumerate(one.expected)
    ]
    cells = [(f"Standard{i + 1}", f"AN-{n}", *texts) for n, one in enumerate(ladders) for i, *texts in one.wells]
    reagent = {
        "run_id": ["r"] * len(reagents),
        "reagent_kind": ["standard"] * len(reagents),
        "reagent_label": [label for label, _, _ in reagents],
        "analyte_reported": [name for _, name, _ in reagents],
        "expected_concentration": [float(text) for *_, text in reagents],
        "expected_text": [text for *_, text in reagents],
    }
    reading = {
        "run_id": ["r"] * len(cells),
        "plate_number": [1] * len(cells),
        "well": ["A1"] * len(cells),
        "location": ["1(1,A1)"] * len(cells),
        "source_line": [1] * len(cells),
        "sample_label": [label for label, *_ in cells],
        "analyte_reported": [name for _, name, _, _ in cells],
        "result_reported": [float(result) for *_, result, _ in cells],
        "result_reported_op": ["="] * len(cells),
        "result_reported_text": [result for *_, result, _ in cells],
        "recovery_reported_pct": [float(share) if has_recovery else None for *_, share in cells],
    }
    own = ("run", "reading", "reagent", "well_type", "recovery_text", "lot_sheet_labels")
    empty = {f.name: pa.table({}) for f in dataclasses.fields(PlateRead) if f.name not in own}
    text = pa.array([share for *_, share in cells], pa.string())
    return PlateRead(Run("r", "f", 1, "t"), reading=partial(READING, reading), reagent=partial(REAGENT, reagent),
                     well_type=WELL_TYPE.empty(), recovery_text=text, **empty)  # fmt: skip


def found(read: PlateRead) -> dict[str, list[tuple[str, float]]]:
    """Analyte -> labels and what they should be."""
    suspects: dict[str, list[tuple[str, float]]] = {}
    for suspect in odd_cells(read):
        suspects.setdefault(suspect.analyte, []).append((suspect.label, suspect.should_be))
    return suspects


def is_visible(ladder: Ladder, at: int) -> bool:
    """Whether some well of the standard excludes the printed cell, by the arithmetic of the three prints alone."""

    def ends(text: str) -> tuple[float, float]:
        half = 0.5 * 10.0 ** -len(text.partition(".")[2])
        return max(float(text) - half, 0.0), float(text) + half

    low, high = ends(ladder.expected[at])
    for i, result, share in ladder.wells:
        if i == at and float(result) > 0 and float(share) > 0:
            (r_low, r_high), (s_low, s_high) = ends(result), ends(share)
            if 100 * r_low / s_high > high * 1.05 or (s_low > 0 and 100 * r_high / s_low < low / 1.05):
                return True
    return False


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("decimals", range(4))
def test_ladders_as_printed_raise_no_alarm(count, decimals):
    rng = np.random.default_rng(decimals)
    assert found(plate([drawn(rng, decimals) for _ in range(count)])) == {}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("factor", SLIPS)
@pytest.mark.parametrize("decimals", range(4))
def test_ladders_with_a_moved_point_are_found_where_print_shows_it(count, factor, decimals):
    rng = np.random.default_rng([decimals, int(1000 * factor)])
    sound = [drawn(rng, decimals) for _ in range(count)]
    at = [int(rng.choice([i for i, text in enumerate(one.expected) if float(text) > 0])) for one in sound]
    slipped = [moved(one, i, factor) for one, i in zip(sound, at, strict=True)]
    rows = [n for n in range(count) if float(slipped[n].expected[at[n]]) > 0]
    suspects = found(plate([slipped[n] for n in rows]))
    hit = np.array([f"Standard{at[n] + 1}" in [s for s, _ in suspects.get(f"AN-{k}", [])] for k, n in enumerate(rows)])
    shown = np.array([is_visible(slipped[n], at[n]) for n in rows])
    others = sum(
        label != f"Standard{at[n] + 1}" for k, n in enumerate(rows) for label, _ in suspects.get(f"AN-{k}", [])
    )
    alone = found(plate([slipped[n] for n in rows], has_recovery=False))
    by_series = np.mean([f"AN-{k}" in alone for k in range(len(rows))])
    print(f"decimals {decimals} x{factor:g}: shown {100 * shown.mean():.2f} %, of these found {100 * hit[shown].mean():.3f} %, "
          f"of the others {hit[~shown].sum()} of {(~shown).sum()}, other cells named {others}, by the series alone {100 * by_series:.1f} %")  # fmt: skip
    assert hit[shown].mean() >= 0.999
    assert others == 0


def test_half_units_of_many_texts_are_those_of_each() -> None:
    texts = [
        "12",
        "0.5",
        "1,25",
        "+3.0",
        "-7.125",
        "3.26021595582411",
        "5.",
        ".5",
        "1e3",
        "1.5E-4",
        "< 3.2",
        "2.5 pg/mL",
        "1,234.5",
        "",
    ]
    found, is_plain = half_units(pa.array([*texts, "0." + "1" * 400, None]))
    assert is_plain.tolist() == [True] * 6 + [False] * 10
    assert found[is_plain].tolist() == [half_unit(text) for text in texts[:6]]
