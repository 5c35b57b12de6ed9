"""The simulated validation design, from its plates to the report: intervals hold what was planted. A night of twelve plates, so a proof."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.pipeline.validation import validate_site
from pbis.simulate.validation import write_validation_site


def test_the_design_is_the_same_bytes_from_the_same_seed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert write_validation_site(tmp_path / name, tmp_path / f"{name} truth", 3, days=1, bridging=2) == 4
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.csv"))
    assert len(files) == 8
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)
    told = json.loads((tmp_path / "a truth" / "validation.json").read_text(encoding="utf-8"))
    assert (told["lot_ratio"], told["instrument_ratio"]) == (1.08, 0.95)
    assert {plate["instrument"] for plate in told["plates"].values()} == {"LX10022187304", "LX10022187999"}


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_what_was_planted_in_a_validation_design_is_found(tmp_path: Path) -> None:
    root = tmp_path / "site"
    write_site(root, name="v", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    write_validation_site(root / "inbox", tmp_path / "truth", 1)
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    truth = json.loads((tmp_path / "truth" / "validation.json").read_text(encoding="utf-8"))
    made = validate_site(root, "human-cytokine-7plex", tmp_path / "truth" / "assigned.csv", "", tmp_path / "out")
    numbers = [n for section in made.sections for n in section.numbers]
    held = []
    for n in numbers:
        known = {
            ("lots", "mean ratio"): truth["lot_ratio"],
            ("instruments", "mean ratio"): truth["instrument_ratio"],
            ("parallelism", "slope of ln reading on ln share"): truth["slope"].get(n.population, 1.0),
        }.get((n.section, n.quantity))
        if known is not None and n.low is not None and n.high is not None:
            held.append(n.low < known < n.high)
    assert len(held) == 21
    assert sum(held) >= 19  # 20 of 21 expected
    verdicts = {
        row[0]: row[-2] for section in made.sections if section.name == "parallelism" for row in section.tables[0].rows
    }
    assert {name for name, verdict in verdicts.items() if verdict == "misses"} == set(truth["slope"])
    low = {
        n.population
        for n in numbers
        if n.section == "bias" and n.quantity == "bias, %" and n.high is not None and n.high < -5
    }
    assert low == set(truth["bias_pct"])
