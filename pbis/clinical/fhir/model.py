"""The part of FHIR R4 that results need, as typed structures; everything else in a resource is passed over unread.

Numbers stay the text that was sent (msgspec.Raw), since 1.30 and 0.13 must not become what a float makes of them.
Source: hl7.org/fhir/R4/observation.html.
"""

from __future__ import annotations

from msgspec import Raw, Struct

ABSENT = Raw(b"")


class _Part(Struct, rename="camel"):
    """FHIR writes names in camel case."""


class FhirCoding(_Part):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(_Part):
    coding: list[FhirCoding] = []
    text: str = ""


class Identifier(_Part):
    system: str = ""
    value: str = ""


class FhirReference(_Part):
    reference: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Period(_Part):
    start: str = ""
    end: str = ""


class Quantity(_Part):
    value: Raw = ABSENT
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Range(_Part):
    low: Quantity | None = None
    high: Quantity | None = None


class ReferenceRange(_Part):
    low: Quantity | None = None
    high: Quantity | None = None
    text: str = ""


class Extension(_Part):
    url: str = ""


class Meta(_Part):
    version_id: str = ""
    last_updated: str = ""


class Valued(_Part):
    """What an Observation and its components share: a code, a value of one type, or a reason why there is none."""

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_string: str | None = None
    value_integer: Raw = ABSENT
    value_codeable_concept: CodeableConcept | None = None
    value_range: Range | None = None
    value_boolean: Raw = ABSENT
    value_ratio: Raw = ABSENT
    value_sampled_data: Raw = ABSENT
    value_time: Raw = ABSENT
    value_date_time: Raw = ABSENT
    value_period: Raw = ABSENT
    data_absent_reason: CodeableConcept | None = None
    reference_range: list[ReferenceRange] = []
    modifier_extension: list[Extension] = []
    interpretation: Raw = ABSENT  # a list since R4, one concept before


class Observation(Valued):
    resource_type: str = ""
    id: str = ""
    identifier: list[Identifier] = []
    status: str = ""
    subject: FhirReference | None = None
    effective_date_time: str = ""
    effective_instant: str = ""
    effective_period: Period | None = None
    issued: str = ""
    specimen: FhirReference | None = None
    component: list[Valued] = []
    contained: list[Raw] = []
    meta: Meta | None = None


class Report(_Part):
    """A DiagnosticReport, for the Observations that it contains."""

    id: str = ""
    status: str = ""
    subject: FhirReference | None = None
    contained: list[Raw] = []
    meta: Meta | None = None


class Collection(_Part):
    collected_date_time: str = ""
    collected_period: Period | None = None


class SpecimenResource(_Part):
    id: str = ""
    status: str = ""
    type: CodeableConcept | None = None
    subject: FhirReference | None = None
    collection: Collection | None = None
    meta: Meta | None = None


class Patient(_Part):
    id: str = ""
    identifier: list[Identifier] = []
    meta: Meta | None = None


class BundleLink(_Part):
    relation: str = ""


class EntryRequest(_Part):
    method: str = ""
    url: str = ""
    if_match: str = ""


class Response(_Part):
    etag: str = ""
    last_modified: str = ""


class BundleEntry(_Part):
    full_url: str = ""
    resource: Raw = ABSENT
    request: EntryRequest | None = None
    response: Response | None = None


class Bundle(_Part):
    entry: list[BundleEntry] = []
    link: list[BundleLink] = []


class Resource(_Part):
    """What any JSON value says of itself; transaction_time: of a Bulk export's manifest, which is no resource."""

    resource_type: str = ""
    id: str = ""
    transaction_time: str = ""
