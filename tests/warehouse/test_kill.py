"""A night killed at any moment leaves whole plates only, and loses none that it was told is loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse import connect, load_plate

LOADER = """
import sys
from pathlib import Path
sys.path[:0] = [{folder!r}, {folder!r} + "/.."]
from importlib import util
spec = util.spec_from_file_location("plates", {conftest!r})
plates = util.module_from_spec(spec); sys.modules["plates"] = plates; spec.loader.exec_module(plates)
from warehouse import connect, load_plate
con = connect(Path({path!r}))
rows = [{{"specimen": f"S{{n}}", "analyte": "IL-2", "value": "7.5"}} for n in range(60)]
for number in range(1, 28):
    load = plates.plate_load(number, rows)
    load_plate(con, load)
    print(load.read.run.run_id, flush=True)
"""


@pytest.mark.parametrize("after", [1, 3, 6])
def test_kill_9_between_and_within_plates(warehouse, after, make_plate):
    conftest = Path(__file__).with_name("conftest.py")
    program = LOADER.format(folder=str(conftest.parent), conftest=str(conftest), path=str(warehouse))
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
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
