"""`pbis desk` and `pbis user` as processes: ready, ended, refused, and accounts on the machine itself."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbis.pipeline.new_site import write_site

GOOD = "seven brown owls asleep\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "site"
    write_site(folder, name="lab", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return folder


def pbis(*words: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pbis", *words], input=said, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def running(site: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A desk as its own process, its address, and what it said next."""
    words = [sys.executable, "-m", "pbis", "desk", "--site", site, "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        yield process, address, process.stdout.readline()
        process.kill()


def test_a_desk_is_ready_alone_and_ends_well(running: tuple[subprocess.Popen[str], str, str], site: Path) -> None:
    process, address, first = running
    assert re.fullmatch(rf"There is no account yet\. .*: {address}/welcome\?link=[\w-]{{43}}\n", first)
    with urllib.request.urlopen(f"{address}/health", timeout=30) as answer:
        assert answer.status == 200
    second = pbis("desk", "--site", site, "--port", "0")
    assert second.returncode == 5
    assert f"another desk serves this site at {address} (process {process.pid})" in second.stderr
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    assert "GET /health 200" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_desk_that_has_just_said_where_it_is_can_be_ended(site: Path, name: str) -> None:
    words = [sys.executable, "-m", "pbis", "desk", "--site", site, "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "The desk of" in process.stdout.readline()
        process.send_signal(getattr(signal, name))
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--host", "0.0.0.0"), "passwords would cross the network in the open"),
        (("--host", "192.0.2.1"), "passwords would cross the network in the open"),
        (("--tls-cert", __file__), "expected both files"),
        (("--behind-proxy", "http://desk.example.org"), "expected https://NAME"),
        (("--host", "0.0.0.0", "--tls-cert", __file__, "--tls-key", __file__), r"\[desk\] names"),
    ],
    ids=str,
)
def test_a_desk_that_others_could_listen_to_does_not_begin(
    words: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pbis.cli import commands
    from pbis.core.errors import ConfigError

    write_site(tmp_path / "s", name="lab", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    with pytest.raises(ConfigError, match=said) as refused:
        commands.main(["desk", "--site", str(tmp_path / "s"), "--port", "0", *words], standalone_mode=False)
    assert refused.value.exit_code == 4
    assert not (tmp_path / "s" / "state" / "desk.lock").exists()


def test_accounts_are_kept_on_the_machine_itself(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from pbis.cli.user import user

    folder = tmp_path / "s"
    write_site(folder, name="lab", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")

    def run(*words: str, said: str = "") -> str:
        done = CliRunner().invoke(user, [*words, "--site", str(folder)], input=said, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    run("add", "root", "--name", "The Admin", "--role", "admin", "--password-stdin", said=GOOD)
    assert re.search(
        r"/welcome\?link=[\w-]{43}$", run("add", "ben", "--name", "Ben", "--role", "viewer", "--link").strip()
    )
    assert run("role", "ben", "--role", "approver") == "account ben is approver from the next sign-in on\n"
    assert run("password", "ben", said=GOOD * 2).endswith("signed out everywhere\n")
    assert GOOD.strip() not in run("disable", "ben")
    assert run("revoke", "ben") == "ended 0 sessions of ben\n"
    found = json.loads(run("list", "--json"))["accounts"]
    assert [(each["account"], each["role"], each["is_disabled"]) for each in found] == [
        ("ben", "approver", True),
        ("root", "admin", False),
    ]
    run("enable", "ben")
    said = [re.split(r"  +", line)[1:] for line in run("log").splitlines()]
    assert [line[:2] for line in said][:2] == [["ben", "enabled"], ["ben", "disabled"]]
    assert all(line[2].endswith("of this machine") for line in said)
    assert re.search(r"^ben +approver +open +Ben$", run("list"), re.M)
