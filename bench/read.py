"""Reading a 41-plex 96-well export beside general tokenizers on the same bytes, beside an independent reader, and beside another build.

python bench/read.py [plates] [--against DIR]        default 5 plates; CPU seconds, the best of several; MB/s, plates/s, ratios, memory

DIR is a checkout of another commit of this project, which this interpreter can import (`git worktree add DIR COMMIT`). Both builds
read the same new files in turns, each turn a process of its own, so that neither a busy machine nor a warm cache favours one.
The independent reader (allotropy) pins another pandas than this project: install it in an environment of its own and name
that environment's interpreter in PEER_PYTHON; without it the comparison is left out.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.csv as arrow_csv

from pbis.readers import read_bytes
from pbis.simulate import write_plates

ROUNDS = 9  # turns of each build; the median of an odd number is one of them
HERE = Path(__file__).resolve().parents[1]

PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
from allotropy.parser_factory import Vendor
from allotropy.to_allotrope import allotrope_from_file
begins = time.process_time()
allotrope_from_file(sys.argv[1], Vendor.LUMINEX_XPONENT)
print(time.process_time() - begins)
"""

# One turn of a build: CPU seconds a plate, the first reading of each file after one that is not timed; then its memory.
TURN = """
import sys, time, tracemalloc
from pathlib import Path
import pyarrow as pa
from pbis.readers import read_bytes
first, *data = [Path(name).read_bytes() for name in sys.argv[1:]]
read_bytes(first, "p")
took = []
for one in data:
    begins = time.process_time()
    read_bytes(one, "p")
    took.append(time.process_time() - begins)
pa.default_memory_pool().release_unused()
before = pa.total_allocated_bytes()
tracemalloc.start()
read = read_bytes(first, "p")
peak = tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes() - before
print(min(took), peak / len(first), read.reading.nbytes / len(first), sys.modules["pbis"].__file__)
"""


def main(plates: int, against: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_plates(Path(folder), 1, plates + 1, analytes=41)
        files = sorted(Path(folder).rglob("*.csv"))
        data = [path.read_bytes() for path in files[:plates]]
        megabytes = sum(map(len, data)) / 1e6
        print(f"{plates} plates of 41 analytes and 96 wells, {megabytes / plates:.2f} MB each")
        ours = show("this reader, every block", lambda: [read_bytes(d, "p") for d in data], plates, megabytes)
        tokens = show("(a) csv.reader, cells only", lambda: [tokens_of(d) for d in data], plates, megabytes)
        show("    pyarrow.csv, readings' rows only", lambda: [arrow_cells(d) for d in data], plates, megabytes)
        print(f"this reader / (a): {ours / tokens:.1f} (goal 3)")
        peer(files[0], ours / plates)
        memory(HERE, files)
        if against is not None:
            beside(against, files)


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


def turn(build: Path, files: list[Path]) -> tuple[float, float, float]:
    """One turn of a checkout: CPU seconds a plate; Python's and Arrow's peak and the frames, as multiples of the file."""
    environment = {**os.environ, "PYTHONPATH": str(build), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", TURN, *map(str, files)]
    done = subprocess.run(command, cwd=build, env=environment, capture_output=True, text=True, check=True, timeout=600)
    seconds, peak, frames, imported = done.stdout.split()
    if not Path(imported).is_relative_to(build):
        raise ImportError(f"{build} was to be read with, but {imported} was imported")
    return float(seconds), float(peak), float(frames)


def memory(build: Path, files: list[Path]) -> None:
    _, peak, frames = turn(build, files)
    print(f"memory: {peak:.1f} times the file (goal 7), of which the frames {frames:.1f}")


def beside(against: Path, files: list[Path]) -> None:
    """Turn by turn, so that what slows the machine slows both."""
    turns = [(turn(HERE, files), turn(against, files)) for _ in range(ROUNDS)]
    ratio = median(other[0] / own[0] for own, other in turns)
    best = min(other[0] for _, other in turns) / min(own[0] for own, _ in turns)
    for name, at in (("this build", 0), ("the other build", 1)):
        seconds, peak = min(pair[at][0] for pair in turns), turns[0][at][1]
        print(f"{name:36s} {1000 * seconds:8.2f} ms a plate, memory {peak:.1f} times the file")
    print(
        f"this build is {best:.2f} times as fast as the other by the best of {ROUNDS} turns, {ratio:.2f} times by their median "
        "(goal 1.5 beside commit 30e0c27)"
    )


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("plates", nargs="?", type=int, default=5)
    asked.add_argument("--against", type=Path)
    given = asked.parse_args()
    main(given.plates, given.against and given.against.resolve())
