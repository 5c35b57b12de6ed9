#!/usr/bin/env bash
# pyarrow and DuckDB import pandas, where it is installed, as soon as they are given a list or a parameter, though nobody uses it.
#
# Version: pyarrow 26.0.1, duckdb 1.5.5, pandas 3.1.1.
# Seen: the first `pa.array([])` (also the first empty table of a schema) and the first `execute` with a parameter import pandas (0.35 CPU
# seconds, 294 modules), to recognise a Series or a NaT among what they were given. pyarrow remembers that there was none and looks again
# where a frame is asked for; DuckDB asks again with each parameter. `sys.modules["pandas"] = None`, Python's own sign for a
# module that cannot be had, makes pyarrow fail with "'NoneType' object has no attribute '__version__'": compiled code takes None for the module.
# Expected instead: a look into sys.modules, as an object of a module that was never imported cannot be among what is given.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pyarrow==26.0.1 duckdb==1.5.5 pandas==3.1.1
venv/bin/python - <<'PYTHON'
import subprocess
import sys

CASES = {
    "a list": "import pyarrow as pa; pa.array([1])",
    "an empty table": "import pyarrow as pa; pa.schema([('a', pa.string())]).empty_table()",
    "a query": "import duckdb; duckdb.connect().execute('select 1').fetchall()",
    "a parameter": "import duckdb; duckdb.connect().execute('select $1', ['x']).fetchall()",
}
for what, code in CASES.items():
    ends = "import sys; print('pandas' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", f"{code}; {ends}"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{what}: pandas imported: {seen}")
    assert seen == str(what != "a query"), "it is otherwise now"
PYTHON
