"""What people may ask: read-only SQL on the newest release, which they keep even while a night publishes the next."""

from __future__ import annotations

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


def list_views(root: Path) -> pa.Table:
    """Names of the views with what each holds."""
    return run_query(root, _VIEWS)
