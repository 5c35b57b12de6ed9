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


def test_every_printed_figure_is_in_the_paper_where_it_is_at_hand(shared: Path) -> None:
    text = " ".join((shared / "paper" / "pbis_paper.txt").read_text(encoding="utf-8").split())
    for claim in load_claims().claim:
        for figure in claim.printed:
            assert figure in text, (claim.id, figure)


def test_every_claim_has_its_place_and_figures_and_says_no_other_number() -> None:
    claims = load_claims().claim
    assert len(claims) >= 60
    for claim in claims:
        assert claim.place, claim.id
        assert claim.printed, claim.id
        assert all(len(figure.split()) <= 5 for figure in claim.printed), claim.id  # figures, never a sentence
        figures = " ".join(claim.printed)
        for used in (claim.hr, claim.p, claim.low, claim.high, claim.before, claim.after, claim.r, claim.p_below):
            assert used is None or used in figures, (claim.id, used)
        for used in (*claim.values, *claim.against, *claim.printed_pct):
            assert used in figures, (claim.id, used)
        for count in (claim.first, claim.second):
            assert count is None or f"{count[0]}/{count[1]}" in figures, (claim.id, count)
        said = set(re.findall(r"\d*\.\d+", claim.says))
        assert all((n if n[0] != "." else f"0{n}") in figures for n in said), claim.id


@pytest.mark.parametrize(
    ("claim", "verdict", "words"),
    [
        (
            "responders-matched",
            "inconsistent",
            "24 cannot be among 20; they can only if the cohorts were pooled (20 + 8)",
        ),
        ("pfs-p", "inconsistent", "0.002 is not below 0.001"),
        ("fold-os", "reproduced", "3.47 / 2.15 = 1.61, 3.47 / 2.08 = 1.67"),
        ("fold-pfs", "inconsistent", "2.40 / 1.78 = 1.35, 2.40 / 1.72 = 1.40"),
        ("events-os", "reproduced", "about 29 events"),
        ("overlap-os", "inconsistent", "every interval overlaps that of the reference"),
        ("overlap-pfs", "inconsistent", "every interval overlaps that of the reference"),
    ],
)
def test_what_is_ours_is_marked_as_ours_unless_the_paper_says_it(
    paper: dict[str, Verdict], claim: str, verdict: str, words: str
) -> None:
    assert paper[claim].verdict == verdict
    assert words in paper[claim].found
    assert paper[claim].derived is not claim.startswith("fold")


def test_a_hazard_ratio_and_its_p_give_interval_and_events(paper: dict[str, Verdict]) -> None:
    assert "implies 1.53 to 7.89, and about 23 events between 62 and 54" in paper["os-adjusted"].found
    assert one(kind="value", hr="2.0").found == "printed without an interval or counts; needs the data"


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
    assert one(kind="sum", parts=(62, 54), total=117).verdict == "inconsistent"
    assert one(kind="part", part=3, whole=4).verdict == "reproduced"
    assert one(kind="below", p_below="0.001", values=("0.001",)).verdict == "reproduced"  # may have been 0.0006
    assert one(kind="correlation", r="0.100", patients=100, p_below="0.05").verdict == "not reproduced"
    assert one(kind="range", values=("4.14",), low="3.6", high="4.0").verdict == "inconsistent"
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
    path.write_text(head + 'kind="overlap"\nreference="x"\nclaims=["y"]\n')
    with pytest.raises(ConfigError, match="claim x: there is no claim y"):
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
    assert "this data, adjusted" in (verdicts["nlr-os"].data or "")  # an adjusted figure beside an adjusted one
    assert "this data, adjusted" in (verdicts["orr-adjusted"].data or "")
    assert "this data, crude" in (verdicts["os-validation"].data or "")
