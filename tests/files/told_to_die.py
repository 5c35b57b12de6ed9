"""A program in the place of the child that opens workbooks, told how to end: never by what a workbook does to a library.

told_to_die.py HOW... LIMITS: a signal's name, `garbage`, `silent`, `no_reason`, `sleep`, `other_columns`, `far_cell`; or
`marked COMMAND...`: ends by SIGSEGV where the workbook holds a part named MARK, else does what the command does.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time

MARK = b"docProps/told_to_die.xml"


def end_by(name: str) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), signal.Signals[name])


def stream(columns: dict[str, list[object]] | None) -> bytes:
    import pyarrow as pa

    from pbis.files.payload import schema

    form = schema(["a"])
    batch = pa.record_batch({"a": [1]}) if columns is None else pa.record_batch(columns, schema=form)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema.with_metadata(form.metadata)) as out:
        out.write_batch(batch)
    return bytes(sink.getvalue())


def main(how: str, *rest: str) -> int:
    data = sys.stdin.buffer.read()
    far = {"sheet": [0], "row": [2_000_000_000], "column": [0], "kind": [0], "number": [None], "text": ["x"]}
    answers = {"garbage": b"\xff\xfe" * 999, "silent": b"", "other_columns": None, "far_cell": far}
    if how in ("garbage", "silent"):
        sys.stdout.buffer.write(answers[how])
        return 0
    if how in ("other_columns", "far_cell"):
        sys.stdout.buffer.write(stream(answers[how]))
        return 0
    if how == "no_reason":
        sys.stderr.write("Traceback: something\n")
        return 3
    if how == "sleep":
        time.sleep(60)
    if how == "marked":
        if MARK in data:
            end_by("SIGSEGV")
        return subprocess.run(rest, input=data, check=False).returncode
    end_by(how)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
