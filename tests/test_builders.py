"""The builders of test plates: what follows from the arguments, and that what is shared is not changed by who takes a copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.compute as pc
import pytest
from builders import SEVEN, built, changed, declared, simulated, specimen, template
from made_once import made_once

from pbis.core import frames
from pbis.simulate import faults

SMALL = {"analytes": 3, "samples": 2}


def test_the_same_arguments_give_the_same_bytes_and_others_do_not() -> None:
    again = built.__wrapped__(**SMALL)
    assert built(**SMALL).read.run.run_id == again.read.run.run_id
    assert built(**SMALL).done.result.equals(again.done.result)
    other = [built.__wrapped__(**SMALL, seed=2), built.__wrapped__(**SMALL, fault=faults.swap_controls)]
    assert len({one.read.run.run_id for one in (again, *other)}) == 3


def test_a_plate_has_what_was_asked_for_and_a_layout_that_names_it() -> None:
    made = built(**SMALL)
    assert len(simulated(**SMALL).analytes) == made.done.curve.num_rows == 3
    assert (made.panel, template()["curve"][0]["status"]) == (None, "pass")
    assert built(samples=2).panel is not None
    assert built(samples=2).panel.name == SEVEN
    samples = made.well.filter(pc.equal(made.well.column("well_role"), "unknown"))
    assert samples.column("specimen_id").to_pylist() == [specimen(n) for n in (1, 1, 2, 2)]
    assert set(samples.column("role_source").to_pylist()) == {"layout"}


def test_a_copy_leaves_the_shared_plate_as_it_was() -> None:
    well = built(**SMALL).well
    before = well.to_pylist()
    own = changed(well, {"run_id": "r", "standard_level": list(range(well.num_rows))})
    assert (set(own.column("run_id").to_pylist()), own.column("standard_level")[1].as_py()) == ({"r"}, 1)
    assert own.schema.equals(well.schema)
    assert well.to_pylist() == before


def test_declared_rows_have_their_keys_and_null_for_what_nobody_says() -> None:
    rows = [{"well": "A1", "analyte": "IL-6", "qc_state": "pass", "reportable": True, "of_another_frame": 1}]
    table = declared("reading_state", rows, {"run_id": "r", "assay_id": "a", "plate_number": 1})
    assert table.schema.equals(frames.READING_STATE.empty().schema)
    assert table.select(["run_id", "well", "reasons"]).to_pylist() == [{"run_id": "r", "well": "A1", "reasons": None}]


def test_what_is_made_once_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """A second process waits for the first and finds its files; where the first failed, the second makes them."""

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        made_once(tmp_path / "once", "site", fail)
    call = (
        "import sys, time; from pathlib import Path; from made_once import made_once;"
        "made_once(Path(sys.argv[1]), 'site', lambda folder: (time.sleep(0.3), (folder / sys.argv[2]).touch()))"
    )
    asked = [
        subprocess.Popen([sys.executable, "-c", call, str(tmp_path / "once"), name], cwd=Path(__file__).parent)
        for name in ("one", "other")
    ]
    assert [each.wait() for each in asked] == [0, 0]
    assert len(list(made_once(tmp_path / "once", "site", fail).iterdir())) == 1
