"""Bead regions against the kit's panel and against the names of the file: what is refused, and what proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from partial_frames import partial

from pbis.core.errors import PanelMismatch
from pbis.core.frames import ANALYTE
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.regions import check_named_regions, check_panel_regions
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate

ALIASES = AliasTable({"il-2": "IL-2", "huil-2": "IL-2", "il-6": "IL-6", "tnfa": "TNF", "il-10": "IL-10"})
PANEL = Panel(
    "kit", "Kit", tuple(PanelAnalyte(n, "pg/mL", r) for n, r in (("IL-2", "38"), ("IL-6", "57"), ("TNF", None)))
)


@pytest.fixture(scope="module")
def plate() -> PlateRead:
    return read_bytes(render_plate(example_plate(5, samples=2)), "plate.csv")


def with_regions(plate: PlateRead, regions: Sequence[tuple[str, str | None]]) -> PlateRead:
    """The plate with these analytes on these regions, given on line 90."""
    names = [name for name, _ in regions]
    analyte = partial(
        ANALYTE,
        {
            "run_id": ["r"] * len(names),
            "analyte_reported": names,
            "position": list(range(1, len(names) + 1)),
            "bead_region": [region for _, region in regions],
            "bead_region_line": [90] * len(names),
        },
    )
    return PlateRead(**{**plate.__dict__, "analyte": analyte})


@pytest.mark.parametrize(
    ("regions", "found"),
    [
        ({"IL-2": "38", "IL-6": "57", "TNFa": "1"}, None),
        ({"Hu IL-2 (38)": "38"}, None),  # a partial panel
        ({"IL-2": "038"}, None),
        ({"IL-2": None, "IL-6": "57"}, None),  # nothing to compare
        ({"IL-2": "38", "IL-10": "44"}, None),  # more than the panel, on beads of its own
        ({"IL-2": "57", "IL-6": "38"}, {"IL-2": ("region 38", "57"), "IL-6": ("region 57", "38")}),
        ({"Hu IL-2": "39", "IL-6": "57"}, {"Hu IL-2": ("region 38", "39")}),
        ({"IL-10": "38", "IL-6": "57"}, {"IL-10": ("a region of its own: this is IL-2's in the panel", "38")}),
    ],
)
def test_regions_against_the_panel(
    plate: PlateRead, regions: Mapping[str, str | None], found: Mapping[str, tuple[str, str]] | None
) -> None:
    read = with_regions(plate, list(regions.items()))
    if found is None:
        check_panel_regions(read, PANEL, ALIASES)
        return
    with pytest.raises(PanelMismatch) as refusal:
        check_panel_regions(read, PANEL, ALIASES)
    name, (should_be, is_on) = next(iter(found.items()))
    assert (refusal.value.line, refusal.value.column) == (90, name)
    assert refusal.value.expected == should_be
    for name, (should_be, is_on) in found.items():
        assert f"{name} (line 90) is on region {is_on}, should be on {should_be}" in str(refusal.value)


def test_without_a_panel_nothing_is_asked(plate: PlateRead) -> None:
    check_panel_regions(plate, None, ALIASES)


@pytest.mark.parametrize(
    ("regions", "is_refused"),
    [
        ([("A (11)", "11"), ("B (12)", "12"), ("C (13)", "13"), ("D (14)", "15")], True),
        ([("A (11)", "11"), ("B (12)", "12"), ("C (13)", "13"), ("D", "15")], False),
        ([("HPV (16)", "11"), ("HPV (18)", "12"), ("HPV (31)", "13")], False),  # numbers that are no regions
        ([("A (11)", "11"), ("B (12)", "13")], False),  # too few to prove what the numbers are
    ],
)
def test_names_that_end_with_their_region_prove_one_that_does_not(
    plate: PlateRead, regions: list[tuple[str, str]], is_refused: bool
) -> None:
    read = with_regions(plate, regions)
    if not is_refused:
        check_named_regions(read)
        return
    with pytest.raises(PanelMismatch, match=r"column D \(14\).*expected region 14 by its name; found region 15"):
        check_named_regions(read)


def test_the_line_is_that_of_the_bead_ids() -> None:
    data = render_plate(example_plate(5, samples=2))
    (line,) = set(read_bytes(data, "p").analyte.column("bead_region_line").to_pylist())
    assert data.decode().split("\r\n")[line - 1].startswith('"BeadID')
