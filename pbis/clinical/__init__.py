"""Clinical extracts as declared frames. Record numbers come in here and do not go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbis.doors import door

if TYPE_CHECKING:
    from pbis.clinical.aside import Allowed as Allowed
    from pbis.clinical.aside import Aside as Aside
    from pbis.clinical.audit import conversions as conversions
    from pbis.clinical.blanked import Blanked as Blanked
    from pbis.clinical.blanked import without_subjects as without_subjects
    from pbis.clinical.fhir.beside import Around as Around
    from pbis.clinical.fhir.beside import Beside as Beside
    from pbis.clinical.fhir.beside import refers_to as refers_to
    from pbis.clinical.fhir.bulk import is_export as is_export
    from pbis.clinical.fhir.labs import read_beside as read_beside
    from pbis.clinical.fhir_file import FhirFile as FhirFile
    from pbis.clinical.labs import labs_from_bytes as labs_from_bytes
    from pbis.clinical.labs import read_labs as read_labs
    from pbis.clinical.linkage import Linkage as Linkage
    from pbis.clinical.linkage import Resolution as Resolution
    from pbis.clinical.linkage import merge_linkages as merge_linkages
    from pbis.clinical.linkage import read_linkage as read_linkage
    from pbis.clinical.notes import aside_of as aside_of
    from pbis.clinical.notes import fhir_of as fhir_of
    from pbis.clinical.notes import notes_of as notes_of
    from pbis.clinical.notes import unmapped_of as unmapped_of
    from pbis.clinical.outcomes import read_outcomes as read_outcomes
    from pbis.clinical.own_table import read_own_table as read_own_table
    from pbis.clinical.reading import READING as READING
    from pbis.clinical.recognise import is_fhir as is_fhir
    from pbis.clinical.recognise import plain as plain
    from pbis.clinical.specimens import read_specimens as read_specimens
    from pbis.clinical.treatments import read_treatments as read_treatments
    from pbis.clinical.worklists import read_worklist as read_worklist

_ROOMS = {
    "Allowed": "aside",
    "Around": "fhir.beside",
    "Aside": "aside",
    "Beside": "fhir.beside",
    "Blanked": "blanked",
    "FhirFile": "fhir_file",
    "Linkage": "linkage",
    "READING": "reading",
    "Resolution": "linkage",
    "aside_of": "notes",
    "conversions": "audit",
    "fhir_of": "notes",
    "is_export": "fhir.bulk",
    "is_fhir": "recognise",
    "labs_from_bytes": "labs",
    "merge_linkages": "linkage",
    "notes_of": "notes",
    "plain": "recognise",
    "read_beside": "fhir.labs",
    "read_labs": "labs",
    "read_linkage": "linkage",
    "read_outcomes": "outcomes",
    "read_own_table": "own_table",
    "read_specimens": "specimens",
    "read_treatments": "treatments",
    "read_worklist": "worklists",
    "refers_to": "fhir.beside",
    "unmapped_of": "notes",
    "without_subjects": "blanked",
}
__all__ = [
    "READING",
    "Allowed",
    "Around",
    "Aside",
    "Beside",
    "Blanked",
    "FhirFile",
    "Linkage",
    "Resolution",
    "aside_of",
    "conversions",
    "fhir_of",
    "is_export",
    "is_fhir",
    "labs_from_bytes",
    "merge_linkages",
    "notes_of",
    "plain",
    "read_beside",
    "read_labs",
    "read_linkage",
    "read_outcomes",
    "read_own_table",
    "read_specimens",
    "read_treatments",
    "read_worklist",
    "refers_to",
    "unmapped_of",
    "without_subjects",
]

if not TYPE_CHECKING:  # a type checker takes the names above, and refuses others
    __getattr__ = door(__name__, _ROOMS)
