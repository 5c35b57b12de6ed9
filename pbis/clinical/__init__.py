"""Clinical extracts as declared frames. Record numbers come in here and do not go out."""

from __future__ import annotations

from pbis.clinical.aside import Allowed, Aside
from pbis.clinical.audit import conversions
from pbis.clinical.blanked import Blanked, without_subjects
from pbis.clinical.fhir.beside import Around, Beside, refers_to
from pbis.clinical.fhir.bulk import is_export
from pbis.clinical.fhir.labs import read_beside
from pbis.clinical.fhir_file import FhirFile
from pbis.clinical.labs import READING, labs_from_bytes, read_labs
from pbis.clinical.linkage import Linkage, Resolution, merge_linkages, read_linkage
from pbis.clinical.notes import aside_of, fhir_of, notes_of, unmapped_of
from pbis.clinical.outcomes import read_outcomes
from pbis.clinical.own_table import read_own_table
from pbis.clinical.recognise import is_fhir, plain
from pbis.clinical.specimens import read_specimens
from pbis.clinical.treatments import read_treatments
from pbis.clinical.worklists import read_worklist

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
