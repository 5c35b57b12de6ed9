"""Files of FHIR that belong together: what each is told of the others, and which of the earlier ones tonight's files change.

An export comes as a file a resource type, and again every week. Results are resolved by the patients and specimens of all files that
ever came; a line that stands already is no row again; an earlier file is read anew only where something that it refers to, and that it
does not hold itself, is known now or means something else than when it was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

import warehouse
from pbis import clinical  # what reads FHIR is imported where there is a file of it
from pbis.clinical import Allowed, FhirFile, fhir_of, is_fhir, plain
from pbis.core.errors import IntegrityError
from pbis.core.frames import FHIR_FILE, LINE_HASH_BYTES
from pbis.pipeline.clinical_file import ClinicalFile, bytes_of
from pbis.pipeline.context import Night


@dataclass(frozen=True)
class _Known:
    """Lines that stand by another file than this one."""

    owners: dict[bytes, str]
    file_id: str

    def __contains__(self, line: object) -> bool:
        return isinstance(line, bytes) and self.owners.get(line, self.file_id) != self.file_id


class FhirReferences:
    """Of one night, for its laboratory files; nothing is read before somebody asks."""

    def __init__(self, night: Night, files: Sequence[ClinicalFile]) -> None:
        self.night, self.files = night, {file.file_id: file for file in files}
        self.standing = {each.file_id: each for each in warehouse.standing_fhir(night.con)}

    def around(self, file: ClinicalFile) -> clinical.Around:
        """What the file is read with; nothing for one of another format."""
        if not file.is_stored and file.file_id not in self._new:
            return clinical.Around()
        standing = self.standing.get(file.file_id)
        came = standing.came if standing else self._tonight
        is_part = file.is_stored or self._groups[_group(file)] > 1
        return clinical.Around(self._beside, _Known(self._owners, file.file_id), is_part, came)

    def meanings(self, file: ClinicalFile) -> str | None:
        """sha256 over what its references mean, '' without any; None where that must be found by reading it."""
        standing = self.standing.get(file.file_id)
        if standing is None:
            return None if not file.is_stored and file.file_id in self._new else ""
        return None if self._is_changed(file, standing) else standing.references_hash or ""

    def took(self, file: ClinicalFile, frame: pa.Table) -> tuple[str, pa.Table]:
        """`meanings` of a file that was read, and frames.FHIR_FILE of it; its lines stand from now on."""
        facts = fhir_of(frame)
        if facts is None:
            return "", FHIR_FILE.empty()
        for at in range(0, len(facts.lines), LINE_HASH_BYTES):
            self._owners.setdefault(facts.lines[at : at + LINE_HASH_BYTES], file.file_id)
        return facts.meanings, _row(file.file_id, facts)

    def _is_changed(self, file: ClinicalFile, standing: warehouse.FhirStanding) -> bool:
        """Whether tonight's files say anything about what the file refers to."""
        added, differing = self._changed
        wanted = (added if standing.unresolved_count else frozenset()) | (
            differing if standing.outside_count else frozenset()
        )
        return bool(wanted) and clinical.refers_to(self._text(file), wanted)

    @cached_property
    def _tonight(self) -> int:
        return warehouse.order_of_night(self.night.con, self.night.night_id)

    @cached_property
    def _owners(self) -> dict[bytes, str]:
        return warehouse.known_lines(self.night.con)

    @cached_property
    def _groups(self) -> Counter[str]:
        """How many files of FHIR came in each folder tonight, and how many loose ones."""
        return Counter(_group(self.files[file_id]) for file_id in self._new)

    @cached_property
    def _new(self) -> dict[str, clinical.Beside]:
        """Tonight's new files of FHIR, with what each says of patients and specimens. What cannot be read is told of where it is read."""
        found = {}
        for file in (file for file in self.files.values() if not file.is_stored):
            try:
                text = self._text(file)
                if is_fhir(text, file.name):
                    around = clinical.Around(came=self._tonight)
                    found[file.file_id] = clinical.read_beside(text, file.name, around, allowed_of(self.night))[0]
            except (OSError, IntegrityError):
                raise
            except Exception:  # a defect as well: whoever reads the file for its rows meets it again, and tells of it
                continue
        return found

    @cached_property
    def _earlier(self) -> clinical.Beside:
        """What all files of earlier nights say; a line that several hold is said by the first."""
        beside, seen = clinical.Beside(), set[bytes]()
        for each in self.standing.values():
            if each.reference_count and each.file_id in self.files:
                file = self.files[each.file_id]
                around = clinical.Around(known=seen, came=each.came)
                said, lines = clinical.read_beside(self._text(file), file.name, around, _ACCEPTED)
                beside.add(said)
                seen |= set(lines)
        return beside

    @cached_property
    def _changed(self) -> tuple[frozenset[str], frozenset[str]]:
        if not any(said.keys for said in self._new.values()):
            return frozenset(), frozenset()
        return self._earlier.changed(self._together)

    @cached_property
    def _together(self) -> clinical.Beside:
        """What tonight's new files say."""
        beside = clinical.Beside()
        for said in self._new.values():
            beside.add(said)
        return beside

    @cached_property
    def _beside(self) -> clinical.Beside:
        _ = self._changed  # which needs the earlier ones as they were
        self._earlier.add(self._together)
        return self._earlier

    def _text(self, file: ClinicalFile) -> bytes:
        return plain(bytes_of(self.night, file).data, file.name)


def allowed_of(night: Night) -> Allowed:
    """How much of a file may be refused alone at this site."""
    knobs = night.site.file.inbox
    return Allowed(knobs.refused_pct, knobs.refused_count)


_ACCEPTED = Allowed(pct=100.0)  # of a file that was accepted on its own night, by whatever the site said then


def _group(file: ClinicalFile) -> str:
    """The folder that it was dropped in; '' for a loose file."""
    return file.name.partition("/")[0] if "/" in file.name else ""


def _row(file_id: str, facts: FhirFile) -> pa.Table:
    return FHIR_FILE.table(
        {
            "file_id": [file_id],
            "reference_count": [facts.references],
            "outside_count": [facts.outside],
            "unresolved_count": [facts.unresolved],
            "known_count": [facts.known],
            "references_hash": [facts.meanings or None],
            "line_hashes": [facts.lines.hex()],
        }
    )
