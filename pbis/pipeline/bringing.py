"""Putting a file into the inbox for somebody at the desk: by the inbox's own rules, whole or not at all, and over nobody's file.

Bytes are written into a private folder beside the inbox's own, which no night looks into, and get their name when they are all there.
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pbis.config import Site
from pbis.core.errors import UnrecognisedFormat, UnstableFile, UsageError
from pbis.files.temporary import is_alive
from pbis.pipeline.archive import differs
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.inbox_folder import IGNORED
from pbis.pipeline.opening import hash_of
from pbis.pipeline.taking import bring

HALF = ".partial-"  # begins the folder of a file that is still coming; the process and a random word follow
_HALVES = re.compile(rf"{re.escape(HALF)}(\d+)-\w+")
_CHUNK = 1 << 20  # bytes that are held at a time
_LONGEST = 200  # bytes of a name: file systems allow 255, and quarantine adds to it


def safe_name(told: str) -> str:
    """The name that a browser told, without any folder before it. UsageError where nothing is left, or the inbox would not look at it."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", told)[-1]).strip()
    if not name or name.startswith(".") or name in IGNORED:
        raise UsageError(f"{told!r} is no name of a file that the inbox takes; call it, for example, P01.csv")
    if not name.isprintable():
        raise UsageError(f"{told!r}: the name holds characters that cannot be seen; give the file another one")
    if len(os.fsencode(name)) > _LONGEST:
        raise UsageError(f"the name of the file is too long: expected at most {_LONGEST} bytes; give it a shorter one")
    return name


def bring_in(site: Site, kind: str, told_name: str, file: BinaryIO) -> Path:
    """The file's place in the inbox. One that lies there under its name with other bytes stays, and this one is called NAME-2; the same
    bytes are not put there twice. Raises UsageError for a name or kind that cannot be, UnstableFile where it is empty or too large."""
    name = safe_name(told_name)
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no folder of the inbox; expected one of {', '.join(KINDS)}")
    inbox = site.path("inbox")
    folder = inbox / kind
    folder.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix=f"{HALF}{os.getpid()}-", dir=inbox))
    try:
        half = private / name
        _write(half, file, name, site.file.inbox.max_file_mb * 1_000_000)
        half.chmod(0o660)
        with half.open("rb") as written:
            digest = hash_of(written)
        home = folder / name
        return home if home.is_file() and differs(home, digest) is None else bring(half, folder)
    finally:
        for left in private.iterdir():
            left.unlink()
        private.rmdir()


def bring_text(site: Site, kind: str, name: str, text: str) -> Path:
    """The same of a small table that the desk writes itself."""
    return bring_in(site, kind, name, BytesIO(text.encode()))


def unfinished_halves(inbox: Path) -> Iterator[Path]:
    """Folders of files whose process is gone, so that they will never be whole."""
    named = ((path, _HALVES.fullmatch(path.name)) for path in inbox.glob(f"{HALF}*"))
    yield from (path for path, found in named if found and not is_alive(int(found[1])))


def _write(half: Path, file: BinaryIO, name: str, most: int) -> None:
    size = 0
    with half.open("xb") as out:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise UnstableFile(
                    "the file is larger than any export",
                    file=name,
                    expected=f"at most {most / 1e6:.0f} MB",
                    found="more",
                    hint="raise [inbox] max_file_mb in site.toml if it is real",
                )
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise UnrecognisedFormat(
            "the file is empty", file=name, expected="an export", found="0 bytes", hint="export it again"
        )


def settled_name(stem: str, digest: str) -> str:
    """Name of a table that the desk writes: what it is about, and the first of its hash, so that no two share one by chance."""
    with suppress(UsageError):
        return safe_name(f"{stem}-{digest[:12]}.csv")
    return f"desk-{digest[:12]}.csv"
