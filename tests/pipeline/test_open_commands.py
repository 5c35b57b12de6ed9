"""Which commands stand on the page that everybody may read: those that name a run, a decision or a file of the laboratory."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import warehouse
from pbis.config import load_site
from pbis.core.open_items import OpenItem, open_item
from pbis.pipeline import open_now
from pbis.pipeline.new_site import write_site
from pbis.pipeline.open_now import put_off
from pbis.pipeline.open_pages import _todo
from pbis.pipeline.todo import linked
from pbis.report import TodoRow

RUN = "0123456789ab" * 5


def row_of(kind: str, key: str, root: Path = Path("/srv/lab"), **other: Any) -> TodoRow:
    row = {"kind": kind, "object_kind": "file", "object_key": key, "plate": "P01", "run_id": RUN, "item_count": 1}
    row |= {"blocks": "results", "names": [key.partition("/")[2]], "known": [], "detail": "is cut off"} | other
    (item,) = linked((open_item(row),), root)
    return TodoRow(item.kind, item.what, item.remedy, "n1", item.is_blocking, item.command or "")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> warehouse.ClosedWords:
    root = tmp_path_factory.mktemp("words") / "site"
    write_site(root, name="small", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    with warehouse.opened(Path(shutil.copy(empty_warehouse, root.parent / "empty.duckdb"))) as con:
        return warehouse.closed_words_of(con, load_site(root).file.release)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("failed_plate", "P01"),
        ("held_well", "P01"),
        ("twin", "P01"),
        ("trend_alarm", "P01 drift"),
        ("decision_not_applying", "7"),
        ("file_in_quarantine", "plates/P01.csv"),
        ("file_in_quarantine", "plates/week 10 --until now.csv"),
        ("file_in_quarantine", "layouts/o'brien.csv"),
        ("file_in_quarantine", "lot_sheets/kit.csv"),
    ],
)
def test_a_command_that_names_nobody_is_shown(words: warehouse.ClosedWords, kind: str, key: str) -> None:
    row = row_of(kind, key, Path("/srv/our lab"))
    assert row.command
    assert _todo(row, words).command == row.command


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("file_in_quarantine", "labs/Jane Doe.csv"),
        ("file_in_quarantine", "labs/Doe.csv"),
        ("lab_without_linkage", "labs/Doe.csv"),
        ("specimen_never_run", "JaneDoe"),
        ("specimen_never_run", "plates/JaneDoe"),
        ("patient_without_plate", "P1263"),
        ("work_expected", "worklists/Doe.csv"),
        ("work_expected", "PLATE-DOE"),
    ],
)
def test_one_that_may_name_somebody_is_not(words: warehouse.ClosedWords, kind: str, key: str) -> None:
    row = row_of(kind, key)
    assert row.command
    assert _todo(row, words).command == ""


def test_a_dry_run_of_putting_off_says_the_time_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "site"
    write_site(root, name="small", time_zone="Asia/Tokyo", cutoff_set="pbis-2025-il2-pgml")
    item = OpenItem("file_in_quarantine", "file", "plates/q.csv", "q.csv was refused.", "Mend it.")
    monkeypatch.setattr(open_now, "items_now", lambda site: (item,))
    why = {"author": "A", "reason": "a test file", "is_dry_run": True}
    now = datetime(2026, 3, 1, 22)
    event, _ = put_off(root, item.kind, item.object_key, date(2026, 4, 1), lambda: now, **why)
    assert "on 2026-03-01 22:00 (" in event.words
