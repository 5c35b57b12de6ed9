"""What `pbis read` says, and that it says it without waiting for pandas."""

from __future__ import annotations

import json
import subprocess
import sys

from pbis.readers.summary import summarise


def test_the_summary_is_json_with_what_a_person_asks_first(read_golden):
    said = json.loads(json.dumps(summarise(read_golden)))
    assert said["instrument"] == {"type": "MAGPIX", "serial": "MAGPX00000001"}
    assert said["analytes"][1] == {"name": "TNFa", "canonical": "TNF", "bead_region": "75", "unit": "pg/mL"}
    assert said["wells_by_role"] == {"background": 1, "qc_control": 1, "standard": 4, "unknown": 3}
    assert [block["name"] for block in said["blocks_ignored"]] == ["Wobble Index"]
    assert (said["calibration"]["state"], said["crc"]["state"]) == ("expired", "match")
    assert {w["code"] for w in said["warnings"]} >= {"calibration_expired", "block_ignored"}


def test_reading_never_imports_pandas_where_it_is_detached(tmp_path, edited):
    path = tmp_path / "plate.csv"
    path.write_bytes(edited())
    script = (
        "import sys; from pathlib import Path; from pbis.readers.summary import summarise, detach_pandas; detach_pandas()\n"
        "from pbis.readers import read; summarise(read(Path(sys.argv[1]))); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
