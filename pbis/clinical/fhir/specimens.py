"""What FHIR Specimen resources say about the draw behind an Observation: when it was collected, and whether it is blood.

The time of collection stands over Observation.effective, which some senders fill with the time of the result.
Source: hl7.org/fhir/R4/specimen.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.fhir.model import FhirReference, Period, Resource, SpecimenResource
from pbis.files.moment import read
from pbis.labs import LabsMap

A_DAY = timedelta(days=1)
UNUSABLE = {"unsatisfactory": "the specimen is unsatisfactory", "entered-in-error": "the specimen was entered in error"}
_SPECIMEN = msgspec.json.Decoder(SpecimenResource)
_RESOURCE = msgspec.json.Decoder(Resource)


class DrawnSpecimen(NamedTuple):
    """collected_at: as sent, '' where unknown; materials: codes and words of its type; trouble: why nothing of it counts, or '';
    whose: reference to the patient, or ''."""

    collected_at: str = ""
    materials: tuple[str, ...] = ()
    trouble: str = ""
    whose: str = ""


def read_specimen(text: bytes | msgspec.Raw) -> tuple[SpecimenResource, DrawnSpecimen]:
    """The resource and what is known of the draw. Raises msgspec.MsgspecError."""
    found = _SPECIMEN.decode(text)
    taken, kind = found.collection, found.type
    words = [kind.text, *(word for each in kind.coding for word in (each.code, each.display))] if kind else []
    drawn_at = "" if taken is None else taken.collected_date_time or period_text(taken.collected_period)
    whose = found.subject.reference.partition("/_history/")[0] if found.subject else ""
    return found, DrawnSpecimen(drawn_at, tuple(word for word in words if word), UNUSABLE.get(found.status, ""), whose)


def contained_specimen(reference: FhirReference | None, contained: Sequence[msgspec.Raw]) -> DrawnSpecimen | None:
    """The specimen that an Observation carries inside itself and refers to as #id; None where there is none."""
    if reference is None or not reference.reference.startswith("#"):
        return None
    wanted = reference.reference.removeprefix("#")
    try:
        for each in contained:
            head = _RESOURCE.decode(each)
            if (head.resource_type, head.id) == ("Specimen", wanted):
                return read_specimen(each)[1]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return DrawnSpecimen(trouble="the specimen that it contains is none of FHIR R4")
    return None


def period_text(period: Period | None) -> str:
    """The start of a period, also of one that goes over midnight; one of more than a day has no time that could be read."""
    if period is None:
        return ""
    if not period.end or period.end[:10] == period.start[:10] or _is_within_a_day(period):
        return period.start
    return f"{period.start[:10]}/{period.end[:10]}"


def _is_within_a_day(period: Period) -> bool:
    """Whether both ends say a time and the second comes no more than a day after the first."""
    start, end = read(period.start), read(period.end)
    if start is None or end is None or not (start.has_time and end.has_time):
        return False
    is_zoned = start.at.tzinfo is not None
    return is_zoned == (end.at.tzinfo is not None) and timedelta(0) <= end.at - start.at <= A_DAY


def with_specimens(
    columns: Mapping[str, pa.Array], specimens: Mapping[str, DrawnSpecimen], labs_map: LabsMap
) -> dict[str, pa.Array]:
    """The columns without `specimen` (references), where a known specimen decides the time and refuses what is not blood."""
    kept = dict(columns)
    reference = kept.pop("specimen")
    if not specimens:
        return kept
    coded = reference.dictionary_encode()
    found = [find_specimen(each, specimens) or DrawnSpecimen() for each in coded.dictionary.to_pylist()]
    said = [_refusal(each, labs_map) for each in found]

    def column(texts: Sequence[str]) -> pa.Array:
        return pa.array(texts, pa.string()).take(coded.indices)

    drawn_at, reason = column([each.collected_at for each in found]), column([each[0] for each in said])
    is_refused = pc.not_equal(reason, "")
    kept["collected_at"] = pc.if_else(pc.equal(drawn_at, ""), kept["collected_at"], drawn_at)
    kept["refused"] = pc.if_else(is_refused, reason, kept["refused"])
    kept["refused_detail"] = pc.if_else(is_refused, column([each[1] for each in said]), kept["refused_detail"])
    return kept


def find_specimen(reference: str, specimens: Mapping[str, DrawnSpecimen]) -> DrawnSpecimen | None:
    """By the reference as written, else by its last part, without a version; None where it is not known."""
    path = reference.partition("/_history/")[0]
    return specimens.get(path) or specimens.get("Specimen/" + path.rpartition("/")[2])


def _refusal(drawn: DrawnSpecimen, labs_map: LabsMap) -> tuple[str, str]:
    fluid = next((each for each in drawn.materials if labs_map.codes.is_fluid(each)), "")
    if fluid:
        return "assay_mismatch", f"the specimen is {fluid[:30]!r}, not blood"
    return ("failed_qc", drawn.trouble) if drawn.trouble else ("", "")
