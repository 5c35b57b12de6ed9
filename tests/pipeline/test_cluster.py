"""A Dask cluster beside a night: what its workers do is what the night would have done, and nobody else can ask them anything."""

from __future__ import annotations

import hashlib
import operator
import os
import signal
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

import warehouse
from pbis.config import Site, load_site
from pbis.core.errors import ConfigError
from pbis.packages import HOME
from pbis.pipeline import child, cluster, cluster_task
from pbis.pipeline.archive import archived_path
from pbis.pipeline.cluster import Cluster, crew_for, require_cluster, unlike
from pbis.pipeline.context import NightOptions
from pbis.pipeline.crew import Crew
from pbis.pipeline.new_site import write_site
from pbis.pipeline.packed import packed
from pbis.pipeline.plates import Desk, Tools
from pbis.pipeline.reading import read_ahead, read_carried
from pbis.pipeline.settings import load_settings
from pbis.pipeline.shards import fit
from pbis.pipeline.stages import PlateJob
from pbis.simulate import example_plate, render_plate

ASK = operator.call  # a worker's task: the tools are called with what is given
LOOPBACK = ("0100007F", "00000000000000000000000001000000")  # 127.0.0.1 and ::1, as /proc/net tells them
LISTENS = "0A"


def site_of(folder: Path, **knobs: str) -> Site:
    write_site(folder, name="small", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    file = folder / "site.toml"
    lines = file.read_text().splitlines()
    at = {line.partition(" =")[0]: n for n, line in enumerate(lines) if " = " in line}
    for knob, value in {"kind": '"dask"', **knobs}.items():
        lines[at[knob]] = f"{knob} = {value}"
    file.write_text("\n".join(lines))
    return load_site(folder)


def asked(crew: Crew, *expressions: str) -> list[object]:
    """What workers say to each, in order; 'here' where they left it to this process."""
    ahead = crew.ahead(ASK, expressions)
    return [ahead.take(lambda: "here") for _ in expressions]


def below(process: int) -> list[int]:
    """The process and all that it started, as the system lists them."""
    found = []
    with suppress(OSError):
        lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
        found = [one for text in lists for child in text.split() for one in below(int(child))]
    return [process, *found]


def is_local_cluster(process: int) -> bool:
    """Whether the process runs, and holds the cluster of a night."""
    with suppress(OSError):
        return b"pbis.pipeline.cluster_local" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def listening(processes: Iterable[int]) -> list[tuple[str, int]]:
    """(address, port) at which they can be called."""
    sockets = set()
    for process in processes:
        with suppress(OSError):
            for path in Path(f"/proc/{process}/fd").iterdir():
                with suppress(OSError):
                    sockets.add(str(path.readlink()))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENS and f"socket:[{words[9]}]" in sockets:
                address, _, port = words[1].partition(":")
                found.append((address, int(port, 16)))
    return found


def is_shown(port: int, page: str) -> bool:
    """Whether the port gives the page to somebody who has no certificate."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=60) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):  # it is refused, or the port speaks TLS
        return False


def test_the_life_of_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    with crew_for(site_of(tmp_path / "site", workers="1")) as crew:
        crew.begin(eval, is_worth_it=True)
        assert (crew.is_at_work, crew.is_near, crew.said) == (True, False, ())
        assert isinstance(crew, Cluster)
        # workers answer in the order in which they were asked; what they cannot do is left to this process
        slow_first = ["__import__('time').sleep(0.2) or 0", *map(str, range(1, 8)), "1 / 0", "lambda: 0", "9"]
        assert asked(crew, *slow_first) == [*range(8), "here", "here", 9]
        parent, me = asked(crew, "__import__('os').getppid()", "__import__('os').getpid()")
        assert isinstance(parent, int)
        assert os.getpid() not in (parent, me)
        # all that it writes lies in one folder, which goes with it, or with the next night where it was killed
        (own,) = scratch.iterdir()
        assert own.name.startswith("pbis-dask-")
        # what no worker of a night may have
        engines = "[name for name in ('prefect', 'great_expectations') if name in __import__('sys').modules]"
        deaf = "__import__('signal').getsignal(2) == __import__('signal').SIG_IGN"
        umask = "(lambda was: (__import__('os').umask(was), was)[1])(__import__('os').umask(0))"
        assert asked(crew, engines, deaf, umask) == [[], True, 0o077]
        # what Dask has a worker do by itself, at a cost
        watched = "'profile' in __import__('distributed').get_worker().periodic_callbacks"
        trimmed = "__import__('os').environ.get('MALLOC_TRIM_THRESHOLD_')"
        assert asked(crew, watched, trimmed) == [False, None]
        # nobody reaches it from outside, and none of its pages is served
        places = listening(below(parent))
        assert len(places) >= 3  # the scheduler, a worker, what watches over it
        assert [place for place in places if place[0] not in LOOPBACK] == []
        pages = (
            "/info/main/workers.html",
            "/json/counts.json",
            "/health",
            "/metrics",
            "/status",
            "/info/main/logs.html",
        )
        assert [(port, page) for _, port in places for page in pages if is_shown(port, page)] == []
        # a worker that is killed in the middle: it is started again, and does its piece again
        flag = tmp_path / "was killed"
        kill = f"(lambda p: p.exists() or (p.touch(), __import__('os').kill(__import__('os').getpid(), 9)))(__import__('pathlib').Path({str(flag)!r}))"
        assert asked(crew, kill, "5") == [True, 5]
        assert crew.said == ()
        # the cluster is lost as a whole: this process does the rest, and says so
        ahead = crew.ahead(ASK, ["__import__('time').sleep(600)", "6"])
        ahead.begin()
        os.killpg(os.getpgid(parent), signal.SIGKILL)
        assert [ahead.take(lambda: "here"), ahead.take(lambda: "here")] == ["here", "here"]
        (note,) = crew.said
        assert "was lost in the middle of this night" in note


def test_a_cluster_that_stands_still_is_given_up_and_holds_no_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with crew_for(site_of(tmp_path / "site", workers="1")) as crew:
        crew.begin(eval, is_worth_it=True)
        ahead = crew.ahead(ASK, ["__import__('time').sleep(600)", "6"])
        ahead.begin()
        (parent,) = (one for one in below(os.getpid()) if is_local_cluster(one))
        os.kill(parent, signal.SIGSTOP)
        for module, name in (
            (cluster, "_REACH_S"),
            (cluster, "_NOBODY_S"),
            (cluster, "_PATIENCE_S"),
            (child, "_PATIENCE_S"),
        ):
            monkeypatch.setattr(module, name, 1.0)
        assert [ahead.take(lambda: "here"), ahead.take(lambda: "here")] == ["here", "here"]
        (note,) = crew.said
        assert "was lost in the middle of this night" in note
    assert not is_local_cluster(parent)


def workers_below(parent: int) -> list[int]:
    """Processes of a cluster in which pieces are done."""
    return [one for one in below(parent)[1:] if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.parametrize("who", ["cluster", "worker", "worker at the end"])
def test_a_cluster_that_stands_still_at_its_start_or_end_holds_no_night(
    who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without being gone: what Dask asks all workers waits for them without a limit."""
    stopped: list[int] = []

    def stop(processes: list[int]) -> None:
        for one in processes:
            os.kill(one, signal.SIGSTOP)
        stopped.extend(processes)

    begin, place = cluster.start, Cluster._place

    def started(*given: Any, **more: Any) -> Any:
        process = begin(*given, **more)
        stop([process.pid])
        return process

    def placed(self: Cluster, dask: Any) -> Any:
        found = place(self, dask)
        monkeypatch.setattr(cluster, "_START_S", 2.0)
        assert self._process is not None
        stop(workers_below(self._process.pid))
        return found

    if who == "cluster":
        monkeypatch.setattr(cluster, "start", started)
    elif who == "worker":
        monkeypatch.setattr(Cluster, "_place", placed)
    for module, name in ((cluster, "_START_S"), (cluster, "_PATIENCE_S"), (child, "_PATIENCE_S")):
        monkeypatch.setattr(module, name, 60.0 if who != "cluster" and name == "_START_S" else 2.0)
    with crew_for(site_of(tmp_path / "site", workers="1")) as crew:
        crew.begin(eval, is_worth_it=True)
        assert asked(crew, "5") == [5]
        if who == "worker at the end":
            assert crew.said == ()
            (parent,) = (one for one in below(os.getpid()) if is_local_cluster(one))
            stop(workers_below(parent))
        else:
            (note,) = crew.said
            assert "within 2 s); processes of this machine helped the night instead" in note
    assert stopped
    assert [one for one in stopped if one in below(os.getpid())] == []


def test_a_plate_that_went_along_in_bytes_is_read_and_fitted_as_from_the_archive(
    tmp_path: Path, empty_warehouse: Path
) -> None:
    site = site_of(tmp_path)
    data = render_plate(example_plate(1, samples=4))
    run_id = hashlib.sha256(data).hexdigest()
    kept = archived_path(site.path("archive"), "plates", run_id)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(data)
    with closing(warehouse.connect(empty_warehouse, read_only=True)) as con:
        desk = Desk(warehouse.current_layouts(con), warehouse.current_lot_sheets(con), {})
    tools = Tools(site, load_settings(site), NightOptions(), {}, desk)
    job = PlateJob(run_id, "P1.csv", kept, None)
    near = read_ahead(tools, job)
    frames = fit(tools, [near])
    kept.unlink()
    brought = cluster_task.Bringing("tonight", packed(tools))
    brought.setup(None)
    like = cluster_task.likeness()

    def far(task: Callable[[Tools, Any], object], given: object) -> Any:
        return cluster_task.answer(cluster_task.done("tonight", like, cluster_task.ask(task, given)))

    (read,) = far(read_carried, (job, data))
    assert (read.order, read.identity, read.packed.unpacked().assay_id) == (
        near.order,
        near.identity,
        near.packed.unpacked().assay_id,
    )
    (fitted,) = far(fit, [read])
    assert fitted == frames
    assert far(read_ahead, job) is None  # it sees no archive
    assert far(read_carried, (job, None)) is None
    like = "another program"
    assert far(read_carried, (job, data)) is None
    like = cluster_task.likeness()
    brought.teardown(None)
    assert far(read_carried, (job, data)) is None


def test_a_night_without_its_cluster_is_helped_by_processes_and_says_so(tmp_path: Path) -> None:
    with crew_for(site_of(tmp_path, dask_address='"tcp://127.0.0.1:1"', workers="1")) as crew:
        crew.begin(eval, is_worth_it=True)
        assert asked(crew, "__import__('os').getpid()") not in ([os.getpid()], ["here"])
        (note,) = crew.said
    assert note.startswith("the Dask cluster tcp://127.0.0.1:1 is not to be had (ConnectionRefusedError")
    assert note.endswith("processes of this machine helped the night instead, with the same results")


def test_small_work_starts_no_cluster(tmp_path: Path) -> None:
    with crew_for(site_of(tmp_path)) as crew:
        crew.begin(eval, is_worth_it=False)
        assert (crew.is_at_work, crew.is_near, asked(crew, "1"), crew.said) == (False, True, ["here"], ())


@pytest.mark.parametrize(
    ("address", "certificates", "told"),
    [
        ("tls://10.0.0.7:8786", "", "needs dask_certificates"),
        ("tcp://10.0.0.7:8786", "", "another machine without TLS"),
        ("10.0.0.7:8786", "", "expected an address like tls://"),
        ("tls://scheduler", "", "expected an address like tls://"),
        ("tls://10.0.0.7:8786", "keys", "cert.pem, key.pem is missing"),
        ("tcp://127.0.0.1:8786", "", ""),
        ("tcp://[::1]:8786", "", ""),
        ("", "", ""),
    ],
)
def test_a_cluster_that_could_be_anybodys_is_refused_with_the_line(
    address: str, certificates: str, told: str, tmp_path: Path
) -> None:
    site = site_of(tmp_path, dask_address=f'"{address}"', dask_certificates=f'"{certificates}"')
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ca.pem").touch()
    if not told:
        return require_cluster(site)
    with pytest.raises(ConfigError, match=told) as refused:
        require_cluster(site)
    assert f"{tmp_path / 'site.toml'}, line " in str(refused.value)
    return None


def test_every_kind_of_file_of_the_program_is_in_what_two_processes_have_to_share() -> None:
    """A page holds a script too: where only that is another, the page is."""
    paths = [path for name in cluster_task._SOURCES for path in (HOME / name).rglob("*") if path.is_file()]
    kinds = {path.suffix for path in paths if path.parent.name != "__pycache__" and path.name != "py.typed"}
    assert kinds == set(cluster_task._KINDS)


def test_workers_that_would_compute_otherwise_are_told_by_the_first_thing_that_differs() -> None:
    mine = (("program", "a"), ("numpy", "2.4"))
    assert unlike(mine, {"tls://a:1": mine, "tls://b:1": mine}) == ""
    assert unlike(mine, {}) == "it has no worker"
    other = unlike(mine, {"tls://a:1": mine, "tls://b:1": (("program", "a"), ("numpy", "2.3"))})
    assert other.startswith("its worker tls://b:1 has another numpy than this machine")
    assert other.endswith("expected 2.4, found 2.3")
