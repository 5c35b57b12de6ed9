#!/usr/bin/env bash
# duckdb.connect() on the path of a CSV file opens no database file: what is stored there is gone at close, without a word.
#
# Version: duckdb 1.5.5 (Python).
# Seen: where the path exists and ends in .csv, the connection is a database in memory with the file as two views, one named `file`
# and one named after the file. CREATE TABLE and CHECKPOINT succeed; after close the table is gone and the file is as it was. With
# read_only=True the same call fails with "Cannot launch in-memory database in read-only mode", a sentence about something that the
# caller did not ask for. A path that ends in .csv and does not exist becomes a database file of that name.
# Expected instead: "not a database file", as for a text file of another name. A program that opens a database which a person names
# should look for the letters DUCK at byte 8 first.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check duckdb==1.5.5
printf 'well,mfi\nA1,120\n' > plate.csv
cp plate.csv plate.txt
venv/bin/python - <<'PYTHON'
import duckdb

con = duckdb.connect("plate.csv")
views = con.execute("select table_name, table_type from information_schema.tables order by all").fetchall()
path = con.execute("select path from duckdb_databases() where not internal").fetchall()
con.execute("create table result as select 1 as x")
con.execute("checkpoint")
con.close()
print("views", views, "path of the database", path)
assert views == [("file", "VIEW"), ("plate", "VIEW")], views
assert path == [(None,)], path

con = duckdb.connect("plate.csv")
assert con.execute("select count(*) from information_schema.tables where table_name = 'result'").fetchone() == (0,)
con.close()
assert open("plate.csv").read() == "well,mfi\nA1,120\n"

for name, words in (("plate.csv", "in-memory database in read-only mode"), ("plate.txt", "not a valid DuckDB database file")):
    try:
        duckdb.connect(name, read_only=True)
    except duckdb.Error as error:
        print(name, type(error).__name__, str(error).splitlines()[0])
        assert words in str(error), error
    else:
        raise SystemExit(f"{name} was opened")

duckdb.connect("new.csv").close()
assert open("new.csv", "rb").read()[8:12] == b"DUCK"
PYTHON
