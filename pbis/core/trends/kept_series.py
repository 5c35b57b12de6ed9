"""What is kept of series from night to night, as a table: a row per series with what counts for its next plate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

import pyarrow as pa

from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.trends.series import SeriesState
from pbis.core.trends.trend import Key

_NUMBERS, _COUNTS = pa.list_(pa.float64()), pa.list_(pa.int64())
_TIME = pa.timestamp("us")
KEPT = pa.schema(
    [
        *((name, pa.string()) for name in SERIES),
        ("guide", _NUMBERS),
        ("guide_runs", pa.list_(pa.string())),
        ("named", _NUMBERS),
        ("accepted", pa.int64()),
        ("origin", pa.float64()),
        ("sums", _NUMBERS),
        ("squares", _NUMBERS),
        ("sides", _COUNTS),
        ("lengths", _COUNTS),
        ("first_at", _TIME),
        ("last", pa.struct([("at", _TIME), ("run_id", pa.string()), ("plate_number", pa.int64())])),
    ]
)
_FIELDS = tuple(field.name for field in fields(SeriesState))


def table_of(states: Mapping[Key, SeriesState]) -> pa.Table:
    """KEPT, a row per series, in their order."""
    rows = []
    for key, state in sorted(states.items()):
        own = {name: getattr(state, name) for name in _FIELDS}
        last = None if state.last is None else dict(zip(("at", "run_id", "plate_number"), state.last, strict=True))
        rows.append({**dict(zip(SERIES, key, strict=True)), **own, "last": last})
    return pa.Table.from_pylist(rows, KEPT)


def states_of(kept: pa.Table, wanted: Collection[Key]) -> dict[Key, SeriesState]:
    """The states of the wanted series of KEPT, whose later rows count; series that are not in it are left out."""
    asked = (
        pa.table(dict(zip(SERIES, map(list, zip(*wanted, strict=True)), strict=True))) if wanted else kept.slice(0, 0)
    )
    backwards = kept.take(pa.array(range(kept.num_rows - 1, -1, -1), pa.int64()))
    asked = asked.select(list(SERIES)).cast(pa.schema([KEPT.field(name) for name in SERIES]))
    place = by.match(asked, backwards, SERIES)
    rows = backwards.take(pa.array(place[place >= 0])).to_pylist()
    return {tuple(row[name] for name in SERIES): _state(row) for row in rows}


def _state(row: Mapping[str, Any]) -> SeriesState:
    own: dict[str, Any] = {name: tuple(value) if isinstance(value := row[name], list) else value for name in _FIELDS}
    return SeriesState(**own | {"last": row["last"] and tuple(row["last"].values())})
