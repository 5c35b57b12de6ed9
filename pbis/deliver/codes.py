"""How what is told is called by other systems: LOINC where the reviewed code table has it, words of our own otherwise."""

from __future__ import annotations

from functools import cache

from pbis.deliver.told import NAMES
from pbis.labs import load_codes

OWN = "urn:x-pbis:code"
REASON = "urn:x-pbis:reason"
STUDY_ID = "urn:x-pbis:study-id"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
REPORT = "pbis"
REPORT_NAME = "Peripheral blood inflammatory score"
UNITS = frozenset({"pg/mL", "ng/mL", "mg/dL", "mg/L", "1"})  # units of the cut-off sets that UCUM writes so


@cache
def loinc_of(component: str) -> str | None:
    """Code of a component's analyte, the first that the table lists (which names no method); None where it has none, as of a ratio."""
    listed = load_codes().analyte_by_loinc
    return next((code for code, name in listed.items() if name == component), None)


def name_of(code: str) -> str:
    """What a code of our own means."""
    return NAMES.get(code) or {REPORT: REPORT_NAME}.get(code) or code.replace("_", " ")
