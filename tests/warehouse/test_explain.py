"""One subject walked back to wells and lines, in the working file and in a release."""

from __future__ import annotations

import shutil
from datetime import datetime

import pytest

from pbis.core.errors import UsageError
from pbis.core.scoring.score import score
from pbis.scores import load_sets
from warehouse import begin_night, explain, explain_published, load_cutoffs, load_scores, publish, score_input
from warehouse.explain import steps


@pytest.fixture(scope="module")
def scored(new_lab, tmp_path_factory):
    """The file of a warehouse with two scored subjects, and a laboratory at work on it."""
    working = tmp_path_factory.mktemp("explain") / "working.duckdb"
    lab = new_lab(working)
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00\nS2 | P2 | 2026-03-08 08:00")
    lab.plate(
        """specimen | analyte | value | qc
        S1 | IL-2 | 5 |
        S1 | IL-2 | 9 | bead_count
        S1 | IL-12p70 | <3.2 |
        S2 | IL-2 | 50 |
        S1 | IL-6 | 5 |"""
    )
    lab.labs(
        """subject | analyte | specimen | drawn | value | status
        P1 | crp | L1 | 2026-03-08 08:00 | 0.5 | preliminary
        P1 | crp | L1 | 2026-03-08 08:00 | 0.6 | final
        P2 | crp | L2 | 2026-03-08 08:00 | 0.7 | final"""
    )
    inputs = score_input(lab.con)
    sets = list(load_sets().values())
    frames = score(inputs, sets, "pbis-2025-il2-pgml")
    begin_night(lab.con, "night", datetime(2026, 3, 11))
    load_cutoffs(lab.con, sets, "night")
    load_scores(lab.con, "night", frames.score, frames.component, inputs)
    yield working, lab.con
    lab.con.close()


@pytest.fixture(scope="module")
def story(scored):
    return explain(scored[1], "P1")


def test_the_walk(story):
    assert list(story) == [
        "subject",
        "score",
        "component",
        "input",
        "reading",
        "curve",
        "finding",
        "lab",
        "taken_back",
        "visit",
        "version",
    ]
    assert [row["is_site_set"] for row in story["score"].to_pylist()] == [True, False, False]
    assert story["component"].num_rows == 11
    assert story["input"].num_rows == 6


def test_every_well_is_shown_used_or_not_with_its_line(story):
    reading = story["reading"].to_pylist()
    shown = [
        (r["analyte"], r["file_name"], r["source_line"], r["value_reported"], r["is_used"], r["reasons"])
        for r in reading
    ]
    assert shown == [
        ("IL-12p70", "plate1.csv", 52, "<3.2", True, None),
        ("IL-2", "plate1.csv", 50, "5.0", True, None),
        ("IL-2", "plate1.csv", 51, "9.0", False, "bead_count"),
    ]


def test_every_version_of_a_lab_is_shown(story):
    lab = story["lab"].to_pylist()
    assert [(r["value_reported"] or r["value_text"], r["status"], r["is_chosen"]) for r in lab] == [
        ("0.5", "preliminary", False),
        ("0.6", "final", True),
    ]


def without_names(table):
    """Rows without the names of files about patients, accession numbers and calendar dates of theirs, which a release does not tell."""
    untold = (
        "specimen_id",
        "file_name",
        "by_file_name",
        "collected_at",
        "resulted_at",
        "started_at",
        "treatment_started_on",
    )
    return [{key: value for key, value in row.items() if key not in untold} for row in table.to_pylist()]


def test_a_release_tells_the_same(scored, story, tmp_path):
    working, con = scored
    file_ids = con.execute("select distinct file_id from clinical_lab").fetchnumpy()["file_id"].tolist()
    con.execute("checkpoint")
    there = explain_published(publish(shutil.copy(working, tmp_path / "copy.duckdb"), tmp_path / "releases", "r"), "P1")
    assert {n: without_names(t) for n, t in there.items()} == {n: without_names(t) for n, t in story.items()}
    names = set(there["lab"].column("file_name").to_pylist())
    assert names == {f"labs-{row[:12]}" for row in file_ids}


@pytest.mark.parametrize("subject", ["nobody", "P1' or '1'='1", ""])
def test_unknown_subject(scored, subject):
    with pytest.raises(UsageError, match="no treated subject"):
        explain(scored[1], subject)


def test_steps_are_files_in_order():
    assert next(iter(steps())) == "subject"
    assert all("$subject" in text for text in steps().values())
