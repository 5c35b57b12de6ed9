#!/usr/bin/env bash
# openpyxl writes 16 figures of a number: four in ten computed numbers are read back as their neighbour.
#
# Versions: openpyxl 3.1.5.
# Seen: a number goes through "%.16g", and a double needs up to 17 figures. 17.912766106584563 is read back as 17.91276610658456.
# Expected instead: the number. Give the cell the text of the number (repr) and say that it is a number (data_type "n").
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check openpyxl==3.1.5
venv/bin/python - <<'PYTHON'
import random

import openpyxl

drawn = random.Random(1)
numbers = [17.912766106584563, *(drawn.lognormvariate(2, 1) for _ in range(1000))]


def read_back(as_text):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    for number in numbers:
        cell = openpyxl.cell.WriteOnlyCell(sheet, repr(number) if as_text else number)
        cell.data_type = "n"
        sheet.append([cell])
    book.save("t.xlsx")
    return [row[0].value for row in openpyxl.load_workbook("t.xlsx").active.iter_rows()]


changed = {as_text: sum(map(float.__ne__, numbers, read_back(as_text))) for as_text in (False, True)}
print(f"of {len(numbers)} numbers changed: {changed[False]}, given as text {changed[True]}")
assert changed[False] > 300, "it writes more figures now"
assert changed[True] == 0
PYTHON
