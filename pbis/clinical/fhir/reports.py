"""Observations that a DiagnosticReport contains: they have no id outside it, and what takes the report back takes them back."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pbis.clinical.fhir.model import Observation, Report, Resource

RETRACTED = ("entered-in-error", "cancelled")  # of a report; any other status leaves its Observations' own
_REPORT = msgspec.json.Decoder(Report)
_RESOURCE = msgspec.json.Decoder(Resource)
_OBSERVATION = msgspec.json.Decoder(Observation)


def contained_observations(text: bytes | msgspec.Raw) -> Iterator[Observation]:
    """The Observations inside a DiagnosticReport, each under the report's id, version, patient where it names none, and specimens.

    Raises msgspec.MsgspecError where one is no Observation of FHIR R4.
    """
    report = _REPORT.decode(text)
    for each in report.contained:
        if _RESOURCE.decode(each).resource_type != "Observation":
            continue
        found = _OBSERVATION.decode(each)
        found.id = f"{report.id}#{found.id}" if report.id and found.id else ""
        found.subject = found.subject or report.subject
        found.contained = [*found.contained, *report.contained]
        found.meta = report.meta
        found.status = report.status if report.status in RETRACTED else found.status
        yield found
