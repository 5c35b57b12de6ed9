"""Decisions through a night: what they do is in SQL, a night later they are done or undone, and the log cannot lose one."""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import warehouse
from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, UsageError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide, list_decisions
from pbis.pipeline.decision_log import read_log
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query

Make = Callable[..., Site]
Clock = Callable[[], datetime]
P01 = "HCC7P_20250915_P01.csv"
PLATE = "HCC7P_20250915_P01"
STANDING = ("result_all", "qc_flag", "analyte_plate", "plate", "exclusion", "standard_curve")
EXCLUDE = Request("exclude", "A. Name", "bubble", "seen in the well", PLATE)


def go(site: Site, clock: Clock) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def rows(site: Site, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_query(site.root, query).to_pylist()
    return found


def content(site: Site) -> dict[str, list[dict[str, Any]]]:
    """All that stands about plates."""
    return {view: rows(site, f"select * from {view} order by all") for view in STANDING}


def of_another_operator(export: bytes) -> bytes:
    """The same plate exported again, with the checksum that belongs to it."""
    body, mark, _ = export.replace(b'"Operator","', b'"Operator","X', 1).partition(b"-- CRC --")
    return body + mark + f"\r\nCRC32: {zlib.crc32(body):08X}".encode()


@pytest.fixture
def site(finished: Path, tmp_path: Path) -> Site:
    """A copy of it for this test alone."""
    return load_site(Path(shutil.copytree(finished, tmp_path / "site", symlinks=True)))


def a_sample(site: Site) -> dict[str, Any]:
    query = "select well, replicate_group, analyte from result where analyte = 'IL-6' and value_op = '=' order by well"
    return rows(site, query)[0]


def test_an_excluded_well_leaves_curve_and_result_and_reversing_brings_the_same_bytes_back(
    site: Site, clock: Clock
) -> None:
    before, well = content(site), a_sample(site)["well"]
    preview = decide(site.root, replace(EXCLUDE, well=well), clock)
    assert (preview.readings, preview.decision.sequence) == (7, 1)
    assert content(site) == before  # people see the release; the next night computes with it
    assert go(site, clock).plates_recomputed == 1
    state = rows(
        site, f"select distinct qc_state, reportable, reasons, status, value_num from result_all where well = '{well}'"
    )
    assert state == [{"qc_state": "fail", "reportable": False, "reasons": "decision; excluded", "status": "EXCLUDED", "value_num": None}]  # fmt: skip
    flag = rows(site, "select * from qc_flag where rule = 'decision'")
    assert [(f["well"], f["effect"], f["source"]) for f in flag] == [(well, "exclude_well", "decision 1")]
    assert flag[0]["message"] == "excluded (bubble)"  # who and why in words stay in the laboratory
    with warehouse.opened(site.path("warehouse")) as con:
        (message,) = con.execute("select message from qc_flag where rule = 'decision'").fetchone()
    assert message == "excluded by A. Name on 2026-01-05 03:00 (bubble: seen in the well)"
    told = rows(site, "select is_standing, run_id is not null as is_known, well from decision")
    assert told == [{"is_standing": True, "is_known": True, "well": well}]
    decide(site.root, Request("reverse", "B. Name", "entered_in_error", "another well", reverses=1), clock)
    go(site, clock)
    assert content(site) == before
    with warehouse.opened(site.path("warehouse")) as con:
        assert con.execute("select count(*) from store.assay").fetchone() == (2,)  # the first stands again
    assert [row["is_standing"] for row in rows(site, "select * from decision order by sequence")] == [False, False]


def test_a_kept_finding_and_an_excluded_standard_are_kept_by_another_export_of_the_plate(
    site: Site, clock: Clock, simulated: Path
) -> None:
    taken = rows(site, "select * from qc_flag where effect in ('exclude_reading', 'exclude_well') order by all")[0]
    own = {name: taken[name] for name in ("analyte", "well", "rule")}
    group = None if taken["well"] else taken["replicate_group"]
    decide(site.root, Request("keep", "A. Name", "verified", "looked at", PLATE, replicate_group=group, **own), clock)
    well = rows(site, "select well from result_all where standard_level = 4 order by well")[0]["well"]
    curve = "select ec50, point_count from standard_curve where analyte = 'IL-17A'"
    before = rows(site, curve)[0]
    decide(site.root, replace(EXCLUDE, well=well, analyte="IL-17A", cause="outlier"), clock)
    go(site, clock)
    after = rows(site, curve)[0]
    assert after["point_count"] == before["point_count"] - 1
    assert after["ec50"] != before["ec50"]
    kept = rows(site, "select * from qc_flag where decision_id is not null and rule <> 'decision'")
    assert [(k["rule"], k["effect"], k["effect_of_rule"]) for k in kept] == [(taken["rule"], "flag", taken["effect"])]
    assert kept[0]["observed"] == taken["observed"]
    again = site.path("inbox") / "plates" / "exported again.csv"
    again.write_bytes(of_another_operator((simulated / "inbox" / "plates" / P01).read_bytes()))
    go(site, clock)
    assert rows(site, "select distinct file_name from plate") == [{"file_name": again.name}]
    assert len(rows(site, "select * from qc_flag where decision_id is not null")) == 2


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (replace(EXCLUDE, plate="nobody"), "no published plate is called 'nobody'"),
        (replace(EXCLUDE, well="Z99"), "nothing on the plate is"),
        (
            replace(EXCLUDE, kind="keep", rule="hook_effect", analyte="IL-6"),
            "no finding of hook_effect is about exactly",
        ),
        (Request("reverse", "A. Name", "entered_in_error", "no", reverses=1), "there is no decision 1"),
    ],
)
def test_a_decision_about_nothing_is_refused(site: Site, clock: Clock, request_: Request, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        decide(site.root, request_, clock)
    assert read_log(site.path("decisions")) == ()


def test_the_log_refuses_changes_and_a_night_notices_what_it_lost(site: Site, clock: Clock) -> None:
    path = site.path("decisions")
    decide(site.root, replace(EXCLUDE, well="A1"), clock)
    decide(site.root, replace(EXCLUDE, well="B1"), clock, is_dry_run=True)
    kept = shutil.copy(path, path.with_suffix(".copy"))
    decide(site.root, replace(EXCLUDE, well="B1"), clock)
    assert [row["about"] for row in list_decisions(site.root).to_pylist()] == [f"{PLATE} A1", f"{PLATE} B1"]
    for statement in ("update decision set reason = 'x'", "delete from decision"):
        with sqlite3.connect(path) as con, pytest.raises(sqlite3.IntegrityError, match="never"):
            con.execute(statement)
    go(site, clock)
    shutil.copy(kept, path)
    with pytest.raises(
        IntegrityError,
        match=r"decision log: event 2: expected \w+, found no such event, seen at 2026-01-05.*nothing was published; put the log back",
    ):
        go(site, clock)
    with sqlite3.connect(path) as con:
        con.executescript("drop trigger decision_is_not_changed; update decision set reason = 'other'")
    with pytest.raises(IntegrityError, match="decision log, event 1: it is not what was entered"):
        read_log(path)
    path.write_bytes(b"no database at all, only text" * 100)
    with pytest.raises(IntegrityError, match="damaged"):
        read_log(path)


def test_the_command_line_enters_lists_and_previews(site: Site) -> None:
    def pbis(*arguments: str) -> str:
        return (
            CliRunner()
            .invoke(commands, ["decide", *arguments, "--site", str(site.root)], catch_exceptions=False)
            .output
        )

    why = ("--author", "A. Name", "--reason", "seen", "--cause", "bubble", "--plate", PLATE)
    dry = pbis("exclude", *why, "--well", "A1", "--dry-run").splitlines()
    assert (dry[0], dry[2][:13]) == (f"would exclude {PLATE} A1", "would change:")
    assert f"  reading A1, IL-2, plate {PLATE}: " in "\n".join(dry)
    assert "--json goes with --dry-run" in pbis("exclude", *why, "--well", "A1", "--json")
    assert "it is about 7 readings, 0 of them in results today" in pbis("exclude", *why, "--well", "A1")
    assert pbis("list").count("A. Name") == 1
    with pytest.raises(UsageError, match="says so already"):
        pbis("exclude", *why, "--well", "A1")
    assert "reverse decision 1" in pbis("reverse", "1", "--author", "B. Name", "--reason", "no")


def test_warehouse_refuses_a_log_that_tells_otherwise(site: Site, clock: Clock) -> None:
    decide(site.root, replace(EXCLUDE, well="A1"), clock)
    events = read_log(site.path("decisions"))
    with warehouse.opened(site.path("warehouse")) as con:
        assert [warehouse.load_decisions(con, events, "n") for _ in range(2)] == [1, 0]
        with pytest.raises(IntegrityError, match="event 1: it is not the one that an earlier night has seen"):
            warehouse.load_decisions(con, (replace(events[0], decision_id="0"),), "n")
