"""The page of changes beside a release, and what `pbis release diff` prints: each change between two releases, with its causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pbis.core.words import four_digits, plural
from warehouse.append import Connection
from warehouse.explain import QUERIES

Row = dict[str, Any]
PAGE = "CHANGES.md"
_REVIEW = "plate_review"  # what people said of a plate, which is no verdict
_OF_ALL = {"withdrawal": "consent withdrawn", "cutoff_set": "cut-off set of the site"}
_BEFORE = "select release_before from store.release_made where release = $1"


def release_diff(con: Connection, before: str, after: str) -> list[Row]:
    """Changes between two releases of the chain, in the order of subjects and plates (queries/release_diff.sql)."""
    text = (QUERIES / "release_diff.sql").read_text("utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return list(con.execute(body, {"before": before, "after": after}).to_arrow_table().to_pylist())


def releases_made(con: Connection) -> list[str]:
    """Names of the releases that people were led to and whose changes were kept, first to last, with the one before the first of them."""
    rows = con.execute(
        "with made as (from store.release_made), latest as (select arg_max(release, sequence) as release from made)"
        " select release, release_before from made where release in (from latest)"
        " or release in (select release_before from made where release_before is not null) order by sequence"
    ).fetchall()
    first = [rows[0][1]] if rows and rows[0][1] is not None else []
    return [*first, *(release for release, _ in rows)]


def changes_page(rows: Sequence[Mapping[str, Any]], before: str | None, after: str) -> str:
    """The changes as a text that people read: how many, then a line each. before: None for a release without one before it."""
    if before is None:
        return f"# Release {after}\n\nThere is no release before it that it could be held against.\n"
    head = f"# Changes of release {after} against release {before}\n\n{_summary(rows)}\n"
    if not rows:
        return head
    lines = ["", "| about | what | before | after | because of |", "|---|---|---|---|---|"]
    return head + "\n".join([*lines, *(f"| {' | '.join(map(_cell, _told(row)))} |" for row in rows), ""])


def write_changes(con: Connection, release: str, folder: Path) -> None:
    """Write the page into the folder of a release, from the rows that the release itself holds."""
    row = con.execute(_BEFORE, [release]).fetchone()
    before = row[0] if row else None
    rows = [] if before is None else release_diff(con, before, release)
    (folder / PAGE).write_text(changes_page(rows, before, release), encoding="utf-8")


def _summary(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "Nothing that they show of patients and plates differs."
    subjects = {row["subject_id"] for row in rows if row["subject_id"] is not None}
    came = sum(row["what"] == "subject" and row["before"] is None for row in rows)
    went = sum(row["what"] == "subject" and row["after"] is None for row in rows)
    moved = sum(row["what"] == "group" for row in rows) - came - went
    reviewed = _plates(row for row in rows if row["what"] == _REVIEW)
    plates = _plates(row for row in rows if row["what"] != _REVIEW)
    withdrew = sum(len(row["cause_keys"]) for row in rows if row["what"] == "withdrawal")
    by_people = f" {plural(reviewed, 'plate')} with another review." if reviewed else ""
    taken_out = f" Consent withdrawn: {plural(withdrew, 'patient')} taken out." if withdrew else ""
    return (
        f"{plural(len(subjects), 'patient')} with a change: {came} came, {went} went, {moved} in another group. "
        f"{plural(plates, 'plate')} with another verdict, new ones and replaced ones among them.{by_people}{taken_out}"
    )


def _plates(rows: Iterable[Mapping[str, Any]]) -> int:
    return len({(row["run_id"], row["plate_number"]) for row in rows if row["run_id"] is not None})


def _told(row: Mapping[str, Any]) -> tuple[Any, ...]:
    number = row["plate_number"]
    of_plate = f"plate {row['plate']}{f'/{number}' if number and number > 1 else ''}" if row["run_id"] else None
    about = row["subject_id"] or of_plate or _OF_ALL.get(row["what"], "")
    return (about, row["what"], *_sides(row), row["causes"])


def _sides(row: Mapping[str, Any]) -> tuple[Any, Any]:
    """Before and after. A value has the four digits that people see in a release, and all that it was decided with where they hide the change."""
    before, after = row["before"], row["after"]
    if not str(row["what"]).endswith("_value"):
        return before, after
    shown = tuple(None if each is None else four_digits(each) for each in (before, after))
    return (before, after) if shown[0] == shown[1] else (shown[0], shown[1])


def _cell(value: Any) -> str:
    return "-" if value is None else str(value).replace("|", "\\|")
