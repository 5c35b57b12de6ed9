"""Panels and aliases are complete, reviewed and unambiguous."""

from __future__ import annotations

import pytest

from pbis.core.errors import ConfigError
from pbis.panels import load_aliases, load_panel, panel_names
from pbis.panels.load import remarks_on


@pytest.mark.parametrize(
    ("reported", "canonical"),
    [
        ("IL2", "IL-2"),
        ("IL-2", "IL-2"),
        ("Hu IL-2 (38)", "IL-2"),
        ("hIL-2", "IL-2"),
        ("IL2R", "IL-2R"),
        ("sIL-2Ra", "IL-2R"),
        ("IL-12", "IL-12"),
        ("IL12p40", "IL-12p40"),
        ("IL-12 (p70)", "IL-12p70"),
        ("IL-17", "IL-17"),
        ("IL17A", "IL-17A"),
        ("TNF-α", "TNF"),
        ("TNFa", "TNF"),
        ("IFN‑γ", "IFN-gamma"),
        ("IFNg", "IFN-gamma"),
        ("CXCL8", "IL-8"),
        ("IL-22", "IL-22"),
        ("Monitoring", None),
        ("IL-2x", None),
    ],
)
def test_spellings(reported, canonical):
    assert load_aliases().resolve(reported) == canonical


@pytest.mark.parametrize("name", panel_names())
def test_every_panel_is_reviewed_data_with_canonical_names(name):
    panel = load_panel(name)
    assert panel.name == name
    assert all((panel.author, panel.checker, panel.source, panel.next_review))
    assert [a.name for a in panel.analytes if load_aliases().resolve(a.name) != a.name] == []


def test_the_two_panels():
    assert panel_names() == ("human-cytokine-41plex", "human-cytokine-7plex")
    assert len(load_panel("human-cytokine-41plex").analytes) == 41
    regions = {a.name: a.bead_region for a in load_panel("human-cytokine-7plex").analytes}
    assert (regions["IL-2"], regions["IL-12p70"], regions["TNF"]) == ("48", "34", "75")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 'x'", "missing"),
        ("name = ", "no TOML"),
        (
            "name='x'\ntitle='x'\nauthor='a'\nchecker='c'\nsource='s'\nnext_review='n'\n[[analyte]]\nname='IL-2'\nunit='pg/mL'\ncolour='red'",
            "unknown colour",
        ),
        (
            "name='x'\ntitle='x'\nauthor='a'\nchecker='c'\nsource='s'\nnext_review='n'\n"
            + "[[analyte]]\nname='IL-2'\nunit='pg/mL'\n" * 2,
            "stands twice",
        ),
    ],
)
def test_a_panel_file_that_cannot_be_right_is_refused(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_panel(path)


HEAD = "name='x'\ntitle='x'\nauthor='a'\nchecker='c'\nsource='s'\nnext_review='2027-01-01'\n"
ONE = "[[analyte]]\nname='IL-6'\nunit='pg/mL'\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "analyte = []", r"expected one table \[\[analyte\]\] for each analyte of the kit; found none"),
        (HEAD + "analyte = ['IL-6']", r"expected tables \[\[analyte\]\]"),
        (HEAD.replace("'x'", "3", 1) + ONE, "line 1: name: expected words between quotation marks.*found 3"),
        (HEAD.replace("'x'", "' '", 1) + ONE, "line 1: name: expected words"),
        (HEAD + "protocols = 3\n" + ONE, "line 7: protocols: expected a list.*found 3"),
        (HEAD + "protocols = 'Two'\n" + ONE, "line 7: protocols: expected a list.*found 'Two'"),
        (HEAD + "ladder = ['3.2', 'a']\n" + ONE, "line 7: ladder: expected a number.*found 'a'"),
        (HEAD + "sample_dilution = [2]\n" + ONE, "line 7: sample_dilution: expected one such as"),
        (HEAD + ONE.replace("'IL-6'", "6"), "line 7: analyte 6: name: expected words"),
        (HEAD + ONE.replace("'pg/mL'", "['pg/mL']"), "line 7: analyte IL-6: unit: expected one such as pg/mL"),
        (HEAD + ONE + "bead_region = 'fifty'", "line 7: analyte IL-6: bead_region: expected a number.*found 'fifty'"),
        (HEAD + ONE + "range_low = 9\nrange_high = '8.9'", "expected range_low not above range_high; found 9 and 8.9"),
        (HEAD + ONE + ONE.replace("IL-6", "il6"), "line 10: analyte IL-6 stands twice, here as il6"),
        (
            HEAD + ONE + "bead_region = 38\n" + ONE.replace("-6", "-8") + "bead_region = '038'",
            "line 11: bead region 38 stands twice",
        ),
    ],
)
def test_a_value_of_another_type_is_named_with_its_line(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_panel(path)


def test_a_panel_has_the_names_and_regions_that_plates_are_looked_up_by(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(HEAD + ONE.replace("IL-6", "il6") + "bead_region = '038'", encoding="utf-8-sig")
    panel = load_panel(path)
    assert [(a.name, a.bead_region) for a in panel.analytes] == [("IL-6", "38")]
    assert remarks_on(path) == ["results have other names: il6 is IL-6"]


def test_a_panel_file_in_another_encoding_is_refused_with_its_line(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes((HEAD.replace("'a'", "'Müller'") + ONE).encode("latin-1"))
    with pytest.raises(ConfigError, match=r"own\.toml, line 3: a letter is not UTF-8"):
        load_panel(path)


def test_an_unknown_panel_names_the_known_ones():
    with pytest.raises(ConfigError, match="human-cytokine-7plex"):
        load_panel("nothing")


def test_a_panel_may_name_protocols_and_gain(tmp_path):
    path = tmp_path / "own.toml"
    review = "author='a'\nchecker='c'\nsource='s'\nnext_review='n'\n"
    own = "protocols = ['Two cytokines']\nreporter_gain = 'Standard PMT'\n"
    path.write_text(f"name='x'\ntitle='x'\n{review}{own}[[analyte]]\nname='IL-2'\nunit='pg/mL'\n")
    panel = load_panel(path)
    assert (panel.protocols, panel.reporter_gain) == (("Two cytokines",), "Standard PMT")
    assert load_panel("human-cytokine-7plex").protocols == ()
