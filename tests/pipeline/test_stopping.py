"""A ctrl-C that was dropped where Python ignores exceptions ends the night at its next piece of work, one in the middle of a question is no
defect, and a night that the system asks to end leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import children_of, command_of
from small_site import write_small_site

from pbis.pipeline.last_night import read_nights

LOST = """
import os, signal, sys
from pbis.pipeline.stopping import listen, stop_if_asked
listen()
class Dropping:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
stop_if_asked()
one = Dropping()
del one
print("went on")
try:
    stop_if_asked()
except KeyboardInterrupt:
    print("stopped")
"""


def test_an_interrupt_that_a_destructor_swallows_is_remembered() -> None:
    done = subprocess.run([sys.executable, "-c", LOST], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["went on", "stopped", ""]


ASKED = """
import os, signal, sys
from pbis.pipeline.stopping import end_after_step, stop_if_asked
end_after_step()
stop_if_asked()
os.kill(os.getpid(), getattr(signal, sys.argv[1]))
print("the step goes on")
try:
    stop_if_asked()
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_served_night_that_is_asked_to_end_ends_after_its_step(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", ASKED, name], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["the step goes on", "stopped", ""]


ASKING = """
import os, signal, sys, threading
from pathlib import Path
import duckdb
from pbis.pipeline.trace import defect
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    duckdb.connect(config={"threads": 1}).execute("select count(*) from range(10_000_000_000) where hash(range) % 7 = 3")
except Exception as error:
    print(type(error).__name__)
    try:
        defect(Path(sys.argv[1]), "labs.csv", error)
    except KeyboardInterrupt:
        print("stopped")
"""


def test_an_interrupt_in_the_middle_of_a_question_refuses_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASKING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split("\n") == ["RuntimeError", "stopped", ""], "as DuckDB tells it, and as it is"
    assert not list(tmp_path.iterdir()), "no trace of a defect"


WAITING = """
import os, signal, threading
from contextlib import nullcontext
import duckdb
from warehouse.interrupts import heard_at_once
signal.signal(signal.SIGINT, signal.default_int_handler)
LONG = "select sum(a.range * b.range) from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3"
con = duckdb.connect(config={"threads": 2})
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    with heard_at_once(con):
        con.execute(LONG).fetchall()
except (KeyboardInterrupt, RuntimeError, duckdb.InterruptException):
    print("stopped")
print(signal.set_wakeup_fd(-1), threading.active_count(), con.execute("select 1").fetchone())
"""


def test_a_question_that_other_threads_work_on_hears_a_ctrl_c() -> None:
    done = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split("\n") == ["stopped", "-1 1 (1,)", ""], "and nothing stays that listens"


HEARD = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the suite may run under nohup
signal.signal(signal.SIGINT, signal.default_int_handler)  # or behind an ampersand
from pbis.cli import main
main()
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_site(tmp_path_factory.mktemp("ended") / "site", plates=1).root


@pytest.mark.parametrize(
    ("engine", "name"), [("plain", "SIGTERM"), ("plain", "SIGHUP"), ("prefect", "SIGTERM"), ("prefect", "SIGINT")]
)
def test_a_night_that_the_system_asks_to_end_ends_as_by_ctrl_c(
    small: Path, tmp_path: Path, engine: str, name: str
) -> None:
    """A ctrl-C goes to all of the terminal's foreground, so to the server that Prefect started, too; the night waits for that no minute."""
    words = ["night", "--site", str(small), "--engine", engine, "--log-format", "json"]
    temporary, said = tmp_path / "temporary", tmp_path / "said"
    temporary.mkdir()
    with said.open("wb") as file:  # no pipe: what outlives the night would keep it open
        night = subprocess.Popen(
            [sys.executable, "-c", HEARD, *words],
            stderr=file,
            env=os.environ | {"TMPDIR": str(temporary)},
            start_new_session=True,
        )
    for _ in range(2400):
        if "night_begun" in said.read_text() or night.poll() is not None:
            break
        time.sleep(0.05)
    below = children_of(night.pid)
    if name == "SIGINT":
        os.killpg(night.pid, signal.SIGINT)
    else:
        night.send_signal(getattr(signal, name))
    assert night.wait(50) == 130, said.read_text()
    assert said.read_text().splitlines()[-1] == "stopped"
    assert said.read_text().count("night_begun") == 1, "it does not begin anew without the server"
    told = read_nights(small / "state")
    assert told is not None
    assert (told.last.state, told.last.exit_code, told.last.error) == ("stopped", 130, "KeyboardInterrupt")
    assert not [path.name for path in temporary.iterdir()], "nothing is left in the folder for temporary files"
    assert not (small / "state" / "night_at_work.json").exists(), "nobody tells that it was killed"
    assert (engine == "prefect") == bool(below)
    assert not any(map(command_of, below)), "the server that Prefect started for it has ended"
