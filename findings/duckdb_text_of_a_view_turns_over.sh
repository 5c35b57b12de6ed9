#!/usr/bin/env bash
# The text of a stored view is not the same after its file was written and opened again: lists of replaced and excluded columns turn.
#
# Version: duckdb 1.5.5 (Python).
# Seen: duckdb_views().sql prints `* REPLACE (...)` and `* EXCLUDE (...)` from a hash table in memory. Each time that a catalog is
# written and read the parts may come in another order, for the same file, the same version and the same query; a comparison of
# views by their text, or by a hash of it, sees a change where there is none.
# Expected instead: the order in which they were typed. A program that compares views should sort these lists first.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check duckdb==1.5.5
venv/bin/python - <<'PYTHON'
import duckdb

COLUMNS = ("plate", "well", "analyte", "median", "beads", "unit")


def text(path):
    con = duckdb.connect(path)
    (sql,) = con.execute("select sql from duckdb_views() where not internal").fetchone()
    con.close()
    return sql


con = duckdb.connect("v0.duckdb")
con.execute("create table reading (%s)" % ", ".join(f"{name} integer" for name in COLUMNS))
replaced = ", ".join(f"{name} + 1 as {name}" for name in COLUMNS)
con.execute(f"create view v as select * replace ({replaced}) from reading")
con.close()
texts = [text("v0.duckdb")]
for number in range(4):
    con = duckdb.connect(f"v{number}.duckdb")
    con.execute(f"attach 'v{number + 1}.duckdb' as copy")
    con.execute(f"copy from database v{number} to copy")
    con.close()
    texts.append(text(f"v{number + 1}.duckdb"))
for one in texts:
    print(one)
assert len({"".join(sorted(one)) for one in texts}) == 1, "the letters differ, not only their order"
assert len(set(texts)) > 1, "the text stands still now"
PYTHON
