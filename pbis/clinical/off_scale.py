"""What stands beside a number and makes it a bound, or none: an interpretation (HL7 OBX-8, FHIR `interpretation`) or a column of comparators.

Source: HL7 table 0078 and FHIR ObservationInterpretation: `<` is off the scale of the instrument low, `>` off it high, and QCF is a test
that failed its quality control. The number is then the end of the scale. Of a sender who means low and high by them more is undecided
than need be, which L and H would mend.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.codings import UNIT
from pbis.core.amount import Amount
from pbis.files.amounts import read_amount

QC_FAILED = "QCF"
SIDES = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">="}  # fmt: skip


class Meant(NamedTuple):
    """The text that the cell means with what stands beside it; reason and detail where that leaves no value; note: what was done."""

    text: str
    reason: str | None = None
    detail: str | None = None
    note: str | None = None


def codes_of(sent: Iterable[object]) -> str:
    """Of the codes of an interpretation those that change what the number says, once each, parted by blanks."""
    return " ".join(
        dict.fromkeys(code for code in sent if isinstance(code, str) and (code in SIDES or code == QC_FAILED))
    )


def with_scale(value: pa.Array, scale: pa.Array | None, decimal_mark: str) -> dict[str, pa.Array]:
    """Columns of Meant, a row a value. scale: codes beside each, parted by blanks, '' where there are none; None where the format has
    none at all."""
    if scale is None or not pc.any(pc.not_equal(scale, ""), min_count=0).as_py():
        nothing = pa.nulls(len(value), pa.string())
        return {"text": value, "reason": nothing, "detail": nothing, "note": nothing}
    coded = pc.binary_join_element_wise(scale, value, UNIT).dictionary_encode()
    pairs = (each.split(UNIT, 1) for each in coded.dictionary.to_pylist())
    found = [meant(text, codes, decimal_mark) for codes, text in pairs]
    columns = zip(*found, strict=True)
    return {
        n: pa.array(texts, pa.string()).take(coded.indices) for n, texts in zip(Meant._fields, columns, strict=True)
    }


def meant(text: str, scale: str, decimal_mark: str = ".") -> Meant:
    """One value cell with the codes beside it."""
    codes = scale.split()
    if QC_FAILED in codes:
        return Meant(text, "failed_qc", f"its interpretation is {QC_FAILED}: the test failed its quality control")
    sides = {SIDES[code] for code in codes if code in SIDES}
    if not sides:
        return Meant(text)
    cell = read_amount(text, decimal_mark)
    if not isinstance(cell.amount, Amount):
        return Meant(text)
    side = min(sides, key=len)
    if len({each[0] for each in sides} | ({cell.amount.op[0]} - {"="})) > 1:
        return Meant(text, "number_ambiguous", f"the value is {text[:30]!r} and {' '.join(codes)!r} stands beside it")
    if cell.amount.op != "=":
        return Meant(text)
    number = cell.amount.text.replace(".", decimal_mark)
    return Meant(f"{side}{number} {cell.unit}".strip(), note=f"{side!r} stands beside the value: it is a bound")
