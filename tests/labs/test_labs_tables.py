"""The reviewed tables: codes mean one thing, near misses are refused by name, maps that contradict themselves are refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from pbis.core.errors import ConfigError
from pbis.core.units import to_unit
from pbis.labs import LabsMap, load_codes, load_map, load_units
from pbis.labs.encodings import codec_of, encoding_names
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
        ('name = "default"', 'name = "default"\nencoding = "cp9499"', "line 3: encoding: no encoding.*nearest: cp949"),
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
    with pytest.raises(ConfigError, match="no labs map is called 'nowhere'; expected one of default"):
        load_map("nowhere")
    with pytest.raises(ConfigError, match=r"nowhere\.toml: expected a labs map.*found no such file"):
        load_map("nowhere.toml")


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], LabsMap]:
    """own(tables) -> the map that comes with the program, with the tables of a site behind it."""

    def _own(tables: str) -> LabsMap:
        path = tmp_path / f"own-{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(DEFAULT + tables, encoding="utf-8")
        return load_map(str(path))

    return _own


KIT = '[[kit_factor]]\nanalyte = "{}"\nunit = "{}"\nfactor = "{}"\nto = "{}"\nsource = "insert"\n'


@pytest.mark.parametrize(
    ("tables", "line", "words"),
    [
        ('[unit_spelling]\n"10S3/mcl" = "10*3/ulx"\n', 2, "10.3/ulx' is no known unit.*nearest: 10"),
        ('[unit_spelling]\n"K/uL" = "10*3/uL"\n"G/L" = "g/L"\n', 3, "'G/L' means 10\\*9/L already; found 'g/L'"),
        ('[unit_spelling]\n"IU/mL" = "ng/mL"\n', 2, "only by a kit's factor"),
        ('[unit_spelling]\n"U/mL" = "IU/mL"\n', 2, "only by a kit's factor"),
        ('[unit_spelling]\n" " = "mg/L"\n', 2, "unit_where_blank"),
        ('[unit_spelling]\n"S/u" = "mg/L"\n"S /u" = "mg/dL"\n', 3, "two meanings"),
        ('[code]\n"4711" = "neutrophil"\n', 2, "no test called 'neutrophil'.*nearest: neutrophils$"),
        ('[code]\nXY = "zinc"\n', 2, "no test called 'zinc'; expected one of ours: neutrophils, lymphocytes"),
        ('[code]\n"A-1" = "crp"\n"a 1" = "afp"\n', 3, "two meanings: crp and afp"),
        ('[code]\n"" = "crp"\n', 2, "a code is empty"),
        (KIT.format("afp", "IU/mL", "0", "ng/mL"), 4, "positive decimal factor"),
        (KIT.format("afp", "IU/mL", "1.21", "furlong"), 2, "may not be kept in"),
        (KIT.format("afp", "IU/mL", "1.21", "ng/mL") + KIT.format("afp", "kIU/L", "1.3", "ng/mL"), 3, "two factors"),
    ],
)
def test_a_site_s_word_that_makes_no_sense_is_refused_with_its_line(
    own: Callable[[str], LabsMap], tables: str, line: int, words: str
) -> None:
    number = DEFAULT.count("\n") + line
    with pytest.raises(ConfigError, match=rf"own-0\.toml, line {number}: .*{words}"):
        own(tables)


def test_a_name_of_local_codes_that_is_none_of_ours_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(DEFAULT.replace("[local_codes]", '[local_codes]\nneutrofils = ["N"]', 1), encoding="utf-8")
    number = DEFAULT[: DEFAULT.index("[local_codes]")].count("\n") + 2
    with pytest.raises(ConfigError, match=f"line {number}: local_codes: .*nearest: neutrophils"):
        load_map(str(path))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("EUC-KR", "cp949"),
        ("Shift_JIS", "cp932"),
        ("GB2312", "gb18030"),
        ("Windows-1251", "cp1251"),
        ("ISO_8859-15", "iso8859-15"),
    ],
)
def test_encodings_are_known_by_the_names_of_programs(name: str, codec: str) -> None:
    assert codec_of(name) == codec


def test_every_encoding_of_the_table_can_be_read() -> None:
    assert all("a".encode(codec_of(name) or "") for name in encoding_names())


def test_a_site_spells_units_and_codes_in_its_own_way(own: Callable[[str], LabsMap]) -> None:
    site = own('[unit_spelling]\n"10S3 / mcl" = "10*3/uL"\n"K/uL" = "10*9/L"\n[code]\n"4711" = "neutrophils"\n')
    assert [site.spelled(unit) for unit in ("10S3/mcl", "10S3 /mcl", "mg/L")] == ["10*3/uL", "10*3/uL", "mg/L"]
    assert site.codes.meaning("4711").analyte == "neutrophils"


def test_a_kit_s_factor_covers_every_spelling_of_its_unit(own: Callable[[str], LabsMap]) -> None:
    site = own(KIT.format("afp", "IU/mL", "1.21", "ng/mL") + '[unit_spelling]\n"Einheit/ml" = "[IU]/mL"\n')
    for unit in ("IU/mL", "IU/ml", "[IU]/mL", "kIU/L", "iu / ml", "IE/mL", "IU per mL", site.spelled("Einheit/ml")):
        kit = site.kit_factor("afp", unit)
        assert kit is not None, unit
        assert kit.in_canonical(site.units) == Fraction(121, 100)
    assert [site.kit_factor("afp", unit) for unit in ("IU/L", "U/mL", "mIU/mL", "ng/mL")] == [None] * 4
    assert site.kit_factor("crp", "IU/mL") is None


def with_columns(path: Path, tables: str) -> LabsMap:
    """The map of a site that says of columns only what stands in `tables`."""
    start = DEFAULT.index("[columns.labs]")
    end = DEFAULT.index("[status]")
    path.write_text(DEFAULT[:start] + tables + DEFAULT[end:], "utf-8")
    return load_map(str(path))


def test_tables_and_fields_that_a_site_does_not_name_keep_their_usual_headers(tmp_path: Path) -> None:
    columns = with_columns(tmp_path / "own.toml", '[columns.labs]\nvalue = ["Ergebnis"]\ntest = ["Result"]\n').columns
    usual = load_map().columns
    assert columns["specimens"] == usual["specimens"]
    assert columns["labs"]["value"] == ("ergebnis",)
    assert columns["labs"]["unit"] == usual["labs"]["unit"]
    assert "status" in columns["labs"]
    assert columns["labs"]["test"] == ("result",)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ('[columns.specimen]\nbarcode = ["x"]\n', r"line \d+: columns.specimen: there is no table.*nearest: specimens"),
        ('[columns.labs]\nvlaue = ["x"]\n', r"line \d+: columns.labs: the table has no field 'vlaue'.*nearest: value"),
        (
            '[columns.labs]\nvalue = ["x y"]\nunit = ["X_Y"]\n',
            r"line \d+: columns.labs: 'X_Y' has two meanings: value and unit",
        ),
    ],
)
def test_columns_that_are_none_of_ours_are_refused_with_their_line(tmp_path: Path, tables: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        with_columns(tmp_path / "own.toml", tables)
