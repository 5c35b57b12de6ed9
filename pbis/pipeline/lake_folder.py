"""Whose the folder of a lake is, and whether it is there: a file in it names the first release of its site.

A share that is not mounted is an empty folder like another, and two sites have tables that are the same bytes: without that file a release
would go where no reader looks, and what one site takes away another would lack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pbis.config import Lake
from pbis.core.errors import IntegrityError, SiteTrouble
from pbis.files.table_out import replace_whole

OWNER = "belongs-to.txt"


def require_folder(lake: Lake, sealed: Mapping[str, str], held: Callable[[], bool]) -> None:
    """SiteTrouble where the folder is not there or is not the one that readers have, IntegrityError where it is another site's. sealed: release
    -> sha256 of its manifest, by the site's ledger; held: whether it has files of the newest snapshot."""
    path = lake.data / OWNER
    if not lake.data.is_dir():
        raise SiteTrouble(
            f"{lake.data}: expected the folder of the lake, found none; mount the share, or make it (docs/lake.md)"
        )
    if path.is_file():
        _require_own(path, sealed)
    elif not held():
        raise SiteTrouble(
            f"{lake.data}: expected the files of the lake, found another folder under its name; mount the share there (docs/lake.md)"
        )
    elif sealed:
        name, digest = next(iter(sealed.items()))
        replace_whole(path, f"{name} {digest}\n")


def _require_own(path: Path, sealed: Mapping[str, str]) -> None:
    name, _, digest = path.read_text("utf-8").strip().partition(" ")
    if sealed.get(name) != digest:
        raise IntegrityError(
            f"{path}: expected a release of this site's ledger, found release {name} of another; give the site a folder of its own (docs/lake.md)"
        )
