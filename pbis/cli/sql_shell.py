"""Questions typed one after the other: lines up to a semicolon, commands that begin with a dot, history and completion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from pbis.config import own_state
from pbis.core.errors import PbisError, UsageError
from pbis.core.words import nearest
from pbis.pipeline.stopping import stop_if_asked

PROMPT, MORE = "pbis> ", "  ...> "
HELP = """\
  .tables              the views, each with what it holds
  .describe VIEW       its columns, each with type and what it holds
  .queries [NAME]      questions that come with the program; with a name, its SQL
  .format table|csv|json
  .out FILE            the next answer goes to FILE (.csv, .parquet, .jsonl, .xlsx)
  .limit N             print at most N rows; 0 prints all
  .help   .quit
  Anything else is SQL and ends with a semicolon."""
COMMANDS = (".tables", ".describe", ".queries", ".format", ".out", ".limit", ".help", ".quit")
_KEYWORDS = [
    "select",
    "from",
    "where",
    "group",
    "by",
    "order",
    "limit",
    "join",
    "left",
    "using",
    "on",
    "count",
    "avg",
    "median",
    "distinct",
    "and",
    "or",
    "not",
    "null",
    "is",
    "in",
    "like",
    "as",
    "desc",
]
_LONGEST = 2_000  # lines of history


@dataclass
class Asked:
    """How answers are shown; the dot commands change it. out: where the next answer goes, None for the screen."""

    style: str = "table"
    limit: int = 200
    out: Path | None = None


def run_shell(
    ask: Callable[[str, Asked], None],
    describe: Callable[[str | None], None],
    queries: Callable[[str | None], None],
    names: Mapping[str, Sequence[str]],
    asked: Asked,
    lines: Iterator[str] | None = None,
) -> None:
    """Until .quit or the end of the input. ask: runs and shows a question; describe: shows one view, or all for None; queries: likewise of the
    questions that come with the program; names: view -> its
    columns; lines: instead of the keyboard. A mistake is one line and ends nothing."""
    for text in _questions(_typed(names) if lines is None else lines):
        try:
            if not text.startswith("."):
                ask(text, asked)
                asked.out = None
            elif _command(text, describe, queries, names, asked):
                return
        except PbisError as error:
            click.echo(f"error: {error}", err=True)
        except KeyboardInterrupt:
            stop_if_asked()  # by SIGTERM or a closed terminal: a ctrl-C gives up the question alone
            click.echo("stopped", err=True)


def _command(
    text: str,
    describe: Callable[[str | None], None],
    queries: Callable[[str | None], None],
    names: Mapping[str, Sequence[str]],
    asked: Asked,
) -> bool:
    """Whether it was .quit."""
    word, _, rest = text.rstrip(";").partition(" ")
    rest = rest.strip()
    if word in (".quit", ".exit"):
        return True
    if word == ".help":
        click.echo(HELP)
    elif word == ".tables":
        describe(None)
    elif word == ".describe":
        if rest not in names:
            raise UsageError(f"there is no view {rest!r}{nearest(rest, names) or '; .tables lists them'}")
        describe(rest)
    elif word == ".queries":
        queries(rest or None)
    elif word == ".format":
        if rest not in ("table", "csv", "json"):
            raise UsageError(f".format {rest}: expected table, csv or json")
        asked.style = rest
    elif word == ".limit":
        if not rest.isdecimal():
            raise UsageError(f".limit {rest}: expected a whole number; 0 prints all")
        asked.limit = int(rest)
    elif word == ".out":
        if not rest:
            raise UsageError(".out: expected the name of a file")
        asked.out = Path(rest)
    else:
        raise UsageError(f"there is no command {word}{nearest(word, COMMANDS) or '; .help lists them'}")
    return False


def _questions(lines: Iterator[str]) -> Iterator[str]:
    """Dot commands as they are; SQL from its first line to the one that ends with a semicolon, or to the end of the input."""
    held: list[str] = []
    for line in lines:
        if not held and (line.strip().startswith(".") or not line.strip()):
            if line.strip():
                yield line.strip()
            continue
        held.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(held)
            held = []
    if held:
        yield "\n".join(held)


def _typed(names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Lines from the keyboard. Ctrl-C gives up the line, Ctrl-D ends."""
    with suppress(ImportError):  # a Python without readline has no history and no completion
        _with_history(names)
    is_more = False
    while True:
        try:
            line = input(MORE if is_more else PROMPT)
        except EOFError:
            click.echo()
            return
        except KeyboardInterrupt:
            stop_if_asked()
            click.echo()
            is_more = False
            continue
        is_more = not line.strip().startswith(".") and bool(line.strip()) and not line.rstrip().endswith(";")
        yield line


def _with_history(names: Mapping[str, Sequence[str]]) -> None:
    import atexit
    import readline

    file = own_state() / "sql_history"
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        readline.read_history_file(file)
        readline.set_history_length(_LONGEST)
        atexit.register(_save, readline.write_history_file, file)
    readline.set_completer_delims(" \t\n\"'`,;()=<>+-*/|")
    readline.set_completer(lambda text, state: _at(completions(text, readline.get_line_buffer(), names), state))
    readline.parse_and_bind("tab: complete")


def _save(write: Callable[[str], None], file: Path) -> None:
    with suppress(OSError):
        write(str(file))


def completions(text: str, line: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """What the word may become: columns of the views that the line names come first, then views, then words of SQL."""
    if text.startswith("."):
        return [each for each in COMMANDS if each.startswith(text)]
    if line.lstrip().startswith(".describe") or re.search(rf"\b(?:from|join)\s+{re.escape(text)}$", line, re.I):
        return [name for name in sorted(names) if name.startswith(text)]
    view, dot, column = text.rpartition(".")
    if dot and view in names:
        return [f"{view}.{each}" for each in names[view] if each.startswith(column)]
    named = [name for name in names if re.search(rf"\b{re.escape(name)}\b", line)]
    columns = dict.fromkeys(column for name in named or names for column in names[name])
    return [each for each in (*sorted(columns), *sorted(names), *_KEYWORDS) if text and each.startswith(text)]


def _at(found: Sequence[str], state: int) -> str | None:
    return found[state] if state < len(found) else None
