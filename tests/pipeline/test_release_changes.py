"""What changed between two releases, and why: every change is told, each with exactly its cause, and none is without one."""

from __future__ import annotations

import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from made_once import Once, copied
from small_site import (
    LAB_HEADER,
    STARTED,
    plate_of,
    put_labs,
    put_patients,
    put_plate,
    record,
    results,
    subject,
    write_small_site,
    written,
)

import warehouse
from pbis.cli import main
from pbis.config import Site, load_site
from pbis.core.decision import NAME_RELEASE, PRUNE, Decision, Target, chained
from pbis.pipeline.at_once import what_changed
from pbis.pipeline.context import Night, NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.night import run_plain
from pbis.pipeline.plates import Desk, layout_of, names_under
from pbis.pipeline.published import run_query
from pbis.pipeline.release_changes import changes_between
from pbis.pipeline.verify_store import copied as opened_copy
from pbis.pipeline.withdrawing import releases_with, withdraw
from warehouse.append import append

NIGHTS = tuple(f"2026-01-0{day}-1" for day in range(5, 9))
SETS = ("pbis-2025-il2-pgml", "pbis-2025-as-published")
WHAT = ("group", "score", "score_min", "score_max", "is_certain", "marks")
PARTS = ("point", "value", "unit", "reason")
Row = dict[str, Any]


def at(day: int, hour: int = 3) -> datetime:
    return datetime(2026, 1, day, hour)


def go(root: Path, day: int) -> None:
    run_plain(load_site(root), NightOptions(), Silent(), lambda: at(day))


def decided(root: Path, day: int, **asked: Any) -> None:
    request = Request(author="A. Name", cause="bubble", reason="seen", **asked)
    decide(root, request, lambda: at(day, 9))


def four_nights(root: Path) -> None:
    """A first night; then three things at once, each about other patients; what undoes one of them, and other things; another set
    with a withdrawal."""
    write_small_site(root, 2)
    inbox = root / "inbox"
    put_patients(inbox, (1, 2, 3))
    go(root, 5)
    put_plate(inbox, 3)
    gone = results(1, 1, STARTED)[2].replace("4.1,mg/L,final", ",,entered in error")
    written(inbox / "labs" / "taken_back.csv", LAB_HEADER, [gone])
    decided(root, 5, kind="exclude", plate=plate_of(2).header.batch, analyte="IL-2")
    go(root, 6)
    put_plate(inbox, 1, exported_again=2)
    put_labs(inbox, (3,), "labs_3.csv")
    decided(root, 6, kind="reverse", reverses=1)
    go(root, 7)
    file = root / "site.toml"
    file.write_text(file.read_text().replace(*SETS))
    withdraw(root, subject(1, 2), lambda: at(7, 9), author="A. Name", reason="asked for it")
    go(root, 8)


@pytest.fixture(scope="module")
def told(once: Once, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site after its four nights; to be read."""
    made = once("four_nights", lambda folder: four_nights(folder / "site"))
    return copied(made / "site", tmp_path_factory.mktemp("four") / "site")


def several_nights(root: Path) -> None:
    """A second night that brings, all at once, corrections of laboratory values, what says of patients that the score was not found in
    such, and another owner of a record number; a third with a set that lacks IL-2; a fourth after decisions about one plate."""
    write_small_site(root, 2)
    labs = root / "inbox" / "labs"
    first = labs / "labs_north.csv"
    first.write_text(first.read_text().replace("12.1,mg/L,final", "12.1,mg/L,preliminary"))
    go(root, 5)
    line = "{},validation,atezolizumab + bevacizumab,{:%Y-%m-%d %H:%M},3"
    frail = [line.format(record(1, number), STARTED + timedelta(days=number - 1)) for number in (1, 2)]
    written(root / "inbox" / "treatments" / "frail.csv", "mrn,cohort,regimen,started_at,ecog", frail)
    crp = results(1, 1, STARTED)[2].replace("4.1,mg/L,final", "0.7,mg/L,corrected")
    third = results(1, 3, STARTED + timedelta(days=2))
    fewer = third[0].replace("6.2,10*9/L,final", "1.2,10*9/L,corrected")
    low = third[2].replace("12.1,mg/L,final", "0.7,mg/L,final")
    written(labs / "corrected.csv", LAB_HEADER, [crp, fewer, low])
    owner = f"north,{record(2, 1)},P9999,2015-01-01,"
    written(root / "inbox" / "linkage" / "linkage.csv", "site,mrn,subject,valid_from,valid_to", [owner])
    go(root, 6)
    file = root / "site.toml"
    file.write_text(file.read_text().replace(SETS[0], "pbis-2025-no-il2"))
    go(root, 7)
    plate = plate_of(1).header.batch
    decided(root, 7, kind="exclude", plate=plate, analyte="IL-6")
    for sample in (4, 2):
        for well in wells_of(root, sample):
            decided(root, 7, kind="exclude", plate=plate, well=well, analyte="IL-12p70")
    go(root, 8)


def wells_of(root: Path, sample: int) -> list[str]:
    """The two wells of a sample of the first plate."""
    query = f"select distinct well from result_all where subject_id = '{subject(1, sample)}' order by well"
    return [row["well"] for row in asked(root, query)]


@pytest.fixture(scope="module")
def mixed(once: Once) -> Path:
    """The site after these nights; to be read."""
    return once("several_nights", lambda folder: several_nights(folder / "site")) / "site"


def caused(root: Path, release: str, who: str) -> dict[str, set[tuple[str, str]]]:
    """What is another of a patient -> its causes."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in asked(root, f"from release_change where release_after = '{release}' and subject_id = '{who}'"):
        found[row["what"]].add((row["cause_kind"], row["cause_key"]))
    return dict(found)


def rows_of(root: Path, *lines: int) -> set[tuple[str, str]]:
    return {("laboratory_result", f"{file_of(root, 'corrected.csv')}:{line}") for line in lines}


def test_a_mark_about_the_patient_has_the_cause_of_the_patient_and_no_value_beside_it(mixed: Path) -> None:
    frail = file_of(mixed, "frail.csv")
    first = caused(mixed, NIGHTS[1], subject(1, 1))
    assert first.pop("marks") == {("laboratory_result", f"{frail}:2")}
    assert {cause for each in first.values() for cause in each} == rows_of(mixed, 2)
    assert caused(mixed, NIGHTS[1], subject(1, 2)) == {"marks": {("laboratory_result", f"{frail}:3")}}


def test_a_bound_of_the_score_has_the_causes_of_what_moved_it_alone(mixed: Path) -> None:
    found = caused(mixed, NIGHTS[1], subject(1, 3))
    assert found["score_min"] == rows_of(mixed, 3)  # the point that was lost; that CRP gives none was possible before
    assert found["score_max"] == rows_of(mixed, 3, 4)
    assert (found["nlr_point"], found["crp_point"]) == (rows_of(mixed, 3), rows_of(mixed, 4))


def test_another_owner_of_a_record_number_has_the_linkage_table_for_a_cause(mixed: Path) -> None:
    query = """
        select arg_max(file_id, sequence) as file_id
        from store.clinical_import join store.clinical_file using (file_id) where kind = 'linkage'
    """
    linkage = {("laboratory_result", asked(mixed, query)[0]["file_id"])}
    for who, count in ((subject(2, 1), 15), ("P9999", 2)):
        found = caused(mixed, NIGHTS[1], who)
        assert set(map(frozenset, found.values())) == {frozenset(linkage)}
        assert len(found) >= count


def test_a_component_that_the_new_set_lacks_is_a_change_too(mixed: Path) -> None:
    hashed = ("configuration", load_site(mixed).config_hash)
    query = f"""
        select what, before, after, cause_kind, cause_key from release_change
        where release_after = '{NIGHTS[2]}' and subject_id = '{subject(1, 2)}' and what like 'il2%' order by what
    """
    assert [tuple(row.values()) for row in asked(mixed, query)] == [
        ("il2_point", "0", None, *hashed), ("il2_unit", "pg/mL", None, *hashed), ("il2_value", "<3.2", None, *hashed),
    ]  # fmt: skip


def test_a_decision_about_other_samples_or_analytes_of_the_plate_is_no_cause(mixed: Path) -> None:
    first, second = ({("decision", str(number)) for number in numbers} for numbers in ((2, 3), (4, 5)))
    for sample, own in ((4, first), (2, second)):
        found = caused(mixed, NIGHTS[3], subject(1, sample))
        assert found["il12_reason"] == own
        assert {cause for each in found.values() for cause in each} == own
    assert caused(mixed, NIGHTS[3], subject(1, 3)) == {}


def asked(root: Path, query: str) -> list[Row]:
    return list(run_query(root, query).to_pylist())


def causes(root: Path, release: str) -> dict[str, set[tuple[str, str]]]:
    """Whatever a change is about -> its causes."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in asked(root, f"from release_change where release_after = '{release}'"):
        about = row["subject_id"] or (f"{row['run_id']}" if row["run_id"] else row["what"])
        found[about].add((row["cause_kind"], row["cause_key"]))
    return dict(found)


def file_of(root: Path, part: str) -> str:
    """file_id of the laboratory file of that name."""
    con = warehouse.connect(root / "warehouse" / "working.duckdb", read_only=True)
    (found,) = con.execute("select file_id from store.clinical_file where name = $1", [part]).fetchone() or ("",)
    con.close()
    return str(found)


def runs(root: Path) -> dict[str, list[str]]:
    """Batch -> its runs in the order in which they came."""
    rows = asked(root, "select batch, list(run_id order by sequence) as runs from store.run group by batch")
    return {row["batch"]: row["runs"] for row in rows}


def each_of(names: list[str], cause: set[tuple[str, str]]) -> dict[str, set[tuple[str, str]]]:
    return dict.fromkeys(names, cause)


def patients(plate: int) -> list[str]:
    return [subject(plate, sample) for sample in range(1, 5)]


def test_of_three_things_of_one_night_each_is_the_cause_of_its_own_changes_alone(told: Path) -> None:
    came, excluded = runs(told)[plate_of(3).header.batch][0], runs(told)[plate_of(2).header.batch][0]
    assert causes(told, NIGHTS[0]) == {}
    assert causes(told, NIGHTS[1]) == {
        subject(1, 1): {("retraction", f"{file_of(told, 'taken_back.csv')}:2")},
        **each_of(patients(2), {("decision", "1")}),
        **each_of(patients(3), {("plate", came)}),
        came: {("plate", came)},
        excluded: {("decision", "1")},
    }


def test_what_undoes_a_decision_a_new_export_and_a_laboratory_file_are_causes(told: Path) -> None:
    was, anew = runs(told)[plate_of(1).header.batch]
    found, file = causes(told, NIGHTS[2]), file_of(told, "labs_3.csv")
    assert {name: found[name] for name in patients(2)} == each_of(patients(2), {("decision", "2")})
    assert (found[was], found[anew]) == ({("plate", anew)}, {("plate", anew)})
    for place, name in enumerate(patients(3)):
        assert found[name] == {("laboratory_result", f"{file}:{2 + 3 * place + line}") for line in range(3)}
    assert not set(patients(1)) & set(found)  # the new export says of them what the old one said


def test_another_cut_off_set_is_a_cause_of_all_that_it_moves(told: Path) -> None:
    found, hashed = causes(told, NIGHTS[3]), load_site(told).config_hash
    withdrawn = {found.pop("withdrawal").pop()}
    assert set(found) == {"cutoff_set", *(set(patients(1)) - {subject(1, 2)}), *patients(2), *patients(3)}
    assert {cause for each in found.values() for cause in each} == {("configuration", hashed)}
    assert withdrawn == {("decision", "3")}
    # what the desk says of it: a change that is about no plate counts none
    assert list(what_changed(told, NIGHTS[3])) == [f"Release {NIGHTS[3]}: 11 patients changed."]


def test_a_withdrawal_is_told_without_a_name_and_takes_the_subject_out_of_every_change(told: Path) -> None:
    query = f"select count(*) as n from release_change where subject_id = '{subject(1, 2)}'"
    assert asked(told, query) == [{"n": 0}]
    con = warehouse.connect(told / "warehouse" / "working.duckdb", read_only=True)
    count = con.execute("select count(*) from store.release_change_found where subject_id = $1", [subject(1, 2)])
    assert count.fetchone() == (0,)
    con.close()


def test_assays_of_a_replaced_export_are_named_after_what_is_left_of_the_layout_too(told: Path) -> None:
    with opened_copy(load_site(told), lambda: at(9)) as night:
        desk, known = Desk.of(night), warehouse.assayed_runs(night.con)
        assert len(known) == len(warehouse.current_runs(night.con)) + 1
        for run in known:
            assert run.assay_id in names_under(night, desk, run, layout_of(run.plate, desk.layouts))


def test_older_releases_are_asked_for_a_name_by_their_parts_and_a_damaged_one_counts_as_holding_it(
    told: Path, tmp_path: Path
) -> None:
    site = load_site(shutil.copytree(told, tmp_path / "site", symlinks=True))
    folder = site.path("releases")
    assert not (folder / NIGHTS[0] / warehouse.FILE_NAME).exists()
    assert releases_with(site, lambda text: subject(1, 2) in text) == tuple(folder / name for name in NIGHTS[:3])
    assert releases_with(site, lambda text: "nobody at all" in text) == ()
    part = next((folder / NIGHTS[1] / "parts").glob("score-*.parquet"))
    part.chmod(0o600)
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    assert releases_with(site, lambda text: "nobody at all" in text) == (folder / NIGHTS[1],)


def test_the_page_in_the_folder_tells_the_rows_of_its_release(told: Path) -> None:
    pages = [(told / "releases" / name / "CHANGES.md").read_text() for name in NIGHTS]
    assert "no release before it" in pages[0]
    came = f"plate {plate_of(3).header.batch} ({runs(told)[plate_of(3).header.batch][0][:12]})"
    assert f"| {subject(3, 1)} | il2_reason | not_received | - | {came} |" in pages[1]
    rows = asked(
        told, f"select distinct subject_id, run_id, what from release_change where release_after = '{NIGHTS[3]}'"
    )
    own = [line for line in pages[3].splitlines() if line.startswith("| ") and not line.startswith("| about")]
    assert len(own) == len(rows)
    assert pages[3].count("consent withdrawn") == 1
    assert "Consent withdrawn: 1 patient taken out." in pages[3]
    assert subject(1, 2) not in pages[3]


def test_between_distant_releases_what_was_changed_back_is_not_told_and_all_causes_are(told: Path) -> None:
    rows = changes_between(told, NIGHTS[0], NIGHTS[2]).rows
    assert not {row["subject_id"] for row in rows} & set(patients(2))
    found = changes_between(told, NIGHTS[0], NIGHTS[3]).rows
    (value,) = (row for row in found if (row["subject_id"], row["what"]) == (subject(2, 1), "il2_value"))
    assert (value["before"], value["after"]) == ("<3.2", "<0.0032")
    assert list(zip(value["cause_kinds"], value["cause_keys"], strict=True)) == [
        ("configuration", load_site(told).config_hash), ("decision", "1"), ("decision", "2"),
    ]  # fmt: skip
    assert changes_between(told, NIGHTS[1], NIGHTS[1]).rows == ()


def run(arguments: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["pbis", *arguments])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def test_the_command_says_which_releases_there_are(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = ["--site", str(told)]
    assert run(["release", "diff", NIGHTS[2], *site]) == 0
    assert capsys.readouterr().out == (told / "releases" / NIGHTS[3] / "CHANGES.md").read_text()
    assert run(["release", "diff", NIGHTS[3], *site]) == 0  # the newest, named alone, against the one before it
    assert capsys.readouterr().out == (told / "releases" / NIGHTS[3] / "CHANGES.md").read_text()
    assert run(["release", "diff", "--json", NIGHTS[2], NIGHTS[3], *site]) == 0
    assert '"what":"withdrawal"' in capsys.readouterr().out
    for names, words in (
        ((NIGHTS[2], NIGHTS[1]), "name the earlier one first"),
        (("yesterday",), f"the latest are {', '.join(NIGHTS)}"),
    ):
        assert run(["release", "diff", *names, *site]) == 2
        assert words in capsys.readouterr().err


@pytest.fixture(scope="module")
def night(good: Site) -> Iterator[Night]:
    """A night on a copy of the store of a site that has published once."""
    with opened_copy(good, lambda: at(6)) as opened:
        yield opened


def noise(table: pa.Table, chance: random.Random, columns: dict[str, list[Any]]) -> pa.Table:
    """The rows with a few cells that are others, as no night would leave them."""
    rows = table.to_pylist()
    for row in chance.sample(rows, 60):
        name = chance.choice(sorted(columns))
        row[name] = chance.choice(columns[name])
    return pa.Table.from_pylist(rows, table.schema)


def shown(con: warehouse.Connection, night_id: str) -> dict[tuple[str, str], str | None]:
    """What a release of that night says of each patient, taken from the tables by a second way."""
    found: dict[tuple[str, str], str | None] = {}
    score = "select * from store.score where night_id = $1 and is_site_set"
    for row in con.execute(score, [night_id]).to_arrow_table().to_pylist():
        found |= {(row["subject_id"], name): _text(row[name]) for name in WHAT}
    part = f"select c.* from store.score_component as c join ({score}) using (night_id, subject_id, cutoff_set)"
    for row in con.execute(part, [night_id]).to_arrow_table().to_pylist():
        op = "" if row["value_op"] in ("=", None) else row["value_op"]
        row["value"] = None if row["value_text"] is None else op + row["value_text"]
        found |= {(row["subject_id"], f"{row['component']}_{name}"): _text(row[name]) for name in PARTS}
    return found


def _text(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def test_no_change_is_without_a_cause_whatever_changed(night: Night) -> None:
    con, before = night.con, NIGHTS[0]
    tables = ("score", "score_component", "score_input")
    query = "select * exclude (night_id) from store.{} where night_id = $1 order by all"
    then = [con.execute(query.format(name), [before]).to_arrow_table() for name in tables]
    for seed in range(6):
        chance, name = random.Random(seed), f"2026-02-0{seed + 1}-1"
        changes: tuple[dict[str, list[Any]], ...] = (
            {"group": ["high", "low", "indeterminate"], "score_max": [1, 2, 3, 4], "is_certain": [None, True], "marks": ["near_cut"]},
            {"point": [0, 1, None], "value_text": ["7", None], "value_op": ["<"], "reason": ["qns", None]},
            {"value_text": ["7", None], "reason": ["qns"], "ci_low": [0.5], "plate_cv_pct": [3.0], "source_key": ["a:1", None]},
        )  # fmt: skip
        now = [noise(*each) for each in zip(then, [chance] * 3, changes, strict=True)]
        warehouse.begin_night(
            con, name, at(10 + seed), config_hash="other" if seed % 3 == 1 else night.site.config_hash, code_version="9"
        )
        for table, frame in zip(tables, now, strict=True):
            append(con, table, frame, night_id=name)
        warehouse.record_changes(con, name, name, before, None)
        query = "select subject_id, what, before, after, cause_kind from store.release_change_found where release_after = $1 and run_id is null"
        rows = con.execute(query, [name]).fetchall()
        was, is_now = shown(con, before), shown(con, name)
        expected = {(*key, was[key], is_now[key]) for key in was if was[key] != is_now[key]}
        assert {tuple(row[:4]) for row in rows} == expected
        assert len(expected) > 20
        assert {row[4] for row in rows} <= {"configuration", "code"}


def test_a_word_that_a_release_is_cited_by_is_no_cause(night: Night) -> None:
    con, name = night.con, "2026-03-01-1"
    table = con.execute(
        "select * exclude (night_id) from store.score where night_id = $1", [NIGHTS[0]]
    ).to_arrow_table()
    (code,) = con.execute("select code_version from store.night where night_id = $1", [NIGHTS[0]]).fetchone() or ("",)
    warehouse.begin_night(con, name, at(20), config_hash=night.site.config_hash, code_version=code)
    cited = Target(NIGHTS[0], NIGHTS[0])
    told = Decision(0, at(19), "A. Name", NAME_RELEASE, cited, "verified", "cited", told='{"label": "Kim 2026"}')
    gone = Decision(0, at(19), "A. Name", PRUNE, cited, "verified", "taken away")
    events: tuple[Decision, ...] = ()
    for event in (told, gone):
        events = (*events, chained(events, event))
    assert warehouse.load_decisions(con, events, name) == len(events)
    append(con, "score", noise(table, random.Random(7), {"marks": ["near_cut", "another"]}), night_id=name)
    warehouse.record_changes(con, name, name, NIGHTS[0], None)
    kinds = con.execute("select distinct cause_kind from store.release_change_found where release_after = $1", [name])
    assert kinds.fetchall() == [("code",)]
