#!/usr/bin/env bash
# pandas reads every 0 of a SAS transport file as 5.4e-79, and loses the last row of a file of narrow rows that end in blanks.
#
# Versions: pandas 3.1.1, pyreadstat 1.3.7.
# Seen: a 0 is eight bytes of zero in the file; pandas converts IBM's exponent of it too and gives 16 to the power of -65. Rows of at most
# 80 bytes are counted by the blank eighths of the last record, blank texts of the last row included. No error, no warning.
# Expected instead: 0, and as many rows as pyreadstat reads. R haven and R foreign read both right.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pyreadstat==1.3.7 pandas==3.1.1
venv/bin/python - <<'PYTHON'
import pandas as pd
import pyreadstat

written = pd.DataFrame({"SEQ": [1.0, 2.0, 3.0], "ZERO": [0.0] * 3, "NOTE": ["a" * 30, "", "b"]})
pyreadstat.write_xport(written, "t.xpt", file_format_version=5)
other, found = pyreadstat.read_xport("t.xpt")[0], pd.read_sas("t.xpt", format="xport", encoding="utf-8")
print(f"zero: pyreadstat {other['ZERO'][0]}, pandas {found['ZERO'][0]}")
print(f"rows: pyreadstat {len(other)}, pandas {len(found)}")
assert (other["ZERO"][0], len(other)) == (0.0, 3)
assert found["ZERO"][0] == 16.0**-65, "it is read otherwise now"
assert len(found) == 2, "it is counted otherwise now"
PYTHON
