"""FHIR R4 Observations as laboratory rows: one row a value, so a component has its own."""

from __future__ import annotations

import hashlib
import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pbis.clinical.aside import USUAL, Allowed, require_most
from pbis.clinical.codings import TEXT, Coding, coding_text, text_of
from pbis.clinical.extract import Extract
from pbis.clinical.fhir.beside import Around, Beside, meanings_of
from pbis.clinical.fhir.deletions import DELETED, Deletion
from pbis.clinical.fhir.model import CodeableConcept, FhirReference, Observation, Valued
from pbis.clinical.fhir.outside import Patients, specimens_outside
from pbis.clinical.fhir.resources import NO_RESOURCE, BlankedRows, FhirDocument, Found
from pbis.clinical.fhir.specimens import DrawnSpecimen, contained_specimen, period_text, with_specimens
from pbis.clinical.fhir.values import Spelled, as_sent, cell_of, has_value, is_answer, reference_text, scale_of
from pbis.clinical.fhir_file import FhirFile
from pbis.clinical.persons import RECORD
from pbis.core.errors import UnrecognisedFormat
from pbis.core.words import plural
from pbis.labs import LabsMap

COUNTED = "lines count results, since one resource of the file holds several"
PAGE = "the bundle is one page of several; the others are not in this file"
FLUSHED_AT = 1 << 9  # rows that wait as texts; few enough to stay in the processor's cache
_COLUMNS = (
    "subject", "accession", "test", "value", "unit", "status", "collected_at", "resulted_at", "reference_range", "refused",
    "refused_detail", "order_id", "specimen", "fhir_id", "version", "updated_at",
    "answer", "scale",
)  # fmt: skip

_SCHEMA = pa.schema([(name, pa.string()) for name in _COLUMNS])


@dataclass
class _Rows:
    """Columns of text, and the reference to a subject, which is resolved when the whole file is known."""

    lines: list[int] = field(default_factory=list)
    waiting: list[tuple[str, ...]] = field(default_factory=list)
    chunks: list[pa.Table] = field(default_factory=list)
    inside: dict[str, DrawnSpecimen] = field(default_factory=dict)
    spelled: Spelled = as_sent
    blank: list[int] = field(default_factory=list)  # lines of results that stood there once
    shift: list[int] = field(default_factory=list)  # how many of them stood before each row

    def columns(self) -> dict[str, pa.Array]:
        self._flush()
        table = pa.concat_tables(self.chunks) if self.chunks else _SCHEMA.empty_table()
        return {name: table.column(name).combine_chunks() for name in _COLUMNS}

    def numbers(self) -> tuple[np.ndarray, bool]:
        """The line of each row; where a line holds several, its place among all rows that the file ever held, and True."""
        every = self.lines + self.blank
        if len(np.unique(np.array(every, np.int64))) == len(every):
            return np.array(self.lines, np.int64), False
        return np.arange(1, len(self.lines) + 1) + np.array(self.shift, np.int64), True

    def add(self, line: int, observation: Found, labs_map: LabsMap) -> None:
        """The Observation's own value, unless it has none and components have; then each component."""
        if isinstance(observation, BlankedRows):
            self.blank += [line] * observation.count
            return
        if isinstance(observation, Deletion):
            self._deletion(line, observation)
            return
        shared = self._shared(observation, labs_map)
        if not observation.component or has_value(observation):
            self._row(line, shared, observation, 0, observation)
        for number, part in enumerate(observation.component, 1):
            self._row(line, shared, part, number, observation)

    def _row(self, line: int, shared: _Shared, part: Valued, number: int, whole: Observation) -> None:
        cell = cell_of(whole if whole.modifier_extension else part, self.spelled)
        if shared.fluid:
            cell = cell._replace(reason="assay_mismatch", detail=f"the specimen is {shared.fluid!r}, not blood")
        self.lines.append(line)
        self.shift.append(len(self.blank))
        self.waiting.append((
            shared.subject, shared.specimen, _codings(part.code), cell.text, cell.unit, whole.status, shared.collected_at,
            shared.resulted_at, reference_text(part.reference_range), cell.reason, cell.detail,
            f"{shared.order_id}#{number}" if shared.order_id and number else shared.order_id, shared.drawn,
            whole.id, shared.version, shared.updated_at, "coded" if part.value_quantity is None and is_answer(part) else "",
            scale_of(part),
        ))  # fmt: skip
        if len(self.waiting) == FLUSHED_AT:
            self._flush()

    def _deletion(self, line: int, deleted: Deletion) -> None:
        """A row that names a result and nothing else, entered in error by the word of whoever deleted it."""
        said = {"status": DELETED, "resulted_at": deleted.deleted_at, "order_id": deleted.identifier}
        said |= {"fhir_id": deleted.id, "version": deleted.version, "updated_at": deleted.deleted_at}
        self.lines.append(line)
        self.shift.append(len(self.blank))
        self.waiting.append(tuple(said.get(name, "") for name in _COLUMNS))

    def _shared(self, observation: Observation, labs_map: LabsMap) -> _Shared:
        shared = _shared(observation, labs_map)
        drawn = contained_specimen(observation.specimen, observation.contained) if observation.contained else None
        if drawn is None:
            return shared
        key = f"{len(self.lines)}{shared.drawn}"  # what is contained has an id of its own in each Observation
        self.inside[key] = drawn
        return shared._replace(drawn=key)

    def _flush(self) -> None:
        if self.waiting:
            arrays = [pa.array(texts, pa.string()) for texts in zip(*self.waiting, strict=True)]
            self.chunks.append(pa.table(arrays, list(_COLUMNS)))
            self.waiting.clear()


class _Shared(NamedTuple):
    """What holds for all values of an Observation. fluid: the specimen where its reference says that it is a body fluid, else '';
    drawn: the reference to it; version, updated_at: those of the resource.
    """

    subject: str
    specimen: str
    collected_at: str
    resulted_at: str
    fluid: str
    order_id: str
    drawn: str
    version: str
    updated_at: str


def read_fhir(data: bytes, name: str, labs_map: LabsMap, around: Around | None = None) -> Extract:
    """All Observations of a resource, Bundle, list or NDJSON file, and deletions of Observations. Resources of other types are
    counted in a note.

    around: what files beside this one and before it hold (`pbis.clinical.fhir.beside`); a line that stands already is no row here.

    Lines of NDJSON that cannot be read are set aside. Raises MalformedFile with the line, UnrecognisedFormat where the JSON holds no Observation;
    not where there is something around it, and it holds what results refer to or belongs to an export.
    """
    document = FhirDocument(name, around or Around(), is_kept=around is not None)
    rows = _Rows(spelled=labs_map.spelled if labs_map.unit_spelling else as_sent)
    for line, observation in document.observations(data):
        rows.add(line, observation, labs_map)
    if not rows.lines and not rows.blank and not document.units:
        _require_part(document, name, around)
    columns, beside = rows.columns(), document.around.beside
    patients = Patients(document.own.numbers, beside.numbers)
    outside = specimens_outside(columns["specimen"], document.own.specimens | rows.inside, beside.specimens)
    columns = with_specimens(columns, ChainMap(rows.inside, document.own.specimens, beside.specimens), labs_map)
    columns["person"] = patients.persons(columns.pop("subject"))
    lines, is_counted = rows.numbers()
    notes = (*_notes(document, bool(rows.lines)), *([COUNTED] if is_counted else ()))
    return Extract(
        name, hashlib.sha256(data).hexdigest(), columns, lines, (), notes=notes, aside=document.aside, has_own_dates=True,
        fhir=_facts(document, patients.outside | outside),
    )  # fmt: skip


def read_beside(data: bytes, name: str, around: Around, allowed: Allowed = USUAL) -> tuple[Beside, list[bytes]]:
    """What a file says of patients and specimens, and the hashes of its lines that are not known yet.

    Lines that cannot be read are nobody's here; whoever reads the file for its results tells of them. Raises as `read_fhir`, and
    MalformedFile where more than `allowed` cannot be read: a file that is refused says nothing of others either.
    """
    if not _HOLDS.search(data):
        return Beside(), []
    document = FhirDocument(name, around)
    for _ in document.observations(data):
        pass
    require_most(document.aside, name, allowed)
    return document.own, document.new


_HOLDS = re.compile(rb'"resourceType"\s*:\s*"(?:Patient|Specimen)"')


def _require_part(document: FhirDocument, name: str, around: Around | None) -> None:
    """Among other files, one without results is read where it holds what results refer to, lines that stand already, or the rest of an
    export."""
    is_rest = around is not None and around.is_part and NO_RESOURCE not in document.others
    if around is not None and (document.reference_count or document.known_count or is_rest):
        return
    found = ", ".join(f"{count} {kind[:30]}" for kind, count in sorted(document.others.items())) or "none"
    raise UnrecognisedFormat("holds no results", file=name, expected="FHIR R4 Observations", found=found[:120])


def _facts(document: FhirDocument, outside: Mapping[str, object]) -> FhirFile:
    unresolved = sum(meaning is None for meaning in outside.values())
    return FhirFile(
        document.reference_count, len(outside), unresolved, document.known_count, meanings_of(outside.items()),
        b"".join(document.new),
    )  # fmt: skip


def _notes(document: FhirDocument, has_results: bool) -> tuple[str, ...]:
    notes = [f"lines that stand already and are not stored again: {document.known_count}"] * bool(document.known_count)
    if document.reference_count and not has_results:
        notes.append(f"patients and specimens that results refer to: {document.reference_count}")
    notes += [
        f"{plural(count, 'resource')} {kind[:30]} {'holds no results and was' if count == 1 else 'hold no results and were'} not read"
        for kind, count in sorted(document.others.items())
    ]
    return tuple(notes + [PAGE] * document.is_page)


def _shared(observation: Observation, labs_map: LabsMap) -> _Shared:
    specimen, meta = observation.specimen, observation.meta
    is_fluid = specimen is not None and labs_map.codes.is_fluid(specimen.display)
    return _Shared(
        _reference(observation.subject),
        "" if specimen is None else _tail(specimen),
        _collected(observation),
        observation.issued or (meta.last_updated if meta else ""),
        specimen.display[:30] if specimen is not None and is_fluid else "",
        next((each.value for each in observation.identifier if each.value), observation.id),
        "" if specimen is None else specimen.reference,
        meta.version_id if meta else "",
        meta.last_updated if meta else "",
    )


def _collected(observation: Observation) -> str:
    """The clinically relevant time: of a period its start; one of more than a day has none."""
    period = observation.effective_period
    if period is None:
        return observation.effective_date_time or observation.effective_instant
    return period_text(period)


def _codings(concept: CodeableConcept | None) -> str:
    if concept is None:
        return ""
    if len(concept.coding) == 1 and concept.text in ("", concept.coding[0].display):
        only = concept.coding[0]
        return coding_text(only.system, only.code, only.display)
    found = [Coding(each.system, each.code, each.display) for each in concept.coding if each.code or each.display]
    if concept.text and all(concept.text != each.name for each in found):
        found.append(Coding(TEXT, "", concept.text))
    return text_of(found)


def _reference(subject: FhirReference | None) -> str:
    """What names the subject: the reference and, where there is one, the identifier, as one text."""
    if subject is None:
        return ""
    identifier = subject.identifier.value if subject.identifier else ""
    return f"{subject.reference}{RECORD}{identifier}" if identifier or subject.reference else ""


def _tail(reference: FhirReference) -> str:
    if reference.identifier is not None and reference.identifier.value:
        return reference.identifier.value
    found = _REFERENCE.search(reference.reference)
    return found["id"] if found else reference.reference.removeprefix("urn:uuid:").lstrip("#")


_REFERENCE = re.compile(r"(?:^|/)(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[^/?#|]+)(?:/_history/[^/]+)?$")
