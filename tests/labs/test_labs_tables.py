"""The reviewed tables: codes mean one thing, near misses are refused by name, maps that contradict themselves are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbis.core.errors import ConfigError
from pbis.core.units import to_unit
from pbis.labs import load_codes, load_map, load_units
from pbis.labs.load import FOLDER
from pbis.labs.model import fold_name


@pytest.mark.parametrize(
    ("sent", "analyte"),
    [
        ("26499-4", "neutrophils"),
        ("751-8", "neutrophils"),
        ("753-4", "neutrophils_manual"),
        ("732-8", "lymphocytes_manual"),
        ("23761-0", "neutrophils_manual_pct"),
        ("737-7", "lymphocytes_manual_pct"),
        ("768-2", "segs"),
        ("30451-9", "segs"),
        ("769-0", "segs_pct"),
        ("26505-8", "segs_pct"),
        ("763-3", "bands"),
        ("26507-4", "bands"),
        ("30229-9", "bands"),
        ("764-1", "bands_pct"),
        ("26508-2", "bands_pct"),
        ("35332-6", "bands_pct"),
        ("Segs", "segs"),
        ("Neutrophils, segmented", "segs"),
        ("Bands %", "bands_pct"),
        ("Stabkernige", "bands"),
        ("26511-6", "neutrophils_pct"),
        ("770-8", "neutrophils_pct"),
        ("26474-7", "lymphocytes"),
        ("731-0", "lymphocytes"),
        ("26478-8", "lymphocytes_pct"),
        ("736-9", "lymphocytes_pct"),
        ("6690-2", "wbc"),
        ("1988-5", "crp"),
        ("30522-7", "crp"),
        ("53962-7", "afp"),
        ("1834-1", "afp"),
        ("34444-0", "pivka_ii"),
        ("33939-0", "il2"),
        ("41760-0", "il12"),
        ("neutrophils, absolute", "neutrophils"),
        ("NEUT #", "neutrophils"),
        ("Neut %", "neutrophils_pct"),
        ("C-Reactive Protein", "crp"),
        ("Il-2", "il2"),
        ("TNF-\u03b1", "tnf"),
    ],
)
def test_codes_and_names(sent: str, analyte: str) -> None:
    assert load_codes().meaning(sent).analyte == analyte


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ("76039-7", "soluble IL-2 receptor"),
        ("sIL-2R", "soluble IL-2 receptor"),
        ("IL-2 receptor alpha, soluble", "soluble IL-2 receptor"),
        ("Interleukin-2 Receptor (CD25)", "soluble IL-2 receptor"),
        ("Neutrophils, segmented, left shift", "segmented neutrophils"),
        ("Hypersegmented neutrophils", "hypersegmented neutrophils"),
        ("Neutrophil bands, relative", "band neutrophils"),
        ("Neutrophils, body fluid", "cells of a body fluid"),
        ("Lymphocytes CSF", "cells of a body fluid"),
        ("Atypical lymphocytes", "variant or reactive lymphocytes"),
        ("AFP-L3%", "AFP of another kind"),
        ("IL-12p40", "subunit"),
        ("NLR", "ratio"),
    ],
)
def test_near_misses_are_refused_by_name(sent: str, refusal: str) -> None:
    meaning = load_codes().meaning(sent)
    assert meaning.analyte is None
    assert refusal in str(meaning.refusal)


@pytest.mark.parametrize(
    "sent", ["Sodium", "2951-2", "CRPX", "IL-21", "IL-22", "IL-23", "IL-1beta", "Neutrophilic", "", "751-80"]
)
def test_nothing_is_matched_by_a_part_of_its_name(sent: str) -> None:
    meaning = load_codes().meaning(sent)
    assert (meaning.analyte, meaning.refusal) == (None, None)


def test_every_analyte_has_units_and_every_unit_converts() -> None:
    codes, units = load_codes(), load_units()
    assert set(codes.analyte_by_loinc.values()) | set(codes.analyte_by_name.values()) == set(units)
    for rule in units.values():
        assert all(to_unit(name) is not None for name in rule.allowed)


def test_folding_keeps_what_tells_names_apart() -> None:
    assert fold_name("Neutrophils %") != fold_name("Neutrophils")
    assert fold_name(" IL - 2 ") == fold_name("il2")


DEFAULT = (FOLDER / "maps" / "default.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('decimal_mark = "."', 'decimal_mark = ";"', "decimal_mark"),
        ('blank_status = "preliminary"', 'blank_status = "sure"', "unknown status"),
        ("[unit_where_blank]", '[unit_where_blank]\ncrp = "10*9/L"', "may not be reported"),
        ("[unit_where_blank]", '[unit_where_blank]\nzinc = "mg/L"', "may not be reported"),
        ('final = ["final"', 'final = ["corrected", "final"', "two meanings"),
        ('mrn = ["mrn"', 'mrn = ["accession", "mrn"', "two meanings"),
        ('name = "default"', 'nmae = "default"', "nmae"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(DEFAULT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_map(str(path))


@pytest.mark.parametrize("factor", ["-1", "about 1", "0x2", ""])
def test_a_kit_factor_is_a_positive_decimal(tmp_path: Path, factor: str) -> None:
    kit = f'[[kit_factor]]\nanalyte = "afp"\nunit = "IU/mL"\nfactor = "{factor}"\nto = "ng/mL"\nsource = "insert"\n'
    path = tmp_path / "own.toml"
    path.write_text(DEFAULT + kit, encoding="utf-8")
    with pytest.raises(ConfigError, match="kit_factor"):
        load_map(str(path))


def test_an_unknown_map_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_map("nowhere")
