"""Whose plate is it: a name that two plates share, where a layout says what lies in it, refuses the file before anything is
computed.

Readings that came under another name refuse nothing: both plates are loaded, and held until a person decides (views twin and
held_plate), so that the order in which they came decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import warehouse
from pbis.core.errors import InputRefused, MalformedFile
from pbis.core.plates.plate import Run
from pbis.pipeline.context import Night
from pbis.pipeline.packed import PackedAway
from pbis.pipeline.stages import Identity, ReadPlate, Told, WaitingPlate


def waiting(plate: ReadPlate) -> WaitingPlate:
    """The plate packed away, with all that must be known of it before its turn comes."""
    run, named = plate.read.run, plate.named or warehouse.name_readings(plate.read.reading)
    key = warehouse.plate_key(run, named.content)
    return WaitingPlate(
        job=plate.job,
        order=_load_order(run),
        identity=Identity(plate.job.name, plate.read.plate, key, frozenset(named.plates.values())),
        has_layout=plate.layout_file_id is not None,
        panel=plate.panel,
        packed=PackedAway.of(replace(plate, panel=None)),
    )


def settle_identities(night: Night, plates: Iterable[WaitingPlate]) -> tuple[tuple[WaitingPlate, ...], Told]:
    """The plates that can be told apart, in the order of loading; refused is what would mix them up: a layout's plate name used by
    two plates."""
    kept: list[WaitingPlate] = []
    told = Told()
    for plate in sorted(plates, key=lambda plate: plate.order):
        known = [one.identity for one in kept]
        trouble = None if plate.job.arrival is None else _trouble(night.con, plate, known)
        if trouble is None:
            kept.append(plate)
        else:
            told += plate.job.refused(trouble)
    return tuple(kept), told


def _load_order(run: Run) -> tuple[str, bool, str]:
    """Older exports first, so that newer ones supersede them; of equal times the untouched file last, so that it stands."""
    return (run.exported_at.isoformat() if run.exported_at else "", run.crc_state == "match", run.run_id)


def _trouble(con: warehouse.Connection, plate: WaitingPlate, known: Sequence[Identity]) -> InputRefused | None:
    if not plate.has_layout:
        return None
    own = plate.identity
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


def _namesake_tonight(own: Identity, known: Sequence[Identity]) -> str | None:
    """Another plate of that name; its twins are no other plate as far as its name goes."""
    namesakes = (one for one in known if one.plate == own.plate and one.key != own.key)
    return next((one.file_name for one in namesakes if not one.readings & own.readings), None)
