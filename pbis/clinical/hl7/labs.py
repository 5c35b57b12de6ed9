"""HL7 v2 messages of results (ORU, OUL^R22) as laboratory rows: one row an OBX, with its specimen, its times and what its data type lets it say.

Source: HL7 v2.5.1 chapters 2 and 7, table 0085 for the status. A field is understood once for each distinct text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.codings import RECORD, UNIT, Coding, text_of
from pbis.clinical.extract import Extract
from pbis.clinical.hl7.encodings import decode_hl7
from pbis.clinical.hl7.finals import with_finals
from pbis.clinical.hl7.rows import (
    Hl7Columns,
    Order,
    collect,
    collected_of,
    materials_of,
    refusal_of,
    specimen_of,
    words_of,
    zoned,
)
from pbis.clinical.hl7.segments import part_of, unescape
from pbis.clinical.hl7.sifted import STRANGE, Sifted, without_stray_marks
from pbis.clinical.off_scale import codes_of
from pbis.clinical.ucum import UCUM, without_annotations
from pbis.core.errors import UnrecognisedFormat
from pbis.core.units import refused_kind, to_unit
from pbis.core.words import plural
from pbis.labs import LabsMap

NUMERIC = ("NM", "SN", "ST", "TX", "FT", "")  # '' is what some senders write; the text decides
NUL = "\x00"  # a stray one stands where another sign was: what it stands in is read as something unknown
CODED = ("CE", "CWE", "CNE", "CF")
_POWER = re.compile(r"(?:[a-z]+\s*)?[xX\N{MULTIPLICATION SIGN}*\N{MIDDLE DOT}]?\s*10")
_EXPONENT = re.compile(r"[0-9]+\s*(?:[{a-zA-Z}]+\s*)?/")


class Value(NamedTuple):
    """A value cell as text, or why its data type holds none."""

    text: str
    reason: str = ""
    detail: str = ""


def read_hl7(data: bytes, name: str, labs_map: LabsMap) -> Extract:
    """All results of the messages ORU and OUL^R22 of a file, batch or framed dump. Other messages are counted in a note, not read; broken ones
    are set aside.

    Raises MalformedFile with the line (see `messages`), UnrecognisedFormat where no message holds results.
    """
    text, encoding = decode_hl7(data, name, labs_map.encoding)
    text = (
        without_stray_marks(text).replace(NUL, STRANGE).replace(RECORD, STRANGE).replace(UNIT, STRANGE)
    )  # they join parts of a field from here on
    sifted = Sifted(text, name)
    collected, others = collect(sifted.whole())
    joined = sifted.joined
    if not collected.orders and others and not sifted.units:
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        raise UnrecognisedFormat(
            "holds no results", file=name, expected="HL7 v2 messages ORU^R01 or OUL^R22", found=found[:80]
        )
    notes = tuple(_note(kind, count) for kind, count in sorted(others.items()))
    if joined:
        notes += (
            f"{plural(len(joined), 'line goes', 'lines go')} on with the text of the segment before, the first is line {joined[0]}",
        )
    lines = np.array(collected.line, np.int64)
    file_id = hashlib.sha256(data).hexdigest()
    columns = with_finals(_columns(collected, labs_map))
    return Extract(name, file_id, columns, lines, (), encoding, notes=notes, aside=sifted.aside, has_own_dates=True)


def _note(kind: str, count: int) -> str:
    """About messages that are not read; those of specimens may hold results."""
    if kind.startswith("OUL"):
        return f"{plural(count, f'message {kind} was', f'messages {kind} were')} not read: of these only OUL^R22 is"
    holds = plural(count, f"message {kind} holds", f"messages {kind} hold")
    return f"{holds} no results and {'was' if count == 1 else 'were'} not read"


def _columns(rows: Hl7Columns, labs_map: LabsMap) -> dict[str, pa.Array]:
    order = np.array(rows.order, np.int64)
    orders = rows.orders

    def of_order(values: Sequence[str]) -> pa.Array:
        return pa.array(values, pa.string()).take(pa.array(order)) if len(order) else pa.array([], pa.string())

    value = _values(rows)
    fluid = of_order([refusal_of(order) or said for order, said in zip(orders, _fluids(orders, labs_map), strict=True)])
    is_refused = pc.or_(pc.not_equal(fluid, ""), pc.not_equal(value["reason"], ""))
    code = _each(rows.column("code"), _codings)
    return {
        "person": of_order([each.person for each in orders]),
        "accession": of_order([specimen_of(each) for each in orders]),
        "test": code,
        "value": value["text"],
        "unit": _each(rows.column("unit"), lambda text: _unit(text, labs_map)),
        "status": _each(rows.column("status"), lambda text: part_of(text, 1)),
        "collected_at": _collected(rows, of_order),
        "resulted_at": of_order([each.resulted_at or each.issued_at for each in orders]),
        "reference_range": _each(rows.column("reference"), _text),
        "order_id": _order_id(rows, of_order),
        "scale": _each(rows.column("flags"), _scale),
        "answer": pc.if_else(pc.is_in(rows.column("kind"), pa.array(CODED)), "coded", ""),
        "refused": pc.if_else(pc.not_equal(fluid, ""), "assay_mismatch", value["reason"]),
        "refused_detail": pc.if_else(is_refused, pc.if_else(pc.not_equal(fluid, ""), fluid, value["detail"]), ""),
    }


def _order_id(rows: Hl7Columns, of_order: Callable[[Sequence[str]], pa.Array]) -> pa.Array:
    """Filler order number with the sub-identifier (OBX-4), which a correction repeats. '' without a number."""
    number, part = of_order([each.number for each in rows.orders]), rows.column("part")
    is_whole = pc.or_(pc.equal(number, ""), pc.equal(part, ""))
    return pc.if_else(is_whole, number, pc.binary_join_element_wise(number, part, "#"))


def _collected(rows: Hl7Columns, of_order: Callable[[Sequence[str]], pa.Array]) -> pa.Array:
    """The order's collection time, else OBX-14; a result's own time never stands for it."""
    by_order = of_order([collected_of(each) for each in rows.orders])
    missing = pc.equal(by_order, "")
    if not pc.any(missing).as_py():
        return by_order
    offset = of_order([each.offset for each in rows.orders])
    own = pc.binary_join_element_wise(rows.column("observed_at"), offset, UNIT)
    return pc.if_else(
        missing, _each(own, lambda text: zoned(part_of(text.split(UNIT)[0], 1), text.split(UNIT)[1])), by_order
    )


def _values(rows: Hl7Columns) -> dict[str, pa.Array]:
    kinds = rows.column("kind")
    coded = pc.binary_join_element_wise(kinds, rows.column("value"), UNIT).dictionary_encode()
    values = [_value(*each.split(UNIT, 1)) for each in coded.dictionary.to_pylist()]
    columns = zip(*values, strict=True) if values else ((), (), ())
    names = ("text", "reason", "detail")
    return {n: pa.array(texts, pa.string()).take(coded.indices) for n, texts in zip(names, columns, strict=True)}


def _value(kind: str, sent: str) -> Value:
    """OBX-5 under OBX-2. A structured numeric keeps its carets, which mark comparator and number."""
    kind = kind.strip().upper()
    repetitions = {each.strip() for each in sent.split("~")} - {"", '""'}
    if len(repetitions) > 1:
        return Value(_text(sent), "unreadable", "OBX-5 holds more than one value")
    if sent.lstrip().startswith("~"):
        return Value(_text(sent), "unreadable", "OBX-5 begins with an empty repetition, or with a sign for about")
    text = repetitions.pop() if repetitions else ""
    if kind in CODED:
        return Value(_coded_text(text))
    if kind in NUMERIC or not text:
        return Value(unescape(text))
    return Value("", "unreadable", f"OBX-2 {kind[:8]!r} holds no number")


def _coded_text(text: str) -> str:
    """The words of a coded value: its text, its original text, else its code."""
    return part_of(text, 2) or part_of(text, 9) or part_of(text, 1)


def _codings(sent: str) -> str:
    """OBX-3 as codings: the identifier and its alternate, each code^text^system."""
    first = Coding(part_of(sent, 3), part_of(sent, 1), part_of(sent, 2))
    other = Coding(part_of(sent, 6), part_of(sent, 4), part_of(sent, 5))
    return text_of(each for each in (first, other) if each.code or each.name)


def _unit(sent: str, labs_map: LabsMap) -> str:
    """OBX-6: the identifier, which UCUM may annotate, else its text; the alternate in UCUM where the first is no unit of the table.

    Two units that differ stay side by side, which is no unit: neither is taken.
    """
    code = part_of(sent, 1) or part_of(sent, 2)
    if _POWER.fullmatch(part_of(sent, 1)) and _EXPONENT.match(part_of(sent, 2)):
        return f"{part_of(sent, 1)}^{part_of(sent, 2)}"  # the caret of a power that the sender did not escape
    if part_of(sent, 3) in UCUM:
        return without_annotations(code)
    other = without_annotations(part_of(sent, 4)) if part_of(sent, 6) in UCUM else ""
    meant = labs_map.spelled(code)
    if not other or refused_kind(meant):
        return code
    first, second = to_unit(meant), to_unit(labs_map.spelled(other))
    if first is None:
        return other
    is_same = second is None or (first.dimension, first.factor) == (second.dimension, second.factor)
    return code if is_same else f"{code} or {other}"


def _scale(sent: str) -> str:
    """OBX-8: of its repetitions the codes that change what the number says."""
    return codes_of(part_of(each, 1).strip() for each in sent.split("~"))


def _text(sent: str) -> str:
    return unescape(sent).strip()


def _fluids(orders: Sequence[Order], labs_map: LabsMap) -> list[str]:
    """Of each order that it is a body fluid, in words; '' where it is not. Each distinct material is looked at once."""
    materials = [materials_of(each) for each in orders]
    said = {each: _fluid(each, labs_map) for each in set(materials)}
    return [said[each] for each in materials]


def _fluid(materials: Sequence[str], labs_map: LabsMap) -> str:
    found = next((each for each in words_of(materials) if labs_map.codes.is_fluid(each)), "")
    return f"the specimen is {found[:30]!r}, not blood" if found else ""


def _each(texts: pa.Array, read: Callable[[str], str]) -> pa.Array:
    """`read` of every text, called once for each distinct one."""
    coded = texts.dictionary_encode()
    return pa.array([read(each) for each in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
