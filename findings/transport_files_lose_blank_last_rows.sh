#!/usr/bin/env bash
# A SAS transport file of version 5 forgets the last rows of a table where their texts are blank; version 8 keeps them.
#
# Versions: pyreadstat 1.3.7, pandas 3.1.1.
# Seen: the format has no count of rows and fills its last record with blanks, so rows that hold nothing but blank texts at the end
# cannot be told from the filling: of five rows three are read, of 41 one. Version 8 has a count. No error, no warning.
# Expected instead: as many rows as were written. A table for exchange needs a column that is never blank, as a sequence of numbers.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pyreadstat==1.3.7 pandas==3.1.1
venv/bin/python - <<'PYTHON'
import pandas as pd
import pyreadstat


def rows(texts, version, **numbers):
    pyreadstat.write_xport(pd.DataFrame({"comment": texts, **numbers}), "t.xpt", file_format_version=version)
    return len(pyreadstat.read_xport("t.xpt")[0])


five, many = ["haemolysed", "", "clotted", "", ""], ["haemolysed"] + [""] * 40
found = {(len(texts), version): rows(texts, version) for texts in (five, many) for version in (5, 8)}
for (written, version), read in found.items():
    print(f"version {version}: {written} rows written, {read} read")
assert found == {(5, 5): 3, (5, 8): 5, (41, 5): 1, (41, 8): 41}
assert rows(five, 5, row=[1, 2, 3, 4, 5]) == 5, "a number keeps them"
PYTHON
