"""What waits for its turn, as small as it can be kept: a night of many plates holds the frames of one shard at a time."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.ipc

Value = TypeVar("Value")
_CODEC = "zstd"  # a seventh of a read plate's 1.8 MB in 3.5 ms; lz4 is a millisecond faster and half as small again


class _Packer(pickle.Pickler):
    """Writes of a table that is part of a larger one that part alone; pickle by itself writes the whole it is cut from."""

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, pa.Table):
            return NotImplemented
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, value.schema) as stream:
            stream.write_table(value)
        return _table, (pickle.PickleBuffer(sink.getvalue()),)


def _table(data: Any) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()


def packed(value: Any) -> bytes:
    """The value as bytes for another process of this program, tables no larger than they are."""
    file = io.BytesIO()
    _Packer(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


@dataclass(frozen=True)
class PackedAway(Generic[Value]):
    """A value of this process, compressed in memory. It is never written anywhere: what is unpickled is what this program made."""

    data: bytes
    size: int

    @classmethod
    def of(cls, value: Value) -> PackedAway[Value]:
        raw = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return cls(pa.compress(raw, codec=_CODEC, asbytes=True), len(raw))

    def unpacked(self) -> Value:
        value: Value = pickle.loads(pa.decompress(self.data, decompressed_size=self.size, codec=_CODEC))
        return value
