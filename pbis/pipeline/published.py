"""What people may ask: read-only SQL on the newest release, which they keep even while a night publishes the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pbis.config import load_site
from pbis.core.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_VIEWS = """
    select table_name as "view", comment as "what it holds"
    from (select view_name as table_name, comment from duckdb_views() where not internal
          union all select table_name, comment from duckdb_tables() where schema_name = 'main')
    order by 1
"""


def published_file(root: Path) -> Path:
    """The database of the site's newest release. Raises UsageError where no night has published yet."""
    path = load_site(root).path("releases") / "current" / "pbis.duckdb"
    if not path.exists():
        raise UsageError(f"{root}: nothing is published yet; run: pbis night --site {root}")
    return path


def run_query(root: Path, query: str) -> pa.Table:
    """Run one query. UsageError, in one line, where it is no SQL or asks for what a reader may not do."""
    import warehouse

    return warehouse.query_published(published_file(root), query)


@contextmanager
def stream_query(root: Path, query: str, seconds: float, memory: str) -> Iterator[pa.RecordBatchReader]:
    """The answer, a batch at a time, within these limits. UsageError as above, QueryStopped where a limit ends it."""
    import warehouse

    limits = warehouse.QueryLimits(seconds, memory)
    with warehouse.stream_published(published_file(root), query, limits) as reader:
        yield reader


def list_views(root: Path) -> pa.Table:
    """Names of the views with what each holds."""
    return run_query(root, _VIEWS)
