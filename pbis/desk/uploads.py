"""Bringing files: each is recognised, put into the inbox by its rules, and computed at once; what is none of ours is said and not kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated

from fastapi import File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from pbis.config import Site, load_site
from pbis.core.errors import PbisError
from pbis.core.words import plural
from pbis.desk.pages import page
from pbis.desk.routing import DeskHere, PersonHere
from pbis.desk.work import enqueue
from pbis.pipeline.bringing import bring_in, safe_name
from pbis.pipeline.inbox import KINDS, printable
from pbis.pipeline.recognising import kind_words, not_too_large, recognised
from pbis.pipeline.settings import site_labs_map
from pbis.pipeline.waiting_layouts import waiting_beside

_TWO = "another layout of {!r} lies in the inbox or is being computed, and this one was not kept: wait until the page Work says that it is done, and bring it then"
_AT_ONCE = 200  # files of one form: more are dropped into the inbox's folder; own choice

Files = Annotated[list[UploadFile], File(max_length=_AT_ONCE)]
Kind = Annotated[str, Form(max_length=20)]


@dataclass(frozen=True)
class Brought:
    """One file. kind: folder of the inbox that it lies in, '' where it is not there; name: there; words: what it is, or why it was refused."""

    kind: str
    name: str
    words: str


def ask(request: Request, desk: DeskHere, person: PersonHere) -> Response:
    """The form."""
    return page(request, "upload.html.j2", {"title": "Bring files", "kinds": KINDS, "refused": (), "said": ""})


def take(request: Request, desk: DeskHere, person: PersonHere, files: Files, kind: Kind = "") -> Response:
    """Put the files into the inbox. kind: what all of them are, '' where each says so itself."""
    site = load_site(desk.root)
    brought = [brought_in(site, file, kind) for file in files]
    said, there = in_words(brought), [each for each in brought if each.kind]
    if not there:
        context = {"title": "Bring files", "kinds": KINDS, "refused": brought, "said": said}
        return page(request, "upload.html.j2", context, 422)
    names, notes = frozenset(each.name for each in there), tuple(f"{each.name}: {each.words}" for each in brought)
    job = enqueue(desk, f"Brought {said}", person, names=names, notes=notes)
    return RedirectResponse(f"/work/{job.key}", 303)


def brought_in(site: Site, file: UploadFile, kind: str = "") -> Brought:
    """One file, read once, so that what is recognised is what is put there. Never raises for what a file holds or is called."""
    told = file.filename or ""
    try:
        name = safe_name(told)
        data = file.file.read(site.file.inbox.max_file_mb * 1_000_000 + 1)
        not_too_large(data, name)  # whatever the person calls it
        found = recognised(data, name, site_labs_map(site)) if data and not kind else None
        if found is not None and found.kind is None:
            return Brought("", name, found.words.removeprefix(f"{name}: "))
        meant = kind or (found.kind if found and found.kind else "plates")
        beside = waiting_beside(site, data, name) if meant == "layouts" else ""
        if beside:
            return Brought("", name, _TWO.format(beside))
        home = bring_in(site, meant, name, BytesIO(data))
    except PbisError as error:
        return Brought("", printable(told), str(error).removeprefix(f"{printable(told)}: "))
    words = found.words if found else "as you called it"
    trouble = f"; a night will refuse it: {found.trouble}" if found and found.trouble else ""
    return Brought(home.parent.name, home.name, f"{words}{trouble}")


def in_words(brought: list[Brought]) -> str:
    """`3 plate exports, 1 layout, 1 file refused`."""
    counted = Counter(each.kind for each in brought)
    said = [kind_words(kind, counted[kind]) for kind in KINDS if counted[kind]]
    return ", ".join([*said, f"{plural(counted[''], 'file')} refused"] if counted[""] else said)
