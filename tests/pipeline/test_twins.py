"""The same readings under two names: both plates are loaded, neither is reportable until a person decides, whatever came first."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import warehouse
from pbis.cli import commands
from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.pipeline.accounts import Signer
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide, release
from pbis.pipeline.night import open_night, run_plain, utc_clock
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.pages import standing_pages
from pbis.pipeline.published import run_query
from pbis.pipeline.reviewing import review

Make = Callable[..., Site]
After = Callable[[bool], Site]
Clock = Callable[[], datetime]
P01, P02 = "HCC7P_20250915_P01.csv", "HCC7P_20250916_P02.csv"
BATCH = P01.removesuffix(".csv")
STANDING = ("result_all", "result", "plate", "analyte_plate", "analyte", "score_component", "score_limit", "qc_history")
RIGHT = Request("release", "A. Name", "twin", "the other is a test")


def renamed(export: bytes, batch: str, crc: str = "broken") -> bytes:
    """The export under another batch name; crc: broken (as an editor leaves it), right (made anew) or absent."""
    body, mark, tail = export.replace(BATCH.encode(), batch.encode()).partition(b"-- CRC --")
    assert batch.encode() in body
    if crc == "absent":
        return body
    return body + mark + (f"\r\nCRC32: {zlib.crc32(body):08X}".encode() if crc == "right" else tail)


def go(site: Site, clock: Clock, files: dict[str, bytes] | None = None) -> Outcome:
    for name, data in (files or {}).items():
        (site.path("inbox") / "plates" / name).write_bytes(data)
    return run_plain(site, NightOptions(), Silent(), clock)


def rows(site: Site, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_query(site.root, query).to_pylist()
    return found


def one(site: Site, query: str) -> Any:
    return next(iter(rows(site, query)[0].values()))


def content(site: Site, views: Sequence[str] = STANDING) -> dict[str, list[dict[str, Any]]]:
    return {view: rows(site, f"select * from {view} order by all") for view in views}


def states(site: Site) -> dict[str, str]:
    return {row["file_name"]: row["state"] for row in rows(site, "select file_name, state from plate")}


def page_of(site: Site, plate: str) -> str:
    """The page that is true now: a page is never written over, so the folder may hold earlier ones."""
    with open_night(site, NightOptions(is_dry_run=True), Silent(), utc_clock) as night:
        (page,) = (page for page in standing_pages(night) if page.plate == plate)
    return page.path.read_text("utf-8")


def run_of(site: Site, file_name: str) -> str:
    return str(one(site, f"select run_id from plate where file_name = '{file_name}'"))


def settle(site: Site, clock: Clock, file_name: str) -> Outcome:
    release(site.root, Request(**{**RIGHT.__dict__, "plate": run_of(site, file_name)}), clock)
    return go(site, clock)


@pytest.fixture
def export(simulated: Path) -> bytes:
    return (simulated / "inbox" / "plates" / P01).read_bytes()


# A name before and one after the original's.
NIGHTS = {
    "copy the same night, named before": ({"a.csv": "A_COPY"},),
    "copy the same night, named after": ({"z.csv": "Z_COPY"},),
    "copy nights later": ({}, {"z.csv": "Z_COPY"}),
    "three, a night each": ({}, {"a.csv": "A_COPY"}, {"z.csv": "Z_COPY"}),
}


SLICE = ("copy the same night, named before",)  # in the suite; `make prove twins` runs them all
BY_NAME = [
    pytest.param(value, id=key, marks=[] if key in SLICE else [pytest.mark.prove]) for key, value in NIGHTS.items()
]


@pytest.mark.parametrize("nights", BY_NAME)
def test_neither_twin_is_reportable_and_the_score_says_why(
    make_site: Make, clock: Clock, export: bytes, nights: Sequence[dict[str, str]]
) -> None:
    site = make_site(plates=(P01,))
    for names in nights:
        outcome = go(site, clock, {name: renamed(export, batch) for name, batch in names.items()})
    copies = {name: batch for names in nights for name, batch in names.items()}
    assert outcome.refused == ()
    assert states(site) == dict.fromkeys((P01, *copies), "held")
    assert rows(site, "select * from result") == []
    assert rows(site, "select distinct reportable, qc_state from result_all") == [
        {"reportable": False, "qc_state": "held"}
    ]
    assert one(site, "select count(*) from qc_history") == 0
    assert one(site, "select sum(reportable_count) from analyte_plate") == 0
    reasons = rows(site, "select distinct reason from score_component where component in ('il12', 'il2') and reason is not null")  # fmt: skip
    assert "awaiting_decision" in {row["reason"] for row in reasons}
    told = rows(site, "select detail from score_input where reason = 'awaiting_decision'")
    assert len(told) > 30
    assert all(BATCH in row["detail"] for row in told)
    for plate in outcome.held:
        assert plate.sentence in page_of(site, plate.plate)
        assert f"By the checksums {BATCH} " in plate.sentence
        assert all(other in plate.sentence for other in (P01, *copies))
    assert len(outcome.held) == len(copies) + 1
    night_of = {row["file_name"]: row["night_id"] for row in rows(site, "select file_name, night_id from held_plate")}
    assert all(night in outcome.held[0].sentence for night in night_of.values())
    assert [go(site, clock).waits_for_a_person, go(site, clock).state] == [True, "nothing_new"]


EVERY = tuple(tuple((name,) for name in way) for way in itertools.permutations(("a.csv", P01, "z.csv")))
TOGETHER = (("a.csv", P01, "z.csv"),)


@pytest.mark.parametrize(
    "ways",
    [
        (EVERY[-1], TOGETHER),
        pytest.param((*EVERY, TOGETHER, (("z.csv", P01), ("a.csv",))), marks=pytest.mark.prove),
    ],
)
def test_the_order_of_arrival_decides_nothing_about_twins(
    make_site: Make, clock: Clock, export: bytes, ways: Sequence[Sequence[Sequence[str]]]
) -> None:
    files = {"a.csv": renamed(export, "A_COPY"), P01: export, "z.csv": renamed(export, "Z_COPY", "absent")}
    seen = []
    for number, way in enumerate(ways):
        site = make_site(f"way{number}", plates=(), has_clinic=False)
        for names in way:
            go(site, clock, {name: files[name] for name in names})
        views = ("result_all", "analyte_plate", "twin", "qc_history")
        likelier = rows(site, "select file_name, twin_count, likelier_run_id from held_plate order by all")
        seen.append((content(site, views), likelier))
    assert all(one == seen[0] for one in seen)
    assert [row["twin_count"] for row in seen[0][1]] == [2, 2, 2]


def test_deciding_releases_the_other_and_reversing_brings_the_same_bytes_back(
    after_a_night: After, clock: Clock, export: bytes
) -> None:
    site = after_a_night(True)
    alone = content(site, ("result", "score_component"))
    plain = page_of(site, BATCH)
    go(site, clock, {"z.csv": renamed(export, "Z_COPY")})
    held, pages = content(site), (page_of(site, BATCH), page_of(site, "Z_COPY"))
    assert pages[0] != plain
    false = run_of(site, "z.csv")
    decide(site.root, Request("exclude", "A. Name", "twin", "a test", false[:12]), clock)
    outcome = go(site, clock)
    assert (outcome.held, outcome.waits_for_a_person) == ((), False)
    assert states(site)["z.csv"] == "fail"
    assert states(site)[P01] in ("pass", "warn")
    assert content(site, ("result", "score_component")) == alone
    assert one(site, f"select count(*) from result where run_id = '{false}'") == 0
    assert "is held until a person decides" not in page_of(site, BATCH)
    assert rows(site, "select run_id, kind, cause from decision") == [{"run_id": false, "kind": "exclude", "cause": "twin"}]  # fmt: skip
    decide(site.root, Request("reverse", "B. Name", "entered_in_error", "no", reverses=1), clock)
    assert len(go(site, clock).held) == 2
    assert content(site) == held
    assert page_of(site, BATCH) == pages[0]
    again = page_of(site, "Z_COPY")
    assert again != pages[1]
    assert "reversed by decision 2 of B. Name" in again


def test_of_three_one_must_be_left_and_a_third_that_comes_later_asks_again(
    make_site: Make, clock: Clock, export: bytes
) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    go(site, clock, {"a.csv": renamed(export, "A_COPY"), "m.csv": renamed(export, "M_COPY")})
    decide(site.root, Request("exclude", "A. Name", "twin", "a test", run_of(site, "a.csv")), clock)
    assert [plate.plate for plate in go(site, clock).held] == [BATCH, "M_COPY"]
    assert settle(site, clock, P01).held == ()
    again = go(site, clock, {"z.csv": renamed(export, "Z_COPY")})
    assert [plate.plate for plate in again.held] == [BATCH, "Z_COPY"]
    assert states(site) == {P01: "held", "a.csv": "fail", "m.csv": "fail", "z.csv": "held"}
    assert settle(site, clock, "z.csv").held == ()
    assert states(site)[P01] == "fail"
    assert one(site, "select count(distinct run_id) from result") == 1


@pytest.mark.parametrize(
    ("crc", "words"),
    [
        ("broken", f"By the checksums {BATCH} (file of run"),
        ("absent", f"By the checksums {BATCH} (file of run"),
        ("right", "The checksums do not tell which is the original."),
    ],
)
def test_the_checksum_names_the_likelier_original(
    make_site: Make, clock: Clock, export: bytes, crc: str, words: str
) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    outcome = go(site, clock, {"a.csv": renamed(export, "A_COPY", crc)})
    said = {
        "broken": "its checksum cannot be judged",
        "absent": "it has no checksum",
        "right": "its checksum is right",
    }[crc]
    for plate in outcome.held:
        assert words in plate.sentence
        assert f"a.csv, {run_of(site, 'a.csv')[:12]} of night {outcome.night_id}, {said}" in plate.sentence


def test_numbers_written_otherwise_and_rows_in_another_order_are_the_same_readings(
    make_site: Make, clock: Clock, export: bytes
) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    lines = renamed(export, "A_COPY", "absent").decode().splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if '"DataType:","Median"' in line) + 2
    end = next(n for n in range(start, len(lines)) if not lines[n].startswith('"'))
    lines[start:end] = reversed(lines[start:end])
    text = re.sub(r'"(\d+)"(?=,)', lambda m: f'"{m[1]}.0"', "".join(lines[start:end]))
    other = "".join(lines[:start]) + text + "".join(lines[end:])
    outcome = go(site, clock, {"a.csv": other.encode()})
    assert outcome.refused == ()
    assert [plate.plate for plate in outcome.held] == [BATCH, "A_COPY"]


def test_one_name_and_another_time_is_a_twin_too_and_no_namesake_that_is_refused(
    after_a_night: After, clock: Clock, export: bytes
) -> None:
    site = after_a_night(True)
    other = export.replace(b"2025 10:", b"2025 16:").replace(b"2025 11:", b"2025 17:")
    assert other != export
    outcome = go(site, clock, {"again.csv": other})
    assert outcome.refused == ()
    assert states(site) == {P01: "held", "again.csv": "held"}
    with pytest.raises(UsageError, match="several plates are called"):
        decide(site.root, Request("exclude", "A. Name", "twin", "no", BATCH), clock)
    assert settle(site, clock, P01).held == ()


def swapped(export: bytes, one: str, other: str) -> bytes:
    """The same plate exported an hour later with two samples' labels in each other's place, its checksum made anew."""
    later = export.replace(b'"11:21 AM"', b'"12:21 PM"', 1)
    assert later != export
    body, mark, _ = later.partition(b"-- CRC --")
    a, b = f'"{one}"'.encode(), f'"{other}"'.encode()
    assert a in body
    assert b in body
    body = body.replace(a, b'"\0"').replace(b, a).replace(b'"\0"', b)
    return body + mark + f"\r\nCRC32: {zlib.crc32(body):08X}".encode()


def test_a_re_export_that_puts_samples_beside_other_readings_replaces_nothing_until_a_person_decides(
    after_a_night: After, clock: Clock, export: bytes, simulated: Path
) -> None:
    site = after_a_night(False)
    labels = [row["sample_label"] for row in rows(site, "select distinct sample_label from result_all where well_role = 'unknown' order by 1")]  # fmt: skip
    later = go(site, clock, {"later.csv": swapped(export, labels[0], labels[1])})
    assert (later.plates_superseded, states(site)) == (0, {P01: "held", "later.csv": "held"})
    assert "another export of this plate puts its samples beside other readings" in later.held[0].sentence
    # A layout says what lies in the wells whatever the export calls it: with one, the later export is a re-export as ever.
    name = P01.replace(".csv", "_layout.csv")
    shutil.copy(simulated / "inbox" / "layouts" / name, site.path("inbox") / "layouts" / name)
    settled = go(site, clock)
    assert (settled.held, settled.plates_superseded) == ((), 1)
    assert list(states(site)) == ["later.csv"]


def test_a_twin_of_a_plate_that_was_signed_before_any_night_knew_of_it_ends_no_night(
    after_a_night: After, clock: Clock, export: bytes
) -> None:
    """One signature is told of both plates, and is stored once."""
    site = after_a_night(False)
    review(site.root, Request("accept", "ann", "review", "seen", BATCH), clock)
    signer = Signer("Ann Name", "approver")
    review(site.root, Request("sign", "ann", "review", "seen", BATCH, meaning="approval", signer=signer), clock)
    assert len(go(site, clock, {"z.csv": renamed(export, "Z_COPY", "right")}).held) == 2
    assert rows(site, "select plate, is_standing, is_current from main.signature order by plate") == [
        {"plate": plate, "is_standing": True, "is_current": False} for plate in (BATCH, "Z_COPY")
    ]


def test_a_genuine_re_export_supersedes_and_the_bytes_again_are_no_second_run(
    after_a_night: After, clock: Clock, export: bytes
) -> None:
    site = after_a_night(False)
    body, mark, _ = export.replace(b'"Operator","', b'"Operator","X', 1).partition(b"-- CRC --")
    other = body + mark + f"\r\nCRC32: {zlib.crc32(body):08X}".encode()
    second = go(site, clock, {"again.csv": other})
    assert (second.plates_superseded, second.held, list(states(site))) == (1, (), ["again.csv"])
    third = go(site, clock, {"same bytes.csv": other})
    assert (third.plates_known, third.held, third.state) == (1, (), "nothing_new")
    # A copy of what was replaced is a twin of what stands for it.
    fourth = go(site, clock, {"z.csv": renamed(export, "Z_COPY")})
    assert [plate.file_name for plate in fourth.held] == ["again.csv", "z.csv"]


def test_readings_that_an_earlier_version_loaded_are_known(after_a_night: After, clock: Clock, export: bytes) -> None:
    site = after_a_night(False)
    with warehouse.opened(site.path("warehouse")) as con:
        before = con.execute("select * from store.plate_reading").fetchall()
        con.execute("truncate store.plate_reading")
        assert warehouse.remember_readings(con) == 1
        assert con.execute("select * from store.plate_reading").fetchall() == before
        assert warehouse.remember_readings(con) == 0


def test_the_terminal_says_what_to_type_and_it_works(make_site: Make, export: bytes) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    (site.path("inbox") / "plates" / "a.csv").write_bytes(renamed(export, "A_COPY"))

    def pbis(*arguments: str) -> Any:
        return CliRunner().invoke(commands, list(arguments))

    night = ("night", "--site", str(site.root), "--engine", "plain")
    first = pbis(*night)
    assert first.exit_code == 6, first.output
    assert "plates wait for a person" in first.output
    assert "0 passed, 0 with warnings, 0 failed, 14 held" in first.output
    assert pbis(*night).exit_code == 6  # each night, until it is decided
    assert [plate["plate"] for plate in json.loads(pbis(*night, "--json").stdout)["held"]] == [BATCH, "A_COPY"]
    line = next(line for line in first.output.splitlines() if "right: " in line and run_of(site, P01)[:12] in line)
    command = line.partition("pbis ")[2].replace('"YOUR NAME"', "Me").replace('"WHY"', "test").split()
    shown = page_of(site, BATCH).replace("&#34;", '"')
    assert line.partition("right: ")[2] in shown
    assert "Waits for a decision" in (site.path("reports") / "index.html").read_text("utf-8")
    assert pbis(*command, "--dry-run").output.startswith("would exclude A_COPY\n")
    done = pbis(*command)
    assert (done.exit_code, "exclude A_COPY, by Me" in done.output) == (0, True)
    assert isinstance(pbis(*command).exception, UsageError)
    last = pbis(*night)
    assert "plates wait for a person" not in last.output
    assert (last.exit_code, "has no layout" in last.output) == (6, True)  # what is left is another matter
    assert isinstance(pbis(*command).exception, UsageError)
