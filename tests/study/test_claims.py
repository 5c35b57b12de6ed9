"""The paper's own claims: the verdicts that a reader should reach, and claims of every kind made wrong on purpose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from study_cohort import cohort

from pbis.core.errors import ConfigError
from pbis.study.claims import Claim, ClaimList, Verdict, check_claims, load_claims
from pbis.study.claims.check import prints_as
from pbis.study.claims.on_data import on_data
from pbis.study.data import check_table
from pbis.study.settings import StudySettings
from pbis.study.study import make_study


@pytest.fixture(scope="module")
def paper() -> dict[str, Verdict]:
    return {v.id: v for v in check_claims(load_claims())}


def one(**fields: object) -> Verdict:
    claim = Claim(id="x", says="x", **fields)  # type: ignore[arg-type]
    return check_claims(ClaimList("t", "c", "a", "2026-01-01", (claim,)))[0]


@pytest.mark.parametrize(
    ("claim", "verdict", "by"),
    [
        ("orr-derivation", "reproduced", ("fisher",)),
        ("orr-validation", "reproduced", ("fisher", "yates")),
        ("orr-matched", "reproduced", ("fisher",)),
        ("orr-test", "inconsistent", ("fisher",)),
        ("os-derivation-text", "inconsistent", ()),
        ("pairs", "inconsistent", ()),
        ("il2-unit", "inconsistent", ()),
        ("pfs-derivation-table", "reproduced", ("wald",)),
        ("os-validation", "not checkable", ()),
    ],
)
def test_what_the_paper_s_numbers_say(paper: dict[str, Verdict], claim: str, verdict: str, by: tuple[str, ...]) -> None:
    assert (paper[claim].verdict, paper[claim].by) == (verdict, by)
    assert len(paper[claim].found) > 20


def test_every_number_of_every_claim_is_in_the_paper(shared: Path) -> None:
    text = (shared / "paper" / "pbis_paper.txt").read_text(encoding="utf-8")
    numbers = set(re.findall(r"\d*\.?\d+", text))
    for claim in load_claims().claim:
        for printed in (claim.hr, claim.p, claim.low, claim.high, claim.before, claim.after, *claim.values):
            assert printed is None or printed in numbers, (claim.id, printed)
        for count in (claim.first, claim.second):
            assert count is None or f"{count[0]}/{count[1]}" in text, (claim.id, count)
        assert all(f"{printed}%" in text for printed in claim.printed_pct), claim.id
        said = set(re.findall(r"\d*\.\d+", claim.says))
        assert {n if n[0] != "." else f"0{n}" for n in said} <= numbers, claim.id


def test_what_the_paper_does_not_say_is_no_claim() -> None:
    said = " ".join(claim.says for claim in load_claims().claim)
    assert "53 %" not in said
    assert ".029" not in said
    assert "matched pairs of high and low patients in the derivation cohort" not in said


def test_the_arithmetic_is_shown(paper: dict[str, Verdict]) -> None:
    assert "fisher 0.0221, pearson 0.0192, yates 0.0330" in paper["orr-derivation"].found
    assert "the smaller has 54" in paper["pairs"].found
    assert "pooled (101 high, 69 low)" in paper["pairs"].found
    assert paper["orr-derivation"].p["fisher"] == pytest.approx(0.022081570010381843, rel=1e-12)


def test_rounding_is_that_of_the_printed_digits() -> None:
    assert prints_as(0.0221, "0.022")
    assert not prints_as(0.0221, "0.0220")
    assert prints_as(0.0225, "0.022")
    assert prints_as(0.0225, "0.023")


def test_wrong_numbers_of_every_kind_are_found() -> None:
    assert one(kind="two_by_two", first=(11, 62), second=(20, 54), p="0.001").verdict == "not reproduced"
    assert one(kind="two_by_two", first=(70, 62), second=(20, 54), p="0.001").verdict == "inconsistent"
    shares = one(kind="shares", first=(62, 116), second=(39, 54), printed_pct=("57", "72"), p="0.029")
    assert shares.verdict == "inconsistent"
    assert "62/116 is not 57 %" in shares.found
    assert one(kind="hazard_ratio", hr="3.67", low="1.77", high="9.63", p="0.001").verdict == "inconsistent"
    assert one(kind="hazard_ratio", hr="3.67", low="1.77", high="7.63", p="0.04").verdict == "not reproduced"
    assert one(kind="same", values=("2.10", "2.1")).verdict == "reproduced"
    assert one(kind="capacity", pairs=50, groups=(62, 54)).verdict == "reproduced"
    fits = one(kind="unit", cut_pg_ml=3.2, highest_normal_pg_ml=60, before="3.47", after="3.12")
    assert fits.verdict == "reproduced"


def test_a_list_that_lacks_something_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    head = 'title="t"\ncitation="c"\nauthor="a"\nreviewed_on="2026-01-01"\n[[claim]]\nid="x"\nsays="y"\n'
    path.write_text(head + 'kind="two_by_two"\nfirst=[1,2]\np="0.1"\n')
    with pytest.raises(ConfigError, match="claim x of kind two_by_two: expected second"):
        load_claims(path)
    path.write_text(head + 'kind="horoscope"\n')
    with pytest.raises(ConfigError, match=r"claims\.toml"):
        load_claims(path)
    with pytest.raises(ConfigError, match="no such file"):
        load_claims(tmp_path / "none.toml")


def test_claims_beside_data_say_whether_the_printed_value_fits() -> None:
    study = make_study(check_table(cohort(220, 1)), StudySettings())
    verdicts = {v.id: v for v in check_claims(load_claims(), lambda claim: on_data(study, claim))}
    assert verdicts["os-derivation-table"].data is not None
    assert "the printed 3.67 lies inside" in verdicts["os-derivation-table"].data
    assert "Fisher p" in (verdicts["orr-derivation"].data or "")
    assert verdicts["os-matched"].data is None
