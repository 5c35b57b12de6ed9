"""Names of subjects who withdrew, taken out of what lies around the stores: pages, quarantine, traces, the orchestrator's trail."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import warehouse
from pbis.config import Site
from pbis.core.withdrawn import Renamer
from pbis.files.renamed import decoded_whole
from pbis.labs import LabsMap
from pbis.pipeline.blotting import blot, overwrite
from pbis.pipeline.erasure_note import erasure_path
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.ledger import PAGED, LedgerLine, ledger_path
from pbis.pipeline.quarantine import PRIVATE_INDEX, WHY, why_file
from pbis.pipeline.redacting import redaction_of
from pbis.pipeline.withdrawals import key_path

_ROW = re.compile(r"<tr\b(?:(?!<tr\b).)*?</tr>", re.DOTALL)
_WHY_GONE = "the file that lay here held a subject who withdrew consent, and could not be written without: it was taken away; where it held others, have it sent again\n"


@dataclass(frozen=True)
class SweptPage:
    """A page without the subjects. is_known: the ledger has the hash that it had, and is to have the one of what is left."""

    path: Path
    name: str
    text: str
    is_known: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def swept_pages(
    site: Site, subjects: Collection[str], rename: Renamer, entries: tuple[LedgerLine, ...]
) -> tuple[SweptPage, ...]:
    """Pages without the rows of the subjects, and without their names elsewhere; nothing is written."""
    sealed: dict[str, str] = {}
    for entry in (each for each in entries if each.kind in PAGED):
        sealed |= entry.facts["pages"]
    of_subjects, found, folder = Renamer(rename.key, frozenset(subjects)), [], site.path("reports")
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
        text = path.read_text(encoding="utf-8", errors="replace")
        if rename.finds(text):
            name = str(path.relative_to(folder))
            text = rename(_ROW.sub(lambda row: "" if of_subjects.finds(row[0]) else row[0], text))
            found.append(SweptPage(path, name, text, sealed.get(name) == warehouse.sha256_of(path)))
    return tuple(found)


def sweep_quarantine(quarantine: Path, rename: Renamer, labs_map: LabsMap, night_id: str = "*") -> None:
    """Refused files lose what is theirs, and so does the page that shows their cells; what cannot be written again is taken away, with
    a text that says so."""
    for page in sorted(quarantine.glob(f"{night_id}/{PRIVATE_INDEX}")):
        _rename_text(page, rename)
    for path in sorted(
        each for each in quarantine.glob(f"{night_id}/*/**/*") if each.is_file() and not each.is_symlink()
    ):
        if path.name.endswith(WHY):
            _rename_text(path, rename)
        else:
            _redact(path, rename, labs_map)
        if rename.finds(path.name) and path.exists():
            path.rename(path.with_name(rename(path.name)))


def _redact(path: Path, rename: Renamer, labs_map: LabsMap) -> None:
    kind = next((part for part in path.parts[::-1] if part in KINDS), "plates")
    data = path.read_bytes()
    left = redaction_of(kind, data, path.name, rename, labs_map)
    if left is None:
        return
    if left.data.strip():
        overwrite(path, left.data)
        return
    path.unlink()
    why_file(path).write_text(_WHY_GONE, encoding="utf-8")


def sweep_state(site: Site, rename: Renamer) -> None:
    """Traces of defects and whatever else lies in state/; leftovers of releases that a killed night did not finish."""
    state = site.path("state")
    kept = {ledger_path(state), key_path(state), erasure_path(state), site.path("decisions")}
    for path in sorted(each for each in state.rglob("*") if each.is_file() and not each.is_symlink()):
        if path not in kept and path.exists():  # the log of a database goes with it
            blot(path, rename)
    for path in site.path("releases").glob(".*.partial"):
        shutil.rmtree(path, ignore_errors=True)


def _rename_text(path: Path, rename: Renamer) -> None:
    mark, text, codec = decoded_whole(path.read_bytes())
    if rename.finds(text):
        overwrite(path, mark + rename(text).encode(codec))
