"""What the laboratory files of some nights took back or replaced, or what was taken back of them: counted, with an example each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from warehouse.append import Connection
from warehouse.scoring import computed

VIEW, CHANGED = "replaced_lab", "score_taken_back"
_QUERY = """
with tonight as (
    select file_id
    from store.clinical_import
    join store.clinical_file using (file_id)
    where list_contains($1, night_id) and kind = 'labs'
),
told as (
    from replaced_lab
    where
        (by_file_id in (from tonight) or file_id in (from tonight))
        and (
            how in ('newer version', 'taken back', 'corrected', 'another patient')
            or (how like 'waits%' and by_status = 'entered_in_error' and by_value_text is null)
        )
)
select
    how, by_file_name, count(*)::integer, first(by_source_line order by by_source_line, file_name, source_line),
    first(file_name order by by_source_line, file_name, source_line),
    first(source_line order by by_source_line, file_name, source_line),
    first(subject_id order by by_source_line, file_name, source_line),
    first(analyte order by by_source_line, file_name, source_line)
from told
group by how, by_file_name
order by by_file_name, how
"""


@dataclass(frozen=True)
class TakenBack:
    """Rows of one way (see view replaced_lab) by one file. line, old_name, old_line, subject_id, analyte: of the first of them;
    the last four are None where a retraction waits and names none.
    """

    how: str
    name: str
    count: int
    line: int
    old_name: str | None
    old_line: int | None
    subject_id: str | None
    analyte: str | None


def taken_back(con: Connection, nights: Sequence[str]) -> list[TakenBack]:
    """What changed by the laboratory files that were imported on these nights, for the measures of the score."""
    with computed(con, VIEW) as session:
        return [TakenBack(*row) for row in session.execute(_QUERY, [list(nights)]).fetchall()]


@contextmanager
def of_the_laboratory(con: Connection) -> Iterator[Connection]:
    """A session in which what the night's page says of the laboratory's files is computed: both rest on the same versions of results."""
    with computed(con, CHANGED, "lab_file") as session:
        yield session


def score_taken_back(session: Connection) -> list[dict[str, Any]]:
    """Rows of the view of the same name: scores of the latest night that differ because a result was taken back, new ones first."""
    query = f"from {CHANGED} order by is_new desc, subject_id, measure"
    found: list[dict[str, Any]] = session.execute(query).to_arrow_table().to_pylist()
    return found
