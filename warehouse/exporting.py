"""What an export is made from: one question a kind of rows, asked of a release."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from warehouse.lake_reader import ReleaseInLake, while_there
from warehouse.query import open_published, own_questions

_QUESTIONS = Path(__file__).parent / "export"


def exported(path: Path | ReleaseInLake, names: Sequence[str]) -> dict[str, pa.Table]:
    """Name -> rows of export/NAME.sql of the release, in a stated order. UsageError where an earlier build published it without that."""
    with closing(open_published(path)) as con, own_questions(con), while_there(path):
        return {name: con.execute((_QUESTIONS / f"{name}.sql").read_text("utf-8")).to_arrow_table() for name in names}
