"""What a site's map says in words of its own holds in every format alike: spellings of units, codes, factors of kits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from result_formats import FORMATS

from pbis.clinical import Linkage, unmapped_of
from pbis.clinical.labs import labs_from_bytes
from pbis.labs import LabsMap, load_map
from pbis.labs.load import FOLDER

ZONE = ZoneInfo("Europe/Berlin")
WORDS = """
[unit_spelling]
"10S3/mcl" = "10*3/uL"
"Einheiten/ml" = "IU/mL"
[code]
"4711" = "neutrophils"
"tumour protein" = "afp"
[[kit_factor]]
analyte = "afp"
unit = "IU/mL"
factor = "1.21"
to = "ng/mL"
source = "insert"
"""


@pytest.fixture(scope="module")
def site_map(tmp_path_factory: pytest.TempPathFactory) -> LabsMap:
    path = tmp_path_factory.mktemp("map") / "own.toml"
    path.write_text((FOLDER / "maps" / "default.toml").read_text("utf-8") + WORDS, encoding="utf-8")
    return load_map(str(path))


@pytest.fixture
def only(linkage: Linkage) -> Callable[[bytes, LabsMap], dict[str, Any]]:
    """only(bytes, map) -> the one row."""

    def _only(data: bytes, labs_map: LabsMap) -> dict[str, Any]:
        (row,) = labs_from_bytes(data, "results", linkage, labs_map, ZONE).to_pylist()
        return row

    return _only


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("test", "value", "unit", "found"),
    [
        ("4711", "4.2", "10S3/mcl", ("neutrophils", "=", "4.2", "10*9/L", "10S3/mcl")),
        ("Tumour Protein", "10", "Einheiten/ml", ("afp", "=", "12.1", "ng/mL", "insert")),
        ("AFP", "10", "kIU/L", ("afp", "=", "12.1", "ng/mL", "insert")),
        ("AFP", "<2", "[IU]/mL", ("afp", "<", "2.42", "ng/mL", "insert")),
    ],
)
def test_a_site_s_words_hold_in_every_format(
    only: Callable[..., dict[str, Any]],
    site_map: LabsMap,
    form: str,
    test: str,
    value: str,
    unit: str,
    found: tuple[str, ...],
) -> None:
    row = only(FORMATS[form](test, value, unit), site_map)
    assert (row["analyte"], row["value_op"], row["value_text"], row["unit"]) == found[:4]
    assert row["reason"] is None
    assert row["unit_reported"] == unit or form == "fhir"
    assert found[4] in row["detail"]
    assert only(FORMATS[form](test, value, unit), load_map())["value_text"] is None


def test_a_unit_that_only_the_site_spells_may_stand_in_the_cell(
    only: Callable[..., dict[str, Any]], site_map: LabsMap
) -> None:
    row = only(FORMATS["csv"]("4711", "<4.2 10S3 / mcl", ""), site_map)
    assert (row["value_op"], row["value_text"], row["reason"]) == ("<", "4.2", None)
    row = only(FORMATS["csv"]("4711", "4.2 10S3/mcl", "/uL"), site_map)
    assert (row["value_text"], row["reason"]) == (None, "unit_ambiguous")


@pytest.mark.parametrize("form", ["hl7", "fhir"])
def test_a_site_s_unit_that_contradicts_the_code_beside_it_is_neither(
    only: Callable[..., dict[str, Any]], site_map: LabsMap, form: str
) -> None:
    data = FORMATS[form]("4711", "4.2", "10S3/mcl").decode()
    data = data.replace("|10S3/mcl|", "|10S3/mcl^^L^/uL^^UCUM|").replace('"10S3/mcl"', '"10S3/mcl", "code": "/uL"')
    row = only(data.encode(), site_map)
    assert row["reason"] in ("unit_unknown", "unit_ambiguous")


def test_what_the_map_knows_is_no_longer_counted_as_unmapped(linkage: Linkage, site_map: LabsMap) -> None:
    data = FORMATS["csv"]("4711", "4.2", "10S3/mcl")
    assert unmapped_of(labs_from_bytes(data, "results", linkage, site_map, ZONE)).num_rows == 0
    assert unmapped_of(labs_from_bytes(data, "results", linkage, load_map(), ZONE)).num_rows == 1
