"""What Observations refer to and do not hold: patients and specimens, in the same file, in one beside it or in one of earlier weeks.

An id is one patient or specimen, whichever file it stands in; the newest version of it stands. Two that nothing orders and that contradict
each other decide nothing: numbers of both patients are looked up, and must agree; a specimen of two times has none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from pbis.clinical.fhir.model import Meta
from pbis.clinical.fhir.specimens import DrawnSpecimen
from pbis.core.frames import LINE_HASH_BYTES

TWO_DRAWS = "its specimen was sent twice with different contents, and nothing says which is newer"
TWO_PATIENTS = "two specimens of different patients bear the id that it refers to"
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"\\]{1,400})"')


class Said(NamedTuple):
    """When a resource was said. version: None where it is no number; came: order of the night that brought it."""

    version: int | None = None
    updated_at: str = ""
    came: int = 0


def told(meta: Meta | None, came: int) -> Said:
    """By a resource's own meta."""
    if meta is None:
        return Said(came=came)
    return Said(int(meta.version_id) if meta.version_id.isdecimal() else None, meta.last_updated, came)


@dataclass
class Beside:
    """numbers: reference to a patient -> what the patient is known by; specimens: reference to a specimen -> what is known of the draw;
    said: when each of both was said."""

    numbers: dict[str, list[str]] = field(default_factory=dict)
    specimens: dict[str, DrawnSpecimen] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)

    def add_patient(self, key: str, numbers: list[str], at: Said) -> None:
        """Numbers that have one in common are of one patient, whose newest say stands; else both count, and must agree."""
        known = self.numbers.get(key)
        if known is not None and known != numbers:
            order = _order(self.said[key], at)
            is_one = not known or not numbers or bool(set(known) & set(numbers))
            if not is_one or not order:
                numbers = sorted({*known, *numbers})
            elif order < 0:
                numbers, at = known, self.said[key]
        self.numbers[key], self.said[key] = numbers, at

    def add_specimen(self, key: str, drawn: DrawnSpecimen, at: Said) -> None:
        """The newest say stands; of two that nothing orders, or of two patients, none does."""
        known = self.specimens.get(key)
        if known is not None and known != drawn:
            order = _order(self.said[key], at)
            if known.whose and drawn.whose and known.whose != drawn.whose:
                drawn = DrawnSpecimen(trouble=TWO_PATIENTS)
            elif not order:
                drawn = DrawnSpecimen(trouble=TWO_DRAWS)
            elif order < 0:
                drawn, at = known, self.said[key]
        self.specimens[key], self.said[key] = drawn, at

    def add(self, later: Beside) -> None:
        """What another file says."""
        for key, numbers in later.numbers.items():
            self.add_patient(key, numbers, later.said[key])
        for key, drawn in later.specimens.items():
            self.add_specimen(key, drawn, later.said[key])

    def changed(self, later: Beside) -> tuple[frozenset[str], frozenset[str]]:
        """References that are known only with `later`, and those that mean something else with it; this stays as it is."""
        mine = Beside(
            {key: self.numbers[key] for key in later.numbers if key in self.numbers},
            {key: self.specimens[key] for key in later.specimens if key in self.specimens},
        )
        both = Beside(dict(mine.numbers), dict(mine.specimens), {key: self.said[key] for key in mine.keys})
        both.add(later)
        differ = [
            *(key for key, found in mine.numbers.items() if both.numbers[key] != found),
            *(key for key, drawn in mine.specimens.items() if both.specimens[key] != drawn),
        ]
        return frozenset(later.keys - mine.keys), frozenset(differ)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.numbers) | frozenset(self.specimens)


@dataclass(frozen=True)
class Around:
    """What is known when a file is read. known: hashes of lines that stand already, by files before it; is_part: whether it belongs to an
    export, which has files without results; came: order of its night."""

    beside: Beside = field(default_factory=Beside)
    known: Container[bytes] = frozenset()
    is_part: bool = False
    came: int = 0


def hash_of_line(text: bytes) -> bytes:
    """What a line is known by: any other byte makes it another line."""
    return hashlib.sha256(text.strip()).digest()[:LINE_HASH_BYTES]


def keys_of(reference: str, kind: str) -> tuple[str, ...]:
    """By what a reference may be known: as written, then by type and id; never with a version."""
    path = reference.partition("/_history/")[0]
    before, _, last = path.rpartition("/")
    is_kind = before.rpartition("/")[2] == kind
    return (path, f"{kind}/{last}") if is_kind else (path,)


def refers_to(data: bytes, keys: Container[str]) -> bool:
    """Whether any reference in the file's JSON is among the keys."""
    texts = {found[1].decode("utf-8", "replace") for found in _REFERENCE.finditer(data)}
    return any(key in keys for text in texts for kind in ("Patient", "Specimen") for key in keys_of(text, kind))


def meanings_of(found: Iterable[tuple[str, object]]) -> str:
    """sha256 over references that are known and what each means; '' where there are none."""
    rows = sorted((reference, repr(meaning)) for reference, meaning in found if meaning is not None)
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest() if rows else ""


def _order(known: Said, found: Said) -> int:
    """1 where `found` is newer, -1 where it is older, 0 where nothing orders them. A versionId goes before lastUpdated, which moves when
    data are only copied, and that before the night."""
    if known.version is not None and found.version is not None and known.version != found.version:
        return 1 if found.version > known.version else -1
    by_time = _by_time(known.updated_at, found.updated_at)
    return by_time or (found.came > known.came) - (found.came < known.came)


def _by_time(known: str, found: str) -> int:
    try:
        first, second = datetime.fromisoformat(known), datetime.fromisoformat(found)
        return (second > first) - (second < first)
    except (ValueError, TypeError):  # one is missing, is no time, or alone has a zone
        return 0
