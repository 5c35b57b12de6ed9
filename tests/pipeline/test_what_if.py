"""Scores under changed cut-offs: who moves, and what the command says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click
import pyarrow as pa
import pytest
from click.testing import CliRunner
from partial_frames import partial

from pbis.cli.score import score as command
from pbis.core.errors import ConfigError, UsageError
from pbis.core.frames import SCORE_INPUT
from pbis.core.scoring.cutoffs import what_if
from pbis.pipeline import what_if as module
from pbis.pipeline.new_site import write_site
from pbis.scores import load_sets

BASE = load_sets()["pbis-2025-il2-pgml"]
UNITS = {"neutrophils": "10*9/L", "lymphocytes": "10*9/L", "crp": "mg/dL", "il12": "pg/mL", "il2": "pg/mL"}


def inputs(*subjects: tuple[str, str]) -> pa.Table:
    """Subjects of (id, IL-2): NLR is positive, CRP and IL-12 are not, so IL-2 decides the group."""
    rows = []
    for subject, il2 in subjects:
        values = {"neutrophils": "7", "lymphocytes": "2", "crp": "0.1", "il12": "5", "il2": il2}
        for measure, value in values.items():
            op = "<" if value.startswith("<") else "="
            rows.append((subject, measure, op, value.lstrip("<"), UNITS[measure]))
    names = ("subject_id", "measure", "value_op", "value_text", "unit")
    return partial(SCORE_INPUT, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


COHORT = inputs(("P1", "4"), ("P2", "9"), ("P3", "<6"), ("P4", "<2"))


def moves(*changes: str) -> dict[str, tuple[str, str]]:
    changed = BASE
    for change in changes:
        changed = what_if(changed, change)
    return {m.subject_id: (str(m.now), str(m.then)) for m in module.compare(COHORT, BASE, changed).moves}


def test_who_moves() -> None:
    assert moves("IL2=6pg/mL") == {
        "P1": ("high (2)", "low (1)"),
        "P3": ("indeterminate (1 to 2)", "low (1)"),
    }


def test_the_same_cut_moves_nobody() -> None:
    assert moves("IL2=0.0032ng/mL") == {}


def test_points_without_a_change_of_group_are_told_apart() -> None:
    found = module.compare(COHORT, BASE, what_if(BASE, "nlr=4"))
    assert [(m.subject_id, m.changes_group) for m in found.moves] == [
        ("P1", True),
        ("P2", True),
        ("P3", True),
        ("P4", False),
    ]
    assert found.now == {"high": 2, "low": 1, "indeterminate": 1, "not_scored": 0}
    assert found.then == {"high": 0, "low": 4, "indeterminate": 0, "not_scored": 0}
    lines = module.as_lines(found)
    assert "3 of 4 patients change their group" in lines
    assert "1 more change points only" in lines


def test_moves_count_like_the_groups() -> None:
    """What the groups gain and lose is what the moves say."""
    found = module.compare(COHORT, BASE, what_if(BASE, "IL2=6"))
    for group in module.GROUPS:
        gained = sum(m.then.group == group for m in found.moves) - sum(m.now.group == group for m in found.moves)
        assert found.then[group] - found.now[group] == gained


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site whose release holds the cohort."""
    write_site(tmp_path / "s", name="a", time_zone="UTC", cutoff_set=BASE.name)
    monkeypatch.setattr(module, "run_query", lambda root, query: COHORT)
    return tmp_path / "s"


def test_the_command_prints_json_for_programs(site: Path) -> None:
    done = CliRunner().invoke(command, ["--site", str(site), "--what-if", "IL2=6pg/mL", "--json"])
    said = json.loads(done.output)
    assert said["changes"] == ["il2 >= 6 pg/mL instead of 3.2 pg/mL"]
    assert said["now"]["high"] == 2
    assert [(m["subject_id"], m["then"]["group"]) for m in said["moves"]] == [("P1", "low"), ("P3", "low")]


def test_another_set_can_be_the_one_that_is_changed(site: Path) -> None:
    found = module.what_if_published(site, ["IL2=6pg/mL"], "pbis-2025-as-published")
    assert (found.cutoff_set, found.now["high"], found.then["high"]) == ("pbis-2025-as-published", 0, 1)


def test_an_unknown_set_or_component_is_refused(site: Path) -> None:
    with pytest.raises(UsageError, match="no cut-off set 'nope'"):
        module.what_if_published(site, ["IL2=6"], "nope")
    with pytest.raises(ConfigError, match="no component 'il2'"):
        module.what_if_published(site, ["il2=6"], "pbis-2025-no-il2")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "expected a TABLE, or --site with --what-if"),
        (["t.csv"], "expected --cutoffs SET"),
        (["t.csv", "--cutoffs", "x", "--json"], "--json belongs to --what-if"),
        (["--what-if", "IL2=5"], "expected --site DIR together with --what-if"),
        (["--site", "s"], "expected --site DIR together with --what-if"),
        (["t.csv", "--site", "s", "--what-if", "IL2=5"], "a TABLE is scored by --cutoffs"),
    ],
)
def test_what_does_not_go_together(words: list[str], expected: str) -> None:
    done = CliRunner().invoke(command, words)
    assert done.exit_code == click.UsageError.exit_code == 2
    assert expected in done.output


def test_sets_of_other_shapes_are_not_compared_by_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        module.compare(COHORT, BASE, replace(BASE, name="x", cutoffs=BASE.cutoffs[:-1], high_at=1))
