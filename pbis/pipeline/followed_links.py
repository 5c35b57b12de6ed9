"""What nights that followed plates leave for those after them: a file a night in state/followed, each with the name of the one before.

They are derived and may be thrown away: the next night then follows all plates from the first. One that is damaged, of another
form or of another warehouse counts as none, and so does all that rests on it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

from pbis.core.trends.state import is_enough, only_controls
from pbis.files.table_out import replace_parts

FOLDER = "followed"
FORM = 3  # of the files; what is written in another is not read
_LINK, _POINTS = ".link", ".points"
_DAMAGED = (OSError, msgspec.MsgspecError, pa.ArrowException, KeyError, ValueError)


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    form: int
    basis: str
    before: str | None
    rests_on: str
    plates: dict[str, str]
    points: str
    series: bytes
    head: bytes
    judged: bytes
    count: int


@dataclass(frozen=True)
class FollowedLink:
    """What a night followed. basis: what its trends were derived from; before: that of the link before it, None of a first one;
    rests_on: what counts for all plates; plates: name of a plate -> all that decides about it; series: KEPT of the series that its
    plates belong to; head: frames.HISTORY with a row a plate; judged: frames.TREND_JUDGED of its plates alone; count: numbers of theirs that
    were followed; points: where their measures lie, and their sha256."""

    basis: str
    before: str | None
    rests_on: str
    plates: Mapping[str, str]
    series: pa.Table
    head: pa.Table
    judged: pa.Table
    count: int
    points: tuple[Path, str] | None = None


def links(state: Path, basis: str | None = None) -> list[FollowedLink]:
    """The chain that ends with the link of that basis, else with the latest night's, oldest first; none where a part of it is missing or
    damaged. What a killed night wrote behind it is passed over."""
    found: list[FollowedLink] = []
    for path in reversed(_written_links(state / FOLDER)):
        try:
            link = _read(path)
        except _DAMAGED:
            return []
        if basis is not None and link.basis != basis:
            continue
        found.append(link)
        if link.before is None:
            return found[::-1]
        basis = link.before
    return []


def points_of(chain: Sequence[FollowedLink], *, controls: bool = False) -> pa.Table | None:
    """Measures of the plates of all these links, or of their controls alone; None where a file is missing or damaged."""
    try:
        return pa.concat_tables([_points(link, controls) for link in chain])
    except _DAMAGED:
        return None


def recent_points(chain: Sequence[FollowedLink], wanted: pa.Table, most: int) -> pa.Table | None:
    """Measures of so many plates at least before those of `wanted` in each of their series, from the latest links back; None as above."""
    found = wanted.slice(0, 0)
    for link in reversed(chain):
        more = points_of([link])
        if more is None:
            return None
        found = pa.concat_tables([more, found])
        if is_enough(found, wanted, most):
            break
    return found


def add_link(state: Path, link: FollowedLink, points: pa.Table) -> None:
    """Write a link after the one that it names; it takes the place of those that stood behind that one, a first one of all. One that a
    killed night wrote already is written again."""
    folder = state / FOLDER
    if link.before is None and not folder.is_dir():
        folder.unlink(missing_ok=True)  # no file of ours bears this name
    folder.mkdir(mode=0o700, exist_ok=True)
    earlier = _written_links(folder)
    number = int(earlier[-1].stem) + (not _is_of(earlier[-1], link.basis)) if earlier else 1
    data = _packed(only_controls(points), only_controls(points, others=True))
    written = _Written(
        FORM,
        link.basis,
        link.before,
        link.rests_on,
        dict(link.plates),
        hashlib.sha256(data).hexdigest(),
        _packed(link.series),
        _packed(link.head),
        _packed(link.judged),
        link.count,
    )
    body = msgspec.msgpack.encode(written)
    replace_parts(folder / f"{number:06d}{_POINTS}", [data], 0o600)
    replace_parts(folder / f"{number:06d}{_LINK}", [hashlib.sha256(body).digest(), body], 0o600)
    kept = _until(earlier, link.before) | {f"{number:06d}"}
    for path in folder.iterdir():
        if path.suffix in (_LINK, _POINTS) and path.stem.isdecimal() and path.stem not in kept and path.is_file():
            path.unlink()


def _until(earlier: Sequence[Path], basis: str | None) -> set[str]:
    """Names of the links up to the one of that basis, which is mostly the last."""
    for place in reversed(range(len(earlier) if basis is not None else 0)):
        if _is_of(earlier[place], basis):
            return {path.stem for path in earlier[: place + 1]}
    return set()


def _is_of(path: Path, basis: str | None) -> bool:
    with suppress(*_DAMAGED):
        return _read(path).basis == basis
    return False


def forget_links(state: Path) -> None:
    """Throw all of them away, as a withdrawal of consent has it."""
    if (state / FOLDER).is_dir():
        shutil.rmtree(state / FOLDER)


def _written_links(folder: Path) -> list[Path]:
    """Links in the order in which they were written. A copy that somebody laid beside them bears another name and is none."""
    return sorted(path for path in folder.glob(f"*{_LINK}") if path.stem.isdecimal() and path.is_file())


def _read(path: Path) -> FollowedLink:
    data = path.read_bytes()
    digest, body = data[:32], data[32:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError(f"{path}: expected the file as it was written, found another")
    said = msgspec.msgpack.decode(body, type=_Written)
    if said.form != FORM:
        raise ValueError(f"{path}: expected form {FORM}, found {said.form}")
    points = (path.with_suffix(_POINTS), said.points)
    series, head, judged = (_unpacked(data) for data in (said.series, said.head, said.judged))
    return FollowedLink(said.basis, said.before, said.rests_on, said.plates, series, head, judged, said.count, points)


def _points(link: FollowedLink, controls: bool) -> pa.Table:
    path, digest = link.points or (Path(), "")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{path}: expected the file as it was written, found another")
    file = pa.ipc.open_file(data)
    return pa.Table.from_batches([file.get_batch(0)]) if controls else file.read_all()


def _packed(*tables: pa.Table) -> bytes:
    """Each table as a batch of its own, which can be read without the others."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, tables[0].schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        for table in tables:
            writer.write_batch(table.combine_chunks().to_batches()[0] if table.num_rows else _nothing(table.schema))
    return bytes(sink.getvalue())


def _nothing(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _unpacked(data: bytes) -> pa.Table:
    return pa.ipc.open_file(data).read_all()
