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


def published_file(root: Path, release: str = "") -> Path:
    """The database of the site's newest release, or of the one named. UsageError where no night has published it."""
    folder = load_site(root).path("releases")
    if release:
        return _named_file(folder, release)
    path = folder / "current" / "pbis.duckdb"
    if not path.exists():
        raise UsageError(f"{root}: nothing is published yet; run: pbis night --site {root}")
    return path


def _named_file(folder: Path, release: str) -> Path:
    """A release is a folder of its own that no later night changes; a name is one of them and never a path."""
    kept = sorted(path.parent.name for path in folder.glob("*/pbis.duckdb") if not path.parent.is_symlink())
    if release not in kept:
        raise UsageError(f"--release {release}: there is no such release; kept are {', '.join(kept) or 'none'}")
    return folder / release / "pbis.duckdb"


def run_query(root: Path, query: str, release: str = "") -> pa.Table:
    """Run one query on the newest release, or the one named. UsageError, in one line, where it is no SQL or asks for what a reader may not do."""
    import warehouse

    return warehouse.query_published(published_file(root, release), query)


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
