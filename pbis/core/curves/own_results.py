"""The export's own concentrations (its block Result) in the place of computed ones, for the method `instrument`.

A number is held to the standards wherever these are known, as every method's is; without standards it stands as the export has it.
`<` and `>` keep their side. An instrument prints the bound behind them without the dilution, other programs with it, so without
standards the weaker of both is said. What the export marks as extrapolated (`*`) is no number where no standards hold it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.backcalc import BackCalculated
from pbis.core.curves.batch import Batch
from pbis.core.curves.censor import ReportableRange
from pbis.core.curves.screen import Screened

_SIDES = ("=", "<", ">")
_EQUAL, _BELOW, _ABOVE, _NONE = range(4)
EXTRAPOLATED = "*"


@dataclass(frozen=True)
class OwnResults:
    """What the export's Result says, (slots, n).

    x: concentration in the curve's unit, undiluted; 0 where it says `<`, inf where it says `>`, NaN where it says nothing of use;
    bound: undiluted, what it prints behind `<` or `>`; has_unknown_factor (n,): a layout gives a dilution, and the export
    does not say which one its Results hold, so they are not used.
    """

    x: Floats
    bound: Floats
    has_unknown_factor: Flags

    @property
    def is_given(self) -> Flags:
        return np.asarray(~np.isnan(self.x))

    def instead_of(self, back: BackCalculated) -> BackCalculated:
        """The same wells with the export's concentrations where it has them; nothing was estimated, so they have no interval."""
        with np.errstate(divide="ignore"):
            ln_x = np.log(self.x)
        return replace(
            back,
            ln_x=np.where(self.is_given, ln_x, back.ln_x),
            se_ln=np.where(self.is_given, np.nan, back.se_ln),
        )

    def within(self, span: ReportableRange, raw: Screened) -> ReportableRange:
        """The range of every well (slots, n): that of its standards, else what the export's own bound says.

        A curve that failed, or standards that are flat or falling, leave nothing to report, whoever computed it.
        """
        is_poor = ((raw.is_flat & (raw.used_levels > 0)) | raw.is_falling) & ~span.has_curve
        was_tried = span.was_tried | is_poor
        return replace(
            span,
            lowest=np.where(np.isfinite(span.lowest), span.lowest, np.where(self.x == 0.0, self.bound, np.nan)),
            highest=np.where(np.isfinite(span.highest), span.highest, np.where(np.isinf(self.x), self.bound, np.nan)),
            has_curve=span.has_curve | self.is_given,
            is_accepted=span.is_accepted | (self.is_given & ~was_tried),
            was_tried=was_tried,
        )


def own_results(batch: Batch, lowest: Floats) -> OwnResults:
    """The export's Results of all wells; lowest (n,): the lowest standard, NaN where none is known."""
    side, is_marked = _sides(batch)
    factor = np.array([key.factor for key in batch.keys], dtype=np.float64)
    number = batch.numbers("result_reported") * factor
    theirs = batch.numbers("dilution_factor_reported")
    # The instrument computes with 1 where it has no factor; a layout's other factor may or may not be in the number.
    is_unknown = np.isnan(theirs) & np.isfinite(batch.dilution) & (batch.dilution != 1.0) & (side != _NONE)
    value = number / np.where(np.isfinite(theirs) & (theirs > 0), theirs, 1.0)
    has_range = np.isfinite(lowest)
    is_number = (side == _EQUAL) & np.isfinite(value) & (has_range | ((value > 0) & ~is_marked))
    bound = _bound(number, side, batch.dilution)
    is_bound = ((side == _BELOW) | (side == _ABOVE)) & (has_range | np.isfinite(bound))
    x = np.select([is_unknown, is_number, is_bound & (side == _BELOW), is_bound], [np.nan, value, 0.0, np.inf], np.nan)
    return OwnResults(np.where(x < 0, 0.0, x), bound, np.asarray(is_unknown.any(axis=0)))


def _bound(number: Floats, side: Ints, dilution: Floats) -> Floats:
    """The weaker of the printed bound with and without the dilution, undiluted; NaN where none is printed."""
    factor = np.where(np.isfinite(dilution) & (dilution > 0), dilution, 1.0)
    low, high = np.maximum(number, number * factor), np.minimum(number, number * factor)
    return np.where(side == _BELOW, low, np.where(side == _ABOVE, high, np.nan)) / factor


def _sides(batch: Batch) -> tuple[Ints, Flags]:
    """Side of every well (slots, n) as an index into _SIDES, _NONE without a Result; whether its text is marked as extrapolated."""
    side = np.full(batch.mfi.shape, _NONE, np.int64)
    is_marked, at = np.zeros(batch.mfi.shape, bool), 0
    for block in batch.blocks:
        here = (slice(0, block.well.num_rows), slice(at, at + len(block.keys)))
        op, text = (block.reading.column(name) for name in ("result_reported_op", "result_reported_text"))
        number = np.select([pc.equal(op, sign).fill_null(False).to_numpy() for sign in _SIDES], range(_NONE), _NONE)
        marked = pc.starts_with(text, EXTRAPOLATED).fill_null(False).to_numpy()
        # NO_READING is -1: the last entry serves wells without a reading
        side[here] = np.append(number, _NONE)[block.reading_row]
        is_marked[here] = np.append(marked, False)[block.reading_row]
        at += len(block.keys)
    return side, is_marked
