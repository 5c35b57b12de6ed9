"""Opens one workbook from standard input and writes its cells to standard output as an Arrow stream; run as a script.

Its argument is Limits as JSON, and it caps itself before it reads a byte: whatever a workbook does to the parser, it does to this
process. A refusal is one JSON line on standard error and exit 3; anything else than exit 0 and 3 means that the parser died.
It imports nothing but its own floor, so that it starts in a tenth of a second.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pbis.files.limits import Limits
    from pbis.files.sheet_cells import CellRow


class _NoPandas(MetaPathFinder):
    """pyarrow looks for pandas once, a fifth of a second; a process that dies in a moment tells it that there is none."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def limit(limits: Limits) -> None:
    """Cap what this process may take. Raising a cap again is not possible for it."""
    for what, soft, hard in (
        (resource.RLIMIT_DATA, limits.memory, limits.memory),
        (
            resource.RLIMIT_CPU,
            limits.cpu_seconds,
            limits.cpu_seconds + 1,
        ),  # the soft one ends it by a signal of its own
        (resource.RLIMIT_NPROC, limits.processes, limits.processes),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def write(names: list[str], rows: Iterator[CellRow]) -> None:
    """The cells, a batch at a time, so that none waits for the last."""
    sys.meta_path.insert(0, _NoPandas())
    import pyarrow as pa

    from pbis.files.payload import schema

    form = schema(names)
    with pa.ipc.new_stream(pa.PythonFile(sys.stdout.buffer, "w"), form) as stream:
        for columns in batches(rows):
            arrays = [pa.array(column, field.type) for column, field in zip(columns, form, strict=True)]
            stream.write_batch(pa.record_batch(arrays, schema=form))


def batches(rows: Iterator[CellRow]) -> Iterator[tuple[list[Any], ...]]:
    """Columns as payload.NAMES, of at least so many cells as payload.BATCH but for the last."""
    from pbis.files.payload import BATCH
    from pbis.files.sheet_cells import typed

    sheets, places, columns, values = list[int](), list[int](), list[int](), list[Any]()
    for sheet, row, at, held in rows:
        sheets += [sheet] * len(at)
        places += [row] * len(at)
        columns += at
        values += held
        if len(values) >= BATCH:
            yield sheets, places, columns, *typed(values)
            sheets, places, columns, values = [], [], [], []
    if values:
        yield sheets, places, columns, *typed(values)


def main() -> int:
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # an isolated interpreter looks into no folder of ours
    from pbis.files.limits import Limits, Refused

    limits = Limits(**json.loads(sys.argv[1]))
    limit(limits)
    try:
        from pbis.files.container import check
        from pbis.files.sheet_cells import cells

        data = sys.stdin.buffer.read()
        check(data, limits)
        write(*cells(data, limits))
    except Refused as refusal:
        sys.stderr.write(json.dumps(refusal.reason) + "\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
