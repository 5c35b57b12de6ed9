"""The value of an Observation or of a component as the text of a cell and a unit, or why it has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import Raw, json

from pbis.clinical.fhir.model import ABSENT, CodeableConcept, Quantity, Range, ReferenceRange, Valued
from pbis.clinical.off_scale import codes_of
from pbis.clinical.ucum import UCUM, without_annotations
from pbis.core.units import to_unit

REASON_OF_ABSENCE = {"not-asked": "not_ordered", "error": "failed_qc"}  # every other one: not_received
COMPARATORS = ("", "<", "<=", ">=", ">")
OTHER_TYPES = ("boolean", "ratio", "sampled series", "time", "date", "period")
_NONE = (ABSENT,) * len(OTHER_TYPES)


class Cell(NamedTuple):
    """text and unit as a table would hold them; reason and detail where the resource itself says that there is no value."""

    text: str = ""
    unit: str = ""
    reason: str = ""
    detail: str = ""


Spelled = Callable[[str], str]  # what a unit means that the site's map spells in its own way


def as_sent(unit: str) -> str:
    """A site that spells no unit in its own way."""
    return unit


def cell_of(part: Valued, spelled: Spelled = as_sent) -> Cell:
    """The one value of the part. Two values, or a value beside its absence, decide nothing."""
    if part.modifier_extension:
        name = part.modifier_extension[0].url.rsplit("/", 1)[-1]
        return Cell(reason="failed_qc", detail=f"a modifier extension changes its meaning: {name[:60]}")
    found = _values(part, spelled)
    if part.data_absent_reason is not None:
        if found:
            return Cell(reason="failed_qc", detail="there is a value and a reason why there is none")
        return _absent(part.data_absent_reason)
    if len(found) > 1:
        return Cell(reason="failed_qc", detail="there is more than one value")
    return found[0] if found else Cell()


def is_answer(part: Valued) -> bool:
    """Whether the value is a coded one, or yes or no."""
    return part.value_codeable_concept is not None or part.value_boolean is not ABSENT


def has_value(part: Valued) -> bool:
    return part.data_absent_reason is not None or bool(_values(part, as_sent))


def reference_text(ranges: Sequence[ReferenceRange]) -> str:
    """The first range as sent, without its unit: 1.5-7.5, <5, >60 or its words."""
    if not ranges:
        return ""
    low, high = number(ranges[0].low), number(ranges[0].high)
    if low and high:
        return f"{low}-{high}"
    return f">{low}" if low else f"<{high}" if high else ranges[0].text


def scale_of(part: Valued) -> str:
    """Its interpretation: of its codes those that change what the number says, parted by blanks."""
    return "" if part.interpretation is ABSENT else _scale(bytes(part.interpretation))


@lru_cache(maxsize=4096)
def _scale(interpretation: bytes) -> str:
    said = json.decode(interpretation)
    concepts = said if isinstance(said, list) else [said]
    codings = [
        each for one in concepts if isinstance(one, dict) for each in one.get("coding") or () if isinstance(each, dict)
    ]
    return codes_of(each.get("code") for each in codings)


def number(quantity: Quantity | None) -> str:
    """The decimal as sent, '' where there is none."""
    return text_of(quantity.value) if quantity is not None else ""


def text_of(raw: Raw) -> str:
    """A JSON number as it was written, '' for null. What a sender put between quotes is read as any other text of a cell."""
    text = str(raw, "utf-8", "replace")
    if text[:1] == '"':
        return str(json.decode(raw)).strip()
    return "" if text == "null" else text


def _values(part: Valued, spelled: Spelled) -> list[Cell]:
    quantity = part.value_quantity
    found = [] if quantity is None else [_quantity(quantity, spelled)]
    if part.value_string is not None:
        found.append(Cell(part.value_string))
    if part.value_codeable_concept is not None:
        found.append(Cell(_words(part.value_codeable_concept)))
    if part.value_range is not None:
        found.append(_range(part.value_range, spelled))
    if part.value_integer is not ABSENT:
        found.append(Cell(text_of(part.value_integer)))
    others = (
        part.value_boolean, part.value_ratio, part.value_sampled_data, part.value_time, part.value_date_time,
        part.value_period,
    )  # fmt: skip
    if others != _NONE:
        name = next(name for name, raw in zip(OTHER_TYPES, others, strict=True) if raw is not ABSENT)
        said = text_of(part.value_boolean) if name == "boolean" else ""
        found.append(Cell(said, reason="unreadable", detail=f"a {name} is no amount"))
    return found


def _quantity(quantity: Quantity, spelled: Spelled) -> Cell:
    unit = _unit(quantity.unit, quantity.code, quantity.system, spelled)
    if unit is None:
        detail = f"unit {quantity.unit[:30]!r} and code {quantity.code[:30]!r} are two units"
        return Cell(number(quantity), quantity.unit, "unit_ambiguous", detail)
    if quantity.comparator not in COMPARATORS:
        detail = f"comparator {quantity.comparator[:10]!r} orders no numbers"
        return Cell(number(quantity), unit, "unreadable", detail)
    return Cell(quantity.comparator + number(quantity), unit)


@lru_cache(maxsize=4096)
def _unit(unit: str, code: str, system: str, spelled: Spelled) -> str | None:
    """The UCUM code where there is one, since it is what machines go by; else the unit as written. None where they differ.

    A code of another system says nothing here, a code without a system is taken for UCUM.
    """
    by_text = to_unit(spelled(unit)) if unit else None
    plain = without_annotations(code)
    by_code = to_unit(spelled(plain)) if plain else None
    is_ucum = system in UCUM or not system
    if is_ucum and plain and by_code is None:
        return code
    if by_code is None or (unit and by_text is None and not is_ucum):
        return unit or code
    if by_text is not None and (by_text.dimension, by_text.factor) != (by_code.dimension, by_code.factor):
        return None
    return plain


def _range(range_: Range, spelled: Spelled) -> Cell:
    """A range with one end is a bound; with two it is no amount."""
    low, high = number(range_.low), number(range_.high)
    if low and high:
        return Cell(f"{low}-{high}", reason="unreadable", detail=f"'{low[:18]}-{high[:18]}' is a range, not one number")
    end = range_.low if low else range_.high
    if end is None or not (low or high):
        return Cell()
    cell = _quantity(end, spelled)
    return cell._replace(text=(">=" if low else "<=") + (low or high))


def _words(concept: CodeableConcept) -> str:
    return concept.text or next((each.display or each.code for each in concept.coding if each.display or each.code), "")


def _absent(concept: CodeableConcept) -> Cell:
    code = next((each.code for each in concept.coding if each.code), "")
    said = code or concept.text or "no reason"
    return Cell(reason=REASON_OF_ABSENCE.get(code, "not_received"), detail=f"no value was sent: {said[:40]}")
