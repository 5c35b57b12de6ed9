"""What commands print: tables and progress with colour on a terminal, plain lines everywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pyarrow as pa


def show_table(table: pa.Table) -> None:
    """Print an Arrow table: aligned columns on a terminal, tab-separated lines with a header elsewhere."""
    if not sys.stdout.isatty():
        show_rows(table.column_names, zip(*(column.to_pylist() for column in table.columns), strict=True))
        return
    rows = [[_cell(value) for value in row.values()] for row in table.to_pylist()]
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    view = Table(box=None, header_style="bold", pad_edge=False)
    for name in table.column_names:
        view.add_column(name, overflow="fold")
    for row in rows:
        view.add_row(*[Text(cell) for cell in row])
    Console().print(view)


def show_rows(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Tab-separated lines below a header, each printed as it comes; numbers with every digit, since another program may read them."""
    click.echo("\t".join(names))
    for row in rows:
        click.echo("\t".join(_cell(value, repr) for value in row))


def _six_figures(value: float) -> str:
    return f"{value:.6g}"


def _cell(value: Any, written: Callable[[float], str] = _six_figures) -> str:
    if value is None:
        return ""
    text = written(value) if isinstance(value, float) else str(value)
    return " ".join(text.split())


class Progress:
    """Tells what a night is doing: a bar on a terminal; elsewhere one line a step when it ends, with its seconds."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._step = ""
        self._begun = 0.0
        self._done = 0

    def __enter__(self) -> Progress:
        if self._live:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            from rich.console import Console

            self._bar = Bar(*columns, console=Console(stderr=True))
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        if self._bar is not None:
            self._bar.stop()

    def step(self, name: str, total: int) -> None:
        """A step begins; `total` units of work are expected, at least one."""
        self._finish()
        self._step, self._begun, self._done = name, time.perf_counter(), 0
        if self._bar is not None:
            self._task = self._bar.add_task(name, total=max(total, 1))

    def advance(self, count: int = 1) -> None:
        self._done += count
        if self._bar is not None:
            self._bar.advance(self._task, count)

    def _finish(self) -> None:
        if not self._step:
            return
        if self._bar is not None:
            self._bar.update(self._task, completed=self._bar.tasks[self._task].total)
        else:
            count = f"  {self._done}" if self._done > 1 else ""
            click.echo(f"  {self._step:<34}{time.perf_counter() - self._begun:6.1f} s{count}", err=True)
        self._step = ""
