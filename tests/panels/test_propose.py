"""A panel from an export: what it says is there, what it does not say is left open, and a file that is wrong says the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pbis.cli import commands
from pbis.core.errors import ConfigError, PbisError
from pbis.panels import load_panel
from pbis.panels.load import ladder, remarks_on
from pbis.panels.propose import panel_text
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate


def run(*words: object) -> Result:
    return CliRunner().invoke(commands, [*map(str, words)])


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "plate 1.csv"
    path.write_bytes(render_plate(example_plate(7, samples=2)))
    return path


def test_the_proposal_of_a_known_kit_is_that_kit(export: Path, tmp_path: Path) -> None:
    read = read_bytes(export.read_bytes(), export.name)
    own = tmp_path / "ours.toml"
    own.write_text(panel_text(read, "ours", date(2028, 2, 29)))
    found, known = load_panel(own), load_panel("human-cytokine-7plex")
    key = ("name", "unit", "bead_region", "range_low", "range_high")
    facts = [{tuple(getattr(a, k) for k in key) for a in panel.analytes} for panel in (found, known)]
    assert facts[0] == facts[1]
    assert found.next_review == "2029-02-01"
    assert f"ladder = {list(ladder('human-cytokine-7plex'))}".replace("'", '"') in own.read_text()


def test_from_export_to_a_checked_panel(export: Path, tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    done = run("panel", "propose", export, "-o", own)
    assert (done.exit_code, "wrote" in done.output, "pbis panel check" in done.output) == (0, True, True)
    assert run("panel", "propose", export, "-o", own).exit_code != 0
    assert "7 analytes; it can be used" in run("panel", "check", own).output
    assert "human-cytokine-41plex" in run("panel", "list").output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("propose", "{export}", "-o", "{there}/none/ours.toml"), 2, "none/ours.toml: cannot be written"),
        (("propose", "{export}", "-o", "{there}/human-cytokine-7plex.toml"), 2, "expected another name"),
        (("propose", "{export}", "-o", "{there}/our kit.toml"), 0, "our kit.toml'`"),
        (("check", "{there}/none.toml"), 4, "none.toml: cannot be read"),
        (("check", "{there}"), 4, "whose name ends with .toml"),
    ],
)
def test_what_is_typed_wrong_is_said(
    export: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = CliRunner().invoke(commands, ["panel", *(word.format(export=export, there=tmp_path) for word in words)])
    if code:
        assert isinstance(done.exception, PbisError)
        assert (done.exception.exit_code, said in str(done.exception)) == (code, True)
    else:
        assert (done.exit_code, said in done.output) == (0, True)


def test_a_new_site_is_not_written_with_a_panel_that_nobody_has(tmp_path: Path) -> None:
    wrong = run("init", tmp_path / "one", "--panel", "human-cytokine-7plx")
    assert isinstance(wrong.exception, ConfigError)
    assert "nearest: human-cytokine-7plex" in str(wrong.exception)
    assert not (tmp_path / "one").exists()
    assert run("init", tmp_path / "two", "--panel", "to-come.toml").exit_code == 0


def test_a_proposal_says_until_it_is_signed_that_it_is_not(export: Path, tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_text(panel_text(read_bytes(export.read_bytes(), export.name), "ours", date(2026, 1, 5)))
    assert remarks_on(own) == ["still as it was proposed: put your names in: author, checker"]


def test_a_word_that_is_no_unit_is_left_open_once_for_all(export: Path, tmp_path: Path) -> None:
    read = read_bytes(export.read_bytes(), export.name)
    at = read.analyte.column_names.index("unit_reported")
    beads = read.analyte.set_column(at, "unit_reported", [["Bead"] * read.analyte.num_rows])
    text = panel_text(replace(read, analyte=beads), "ours", date(2026, 1, 5))
    own = tmp_path / "ours.toml"
    assert text.count("unit =") == 1
    own.write_text(text.replace("# [defaults]", "[defaults]").replace("# unit =", "unit ="))
    assert {a.unit for a in load_panel(own).analytes} == {"pg/mL"}
    one = read.analyte.set_column(at, "unit_reported", [["Bead", *["pg/mL"] * (read.analyte.num_rows - 1)]])
    some = panel_text(replace(read, analyte=one), "ours", date(2026, 1, 5))
    assert ("the export says Bead: take it from the insert" in some, "[defaults]" in some) == (True, False)


def test_what_the_export_does_not_say_is_left_open(export: Path, tmp_path: Path) -> None:
    read = read_bytes(export.read_bytes(), export.name)
    names = read.analyte.column_names
    without = read.analyte.set_column(names.index("unit_reported"), "unit_reported", [[None] * read.analyte.num_rows])
    own = tmp_path / "ours.toml"
    own.write_text(panel_text(type(read)(**{**read.__dict__, "analyte": without}), "ours", date(2026, 1, 5)))
    with pytest.raises(ConfigError, match=r"ours\.toml, line \d+: analyte IFN-gamma: missing unit"):
        load_panel(own)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('bead_region = "27"', 'bead_region = "25"', r"line 1\d: bead region 25 stands twice"),
        ('range_low = "3.2"', 'range_low = "3,2"', r"line 1\d: analyte IFN-gamma: range_low: expected a number.*'3,2'"),
        ('unit = "pg/mL"', 'unit = "pg"', r"line 1\d: analyte IFN-gamma: unit: expected one such as pg/mL; found 'pg'"),
        ("[[analyte]]", "[[analyte]]\ncolour = 1", r"line 1\d: analyte IFN-gamma: unknown colour"),
    ],
)
def test_a_wrong_line_is_named(export: Path, tmp_path: Path, old: str, new: str, words: str) -> None:
    read = read_bytes(export.read_bytes(), export.name)
    own = tmp_path / "ours.toml"
    text = panel_text(read, "ours", date(2026, 1, 5))
    assert old in text
    own.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=words):
        load_panel(own)
