"""Workers beside a night: what they do is what the night would have done, what they cannot do it does itself, and they never outlive it."""

from __future__ import annotations

import operator
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked_nights import Asked
from processes import command_of, workers_of
from small_site import write_small_site
from undisturbed import TONIGHT, Forked, Left, copied, left_of

from pbis.config import Site
from pbis.pipeline.crew import Crew, Workers, crew_of

PATIENCE_S = 60.0
ASK = operator.call  # a worker's task: the tools are called with what is given


def until(holds: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.01)


@pytest.fixture(scope="module")
def crew() -> Iterator[Workers]:
    """Two workers whose tool is Python itself."""
    with crew_of(2) as found:
        assert isinstance(found, Workers)
        found.begin(eval, is_worth_it=False)
        assert found.is_at_work
        yield found
        assert found.lost == 0


def asked(crew: Crew, *expressions: str) -> list[object]:
    """What workers say to each, in order; 'here' where they left it to this process."""
    ahead = crew.ahead(ASK, expressions)
    return [ahead.take(lambda: "here") for _ in expressions]


def test_pieces_come_back_in_their_order_from_other_processes(crew: Workers) -> None:
    slow_first = ["__import__('time').sleep(0.2) or 0", *map(str, range(1, 20))]
    assert asked(crew, *slow_first) == list(range(20))
    pids = set(asked(crew, *["__import__('time').sleep(0.05) or __import__('os').getpid()"] * 6))
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_what_a_worker_cannot_do_or_send_is_done_here_and_again_where_that_stumbles(crew: Workers) -> None:
    ahead = crew.ahead(ASK, ["1 / 0", "lambda: 0", "3"], 1)
    with pytest.raises(OSError, match="stumbled"):
        ahead.take(lambda: stumbled())
    assert [ahead.take(lambda: "again"), ahead.take(lambda: "here"), ahead.take(lambda: 0)] == ["again", "here", 3]
    assert ahead.take(lambda: "beyond") == "beyond"
    unpackable = crew.ahead(lambda *_: 0, ["0"])
    assert unpackable.take(lambda: "here") == "here"


def stumbled() -> str:
    raise OSError("stumbled")


def test_a_worker_is_private_deaf_to_ctrl_c_and_knows_neither_engine_nor_warehouse(crew: Workers) -> None:
    engines = "[name for name in ('prefect', 'great_expectations') if name in __import__('sys').modules]"
    deaf = "__import__('signal').getsignal(2) == __import__('signal').SIG_IGN"
    umask = "(lambda was: (__import__('os').umask(was), was)[1])(__import__('os').umask(0))"
    files = "[__import__('os').path.realpath(path) for path in __import__('glob').glob('/proc/self/fd/*')]"
    *known, opened = asked(crew, engines, deaf, umask, files)
    assert known == [[], True, 0o077]
    assert isinstance(opened, list)
    assert opened
    assert [path for path in opened if "duckdb" in path] == []


def test_what_a_killed_worker_was_at_is_done_here() -> None:
    with crew_of(2) as crew:
        crew.begin(eval, is_worth_it=True)
        pieces = asked(crew, "__import__('os').kill(__import__('os').getpid(), 9)", *map(str, range(20)))
        assert crew.lost == 1
        assert pieces == ["here", *range(20)]  # the other one works on
        assert asked(crew, "__import__('os')._exit(1)", "1", "2") == ["here"] * 3
        assert crew.lost == 2


def test_small_work_starts_nobody_unless_a_person_asked_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbis.pipeline.crew.cores", lambda: 8)
    with crew_of(0) as by_itself, crew_of(1) as alone:
        for crew in (by_itself, alone):
            crew.begin(eval, is_worth_it=crew is alone)
            assert not crew.is_at_work
            assert asked(crew, "1") == ["here"]


def test_workers_end_with_a_night_that_is_killed() -> None:
    script = (
        "import time; from pbis.pipeline.crew import crew_of\n"
        "with crew_of(2) as crew: crew.begin(eval, is_worth_it=True); print('up', flush=True); time.sleep(600)"
    )
    night = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert night.stdout is not None
        night.stdout.readline()
        until(lambda: len(workers_of(night.pid)) == 3, "two workers and the process that they are forked from")
        started = workers_of(night.pid)
    finally:
        night.kill()
        night.communicate()
    until(lambda: not any(map(command_of, started)), "no worker is left")


@pytest.fixture(scope="module")
def arrived(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site before its first night, with two plates in its inbox and a file that is no plate."""
    site = write_small_site(tmp_path_factory.mktemp("arrived") / "site", 2)
    site.path("warehouse").parent.mkdir()
    shutil.copy(empty_warehouse, site.path("warehouse"))
    (site.path("inbox") / "plates" / "junk.csv").write_bytes(b"dear lab, the plate follows\n" * 50)
    return site


def with_workers(arrived: Site, folder: Path, workers: int, kind: str = "processes") -> Site:
    site = copied(arrived.root, folder / "site")
    file = site.root / "site.toml"
    text = file.read_text().replace("\nworkers = 0", f"\nworkers = {workers}")
    file.write_text(text.replace('\nkind = "processes"', f'\nkind = "{kind}"'))
    return site


@pytest.fixture(scope="module")
def alone(arrived: Site, forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """What the night leaves that does all its work itself."""
    site = with_workers(arrived, tmp_path_factory.mktemp("alone"), 1)
    answer = forked(Asked(str(site.root), TONIGHT))
    assert (answer.state, answer.refused) == ("done_with_refusals", ["junk.csv"])
    return left_of(site)


PROVED = [
    pytest.param(kind, many, marks=pytest.mark.prove)
    for kind, many in (*(("processes", n) for n in (2, 3, 8)), *(("dask", n) for n in (2, 4)))
]


@pytest.mark.parametrize(("kind", "workers"), [("processes", 4), ("dask", 1), *PROVED])
def test_a_night_leaves_the_same_for_any_kind_and_number_of_workers(
    kind: str, workers: int, arrived: Site, alone: Left, forked: Forked, tmp_path: Path
) -> None:
    site = with_workers(arrived, tmp_path, workers, kind)
    answer = forked(Asked(str(site.root), TONIGHT))
    assert (answer.state, answer.refused) == ("done_with_refusals", ["junk.csv"])
    assert [note for note in answer.notes if "worker" in note or "cluster" in note] == []
    assert left_of(site) == alone


def test_a_night_whose_workers_are_killed_does_their_work_and_says_so(
    arrived: Site, alone: Left, forked: Forked, tmp_path: Path
) -> None:
    site, ended = with_workers(arrived, tmp_path, 2), []

    others = workers_of(os.getpid())  # of tests before this one

    def kill() -> None:
        until(lambda: len(workers_of(os.getpid())) > len(others), "a worker")
        ended.append(next(worker for worker in workers_of(os.getpid()) if worker not in others))
        os.killpg(ended[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    answer = forked(Asked(str(site.root), TONIGHT))
    killer.join()
    assert (answer.state, len(ended)) == ("done_with_refusals", 1)
    assert [note for note in answer.notes if note.startswith("2 workers of this night ended before it did")], (
        answer.notes
    )
    assert left_of(site) == alone


def test_ctrl_c_ends_the_night_and_its_workers(arrived: Site, tmp_path: Path) -> None:
    site = with_workers(arrived, tmp_path, 2)
    command = [sys.executable, "-m", "pbis", "night", "--site", str(site.root), "--engine", "plain"]
    night = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    until(lambda: len(workers_of(night.pid)) == 3 or night.poll() is not None, "workers")
    started = workers_of(night.pid)
    os.killpg(night.pid, signal.SIGINT)  # as a terminal does: to all of the foreground
    assert night.wait(PATIENCE_S) == 130
    assert len(started) == 3
    until(lambda: not any(map(command_of, started)), "no worker is left")
