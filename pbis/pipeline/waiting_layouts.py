"""Layouts that lie in the inbox, which no night has taken yet: a second one of the same plate would be taken with it, and which of them counted
would hang on a hash."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pbis.config import Site, load_site
from pbis.core.errors import InputRefused
from pbis.pipeline.plates import layout_of
from pbis.readers import layout_from_bytes


def waits_for(root: Path, plate: str) -> bool:
    """Whether a layout of the plate lies in the inbox, which no night has taken yet. What cannot be read there is for the night to refuse."""
    return any(layout_of(plate, layout) is not None for _, layout in _waiting(load_site(root)))


def waiting_beside(site: Site, data: bytes, name: str) -> str:
    """The first plate that these bytes lay out, and that another layout in the inbox lays out, too; '' where there is none, and of bytes that are
    no layout."""
    try:
        named = layout_from_bytes(data, name).column("plate").unique().to_pylist()
    except InputRefused:
        return ""
    others = [layout for other, layout in _waiting(site) if other != data]
    return next((plate for plate in named if any(layout_of(plate, one) is not None for one in others)), "")


def _waiting(site: Site) -> Iterator[tuple[bytes, pa.Table]]:
    folder, most = site.path("inbox") / "layouts", site.file.inbox.max_file_mb * 1_000_000
    for path in sorted(folder.glob("[!.]*")) if folder.is_dir() else ():
        try:
            seen = path.lstat()
            if not stat.S_ISREG(seen.st_mode) or seen.st_size > most:  # a pipe would never end
                continue
            data = path.read_bytes()
            yield data, layout_from_bytes(data, path.name)
        except (InputRefused, OSError):
            continue
