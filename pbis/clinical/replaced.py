"""Versions of one result inside one file whose collection time was corrected: the earlier ones must not stand beside the latest.

The warehouse chooses among versions of the same specimen, analyte and time. A correction of the time itself leaves that group,
so the reader, which still sees the order number, says of the earlier version that it was replaced. All versions stay as rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

REPLACING = ("C", "D", "W", "X", "CORRECTED", "AMENDED", "ENTERED-IN-ERROR", "CANCELLED")


def note_replaced(
    columns: Mapping[str, pa.Array], lines: np.ndarray, version_key: Callable[[], pa.Array]
) -> tuple[dict[str, pa.Array], tuple[str, ...]]:
    """The columns, with `refused` where a later version moved the collection time; and a note.

    version_key: makes the column of what versions of one result share, '' where unknown; asked only if anything replaces.
    Which version is the latest is decided by `resulted_at`,
    then by a replacing status, never by the order of the file.
    """
    kept = dict(columns)
    replacing = pc.is_in(pc.utf8_upper(columns["status"]), pa.array(REPLACING))
    if not pc.any(replacing).as_py():
        return kept, ()
    keys = version_key()
    replacing = pc.and_(replacing, pc.not_equal(keys, ""))
    rows = np.flatnonzero(pc.is_in(keys, keys.filter(replacing)).to_numpy(zero_copy_only=False))
    moved = _moved(kept | {"version_key": keys}, replacing, rows) if len(rows) else {}
    if not moved:
        return kept, ()
    refused, detail = columns["refused"].to_pylist(), columns["refused_detail"].to_pylist()
    for row, by in moved.items():
        refused[row] = "entered_in_error"
        detail[row] = f"replaced by line {lines[by]}, which corrects the time of collection"
    kept |= {"refused": pa.array(refused, pa.string()), "refused_detail": pa.array(detail, pa.string())}
    return kept, (f"{len(moved)} results were replaced by corrections of their time of collection",)


def _moved(columns: Mapping[str, pa.Array], replacing: pa.Array, rows: np.ndarray) -> dict[int, int]:
    """Row -> the later row that replaces it with another collection time."""
    keys, times, issued = (
        columns[name].take(pa.array(rows)).to_pylist() for name in ("version_key", "collected_at", "resulted_at")
    )
    versions: dict[str, list[tuple[str, bool, int, str]]] = {}
    for row, key, at, when in zip(rows.tolist(), keys, times, issued, strict=True):
        versions.setdefault(key, []).append((when, bool(replacing[row].as_py()), row, at))
    found = {}
    for group in versions.values():
        _, is_replacing, last, at = max(group, key=lambda each: each[:2])
        if is_replacing:
            found |= {row: last for _, _, row, other in group if other != at}
    return found
