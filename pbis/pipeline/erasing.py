"""The step of a night that carries out withdrawals of consent: all that is the subject's goes, from every store, by a logged event.

Before it begins, stores are held against their seals, so that no tampering is covered by it; then it notes what it will do, and a
night that is killed in it is taken up there. Results of other subjects stay bit for bit: labels of wells become surrogates, and what an
archived file is called (its hash, by which results hang on it) stays. What is left is read again and must give what is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import warehouse
from pbis.config import Site
from pbis.core.decision import ERASE, Decision, Target, content_digest
from pbis.core.errors import IntegrityError
from pbis.core.withdrawn import EMPTY, Renamer
from pbis.core.words import plural
from pbis.files.renamed import texts_of
from pbis.files.table_out import write_whole
from pbis.pipeline.archive import archived_path, is_emptied, put_blanked, release
from pbis.pipeline.context import Night
from pbis.pipeline.decision_log import log_of, redact_log
from pbis.pipeline.decisions import by_plate
from pbis.pipeline.delivery_record import forget
from pbis.pipeline.erasure_note import ErasureNote, NotedFile, note_erasure, read_erasure, strike_erasure
from pbis.pipeline.erasure_proof import moved_assays, unproven
from pbis.pipeline.followed_links import forget_links
from pbis.pipeline.inbox import Inbox
from pbis.pipeline.learning import Learner, bytes_of_file, learn, look_everywhere
from pbis.pipeline.ledger import ERASURE, enter, read_ledger
from pbis.pipeline.redacting import redaction_of
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.stages import Collected, Told
from pbis.pipeline.sweeping import sweep_quarantine, sweep_state, swept_pages
from pbis.pipeline.verify_store import seal_faults, sealed
from pbis.pipeline.withdrawals import release_notes, withdrawn_from
from pbis.pipeline.withdrawing import releases_with


def carry_out(night: Night, before: Collected) -> Collected:
    """Blank what is of subjects who withdrew, in what was stored and in what came tonight. IntegrityError, and nothing is blanked, where a
    store is not what it was."""
    if not night.withdrawn.subjects or night.options.replayed:
        return before
    if night.options.is_dry_run:
        count = len(night.withdrawn.pending)
        said = (f"{plural(count, 'withdrawal')} would be carried out",) if count else ()
        return replace(before, told=before.told + Told(said))
    state = night.site.path("state")
    noted, learner = read_erasure(state), learn(night, before.inbox)
    notes: tuple[str, ...] = ()
    if noted is not None and not noted.is_done:
        learner = _taken_up(night, before.inbox, noted, learner)
    if learner is not None:
        notes = _erase(learner, noted)
    now = withdrawn_from(night.site)
    inbox, dropped = _without_gone(night, before.inbox)
    told = Told((*notes, *dropped, *release_notes(night.site, now)))
    return replace(before, inbox=inbox, told=before.told + told)


def _taken_up(night: Night, inbox: Inbox, noted: ErasureNote, found: Learner | None) -> Learner:
    """What a killed night had begun, with what is found now."""
    learner = found or Learner(night, {(each.kind, each.file_id): each for each in inbox.arrivals})
    learner.subjects |= noted.subjects
    learner.names |= noted.names
    look_everywhere(learner)
    return learner


def _erase(learner: Learner, begun: ErasureNote | None) -> tuple[str, ...]:
    night, rename = learner.night, learner.rename
    note = learner.note()
    is_known = all(night.withdrawn.hashed(name) in night.withdrawn.names for name in note.names)
    if is_known and (begun is None or begun.is_done):
        return _of_tonight(learner, note, begun)
    if begun is None or begun.is_sealed:
        _require_sealed(night)
    note = replace(note, moved=moved_assays(night, rename), pages=begun.pages if begun else {})
    if begun is not None and not begun.is_done:
        note = replace(note, moved=begun.moved | note.moved)
        for file in begun.files:
            note = note if any(each.key == file.key for each in note.files) else note.with_file(file)
    note_erasure(night.site.path("state"), note)
    _blank_archive(learner, note)
    deleted = warehouse.erase(night.con, _erased(note, rename))
    note = _called_anew(night, note, rename)
    forget_links(night.site.path("state"))
    note = _proven(learner, note, rename)
    note = _sweep_pages(night, note, rename)
    sweep_quarantine(night.site.path("quarantine"), rename, night.settings.labs_map)
    forget(night.site.path("state"), night.withdrawn)
    sweep_state(night.site, rename)
    _enter(night, note, rename)
    note_erasure(night.site.path("state"), note.closed())
    return _notes(learner, note, deleted)


def _called_anew(night: Night, note: ErasureNote, rename: Renamer) -> ErasureNote:
    """Results of a plate with a surrogate in a well are the same and are called otherwise: what was accepted and signed of them stays so. What
    they are to be called is noted before any of it is written."""
    moved = warehouse.moved_hashes(night.con, [rename(name) for name in sorted(note.names)])
    if moved:
        note = replace(note, moved=note.moved | moved)
        note_erasure(night.site.path("state"), note)
        warehouse.call_anew(night.con, moved)
    return note


def _sweep_pages(night: Night, note: ErasureNote, rename: Renamer) -> ErasureNote:
    """What pages are to be is noted before they are written."""
    state = night.site.path("state")
    pages = swept_pages(night.site, note.subjects, rename, read_ledger(state))
    note = replace(note, pages=note.pages | {page.name: page.digest for page in pages if page.is_known})
    note_erasure(state, note)
    for page in pages:
        write_whole(page.path, page.text)
    return note


def _of_tonight(learner: Learner, note: ErasureNote, begun: ErasureNote | None) -> tuple[str, ...]:
    """Subjects of earlier withdrawals in files of tonight, and nothing about them that is new: no store has anything of them. begun: what
    a night that was killed has left to seal and to write anew."""
    state = learner.night.site.path("state")
    note_erasure(state, replace(note, pages=begun.pages if begun else {}))
    _blank_archive(learner, note)
    _enter(learner.night, note, Renamer(b"", frozenset()))
    if begun is None:
        strike_erasure(state)
    else:
        note_erasure(state, begun)
    return _notes(learner, note, 0)


def _require_sealed(night: Night) -> None:
    """What is blanked is sealed anew, so that it must be what was sealed."""
    faults = [*seal_faults(night.con, sealed(read_ledger(night.site.path("state"))))]
    if faults:
        raise IntegrityError(
            f"a withdrawal is to be carried out, but the warehouse is not what earlier nights left: {faults[0].sentence}; nothing was "
            f"blanked or published; run pbis verify --site {night.site.root}"
        )


def _blank_archive(learner: Learner, note: ErasureNote) -> None:
    night = learner.night
    for file in note.files:
        path = archived_path(night.archive, file.kind, file.file_id)
        if path.name.endswith(f".{file.left}"):
            continue  # by a night that was killed
        data = b""
        if file.left != EMPTY:
            left = redaction_of(
                file.kind,
                bytes_of_file(learner, (file.kind, file.file_id)),
                "a file",
                learner.rename,
                night.settings.labs_map,
            )
            data = left.data if left else b""
        put_blanked(night.archive, file.kind, file.file_id, data)


def _erased(note: ErasureNote, rename: Renamer) -> warehouse.Erased:
    return warehouse.Erased(
        note.subjects,
        rename,
        rename.finds,
        {each.file_id: each.lines for each in note.files if each.lines},
        frozenset(each.file_id for each in note.files if each.is_gone),
        note.moved,
    )


def _proven(learner: Learner, note: ErasureNote, rename: Renamer) -> ErasureNote:
    """A file whose remains do not give what is stored is emptied: what others have of it stands, and it is never read again."""
    night = learner.night
    for file in unproven(night, note, rename):
        put_blanked(night.archive, file.kind, file.file_id, b"")
        note = note.with_file(replace(file, left=EMPTY, is_lost=True))
        note_erasure(night.site.path("state"), note)
    return note


def _enter(night: Night, note: ErasureNote, rename: Renamer) -> None:
    """The event that says what was blanked, and vouches for events whose words named a subject."""
    path, who = night.site.path("decisions"), night.withdrawn
    events = log_of(night.site)
    redacted = {event.sequence: now for event in events if (now := _without_names(event, rename, note.moved)) != event}
    names = sorted({who.hashed(name) for name in note.names} - who.names)
    files = {each.key: each.left for each in note.files if who.files.get((each.kind, each.file_id)) != each.left}
    done = sorted({who.hashed(name) for name in note.subjects} | who.pending)
    releases = [folder.name for folder in releases_with(night.site, rename.finds)] if rename.names else []
    facts = {
        "subjects": done, "names": names, "files": files, "releases": releases,
        "redacted": {str(number): content_digest(event) for number, event in redacted.items()},
    }  # fmt: skip
    reason = f"{plural(len(files), 'file')} of the archive blanked, {plural(len(redacted), 'decision')} reworded"
    target = Target(night.night_id, "archive")
    event = Decision(
        0, night.clock(), "pbis", ERASE, target, "verified", reason, told=json.dumps(facts, sort_keys=True)
    )
    redact_log(path, redacted.values(), lambda: enter_decision(night.site, event))
    told = log_of(night.site)
    warehouse.load_decisions(night.con, told, night.night_id)
    night.decisions.clear()
    night.decisions.update(by_plate(told))


def _without_names(event: Decision, rename: Renamer, moved: Mapping[str, str]) -> Decision:
    """The event with surrogates in its words; what it is about is the same, since a plate's labels are the same surrogates; what it calls the results
    of one, as they are called now."""
    if event.kind == ERASE:
        return event
    target, told = event.target, event.told
    group = target.replicate_group
    target = replace(target, plate=rename(target.plate), replicate_group=None if group is None else rename(group))
    author, reason = rename(event.author), rename(event.reason)
    if told is not None:
        told = rename(told)
        for was, now in moved.items():
            told = told.replace(was, now)
    return replace(event, target=target, author=author, reason=reason, told=told)


def _without_gone(night: Night, inbox: Inbox) -> tuple[Inbox, tuple[str, ...]]:
    """The inbox without files in which nobody else stands; they are taken out of it."""
    gone = [each for each in inbox.arrivals if is_emptied(archived_path(night.archive, each.kind, each.file_id))]
    troubles = [release(night.archive, each) for each in gone]
    said = (
        (f"{plural(len(gone), 'file')} held nobody but subjects who withdrew consent: nothing of it is kept",)
        if gone
        else ()
    )
    kept = tuple(each for each in inbox.arrivals if each not in gone)
    return replace(inbox, arrivals=kept), (
        *said,
        *(f"a file of a subject who withdrew {each}" for each in troubles if each),
    )


def _notes(learner: Learner, note: ErasureNote, deleted: int) -> tuple[str, ...]:
    """Counts only."""
    came = [left for file, left in learner.found.items() if file in learner.came]
    rows, lost = sum(left.count for left in came), [each for each in note.files if each.is_lost]
    notes = []
    if note.subjects:
        notes.append(
            f"consent withdrawn: {plural(len(note.subjects), 'subject')} taken out, {plural(len(note.files), 'file')} of the archive blanked, "
            f"{plural(deleted, 'row')} deleted"
        )
    if came:
        notes.append(
            f"{plural(len(came), 'file')} of tonight held subjects who withdrew consent: {plural(rows, 'row')} of them refused into nothing"
        )
    notes += [_lost(each, (each.kind, each.file_id) in learner.came) for each in lost]
    return tuple(notes)


def _lost(file: NotedFile, is_new: bool) -> str:
    what = f"{file.kind}/{file.file_id[:12]} held a subject who withdrew consent and could not be written without: it was emptied"
    stands = (
        "have it sent again without the subject"
        if is_new
        else "what others have of it stands, and it cannot be read again"
    )
    return f"{what}; {stands}"


def sweep_tonight(night: Night) -> None:
    """What tonight put into quarantine as it came, where it holds a subject who withdrew."""
    folder = night.site.path("quarantine") / night.night_id
    if not night.withdrawn.subjects or night.options.replayed or not folder.is_dir():
        return
    who = withdrawn_from(night.site)
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = {name for path in files for name in who.named_in([path.name, *texts_of(path.read_bytes(), path.name)])}
    if names:
        rename = Renamer(who.key, frozenset(names))
        sweep_quarantine(night.site.path("quarantine"), rename, night.settings.labs_map, night.night_id)


def seal_erasure(night: Night) -> None:
    """After an erasure rows of every night are others than were sealed, and so are pages: all are sealed anew."""
    state = night.site.path("state")
    note = read_erasure(state)
    if note is None or not note.is_done or note.is_sealed:
        return
    facts = {"version": warehouse.version_of_seals(night.con), "seals": warehouse.seals(night.con), "pages": note.pages}
    enter(state, ERASURE, night.clock(), facts)
    note_erasure(state, replace(note, is_sealed=True))


def rewrite_where_due(site: Site) -> None:
    """Once the store is closed: a file without the blocks in which deleted rows still lie."""
    state = site.path("state")
    note = read_erasure(state)
    if note is not None and note.is_sealed:
        warehouse.rewrite_file(site.path("warehouse"))
        strike_erasure(state)
