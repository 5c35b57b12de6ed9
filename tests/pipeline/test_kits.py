"""A site of several kits: each plate finds its own, one that scores is asked alone, and a changed panel computes only its plates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from pbis.config import Site, load_site
from pbis.core.errors import ConfigError
from pbis.panels.propose import panel_text
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.settings import load_settings
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate
from pbis.simulate.load import example_kit

Make = Callable[..., Site]
Clock = Callable[[], datetime]
SIZES = (7, 30, 3)


@pytest.fixture(scope="module")
def exports() -> dict[int, bytes]:
    return {size: render_plate(example_plate(1, size, example_kit(1, size), samples=2)) for size in SIZES}


def with_panels(site: Site, names: list[str], score: list[str] | None = None) -> Site:
    path = site.root / "site.toml"
    lines = path.read_text().splitlines()
    at = {line.split(" =")[0]: n for n, line in enumerate(lines) if line.startswith("panels =")}
    first = next(n for n, line in enumerate(lines) if line.startswith("panels ="))
    lines[first] = f"panels = {names}".replace("'", '"')
    lines[at["panels"]] = f"panels = {score or []}".replace("'", '"')
    path.write_text("\n".join(lines))
    return load_site(site.root)


def own_panel(site: Site, name: str, export: bytes) -> str:
    read = read_bytes(export, f"{name}.csv")
    (site.root / f"{name}.toml").write_text(panel_text(read, name, date(2026, 1, 5)))
    return f"{name}.toml"


def night(site: Site, clock: Clock) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def test_three_kits_in_one_inbox(make_site: Make, clock: Clock, exports: dict[int, bytes]) -> None:
    site = make_site(plates=(), has_clinic=False)
    for size, export in exports.items():
        (site.path("inbox") / "plates" / f"{size}.csv").write_bytes(export)
    own = [own_panel(site, f"own-{size}", exports[size]) for size in (30, 3)]
    site = with_panels(site, ["human-cytokine-7plex", *own])
    outcome = night(site, clock)
    assert (outcome.refused, outcome.plates_loaded) == ((), 3)
    kits = {row["file_name"]: row["panel"] for row in _rows(site, "select file_name, panel from plate")}
    assert kits == {"7.csv": "human-cytokine-7plex", "30.csv": "own-30", "3.csv": "own-3"}
    assert (night(site, clock).plates_loaded, night(site, clock).state) == (0, "nothing_new")
    _a_changed_panel_computes_its_plates_alone(site, clock)


def _a_changed_panel_computes_its_plates_alone(site: Site, clock: Clock) -> None:
    before = {row["file_name"]: row["assay_id"] for row in _rows(site, "select file_name, assay_id from plate")}
    path = site.root / "own-3.toml"
    path.write_text(path.read_text().replace('range_low = "3.2"', 'range_low = "4"'))
    night(site, clock)
    after = {row["file_name"]: row["assay_id"] for row in _rows(site, "select file_name, assay_id from plate")}
    assert {name for name in after if after[name] != before[name]} == {"3.csv"}


def test_a_plate_of_no_kit_waits_in_quarantine_with_what_to_do(
    make_site: Make, clock: Clock, exports: dict[int, bytes]
) -> None:
    site = make_site(plates=(), has_clinic=False)
    (site.path("inbox") / "plates" / "30.csv").write_bytes(exports[30])
    outcome = night(site, clock)
    assert outcome.plates_loaded == 0
    assert "pbis panel propose FILE" in str(outcome.refused[0])
    site = with_panels(site, ["human-cytokine-7plex", own_panel(site, "own-30", exports[30])])
    assert not list((site.path("inbox") / "plates").iterdir())


def test_only_kits_that_score_answer(make_site: Make, clock: Clock, exports: dict[int, bytes]) -> None:
    site = make_site()
    site = with_panels(site, ["human-cytokine-7plex", own_panel(site, "own-3", exports[3])], ["own-3"])
    night(site, clock)
    found = _rows(site, "select distinct reason from score_input where measure = 'il2' and specimen_id is not null")
    assert "assay_mismatch" in {row["reason"] for row in found}
    assert _rows(site, "select 1 from score_input where measure = 'il2' and value_text is not null") == []
    said = "select distinct detail from score_input where reason = 'assay_mismatch' and measure = 'il2'"
    told = " is on plates of human-cytokine-7plex only, and no kit of these scores at this site"
    assert [row for row in _rows(site, said) if told not in str(row["detail"])] == []


@pytest.mark.parametrize(
    ("names", "score", "words"),
    [
        (
            ["human-cytokine-7plx"],
            [],
            r"site\.toml, line \d+: no panel is named human-cytokine-7plx.*nearest: human-cytokine-7plex",
        ),
        (["human-cytokine-7plex"] * 2, [], "two of the site's panels are named"),
        (["human-cytokine-7plex"], ["theirs"], r"site\.toml, line 2\d: .score. panels names theirs, which is none"),
        (["ours"], [], r"no panel that comes with the program is named ours; the file beside it is ours\.toml"),
        (["absent.toml"], [], r"site\.toml, line \d+: .*absent\.toml: cannot be read"),
    ],
)
def test_a_site_that_names_no_kit_is_a_configuration_error(
    make_site: Make, names: list[str], score: list[str], words: str
) -> None:
    site = with_panels(make_site(plates=(), has_clinic=False), names, score)
    (site.root / "ours.toml").touch()
    with pytest.raises(ConfigError, match=words):
        load_settings(site)


def _rows(site: Site, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run_query(Path(site.root), query).to_pylist()
    return found
