"""What is told of refused files and held wells: its shape, its place in the log, and what a reader makes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from open_dates import OPEN

from pbis.core.decision import RELEASE, TELL, Decision, Target, chained
from pbis.core.errors import MalformedFile, UsageError
from pbis.core.plates.doubtful import WellRelease
from pbis.core.plates.well import assign_roles
from pbis.pipeline.decision_log import append, read_log
from pbis.pipeline.decisions import releases
from pbis.pipeline.new_site import write_site
from pbis.pipeline.telling import FileTold, labels_of, tell, told_of, with_labels
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate

NOON = datetime(2026, 1, 5, 12, 0)


def event(kind: str, told: str | None, target: Target | None = None) -> Decision:
    return Decision(0, NOON, "A. Name", kind, target or Target("c", "P01"), "verified", "protocol sheet", told=told)


def test_a_panel_that_the_site_has_not_is_not_told(tmp_path: Path) -> None:
    write_site(tmp_path, name="a")

    def said(panel: str) -> str:
        with pytest.raises(UsageError) as caught:
            tell(tmp_path, "0123abcd", {"panel": panel}, lambda: NOON, author="A. Name", reason="insert")
        return str(caught.value)

    assert "expected one of the site's panels ([assay] panels of site.toml): human-cytokine-7plex" in said("theirs")
    assert said("human-cytokine-7plex").startswith("no refused plate has the hash")


def test_events_of_before_keep_their_names() -> None:
    """The hash is what the build before wrote for this event."""
    one = Decision(0, datetime(2026, 1, 5, 3, 0), "A. Name", "exclude", Target("c", "P01", 1, "D5"), "bubble", "seen in the well")  # fmt: skip
    assert chained((), one).decision_id == "fa99d9c64c0be7a221cb7bf276dd77fe224602aefca366a72607c34a6277c9c0"


def test_the_same_thing_is_told_once_until_it_is_reversed() -> None:
    first = chained((), event(TELL, '{"label": {"H4": "P105"}}'))
    other = chained((first,), event(TELL, '{"label": {"H5": "P106"}, "panel": "k"}'))
    with pytest.raises(UsageError, match="tells label of H4 already"):
        chained((first, other), event(TELL, '{"label": {"H4": "P107"}}'))
    with pytest.raises(UsageError, match="tells panel already"):
        chained((first, other), event(TELL, '{"panel": "l"}'))
    assert told_of((first, other)) == FileTold({(1, "H4"): "P105", (1, "H5"): "P106"}, None, "k")


def test_releases_of_one_well_are_one_value() -> None:
    well = Target("c", "P01", 1, "H4")
    found = releases((event(RELEASE, '{"specimen": "S1"}', well), event(RELEASE, '{"dilution": 2.0}', well)))
    assert found == (WellRelease(1, "H4", "S1", 2.0),)


def test_a_log_of_the_build_before_is_read_and_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "decisions.sqlite"
    first = append(log, Decision(0, NOON, "A. Name", "exclude", Target("c", "P01", 1, "D5"), "bubble", "seen"))
    with closing(sqlite3.connect(log)) as con:
        con.execute("alter table decision drop column told")
        con.commit()
    assert read_log(log) == (first,)
    second = append(log, event(TELL, '{"panel": "k"}'))
    assert read_log(log) == (first, second)
    assert second.facts == {"panel": "k"}


@pytest.mark.parametrize("text", ["H4", "H4=", "Q4=x", "H25=x", "=x", "H4=a\tb"])
def test_a_label_names_a_well_and_what_it_holds(text: str) -> None:
    with pytest.raises(UsageError, match="expected WELL=NAME"):
        labels_of([text])
    assert labels_of(["h04=P105 x2", "A12=Standard 1"]) == {"H4": "P105 x2", "A12": "Standard 1"}


def test_told_labels_are_in_the_readings_and_settle_the_doubt() -> None:
    data = render_plate(example_plate(11, samples=4)).decode()
    at = data.index('"DataType:","Count"')
    good = read_bytes(data.encode(), "p")
    well, label = next(
        (r["well"], r["sample_label"]) for r in good.reading.to_pylist() if r["sample_label"] == "Standard2"
    )
    start = data.index(f',{well})","{label}"', at)
    read = read_bytes((data[:start] + data[start:].replace(label, "Unknown9", 1)).encode(), "p")
    with pytest.raises(MalformedFile, match="may be a standard"):
        assign_roles(read, None)
    told = with_labels(read, FileTold({(1, well): label}))
    assert (
        assign_roles(told, None)
        .table.drop_columns(["run_id"])
        .equals(assign_roles(good, None).table.drop_columns(["run_id"]))
    )
    assert [row["message"] for row in told.warning.to_pylist() if row["code"].startswith("label")] == [
        f"well {well} is called '{label}' by a decision"
    ]
    with pytest.raises(MalformedFile, match="which the export does not have"):
        with_labels(read, FileTold({(1, "H12"): "x"}))


def test_a_told_order_of_dates_settles_what_the_file_leaves_open() -> None:
    text = (Path(__file__).resolve().parents[1] / "golden" / "xponent_small.csv").read_bytes().decode()
    for before, after in OPEN:
        assert before in text
        text = text.replace(before, after, 1)
    assert read_bytes(text.encode(), "p").run.started_at is None
    for order, month in (("dmy", 4), ("mdy", 3)):
        run = read_bytes(text.encode(), "p", date_order=order).run
        assert (run.date_order, run.started_at and run.started_at.month, run.date_evidence) == (
            order,
            month,
            "a decision",
        )
