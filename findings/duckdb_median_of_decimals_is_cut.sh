#!/usr/bin/env bash
# The median of two DECIMAL values is not the number between them: it is cut to their scale, and a spread may become 0.
#
# Version: duckdb 1.5.5 (Python).
# Seen: median(3.1, 3.2) of DECIMAL(4,1) is 3.1, not 3.15, and quantile_cont, which interpolates, gives the same; mad() of 3.1 and
# 3.2 is 0.0 where 0.05 is right, and of 1, 2, 2, 3 as DECIMAL(4,0) it is 0 where 0.5 is right. The type of the answer is the
# column's. avg() of the same column is a DOUBLE and right.
# Expected instead: a DOUBLE, as avg gives. Cast to DOUBLE before a median, or a limit of median + 3 MAD flags everything.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check duckdb==1.5.5
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import duckdb

ASKED = "select median(v), quantile_cont(v, 0.5), mad(v), avg(v), typeof(median(v)), typeof(mad(v)) from t"
con = duckdb.connect()
con.execute("create table t as select v::decimal(4, 1) as v from (values (3.1), (3.2)) r(v)")
found = con.execute(ASKED).fetchone()
print("of 3.1 and 3.2:", found)
assert found[:3] == (Decimal("3.1"), Decimal("3.1"), Decimal("0.0"))
assert abs(found[3] - 3.15) < 1e-12
assert found[4:] == ("DECIMAL(4,1)", "DECIMAL(4,1)")
as_double = con.execute("select median(v::double), mad(v::double) from t").fetchone()
print("as DOUBLE:", as_double)
assert abs(as_double[0] - 3.15) < 1e-12 and abs(as_double[1] - 0.05) < 1e-12
con.execute("create or replace table t as select v::decimal(4, 0) as v from (values (1), (2), (2), (3)) r(v)")
(spread,) = con.execute("select mad(v) from t").fetchone()
print("mad of 1, 2, 2, 3:", spread)
assert spread == 0
PYTHON
