"""What waits for a person tonight: asked once, when everything of the night is known, and kept before anything is published.

What was refused tonight is recorded here, so that the release and the morning's page say the same; closing the night only moves the files.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import warehouse
from pbis.core.open_items import OpenItem, in_order, open_item
from pbis.core.site_time import wall
from pbis.pipeline.context import Night
from pbis.pipeline.inbox import Arrival, Refusal
from pbis.pipeline.stages import Blocked, Scored, Told

BLOCKED, NOTE, AGAIN = "blocked_by_sheet", "note", "came_again"
_AGAIN = "came again as it was taken in before; what was refused under its name since then waits for nobody"
_TOLD = tuple(each.name for each in fields(OpenItem) if each.name != "since_night")


def list_open_items(night: Night, before: Scored) -> Scored:
    """Record refusals and notes of the night so far, then what is open. The stage is as it was; `warehouse.open_items` has the rest."""
    for refusal in before.told.refusals:
        record_refusal(night, refusal)
    record_notes(night, before.told)
    record_again(night, before.inbox.arrivals)
    record(night)
    return before


def record(night: Night) -> bool:
    """Keep what is open now; whether it is another set than the night before found."""
    rows = [asdict(item) for item in find(night)]
    return warehouse.record_open_items(night.con, night.night_id, rows, _TOLD)


def find(night: Night) -> list[OpenItem]:
    """What is open and nobody has put off until a later day than tonight's."""
    today = wall(night.started_at, night.site.time_zone).date()
    rows = warehouse.open_rows(night.con, night.night_id, today)
    waiting = _put_off(night, today)
    return in_order([open_item(row) for row in rows if (row["kind"], row["object_key"]) not in waiting])


def items_of(night: Night) -> tuple[OpenItem, ...]:
    """What the night recorded."""
    return tuple(map(item_of, warehouse.open_items(night.con)))


def item_of(row: Mapping[str, Any]) -> OpenItem:
    """A row of view open_item."""
    return OpenItem(**{name: row[name] for name in (*_TOLD, "since_night")})


def record_refusal(night: Night, refusal: Refusal) -> None:
    """Enter a file that was not accepted; once a night."""
    warehouse.record_refusal(
        night.con,
        night.night_id,
        refusal.error,
        night.clock(),
        kind=refusal.kind,
        name=refusal.name,
        sha256=refusal.file_id,
    )


def record_notes(night: Night, told: Told) -> None:
    """Keep the sentences, each with the file that it begins with where that is one of the night's."""
    rows = [*_blocked(told.blocked), *_notes(night, told.notes)]
    if rows:
        warehouse.record_notes(night.con, night.night_id, rows)


def record_again(night: Night, arrivals: Iterable[Arrival]) -> None:
    """Keep that bytes which were taken in before came again under a name of which a file was refused: the name is good again."""
    refused = warehouse.refused_names(night.con, night.night_id)
    came = [each for each in arrivals if (each.kind, each.file_id) in night.loaded_before]
    rows = [
        {
            "code": AGAIN,
            "kind": each.kind,
            "name": each.name,
            "sha256": each.file_id,
            "message": f"{each.name}: {_AGAIN}",
        }
        for each in came
        if (each.kind, each.name) in refused
    ]
    if rows:
        warehouse.record_notes(night.con, night.night_id, rows)


def _blocked(blocked: tuple[Blocked, ...]) -> Iterator[dict[str, Any]]:
    for each in blocked:
        yield {"code": BLOCKED, "kind": "plates", "name": each.name, "sha256": each.run_id, "message": each.message}


def _notes(night: Night, notes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    known = {name: (kind, file_id) for kind, file_id, name in warehouse.files_by_name(night.con)}
    for note in notes:
        name = note.partition(": ")[0]
        kind, file_id = known.get(name, (None, None))
        yield {"code": NOTE, "kind": kind, "name": name if kind else None, "sha256": file_id, "message": note}


def _put_off(night: Night, today: date) -> set[tuple[str, str]]:
    """Names of items that wait for a later day; the last word about an item counts."""
    until = {(row["kind"], row["key"]): date.fromisoformat(row["until"]) for row in warehouse.put_off(night.con)}
    return {name for name, day in until.items() if day > today}


def linked(items: tuple[OpenItem, ...], root: Path) -> tuple[OpenItem, ...]:
    """The items with commands that name the site."""
    site = f" --site {shlex.quote(str(root))} --reason"
    return tuple(replace(item, command=item.command and _at_site(item.command, site)) for item in items)


def _at_site(command: str, site: str) -> str:
    """The reason is asked for behind the key, which may hold the words of an option itself: the last one is meant."""
    return site.join(command.rsplit(" --reason", 1))
