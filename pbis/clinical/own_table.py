"""Any table that a person brings: every column of a CSV or a workbook as text, under the headers as they are written.

Nothing is guessed: a column of F stays letters, 03/04/2026 stays as it is, and who asks says the types (`own.age::integer`).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pbis.clinical.extract import bytes_of
from pbis.clinical.propose import every_column
from pbis.clinical.recognise import TABLE, WORKBOOK
from pbis.core.errors import MalformedFile
from pbis.files.workbook import is_workbook

_PARQUET = b"PAR1"


def read_own_table(path: Path) -> pa.Table:
    """The table: text, empty cells null; a Parquet file keeps its types. Raises MalformedFile with the line where it is no table."""
    data = bytes_of(path)
    if data[:4] == _PARQUET:
        try:
            return pq.read_table(pa.BufferReader(data))
        except pa.ArrowException as error:
            raise MalformedFile("is no whole Parquet file", file=path.name, found=str(error).splitlines()[0]) from None
    extract = every_column(data, path.name, WORKBOOK if is_workbook(data) else TABLE, "")
    return pa.table({name: pc.if_else(pc.equal(cells, ""), None, cells) for name, cells in extract.columns.items()})
