"""Is the ladder of the standards what it claims to be? Two detectors; an analyte that fails either is never fitted.

geometry: the expected concentrations of a dilution series are a geometric series in the order of their labels. A decimal
comma taken for a thousands separator turns 215.625 into 215625, a thousand times off and usually out of order.
identity: the instrument printed % Recovery = 100 x Result / expected when it computed, so expected can be recovered, as
exactly as the last printed digits of the three numbers allow (pbis.core.plates.ladder_identity).

A fault in fewer than half of the analytes fails these; where half of them are hit, the file itself cannot be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import CorruptedLadder
from pbis.core.frames import REAGENT
from pbis.core.plates.ladder_identity import odd_by_identity
from pbis.core.plates.ladder_series import odd_rungs
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.suspect import Suspect
from pbis.core.wrong_cell import WrongCell

_MOST_SHOWN = 60  # suspects in one message; own choice
_IMPLIED = "implied_concentration"


def ladder_suspects(read: PlateRead) -> tuple[Suspect, ...]:
    """The cells that cannot be right, one a standard and analyte, in the order of the file.

    Raises CorruptedLadder, naming every cell and the value it should have, where half of the analytes or more have one.
    """
    suspects = odd_cells(read)
    if suspects and 2 * len({s.analyte for s in suspects}) >= max(len(_with_standards(read)), 1):
        raise _corrupted(suspects, read.run.file_name)
    return suspects


def odd_cells(read: PlateRead) -> tuple[Suspect, ...]:
    """What either detector finds. The series is judged with the cells mended that the identity names: one wrong level can
    make a neighbour look wrong."""
    told = list(odd_by_identity(read))
    reagent = with_suspects(read.reagent, told)
    mended = reagent
    if reagent.column(_IMPLIED).null_count < len(reagent):  # most plates have nothing to mend
        value = pc.coalesce(reagent.column(_IMPLIED), reagent.column("expected_concentration"))
        at = reagent.column_names.index("expected_concentration")
        mended = reagent.set_column(at, "expected_concentration", value)
    found = {(s.label, s.analyte): s for s in (*odd_rungs(mended), *told)}
    return tuple(sorted(found.values(), key=lambda s: (s.line, s.analyte)))


def check_sheet_ladder(told: PlateRead, name: str) -> None:
    """Raise CorruptedLadder about the lot sheet `name` where a cell cannot be right that is not known from the export.

    A sheet is typed and can be corrected: one wrong cell refuses it, however many analytes are sound.
    """
    known = {(s.label, s.analyte) for s in marked(told.reagent)}
    suspects = [s for s in odd_cells(told) if (s.label, s.analyte) not in known]
    if suspects:
        raise _corrupted(suspects, name)


def _corrupted(suspects: Sequence[Suspect], file: str) -> CorruptedLadder:
    """The refusal that names the cells."""
    shown = "; ".join(map(str, suspects[:_MOST_SHOWN]))
    more = f"; and {len(suspects) - _MOST_SHOWN} more" if len(suspects) > _MOST_SHOWN else ""
    brief = f"{len(suspects)} expected concentrations cannot be right"
    return CorruptedLadder(
        f"{brief}: {shown}{more}",
        file=file,
        line=suspects[0].line,
        column=suspects[0].analyte,
        expected=f"{suspects[0].should_be:.10g}",
        found=f"{suspects[0].found:.10g}",
        hint="a decimal comma may have been taken for a thousands separator; correct the protocol and export again",
        brief=brief,
        cells=[
            WrongCell(s.line or None, f"{s.label} of {s.analyte}", f"{s.should_be:.10g}", f"{s.found:.10g}")
            for s in suspects
        ],
    )


def with_suspects(reagent: pa.Table, suspects: Sequence[Suspect]) -> pa.Table:
    """frames.REAGENT with what the suspects should be in implied_concentration; the written values stay."""
    if not suspects:
        return reagent
    should_be = {(s.label, s.analyte): s.should_be for s in suspects}
    keys = zip(*(reagent.column(name).to_pylist() for name in ("reagent_label", "analyte_reported")), strict=True)
    values = pa.array([should_be.get(key) for key in keys], pa.float64())
    return REAGENT.check(reagent.set_column(reagent.column_names.index(_IMPLIED), _IMPLIED, values))


def marked(reagent: pa.Table) -> Iterator[Suspect]:
    """The suspects that the reagents of a run carry."""
    names = ("source_line", "reagent_label", "analyte_reported", "expected_concentration", _IMPLIED)
    rows = reagent.filter(pc.is_valid(reagent.column(_IMPLIED)))
    for line, label, analyte, found, should_be in zip(*(rows.column(n).to_pylist() for n in names), strict=True):
        yield Suspect(line or 0, label, analyte, np.nan if found is None else found, should_be)


def _with_standards(read: PlateRead) -> set[str]:
    standards = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard"))
    known = standards.filter(pc.fill_null(pc.greater(standards.column("expected_concentration"), 0.0), False))
    return set(known.column("analyte_reported").to_pylist())
