"""Pages of the desk ask the newest release, also while a night puts another in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbis.core.errors import IntegrityError
from pbis.pipeline.new_site import write_site
from pbis.pipeline.released_plates import newest


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two releases, of which the first is the newest."""
    write_site(tmp_path / "site", name="a", cutoff_set="pbis-2025-il2-pgml")
    for name in ("n1", "n2"):
        folder = tmp_path / "site" / "releases" / name
        folder.mkdir(parents=True)
        (folder / "pbis.duckdb").write_text(name)
    (tmp_path / "site" / "releases" / "current").symlink_to("n1")
    return tmp_path / "site"


def published(site: Path, name: str) -> None:
    (site / "releases" / "next").symlink_to(name)
    (site / "releases" / "next").replace(site / "releases" / "current")


def test_a_release_whose_database_is_taken_away_is_not_the_answer(site: Path) -> None:
    asked = []

    def ask(path: Path, _: tuple[int, int, int]) -> str:
        asked.append(path.parent.name)
        if len(asked) == 1:
            published(site, "n2")
            path.unlink()
        return path.read_text()

    assert newest(site, ask) == "n2"
    assert asked == ["n1", "n2"]


def test_a_question_that_fails_otherwise_is_asked_once(site: Path) -> None:
    def ask(path: Path, _: tuple[int, int, int]) -> str:
        raise IntegrityError("this is no database")

    with pytest.raises(IntegrityError, match="no database"):
        newest(site, ask)


def test_a_release_that_is_gone_for_good_is_told(site: Path) -> None:
    (site / "releases" / "n1" / "pbis.duckdb").unlink()
    with pytest.raises(IntegrityError, match="its database is not there"):
        newest(site, lambda path, _: path.read_text())
