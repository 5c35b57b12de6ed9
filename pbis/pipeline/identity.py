"""Whose plate is it: readings of another plate, or a name that two plates share, refuse the file before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import warehouse
from pbis.core.errors import InputRefused, MalformedFile
from pbis.pipeline.context import Night, ReadPlate


@dataclass(frozen=True)
class _Kept:
    """A plate of tonight as far as it can be mistaken for another. content: hash of its readings, null without any."""

    file_name: str
    plate: str
    key: str
    content: str | None


def settle_identities(night: Night) -> None:
    """Refuse what would mix plates up: the readings of another plate, or a layout's plate name used by two plates."""
    kept: list[ReadPlate] = []
    known: list[_Kept] = []
    for plate in sorted(night.plates, key=_load_order):
        own = _identify(plate)
        trouble = None if plate.job.arrival is None else _trouble(night.con, plate, own, known)
        if trouble is None:
            kept.append(plate)
            known.append(own)
        else:
            night.refuse(plate.job, trouble)
    night.plates = kept


def _load_order(plate: ReadPlate) -> tuple[str, bool, str]:
    """Older exports first, so that newer ones supersede them; of equal times the untouched file last, so that it stands."""
    run = plate.read.run
    return (run.exported_at.isoformat() if run.exported_at else "", run.crc_state == "match", run.run_id)


def _identify(plate: ReadPlate) -> _Kept:
    content = warehouse.content_hash(plate.read.reading)
    return _Kept(plate.job.name, plate.read.plate, warehouse.plate_key(plate.read.run, content), content)


def _trouble(con: Any, plate: ReadPlate, own: _Kept, known: Sequence[_Kept]) -> InputRefused | None:
    stored = warehouse.find_duplicate(con, own.key, own.content) if own.content else None
    twin = stored.file_name if stored else _twin_tonight(own, known)
    if twin is not None:
        return MalformedFile(
            "holds exactly the readings of another plate",
            file=own.file_name,
            expected="readings of its own",
            found=f"those of {twin}",
            hint="one of the two is mislabelled: ask who exported them",
        )
    if plate.layout_file_id is None:
        return None
    namesake = warehouse.find_namesake(con, own.plate, own.key) or _namesake_tonight(own, known)
    if namesake is None:
        return None
    return MalformedFile(
        "two plates share one name, and a layout says what lies in it",
        file=own.file_name,
        expected="a plate name used once",
        found=f"{own.plate!r}, also the name of {namesake}",
        hint="rename the batch of one and its layout",
    )


def _twin_tonight(own: _Kept, known: Sequence[_Kept]) -> str | None:
    same = (one for one in known if own.content is not None and one.content == own.content and one.key != own.key)
    return next((one.file_name for one in same), None)


def _namesake_tonight(own: _Kept, known: Sequence[_Kept]) -> str | None:
    return next((one.file_name for one in known if one.plate == own.plate and one.key != own.key), None)
