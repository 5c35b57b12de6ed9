"""Cut-off sets as data: what they say, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pbis.core.errors import ConfigError
from pbis.scores import load_set, load_sets, set_names
from pbis.scores.load import FOLDER


def test_the_sets_and_their_cuts() -> None:
    found = {
        name: {cut.component: f"{cut.comparator} {cut.value} {cut.unit}" for cut in each.cutoffs}
        for name, each in load_sets().items()
    }
    common = {"nlr": ">= 3.5 1", "crp": ">= 0.13 mg/dL", "il12": ">= 11.6 pg/mL"}
    assert found == {
        "pbis-2025-as-published": common | {"il2": ">= 3.2 ng/mL"},
        "pbis-2025-il2-pgml": common | {"il2": ">= 3.2 pg/mL"},
        "pbis-2025-no-il2": common,
    }
    assert tuple(found) == set_names()


@pytest.mark.parametrize("name", set_names())
def test_a_set_says_where_it_comes_from_and_who_looks_at_it_when(name: str) -> None:
    each = load_set(name)
    assert each.citation
    assert each.author
    assert each.checker
    assert date.fromisoformat(each.reviewed_on) < date.fromisoformat(each.next_review)
    assert [(cut.component, cut.value, cut.unit) for cut in each.crafity] == [
        ("afp", "100", "ng/mL"),
        ("crp", "1", "mg/dL"),
    ]
    assert all(cut.source and cut.status in ("as_published", "interpreted") for cut in each.cutoffs)


def test_only_the_reading_of_il2_is_an_interpretation() -> None:
    interpreted = [
        (each.name, cut.component)
        for each in load_sets().values()
        for cut in each.cutoffs
        if cut.status == "interpreted"
    ]
    assert interpreted == [("pbis-2025-il2-pgml", "il2")]


GOOD = (FOLDER / "pbis-2025-il2-pgml.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value = "3.5"', 'value = "3,5"', "positive decimal"),
        ('value = "3.5"', "value = 3.5", "value"),
        ('value = "3.5"', 'value = "1e1"', "positive decimal"),
        ('comparator = ">="', 'comparator = "=>"', "comparator"),
        ('unit = "mg/dL"', 'unit = "furlong"', "furlong"),
        ('unit = "1"', 'unit = "pg/mL"', "no unit"),
        ('component = "nlr"', 'component = "crp"', "each component once"),
        ('component = "il12"', 'component = "il13"', "unknown component"),
        ("high_at = 2", "high_at = 5", "high_at"),
        ('author = "PBIS project"', 'author = ""', "must be filled"),
        ('next_review = "2027-05-28"', 'next_review = "soon"', "date"),
        ('status = "interpreted"', 'status = "sure"', "sure"),
        ('name = "pbis-2025-il2-pgml"', 'name = "other"', "as the file is called"),
    ],
)
def test_a_set_that_makes_no_sense_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "pbis-2025-il2-pgml.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_set(str(path))


def test_a_site_brings_its_own_set(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        GOOD.replace('name = "pbis-2025-il2-pgml"', 'name = "own"').replace('"3.2"', '"5.28"'), encoding="utf-8"
    )
    assert load_set(str(path)).cutoff("il2").value == "5.28"  # type: ignore[union-attr]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="pbis-2025-no-il2"):
        load_set("pbis-2024")
