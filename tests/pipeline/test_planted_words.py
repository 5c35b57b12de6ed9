"""Words in cells of free text: a night reads, sets aside and refuses them, and none leaves the laboratory or reaches an open page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from planted_words import WORD, plant

import warehouse
from pbis.cli.night import outcome_lines
from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.falls import published_difference
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.outcome import Outcome
from warehouse.closing import COPIED
from warehouse.publishable import strange_doubles

PLATE = "HCC7P_20250915_P01.csv"


@dataclass(frozen=True)
class Planted:
    """where: word -> the cell that it was written into."""

    site: Site
    outcome: Outcome
    where: dict[str, str]


@pytest.fixture(scope="module")
def planted(copy_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Planted:
    site = copy_site(tmp_path_factory.mktemp("planted") / "site", (PLATE,))
    for layout in (site.path("inbox") / "layouts").iterdir():
        if not layout.name.startswith(PLATE.removesuffix(".csv")):
            layout.unlink()
    specimens = (site.path("inbox") / "specimens" / "specimens.csv").read_text().splitlines()
    subjects = (specimens[1].split(",")[1], specimens[3].split(",")[1])
    put = plant(site.path("inbox"), PLATE, subjects)
    outcome = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    return Planted(site, outcome, put.where)


def test_more_than_seventy_kinds_of_cells_hold_a_word_and_the_night_takes_most_of_them_in(planted: Planted) -> None:
    assert len(planted.where) >= 80
    held = _words(_rows(planted.site.path("warehouse")))
    assert len(held) >= 50  # in the store, which only the laboratory opens
    assert {"regimen", "cohort", "material", "sample label", "accession of a table"} <= {planted.where[w] for w in held}


def test_a_release_holds_none_of_them(planted: Planted) -> None:
    release = planted.site.path("releases") / "current"
    files = ((str(path), path.read_bytes().decode("latin-1")) for path in release.rglob("*") if path.is_file())
    assert _named(planted, [*files, *_rows(release / "pbis.duckdb")]) == []


def test_what_is_not_closed_is_called_by_kind_and_hash_and_can_still_be_joined(planted: Planted) -> None:
    with warehouse.opened(planted.site.path("releases") / "current" / "pbis.duckdb") as con:

        def one(query: str) -> list[str]:
            return [text for (text,) in con.execute(query).fetchall()]

        assert all(
            re.fullmatch("specimen-[0-9a-f]{12}|SR.*", name)
            for name in one("select specimen_id from clinical_lab where specimen_id is not null")
        )
        assert one("select distinct left(cohort, 7) from store.treatment where cohort like 'cohort-%'") == ["cohort-"]
        assert one("select distinct sample_label from result_all where sample_label like 'specimen-%'")
        assert "serum" in one("select distinct material from store.specimen")
        unknown = set(one("select sent from store.lab_unmapped where kind = 'unit'"))
        called = set(one("select unit_reported from clinical_lab where unit_reported like 'unit-%'"))
        assert called & unknown  # the account of a file and its rows call a unit alike
        assert "unit-e3b0c44298fc" not in called  # an empty cell is empty
        assert one("select detail from clinical_lab where detail like '%no number'")
        assert all(
            word not in text
            for text in one("select distinct detail from clinical_lab where detail is not null")
            for word in ("'Z", '"Z')
        )


def test_a_regimen_that_no_list_knows_is_told_as_a_release_calls_it(planted: Planted) -> None:
    (note,) = [note for note in planted.outcome.notes if "a regimen that no list knows" in note]
    assert re.match(
        r"regimen-[0-9a-f]{12}: a regimen that no list knows, of 1 patient \(P\d+\); a release calls it so\. ", note
    )
    with warehouse.opened(planted.site.path("releases") / "current" / "pbis.duckdb") as con:
        shown = con.execute("select regimen from subject_start where regimen like 'regimen-%'").fetchall()
    assert shown == [(note.partition(":")[0],)]


def test_open_pages_and_the_terminal_say_where_a_cell_stands_and_how_long_it_is(planted: Planted) -> None:
    reports = planted.site.path("reports")
    pages = [(path.name, path.read_text("utf-8")) for path in sorted(reports.glob("*.html"))]
    night = f"night-{planted.outcome.night_id}.html"
    assert {name for name, _ in pages} == {"index.html", night, "cohort.html", "trends.html"}
    told = [("terminal", "\n".join(outcome_lines(planted.outcome))), ("json", json.dumps(planted.outcome.as_json()))]
    assert _named(planted, [*pages, *told]) == []
    role = next(refused.message for refused in planted.outcome.refused if refused.name == "role.csv")
    assert role.startswith("role.csv, line 2, column role: ")
    assert role.endswith("found (5 characters: letters and figures)")


def test_the_cell_itself_stands_in_quarantine_which_nobody_else_can_open(planted: Planted) -> None:
    quarantine = planted.site.path("quarantine")
    assert quarantine.stat().st_mode & 0o077 == 0
    whys = _words([(str(path), path.read_text("utf-8")) for path in quarantine.rglob("*.why.txt")])
    assert {"role of a layout", "second cell", "best response", "kit of a lot sheet"} - {
        planted.where[word] for word in whys
    } == {"kit of a lot sheet"}
    page = quarantine / planted.outcome.night_id / "night.html"
    shown = {planted.where[word] for word in _words([(page.name, page.read_text("utf-8"))])}
    assert {"role of a layout", "unit of a table", "status of a table", "cohort", "material"} <= shown
    links = re.findall(r'href="([^"#]+/plates/[^"]+)"', page.read_text("utf-8"))
    assert links
    assert all((page.parent / link).is_file() for link in links)


def test_scores_in_closed_words_are_the_published_ones(planted: Planted) -> None:
    with open_night(planted.site, NightOptions(is_dry_run=True), Silent(), lambda: datetime(2026, 1, 6, 3, 0)) as night:
        _, score = warehouse.latest_scores(night.con)
        assert any(text and WORD.search(text) for text in score.column("mark_reasons").to_pylist())
        assert published_difference(night, score) is None
        other = score.set_column(score.schema.get_field_index("cohort"), "cohort", pa.array(["x"] * score.num_rows))
        assert published_difference(night, other) is not None


def test_words_of_a_copied_column_are_those_of_what_it_was_copied_from(planted: Planted) -> None:
    with warehouse.opened(planted.site.path("warehouse")) as con:
        for (copy, column), source in COPIED.items():
            found = [
                set(con.execute(f"select distinct {column} from store.{table}").fetchall()) for table in (copy, source)
            ]
            assert len(found[0]) > 1
            assert found[0] <= found[1]


def test_no_double_of_the_release_is_nan_infinite_or_a_negative_zero(planted: Planted) -> None:
    with warehouse.opened(planted.site.path("releases") / "current" / "pbis.duckdb") as con:
        assert strange_doubles(con) == []
        con.execute("update store.result set mfi = 'nan' where mfi is not null")
        con.execute("update store.reading set mfi = '-0.0' where mfi is not null")
        assert len(strange_doubles(con)) >= 2


def _named(planted: Planted, texts: list[tuple[str, str]]) -> list[str]:
    """Place and cell of every word that is found."""
    return [f"{place}: {planted.where[word]}" for place, text in texts for word in sorted(_words([(place, text)]))]


def _words(texts: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> set[str]:
    return {word.upper() for _, text in texts for word in WORD.findall(text)}


def _rows(database: Path) -> Iterator[tuple[str, str]]:
    """Every row of every table; what a view of a release says is made of them."""
    with warehouse.opened(database) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        assert len(tables) > 40
        for schema, table in tables:
            rows = con.execute(f'select t::varchar from {schema}."{table}" t').fetchall()
            yield table, "\n".join(row for (row,) in rows)
