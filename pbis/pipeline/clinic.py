"""Clinical files through a night: linkage first, then everything that it resolves; each file under today's linkage and maps.

A file's rows are derived from the file, the linkage and the tables of codes and units together. When any of those changes,
every archived file is derived anew and the new rows stand; the old ones stay (ADR 1).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import msgspec
import pyarrow as pa

import warehouse
from pbis import clinical  # its readers are imported where one has a file to read
from pbis.clinical import READING, Aside, Linkage, aside_of, merge_linkages, notes_of, read_linkage, unmapped_of
from pbis.core.errors import InputRefused, IntegrityError
from pbis.labs import LabsMap
from pbis.labs.digest import digest
from pbis.pipeline.archive import archived_path
from pbis.pipeline.clinical_file import ClinicalFile, bytes_of
from pbis.pipeline.context import Night
from pbis.pipeline.fhir_references import FhirReferences, allowed_of
from pbis.pipeline.inbox import Arrival, Refusal, RefusedPart
from pbis.pipeline.named import named_layout, named_sheet
from pbis.pipeline.parts import put_part_aside
from pbis.pipeline.stages import Collected, Imported, Imports, Told, together
from pbis.pipeline.taken_back import taken_back_notes
from pbis.pipeline.trace import defect
from pbis.version import __version__

Result = TypeVar("Result")


@dataclass(frozen=True)
class _Desk:
    """What reading a clinical file needs besides the file. left_behind: hashes of files that nights which were killed stored."""

    linkage: Linkage
    labs_map: LabsMap
    night: Night
    fhir: FhirReferences
    left_behind: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Done:
    """What came of a file. is_stored: rows of it were stored tonight."""

    kind: str
    told: Told
    is_stored: bool = False


def import_files(night: Night, before: Collected) -> Imported:
    """Archive and read what arrived, and derive earlier files anew where something under them changed."""
    arrivals = [a for a in before.inbox.arrivals if a.kind in _KINDS]
    files = _files_of(night, _KINDS, arrivals)
    linkages, done = _read_linkages(night, files["linkage"])
    references = FhirReferences(night, files["labs"])
    left_behind = frozenset(warehouse.imports_left_behind(night.con))
    desk = _Desk(merge_linkages(linkages), night.settings.labs_map, night, references, left_behind)
    done += [_import(desk, file, table) for kind, table in _FRAME.items() for file in files[kind]]
    stored = Counter(each.kind for each in done if each.is_stored)
    told = together(each.told for each in done)
    if stored["labs"] or any(file.file_id in left_behind for file in files["labs"]):
        told += Told(taken_back_notes(night))
    came = sum(not file.is_stored for each in files.values() for file in each)
    imports = Imports(stored, len(arrivals) - came, told)
    return Imported(before.told + told, before.inbox, imports)


@dataclass(frozen=True)
class DerivedFile:
    """Rows of a stored file as they are derived today. names: what an import of them is called, by this and by earlier builds."""

    file: ClinicalFile
    table: str
    names: tuple[str, ...]
    rows: pa.Table


def derived(night: Night, file_ids: Collection[str]) -> Iterator[DerivedFile]:
    """What these stored files give today; nothing is stored. A file that cannot be read any more is left out: its earlier rows
    stand, as a night says. IntegrityError where archived bytes are not what they were."""
    desk = _desk(night)
    wanted = [file for files in _files_of(night, _FRAME).values() for file in files if file.file_id in file_ids]
    for file in wanted:
        with suppress(InputRefused):
            rows = _read(desk, file)
            meanings = desk.fhir.took(file, rows)[0] if file.kind == "labs" else ""
            names = tuple(_import_id(desk, file, suite, meanings) for suite in night.settings.suite.hashes)
            yield DerivedFile(file, _FRAME[file.kind], names, rows)


def frames_today(night: Night, kind: str, file_id: str) -> Iterator[tuple[str, dict[str, pa.Table], int]]:
    """Of a stored file whose import stands under today's name: the import, all that the file gives (table of the store -> rows), and how
    many of its rows, lines or messages are refused alone."""
    desk, table = _desk(night), _FRAME[kind]
    file = next(each for each in _files_of(night, (kind,))[kind] if each.file_id == file_id)
    frames, meanings = _frames(desk, file, table), ""
    if table == "lab":
        meanings, frames["fhir_file"] = desk.fhir.took(file, frames[table])
    aside = aside_of(frames[table])
    standing = next(name for found, _, name in warehouse.current_files(night.con, kind) if found == file_id)
    if standing in [_import_id(desk, file, suite, meanings) for suite in night.settings.suite.hashes]:
        tables = {name: frames[given] for name, given in warehouse.FRAMES.items() if given in frames}
        yield standing, tables, len(aside.units) if aside else 0


def _desk(night: Night) -> _Desk:
    """What files that are stored are read with."""
    files = _files_of(night, ("linkage", "labs"))
    linkages = [_linkage(night, file) for file in files["linkage"]]
    return _Desk(merge_linkages(linkages), night.settings.labs_map, night, FhirReferences(night, files["labs"]))


_FRAME = {
    "layouts": "layout",
    "lot_sheets": "lot_sheet",
    "specimens": "specimen",
    "treatments": "treatment",
    "outcomes": "outcome",
    "worklists": "expected_work",
    "labs": "lab",
}
_KINDS = ("linkage", *_FRAME)
_RESOLVED = ("treatments", "labs")
_DATED = ("specimens", "treatments", "labs")  # kinds whose readers say of a date whether a time is known


def _files_of(night: Night, kinds: Iterable[str], arrived: Sequence[Arrival] = ()) -> dict[str, list[ClinicalFile]]:
    """Every file of each kind: those already standing, in order, then tonight's."""
    standing = warehouse.current_files_by_kind(night.con)
    found: dict[str, list[ClinicalFile]] = {}
    for kind in kinds:
        stored = {file_id: name for file_id, name, _ in standing.get(kind, [])}
        arrivals = {a.file_id: a for a in arrived if a.kind == kind}
        names = stored | {file_id: a.name for file_id, a in arrivals.items() if file_id not in stored}
        found[kind] = [
            ClinicalFile(
                kind,
                file_id,
                name,
                archived_path(night.archive, kind, file_id),
                arrivals.get(file_id),
                file_id in stored,
            )
            for file_id, name in names.items()
        ]
    return found


def _read_linkages(night: Night, files: list[ClinicalFile]) -> tuple[list[Linkage], list[_Done]]:
    linkages, done = [], []
    for file in files:
        linkage = _guarded(night, file, partial(_linkage, night, file))
        if isinstance(linkage, Told):
            done.append(_Done(file.kind, linkage))
        else:
            linkages.append(linkage)
            done.append(_Done(file.kind, Told(), _record(night, file, file.file_id, {})))
    return linkages, done


def _linkage(night: Night, file: ClinicalFile) -> Linkage:
    return read_linkage(bytes_of(night, file), night.settings.labs_map).named(file.file_id)


def _import(desk: _Desk, file: ClinicalFile, table: str) -> _Done:
    night = desk.night
    meanings = desk.fhir.meanings(file) if file.kind == "labs" else ""
    suites = night.settings.suite.hashes
    if meanings is not None:
        names = [_import_id(desk, file, suite, meanings) for suite in suites]
        stored = next((name for name in names if warehouse.has_import(night.con, name)), None)
        if stored is not None:
            warehouse.select_import(night.con, file.file_id, stored, night.night_id)
            return _Done(file.kind, _owed(desk, file))
    frames = _guarded(night, file, lambda: _frames(desk, file, table))
    if isinstance(frames, Told):
        return _Done(file.kind, frames)
    meanings = ""
    if table == "lab":
        meanings, frames["fhir_file"] = desk.fhir.took(file, frames[table])
    linkage_hash = desk.linkage.digest if file.kind in _RESOLVED else None
    aside = aside_of(frames[table])
    told = Told(_notes(file, frames[table]), parts=_parts(night, file, aside))
    refused = len(aside.units) if aside else 0
    import_id = _import_id(desk, file, suites[0], meanings)
    return _Done(file.kind, told, _record(night, file, import_id, frames, linkage_hash, refused))


def _parts(night: Night, file: ClinicalFile, aside: Aside | None) -> tuple[RefusedPart, ...]:
    """What of a new file was refused alone; of one that is stored it was told when it came."""
    return () if aside is None or file.arrival is None or file.is_stored else (put_part_aside(night, file, aside),)


def _owed(desk: _Desk, file: ClinicalFile) -> Told:
    """What a night that was killed said and refused of the file when it stored it, and told nobody; the file may have left the inbox."""
    if file.file_id not in desk.left_behind:
        return Told()
    rows = _guarded(desk.night, file, lambda: _read(desk, file))
    if isinstance(rows, Told):
        return Told()
    aside = aside_of(rows)
    parts = () if aside is None else (replace(put_part_aside(desk.night, file, aside), is_owed=True),)
    return Told(_notes(file, rows), parts=parts)


def _notes(file: ClinicalFile, rows: pa.Table) -> tuple[str, ...]:
    return tuple(f"{file.name}: {note}" for note in notes_of(rows))


def _frames(desk: _Desk, file: ClinicalFile, table: str) -> dict[str, pa.Table]:
    """What is stored of a file: its rows, and of laboratory results what the rules found on them."""
    frames = {table: _read(desk, file)}
    if table == "lab":
        import expectations

        if frames[table].num_rows:  # a file of patients holds nothing that a rule could be about
            frames["lab_finding"] = expectations.check_labs(frames[table], desk.night.settings.suite)
        frames["lab_unmapped"] = unmapped_of(frames[table])
    return frames


def _read(desk: _Desk, file: ClinicalFile) -> pa.Table:
    held = bytes_of(desk.night, file)
    zone = desk.night.site.time_zone
    allowed = allowed_of(desk.night)
    readers: dict[str, Callable[[], pa.Table]] = {
        "layouts": lambda: named_layout(held),
        "lot_sheets": lambda: named_sheet(held),
        "specimens": lambda: clinical.read_specimens(held, desk.labs_map, zone),
        "treatments": lambda: clinical.read_treatments(held, desk.linkage, desk.labs_map, zone),
        "outcomes": lambda: clinical.read_outcomes(held, desk.labs_map, allowed),
        "worklists": lambda: clinical.read_worklist(held, desk.labs_map, zone),
        "labs": lambda: clinical.labs_from_bytes(
            held.data, held.name, desk.linkage, desk.labs_map, zone, allowed, desk.fhir.around(file)
        ),
    }
    return _of_file(readers[file.kind](), file.file_id)


def _of_file(rows: pa.Table, file_id: str) -> pa.Table:
    """The rows under the name that the file has for ever, also where lines of it were blanked since."""
    at = rows.schema.get_field_index("file_id")
    if at < 0 or not rows.num_rows or rows.column(at)[0].as_py() == file_id:
        return rows
    return rows.set_column(at, rows.schema.field(at), pa.array([file_id] * rows.num_rows, pa.string()))


def _guarded(night: Night, file: ClinicalFile, work: Callable[[], Result]) -> Result | Told:
    """The work's result, or what is said of the file that was refused; a defect costs one file, not the night."""
    try:
        return work()
    except InputRefused as error:
        trouble = error
    except (OSError, IntegrityError):
        raise
    except Exception as error:  # see above
        trouble = defect(night.site.path("state"), file.name, error)
    trouble.file = file.name
    if file.kind == "linkage" and file.is_stored:
        raise _lost_linkage(file, trouble)
    if file.arrival is not None:
        return Told(refusals=(Refusal(file.kind, file.arrival.path, file.name, trouble, file.file_id),))
    return Told((f"{file.name}: its earlier rows stand, it could not be derived anew: {trouble}",))


def _lost_linkage(file: ClinicalFile, trouble: InputRefused) -> IntegrityError:
    """Without a linkage that was accepted once, its patients would silently be nobody; nothing of it is kept but the file."""
    return IntegrityError(
        f"{file.path}: this linkage was accepted on an earlier night and cannot be read any more: {trouble.message}; "
        "without it its patients would lose their results, so nothing was published; run the program that accepted it, "
        "or send this line to whoever runs the service"
    )


def _record(
    night: Night,
    file: ClinicalFile,
    import_id: str,
    frames: dict[str, pa.Table],
    linkage_hash: str | None = None,
    refused_count: int = 0,
) -> bool:
    """Store it; whether that changed anything."""
    load = warehouse.ClinicalLoad(
        import_id=import_id, file_id=file.file_id, kind=file.kind, name=file.name, settings_hash=_settings_hash(night, night.settings.suite_hash),
        code_version=__version__, night_id=night.night_id, loaded_at=night.clock(), linkage_hash=linkage_hash,
        wording_hash=night.settings.suite.wording_hash if file.kind == "labs" else None, refused_count=refused_count,
        **frames,
    )  # fmt: skip
    return warehouse.load_clinical(night.con, load).state != "unchanged"


def _import_id(desk: _Desk, file: ClinicalFile, suite: str, meanings: str) -> str:
    linkage = desk.linkage.digest if file.kind in _RESOLVED else ""
    reading = (READING,) if file.kind in _DATED else ()
    parts = (
        file.file_id,
        file.kind,
        linkage,
        _settings_hash(desk.night, suite),
        *reading,
        *([meanings] if meanings else ()),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _settings_hash(night: Night, suite: str) -> str:
    """sha256 over what else decides a row: time zone, column and code maps, the lab suite, the code's version."""
    tables = digest(night.site.labs_map)
    parts = (night.site.file.site.time_zone, tables, suite, __version__)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
