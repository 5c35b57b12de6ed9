#!/usr/bin/env bash
# A column of times with a resolution of seconds is written to SPSS, Stata and SAS transport files as the first of January 1970.
#
# Versions: pyreadstat 1.3.7, pandas 3.1.1.
# Seen: pandas 3 keeps the resolution that a column came with, so times of whole seconds (from Parquet, DuckDB or Arrow) may be
# datetime64[s]. pyreadstat writes such a column without an error, and every value of it is read back as 1970-01-01 00:00:00;
# milliseconds, microseconds and nanoseconds are written right. All three formats are the same in that.
# Expected instead: the time, or an error. Cast to microseconds before writing, and read the file back.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pyreadstat==1.3.7 pandas==3.1.1
venv/bin/python - <<'PYTHON'
import numpy as np
import pandas as pd
import pyreadstat

DRAWN = pd.Timestamp("2026-03-05 07:30:00")
FORMS = {
    "sav": (pyreadstat.write_sav, pyreadstat.read_sav),
    "dta": (pyreadstat.write_dta, pyreadstat.read_dta),
    "xpt": (pyreadstat.write_xport, pyreadstat.read_xport),
}
for form, (write, read) in FORMS.items():
    for unit in ("s", "ms", "us", "ns"):
        drawn = np.array([DRAWN.to_datetime64()], dtype=f"datetime64[{unit}]")
        write(pd.DataFrame({"drawn": drawn, "result": [1.5]}), f"{unit}.{form}")
        (back,) = read(f"{unit}.{form}")[0]["drawn"]
        print(f"{form}, datetime64[{unit}]: {back}")
        assert back == (pd.Timestamp(0) if unit == "s" else DRAWN), "it is written otherwise now"
PYTHON
