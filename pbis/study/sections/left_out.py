"""Who is in one analysis and not in another: the patients whom adjusting leaves out, counted and named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pbis.study.data import Complete, Endpoint, Population, complete
from pbis.study.result import Cell, ChapterPart, StudyTable
from pbis.study.sections.survival import HIGH
from pbis.study.stats.survival import Floats

MOST_NAMED = 20  # study ids of a cell; more are told by their number


def left_out(population: Population, endpoint: Endpoint, columns: dict[str, Floats]) -> ChapterPart:
    """A row for the set and endpoint where the adjusted model rests on fewer patients than the curves of the groups; none where it does not."""
    if HIGH not in columns:
        return ChapterPart()
    alone = complete(population, endpoint, {HIGH: columns[HIGH]})
    together = complete(population, endpoint, columns)
    gone = np.setdiff1d(alone.rows, together.rows)
    if not len(gone):
        return ChapterPart()
    ids = population.frame["subject_id"].astype(str).to_numpy()[gone].tolist()
    lacking = [name for name, value in columns.items() if not np.isfinite(value[gone]).all()]
    row = (population.name, endpoint.short, *_size(alone), *_size(together), len(gone), ", ".join(lacking), _named(ids))
    return ChapterPart((row,))


def left_out_table(rows: Sequence[tuple[Cell, ...]]) -> StudyTable:
    """All rows; a sentence where every model rests on the patients of the curves."""
    columns = (
        "set", "endpoint", "n, score alone", "events", "n, adjusted", "events adjusted", "left out", "because of", "who",
    )  # fmt: skip
    note = "Chapters that show the score alone and models that adjust it rest on different patients where a variable is not recorded."
    if not rows:
        note = "Nobody: every adjusted model rests on the same patients as the score alone."
    return StudyTable("left_out", "Patients whom adjusting leaves out", columns, tuple(rows), (note,))


def _size(cases: Complete) -> tuple[int, int]:
    return cases.data.n, cases.data.events


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return ", ".join(ids[:MOST_NAMED]) + more
