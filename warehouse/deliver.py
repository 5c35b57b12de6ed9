"""What of a release is delivered: scores under the site's cut-off set, their components, and where they come from."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbis.core.errors import IntegrityError
from warehouse.query import open_published, own_questions

QUERIES = Path(__file__).parent / "queries"
Row = dict[str, Any]


@dataclass(frozen=True)
class Deliverable:
    """source: release, issued (UTC, without an offset), code_version, decision_sequence, decision_id; scores: a row a subject; components: a
    row a subject and component."""

    source: Row
    scores: list[Row]
    components: list[Row]


def deliverable(path: Path) -> Deliverable:
    """All of it from a published database. UsageError where an earlier build published it without; IntegrityError where no night has."""
    with closing(open_published(path)) as con, own_questions(con):
        source, scores, components = (
            con.execute((QUERIES / f"deliver_{name}.sql").read_text("utf-8")).to_arrow_table().to_pylist()
            for name in ("source", "score", "component")
        )
    if not source:
        raise IntegrityError(f"{path}: expected a release of a night, found none in it; run pbis verify")
    return Deliverable(source[0], scores, components)
