"""The command line: a contract that other programs call. Every command imports its heavy parts only when it runs."""

from __future__ import annotations

import importlib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import click

from pbis.cli.groups import NamedGroup
from pbis.core.errors import PbisError
from pbis.packages import OWN, missing_extra, prefer_own, require_own
from pbis.pipeline.stopping import end_as_by_ctrl_c
from pbis.version import __version__

_COMMANDS = {
    "read": "pbis.cli.read:read",
    "assay": "pbis.cli.assay:assay",
    "curves": "pbis.cli.curves:curves",
    "panel": "pbis.cli.panel:panel",
    "init": "pbis.cli.init:init",
    "night": "pbis.cli.night:night",
    "serve": "pbis.cli.serve:serve",
    "verify": "pbis.cli.verify:verify",
    "rebuild": "pbis.cli.rebuild:rebuild",
    "reprocess": "pbis.cli.reprocess:reprocess",
    "preview": "pbis.cli.preview:preview",
    "backup": "pbis.cli.backup:backup",
    "restore": "pbis.cli.backup:restore",
    "arrived": "pbis.cli.arrived:arrived",
    "release": "pbis.cli.release:release",
    "status": "pbis.cli.status:status",
    "notify": "pbis.cli.notify:notify",
    "doctor": "pbis.cli.doctor:doctor",
    "deliver": "pbis.cli.deliver:deliver",
    "decide": "pbis.cli.decide:decide",
    "audit": "pbis.cli.audit:audit",
    "explain": "pbis.cli.explain:explain",
    "sql": "pbis.cli.sql:sql",
    "export": "pbis.cli.export:export",
    "score": "pbis.cli.score:score",
    "cohort": "pbis.cli.cohort:cohort",
    "labs": "pbis.cli.labs:labs",
    "simulate": "pbis.cli.simulate:simulate",
    "demo": "pbis.cli.demo:demo",
    "study": "pbis.cli.study:study",
    "validate": "pbis.cli.validate:validate",
    "desk": "pbis.cli.desk:desk",
    "user": "pbis.cli.user:user",
}


class _LazyGroup(NamedGroup):
    """Knows its commands by name and imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        _leave_rights_to_the_wall(command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """The wall: what a disk or a right denies, wherever it is raised, is told as SiteTrouble and is no defect."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except Exception as error:
            from pbis.files.trouble import trouble_of

            trouble = None if isinstance(error, PbisError) else trouble_of(error, _folders(sys.argv[1:]))
            if trouble is None:
                raise
            raise trouble from error


def _leave_rights_to_the_wall(command: click.Command) -> None:
    """A site's folder need not be listed by who may read a release in it; who may not is told by SiteTrouble, not as a wrong option."""
    for each in command.commands.values() if isinstance(command, click.Group) else (command,):
        for kind in (param.type for param in each.params if param.name == "site"):
            if isinstance(kind, click.Path):
                kind.readable = False


_LONGEST_NAME = 255  # of a file: a longer word is none, and the system refuses to look for it


def _folders(words: Sequence[str]) -> list[Path]:
    """What a command line names of files, and where temporary ones go: the system does not say on which disk a write failed."""
    said = (word.rpartition("=")[2] for word in words if not word.startswith("-") or "=" in word)
    named = [Path(each) for each in said if len(each) <= _LONGEST_NAME and "\n" not in each]  # no question of SQL
    places = [path if path.is_dir() else path.parent for path in named if path.is_dir() or path.parent.is_dir()]
    below = [each for place in places for each in (place / "releases", place / "archive", place / "warehouse")]
    return [*places, *(each for each in below if each.is_dir()), Path(tempfile.gettempdir())]


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pbis")
def commands() -> None:
    """Plate exports in, reviewed concentrations and a score per patient out.

    \b
    Start here:
      pbis demo demo-site              the whole job on simulated data
      pbis read plate.csv              what a plate export is
      pbis assay plate.csv -o out.csv  concentrations of one plate
    Exit codes are listed in docs/errors.md.
    """


def main() -> None:
    """Run the command line; one line per user error, its exit code, and never a traceback for them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot spell is no defect
    try:
        prefer_own()
        require_own(*OWN)
        end_as_by_ctrl_c()
        commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _stop()
    except PbisError as error:
        _refuse(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        from pbis.files.trouble import is_stop

        if is_stop(error):
            _stop()
        if isinstance(error, ModuleNotFoundError) and (missing := missing_extra(error)):
            _refuse(missing)
        click.echo(f"pbis: a defect of this program: {type(error).__name__}; {_kept(error)}", err=True)
        sys.exit(1)


def _stop() -> NoReturn:
    with suppress(OSError):  # a terminal that was closed
        click.echo("stopped", err=True)
    sys.exit(130)


def _refuse(error: PbisError) -> NoReturn:
    click.echo(f"pbis: {' '.join(str(error).split())}", err=True)
    sys.exit(error.exit_code)


def _kept(error: Exception) -> str:
    """Where the trace is; a disk that is full keeps none."""
    try:
        return f"the trace is in {_log(error)}"
    except OSError as denied:
        return f"its trace could not be kept ({denied.strerror})"


def _log(error: Exception) -> Path:
    """Keep the trace in a private file: traces can quote data, so they go neither to the terminal nor to a shared log."""
    handle, name = tempfile.mkstemp(prefix="pbis-defect-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
