#!/usr/bin/env bash
# An aggregate computes its argument for every row, before its own filter drops them: a filter protects nothing.
#
# Version: duckdb 1.5.5 (Python).
# Seen: avg(ln(v)) filter (v > 0) over 0 and 1 ends with "cannot take logarithm of zero", with and without an order by inside.
# Expected instead: 0, since the filter leaves the 1 alone. Put the condition inside: avg(case when v > 0 then ln(v) end).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check duckdb==1.5.5
venv/bin/python - <<'PYTHON'
import duckdb

VALUES = "from (values (0.0::double), (1.0)) as t(v)"
con = duckdb.connect()
for asked in ("avg(ln(v)) filter (v > 0)", "avg(ln(v) order by v) filter (v > 0)"):
    try:
        con.execute(f"select {asked} {VALUES}").fetchall()
    except duckdb.OutOfRangeException as error:
        print(f"{asked}: {error}")
    else:
        raise AssertionError(asked)
inside = con.execute(f"select avg(case when v > 0 then ln(v) end) {VALUES}").fetchone()
print("with the condition inside:", inside)
assert inside == (0.0,)
PYTHON
