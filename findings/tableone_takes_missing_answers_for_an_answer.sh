#!/usr/bin/env bash
# A table of the patients of a study calls two groups different because the answers of one are missing: its test counts "missing" as an answer.
#
# Versions: tableone 0.9.6, pandas 3.1.1, scipy 1.17.1.
# Seen: two groups of 40 in which the same share of the known patients responded (8 of 20 and 16 of 40); the response of 20 patients of the
# first is not known yet. TableOne(pval=True) says P < 0.001, with a row "None" among the answers, and 20 % beside the group of which 40 %
# responded: include_null is on unless it is told otherwise, and counts for the test and for the percentages as for the rows. A column of
# numbers with as many blanks is tested without them, and says under "Missing" how many there are; for texts that column is empty.
# Expected instead: P = 1, and 40 % of those who are known. Give include_null=False.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check tableone==0.9.6 pandas==3.1.1 scipy==1.17.1
venv/bin/python -W ignore - <<'PYTHON'
import pandas as pd
from scipy.stats import chi2_contingency
from tableone import TableOne

responded = ["yes"] * 8 + ["no"] * 12 + [None] * 20 + ["yes"] * 16 + ["no"] * 24
number = [{"yes": 1.0, "no": 2.0}.get(one) for one in responded]
patients = pd.DataFrame({"pbis": ["high"] * 40 + ["low"] * 40, "responded": responded, "number": number})


def table(column, **options):
    made = TableOne(patients, columns=[column], groupby="pbis", pval=True, pval_digits=3, **options)
    print(made.tabulate(tablefmt="plain"), end="\n\n")
    return made.tableone


told = table("responded", categorical=["responded"])
known = table("responded", categorical=["responded"], include_null=False)
numbers = table("number", continuous=["number"])
print("chi-squared test of the known:", chi2_contingency([[8, 12], [16, 24]]).pvalue)
print("chi-squared test with a third answer:", chi2_contingency([[8, 12, 20], [16, 24, 0]]).pvalue)


def cell(frame, label, row):
    rows = frame[[str(index[1]) == row for index in frame.index]]
    (column,) = (name for name in frame.columns if name[1] == label)
    return str(rows[column].iloc[0])


def p_value(frame):
    (column,) = (name for name in frame.columns if name[1] == "P-Value")
    return [value for value in frame[column] if value != ""]


assert p_value(told) == ["<0.001"], p_value(told)
assert p_value(known) == ["1.000"], p_value(known)
assert p_value(numbers) == ["1.000"], p_value(numbers)
assert (cell(told, "high", "yes"), cell(known, "high", "yes")) == ("8 (20.0)", "8 (40.0)")
assert cell(told, "high", "None") == "20 (50.0)"
PYTHON
