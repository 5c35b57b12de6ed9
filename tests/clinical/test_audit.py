"""The audit of units: every conversion with its factor and by whose rule."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from pbis.clinical.audit import CONVERSION, conversions, rule_of_rows
from pbis.labs import load_map
from pbis.labs.load import FOLDER


def row(test: str, unit: str) -> str:
    return f"MRN-1,A1,{test},2,{unit},final,2026-03-05,,"


def test_every_conversion_is_listed_once_with_its_rows(labs: Callable[..., pa.Table]) -> None:
    table = labs(
        row("CRP", "mg/L"), row("CRP", "mg/L"), row("CRP", "nmol/L"), row("Neutrophils", "%"), row("Sodium", "mmol/L")
    )
    found = CONVERSION.check(conversions(table, load_map())).to_pylist()
    shown = [(r["analyte"], r["unit_reported"], r["unit"], r["factor_text"], r["row_count"]) for r in found]
    assert shown == [
        ("crp", "mg/L", "mg/dL", "1/10", 2),
        ("crp", "nmol/L", None, None, 1),
        ("neutrophils_pct", "%", "%", "1", 1),
    ]
    assert [r["rule"] for r in found if r["unit"]] == ["table of units", "table of units"]
    assert "needs the kit's factor" in next(r["rule"] for r in found if not r["unit"])
    assert rule_of_rows(table, load_map()).to_pylist() == [
        "table of units",
        "table of units",
        None,
        "table of units",
        None,
    ]


@pytest.fixture
def own_map(tmp_path) -> str:  # type: ignore[no-untyped-def]
    text = (FOLDER / "maps" / "default.toml").read_text()
    text = text.replace("[unit_where_blank]", '[unit_where_blank]\ncrp = "mg/L"').replace(
        "[local_codes]", '[local_codes]\nil12 = ["IL-12p40"]'
    )
    text += '\n[[kit_factor]]\nanalyte = "afp"\nunit = "IU/mL"\nfactor = "1.21"\nto = "ng/mL"\nsource = "kit insert, page 3"\n'
    path = tmp_path / "own.toml"
    path.write_text(text)
    return str(path)


def test_a_site_s_own_rules_are_named(labs: Callable[..., pa.Table], own_map: str) -> None:
    table = labs(row("CRP", ""), row("AFP", "IU/mL"), map_name=own_map)
    rules = rule_of_rows(table, load_map(own_map)).to_pylist()
    assert "is declared by labs map default" in rules[0]
    assert rules[1] == "'IU/mL' by the kit's factor: kit insert, page 3"
    assert table.column("value_text").to_pylist() == ["0.2", "2.42"]


def test_a_site_s_own_codes_go_over_the_near_misses(labs: Callable[..., pa.Table], own_map: str) -> None:
    near = labs(row("IL-12p40", "pg/mL")).to_pylist()[0]
    own = labs(row("IL-12p40", "pg/mL"), map_name=own_map).to_pylist()[0]
    assert (near["reason"], own["reason"], own["analyte"]) == ("assay_mismatch", None, "il12")
