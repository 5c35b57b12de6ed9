"""Whose plate is it: a name that two plates share, where a layout says what lies in it, refuses the file before anything is
computed.

Readings that came under another name refuse nothing: both plates are loaded, and held until a person decides (views twin and
held_plate), so that the order in which they came decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import warehouse
from pbis.core.errors import InputRefused, MalformedFile
from pbis.pipeline.context import Night
from pbis.pipeline.stages import ReadPlate, Told


@dataclass(frozen=True)
class _Kept:
    """A plate of tonight as far as it can be mistaken for another. readings: names of its readings, plate by plate."""

    file_name: str
    plate: str
    key: str
    readings: frozenset[str]


def settle_identities(night: Night, plates: Iterable[ReadPlate]) -> tuple[tuple[ReadPlate, ...], Told]:
    """The plates that can be told apart, in the order of loading; refused is what would mix them up: a layout's plate name used by
    two plates."""
    kept: list[ReadPlate] = []
    known: list[_Kept] = []
    told = Told()
    for plate in sorted(plates, key=_load_order):
        own = _identify(plate)
        trouble = None if plate.job.arrival is None else _trouble(night.con, plate, own, known)
        if trouble is None:
            kept.append(plate)
            known.append(own)
        else:
            told += plate.job.refused(trouble)
    return tuple(kept), told


def _load_order(plate: ReadPlate) -> tuple[str, bool, str]:
    """Older exports first, so that newer ones supersede them; of equal times the untouched file last, so that it stands."""
    run = plate.read.run
    return (run.exported_at.isoformat() if run.exported_at else "", run.crc_state == "match", run.run_id)


def _identify(plate: ReadPlate) -> _Kept:
    reading = plate.read.reading
    key = warehouse.plate_key(plate.read.run, warehouse.content_hash(reading))
    return _Kept(plate.job.name, plate.read.plate, key, frozenset(warehouse.reading_hashes(reading).values()))


def _trouble(con: warehouse.Connection, plate: ReadPlate, own: _Kept, known: Sequence[_Kept]) -> InputRefused | None:
    if plate.layout_file_id is None:
        return None
    namesake = warehouse.find_namesake(con, own.plate, own.key, own.readings) or _namesake_tonight(own, known)
    if namesake is None:
        return None
    return MalformedFile(
        "two plates share one name, and a layout says what lies in it",
        file=own.file_name,
        expected="a plate name used once",
        found=f"{own.plate!r}, also the name of {namesake}",
        hint="rename the batch of one and its layout",
    )


def _namesake_tonight(own: _Kept, known: Sequence[_Kept]) -> str | None:
    """Another plate of that name; its twins are no other plate as far as its name goes."""
    namesakes = (one for one in known if one.plate == own.plate and one.key != own.key)
    return next((one.file_name for one in namesakes if not one.readings & own.readings), None)
