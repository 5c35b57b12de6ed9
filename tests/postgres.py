"""A PostgreSQL of the tests' own: real, in a folder of its own, reached by a socket in there, so that no port of the machine is taken.

initdb refuses root, so a root of tests hands it to an account that is nobody's; where that account may not write to /dev/null, as in some
containers, it gets a null device of its own in a mount namespace.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 120.0  # seconds until it must answer on the slowest machine
ACCOUNTS = ("postgres", "nobody")


def programs() -> Path | None:
    """Where initdb and postgres lie; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


class PostgresServer:
    """Started, stopped hard and started again; database(name) makes an empty one and says how it is reached."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="pbis-pg-", dir="/tmp"))
        self._as: dict[str, object] = {}
        self._before: list[str] = []
        if os.geteuid() == 0:
            self._step_down()
        self._run(
            "initdb",
            "-D",
            str(self.folder / "data"),
            "-A",
            "trust",
            "-U",
            "pbis",
            "--no-sync",
            "-E",
            "UTF8",
            "--no-locale",
        )
        self.start()

    def _step_down(self) -> None:
        account = next(pwd.getpwnam(name) for name in ACCOUNTS if name in {each.pw_name for each in pwd.getpwall()})
        os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        tried = subprocess.run(["sh", "-c", "echo x >/dev/null"], stderr=subprocess.PIPE, check=False, **self._as)
        if tried.returncode:
            self._as = {}
            null = self.folder / "null"
            own = f"test -e {null} || mknod -m 666 {null} c 1 3; mount --bind {null} /dev/null"
            down = f"setpriv --reuid {account.pw_uid} --regid {account.pw_gid} --clear-groups"
            self._before = ["unshare", "--mount", "sh", "-c", f'{own} && exec {down} "$@"', "sh"]

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [*self._before, str(self._bin / program), *words],
            capture_output=True,
            text=True,
            cwd=self.folder,
            **self._as,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Run it until it answers."""
        words = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [*self._before, str(self._bin / "postgres"), *words],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._as,
            )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "PostgreSQL does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        asked = [str(self._bin / "pg_isready"), "-q", "-h", str(self.folder), "-U", "pbis", "-d", "postgres"]
        return subprocess.run(asked, check=False).returncode == 0

    def stop(self) -> None:
        """As a machine that loses its power: every session ends where it is."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        self._process.wait(PATIENCE)

    def database(self, name: str) -> str:
        """An empty database; how libpq reaches it."""
        self._run("createdb", "-h", str(self.folder), "-U", "pbis", name)
        return f"dbname={name} host={self.folder} user=pbis"

    def end(self) -> None:
        """Stop it and leave nothing."""
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)
