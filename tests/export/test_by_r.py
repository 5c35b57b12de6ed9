"""R reads what was written, by haven and, which shares no code with the writer, by foreign; run by `make prove export`."""

from __future__ import annotations

import random
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from conftest import NO_R
from exported_rows import ABOUT, LABS, read_csv, rows_of

from pbis.export import write_export
from pbis.export.columns import COLUMNS
from pbis.export.words import codes

READERS = [
    ("sav", "haven", "haven::read_sav(file)"),
    ("dta", "haven", "haven::read_dta(file)"),
    ("xpt", "haven", "haven::read_xpt(file)"),
    ("sav", "foreign", "foreign::read.spss(file, use.value.labels = FALSE)"),
    ("xpt", "foreign", "foreign::read.xport(file)"),
]
# foreign leaves the blanks with which SPSS fills a text.
PRINT = r"""
words <- commandArgs(TRUE); file <- words[1]
found <- as.data.frame({read}, stringsAsFactors = FALSE)
shown <- lapply(found, function(x) if (is.character(x)) sub(" +$", "", x) else ifelse(is.na(x), "", sprintf("%.17g", as.numeric(x))))
write.csv(as.data.frame(shown, stringsAsFactors = FALSE), words[2], row.names = FALSE, fileEncoding = "UTF-8")
"""
LABELS = """
file <- commandArgs(TRUE)[1]
labels <- attr(haven::read_{form}(file)$status, "labels")
cat(paste(labels, names(labels)), sep = "\\n")
"""


@cache
def is_there(package: str) -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True, check=False).returncode == 0


def asked(folder: Path, script: str, *words: object) -> str:
    file = folder / "asked.R"
    file.write_text(script)
    call = ["Rscript", str(file), *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.prove
@pytest.mark.parametrize(
    ("form", "package", "read"), READERS, ids=[f"{form}-{package}" for form, package, _ in READERS]
)
def test_r_reads_what_was_written(form: str, package: str, read: str, tmp_path: Path) -> None:
    if not is_there(package):
        pytest.skip(NO_R)
    drawn = random.Random(1)
    many = tuple(
        {"value": drawn.lognormvariate(0, 9), "value_op": "=", "detail": "x" * (n % 199)} for n in range(2_000)
    )
    rows = rows_of("labs", LABS[:-2] + many + LABS[-2:])
    path = write_export(rows, ABOUT, form, tmp_path / f"rows.{form}").paths[0]
    asked(tmp_path, PRINT.format(read=read), path, tmp_path / "read.csv")
    names, *found = read_csv(tmp_path / "read.csv")
    assert len(found) == rows.num_rows
    assert names == [column.short if form == "xpt" else column.name for column in COLUMNS["labs"]]
    for place, column in enumerate(COLUMNS["labs"]):
        values = rows.column(column.name).to_pylist()
        if column.words and form != "xpt":
            number_of = codes(column.words, [])
            values = [None if value is None else number_of[value] for value in values]
        cells = [row[place] for row in found]
        if all(isinstance(value, str | None) for value in values) and not (column.words and form != "xpt"):
            assert cells == ["" if value is None else value.replace("\x00", "\\x00") for value in values], column.name
        else:
            assert [float(cell) if cell else None for cell in cells] == values, column.name


@pytest.mark.prove
@pytest.mark.parametrize("form", ["sav", "dta"])
def test_r_has_the_labels_of_words(form: str, tmp_path: Path) -> None:
    if not is_there("haven"):
        pytest.skip(NO_R)
    path = write_export(rows_of("labs"), ABOUT, form, tmp_path / f"rows.{form}").paths[0]
    found = asked(tmp_path, LABELS.format(form=form), path).splitlines()
    assert found == [f"{code} {word}" for word, code in codes("lab_status", []).items()]
