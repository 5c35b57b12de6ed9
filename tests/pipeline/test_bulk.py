"""A FHIR Bulk export is the same results as a table of them: the same rows, the same scores, and a week later the cost of what is new.

`make prove bulk` has 50,000 lines and whole nights.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import bulk_export
import pytest

import warehouse
from pbis.clinical import read_labs, read_linkage
from pbis.config import load_site
from pbis.labs import load_map
from pbis.pipeline.clinic import import_files
from pbis.pipeline.collecting import collecting
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.stages import Begun

SAME = [
    "subject_id",
    "specimen_id",
    "code",
    "analyte",
    "value_op",
    "value_text",
    "unit",
    "status",
    "collected_at",
    "resulted_at",
    "reason",
]
WHOLE, PATIENTS = 50_000, 400
COMPONENTS = """
select subject_id, component, cutoff_set, value_op, value_text, point, reason from score_component order by all"""


def test_a_table_and_an_export_of_the_same_results_are_the_same_rows(tmp_path: Path) -> None:
    found = bulk_export.results(400, 20)
    (tmp_path / "l.csv").write_text(bulk_export.linkage(20))
    (tmp_path / "t.csv").write_text(bulk_export.as_table(found))
    bulk_export.as_export(tmp_path / "export", found, 20)
    linkage = read_linkage(tmp_path / "l.csv")
    table, export = (
        read_labs(tmp_path / name, linkage, load_map(), ZoneInfo("Europe/Berlin")).select(SAME)
        for name in ("t.csv", "export")
    )
    assert table.num_rows == 400
    assert export.replace_schema_metadata(None).to_pylist() == table.replace_schema_metadata(None).to_pylist()


def written(root: Path) -> Path:
    write_site(root, name="a", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    (root / "inbox" / "linkage" / "l.csv").write_text(bulk_export.linkage(PATIENTS))
    (root / "inbox" / "treatments" / "t.csv").write_text(bulk_export.treatments(PATIENTS))
    return root


def night_of(root: Path) -> dict[str, list[tuple]]:
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 8, 1, 3))
    con = warehouse.open_published(root / "releases" / "current" / "pbis.duckdb")
    try:
        return {name: con.execute(query).fetchall() for name, query in (("components", COMPONENTS),)}
    finally:
        con.close()


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_an_export_of_50000_lines_gives_the_scores_of_the_same_table(tmp_path: Path) -> None:
    found = bulk_export.results(WHOLE, PATIENTS)
    table, export = written(tmp_path / "table"), written(tmp_path / "export")
    (table / "inbox" / "labs" / "t.csv").write_text(bulk_export.as_table(found))
    bulk_export.as_export(export / "inbox" / "labs" / "2026-08-01", found, PATIENTS)
    first, second = night_of(table), night_of(export)
    assert len(first["components"]) > 4 * PATIENTS
    assert any(row[4] is not None for row in first["components"])
    assert first == second


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_a_week_later_the_import_costs_what_is_new(tmp_path: Path) -> None:
    root = written(tmp_path / "site")
    found, seconds = bulk_export.results(WHOLE + 40, PATIENTS), []
    for week, count in enumerate((WHOLE, WHOLE + 40), 1):
        bulk_export.as_export(root / "inbox" / "labs" / f"week {week}", found[:count], PATIENTS)
        with open_night(
            load_site(root), NightOptions(), Silent(), lambda week=week: datetime(2026, 8, 7 * week, 3)
        ) as night:
            collected = collecting(night, Begun(night.opening))
            inbox = collected.join([part.run() for part in collected.parts])
            begun = time.process_time()
            import_files(night, inbox)
            seconds.append(time.process_time() - begun)
            warehouse.end_night(night.con, night.night_id, night.clock(), "done", {})
            rows = night.con.execute(
                "select count(*) from store.clinical_lab semi join current_import using (import_id)"
            )
            assert rows.fetchall() == [(count,)]
    print(f"CPU seconds of the import: first week {seconds[0]:.2f}, second {seconds[1]:.2f}")
    assert seconds[1] < seconds[0] / 2
