"""Computed numbers as they are stored: rounded, so that a plate gives the same bytes alone and in any batch.

Batched arithmetic of one curve differs in the last bits with the company it is in (about 1e-13 relative). What is stored has
ten significant digits: far finer than any measurement, far coarser than that.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pbis.core.arrays import Floats

DIGITS = 10  # three fewer than batched arithmetic keeps (1e-13), see above; own choice


def stored(values: Floats, digits: int = DIGITS) -> pa.Array:
    """Floats rounded to significant digits, null where there is no finite number."""
    return pa.array(
        significant(values, digits) + 0.0, pa.float64(), mask=~np.isfinite(values)
    )  # + 0.0: of -0.0 it makes 0


def significant(values: Floats, digits: int = DIGITS) -> Floats:
    """Round to significant digits. Scaling by exact powers of ten and one division give the double nearest to the decimal."""
    usable = np.isfinite(values) & (values != 0)
    size = np.floor(np.log10(np.abs(np.where(usable, values, 1.0))))
    shift = np.clip(digits - 1 - size, -22, 22)
    up, down = 10.0 ** np.maximum(shift, 0), 10.0 ** np.maximum(-shift, 0)
    rounded = np.rint(np.where(usable, values, 0.0) / down * up) / up * down
    exact: Floats = np.where(usable, rounded, values)
    return exact
