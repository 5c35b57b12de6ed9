"""The process that computes for the desk: it answers as the desk itself would, and the desk goes on without it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbis.core.errors import PbisError, SiteBusy
from pbis.desk.apart import Apart, apart
from pbis.pipeline.at_once import compute_now
from pbis.pipeline.lock import NIGHT, Turn, lock_holder, site_lock
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import utc_clock

NOBODY: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def process() -> Iterator[Apart]:
    with apart() as one:
        yield one


@pytest.fixture(scope="module")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("apart") / "site"
    write_site(root, name="lab", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return root


def told(compute: Apart, root: Path) -> tuple[type[PbisError], str]:
    with pytest.raises(PbisError) as error:
        compute(root, NOBODY, utc_clock)
    return type(error.value), str(error.value)


def test_it_computes_in_a_process_of_its_own_that_stays(process: Apart, new_site: Path) -> None:
    assert process.process is not None
    first = process.process.pid
    made = process(new_site, NOBODY, utc_clock)
    assert made.release == (new_site / "releases" / "current").resolve().name
    assert process.process.pid == first != os.getpid()
    assert (new_site / "state" / "lock").read_text() == f"{first} desk\n"
    assert lock_holder(new_site / "state") is None


def test_what_a_person_mends_is_told_as_the_desk_would_tell_it(process: Apart, new_site: Path, tmp_path: Path) -> None:
    with pytest.raises(PbisError) as here:
        compute_now(tmp_path, NOBODY, utc_clock)
    assert told(process, tmp_path) == (type(here.value), str(here.value))
    with site_lock(new_site / "state", Turn(NIGHT)):
        assert told(process, new_site)[0] is SiteBusy


def test_the_desk_computes_itself_where_the_process_was_killed_and_starts_another(tmp_path: Path) -> None:
    with apart() as one:
        assert one.process is not None
        first = one.process
        first.kill()
        first.wait(60)
        with pytest.raises(PbisError, match=r"site\.toml"):
            one(tmp_path, NOBODY, utc_clock)
        one.begin()
        assert one.process is not first


def test_a_clock_that_only_the_desk_has_is_asked_by_the_desk(process: Apart, tmp_path: Path) -> None:
    with pytest.raises(PbisError, match=r"site\.toml"):
        process(tmp_path, NOBODY, lambda: utc_clock())
