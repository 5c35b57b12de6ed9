"""`pbis sql`: read-only SQL on the published copy."""

from __future__ import annotations

import json
import sys
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
@click.option("--limit", default=200, show_default=True, help="Print at most so many rows; 0 prints all.")
@click.argument("query", required=False)
def sql(site: Path, as_json: bool, limit: int, query: str | None) -> None:
    """Run QUERY on the site's newest release; without QUERY, read it from standard input, or list the views.

    The copy is read-only, sees no other file and no network.

    \b
    Example:
      pbis sql --site demo-site "select subject_id, score, \\"group\\" from score order by subject_id limit 5"
    """
    from pbis.pipeline.published import list_views, run_query

    if query is None and not sys.stdin.isatty():
        query = sys.stdin.read().strip() or None
    table = run_query(site, query) if query else list_views(site)
    _print(table, as_json, limit if query else 0)


def _print(table: pa.Table, as_json: bool, limit: int) -> None:
    shown = table.slice(0, limit) if limit else table
    if as_json:
        for row in shown.to_pylist():
            click.echo(json.dumps(row, default=str, ensure_ascii=False))
    else:
        from pbis.cli.output import show_table

        show_table(shown)
    if shown.num_rows < table.num_rows:
        click.echo(f"({shown.num_rows} of {plural(table.num_rows, 'row')}; --limit 0 prints all)", err=True)
