"""The demo site: complete, deterministic, true to its own truth, with every problem planted and listed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from pbis.core.errors import CorruptedLadder, InputRefused
from pbis.readers import read
from pbis.simulate import Manifest, write_site_data

SEED = 7


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Manifest:
    folder = tmp_path_factory.mktemp("site")
    return write_site_data(folder / "inbox", folder / "truth", SEED)


@pytest.fixture(scope="module")
def subjects(site: Manifest) -> list[dict[str, str]]:
    return _table(site.truth / "subjects.csv")


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _problem(site: Manifest, kind: str):
    return next(p for p in site.problems if p.kind == kind)


def test_same_seed_same_bytes(site: Manifest, tmp_path: Path) -> None:
    again = write_site_data(tmp_path / "inbox", tmp_path / "truth", SEED)
    assert again.files == site.files
    for folder, other in ((site.inbox, again.inbox), (site.truth, again.truth)):
        written = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
        assert written == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
        assert all((folder / p).read_bytes() == (other / p).read_bytes() for p in written)


def test_the_inbox_holds_what_a_night_reads(site: Manifest) -> None:
    folders = Counter(path.split("/")[0] for path in site.files)
    assert folders == {
        "plates": 12,
        "layouts": 7,
        "labs": 2,
        "specimens": 1,
        "treatments": 1,
        "linkage": 1,
        "outcomes": 1,
    }
    assert all((site.inbox / path).is_file() for path in site.files)
    assert [(site.truth / "late" / path).is_file() for path in site.late] == [True]


def test_truth_is_apart_from_the_inbox(site: Manifest) -> None:
    names = {p.name for p in site.inbox.rglob("*")}
    assert not names & {"subjects.csv", "concentrations.csv", "problems.json", "manifest.json"}


def test_every_planted_problem_is_listed(site: Manifest) -> None:
    listed = {p["kind"] for p in json.loads((site.truth / "problems.json").read_text())}
    assert listed == {p.kind for p in site.problems}
    assert listed >= {
        *("low_beads_one_replicate", "low_beads_both_replicates", "failed_controls", "failed_control", "hook"),
        *("swapped_standards", "corrupted_ladder", "same_bytes_twice", "resaved", "late_reexport", "mixed_units"),
        *("preliminary_only", "missing_lymphocytes", "below_lloq_at_cut", "unknown_unit", "bead_level_file"),
        *("empty_file", "identity_conflict", "near_cut"),
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_find_subjects_for_every_story(seed: int, tmp_path: Path, site: Manifest) -> None:
    other = write_site_data(tmp_path / "inbox", tmp_path / "truth", seed)
    assert {p.kind for p in other.problems} == {p.kind for p in site.problems}


def test_good_plates_read_and_bad_ones_are_refused(site: Manifest) -> None:
    refused = {p.file for p in site.problems if p.expected.startswith("refused")}
    for path in site.files:
        if path.startswith("plates/") and path not in refused:
            assert read(site.inbox / path).reading.num_rows > 0
    for path in refused:
        with pytest.raises(InputRefused):
            read(site.inbox / str(path))
    with pytest.raises(CorruptedLadder):
        read(site.inbox / str(_problem(site, "corrupted_ladder").file))


def test_the_copy_has_the_same_bytes_and_the_reexport_the_same_readings(site: Manifest) -> None:
    copy = _problem(site, "same_bytes_twice")
    original = site.inbox / f"plates/{copy.plate}.csv"
    assert (site.inbox / str(copy.file)).read_bytes() == original.read_bytes()
    late = _problem(site, "late_reexport")
    first, second = read(site.inbox / f"plates/{late.plate}.csv"), read(site.truth / "late" / str(late.file))
    assert first.reading["mfi"].equals(second.reading["mfi"])
    assert first.run.batch == second.run.batch
    assert first.run.exported_at < second.run.exported_at


def test_layouts_name_every_well_of_their_plates(site: Manifest) -> None:
    for path in sorted((site.inbox / "layouts").iterdir()):
        rows = _table(path)
        found = read(site.inbox / f"plates/{rows[0]['plate']}.csv")
        assert {r["well"] for r in rows} == set(found.reading["well"].to_pylist())
        assert {r["plate"] for r in rows} == {found.run.batch}


def test_true_shares_of_high(subjects) -> None:
    counts = Counter((r["cohort"], r["true_group_il2_pgml"]) for r in subjects)
    assert (counts["derivation", "high"], counts["validation", "high"], counts["lenvatinib", "high"]) == (62, 39, 10)


def test_expected_groups_differ_from_the_truth_only_where_something_is_unknown(subjects) -> None:
    for row in subjects:
        if not row["expected_reasons"]:
            assert row["expected_group"] == row["true_group_il2_pgml"]
            assert row["expected_score"] == row["true_score_il2_pgml"]
        else:
            assert row["expected_group"] in (row["true_group_il2_pgml"], "indeterminate", "not_scored")


def test_some_groups_are_open_but_not_many(subjects) -> None:
    groups = Counter(r["expected_group"] for r in subjects)
    assert 8 <= groups["indeterminate"] <= 45
    assert groups["not_scored"] == 1
    after = Counter(r["expected_group_after_late"] for r in subjects)
    assert after["indeterminate"] <= groups["indeterminate"]


_FACTORS = {
    **dict.fromkeys(("10^9/L", "x10^9/L", "10*3/uL", "K/uL", "G/L"), Fraction(1)),
    **dict.fromkeys(("/uL", "cells/uL"), Fraction(1, 1000)),
    **dict.fromkeys(("mg/L", "µg/mL"), Fraction(1, 10)),
    "mg/dL": Fraction(1),
    "ug/L": Fraction(1, 10_000),
}
_NAMES = {
    **dict.fromkeys(("751-8", "Neutrophils"), "neutrophils_10_9_l"),
    **dict.fromkeys(("731-0", "Lymphocytes"), "lymphocytes_10_9_l"),
    **dict.fromkeys(("1988-5", "CRP"), "crp_mg_dl"),
}


def _labs(site: Manifest) -> dict[str, list[dict[str, str]]]:
    link = {r["mrn"]: r["subject"] for r in _table(site.inbox / "linkage/linkage.csv")}
    rows: dict[str, list[dict[str, str]]] = {}
    for name in ("north", "south"):
        for row in _table(site.inbox / f"labs/labs_{name}.csv"):
            rows.setdefault(link[row["mrn"]], []).append(row)
    return rows


def test_labs_at_the_tube_give_the_true_values_exactly(site: Manifest, subjects) -> None:
    """The last final or corrected row at the tube's time, converted by a table of this test, is the truth."""
    hidden = ("nlr:", "crp:", "outside_window")
    labs = _labs(site)
    for subject in subjects:
        if any(reason in subject["expected_reasons"] for reason in hidden):
            continue
        at = datetime.fromisoformat(subject["collected_at"])
        rows = [r for r in labs[subject["subject"]] if datetime.fromisoformat(r["collected_at"]) == at]
        rows = [r for r in rows if r["status"] in ("final", "corrected") and r["test"] in _NAMES]
        last = {_NAMES[r["test"]]: r for r in sorted(rows, key=lambda r: r["resulted_at"])}
        for column, row in last.items():
            assert Fraction(row["value"]) * _FACTORS[row["unit"]] == Fraction(subject[column]), (subject, row)
        assert set(last) == set(_NAMES.values())


def test_tubes_lie_in_the_window_unless_said_otherwise(subjects) -> None:
    for row in subjects:
        collected, started = (datetime.fromisoformat(row[name]) for name in ("collected_at", "started_at"))
        is_inside = timedelta() <= started.date() - collected.date() <= timedelta(days=7) and collected < started
        assert is_inside is ("outside_window" not in row["expected_reasons"])


def test_at_cut_ratio_flips_in_binary_floating_point(site: Manifest, subjects) -> None:
    row = next(r for r in subjects if r["subject"] == _problem(site, "nlr_at_cut").subject)
    assert Fraction(row["neutrophils_10_9_l"]) / Fraction(row["lymphocytes_10_9_l"]) == Fraction(7, 2)
    assert float(row["neutrophils_10_9_l"]) / float(row["lymphocytes_10_9_l"]) < 3.5


def test_one_record_number_leads_to_two_subjects(site: Manifest) -> None:
    owners: dict[str, set[str]] = {}
    for row in _table(site.inbox / "linkage/linkage.csv"):
        owners.setdefault(row["mrn"], set()).add(row["subject"])
    shared = [names for names in owners.values() if len(names) > 1]
    assert len(shared) == 1
    assert _problem(site, "identity_conflict").subject in shared[0]


def test_concentrations_are_listed_for_every_assayed_tube(site: Manifest) -> None:
    rows = _table(site.truth / "concentrations.csv")
    tubes = {r["specimen"] for r in rows}
    assert len(rows) == 7 * len(tubes) == 7 * site.specimens
    assert {r["specimen"] for r in rows if not r["plate"]} == {_problem(site, "not_received").specimen}


def test_measured_concentrations_are_near_the_truth(site: Manifest) -> None:
    """The instrument's own Result of a good plate against the truth, far from its ends."""
    truth = {(r["specimen"], r["analyte"]): r for r in _table(site.truth / "concentrations.csv")}
    layout = next(p for p in sorted((site.inbox / "layouts").iterdir()) if "_P05_" in p.name)
    specimen = {r["well"]: r["specimen"] for r in _table(layout)}
    found = read(site.inbox / "plates" / layout.name.replace("_layout", "")).reading.to_pylist()
    errors = [
        abs(row["result_reported"] / true - 1)
        for row in found
        if row["analyte_reported"] == "IL-12p70" and specimen[row["well"]] and row["result_reported_op"] == "="
        if (true := float(truth[specimen[row["well"]], "IL-12p70"]["concentration_pg_ml"])) > 8
    ]
    assert len(errors) > 20
    assert sorted(errors)[len(errors) // 2] < 0.1
