"""What subjects who withdrew are called, and in which files of the archive and of tonight they stand, before anything is changed.

A study id leads to record numbers and tubes, a tube to the plates that hold it, a new file to a tube that nobody knew: so it is asked
until nothing is new. A number that another subject has too is no name: whose a row with it is, nobody can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import warehouse
from pbis.clinical import Linkage, merge_linkages, read_linkage
from pbis.core.errors import InputRefused
from pbis.core.kept import NamedBytes
from pbis.core.withdrawn import Renamer
from pbis.files.renamed import texts_of
from pbis.pipeline.archive import archived_path, arrived, fetch, held, is_emptied
from pbis.pipeline.context import Night
from pbis.pipeline.erasure_note import ErasureNote, NotedFile
from pbis.pipeline.inbox import Arrival, Inbox
from pbis.pipeline.redacting import Redaction, redaction_of

_ROUNDS = 6  # linkage, specimens, laboratory, plates and two to see that nothing is new
File = tuple[str, str]  # kind and file_id


@dataclass
class Learner:
    """What is known so far. came: tonight's files; data: the bytes of a file, asked for once more in each round."""

    night: Night
    came: dict[File, Arrival]
    subjects: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    found: dict[File, Redaction] = field(default_factory=dict)

    @property
    def rename(self) -> Renamer:
        return Renamer(self.night.withdrawn.key, frozenset(self.names))

    def note(self) -> ErasureNote:
        files = [_noted(file, left) for file, left in sorted(self.found.items())]
        return ErasureNote(frozenset(self.subjects), frozenset(self.names), tuple(files))


def learn(night: Night, inbox: Inbox) -> Learner | None:
    """All that is to be blanked tonight; None where there is nothing. IntegrityError where archived bytes are not what they were."""
    learner = Learner(night, {(each.kind, each.file_id): each for each in inbox.arrivals})
    if night.withdrawn.pending:
        _learn_subjects(learner)
    for arrival in inbox.arrivals:
        learner.names |= night.withdrawn.named_in(list(texts_of(_arrived(arrival), arrival.name)))
    if not learner.names:
        return None
    is_new = bool(night.withdrawn.pending)
    for _ in range(_ROUNDS):
        known = len(learner.names)
        files = [*learner.came, *(_archived(night) if is_new else ())]
        _look(learner, files)
        is_new |= any(night.withdrawn.hashed(name) not in night.withdrawn.names for name in learner.names)
        if len(learner.names) == known and (files[len(learner.came) :] or not is_new):
            break
    return learner


def look_everywhere(learner: Learner) -> None:
    """In the archive and in tonight's files for names that are known already, and for what these lead to."""
    for _ in range(_ROUNDS):
        known = len(learner.names)
        _look(learner, [*learner.came, *_archived(learner.night)])
        if len(learner.names) == known:
            break


def bytes_of_file(learner: Learner, file: File) -> bytes:
    """Of the archive where it is there, else of the inbox; none where it cannot be read now."""
    path = archived_path(learner.night.archive, *file)
    return fetch(path) if path.exists() else _arrived(learner.came[file])


def _look(learner: Learner, files: Iterable[File]) -> None:
    night, rename = learner.night, learner.rename
    for file in files:
        left = redaction_of(file[0], bytes_of_file(learner, file), "a file", rename, night.settings.labs_map)
        if left is not None:
            learner.found[file] = left
            learner.names |= left.learnt


def _archived(night: Night) -> list[File]:
    return sorted(file for file in held(night.archive) if not is_emptied(archived_path(night.archive, *file)))


def _learn_subjects(learner: Learner) -> None:
    """Study ids by their hashes; then record numbers and tubes of them alone."""
    night = learner.night
    linkage = merge_linkages([*_linkages(learner)])
    ids = warehouse.subjects_of(night.con) | linkage.subject_ids
    learner.subjects |= {name for name in ids if night.withdrawn.hashed(name) in night.withdrawn.pending}
    others = linkage.numbers_of(linkage.subject_ids - learner.subjects)
    learner.names |= learner.subjects | (linkage.numbers_of(learner.subjects) - others)
    learner.names |= warehouse.names_of(night.con, learner.subjects)


def _linkages(learner: Learner) -> Iterable[Linkage]:
    night = learner.night
    stored = [("linkage", file_id) for file_id, _, _ in warehouse.current_files(night.con, "linkage")]
    for file in dict.fromkeys([*stored, *(each for each in learner.came if each[0] == "linkage")]):
        try:
            yield read_linkage(NamedBytes("linkage", bytes_of_file(learner, file)), night.settings.labs_map)
        except InputRefused:
            continue  # refused when it is imported, and then it links nobody


def _arrived(arrival: Arrival) -> bytes:
    try:
        return arrived(arrival)
    except InputRefused:
        return b""  # it changed since it was found, and is refused when it is read


def _noted(file: File, left: Redaction) -> NotedFile:
    digest = hashlib.sha256(left.data).hexdigest()
    return NotedFile(*file, digest, tuple(sorted(left.lines)), left.is_gone, left.is_lost)
