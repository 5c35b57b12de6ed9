"""What killed nights and questions left half written is cleared away, and nothing that is not ours."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pbis.config import Site, load_site
from pbis.files.temporary import abandoned, temporary_folder
from pbis.pipeline.leftovers import sweep
from pbis.pipeline.new_site import write_site

HASH = "a" * 64
OURS = (
    "releases/.2026-01-05-1.partial/pbis.duckdb", f"archive/plates/aa/{HASH}.123.part", "reports/index.html.part",
    "reports/plates/P01-1.html.part", "state/unfinished.txt.part", "releases/2026-01-04-1/basis.sha256.part",
    "releases/2026-01-04-1/open_items.sha256.part",
    "warehouse/working.duckdb.tmp/duckdb_temp_storage_DEFAULT-0.tmp", "archive/.pbis-probe-999999999",
)  # fmt: skip
OTHERS = (
    "releases/.my-copy.partial/pbis.duckdb", "releases/2026-01-05-1.partial/x", "archive/plates/aa/notes.part",
    f"archive/plates/aa/{HASH}", "reports/index.html", "reports/mine.part", "state/mine.part", "inbox/plates/a.part",
    "warehouse/working.duckdb.tmp/mine", "quarantine/2026-01-05-1/plates/a.part", "archive/elsewhere/aa/x.part",
    f"archive/.pbis-probe-{os.getpid()}",
)  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    write_site(tmp_path / "s", name="a")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return load_site(tmp_path / "s")


def _dead() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_ours_go_in_one_sentence_and_everything_else_stays(site: Site) -> None:
    for name in (*OURS, *OTHERS):
        (site.root / name).parent.mkdir(parents=True, exist_ok=True)
        (site.root / name).write_bytes(b"x" * 100_000)
    (site.path("releases") / ".current.partial").symlink_to("2026-01-05-1")
    (said,) = sweep(site)
    assert said.startswith(
        "cleared away what was left half written: 1 archived file, 1 database's file, 1 link, 3 notes, 2 pages, "
    )
    assert said.endswith(" 0.9 MB")
    assert [name for name in OURS if (site.root / name).exists()] == []
    assert [name for name in OTHERS if not (site.root / name).exists()] == []
    assert not os.path.lexists(site.path("releases") / ".current.partial")
    assert sweep(site) == []


def test_a_folder_for_a_moment_goes_when_its_process_is_gone(site: Site) -> None:
    home = Path(tempfile.gettempdir())
    with temporary_folder("sql") as mine:
        left = home / mine.name.replace(str(os.getpid()), str(_dead()))
        left.mkdir()
        (left / "spilled").write_text("x")
        for name in (f"pbis-sql-{_dead()}", f"other-sql-{_dead()}-abc", "pbis-sql-abc-abc"):
            (home / name).mkdir()
        assert abandoned() == [left]
        assert sweep(site)[0].startswith("cleared away what was left half written: 1 temporary folder")
        assert (mine.exists(), left.exists(), len(list(home.iterdir()))) == (True, False, 4)
    assert not mine.exists()
