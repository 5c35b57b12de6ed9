"""`pbis sql`: read-only SQL on the published copy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural

if TYPE_CHECKING:
    import pyarrow as pa


@click.command()
@site_option()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Print at most so many rows; 0 prints all.",
)
@click.option("--timeout", default=60.0, show_default=True, help="Stop the question after so many seconds.")
@click.option("--memory", default="2GB", show_default=True, help="Memory that the question may take, at least 64MB.")
@click.argument("query", required=False)
def sql(site: Path, as_json: bool, limit: int, timeout: float, memory: str, query: str | None) -> None:
    """Run QUERY on the site's newest release; without QUERY, read it from standard input, or list the views.

    The copy is read-only, sees no other file and no network. Rows are printed as they come; a question that is stopped by --timeout or
    --memory ends with exit code 3.

    \b
    Example:
      pbis sql --site demo-site "select subject_id, score, \\"group\\" from score order by subject_id limit 5"
    """
    from pbis.files.temporary import sweep_abandoned
    from pbis.pipeline.published import list_views, stream_query

    if query is None and not sys.stdin.isatty():
        query = sys.stdin.read().strip() or None
    if query is None:
        views = list_views(site)
        _print(views.schema, iter(views.to_batches()), as_json, is_short=True)
        return
    sweep_abandoned()
    with stream_query(site, query, timeout, memory) as reader:
        first = _First(reader, limit)
        _print(reader.schema, iter(first), as_json, is_short=bool(limit))
    if first.is_more:
        click.echo(f"({plural(limit, 'row')}, and there are more; --limit 0 prints all)", err=True)


class _First:
    """The first rows of an answer, all of it for 0; is_more: there were others, which nobody computed to the end."""

    def __init__(self, reader: pa.RecordBatchReader, limit: int) -> None:
        self._reader, self._limit = reader, limit
        self.is_more = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        left = self._limit
        for batch in self._reader:
            if self._limit and batch.num_rows > left:
                self.is_more = True
                yield batch.slice(0, left)
                return
            left -= batch.num_rows
            yield batch


def _print(schema: pa.Schema, batches: Iterator[pa.RecordBatch], as_json: bool, *, is_short: bool) -> None:
    """As they come; on a terminal as one aligned table where it is a short one."""
    if as_json:
        for row in (row for batch in batches for row in batch.to_pylist()):
            click.echo(json.dumps(row, default=str, ensure_ascii=False))
        return
    from pbis.cli.output import show_rows, show_table

    if is_short and sys.stdout.isatty():
        import pyarrow

        show_table(pyarrow.Table.from_batches(batches, schema))
    else:
        show_rows(
            schema.names,
            (row for batch in batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)),
        )
