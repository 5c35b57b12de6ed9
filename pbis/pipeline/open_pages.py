"""The wall between what everybody of the laboratory may read and what quotes cells of files.

Index, cohort sheet, terminal and trail are open: cells stand there by kind and hash, or by their length. The same index with the cells as
they came is written beside the refused files, in the quarantine folder, which only the service's account can open.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.quoted import QUOTED, without_cells
from pbis.pipeline.context import Night
from pbis.pipeline.publishing import declared
from pbis.pipeline.quarantine import PRIVATE_INDEX
from pbis.report import AlarmRow, LabFileRow, NightReport, PlateRow, RefusedRow, TodoRow, UnmappedWord
from pbis.report.morning import Morning
from warehouse.released import OF_THE_LABORATORY

# What a command names stands behind its options and kind, quoted for a shell where that is needed; only refused files have names there.
_OPEN_COMMAND = re.compile(
    rf"pbis decide (?:\w+ --plate [0-9a-f]{{12}} |reverse \d+ |later file_in_quarantine (?P<file>'?(?:{'|'.join(OF_THE_LABORATORY)})/.*) --until )",
    re.DOTALL,
)


def open_words(night: Night) -> warehouse.ClosedWords:
    """What the open pages of tonight call cells that name something unknown."""
    return warehouse.closed_words_of(night.con, declared(night.site))


def private_index(night: Night) -> Path:
    """Where the index with the cells as they came lies."""
    return night.site.path("quarantine") / night.night_id / PRIVATE_INDEX


def opened(data: NightReport, words: warehouse.ClosedWords) -> NightReport:
    """The night's page as everybody may read it."""
    say = words.sentence
    return replace(
        data,
        plates=tuple(_plate(row, say) for row in data.plates),
        refused=tuple(_refused(row) for row in data.refused),
        score=opened_score(data.score, words),
        todo=tuple(_todo(row, words) for row in data.todo),
        notes=tuple(replace(row, text=without_cells(say(row.text))) for row in data.notes),
        alarms=tuple(_alarm(row, say) for row in data.alarms),
        lab_files=tuple(_lab_file(row) for row in data.lab_files),
        morning=_morning(data.morning, say),
    )


def with_cells(data: NightReport, page: Path, reports: Path) -> NightReport:
    """The night's page as it lies at `page`: its links lead to the plates' pages from there."""
    up = os.path.relpath(reports, page.parent)

    def moved(path: str) -> str:
        return f"{up}/{path}" if path else ""

    return replace(
        data,
        plates=tuple(replace(row, report_path=moved(row.report_path)) for row in data.plates),
        todo=tuple(replace(row, link=moved(row.link)) for row in data.todo),
        notes=tuple(replace(row, link=moved(row.link)) for row in data.notes),
        alarms=tuple(replace(row, report_path=moved(row.report_path)) for row in data.alarms),
        charts=moved(data.charts),
        morning=_moved_to(data.morning, moved),
    )


def _morning(data: Morning | None, say: Callable[[str], str]) -> Morning | None:
    """What moved is said as a release says it."""
    if data is None:
        return None
    return replace(data, moved=tuple(replace(row, causes=tuple(map(say, row.causes))) for row in data.moved))


def _moved_to(data: Morning | None, moved: Callable[[str], str]) -> Morning | None:
    if data is None:
        return None
    return replace(
        data,
        plates=tuple(replace(row, report_path=moved(row.report_path)) for row in data.plates),
        list_page=moved(data.list_page),
        nights=tuple(replace(row, page=moved(row.page)) for row in data.nights),
    )


def opened_score(score: pa.Table, words: warehouse.ClosedWords) -> pa.Table:
    """Scores with cohorts and reasons of marks as a release has them."""
    score = opened_column(score, "cohort", lambda text: words.cell("cohort", text))
    return opened_column(score, "mark_reasons", words.sentence)


def opened_column(table: pa.Table, name: str, shown: Callable[[str], str]) -> pa.Table:
    """The table with each text of the column as it is shown."""
    column = table.column(name)
    said = {text: shown(text) for text in pc.unique(column).to_pylist() if text is not None}
    values = [None if text is None else said[text] for text in column.to_pylist()]
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))


def _plate(row: PlateRow, say: Callable[[str], str]) -> PlateRow:
    return replace(row, sentence=say(row.sentence), note=say(row.note))


def _refused(row: RefusedRow) -> RefusedRow:
    return replace(row, reason=without_cells(row.reason), action=without_cells(row.action))


def _todo(row: TodoRow, words: warehouse.ClosedWords) -> TodoRow:
    """Called as in a release, but for barcodes of the specimen table, which name nobody; a command that would name what is not closed
    stands on the private page."""
    what = words.sentence(QUOTED.sub(lambda found: _unquoted(found.group(), words), row.what))
    return replace(row, what=what, command=row.command if _is_open(row.command, words) else "")


def _is_open(command: str, words: warehouse.ClosedWords) -> bool:
    """Whether it names only a run, a decision, or a file of the laboratory, whose name a release shows too."""
    found = _OPEN_COMMAND.match(command)
    if found is None or found["file"] is None:
        return found is not None
    name = shlex.split(found["file"])[0]
    return words.sentence(name) == name


def _unquoted(quoted: str, words: warehouse.ClosedWords) -> str:
    """Without its quotation marks where it is a barcode that the store knows, so that the sentence keeps it."""
    return quoted[1:-1] if words.cell("specimen", quoted[1:-1]) == quoted[1:-1] else quoted


def _alarm(row: AlarmRow, say: Callable[[str], str]) -> AlarmRow:
    return replace(row, lot=say(row.lot), message=say(row.message))


def _lab_file(row: LabFileRow) -> LabFileRow:
    return replace(row, unmapped=tuple(_word(each) for each in row.unmapped))


def _word(word: UnmappedWord) -> UnmappedWord:
    """Called by kind and hash; how to map it, with the word, stands on the private page."""
    if not word.sent:
        return word
    return replace(
        word, sent="", why=without_cells(word.why), how="how to map it stands, with the word, on the page in quarantine"
    )
