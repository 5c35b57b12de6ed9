"""Who and which draw a result means where it only refers to them: in its own file, else in what came beside it or before it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from pbis.clinical.fhir.beside import keys_of
from pbis.clinical.fhir.specimens import DrawnSpecimen, find_specimen
from pbis.clinical.persons import RECORD, person


class Patients:
    """Who a subject's reference means. outside: references to patients that the file does not hold, each with the numbers that others
    say, None where nobody does."""

    def __init__(self, own: Mapping[str, list[str]], beside: Mapping[str, list[str]]) -> None:
        self.own, self.beside = own, beside
        self.outside: dict[str, object] = {}

    def persons(self, subjects: pa.Array) -> pa.Array:
        """One text a row (pbis.clinical.persons)."""
        coded = subjects.dictionary_encode()
        return pa.array([self._person(each) for each in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)

    def _person(self, subject: str) -> str:
        """The numbers of the patient who is referred to, the identifier, then the reference's own id."""
        reference, _, identifier = subject.partition(RECORD)
        found = _TYPED.search(reference)
        by_id = found["id"] if found and found["kind"] == "Patient" else ""
        inside = self._numbers(reference)
        for mark in ("urn:uuid:", "urn:oid:"):
            by_id = reference.removeprefix(mark) if reference.startswith(mark) else by_id
        if reference.startswith("Patient?identifier="):
            by_id = reference.rpartition("|")[2].rpartition("=")[2]
        return person([("", number) for number in (*inside, identifier, by_id)])

    def _numbers(self, reference: str) -> list[str]:
        if not reference or reference.startswith(("#", "Patient?")):
            return []
        keys = keys_of(reference, "Patient")
        own = next((self.own[key] for key in keys if key in self.own), None)
        if own is not None:
            return own
        found = next((self.beside[key] for key in keys if key in self.beside), None)
        self.outside[keys[0]] = found
        return found or []


def specimens_outside(
    drawn: pa.Array, own: Mapping[str, DrawnSpecimen], beside: Mapping[str, DrawnSpecimen]
) -> dict[str, object]:
    """References to specimens that the file does not hold, with what each means; None where nobody knows."""
    texts = (each.partition("/_history/")[0] for each in drawn.unique().to_pylist())
    if not own and not beside:
        return {each: None for each in texts if each}
    return {each: find_specimen(each, beside) for each in texts if each and find_specimen(each, own) is None}


_TYPED = re.compile(r"(?:^|/)(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[^/?#|]+)(?:/_history/[^/]+)?$")
