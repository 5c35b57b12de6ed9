"""The night under Prefect, with its own server and no network: same results, a trail that people recognise, nothing private."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from planted_words import WORD, plant

import warehouse
from flows.server import end_orphan
from pbis.config import load_site
from pbis.core.withdrawn import Renamer
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.new_site import write_site
from pbis.pipeline.sweeping import sweep_state

HERE = Path(__file__).parent
PLATES = ("HCC7P_20250915_P01.csv", "HCC7P_20250916_P02.csv", "HCC7P_P07.csv")


@dataclass(frozen=True)
class Ran:
    """A finished night: its site, what it printed as JSON, its exit code, and connections that it tried to make."""

    root: Path
    outcome: dict[str, object]
    exit_code: int
    connections: str


def _site(root: Path, simulated: Path) -> Path:
    write_site(root, name="ward 7 laboratory", time_zone="Asia/Shanghai", cutoff_set="pbis-2025-il2-pgml")
    for name in PLATES:
        shutil.copy(simulated / "inbox" / "plates" / name, root / "inbox" / "plates")
    for kind in ("layouts", "specimens", "labs", "treatments", "linkage", "outcomes"):
        shutil.copytree(simulated / "inbox" / kind, root / "inbox" / kind, dirs_exist_ok=True)
    rows = (root / "inbox" / "specimens" / "specimens.csv").read_text().splitlines()
    plant(root / "inbox", PLATES[0], (rows[1].split(",")[1], rows[3].split(",")[1]))
    return root


def _night(root: Path, engine: str) -> Ran:
    log = root / "connections.txt"
    log.write_text("")
    path = os.pathsep.join([str(HERE / "no_network"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path, "NO_NETWORK_LOG": str(log)}
    call = [
        sys.executable,
        "-c",
        "from pbis.cli import main; main()",
        "night",
        "--site",
        str(root),
        "--engine",
        engine,
        "--json",
    ]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, timeout=250, check=False)
    assert done.stdout.startswith("{"), done.stderr
    return Ran(root, json.loads(done.stdout), done.returncode, log.read_text())


@pytest.fixture(scope="module")
def nights(simulated_inbox: Path, prefect_store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    folder = tmp_path_factory.mktemp("nights")
    shutil.copytree(prefect_store, folder / "prefect" / "state" / "prefect")
    return {engine: _night(_site(folder / engine, simulated_inbox), engine) for engine in ("plain", "prefect")}


def _hashes(ran: Ran) -> dict[str, str]:
    with warehouse.opened(load_site(ran.root).path("warehouse")) as con:
        return warehouse.result_hashes(con)


@pytest.fixture(scope="module")
def trail(nights: dict[str, Ran]) -> sqlite3.Connection:
    return sqlite3.connect(nights["prefect"].root / "state" / "prefect" / "prefect.db")


def test_both_engines_give_the_same_results(nights: dict[str, Ran]) -> None:
    assert _hashes(nights["plain"]) == _hashes(nights["prefect"])
    for ran in nights.values():
        assert (ran.outcome["plates_loaded"], ran.exit_code) == (4, 6)
    kept = [read_nights(ran.root / "state") for ran in nights.values()]
    assert [(each.last.plates["loaded"], each.last.exit_code, dict(each.counts)) for each in kept if each] == [
        (4, 6, {"done_with_refusals": 1})
    ] * 2


def test_an_archive_that_changed_stops_the_night_with_one_line_and_no_trace(
    nights: dict[str, Ran], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(nights["prefect"].root, tmp_path / "site", symlinks=True))
    path = next(p for p in (root / "archive" / "linkage").rglob("*") if p.is_file())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9])
    before = (root / "releases" / "current").readlink()
    call = [
        sys.executable,
        "-c",
        "from pbis.cli import main; main()",
        "night",
        "--site",
        str(root),
        "--engine",
        "prefect",
    ]
    done = subprocess.run(call, capture_output=True, text=True, timeout=250, check=False)
    said = [line for line in done.stderr.splitlines() if line.startswith("pbis: ")]
    assert (done.returncode, len(said)) == (7, 1), done.stderr
    assert f"{path.name}: the archived file was changed" in said[0]
    assert "Traceback" not in done.stderr
    assert "ERROR" not in done.stderr
    assert (root / "releases" / "current").readlink() == before
    told = sqlite3.connect(root / "state" / "prefect" / "prefect.db").execute("select message from flow_run_state")
    assert not any(path.name in (message or "") for (message,) in told)
    kept = read_nights(root / "state")
    assert kept is not None
    assert (kept.last.state, kept.last.error, kept.last.exit_code) == ("failed", "IntegrityError", 7)
    assert kept.done_at is not None


def test_nothing_leaves_the_machine(nights: dict[str, Ran]) -> None:
    assert {engine: ran.connections for engine, ran in nights.items()} == {"plain": "", "prefect": ""}


def test_the_guard_of_the_test_before_notices_a_connection(tmp_path: Path) -> None:
    log = tmp_path / "log"
    environment = os.environ | {"PYTHONPATH": str(HERE / "no_network"), "NO_NETWORK_LOG": str(log)}
    code = "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert "no network in this test" in done.stdout
    assert "192.0.2.1" in log.read_text()


def test_the_night_goes_on_past_a_refused_plate_and_ends_in_a_state_that_says_so(trail: sqlite3.Connection) -> None:
    ((kind, name),) = trail.execute("select state_type, state_name from flow_run").fetchall()
    assert kind == "COMPLETED"
    assert re.fullmatch(r"CompletedWithRefusals \([1-9]\d* open\)", name)


def test_a_person_recognises_the_run(trail: sqlite3.Connection) -> None:
    ((name,),) = trail.execute("select name from flow_run").fetchall()
    assert name.startswith("night of ward 7 laboratory, 20")
    tasks = {row[0] for row in trail.execute("select name from task_run")}
    assert {
        "collect",
        "import files",
        "read plates 1-7",
        "assay",
        "check",
        "score subjects",
        "list open items",
        "publish",
        "report index",
    } <= tasks
    assert "load plates" in tasks


def test_nothing_about_a_patient_or_a_file_is_in_prefect_s_store(
    nights: dict[str, Ran], trail: sqlite3.Connection, simulated_inbox: Path
) -> None:
    linkage = next((simulated_inbox / "inbox" / "linkage").iterdir()).read_text().splitlines()[1:]
    private = {cell for line in linkage for cell in line.split(",")[1:3]} | {
        name.removesuffix(".csv") for name in PLATES
    }
    assert len(private) > 300
    dump = "\n".join(trail.iterdump())
    assert len(dump) > 10_000
    assert sorted(word for word in private if word in dump) == []
    ((parameters,),) = trail.execute("select parameters from flow_run").fetchall()
    assert set(json.loads(parameters)) == {"site_dir"}


def test_no_word_of_a_cell_is_in_anything_that_prefect_keeps(nights: dict[str, Ran]) -> None:
    """More than seventy words in cells of free text, of files that were read, set aside in part and refused."""
    root = nights["prefect"].root
    with warehouse.opened(load_site(root).path("warehouse")) as con:
        (seen,) = con.execute("select count(*) from store.treatment where regimen like '%ZQX%'").fetchone() or (0,)
    assert seen
    kept = [path for path in sorted((root / "state" / "prefect").rglob("*")) if path.is_file()]
    assert {"prefect.db"} <= {path.name for path in kept}
    found = {path.name: set(WORD.findall(path.read_bytes().decode("latin-1"))) for path in kept}
    assert {name: words for name, words in found.items() if words} == {}


def test_names_of_a_subject_who_withdrew_are_blotted_from_prefect_s_store_which_stays_whole(
    nights: dict[str, Ran], tmp_path: Path
) -> None:
    """The program puts none there; whatever else may, finds a store in order."""
    shutil.copy(nights["prefect"].root / "site.toml", tmp_path)
    kept = Path(shutil.copytree(nights["prefect"].root / "state" / "prefect", tmp_path / "state" / "prefect"))
    columns = {"flow_run": "name", "task_run": "name", "flow_run_state": "message", "task_run_state": "message"}
    with closing(sqlite3.connect(kept / "prefect.db")) as con:
        for table, column in columns.items():
            con.execute(f"update {table} set {column} = 'P1263 of ' || substr(coalesce({column}, ''), 1, 9)")
        con.commit()
        rows = {table: con.execute(f"select count(*) from {table}").fetchone() for table in columns}
        assert con.execute("select count(*) from flow_run where name like 'P1263%'").fetchone() == rows["flow_run"]
    rename = Renamer(b"key", frozenset({"P1263"}))
    sweep_state(load_site(tmp_path), rename)
    for path in kept.rglob("*"):
        assert path.is_dir() or b"P1263" not in path.read_bytes(), path
    with closing(sqlite3.connect(kept / "prefect.db")) as con:
        assert con.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert {table: con.execute(f"select count(*) from {table}").fetchone() for table in columns} == rows
        for table, column in columns.items():
            (count,) = con.execute(
                f"select count(*) from {table} where {column} like ?", (f"{rename('P1263')} of %",)
            ).fetchone()
            assert (count,) == rows[table]


def test_a_killed_night_s_server_is_ended_by_the_next(nights: dict[str, Ran]) -> None:
    root = nights["prefect"].root
    call = [
        sys.executable,
        "-c",
        "from pbis.cli import main; main()",
        "night",
        "--site",
        str(root),
        "--engine",
        "prefect",
    ]
    killed = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    note = root / "state" / "prefect" / "server.pid"
    note.unlink()
    while not note.exists() or len(note.read_text().split()) < 2:
        assert killed.poll() is None
        time.sleep(0.05)
    server = int(note.read_text().split()[1])
    killed.kill()
    killed.wait()
    assert Path(f"/proc/{server}").exists()
    _require_closed(server)
    assert end_orphan(root / "state" / "prefect")
    for _ in range(200):
        if not _is_running(server):
            break
        time.sleep(0.05)
    assert not _is_running(server)
    assert not end_orphan(root / "state" / "prefect")


def _require_closed(server: int) -> None:
    """Nobody without the night's password gets an answer, and the password stands in no argument, which everybody can read."""
    words = Path(f"/proc/{server}/cmdline").read_text().split("\0")
    environment = dict(line.partition("=")[::2] for line in Path(f"/proc/{server}/environ").read_text().split("\0"))
    secret = environment["PREFECT_SERVER_API_AUTH_STRING"]
    assert len(secret.partition(":")[2]) > 30
    assert not any(secret.partition(":")[2] in word for word in words)
    url = f"http://127.0.0.1:{words[words.index('--port') + 1]}/api/admin/version"
    with pytest.raises(HTTPError) as refused:
        urlopen(url, timeout=30)
    refused.value.close()
    assert refused.value.code == 401
    known = {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
    with urlopen(Request(url, headers=known), timeout=30) as answer:
        assert answer.status == 200


def _is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "\tZ" not in status.read_text()
