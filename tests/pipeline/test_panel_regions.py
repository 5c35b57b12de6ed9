"""A plate whose beads are not the configured panel's is refused, by hand and at night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pbis.config import Site
from pbis.core.errors import PanelMismatch
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.single import assay_file
from pbis.simulate import example_plate, render_plate

PANEL = "human-cytokine-7plex"


@pytest.fixture(scope="module")
def swapped() -> bytes:
    """An export whose first two analytes have each other's bead."""
    plate = example_plate(5, samples=2)
    one, two, *rest = plate.analytes
    beads = (replace(one, bead_region=two.bead_region), replace(two, bead_region=one.bead_region))
    return render_plate(replace(plate, analytes=(*beads, *rest)))


def test_by_hand_only_where_a_panel_is_given(tmp_path: Path, swapped: bytes) -> None:
    path = tmp_path / "swapped.csv"
    path.write_bytes(swapped)
    assert assay_file(path).results.num_rows
    with pytest.raises(PanelMismatch, match=r"swapped\.csv, line \d+, column .*2 of 7 analytes.*should be on region"):
        assay_file(path, panel=PANEL)


def test_at_night(make_site: Callable[..., Site], clock: Callable[[], datetime], swapped: bytes) -> None:
    site = make_site(plates=(), has_clinic=False)
    (site.path("inbox") / "plates" / "swapped.csv").write_bytes(swapped)
    outcome = run_plain(site, NightOptions(), Silent(), clock)
    assert outcome.plates_loaded == 0
    assert f"bead regions differ from panel {PANEL}" in str(outcome.refused[0])
