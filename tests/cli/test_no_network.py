"""Every command of the table, with everything but this machine out of reach: nothing tries to connect, or to look a name up.

Python tells its audit hooks of each connection and look-up before it is made; duckdb, which Python does not see, has its extensions'
reach switched off by configuration. Commands that serve or start a server run as processes elsewhere, with the same refusals.
"""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pbis.cli import commands
from pbis.simulate import example_plate, render_plate

LOCAL = ("", "127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "None")
EVENTS = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.sendto",
    "socket.sendmsg",
)
# Their own tests run them as processes that cannot reach anything: what is served, and nights under Prefect's server.
AS_PROCESSES = {("serve",), ("desk",), ("demo",), ("night",)}


@dataclass
class Heard:
    """Attempts to leave, while it listens. A hook of Python stays for ever, so that it is switched."""

    is_on: bool = False
    attempts: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on or event not in EVENTS:
            return
        where = arguments[0] if event.startswith("socket.get") else arguments[1]
        if isinstance(where, str) and not event.startswith("socket.get"):  # the path of a socket of this machine
            return
        host = where[0] if isinstance(where, tuple) else where
        if str(host) not in LOCAL:
            self.attempts.append(f"{event} {where!r}")
            raise ConnectionRefusedError("no network in this test")

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False


@pytest.fixture(scope="module")
def heard() -> Heard:
    hook = Heard()
    sys.addaudithook(hook)
    return hook


AUTHOR = ("--author", "A", "--reason", "why")
CHART = ("--analyte", "IL-2", "--control", "qc1", "--lot", "1")
# What is typed, with what; how it ends: exit code, or kind of the refusal. Each finds the site as the rows before left it.
ROWS: tuple[tuple[tuple[str, ...], tuple[str, ...], int | str], ...] = (
    (("read",), ("{plate}",), 0),
    (("assay",), ("{plate}", "-o", "{out}/a.csv"), 0),
    (("curves",), ("{plate}",), 0),
    (("panel", "list"), (), 0),
    (("panel", "propose"), ("{plate}", "-o", "{out}/kit.toml"), 0),
    (("panel", "check"), ("{out}/kit.toml",), 0),
    (("init",), ("{out}/new", "--service"), 0),
    (("backup",), ("{site}", "-o", "{out}/b.tar"), 0),
    (("arrived",), ("{site}", "-o", "{out}/arrived"), 0),
    (("release", "list"), ("{site}",), 0),
    (("release", "name"), ("{night}", "a paper", "{site}", "--author", "A"), 0),
    (("release", "prune"), ("{site}", "--author", "A", "--dry-run"), 0),
    (("release", "diff"), ("{night}", "{night}", "{site}"), 0),
    (("status",), ("{site}",), 6),
    (("doctor",), ("{site}",), 6),
    (("notify",), ("{site}",), "ConfigError"),
    (("release", "lake"), ("{site}",), "UsageError"),
    (("deliver",), ("{site}", "--as", "fhir", "--to", "clinic", "-o", "{out}/outbox"), 0),
    (("decide", "accept"), ("{site}", *AUTHOR, "--plate", "LOAD_0001"), 0),
    (("decide", "exclude"), ("{site}", *AUTHOR, "--plate", "LOAD_0004", "--cause", "pipetting"), 0),
    (("decide", "reverse"), ("{site}", "1", *AUTHOR), 0),
    (("decide", "tell"), ("{site}", *AUTHOR, "--file", "x"), "UsageError"),
    (("decide", "later"), ("{site}", "kind", "key", *AUTHOR, "--until", "2027-01-01"), "UsageError"),
    (("decide", "guide"), ("{site}", *AUTHOR, *CHART), 2),
    (("decide", "annotate"), ("{site}", *AUTHOR, "--plate", "LOAD_0001", *CHART), "UsageError"),
    (("decide", "withdraw"), ("P1", "{site}", *AUTHOR, "--yes"), "InputRefused"),
    (("decide", "list"), ("{site}",), 0),
    (("audit",), ("{site}", "--verify"), 0),
    (("explain",), ("P1", "{site}"), "UsageError"),
    (("sql",), ("{site}", "select count(*) from score"), 0),
    (("export",), ("{site}", "--what", "results", "--as", "csv", "-o", "{out}/e.csv"), 0),
    (("score",), ("{site}", "--what-if", "IL2=5pg/mL"), 0),
    (("cohort",), ("{site}",), 0),
    (("labs", "map"), ("{labs}",), 0),
    (("study", "claims"), (), 0),
    (("user", "add"), ("{site}", "a", "--name", "A", "--role", "viewer", "--link"), 0),
    (("user", "list"), ("{site}",), 0),
    (("user", "role"), ("{site}", "a", "--role", "reviewer"), 0),
    (("user", "password"), ("{site}", "a", "--link"), 0),
    (("user", "revoke"), ("{site}", "a"), 0),
    (("user", "disable"), ("{site}", "a"), 0),
    (("user", "enable"), ("{site}", "a"), 0),
    (("user", "log"), ("{site}",), 0),
)
# Seconds each: `make prove no_network`.
LONG: tuple[tuple[tuple[str, ...], tuple[str, ...], int | str], ...] = (
    (("decide", "reject"), ("{site}", *AUTHOR, "--plate", "LOAD_0002"), 0),
    (("decide", "repeat"), ("{site}", *AUTHOR, "--plate", "LOAD_0003"), 0),
    (("decide", "sign"), ("{site}", *AUTHOR, "--plate", "LOAD_0001"), "SignInRefused"),
    (("decide", "keep"), ("{site}", *AUTHOR, "--plate", "LOAD_0004", "--cause", "review", "--rule", "r"), "UsageError"),
    (("decide", "release"), ("{site}", *AUTHOR, "--plate", "LOAD_0004"), "UsageError"),
    (("validate",), ("{site}", "--panel", "human-cytokine-7plex"), 0),
    (("verify",), ("{site}",), 0),
    (("preview",), ("{site}",), 6),
    (("reprocess",), ("{site}", "--all", "--engine", "plain"), 6),  # with Prefect: tests/flows/test_prefect_night.py
    (("backup",), ("{site}", "-o", "{out}/long.tar"), 0),
    (("restore",), ("{out}/long.tar", "-o", "{out}/restored"), 0),
    (("rebuild",), ("{site}", "-o", "{out}/rebuilt"), 0),
    (("release", "open"), ("{night}", "{site}", "-o", "{out}/then.duckdb"), 0),
    (("simulate",), ("{out}/simulated",), 0),
    (("study", "null"), (), 0),
)


@pytest.fixture(scope="module")
def places(eight_plates: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("alone")
    site = Path(shutil.copytree(eight_plates, folder / "site", symlinks=True))
    (folder / "plate.csv").write_bytes(render_plate(example_plate(3)))
    (folder / "labs.csv").write_text("mrn,test,value,unit,collected_at\nM1,CRP,5,mg/L,2026-01-01 08:00\n")
    files = {"plate": str(folder / "plate.csv"), "labs": str(folder / "labs.csv")}
    return files | {"site": str(site), "out": str(folder), "night": (site / "releases" / "current").readlink().name}


def _run(words: tuple[str, ...], arguments: tuple[str, ...], places: dict[str, str], heard: Heard) -> int | str:
    """How the command ended."""
    told = [["--site", places["site"]] if one == "{site}" else [one.format(**places)] for one in arguments]
    with heard.listening(), chdir(places["out"]):
        done = CliRunner().invoke(commands, [*words, *(word for each in told for word in each)])
    return done.exit_code if isinstance(done.exception, SystemExit | None) else type(done.exception).__name__


def test_no_command_tries_to_leave_the_machine(places: dict[str, str], heard: Heard) -> None:
    ended = {" ".join(words): _run(words, arguments, places, heard) for words, arguments, _ in ROWS}
    assert ended == {" ".join(words): code for words, _, code in ROWS}
    assert heard.attempts == []


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_no_network_of_commands_that_take_long(places: dict[str, str], heard: Heard) -> None:
    ended = {" ".join(words): _run(words, arguments, places, heard) for words, arguments, _ in LONG}
    assert ended == {" ".join(words): code for words, _, code in LONG}
    assert heard.attempts == []


def test_no_command_is_forgotten() -> None:
    context = click.Context(commands)
    named: set[tuple[str, ...]] = set()
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        below = list(command.commands) if isinstance(command, click.Group) else []
        named |= {(name, each) for each in below} or {(name,)}
    assert named - {words for words, _, _ in (*ROWS, *LONG)} == AS_PROCESSES


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_an_attempt_to_leave_is_heard_and_one_to_this_machine_is_let_through(host: str, heard: Heard) -> None:
    with heard.listening(), pytest.raises(OSError, match="no network in this test"):
        socket.create_connection((host, 80), 1)
    assert [host in attempt for attempt in heard.attempts] == [True]
    heard.attempts.clear()
    with socket.socket() as server, heard.listening():
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), 5).close()
    assert heard.attempts == []
