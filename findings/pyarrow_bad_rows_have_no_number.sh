#!/usr/bin/env bash
# A handler of bad CSV rows is not told which row it is, unless the file is read without threads.
#
# Version: pyarrow 26.0.1.
# Seen: `invalid_row_handler` gets an InvalidRow whose `number` is None with `use_threads=True`, which is the default, even for a file
# of a few bytes in one block; with `use_threads=False` it is the row's number in the file, the header counted as 1.
# Expected instead: the number in both. A message that is to name the line of a bad row has to read without threads.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pyarrow==26.0.1
venv/bin/python - <<'PYTHON'
import io

from pyarrow import csv

TABLE = b"well,median\n" + b"A1,20\n" * 5 + b"A2,20,1\n" + b"A3,20\n" * 3 + b"A4\n"
for threads in (True, False):
    seen = []

    def skipped(row):
        seen.append((row.number, row.actual_columns))
        return "skip"

    csv.read_csv(
        io.BytesIO(TABLE),
        read_options=csv.ReadOptions(use_threads=threads),
        parse_options=csv.ParseOptions(invalid_row_handler=skipped),
    )
    print(f"use_threads={threads}: {seen}")
    assert seen == ([(None, 3), (None, 1)] if threads else [(7, 3), (11, 1)]), "it is told otherwise now"
PYTHON
