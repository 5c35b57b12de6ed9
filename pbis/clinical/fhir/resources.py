"""FHIR JSON as resources: one resource, a Bundle, a list of them, or NDJSON as Bulk Data writes it.

Observations come out typed, one after the other, and so do deletions of them; patients leave the numbers that they are known by;
the rest is counted.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from pbis.clinical.aside import Aside, RefusedUnit, refused_unit, set_aside
from pbis.clinical.extract import decode
from pbis.clinical.fhir.beside import Around, Beside, hash_of_line, told
from pbis.clinical.fhir.deletions import Deletion, deletion_of, is_deletion, versioned
from pbis.clinical.fhir.keys import refuse_twice
from pbis.clinical.fhir.model import Bundle, BundleEntry, Observation, Patient, Resource
from pbis.clinical.fhir.reports import contained_observations
from pbis.clinical.fhir.specimens import read_specimen
from pbis.clinical.fhir.values import has_value
from pbis.core.errors import MalformedFile

LINE_HINT = "have the sender export the line's resource again"
MANIFEST, NO_RESOURCE = "manifest", "no resource"
DEEPEST = 3  # bundles in bundles
_SIGN = re.compile(rb"\S")
_BLANKED = re.compile(rb'\{"resourceType":"Basic","id":"blanked-(\d{1,6})"\}')
_OBSERVATION = msgspec.json.Decoder(Observation)
_PATIENT = msgspec.json.Decoder(Patient)
_BUNDLE = msgspec.json.Decoder(Bundle)
_RESOURCE = msgspec.json.Decoder(Resource)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class BlankedRows:
    """In the place of a resource of a subject who withdrew: so many results stood here, and the ones after it keep their numbers."""

    count: int

    @property
    def text(self) -> str:
        """As it stands in a file."""
        return f'{{"resourceType":"Basic","id":"blanked-{self.count}"}}'


Found = Observation | Deletion | BlankedRows


def blanked_rows(text: bytes) -> BlankedRows | None:
    """What stands in the place of a resource; None for a resource."""
    found = _BLANKED.fullmatch(text)
    return BlankedRows(int(found[1])) if found else None


def row_count(text: bytes) -> int:
    """How many rows of results a document gives; 0 where it cannot be read."""
    try:
        return sum(_rows_of(each) for _, each in FhirDocument("a resource", is_kept=False).observations(text))
    except MalformedFile:
        return 0


def _rows_of(found: Found) -> int:
    if isinstance(found, BlankedRows):
        return found.count
    if isinstance(found, Deletion):
        return 1
    return len(found.component) + (not found.component or has_value(found))


@dataclass
class FhirDocument:
    """A file while it is walked. own: the patients and specimens in it; is_kept: its lines are known by their hashes when they come
    again; known_count: lines that stand already and are passed over; new: hashes of the others."""

    name: str
    around: Around = field(default_factory=Around)
    own: Beside = field(default_factory=Beside)
    is_kept: bool = True
    reference_count: int = 0
    known_count: int = 0
    new: list[bytes] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    is_page: bool = False
    units: list[RefusedUnit] = field(default_factory=list)
    line_count: int = 0

    def observations(self, data: bytes) -> Iterator[tuple[int, Found]]:
        """(line, Observation or deletion of one, or what was one) in file order; line 1 for a document that is not NDJSON.

        A line of NDJSON that is no JSON, holds a key twice, or no Observation although it says so is set aside; a document that is one
        JSON value raises MalformedFile. No value is quoted.
        """
        if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            data = decode(data, self.name, few_nuls=True)[0].encode()  # a NUL is refused with its line of JSON
        if not is_lines(data):
            refuse_twice(data, self.name, None)
            yield from ((1, each) for each in self._walk(data, None, 0))
            return
        for line, text in enumerate(io.BytesIO(data), 1):
            if text.isspace():
                continue
            blanked = blanked_rows(text.strip())
            if blanked is not None:
                yield line, blanked
                continue
            self.line_count += 1
            hashed = hash_of_line(text) if self.is_kept else b""
            if hashed and hashed in self.around.known:
                self.known_count += 1
                continue
            try:
                refuse_twice(text, self.name, line)
                found = tuple(self._walk(text, line, 0))
            except MalformedFile as error:
                error.hint = error.hint or LINE_HINT
                self.units.append(refused_unit(line, text.strip() + b"\n", error))
            else:
                self.new.append(hashed)
                for each in found:
                    yield line, each

    @property
    def aside(self) -> Aside | None:
        """Lines that were refused, once all were asked for."""
        return set_aside(self.units, "line", self.line_count, ".ndjson")

    def _walk(self, text: bytes | msgspec.Raw, line: int | None, depth: int) -> Iterable[Found]:
        """Observations under one JSON value; an Observation is tried first, since most values are one."""
        try:
            found = _OBSERVATION.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return self._other(text, line, depth, error)
        return (found,) if found.resource_type == "Observation" else self._other(text, line, depth, None)

    def _other(
        self, text: bytes | msgspec.Raw, line: int | None, depth: int, error: Exception | None
    ) -> Iterator[Found]:
        try:
            kind = _kind(text)
            if kind == "Observation" and error is not None:
                raise error
            if kind in ("Bundle", "[") and depth < DEEPEST:
                yield from self._bundle(text, kind, line, depth)
            elif kind == "Patient":
                self._patient(_PATIENT.decode(text), "")
            elif kind == "Specimen":
                self._specimen(text, "")
            elif kind == "Basic" and (blanked := blanked_rows(bytes(text))) is not None:
                yield blanked
            elif kind == "DiagnosticReport" and (inside := list(contained_observations(text))):
                yield from inside
            else:
                self.others[kind] = self.others.get(kind, 0) + 1
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as trouble:
            raise self._malformed(bytes(text), line, trouble) from None

    def _bundle(self, text: bytes | msgspec.Raw, kind: str, line: int | None, depth: int) -> Iterator[Found]:
        if kind == "[":
            for each in _LIST.decode(text):
                yield from self._walk(each, line, depth + 1)
            return
        bundle = _BUNDLE.decode(text)
        self.is_page |= any(each.relation == "next" for each in bundle.link)
        for entry in bundle.entry:
            if is_deletion(entry):
                yield from self._deletion(entry, line)
                continue
            kind = _kind(entry.resource) if entry.resource else ""
            if kind == "Patient":
                self._patient(_PATIENT.decode(entry.resource), entry.full_url)
            elif kind == "Specimen":
                self._specimen(entry.resource, entry.full_url)
            elif kind:
                for found in self._walk(entry.resource, line, depth + 1):
                    yield found if isinstance(found, BlankedRows) else versioned(found, entry)

    def _deletion(self, entry: BundleEntry, line: int | None) -> Iterator[Deletion]:
        """The deletion of an Observation; one of anything else takes no result back and is counted."""
        kind, deletion = deletion_of(entry, self.name, line)
        if deletion is not None:
            yield deletion
        else:
            self.others[f"{kind} that are deleted"] = self.others.get(f"{kind} that are deleted", 0) + 1

    def _patient(self, patient: Patient, url: str) -> None:
        found = [each.value for each in patient.identifier if each.value]
        self.reference_count += 1
        for key in (url, f"Patient/{patient.id}" if patient.id else ""):
            if key:
                self.own.add_patient(key, found, told(patient.meta, self.around.came))

    def _specimen(self, text: bytes | msgspec.Raw, url: str) -> None:
        found, drawn = read_specimen(text)
        self.reference_count += 1
        for key in (url, f"Specimen/{found.id}" if found.id else ""):
            if key:
                self.own.add_specimen(key, drawn, told(found.meta, self.around.came))

    def _malformed(self, text: bytes, line: int | None, error: Exception) -> MalformedFile:
        at = getattr(error, "start", None) if isinstance(error, UnicodeDecodeError) else _byte(str(error))
        if line is None:
            line = 1 + (text[:at].count(b"\n") if at is not None else 0)
        what = (
            "is no JSON"
            if isinstance(error, msgspec.DecodeError) and not isinstance(error, msgspec.ValidationError)
            else ""
        )
        found = "nesting without end" if isinstance(error, RecursionError) else str(error)[:160]
        return MalformedFile(
            what or "is no resource of FHIR R4", file=self.name, line=line, expected="FHIR R4 JSON", found=found
        )


def _kind(text: bytes | msgspec.Raw) -> str:
    """resourceType, or '[' for a list of resources; MANIFEST and NO_RESOURCE are none."""
    if bytes(text[:64] if isinstance(text, bytes) else text)[:64].lstrip()[:1] == b"[":
        return "["
    found = _RESOURCE.decode(text)
    return found.resource_type or (MANIFEST if found.transaction_time else NO_RESOURCE)


def is_lines(data: bytes) -> bool:
    """Whether the first line is a whole JSON value and others follow; where it is cut, whether one soon after it is one."""
    begun = _SIGN.search(data)
    end = data.find(b"\n", start := begun.start() if begun else 0)
    after = _SIGN.search(data, end) if end >= 0 else None
    if after is None:
        return False
    if _is_resource(data[start:end]):
        return True
    rest = data[after.start() :]
    if rest[:1] == b"{" and (data[start:end].rstrip().endswith(b"}") or _is_resource(rest.partition(b"\n")[0])):
        return True
    return any(map(_is_resource, rest.split(b"\n", 4)[:4])) and not _is_one_value(data)


def _is_one_value(data: bytes) -> bool:
    """Whether the whole is one JSON value, which may hold a resource on a line of its own."""
    try:
        msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _is_resource(line: bytes) -> bool:
    try:
        _RESOURCE.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _byte(message: str) -> int | None:
    """The byte that a message of msgspec names."""
    _, _, rest = message.partition("(byte ")
    digits = rest.partition(")")[0]
    return int(digits) if digits.isdecimal() else None
