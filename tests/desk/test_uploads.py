"""Bringing files: the inbox's own rules, and what a browser may call a file."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from small_site import plate_of

from pbis.config import load_site
from pbis.core.errors import PbisError, UsageError
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.labs import load_map
from pbis.pipeline.bringing import HALF, bring_in, safe_name, unfinished_halves
from pbis.pipeline.new_site import write_site
from pbis.pipeline.recognising import recognised
from pbis.simulate import render_plate
from pbis.simulate.sheets import kit_sheet, layout_text

SitDown = Callable[[DeskSite, Role | None], TestClient]


@pytest.fixture
def empty_site(tmp_path: Path) -> Path:
    root = tmp_path / "empty"
    write_site(root, name="empty", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return root


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("P01.csv", "P01.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\P01.csv", "P01.csv"),
        ("/work/P 01 (2).csv", "P 01 (2).csv"),
        ("e\u0301tude.csv", "\u00e9tude.csv"),
    ],
)
def test_a_name_holds_no_folder(told: str, name: str) -> None:
    assert safe_name(told) == name


@pytest.mark.parametrize(
    "told", ["", "..", "a/..", ".hidden", "Thumbs.db", ".taken-x", "a\nb.csv", "a\x00", "x" * 300, "\u202ecsv.exe"]
)
def test_a_name_that_the_inbox_would_not_take_is_refused(told: str) -> None:
    with pytest.raises(UsageError):
        safe_name(told)


def test_nothing_is_overwritten_and_nothing_put_there_twice(empty_site: Path) -> None:
    site = load_site(empty_site)
    first = bring_in(site, "plates", "P01.csv", BytesIO(b"one"))
    assert bring_in(site, "plates", "P01.csv", BytesIO(b"one")) == first
    assert bring_in(site, "plates", "P01.csv", BytesIO(b"two")).name == "P01-2.csv"
    assert first.read_bytes() == b"one"


def test_a_link_in_the_inbox_is_not_written_through(empty_site: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("mine")
    (empty_site / "inbox" / "plates" / "P01.csv").symlink_to(outside)
    home = bring_in(load_site(empty_site), "plates", "P01.csv", BytesIO(b"two"))
    assert (home.name, outside.read_text()) == ("P01-2.csv", "mine")


@pytest.mark.parametrize(("data", "kind", "words"), [
    (b"", "plates", "the file is empty"),
    (b"x" * 1_000_001, "plates", "larger than any export"),
    (b"x", "nowhere", "no folder of the inbox"),
    (b"x", "../state", "no folder of the inbox"),
])  # fmt: skip
def test_what_is_refused_leaves_nothing(empty_site: Path, data: bytes, kind: str, words: str) -> None:
    file = empty_site / "site.toml"
    file.write_text(file.read_text().replace("max_file_mb = 64", "max_file_mb = 1"))
    before = sorted(empty_site.rglob("*"))
    with pytest.raises(PbisError, match=words):
        bring_in(load_site(empty_site), kind, "P01.csv", BytesIO(data))
    assert sorted(empty_site.rglob("*")) == before


def test_half_a_file_of_a_killed_desk_is_cleared_away_alone(empty_site: Path) -> None:
    inbox = empty_site / "inbox"
    dead, alive = inbox / f"{HALF}999999999-x", inbox / f"{HALF}1-x"
    for folder in (dead, alive):
        folder.mkdir()
    assert list(unfinished_halves(inbox)) == [dead]


def test_a_file_is_recognised_by_its_content() -> None:
    plate, labs_map = plate_of(1), load_map()
    said = {
        "plates": render_plate(plate),
        "layouts": layout_text(plate).encode(),
        "lot_sheets": kit_sheet(plate, "Kit,K", "Lot,K1").encode(),
        "labs": b"mrn,accession,test,value,unit,status,collected_at\n7,N,751-8,4.2,10*9/L,final,2025-09-10 08:00\n",
        "specimens": b"barcode,subject,collected_at\nSR1,P1,2025-09-10 07:00\n",
        "linkage": b"mrn,subject\n7,P1\n",
        "worklists": b"plate,due_on\nP01,2026-01-01\n",
    }
    assert {kind: recognised(data, "x", labs_map).kind for kind, data in said.items()} == dict(
        zip(said, said, strict=True)
    )
    unnamed = recognised(
        layout_text(plate).replace("plate,", "").replace(f"{plate.header.batch},", "").encode(), "x", labs_map
    )
    assert (unnamed.kind, "does not say which plate" in unnamed.trouble) == ("layouts", True)
    for junk in (b"", b"%PDF-1.7", b"PK\x03\x04", b"\x00\x01", b"a note\n"):
        assert recognised(junk, "x", labs_map).kind is None


def test_what_is_brought_is_said_and_what_is_nobodys_is_not_kept(
    own_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    leave_to_the_night(own_desk)
    reviewer, inbox = sit_down(own_desk, Role.REVIEWER), own_desk.root / "inbox"
    refused = reviewer.post("/upload", files=[("files", ("../../note.txt", b"a note"))])
    assert refused.status_code == 422
    assert "note.txt: nothing in it says what it is" in refused.text
    for kind in ("", "plates"):  # whatever the person calls it
        says_3_gb = gzip.compress(b"x")[:-4] + struct.pack("<I", 3_000_000_000)
        bomb = reviewer.post("/upload", files=[("files", ("bomb.csv.gz", says_3_gb))], data={"kind": kind})
        assert (bomb.status_code, "unpacks to far more than it should" in bomb.text) == (422, True)
    answer = reviewer.post(
        "/upload", files=[("files", ("P03.csv", render_plate(plate_of(3)))), ("files", ("n.txt", b"a note"))]
    )
    page = reviewer.get(answer.headers["location"]).text
    assert "Brought 1 plate export, 1 file refused" in page
    assert "P03.csv: the export of plate LOAD_0003: 28 wells, 7 analytes" in page
    assert sorted(path.name for path in (inbox / "plates").iterdir()) == ["P03.csv"]
    assert sit_down(own_desk, Role.VIEWER).post("/upload").status_code == 403
