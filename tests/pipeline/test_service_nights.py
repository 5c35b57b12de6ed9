"""Thirty nights of a service with two workers and a lake, from a seed: what a night stands on goes away, and nothing is lost on the way.

A worker is killed in the middle of a night, PostgreSQL is restarted while a night is at the lake or is away for all of it, the disk is full,
the night itself is killed, also while its release goes into the lake. Some nights run by a Prefect server, which is killed or ended and started
again as the night begins or in the middle of it: their results are those of a copy of the site whose night runs without one. Then what holds
for a laboratory without all that (tests/lived_nights.py) holds here too, and the lake has every release of the ledger once, each of its files as
the release's manifest has it.
"""

from __future__ import annotations

import random
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from forked_nights import Answer, Asked
from lake_site import lake_has_each_release_once, with_knobs, with_new_lake
from lived_nights import Laboratory, clocks, files_are_kept, readings_are_told
from operations import OF_THE_LAKE
from postgres import PostgresServer
from prefect_server import WORD, PrefectServer, prefect_server
from small_site import put_labs, put_patients, put_plate, write_small_site
from undisturbed import Forked, copied

import warehouse
from flows.away import went_away, without_it
from pbis.config import Site, load_site
from pbis.pipeline.lake import bring_now
from pbis.pipeline.verifying import verify

PLATES = 8  # two a day, so that there is something to share
WAYS = ("quiet", "worker", "worker", "restart", "restart", "away", "full", "full", "kill", "kill")
MOMENTS = ("duckdb attach", "duckdb commit", "duckdb close")  # of a night at its lake
OPERATIONS = (40, 120, 360)  # the last of a night with a plate and a lake
SERVED = {  # night -> when its Prefect server goes away, and by what
    6: ("server before", signal.SIGKILL),
    12: ("server amid", signal.SIGTERM),
    18: ("server before", signal.SIGTERM),
    24: ("server amid", signal.SIGKILL),
}
AMID = 45  # operations of the shortest night: looking, importing and ending


@contextmanager
def restarting(postgres: PostgresServer, call: Path) -> Iterator[None]:
    """PostgreSQL loses its power and comes again whenever the file is there."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.01):
            if call.exists():
                postgres.stop()
                postgres.start()
                call.unlink()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


@contextmanager
def going_away(server: PrefectServer, by: signal.Signals, call: Path) -> Iterator[None]:
    """The server ends when the file is there, and is started again, which takes longer than the night waits here."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.01):
            if call.exists():
                server.stop(by)
                server.start()
                call.unlink()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
        server.wait()


@contextmanager
def without(postgres: PostgresServer) -> Iterator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


@dataclass
class Service(Laboratory):
    """postgres: holds the catalogue of its lake; server: by which some nights run; alone: site.toml without a lake and a server; call: the file
    by which a night asks for a restart; late: nights after which the lake lacked a release; said: by nights, of the server."""

    postgres: PostgresServer | None = None
    server: PrefectServer | None = None
    alone: str = ""
    call: Path = Path()
    late: int = 0
    said: list[str] = field(default_factory=list)

    def new_plate(self, inbox: Path) -> None:
        """Two of them."""
        if self.plates < PLATES:
            both = [self.plates + 1, self.plates + 2]
            self.plates += 2
            for number in both:
                put_plate(inbox, number)
            put_patients(inbox, both)
            put_labs(inbox, both, f"labs_{self.plates}.csv")

    def drawn(self) -> tuple[str, Asked]:
        way, at = self.rng.choice(WAYS), self.rng.randint(1, self.rng.choice(OPERATIONS))
        root, moment = str(self.site.root), self.rng.choice(MOMENTS) + OF_THE_LAKE
        if self.night in SERVED:
            way = SERVED[self.night][0]
            act = "call" if way == "server amid" else ""
            return way, Asked(root, "", act, 1 + at % AMID, call=str(self.call), word=WORD)
        if way == "restart":
            return way, Asked(root, "", "call", 1, since=moment, call=str(self.call))
        if way in ("kill", "full") and self.rng.random() < 0.4:
            return way, Asked(root, "", way, 1, since=moment)
        return way, Asked(root, "", "" if way in ("quiet", "away") else way, 1 if way == "worker" else at)

    def gone(self, forked: Forked, way: str, asked: Asked) -> Answer:
        assert self.postgres is not None
        if way == "away":
            with without(self.postgres):
                return forked(asked)
        if self.night in SERVED:
            return self.served(forked, way, asked)
        with restarting(self.postgres, self.call):
            return forked(asked)

    def served(self, forked: Forked, way: str, asked: Asked) -> Answer:
        """The night by the server, and beside it on a copy without one: results are the same."""
        assert self.server is not None
        twin = copied(self.site.root, self.call.with_name(f"twin {self.night}"))
        (twin.root / "site.toml").write_text(self.alone)
        coming = shutil.copytree(asked.coming, self.call.with_name(f"coming {self.night}"))
        quiet = forked(replace(asked, root=str(twin.root), coming=str(coming), act="", word=""))
        by = SERVED[self.night][1]
        if way == "server before":
            self.server.stop(by)
            self.server.start()
        with going_away(self.server, by, self.call):
            answer = forked(asked)
        assert (answer.status, answer.state, answer.refused) == (quiet.status, quiet.state, quiet.refused), answer
        assert results(self.site) == results(load_site(twin.root))
        told = [note for note in answer.notes if "Prefect" in note]
        assert told in ([], [without_it(self.server.url)], [went_away(self.server.url)])
        self.said += told
        return answer

    def judge(self, way: str, answer: Answer) -> None:
        told = (self.night, way, answer)
        may = {"kill": (0, -9), "full": (0, 1, 8)}.get(way, (0,))
        assert answer.status in may, told
        codes = {"quiet": (0,), "worker": (0,), "kill": (0,), "away": (8,)}.get(way, (0, 8))
        assert answer.lake_code in (codes if answer.status == 0 else (0,)), told
        self.late += answer.lake_code == 8
        how = "stopped" if answer.status else "lake late" if answer.lake_code else "to its end"
        self.ends[f"{way}: {how}{', disturbed' if answer.was_disturbed else ''}"] += 1


def results(site: Site) -> dict[str, str]:
    with warehouse.opened(site.path("warehouse")) as con:
        return warehouse.result_hashes(con)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
def test_service_of_thirty_nights_in_which_what_it_stands_on_goes_away(
    seed: int, forked: Forked, postgres: PostgresServer, prefect_store: Path, tmp_path: Path
) -> None:
    site = with_knobs(write_small_site(tmp_path / "site", 0), workers="2", shard_size="1")
    alone = (site.root / "site.toml").read_text()
    with prefect_server(prefect_store, tmp_path / "prefect") as server:
        site = with_knobs(site, prefect_api_url=f'"{server.url}"')
        site = with_new_lake(site, postgres, tmp_path / "lake")
        lab = Service(
            site, random.Random(seed), postgres=postgres, server=server, alone=alone, call=tmp_path / "restart"
        )
        for now in clocks():
            lab.run(forked, now, tmp_path / "coming")
            lab.decide(now + timedelta(hours=9))
        completed = [state for state in server.states() if state.startswith("Completed")]
        assert len(completed) + len(lab.said) == len(SERVED), server.states()
        print(server.states(), lab.said)
    end = clocks()[-1] + timedelta(days=1)
    last = forked(Asked(str(site.root), end.isoformat()))
    assert (last.status, last.lake) == (0, ""), last
    assert verify(site, None, lambda: end + timedelta(days=1)).faults == []
    print(
        dict(sorted(lab.ends.items())), lab.plates, "plates", lake_has_each_release_once(site), "releases in the lake"
    )
    assert [path for path in site.path("inbox").rglob("*") if path.is_file()] == []
    files_are_kept(lab)
    readings_are_told(site)
    for what in ("server before: to its end", "server amid: to its end, disturbed"):
        assert any(end.startswith(what) for end in lab.ends), f"no night of this seed went so: {what}"
    for what in ("worker: to its end, disturbed", "restart: lake late, disturbed", "away: lake late", "kill: stopped"):
        assert lab.ends[what], f"no night of this seed went so: {what}"
    assert any(lab.ends[f"full: {how}, disturbed"] for how in ("stopped", "lake late"))


@pytest.mark.prove
def test_a_release_whose_postgres_is_restarted_before_it_is_committed_comes_with_the_next_call_once(
    eight_plates: Path, forked: Forked, postgres: PostgresServer, tmp_path: Path
) -> None:
    """A true release; the suite asks the same of a small one (tests/warehouse/test_lake.py)."""
    shutil.copytree(eight_plates, tmp_path / "site", symlinks=True)
    site = with_new_lake(load_site(tmp_path / "site"), postgres, tmp_path / "lake")
    call = tmp_path / "restart"
    with restarting(postgres, call):
        asked = Asked(
            str(site.root), "2026-01-06T03:00", "call", 1, since=f"duckdb commit{OF_THE_LAKE}", call=str(call)
        )
        answer = forked(asked)
    assert (answer.status, answer.state, answer.was_disturbed, answer.lake_code) == (0, "nothing_new", True, 8)
    assert "the next night or pbis release lake brings it" in answer.lake
    assert bring_now(site).brought == ("2026-01-05-1",)
    assert bring_now(site).brought == ()
    assert lake_has_each_release_once(site) == 1
