"""The check of a ladder as every reader makes it: told in the notes, kept in the reagents, or the file refused."""

from __future__ import annotations

from dataclasses import replace

from pbis.core.plates.ladder import ladder_suspects, with_suspects
from pbis.core.plates.plate import PlateRead
from pbis.readers.kit.notes import Notes


def check_ladder(read: PlateRead, notes: Notes) -> PlateRead:
    """The read with what its wrong expected concentrations should be. Raises CorruptedLadder where most analytes have one."""
    suspects = ladder_suspects(read)
    for suspect in suspects:
        notes.add("ladder_geometry", f"{suspect}: {suspect.analyte} gets no curve", suspect.line or None)
    return replace(read, reagent=with_suspects(read.reagent, suspects), warning=notes.table(read.run.run_id))
