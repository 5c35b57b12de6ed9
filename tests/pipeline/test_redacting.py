"""Workbooks of plates and databases beside the stores lose the names of a subject who withdrew, and nothing else."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from builders import simulated

from pbis.core.plates.plate import PlateRead
from pbis.core.withdrawn import Renamer
from pbis.labs import load_map
from pbis.pipeline.blotting import blot
from pbis.pipeline.redacting import holds_name, redaction_of
from pbis.readers import read_bytes
from pbis.simulate.bioplex import bioplex_sheets
from pbis.simulate.instrument import derive
from pbis.simulate.resaved import render_workbook
from pbis.simulate.xlsx import workbook

TUBE, LABEL = "QZTUBE-77", "Unknown1"
PLATE = simulated(samples=4)
DERIVED = derive(PLATE)
RENAME = Renamer(b"key", frozenset({TUBE, "QZSUBJ-77"}))
SURROGATE = RENAME.surrogate(TUBE)


def bioplex() -> bytes:
    return workbook(bioplex_sheets(PLATE, DERIVED))


def xponent() -> bytes:
    return render_workbook(PLATE)


def in_parts(data: bytes, text: str, other: str) -> bytes:
    """The workbook with another text in its parts, as a program that saved it would have it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part, old.read(part).replace(text.encode(), other.encode()))
    return out.getvalue()


def labels(read: PlateRead) -> list[str]:
    return [str(label) for label in read.reading.column("sample_label").to_pylist()]


@pytest.mark.parametrize("form", [bioplex, xponent])
def test_a_workbook_of_a_plate_says_the_same_without_the_name(form: Callable[[], bytes]) -> None:
    data = in_parts(form(), f">{LABEL}<", f">{TUBE}<")
    before = read_bytes(data, "plate.xlsx")
    assert TUBE in labels(before)
    done = redaction_of("plates", data, "plate.xlsx", RENAME, load_map())
    assert done is not None
    assert (done.is_gone, done.is_lost) == (False, False)
    assert not holds_name(done.data, "plate.xlsx", RENAME)
    after = read_bytes(done.data, "plate.xlsx")
    assert labels(after) == [each.replace(TUBE, SURROGATE) for each in labels(before)]
    own = ["run_id", "sample_label"]
    assert after.reading.drop_columns(own).equals(before.reading.drop_columns(own))
    assert after.warning.column("code") == before.warning.column("code")
    assert redaction_of("plates", done.data, "plate.xlsx", RENAME, load_map()) is None


def test_a_workbook_in_which_the_name_is_split_over_formatted_pieces_is_emptied() -> None:
    """Its parts do not hold the name, but whoever opens it reads it; it cannot be written again, so nothing of it is kept."""
    data = in_parts(
        bioplex(), f'<t xml:space="preserve">{LABEL}</t>', f"<r><t>{TUBE[:6]}</t></r><r><t>{TUBE[6:]}</t></r>"
    )
    assert TUBE in labels(read_bytes(data, "plate.xlsx"))
    done = redaction_of("plates", data, "plate.xlsx", RENAME, load_map())
    assert done is not None
    assert (done.is_lost, done.data) == (True, b"")


def test_a_database_loses_a_name_that_stands_between_other_texts_though_a_server_has_it_open(tmp_path: Path) -> None:
    """In its bytes nothing stands between the texts of a row, and its log still holds what its pages held before."""
    path = tmp_path / "trail.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as server:
        server.execute("pragma journal_mode = wal")
        server.execute("create table run (id text primary key, name text unique, at text, told blob)")
        server.execute("create index by_name on run (name)")
        for n in range(200):
            server.execute(
                "insert into run values (?, ?, ?, ?)", (f"{n:08x}", f"{TUBE}-{n:03}", "2026", b"of " + TUBE.encode())
            )
        server.execute("delete from run where id = '00000007'")
        assert TUBE.encode() in (tmp_path / "trail.db-wal").read_bytes()
        for each in sorted(tmp_path.iterdir()):
            blot(each, RENAME)
        assert server.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert server.execute("select count(*), count(distinct name) from run").fetchall() == [(199, 199)]
        assert server.execute("select id, told from run where name = ?", (f"{SURROGATE}-003",)).fetchall() == [
            ("00000003", f"of {SURROGATE}".encode())
        ]
        assert [each.name for each in tmp_path.iterdir() if TUBE.encode() in each.read_bytes()] == []


def test_what_only_looks_like_a_database_is_blotted_in_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "torn.db"
    path.write_bytes(b"SQLite format 3\0" + b"torn " * 50 + TUBE.encode())
    blot(path, RENAME)
    assert path.read_bytes().endswith(b"torn xxxxxxxxx")
