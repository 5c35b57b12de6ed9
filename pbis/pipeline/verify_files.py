"""Files of a site against the hashes that are kept of them: archive, releases, pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError, SiteBusy
from pbis.core.kept import parts_of
from pbis.core.withdrawn import Withdrawn
from pbis.pipeline.archive import archived_path
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.kept_releases import pruned
from pbis.pipeline.ledger import NIGHT, PAGED, LedgerLine
from pbis.pipeline.sealing import pages_of
from pbis.pipeline.unfinished import noted

# written when a release is done, so they cannot stand in the manifest
_NOTES = frozenset({"basis.sha256", "open_items.sha256"})
Wanted = Callable[[str], bool]
NOBODY = Withdrawn()


def archive_faults(
    site: Site, holdings: warehouse.Holdings, is_wanted: Wanted, withdrawn: Withdrawn = NOBODY
) -> Iterator[SiteFault]:
    """Files of all kinds: changed, gone, and those that nobody knows. is_wanted: of a hash, whether its bytes are proven; withdrawn: says of
    which files lines were blanked, and what is left."""
    archive = site.path("archive")
    for kind, file_id in sorted(holdings.loaded):
        path = archived_path(archive, kind, file_id)
        if not path.is_file():
            yield SiteFault("archive", _place(site, path), f"bytes with sha256 {file_id[:12]}", "no file", "")
    known = holdings.known | {file_id for _, file_id in noted(site.path("state"))}
    known |= {file_id for _, file_id in withdrawn.files}
    for kind in KINDS:
        for path in sorted((archive / kind).rglob("*")):
            if path.is_file():
                yield from _archived(site, path, known, is_wanted)
                yield from _left(site, kind, path, withdrawn)
    for path in sorted(archive.glob("*")):
        if path.name not in KINDS:
            yield SiteFault("archive", _place(site, path), "folders of kinds only", "something else")


def _archived(site: Site, path: Path, known: frozenset[str], is_wanted: Wanted) -> Iterator[SiteFault]:
    parts = parts_of(path.name)
    name, digest = parts or ("", "")
    if parts is None or path.parent.name != name[:2]:
        yield SiteFault(
            "archive", _place(site, path), "files that are called by their sha256", "a file of another name"
        )
    elif is_wanted(name):
        found = warehouse.sha256_of(path)
        if found != digest:
            yield SiteFault("archive", _place(site, path), f"bytes with sha256 {digest[:12]}", f"{found[:12]}")
    if name and name not in known:
        yield SiteFault(
            "archive",
            _place(site, path),
            "files that a night loaded or refused",
            "one that the warehouse does not know",
        )


def _left(site: Site, kind: str, path: Path, withdrawn: Withdrawn) -> Iterator[SiteFault]:
    """A file of which lines were blanked is what the decision log says is left of it, and no other file is."""
    name, digest = parts_of(path.name) or ("", "")
    left = withdrawn.files.get((kind, name), name)
    if digest != left:
        was = f"what the decision log says is left, sha256 {left[:12]}" if left != name else "the file as it came"
        yield SiteFault("archive", _place(site, path), was, f"{digest[:12]}")


def _taken_away(site: Site) -> frozenset[str]:
    """Releases that a person took away; none where the decision log cannot be read, which is told as a fault of the log."""
    try:
        return pruned(log_of(site))
    except (IntegrityError, SiteBusy):
        return frozenset()


def release_faults(site: Site, entries: tuple[LedgerLine, ...], withdrawn: Withdrawn = NOBODY) -> Iterator[SiteFault]:
    """Releases against their manifests, and manifests against the ledger; one that was to be destroyed, or that a person took away, may be
    gone."""
    folder = site.path("releases")
    may_be_gone = _taken_away(site) | frozenset(withdrawn.releases)
    sealed = {
        name: (digest, entry)
        for entry in entries
        if entry.kind == NIGHT
        for name, digest in entry.facts["release"].items()
    }
    for name, (digest, entry) in sorted(sealed.items()):
        path = folder / name / warehouse.MANIFEST
        if name in may_be_gone and not path.parent.exists():
            continue
        found = warehouse.sha256_of(path) if path.is_file() else "no manifest"
        if found != digest:
            yield SiteFault("release", f"{name}/{path.name}", digest[:12], found[:12], str(entry.facts["night_id"]))
    for path in sorted(folder.glob(f"*/{warehouse.MANIFEST}")):
        if path.parent.name != warehouse.CURRENT:
            yield from _released(path)
    yield from _current(folder, entries)


def _current(folder: Path, entries: Iterable[LedgerLine]) -> Iterator[SiteFault]:
    names = [name for entry in entries if entry.kind == NIGHT for name in entry.facts["release"]]
    link = folder / warehouse.CURRENT
    found = link.readlink().name if link.is_symlink() else "no link"
    if names and found != names[-1]:
        yield SiteFault("release", warehouse.CURRENT, names[-1], found)


def _released(manifest: Path) -> Iterator[SiteFault]:
    folder, name = manifest.parent, manifest.parent.name
    try:
        said = json.loads(manifest.read_text(encoding="utf-8"))
        expected: Mapping[str, str] = said["files"] | _database(folder, said)
    except (ValueError, KeyError, TypeError):
        yield SiteFault("release", f"{name}/{manifest.name}", "a manifest", "something else", name)
        return
    own = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    for file in sorted(expected.keys() | own.keys() - {manifest.name} - _NOTES):
        found = warehouse.sha256_of(own[file]) if file in own else "no file"
        if found != expected.get(file):
            yield SiteFault("release", f"{name}/{file}", expected.get(file, "no such file")[:12], found[:12], name)


def _database(folder: Path, said: Mapping[str, Any]) -> dict[str, str]:
    """The database as the manifest has it; nothing is wrong where it is gone, but for the release that people are led to: it is made again of
    the parts. A release of before has none but among its files."""
    link = folder.parent / warehouse.CURRENT
    is_current = link.is_symlink() and link.readlink().name == folder.name
    is_wanted = "database" in said and (is_current or (folder / warehouse.FILE_NAME).is_file())
    return {warehouse.FILE_NAME: said["database"]["sha256"]} if is_wanted else {}


def page_faults(site: Site, entries: tuple[LedgerLine, ...]) -> Iterator[SiteFault]:
    """Pages against the ledger: each as the last night, or command, that wrote it left it; none that neither wrote."""
    sealed: dict[str, tuple[str, str]] = {}
    for entry in (each for each in entries if each.kind in PAGED):
        night = str(entry.facts.get("night_id", ""))
        sealed |= {name: (digest, night) for name, digest in entry.facts["pages"].items()}
    own = pages_of(site) if sealed else {}
    for name in sorted(sealed.keys() | own.keys()):
        digest, night = sealed.get(name, ("no such page", ""))
        found = warehouse.sha256_of(own[name]) if name in own else "no page"
        if found != digest:
            yield SiteFault("page", name, digest[:12], found[:12], night)


def _place(site: Site, path: Path) -> str:
    return str(path.relative_to(site.root)) if path.is_relative_to(site.root) else str(path)
