"""Reading a 41-plex 96-well export beside general tokenizers on the same bytes, and beside an independent reader of it.

python bench/read.py [plates]        default 5 plates; CPU seconds, the best of several; MB/s, plates/s, ratios, peak memory

The independent reader (allotropy) pins another pandas than this project: install it in an environment of its own and name
that environment's interpreter in PEER_PYTHON; without it the comparison is left out.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from pbis.readers import read_bytes
from pbis.simulate import write_plates

PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
from allotropy.parser_factory import Vendor
from allotropy.to_allotrope import allotrope_from_file
begins = time.process_time()
allotrope_from_file(sys.argv[1], Vendor.LUMINEX_XPONENT)
print(time.process_time() - begins)
"""


def main(plates: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_plates(Path(folder), 1, plates, analytes=41)
        files = sorted(Path(folder).rglob("*.csv"))
        data = [path.read_bytes() for path in files]
        megabytes = sum(map(len, data)) / 1e6
        print(f"{plates} plates of 41 analytes and 96 wells, {megabytes / plates:.2f} MB each")
        ours = show("this reader, every block", lambda: [read_bytes(d, "p") for d in data], plates, megabytes)
        tokens = show("(a) csv.reader, cells only", lambda: [tokens_of(d) for d in data], plates, megabytes)
        show("    pyarrow.csv, readings' rows only", lambda: [arrow_cells(d) for d in data], plates, megabytes)
        print(f"this reader / (a): {ours / tokens:.1f} (goal 3)")
        peer(files[0], ours / plates)
        memory(data[0])


def tokens_of(data: bytes) -> list[list[str]]:
    """The fastest tokenizer at hand that takes rows of different widths."""
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def arrow_cells(data: bytes) -> pa.Table:
    """pyarrow's tokenizer drops every row that has not the width of the first blocks, so it reads a part of the file."""
    names = [f"c{i}" for i in range(44)]
    return arrow_csv.read_csv(
        io.BytesIO(data),
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=arrow_csv.ParseOptions(invalid_row_handler=lambda row: "skip"),
        convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )


def show(what: str, work: Callable[[], object], plates: int, megabytes: float) -> float:
    seconds = min(timed(work) for _ in range(7))
    print(
        f"{what:36s} {1000 * seconds / plates:8.2f} ms a plate, {megabytes / seconds:7.1f} MB/s, {plates / seconds:7.1f} plates/s"
    )
    return seconds


def timed(work: Callable[[], object]) -> float:
    begins = time.process_time()
    work()
    return time.process_time() - begins


def peer(path: Path, ours: float) -> None:
    python = os.environ.get("PEER_PYTHON")
    if not python:
        print("(b) independent reader: left out, PEER_PYTHON is not set")
        return
    done = subprocess.run([python, "-c", PEER, str(path)], capture_output=True, text=True, check=True, timeout=600)
    seconds = float(done.stdout.split()[-1])
    print(
        f"(b) allotropy                        {1000 * seconds:8.0f} ms a plate: this reader is {seconds / ours:.0f} times as fast"
    )


def memory(data: bytes) -> None:
    """Python's and Arrow's peaks while one plate is read, as multiples of the file."""
    pa.default_memory_pool().release_unused()
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    read = read_bytes(data, "p")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    arrow = pa.total_allocated_bytes() - before
    print(
        f"memory: {(peak + arrow) / len(data):.1f} times the file (goal 10), of which the frames {read.reading.nbytes / len(data):.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
