#!/usr/bin/env bash
# A view costs what all views below it cost, once a reference, each time that it is created; COPY FROM DATABASE (SCHEMA) copies the
# same views for nothing, and does not notice that they no longer fit.
#
# Version: duckdb 1.5.5 (Python).
# Seen: CREATE VIEW binds the query with every view that it names expanded, and a view that names the one below it twice binds it
# twice: along a chain of such views each costs twice the one before it. A common table expression that names the lower view once
# and is itself used twice is bound once, and the chain costs little. COPY FROM DATABASE a TO b (SCHEMA) puts all views with their
# comments into b without binding one. After it a table of b may be replaced by one that lacks a column which a view hands on:
# nothing is said until the view is read, which is refused.
# Expected instead: that creating a view costs its own text, and that a copied schema is checked as a created one is. A program that
# writes a file with the same views every night should copy them from one that has them, and read each once in its tests.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check duckdb==1.5.5
venv/bin/python - <<'PYTHON'
import time

import duckdb

DEPTH = 12
TWICE = "create view {name} as select a.k, a.v from {below} as a join {below} as b using (k)"
ONCE = "create view {name} as with t as (from {below}) select a.k, a.v from t as a join t as b using (k)"


def made(con, prefix, text):
    spent = []
    for number in range(DEPTH):
        below = f"{prefix}{number - 1}" if number else "reading"
        start = time.process_time()
        con.execute(text.format(name=f"{prefix}{number}", below=below))
        spent.append(time.process_time() - start)
    return spent


con = duckdb.connect("a.duckdb")
con.execute("create table reading (k integer, v double)")
con.execute("insert into reading values (1, 2.5), (2, 3.5)")
con.execute("comment on column reading.v is 'the reading'")
twice, once = made(con, "twice", TWICE), made(con, "once", ONCE)
print("last view of the chain, named twice below: %.0f ms; through one expression: %.1f ms" % (twice[-1] * 1e3, once[-1] * 1e3))
assert twice[-1] > 8 * twice[-5] > 0, twice
assert once[-1] < twice[-1] / 10, (once, twice)

con.execute("attach 'b.duckdb' as b")
start = time.process_time()
con.execute("copy from database a to b (schema)")
copied = time.process_time() - start
print("all %d views made: %.0f ms; copied: %.1f ms" % (2 * DEPTH, (sum(twice) + sum(once)) * 1e3, copied * 1e3))
assert copied < sum(twice) / 10

con.execute("create or replace table b.reading as select k from reading")
con.execute("detach b")
con.close()
con = duckdb.connect("b.duckdb", read_only=True)
(count,) = con.execute("select count(*) from duckdb_views() where not internal").fetchone()
assert count == 2 * DEPTH, count
try:
    con.execute("from once0")
except duckdb.Error as error:
    print(type(error).__name__, str(error).splitlines()[0])
else:
    raise SystemExit("a view over a column that is gone was read")
PYTHON
