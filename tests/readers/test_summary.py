"""What `pbis read` says, and that it says it without waiting for pandas."""

from __future__ import annotations

import json
import subprocess
import sys

from pbis.cli.show_read import as_lines
from pbis.readers.summary import summarise


def test_the_summary_is_json_with_what_a_person_asks_first(read_golden):
    said = json.loads(json.dumps(summarise(read_golden)))
    assert said["instrument"] == {"type": "MAGPIX", "serial": "MAGPX00000001"}
    assert said["analytes"][1] == {"name": "TNFa", "canonical": "TNF", "bead_region": "75", "unit": "pg/mL"}
    assert said["wells_by_role"] == {"background": 1, "qc_control": 1, "standard": 4, "unknown": 3}
    assert [block["name"] for block in said["blocks_ignored"]] == ["Wobble Index"]
    assert (said["calibration"]["state"], said["crc"]["state"]) == ("expired", "match")
    assert {w["code"] for w in said["warnings"]} >= {"calibration_expired", "block_ignored"}


def test_equal_warnings_are_one_with_every_place_and_the_doubts_stay_by_well(read_edited):
    totals = [
        (f'"{row}","{total}"', f'"{row}","9{total}"') for row, total in (("59.5", 901), ("360", 902), ("1859.5", 903))
    ]
    said = summarise(read_edited(*totals))  # three rows of block Net MFI
    (same,) = [one for one in said["warnings"] if one["code"] == "events"]
    assert (same["count"], [place["well"] for place in same["places"]]) == (3, ["B1", "C1", "D1"])
    assert same["places"][0]["message"] == same["message"]
    assert [doubt["well"] for doubt in said["doubts"] if doubt["kind"] == "events"] == ["B1", "C1", "D1"]
    lines = [line for line in as_lines(said) if "Total Events" in line and line.startswith("warning")]
    assert len(lines) == 1
    assert lines[0].endswith("(line 60) [3 times: also C1 (line 61), D1 (line 62)]")


def test_reading_never_imports_pandas_where_it_is_detached(tmp_path, edited):
    path = tmp_path / "plate.csv"
    path.write_bytes(edited())
    script = (
        "import sys; from pathlib import Path; from pbis.readers.summary import summarise, detach_pandas; detach_pandas()\n"
        "from pbis.readers import read; summarise(read(Path(sys.argv[1]))); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
