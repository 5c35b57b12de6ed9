"""Runs nights in forks of one process that is warm, and disturbs each at an operation on files; started by the fixture `forked`.

It reads a line of JSON a night (`Asked`), forks, and answers with a line of JSON (`Answer`). What counts as an operation: tests/operations.py.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from operations import Operations

from pbis.config import Site, load_site
from pbis.core.errors import PbisError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome


@dataclass(frozen=True)
class Asked:
    """A night on a site. act: look (write down the operations), kill, full (no room from then on), worker (one of those that help the night
    is killed, at the first operation from then on at which there is one), call (the file of that name is made, and waited for until somebody
    removes it), or nothing; at: at which operation, counted from the first whose name is since; coming: a folder whose files are moved into
    the inbox when the step of this title begins; word: the password of the site's Prefect server, by which the night runs; '' for none."""

    root: str
    clock: str
    act: str = ""
    at: int = 0
    coming: str = ""
    step: str = ""
    since: str = ""
    call: str = ""
    word: str = ""


@dataclass(frozen=True)
class Answer:
    """status: minus the signal, or an exit code; state and notes of its outcome; error: what a night that stopped said;
    operations: (what, on what, how the site's files were before it), where the night was looked at; peak_bytes: of memory, by the process
    of the night; was_disturbed: whether it came to the operation; lake: what kept its release from the lake, with the exit code of that."""

    status: int
    state: str = ""
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    error: str = ""
    operations: list[tuple[str, str, str]] = field(default_factory=list)
    peak_bytes: int = 0
    was_disturbed: bool = False
    lake: str = ""
    lake_code: int = 0


class Coming(Silent):
    """People drop files while the night runs, each by one rename."""

    def __init__(self, site: Site, asked: Asked) -> None:
        self.inbox, self.asked = site.path("inbox"), asked

    def step(self, name: str, total: int) -> None:
        """Let them come where the step is the one."""
        folder = Path(self.asked.coming)
        for path in sorted(folder.glob("*/*")) if name == self.asked.step else ():
            path.rename(self.inbox / path.relative_to(folder))


def night(asked: Asked) -> Answer:
    """The night in this process."""
    site = load_site(Path(asked.root))
    operations = Operations(site.root, asked.act, asked.at, asked.since, asked.call)
    if asked.act:
        operations.watch()
    try:
        outcome = _run(site, asked)
    except PbisError as error:
        return Answer(error.exit_code, error=str(error), operations=operations.seen, was_disturbed=operations.has_acted)
    except OSError as error:
        said = f"{type(error).__name__}: {error}"
        return Answer(1, error=said, operations=operations.seen, was_disturbed=operations.has_acted)
    return Answer(
        0,
        outcome.state,
        list(outcome.notes),
        [each.name for each in outcome.refused],
        operations=operations.seen,
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        was_disturbed=operations.has_acted,
        lake=outcome.lake.trouble if outcome.lake else "",
        lake_code=outcome.lake.exit_code if outcome.lake else 0,
    )


def _run(site: Site, asked: Asked) -> Outcome:
    teller, at = Coming(site, asked), datetime.fromisoformat(asked.clock)
    if not asked.word:
        return run_plain(site, NightOptions(), teller, lambda: at)
    os.environ["PREFECT_API_AUTH_STRING"] = asked.word
    from flows.runner import run_night

    return run_night(site, NightOptions(), teller, lambda: at, "prefect")


def serve() -> None:
    """Answer each line."""
    importlib.import_module("expectations._gx")  # heavy, and imported late by a night
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        for line in sys.stdin:
            file.unlink(missing_ok=True)
            child = os.fork()
            if child == 0:
                file.write_text(json.dumps(asdict(night(Asked(**json.loads(line))))))
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            print(file.read_text() if file.exists() else json.dumps({"status": status}), flush=True)


if __name__ == "__main__":
    serve()
