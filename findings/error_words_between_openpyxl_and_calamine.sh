#!/usr/bin/env bash
# A text that looks like a spreadsheet's error does not survive the way from openpyxl to python-calamine.
#
# Versions: openpyxl 3.1.5, python-calamine 0.9.1.
# Seen: openpyxl stores the Python text '#N/A' as an error cell (data type e), not as text; the same for '#DIV/0!'. The neighbour
# '# N/A' stays text. python-calamine gives '' for an error cell, the same as for an empty one, so a label, a comment or a result
# that said '#N/A' is silently nothing; and one error word that Excel writes since 2018, '#SPILL!', written as an error cell, makes
# it give up the whole workbook, with a message that names no sheet and no cell.
# Expected instead: text in, text out; an error cell told from an empty one; the place of what cannot be read.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1
venv/bin/python - <<'PYTHON'
import io

import openpyxl
from python_calamine import CalamineWorkbook


def written(*texts):
    book = openpyxl.Workbook()
    book.active.append(list(texts))
    types = [cell.data_type for cell in book.active[1]]
    kept = io.BytesIO()
    book.save(kept)
    kept.seek(0)
    return types, kept


types, kept = written("#N/A", "# N/A", "#DIV/0!", "plain")
rows = CalamineWorkbook.from_filelike(kept).get_sheet_by_index(0).to_python(skip_empty_area=False)
print("openpyxl stores", types, "and python-calamine reads", rows[0])
assert types == ["e", "s", "e", "s"], types
assert rows[0] == ["", "# N/A", "", "plain"], rows

book = openpyxl.Workbook()
book.active.append(["a", "b"])
book.active["B1"].value = "#SPILL!"
book.active["B1"].data_type = "e"
kept = io.BytesIO()
book.save(kept)
kept.seek(0)
try:
    CalamineWorkbook.from_filelike(kept).get_sheet_by_index(0).to_python()
except Exception as error:
    print("for #SPILL!:", type(error).__name__, str(error)[:120])
    assert "B1" not in str(error), error
else:
    raise SystemExit("#SPILL! was read: the behaviour has changed")
PYTHON
