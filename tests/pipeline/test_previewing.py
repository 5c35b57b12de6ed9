"""What a decision would change is told before it is made: the same rows that the next night changes, no more and no fewer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from made_once import Once, copied
from small_site import plate_of, put_plate, write_small_site

import warehouse
from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.effect import Effect
from pbis.pipeline.inbox import Arrival
from pbis.pipeline.night import run_plain
from pbis.pipeline.previewing import preview
from pbis.pipeline.published import run_query
from pbis.pipeline.recomputing import recompute
from pbis.pipeline.unfinished import note, noted, strike_off
from pbis.simulate import render_plate
from pbis.simulate.faults import low_beads
from warehouse.effects import COMPARED

Rows = dict[tuple[Any, ...], dict[str, Any]]
FIRST, SECOND = (plate_of(number).header.batch for number in (1, 2))
OUT = Request("exclude", "A. Name", "bubble", "seen in the well", FIRST)
SHOWN = {
    "plates": "plate",
    "analytes": "analyte_plate",
    "readings": "(select *, coalesce(value_num, value_bound) as value from result_all)",
    "replicates": "replicate_result",
    "scores": "score",
    "components": "score_component",
}


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 3)


def well_of(root: Path, role: str, number: int = 0) -> str:
    query = f"select distinct well from result_all where plate = '{FIRST}' and well_role = '{role}' order by well"
    return str(run_query(root, query).column(0)[number].as_py())


def group_of(root: Path, well: str) -> str:
    return str(
        run_query(root, f"select replicate_group from result_all where plate = '{FIRST}' and well = '{well}'").column(
            0
        )[0]
    )


@pytest.fixture(scope="module")
def begun(once: Once) -> Path:
    """A site of two plates, a well of the first low in beads, after its first night; to be copied."""

    def make(folder: Path) -> None:
        site, plate = write_small_site(folder / "site", 2), plate_of(1)
        few = low_beads(plate, [str(plate.wells.name[-1])], ["IL-2"], beads=21)
        (site.path("inbox") / "plates" / f"{FIRST}.csv").write_bytes(render_plate(few))
        run_plain(site, NightOptions(), Silent(), lambda: at(5))

    return once("two_plates", make) / "site"


@pytest.fixture
def root(begun: Path, tmp_path: Path) -> Path:
    return copied(begun, tmp_path / "site")


def released(root: Path) -> dict[str, Rows]:
    """What the newest release shows, by the names of an effect's tables and their keys."""
    found = {}
    for name, compared in COMPARED.items():
        columns = ", ".join(f'"{each}"' for each in (*compared.key, *compared.cells))
        rows = run_query(root, f"select {columns} from {SHOWN[name]} as shown").to_pylist()
        found[name] = {tuple(row[each] for each in compared.key): row for row in rows}
    return found


def changes(was: Mapping[str, Rows], now: Mapping[str, Rows]) -> dict[str, list[tuple[Any, ...]]]:
    """Key, cells before and cells after of every row that is another, or there on one side alone."""
    found = {}
    for name, compared in COMPARED.items():
        sides = [
            {key: tuple(row[each] for each in compared.cells) for key, row in side[name].items()} for side in (was, now)
        ]
        nothing = (None,) * len(compared.cells)
        keys = sides[0].keys() | sides[1].keys()
        rows = [(key, sides[0].get(key, nothing), sides[1].get(key, nothing)) for key in keys]
        found[name] = sorted((row for row in rows if row[1] != row[2]), key=str)
    return found


def told(effect: Effect) -> dict[str, list[tuple[Any, ...]]]:
    """The same of an effect."""
    found = {}
    for name, compared in COMPARED.items():
        rows = effect.tables[name].to_pylist()
        found[name] = sorted(
            (
                (
                    tuple(row[each] for each in compared.key),
                    *(tuple(row[f"{each}_{end}"] for each in compared.cells) for end in ("before", "after")),
                )
                for row in rows
            ),
            key=str,
        )
    return found


def bytes_of(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files}


def proven(root: Path, requests: list[Request], day: int) -> Effect:
    """Preview the decisions, enter them, and let the night show what changed."""
    before = bytes_of(root)
    effect = preview(root, requests, lambda: at(day))
    assert bytes_of(root) == before  # a preview writes nothing
    was = released(root)
    for request in requests:
        decide(root, request, lambda: at(day))
    recompute(load_site(root), NightOptions(), lambda _: None, lambda: at(day))
    assert told(effect) == changes(was, released(root))
    groups = "select subject_id, before, after from release_change where what = 'group' and release_after = (select release from release) order by all"
    moved = [row for row in effect.moved.to_pylist() if row["group_before"] != row["group_after"]]
    assert [tuple(row.values()) for row in run_query(root, groups).to_pylist()] == [
        (row["subject_id"], row["group_before"], row["group_after"]) for row in moved
    ]
    return effect


def stands(root: Path) -> dict[str, Any]:
    """Hashes of all result tables, of the views of the newest release, and the texts of the plates' pages without their blocks of decisions."""
    site = load_site(root)
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        tables = warehouse.result_hashes(con)
    folder = site.path("releases") / "current"
    views = {path.name: warehouse.sha256_of(path) for path in sorted(folder.glob("parquet/*"))}
    pages = {path.name: warehouse.sha256_of(path) for path in sorted(site.path("reports").glob("plates/*.html"))}
    return {"release": folder.readlink().name, **tables, **views, **pages}


def kinds(root: Path) -> Iterator[tuple[str, Request]]:
    """A decision of every kind that changes results."""
    sample = well_of(root, "unknown")
    yield "well", replace(OUT, well=sample)
    yield "standard point", replace(OUT, well=well_of(root, "standard"))
    yield "control", replace(OUT, well=well_of(root, "qc_control"))
    yield "group", replace(OUT, replicate_group=group_of(root, well_of(root, "unknown", 1)))
    yield "analyte", replace(OUT, analyte="IL-12p70")
    yield "plate", replace(OUT, plate=SECOND)


def test_the_preview_is_what_the_next_night_changes_and_a_small_night_gives_to_the_byte_what_a_whole_one_gives(
    root: Path, tmp_path: Path
) -> None:
    asked = dict(kinds(root))
    apart = [asked[name] for name in ("well", "standard point", "control")]
    other = copied(root, tmp_path / "other")
    waiting = put_plate(root / "inbox", 3)
    killed = Arrival("plates", waiting, waiting.name, 1, "f" * 64)
    note(root / "state", [killed])
    first = proven(root, apart, 6)
    assert "decision; excluded" in first.readings.column("reasons_after").to_pylist()
    assert first.replicates.num_rows
    for request in apart:
        decide(other, request, lambda: at(6))
    run_plain(load_site(other), NightOptions(), Silent(), lambda: at(6))
    assert stands(root) == stands(other)
    assert (
        waiting.exists()
    )  # a small night takes nothing that it is not told to, and forgets nothing that a killed one archived
    assert noted(root / "state") == {("plates", killed.file_id)}
    strike_off(root / "state", [killed])
    assert noted(root / "state") == frozenset()
    flag = run_query(
        root,
        f"select rule, plate_number, well, analyte from qc_flag where plate = '{FIRST}' and rule = 'bead_count' order by all limit 1",
    ).to_pylist()[0]
    kept = Request("keep", "A. Name", "verified", "looked at", FIRST, **flag)
    back = Request("reverse", "A. Name", "entered_in_error", "it was another well", reverses=1)
    second = proven(root, [asked["group"], asked["analyte"], asked["plate"], kept, back], 7)
    assert second.moved.num_rows
    assert any(row["state_after"] != row["state_before"] for row in second.analytes.to_pylist())
