"""`pbis sql`: read-only SQL on the published copy."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.site_option import site_option
from pbis.cli.sql_shell import Asked, run_shell
from pbis.core.words import plural
from pbis.packages import need

if TYPE_CHECKING:
    import pyarrow as pa

STYLES = ("table", "csv", "json")
_COMMENT = re.compile(r"--\s")


class _Question(click.Command):
    """A question may begin with a comment of SQL, which looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f"\n{each}" if _COMMENT.match(each) else each for each in args])


@click.command(cls=_Question)
@site_option()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row; the same as --format json.")
@click.option(
    "--format", "style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="How to print."
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Print at most so many rows; 0 prints all.",
)
@click.option("--timeout", default=60.0, show_default=True, help="Stop the question after so many seconds.")
@click.option("--memory", default="2GB", show_default=True, help="Memory that the question may take, at least 64MB.")
@click.option("--release", default="", metavar="NAME", help="Ask an older release; the newest without it.")
@click.option(
    "--with",
    "own",
    multiple=True,
    metavar="NAME=FILE",
    help="Ask FILE (CSV, XLSX, Parquet) as table NAME too; cells of CSV and XLSX are text. May be repeated.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all rows to a .csv, .parquet, .jsonl or .xlsx file instead.",
)
@click.argument("query", required=False)
def sql(
    site: Path,
    as_json: bool,
    style: str,
    limit: int,
    timeout: float,
    memory: str,
    release: str,
    own: tuple[str, ...],
    out: Path | None,
    query: str | None,
) -> None:
    """Run QUERY on the site's newest release; without QUERY, read it from standard input, or on a terminal ask for one after the other.

    The copy is read-only, sees no other file than those of --with, and no network. Rows are printed as they come; a question that is
    stopped by --timeout or --memory ends with exit code 3.

    \b
    Example:
      pbis sql --site demo-site "select subject_id, score, pbis_group from score order by subject_id limit 5"
      pbis sql --site demo-site --with own=ages.csv -o joined.xlsx \\
        "select s.*, own.age::integer as age from score s join own using (subject_id)"
    """
    from pbis.files.temporary import sweep_abandoned
    from pbis.pipeline.published import list_views, own_tables

    sweep_abandoned()
    asked = Asked("json" if as_json else style, limit, out)
    desk = Questions(site, timeout, memory, own_tables(site, own, release), release)
    is_keyboard = sys.stdin.isatty()
    query = _question(query, is_keyboard)
    if query is not None:
        desk.ask(query, asked)
    elif is_keyboard:
        run_shell(desk.ask, desk.describe, desk.queries, desk.names(), asked)
    else:
        views = list_views(site, release)
        _print(views.schema, iter(views.to_batches()), asked.style, is_short=True)


def _question(query: str | None, is_keyboard: bool) -> str | None:
    """The question of the command line, else of standard input; None where there is none."""
    if query is None and not is_keyboard:
        query = sys.stdin.read().strip() or None
    if query is not None and query.lstrip().startswith("."):
        raise click.UsageError(
            f"{query.strip()[:40]}: commands with a dot are for a terminal: type pbis sql without a question"
        )
    return query


@dataclass(frozen=True)
class Questions:
    """Where questions are put: a site, its limits and the tables that a person brought."""

    site: Path
    timeout: float
    memory: str
    own: Mapping[str, pa.Table]
    release: str = ""

    def ask(self, query: str, asked: Asked) -> None:
        """Show the answer, or write it to the file that was asked for."""
        from pbis.pipeline.published import stream_query

        with stream_query(self.site, query, self.timeout, self.memory, self.own, self.release) as reader:
            if asked.out is not None:
                _write(reader, asked.out)
                return
            first = _First(reader, asked.limit)
            _print(reader.schema, iter(first), asked.style, is_short=bool(asked.limit))
        if first.is_more:
            click.echo(f"({plural(asked.limit, 'row')}, and there are more; --limit 0 prints all)", err=True)

    def describe(self, view: str | None) -> None:
        """The views, or the columns of one."""
        from pbis.pipeline.published import list_columns, list_views

        if view is None:
            table = list_views(self.site, self.release)
        else:
            columns = list_columns(self.site, self.release)
            table = columns.filter([name == view for name in columns.column("view").to_pylist()]).drop_columns("view")
        _print(table.schema, iter(table.to_batches()), STYLES[0], is_short=True)

    def queries(self, name: str | None) -> None:
        """The questions that come with the program, or the SQL of one."""
        from pbis.pipeline.published import list_example, list_examples

        if name is not None:
            click.echo(list_example(name), nl=False)
            return
        table = list_examples()
        _print(table.schema, iter(table.to_batches()), STYLES[0], is_short=True)

    def names(self) -> dict[str, list[str]]:
        """View -> columns, the tables that a person brought too."""
        from pbis.pipeline.published import list_columns

        found: dict[str, list[str]] = {name: table.column_names for name, table in self.own.items()}
        columns = list_columns(self.site, self.release)
        for view, column in zip(columns.column("view").to_pylist(), columns.column("column").to_pylist(), strict=True):
            found.setdefault(view, []).append(column)
        return found


def _write(reader: pa.RecordBatchReader, out: Path) -> None:
    from pbis.files.stream_out import write_batches
    from pbis.files.table_out import asked_for

    if out.suffix.lower() == ".xlsx":
        need("export")
    with asked_for(out):
        rows = write_batches(reader.schema, reader, out)
    click.echo(f"wrote {out}: {plural(rows, 'row')}", err=True)


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


def _print(schema: pa.Schema, batches: Iterator[pa.RecordBatch], style: str, *, is_short: bool) -> None:
    """As they come; on a terminal as one aligned table where it is a short one."""
    from pbis.cli.output import show_rows, show_table
    from pbis.files.stream_out import json_lines, rows_of

    if style == "json":
        for line in json_lines(batches):
            click.echo(line)
    elif style == "csv":
        from pbis.files.table_out import csv_lines

        click.echo(csv_lines([schema.names]), nl=False)
        for row in rows_of(batches):
            click.echo(csv_lines([row]), nl=False)
    elif is_short and sys.stdout.isatty():
        import pyarrow

        show_table(pyarrow.Table.from_batches(batches, schema))
    else:
        show_rows(schema.names, rows_of(batches))
