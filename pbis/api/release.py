"""A release, open for questions in SQL: read only, and the same one until it is closed, whatever a night publishes meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pbis.api.arguments import AnyPath, as_path, as_text
from pbis.api.results import Table
from pbis.core.errors import UnstableFile, UsageError
from pbis.packages import require_own

_DATABASE = "pbis.duckdb"
_WANTED = f"a site, the folder of a release, or its {_DATABASE}"


@dataclass(frozen=True, eq=False, repr=False)
class Release:
    """An open release; a context manager that closes it. path: its database."""

    path: Path
    _connection: Any

    def sql(self, query: str) -> Table:
        """The answer to a question. UsageError, in one line, where the SQL is wrong, asks for more than reading, or the
        release has been closed."""
        import warehouse

        return Table(warehouse.ask(self._connection, as_text(query, "query")))

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self._connection.close()

    def __enter__(self) -> Release:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<pbis.Release: {self.path}>"


def open_release(path: AnyPath) -> Release:
    """Open the newest release of a site, a release by its folder, or one by its database file.

    UnstableFile where there is nothing of that name; UsageError where there is no release; IntegrityError where the file
    is no database.
    """
    require_own("warehouse")
    import warehouse

    database = _database(as_path(path)).resolve()  # by its own name: `current` is a link that the next night turns
    return Release(database, warehouse.open_published(database, for_people=True))


def _database(path: Path) -> Path:
    from pbis.config import SITE_FILE
    from pbis.pipeline.published import published_file

    if path.is_file():
        return path
    if (path / SITE_FILE).is_file():
        return published_file(path)
    if not path.exists():
        raise UnstableFile("does not exist", file=str(path), expected=_WANTED)
    if not (path / _DATABASE).is_file():
        older = (
            "; an older release is opened by its database: pbis release open NAME -o FILE" * (path / "parts").is_dir()
        )
        raise UsageError(f"{path}: there is no release here; expected {_WANTED}{older}")
    return path / _DATABASE
