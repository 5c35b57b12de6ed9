"""A plate that a person names in a form: by its name, or a part of it, of its file, of a specimen or of a subject. Where several are called so,
they are listed to choose from; a list of all plates would be most of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pbis.desk.plate_list import Wanted, chosen
from pbis.desk.plate_page import plate_name

Row = dict[str, Any]
LISTED = 20  # plates that are listed to choose from; own choice: a screen, and of more a person types one letter more


@dataclass(frozen=True)
class NamedPlate:
    """text: what names it; key: of the plate that is meant (RUN-NUMBER), '' where none is, or several are; choices: key and words of the plates that
    are called so, where there are several, the latest first; more: how many of them are not listed."""

    text: str = ""
    key: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    more: int = 0

    @property
    def trouble(self) -> str:
        """Why it names no plate; '' where it names one, or nothing."""
        if self.key or not self.text:
            return ""
        if not self.choices:
            return f"no plate, file, specimen or subject is called “{self.text}”"
        return f"{len(self.choices) + self.more} plates are called “{self.text}”: choose one, or type more of its name"


def named_plate(plates: Sequence[Row], specimens: Sequence[Row], text: str | None, key: str) -> NamedPlate:
    """Which plate is meant. text: as it was typed, None where the form had no such field; key: of the plate that was chosen, '' for none."""
    if text is None:
        mine = next((row for row in plates if key_of(row) == key), None)
        if mine is None:
            return NamedPlate(key=key)
        text = plate_name(mine)
    text = text.strip()
    if not text:
        return NamedPlate()
    found = _called(plates, specimens, text)
    keys = [key_of(row) for row in found]
    if len(found) == 1:
        return NamedPlate(text, keys[0])
    own = key if key in keys else ""
    shown = [row for at, row in enumerate(found) if at < LISTED or keys[at] == own]
    choices = tuple((key_of(row), _words(row)) for row in shown)
    return NamedPlate(text, own, choices, len(found) - len(choices))


def key_of(row: Row) -> str:
    """How an address calls a plate."""
    return f"{row['run_id']}-{row['plate_number']}"


def _called(plates: Sequence[Row], specimens: Sequence[Row], text: str) -> list[Row]:
    """Those of exactly that name; where there is none, those that the search of the list of plates finds."""
    folded = text.casefold()
    exact = [row for row in plates if plate_name(row).casefold() == folded]
    return exact or chosen(plates, specimens, Wanted(q=text))


def _words(row: Row) -> str:
    day = f"{row['started_at']:%Y-%m-%d}" if row["started_at"] else "day unknown"
    return f"{plate_name(row)}, {day}, {row['file_name']}"
