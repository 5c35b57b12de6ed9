"""A laboratory's own tolerances change what is computed, judged, printed and named together; other words change none of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import expectations
from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

WHO = {"author": "A. Lab", "reason": "our kit", "source": "SOP 7"}
NARROW = ("standard_recovery.inner", "standard_recovery.ends")
ASSAY = "select assay_id, suite_hash, wording_hash, recovery_low_pct, recovery_high_pct from current_assay"
CURVES = "select analyte, lloq, uloq, passing_levels, status from standard_curve order by analyte"


@pytest.fixture
def site(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "site", symlinks=True))


def override(site: Path, *ids: str, **change: Any) -> None:
    (site / "own.json").write_text(json.dumps({"overrides": [{"id": one, "set": change, **WHO} for one in ids]}))
    text = (site / "site.toml").read_text()
    (site / "site.toml").write_text(text.replace('suite_override = ""', 'suite_override = "own.json"', 1))


def computed_anew(site: Path) -> int:
    """Run a night; how many plates it computed."""
    clock: Callable[[], datetime] = lambda: datetime(2026, 1, 6, 3, 0)  # noqa: E731
    return run_plain(load_site(site), NightOptions(), Silent(), clock).plates_recomputed


def pages(site: Path) -> set[Path]:
    return set((site / "reports" / "plates").glob("*.html"))


def test_an_override_of_recovery_reaches_curve_check_page_and_identity(site: Path) -> None:
    before = {query: run_query(site, query).to_pylist() for query in (ASSAY, CURVES)}
    known = pages(site)
    (page,) = known
    assert "recovery 80 to 120 %" in page.read_text()
    override(site, *NARROW, min_value=97, max_value=103)
    assert computed_anew(site) == 1
    after = {query: run_query(site, query).to_pylist() for query in (ASSAY, CURVES)}
    (one,), (other,) = before[ASSAY], after[ASSAY]
    assert one["assay_id"] != other["assay_id"]
    assert (other["recovery_low_pct"], other["recovery_high_pct"]) == (97.0, 103.0)
    for name in ("lloq", "uloq", "passing_levels", "status"):
        assert [row[name] for row in before[CURVES]] != [row[name] for row in after[CURVES]], name
    limits = run_query(site, "select distinct limit_text from qc_flag where rule = 'standard_recovery'").to_pylist()
    assert {part for row in limits for part in row["limit_text"].split("; ")} == {"97-103 %"}
    text = (pages(site) - known).pop().read_text()
    assert "recovery 97 to 103 %" in text
    assert "97 to 103 %; at the ends 97 to 103 %" in text
    assert "80 to 120 %" not in text
    failed = run_query(site, "select analyte from standard_curve where status = 'fail'").column("analyte").to_pylist()
    found = run_query(
        site, "select distinct analyte from qc_flag where rule = 'curve_acceptance' and severity = 'fail'"
    )
    assert set(failed) <= set(found.column("analyte").to_pylist())


SAID = "select * exclude (message, action) from qc_flag order by all"
WORDS = "select distinct message, action from qc_flag where decision_id is null order by all"
LABS_KEPT = "select * exclude (message, action) from lab_flag order by all"
VERDICTS = "select analyte, state, reasons from analyte_plate order by analyte"
SENTENCE = "select sentence from plate_verdict_standing"


def reworded(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    plain = expectations.load_suite

    def other(*args: Any) -> expectations.Suite:
        suite = plain(*args)
        return replace(suite, entries=tuple(replace(e, sentence=words, action=words) for e in suite.entries))

    monkeypatch.setattr(expectations, "load_suite", other)


def test_another_sentence_computes_no_plate_and_is_said_everywhere(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {query: run_query(site, query).to_pylist() for query in (SAID, VERDICTS)}
    words = run_query(site, WORDS).to_pylist()
    (before,), known = run_query(site, ASSAY).to_pylist(), pages(site)
    assert kept[SAID]
    reworded(monkeypatch, "quite other words")
    assert computed_anew(site) == 0
    assert {query: run_query(site, query).to_pylist() for query in kept} == kept
    (after,) = run_query(site, ASSAY).to_pylist()
    assert after == before | {"wording_hash": after["wording_hash"]}
    assert after["wording_hash"] != before["wording_hash"]
    said = run_query(site, WORDS).to_pylist()
    assert {part for row in said for text in row.values() for part in text.split("; ")} == {"quite other words"}
    (page,) = pages(site) - known
    assert "quite other words" in page.read_text()
    assert page.name in (site / "reports" / "index.html").read_text()
    assert computed_anew(site) == 0
    assert pages(site) - known == {page}
    monkeypatch.undo()  # the words are put back
    assert computed_anew(site) == 0
    assert run_query(site, WORDS).to_pylist() == words
    assert run_query(site, ASSAY).to_pylist() == [before]


def test_another_sentence_is_said_of_laboratory_results(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(plates=()).root
    computed_anew(site)
    kept = run_query(site, LABS_KEPT).to_pylist()
    assert {row["effect"] for row in kept} >= {"exclude_row"}
    reworded(monkeypatch, "quite other words")
    assert computed_anew(site) == 0
    assert run_query(site, LABS_KEPT).to_pylist() == kept
    assert run_query(site, "select distinct message, action from lab_flag").to_pylist() == [
        {"message": "quite other words", "action": "quite other words"}
    ]


def test_the_same_words_are_said_again_as_they_are_stored(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks over what is stored find what they found over what was computed, to the letter."""
    queries = ("select * from qc_flag order by all", SENTENCE, VERDICTS)
    before = [run_query(site, query).to_pylist() for query in queries]
    monkeypatch.setattr(expectations.Suite, "wording_hash", "0" * 64)
    assert computed_anew(site) == 0
    assert [row["wording_hash"] for row in run_query(site, ASSAY).to_pylist()] == ["0" * 64]
    assert [run_query(site, query).to_pylist() for query in queries] == before


def test_another_threshold_computes_the_plate_anew(site: Path) -> None:
    override(site, "bead_count.warn", min_value=60)
    assert computed_anew(site) == 1
    assert computed_anew(site) == 0


def test_what_an_earlier_build_computed_by_the_same_rules_stands(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Earlier builds named the suite by a hash over its sentences too: a site whose assays bear such a name."""
    now = expectations.load_suite("research").hash
    module = sys.modules["expectations.suite"]
    former = hashlib.sha256(b"an earlier build").hexdigest()
    monkeypatch.setattr(module.Suite, "hash", former)
    assert computed_anew(site) == 1  # as the earlier build would have named it
    (before,) = run_query(site, ASSAY).to_pylist()
    monkeypatch.undo()
    with_it = {**module.FORMER, former: now}
    monkeypatch.setattr(module, "FORMER", with_it)
    assert computed_anew(site) == 0
    assert run_query(site, ASSAY).to_pylist() == [before]
    override(site, *NARROW, min_value=97, max_value=103)  # rules by which no earlier build computed
    assert computed_anew(site) == 1
