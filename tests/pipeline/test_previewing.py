"""What a decision would change is told before it is made: the same rows that the next night changes, no more and no fewer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from made_once import Once, copied
from small_site import plate_of, put_plate, write_small_site

import pbis.panels
import warehouse
from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.effect import Effect, as_json
from pbis.pipeline.effect_words import NOTHING, counted, effect_lines, moved_patients, to_words
from pbis.pipeline.inbox import Arrival
from pbis.pipeline.night import run_plain
from pbis.pipeline.previewing import preview
from pbis.pipeline.published import published_file, run_query
from pbis.pipeline.recomputing import recompute
from pbis.pipeline.supposing import beside
from pbis.pipeline.supposing import copied as copied_by_preview
from pbis.pipeline.unfinished import note, noted, strike_off
from pbis.pipeline.upgrade_words import upgrade_json, upgrade_page, upgrade_words
from pbis.pipeline.upgrading import DECISIONS, FILES, METHOD, Planned, Upgrade, preview_upgrade
from pbis.simulate import render_plate
from pbis.simulate.faults import low_beads
from warehouse.effects import COMPARED

PANELS = Path(pbis.panels.__file__).parent / "kits"
Rows = dict[tuple[Any, ...], dict[str, Any]]
FIRST, SECOND = (plate_of(number).header.batch for number in (1, 2))
OUT = Request("exclude", "A. Name", "bubble", "seen in the well", FIRST)
SHOWN = {
    "plates": "plate",
    "analytes": "analyte_plate",
    "readings": "(select *, coalesce(value_num, value_bound) as value from result_all)",
    "replicates": "replicate_result",
    "patients": "(select * from score where is_site_set)",
    "scores": "score",
    "components": "score_component",
}


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 3)


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
    with closing(warehouse.open_published(published_file(root))) as con:
        for name, compared in COMPARED.items():
            columns = ", ".join(f'"{each}"' for each in (*compared.key, *compared.cells))
            rows = warehouse.ask(con, f"select {columns} from {SHOWN[name]} as shown").to_pylist()
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


def proven(root: Path, requests: list[Request], day: int, beside: Path | None = None) -> Effect:
    """Preview the decisions, enter them, and let a small night show what changed. beside: where a copy lies as it was before that."""
    before = bytes_of(root)
    effect = preview(root, requests, lambda: at(day))
    assert bytes_of(root) == before  # a preview writes nothing
    was = released(root)
    for request in requests:
        decide(root, request, lambda: at(day))
    if beside is not None:
        copied(root, beside)
    recompute(load_site(root), NightOptions(), lambda _: None, lambda: at(day))
    assert told(effect) == changes(was, released(root))
    groups = "select subject_id, before, after from release_change where what = 'group' and release_after = (select release from release) order by all"
    moved = [row for row in effect.patients.to_pylist() if row["group_before"] != row["group_after"]]
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


KINDS = ("well", "standard", "control", "group", "analyte", "plate", "keep")


def kinds(root: Path) -> dict[str, Request]:
    """A decision of every kind that changes results."""
    query = f"select well, replicate_group, well_role as role, reasons from result_all where plate = '{FIRST}' and analyte = 'IL-2' order by well"
    wells = run_query(root, query).to_pylist()
    of = {role: [row for row in wells if row["role"] == role] for role in ("unknown", "standard", "qc_control")}
    low = next(row["well"] for row in wells if "bead_count" in (row["reasons"] or ""))
    about = {"plate": FIRST, "well": low, "analyte": "IL-2", "rule": "bead_count"}
    return {
        "well": replace(OUT, well=of["unknown"][0]["well"]),
        "standard": replace(OUT, well=of["standard"][0]["well"]),
        "control": replace(OUT, well=of["qc_control"][0]["well"]),
        "group": replace(OUT, replicate_group=of["unknown"][1]["replicate_group"]),
        "analyte": replace(OUT, analyte="IL-12p70"),
        "plate": replace(OUT, plate=SECOND),
        "keep": Request("keep", "A. Name", "verified", "looked at", **about),
    }


BACK = Request("reverse", "A. Name", "entered_in_error", "it was another", reverses=2)


def test_a_preview_is_what_the_next_night_changes_and_a_small_night_gives_to_the_byte_what_a_whole_one_gives(
    root: Path, tmp_path: Path
) -> None:
    asked = list(kinds(root).values())
    waiting = put_plate(root / "inbox", 3)
    killed = Arrival("plates", waiting, waiting.name, 1, "f" * 64)
    note(root / "state", [killed])
    other = tmp_path / "other"
    effect = proven(root, asked, 6, other)
    assert "decision; excluded" in effect.readings.column("reasons_after").to_pylist()
    assert all(table.num_rows for table in effect.tables.values())
    assert effect.patients.num_rows
    (other / waiting.relative_to(root)).unlink()
    (other / "inbox" / "layouts" / waiting.name).unlink()
    run_plain(load_site(other), NightOptions(), Silent(), lambda: at(6))
    assert stands(root) == stands(other)
    assert waiting.exists()  # a small night takes what it is told to, and what a killed one archived stays noted
    assert noted(root / "state") == {("plates", killed.file_id)}
    strike_off(root / "state", [killed])
    assert noted(root / "state") == frozenset()
    require_said(effect, upgraded(root), root)


def upgraded(root: Path) -> Upgrade:
    """A decision that no night has computed with, and another method on top of it: each is told by itself."""
    back = preview(root, [BACK], lambda: at(7))
    assert back.readings.num_rows
    decide(root, BACK, lambda: at(7))
    found = preview_upgrade(load_site(root), Planned(method="xponent"), lambda: at(7))
    assert [step.cause for step in found.steps] == [FILES, DECISIONS, METHOD]
    assert found.steps[0].effect.is_empty
    assert told(found.steps[1].effect) == told(back)
    assert not found.steps[2].effect.is_empty
    return found


def test_the_copy_of_a_preview_holds_what_a_killed_night_had_only_logged(root: Path) -> None:
    site = load_site(root)
    with closing(warehouse.connect(site.path("warehouse"))) as con:
        con.execute("create table main.late as select 7 as seen")
        with copied_by_preview(site) as file:
            alone = beside(file, "alone.duckdb")
            with closing(warehouse.connect(alone, read_only=True)) as copy:
                assert copy.execute("select seen from main.late").fetchall() == [(7,)]
    assert not file.exists()


@pytest.mark.prove
@pytest.mark.parametrize("kind", KINDS)
def test_previews_of_each_kind_alone_are_what_the_next_night_changes(root: Path, kind: str) -> None:
    asked = kinds(root)
    assert tuple(asked) == KINDS
    assert not proven(root, [asked[kind]], 6).is_empty
    assert not proven(root, [replace(BACK, reverses=1)], 7).is_empty


@pytest.mark.prove
@pytest.mark.parametrize("what", ["method", "config", "limits", "kit"])
def test_previews_of_an_upgrade_are_what_the_next_night_changes(root: Path, what: str) -> None:
    planned, go_live = planned_upgrade(root, what)
    found = preview_upgrade(load_site(root), planned, lambda: at(6))
    was = released(root)
    go_live()
    run_plain(load_site(root), NightOptions(), Silent(), lambda: at(6))
    assert told(found.whole) == changes(was, released(root))
    assert found.changes_something


def planned_upgrade(root: Path, what: str) -> tuple[Planned, Callable[[], object]]:
    """What is planned, and how it goes live."""
    file, other = root / "site.toml", root / f"{what}.toml"
    text = file.read_text()
    if what == "method":
        return Planned(method="xponent"), lambda: file.write_text(text.replace('"robust"', '"xponent"'))
    if what == "config":
        other.write_text(
            text.replace('"pbis-2025-il2-pgml"', '"pbis-2025-no-il2"').replace('"research"', '"regulated"')
        )
        return Planned(config=other), lambda: file.write_text(other.read_text())
    if what == "limits":
        other = root / "limits.json"
        who = {"author": "A. Lab", "reason": "our kit", "source": "SOP 7"}
        other.write_text(json.dumps({"overrides": [{"id": "bead_count.fail", "set": {"min_value": 10}, **who}]}))
        live = text.replace('suite_override = ""', 'suite_override = "limits.json"')
        return Planned(suite=other), lambda: file.write_text(live)
    panel = (PANELS / "human-cytokine-7plex.toml").read_text()
    other.write_text(panel.replace('range_low = "3.2"', 'range_low = "51.2"'))
    live = text.replace('"human-cytokine-7plex"', '"kit.toml"')
    return Planned(kits=(other,)), lambda: file.write_text(live)


def require_said(effect: Effect, upgrade: Upgrade, root: Path) -> None:
    """In words, for programs and as a page the same is told."""
    lines = list(effect_lines(effect))
    assert [line.kind for line in lines].count("patient") == effect.patients.num_rows
    assert to_words(effect)[0] == counted(effect)
    assert f"plate {SECOND}: pass -> fail" in "\n".join(map(str, lines))
    whole = as_json(effect)
    assert not whole["nothing_would_change"]
    assert {name: len(whole[name]) for name in COMPARED} == {name: effect.tables[name].num_rows for name in COMPARED}
    said = upgrade_words(upgrade)
    assert said[0] == counted(upgrade.whole)
    assert "decisions: 1 decision of the log that no night has computed with" in said
    assert [step["cause"] for step in upgrade_json(upgrade)["steps"]] == [FILES, DECISIONS, METHOD]
    page = upgrade_page(load_site(root), upgrade, at(7))
    moved = moved_patients(upgrade.whole)
    assert page.count("<section") == 3 + bool(moved)
    assert all(f"<li>{row['subject_id']}: " in page for row in moved)
    assert f"plate {SECOND}" in page


def test_an_effect_of_nothing_says_so() -> None:
    empty = Effect(**{name: pa.table({"run_id": pa.array([], pa.string())}) for name in COMPARED}, notes=("a note",))
    assert to_words(empty) == [NOTHING, "note: a note"]
    assert as_json(empty)["nothing_would_change"]
