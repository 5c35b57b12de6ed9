"""A night killed at any moment leaves whole plates only, and loses none that it was told is loaded."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys

import pytest

from warehouse import connect, load_plate

LOADER = """
import pickle, sys
from pathlib import Path
from warehouse import connect, load_plate
con = connect(Path(sys.argv[1]))
for load in pickle.loads(Path(sys.argv[2]).read_bytes()):
    load_plate(con, load)
    print(load.read.run.run_id, flush=True)
"""
PLATE = "specimen | analyte | value\n" + "\n".join(f"S{n} | IL-2 | 7.5" for n in range(60))


@pytest.fixture(scope="module")
def plates(tmp_path_factory, make_plate):
    """Plates as the loading process takes them up; more than it lives to load."""
    path = tmp_path_factory.mktemp("kill") / "plates"
    path.write_bytes(pickle.dumps([make_plate(number, PLATE) for number in range(1, 21)]))
    return path


@pytest.mark.parametrize("after", [1, 3, 6])
def test_kill_9_between_and_within_plates(warehouse, after, make_plate, plates):
    process = subprocess.Popen([sys.executable, "-c", LOADER, warehouse, plates], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = {process.stdout.readline().strip() for _ in range(after)}
    os.kill(process.pid, signal.SIGKILL)  # most likely in the middle of the next one
    acknowledged |= {line.strip() for line in process.stdout if len(line) == 65}
    process.wait()
    process.stdout.close()
    con = connect(warehouse)
    stored = {run_id for (run_id,) in con.execute("select run_id from store.run").fetchall()}
    assert acknowledged <= stored
    for table in ("reading", "result", "reading_state", "well"):
        counts = con.execute(f"select run_id, count(*) from store.{table} group by run_id").fetchall()
        assert dict(counts) == dict.fromkeys(stored, 60)
    assert {r for (r,) in con.execute("select run_id from current_assay").fetchall()} == stored
    assert load_plate(con, make_plate(28)).state == "loaded"
    con.close()
