"""A name alone means a test only where its value is a number: `AFP: yes` is an answer about something else."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.amount import NoAmount
from pbis.files.amounts import read_amount

QUOTED = 20  # characters of an answer that a sentence quotes


def without_answers(code: Mapping[str, pa.Array], columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The codes, where a coded answer beside a name is no number refused as another test's.

    code: as lab_frame has it, with is_name: only a name decided, which the site's map does not declare. columns: of the extract;
    `answer` is 'coded' where the format holds a coded value and no number or text.
    """
    if "answer" not in columns:
        return dict(code)
    is_coded = pc.and_(code["is_name"], pc.equal(columns["answer"], "coded"))
    if not pc.any(is_coded).as_py():
        return dict(code)
    values = columns["value"].dictionary_encode()
    is_word = pa.array([_is_word(each) for each in values.dictionary.to_pylist()], pa.bool_()).take(values.indices)
    refused = pc.and_(is_coded, is_word)
    said = pc.binary_join_element_wise(
        "'", code["code"], "' is a name without a shared code, and '",
        pc.utf8_slice_codeunits(columns["value"], 0, QUOTED), "' is an answer and no number: another thing may be meant", "",
    )  # fmt: skip
    return {
        **code,
        "analyte": pc.if_else(refused, None, code["analyte"]),
        "reason": pc.if_else(refused, "assay_mismatch", code["reason"]),
        "detail": pc.if_else(refused, said, code["detail"]),
    }


def _is_word(value: str) -> bool:
    amount = read_amount(value).amount
    return isinstance(amount, NoAmount) and amount.reason == "unreadable"
