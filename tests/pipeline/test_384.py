"""A plate of 384 wells whose dates are open goes through a night: every well has a result, the page draws all rows, the site's order
of dates is taken."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query
from pbis.simulate import example_plate, render_plate
from pbis.simulate.kit import CYTOKINES_7, make_kit
from pbis.simulate.load import BASE_ON
from pbis.simulate.model import well_names


def export(samples: int, analytes: int) -> str:
    """A plate read on 3 April or 4 March, which nothing in the export decides; its wells lie all over the 384."""
    lots = (BASE_ON + timedelta(days=300), CYTOKINES_7[-analytes:], np.random.default_rng(384))
    kit = make_kit("Human Cytokine 7-Plex", "K384", *lots)
    plate = example_plate(384, kit=kit, samples=samples, base_on=date(2025, 4, 3))
    names = well_names(16, 24)
    spread = np.linspace(0, len(names) - 1, len(plate.wells)).round().astype(int)
    plate = replace(plate, wells=replace(plate.wells, name=tuple(names[i] for i in spread)))
    text = render_plate(plate).decode().replace('"Country Code","409"', '"Country Code","0"')
    other = {day for day in re.findall(r"\b\d{1,2}/\d{1,2}/\d{4}\b", text) if not day.startswith(("04/03", "4/3"))}
    for day in sorted(other):  # of calibrators and lots: they would decide
        text = text.replace(day, "01/01/2025")
    return text


@pytest.mark.parametrize(
    ("samples", "analytes"),
    [(40, 2), pytest.param(182, 7, marks=pytest.mark.prove)],
    ids=["a hundred wells", "every well"],
)
def test_a_plate_of_384_wells_goes_through_a_night(tmp_path: Path, samples: int, analytes: int) -> None:
    root, wells = tmp_path / "site", 20 + 2 * samples
    write_site(root, name="a", time_zone="UTC", cutoff_set="pbis-2025-il2-pgml")
    knobs = (root / "site.toml").read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0")
    knobs = knobs.replace('panels = ["human-cytokine-7plex"]', "panels = []")
    (root / "site.toml").write_text(knobs.replace('date_order = ""', 'date_order = "dmy"'))
    (root / "inbox" / "plates" / "big.csv").write_bytes(export(samples, analytes).encode())
    done = run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    assert [str(one) for one in done.refused] == []
    assert done.plates_loaded == 1
    counts = "select count(distinct well) as wells, count(*) as readings, max(well = 'P24') as has_last from result_all"
    assert run_query(root, counts).to_pylist() == [{"wells": wells, "readings": wells * analytes, "has_last": True}]
    (run,) = run_query(root, "select plate_type, started_at::date as day from current_run").to_pylist()
    assert run == {"plate_type": 384, "day": date(2025, 3, 4)}
    pages = [page.read_text() for page in (root / "reports").rglob("*.html")]
    rows = [f'<th scope="row">{letter}<td' for letter in "ABCDEFGHIJKLMNOP"]
    assert any("P24, " in page and all(row in page for row in rows) for page in pages)
