"""What waits for a person: of every kind of thing that can be open, the planted ones are found, each once, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import changed
from partial_frames import partial

from pbis.core import frames
from pbis.core.decision import EXCLUDE, FIRST, LATER, Decision, Target, chained
from pbis.core.errors import MalformedFile
from pbis.core.open_items import KINDS, in_order, open_item
from warehouse import (
    ClinicalLoad,
    TrendLoad,
    begin_night,
    hash_plates,
    load_clinical,
    load_decisions,
    load_plate,
    load_reviews,
    load_scores,
    load_trend,
    open_items,
    open_rows,
    put_off,
    record_notes,
    record_open_items,
    record_refusal,
    refused_names,
)
from warehouse.ddl import literal
from warehouse.released import expression

NOON = datetime(2026, 3, 1, 12)
TODAY = date(2026, 3, 1)
NIGHT = "night"
ONE = "specimen | analyte | value\n{} | IL-2 | 7.5\n{} | IL-2 | 70"
Found = tuple[str, str]


def registered(lab: Any, name: str) -> None:
    lab.specimens(f"specimen | subject | drawn\n{name} | P{name} | 2026-02-20")


def loaded(lab: Any, name: str, *, layout: bool = True, mfi: float | None = None, **parts: Any) -> Any:
    """A plate with one well of that tube, and with a layout unless it has none; parts: frames of it that are others."""
    number = lab.next("plate")
    load = lab.make(number, ONE.format(name, name), mfi=mfi, started_at=datetime(2026, 2, 1, number % 24, number % 60))
    load = replace(load, provenance=replace(load.provenance, layout_file_id="l" * 64 if layout else None))
    load = replace(load, **{part: make(load) for part, make in parts.items()})
    load_plate(lab.con, load)
    return load


def plate_without_layout(lab: Any) -> Found:
    load = loaded(lab, "", layout=False, well=lambda load: changed(load.well, {"specimen_id": None}))
    return "plate_without_layout", str(load.read.run.batch)


def barcode_without_specimen(lab: Any) -> Found:
    loaded(lab, f"MISTYPED-{lab.next('barcode')}")
    return "barcode_without_specimen", f"MISTYPED-{lab.counter['barcode']}"


def held_well(lab: Any) -> Found:
    registered(lab, f"H{lab.next('tube')}")
    doubted = {"doubt": "label", "doubt_reason": "two labels"}
    load = loaded(
        lab,
        f"H{lab.counter['tube']}",
        well=lambda load: changed(load.well, doubted),
        result=lambda load: changed(load.result, {"status": "HELD"}),
    )
    return "held_well", str(load.read.run.batch)


def twin(lab: Any) -> Found:
    registered(lab, f"T{lab.next('tube')}")
    both = [loaded(lab, f"T{lab.counter['tube']}", mfi=500.0 + lab.counter["tube"]) for _ in range(2)]
    first = min(str(load.read.run.batch) for load in both)
    return "twin", f"{first} ({min(load.read.run.run_id for load in both)[:12]})"


def verdict_of(load: Any, state: str) -> Any:
    """The plate's verdict, as the rules would propose it."""
    row = {"run_id": load.read.run.run_id, "assay_id": load.assay_id, "plate_number": 1, "state": state}
    counted = [name for name in frames.PLATE_VERDICT.names if name.startswith("analytes_")]
    row |= dict.fromkeys((*counted, "low_bead_wells"), 0)
    row |= {"sentence": f"it is {state}", "expected_false_alarms": 0.1, "reportable_pct": 0.0}
    return frames.PLATE_VERDICT.table({name: [row.get(name)] for name in frames.PLATE_VERDICT.names})


def failed_plate(lab: Any) -> Found:
    registered(lab, f"F{lab.next('tube')}")
    load = loaded(lab, f"F{lab.counter['tube']}", plate_verdict=lambda load: verdict_of(load, "fail"))
    return "failed_plate", str(load.read.run.batch)


def awaiting_decision(lab: Any) -> Found:
    registered(lab, f"A{lab.next('tube')}")
    load = loaded(lab, f"A{lab.counter['tube']}", plate_verdict=lambda load: verdict_of(load, "pass"))
    hash_plates(lab.con, NIGHT, 8)
    state = {
        "run_id": load.read.run.run_id,
        "plate_number": 1,
        "state": "repeat_ordered",
        "decided_by": 1,
        "reviewed_at": NOON,
    }
    told = {
        "exclusion_count": 0,
        "signed": "no",
        "accepted_hash": None,
        "accepted_version": None,
        "answered_by_run_id": None,
    }
    load_reviews(lab.con, NIGHT, [state | told], [])
    return "awaiting_decision", str(load.read.run.batch)


def file_in_quarantine(lab: Any) -> Found:
    name = f"q{lab.next('refused')}.csv"
    error = MalformedFile("is cut off", file=name, line=7)
    record_refusal(lab.con, NIGHT, error, NOON, kind="plates", name=name, sha256=f"{lab.counter['refused']:064d}")
    return "file_in_quarantine", f"plates/{name}"


def lab_without_linkage(lab: Any) -> Found:
    row = " | crp | L{} | 2026-02-20 | 4.1 | identity_conflict"
    lab.labs("subject | analyte | specimen | drawn | value | reason\n" + "\n".join(row.format(n) for n in range(3)))
    return "lab_without_linkage", f"labs/labs{lab.counter['file']}.csv"


def plate_blocked_by_sheet(lab: Any) -> Found:
    registered(lab, f"B{lab.next('tube')}")
    run = loaded(lab, f"B{lab.counter['tube']}").read.run
    note = {
        "code": "blocked_by_sheet",
        "kind": "plates",
        "name": "b.csv",
        "sha256": run.run_id,
        "message": "another kit",
    }
    record_notes(lab.con, NIGHT, [note])
    return "plate_blocked_by_sheet", str(run.batch)


def trend_alarm(lab: Any) -> Found:
    registered(lab, f"A{lab.next('tube')}")
    load = loaded(lab, f"A{lab.counter['tube']}")
    row = {
        "assay_id": load.assay_id,
        "run_id": load.read.run.run_id,
        "plate_number": 1,
        "analyte": "IL-2",
        "rule": "drift",
    }
    row |= {
        "severity": "fail",
        "limit_text": "3 SD",
        "effect": "flag",
        "action": "look",
        "source": "-",
        "message": "drifts",
    }
    finding = partial(frames.TREND_FINDING, {name: [value] for name, value in (row | {"suite_hash": "s"}).items()})
    found = lab.con.execute("select count(*) from store.trend_finding").fetchone()[0]
    if not found:
        load_trend(lab.con, NIGHT, TrendLoad("b", "s", 1, finding, *lab.no_trends))
    else:
        lab.con.register("more", finding)
        lab.con.execute(f"insert into store.trend_finding by name select *, '{NIGHT}' as night_id from more")
    return "trend_alarm", f"{load.read.run.batch} drift"


def decision_not_applying(lab: Any) -> Found:
    gone = f"{lab.next('gone'):064d}"
    lab.decide(Decision(0, NOON, "A", EXCLUDE, Target(gone, "B0", well="A1"), "bubble", "seen"))
    return "decision_not_applying", str(len(lab.events))


def work_expected(lab: Any) -> Found:
    plate = f"PLANNED-{lab.next('planned')}"
    lab.clinical("worklists", "expected_work", frames.EXPECTED_WORK, [{"plate": plate, "due_on": TODAY}])
    return "work_expected", plate


def layout_without_plate(lab: Any) -> Found:
    row = {"plate": f"NOWHERE-{lab.next('layout')}", "plate_number": 1, "well": "A1", "well_role": "unknown"}
    lab.clinical("layouts", "layout", frames.LAYOUT, [row])
    return "layout_without_plate", row["plate"]


def sheet_without_plate(lab: Any) -> Found:
    row = {"reagent_label": "Standard1", "reagent_kind": "standard", "analyte_reported": "IL-2"}
    row["lot_number"] = f"LOT-{lab.next('sheet')}"
    lab.clinical("lot_sheets", "lot_sheet", frames.LOT_SHEET, [row])
    return "sheet_without_plate", f"lot_sheets/lot_sheets{lab.counter['file']}.csv"


def specimen_never_run(lab: Any) -> Found:
    registered(lab, f"IDLE{lab.next('idle')}")
    return "specimen_never_run", f"IDLE{lab.counter['idle']}"


def patient_without_plate(lab: Any) -> Found:
    lab.treatments(f"subject | started\nP-bare{lab.next('bare')} | 2026-02-21")
    return "patient_without_plate", f"P-bare{lab.counter['bare']}"


def group_hangs_on_il2(lab: Any) -> Found:
    own = {"subject_id": "P1", "score_min": 1, "score_max": 1, "is_near_cut": False, "nlr_point": 1}
    rows = [own | {"cutoff_set": "ours", "is_site_set": True, "group": "low"}]
    rows += [own | {"cutoff_set": "theirs", "is_site_set": False, "group": "high"}]
    score = partial(frames.SCORE, {name: [row[name] for row in rows] for name in rows[0]})
    asked = partial(frames.SCORE_INPUT, {"subject_id": ["P1"], "measure": ["crp"]})
    if not lab.next("scored") > 1:
        load_scores(lab.con, NIGHT, score, frames.COMPONENT.empty(), asked)
    return "group_hangs_on_il2", "ours"


PLANTS: dict[str, Callable[[Any], Found]] = {
    plant.__name__: plant
    for plant in (
        plate_without_layout, barcode_without_specimen, held_well, twin, failed_plate, file_in_quarantine, lab_without_linkage,
        awaiting_decision, plate_blocked_by_sheet, trend_alarm, decision_not_applying, work_expected, layout_without_plate, sheet_without_plate,
        specimen_never_run, patient_without_plate, group_hangs_on_il2,
    )
}  # fmt: skip


def sound(lab: Any) -> None:
    """A plate, its tube and its treated patient, of which nothing is open; and a night that looks."""
    begin_night(lab.con, NIGHT, NOON)
    registered(lab, "S1")
    lab.treatments("subject | started\nPS1 | 2026-02-21")
    loaded(lab, "S1")


def found(lab: Any) -> list[Found]:
    return [item.name for item in in_order([open_item(row) for row in open_rows(lab.con, NIGHT, TODAY)])]


@pytest.fixture
def bench(new_lab: Callable[[Path], Any], make_plate: Any, tmp_path: Path) -> Callable[[str], Any]:
    """bench(name): a laboratory with a warehouse of its own in which nothing is open."""

    def make(name: str) -> Any:
        lab = new_lab(tmp_path / f"{name}.duckdb")
        lab.make, lab.events = make_plate, []
        lab.no_trends = (frames.TREND_BASELINE.empty(), frames.TREND_JUDGED.empty())

        def decide(event: Decision) -> None:
            lab.events.append(chained(lab.events, event))
            load_decisions(lab.con, lab.events, NIGHT)

        lab.decide = decide
        sound(lab)
        return lab

    return make


def test_every_kind_has_a_plant_and_words() -> None:
    assert PLANTS.keys() == KINDS.keys()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_planted_is_open_and_nothing_else(bench: Callable[[str], Any], seed: int) -> None:
    draw, lab = random.Random(seed), bench(f"s{seed}")
    names = draw.choices(sorted(PLANTS), k=draw.randrange(1, 14)) if seed else sorted(PLANTS)
    names = [
        name
        for place, name in enumerate(names)
        if name not in ("group_hangs_on_il2", "trend_alarm") or name not in names[:place]
    ]
    few = {name for name in names if names.count(name) > 3}  # more than three tubes or patients are one cause
    planted = sorted(PLANTS[name](lab) for name in names if name not in few)
    assert sorted(found(lab)) == planted
    lab.con.close()


def test_one_cause_is_one_line_with_a_count_and_a_name_nearly_right_is_proposed(bench: Callable[[str], Any]) -> None:
    lab = bench("causes")
    table = "specimen | analyte | value\n" + "\n".join(f" | IL-2 | {n}" for n in range(1, 9))
    none = lab.make(27, table, batch="FORGOTTEN")
    load_plate(lab.con, replace(none, well=changed(none.well, {"specimen_id": None})))
    lab.specimens("specimen | subject | drawn\n" + "\n".join(f"R{n} | PR | 2026-02-20" for n in range(10, 15)))
    lab.specimens("specimen | subject | drawn\nSRO105 | PX | 2026-02-20")
    loaded(lab, "SR0105")
    rows = {row["kind"]: open_item(row) for row in open_rows(lab.con, NIGHT, TODAY)}
    by_name = {item.name: item.item_count for item in map(open_item, open_rows(lab.con, NIGHT, TODAY))}
    assert by_name["plate_without_layout", "FORGOTTEN"] == 8
    assert [
        count for (kind, key), count in by_name.items() if kind == "specimen_never_run" and key.startswith("specimens/")
    ] == [5]
    assert "Nearly right: 'SRO105' for 'SR0105'." in rows["barcode_without_specimen"].what
    lab.con.close()


def test_an_item_keeps_its_first_night_and_a_put_off_one_is_told_by_the_log(bench: Callable[[str], Any]) -> None:
    lab = bench("since")
    names = ("kind", "object_kind", "object_key", "item_count", "blocks", "what", "remedy")

    def recorded(night: str) -> bool:
        begin_night(lab.con, night, NOON)
        rows = [vars(item) for item in in_order([open_item(row) for row in open_rows(lab.con, night, TODAY)])]
        return record_open_items(lab.con, night, rows, names)

    assert recorded("n1")
    assert open_items(lab.con) == []
    file_in_quarantine(lab)
    assert [recorded("n2"), recorded("n3")] == [True, False]  # nothing is stored again where nothing changed
    layout_without_plate(lab)
    assert recorded("n4")
    assert [(row["kind"], row["since_night"], row["blocks"]) for row in open_items(lab.con)] == [
        ("file_in_quarantine", "n2", "results"),
        ("layout_without_plate", "n4", None),
    ]
    told = '{"kind": "file_in_quarantine", "key": "plates/q1.csv", "until": "2026-04-01"}'
    lab.decide(Decision(0, NOON, "A", LATER, Target(FIRST, "file_in_quarantine"), "put_off", "a test", told=told))
    assert put_off(lab.con) == [{"kind": "file_in_quarantine", "key": "plates/q1.csv", "until": "2026-04-01"}]
    lab.con.close()


def shown_in_a_release(con: Any, table: str, column: str, **row: str | None) -> str | None:
    """What a release would say of one cell of a stored row."""
    stored = ", ".join(f"{'null' if value is None else literal(value)} as {name}" for name, value in row.items())
    (found,) = con.execute(f"select {expression(table, column)} from (select {stored}) as stored").fetchone()
    return found


def test_a_release_tells_no_name_of_a_second_file_and_no_day_of_a_patient(bench: Callable[[str], Any]) -> None:
    con = bench("released").con
    said = "labs.csv: 1 result taken back (the first: line 3 over line 5 of Smith_John.csv, crp of P1)"
    assert (
        shown_in_a_release(con, "night_note", "message", kind="labs", name="labs.csv", sha256="ab", message=said)
        is None
    )
    assert shown_in_a_release(con, "night_note", "message", kind=None, name=None, sha256=None, message=said) is None
    plate = {"kind": "plates", "name": "p.csv", "sha256": "ab", "message": "p.csv: no layout"}
    assert shown_in_a_release(con, "night_note", "message", **plate) == "p.csv: no layout"
    row = {"kind": "work_expected", "plate": None, "item_count": 1, "blocks": None, "names": ["P1"], "known": []}
    of_a_patient = open_item(
        {
            **row,
            "object_kind": "subject",
            "object_key": "P1",
            "subject_id": "P1",
            "run_id": None,
            "detail": "2126-03-09",
        }
    )
    assert "2126" not in of_a_patient.what
    of_a_plate = open_item(
        {**row, "object_kind": "layout", "object_key": "P9", "subject_id": None, "run_id": None, "detail": "2126-03-09"}
    )
    assert of_a_plate.what.startswith("Planned for 2126-03-09")
    con.close()


def test_a_failed_plate_is_listed_without_the_words_of_who_decided(bench: Callable[[str], Any]) -> None:
    lab = bench("decided")
    sound(lab)
    failed_plate(lab)
    sentence = "P01 fails: kept by A. Name on 2026-03-01 10:00 (verified: tube of Mrs Smith); standards out of order."
    lab.con.execute("update store.plate_verdict set state = 'fail', sentence = $1", [sentence])
    (item,) = [one for one in map(open_item, open_rows(lab.con, NIGHT, TODAY)) if one.kind == "failed_plate"]
    assert ("Smith" in item.what, "A. Name" in item.what, "kept (verified)" in item.what) == (False, False, True)


def test_a_corrected_worklist_of_the_same_name_takes_the_place_of_the_wrong_one(bench: Callable[[str], Any]) -> None:
    lab = bench("worklists")

    def dropped(number: int, sequence: int, name: str, plate: str) -> None:
        row = {"file_id": f"{number}" * 64, "source_line": 2, "plate": plate, "due_on": TODAY}
        frame = partial(frames.EXPECTED_WORK, {key: [value] for key, value in row.items()})
        parts = (f"{number}{sequence}" * 32, row["file_id"], "worklists", name, "settings", "1", NIGHT, NOON)
        load_clinical(lab.con, ClinicalLoad(*parts, expected_work=frame))

    def planned() -> list[str]:
        return [key for kind, key in found(lab) if kind == "work_expected"]

    dropped(1, 1, "week.csv", "WRONG")
    dropped(2, 1, "other.csv", "OTHER")
    assert planned() == ["OTHER", "WRONG"]
    dropped(3, 1, "week.csv", "RIGHT")
    assert planned() == ["OTHER", "RIGHT"]
    dropped(
        1, 2, "week.csv", "WRONG"
    )  # derived anew, under other settings, and behind the right one: it is as old as it was
    assert planned() == ["OTHER", "RIGHT"]
    lab.con.close()


@pytest.mark.parametrize(
    ("refused", "good", "is_mended"),
    [
        ("P01.csv", "P01-fixed.csv", True),
        ("P01.xlsx", "P01.csv", True),
        ("P01_again.csv", "P01.csv", False),  # may be another reading of the plate, which nobody has yet
        ("P012.csv", "P012-fixed.csv", False),  # a plate of another name
    ],
)
def test_a_copy_that_was_mended_in_the_same_night(
    bench: Callable[[str], Any], refused: str, good: str, is_mended: bool
) -> None:
    lab = bench("mended")
    error = MalformedFile("is cut off", file=refused, line=7)
    record_refusal(lab.con, NIGHT, error, NOON, kind="plates", name=refused, sha256="f" * 64)
    registered(lab, "M1")
    load = lab.make(26, ONE.format("M1", "M1"), batch="P01", file_name=good)
    load_plate(lab.con, replace(load, provenance=replace(load.provenance, layout_file_id="l" * 64)))
    assert (("file_in_quarantine", f"plates/{refused}") not in found(lab)) == is_mended
    lab.con.close()


def test_the_good_bytes_of_a_name_end_what_was_refused_in_between_but_not_their_own_part(
    bench: Callable[[str], Any],
) -> None:
    lab = bench("again")
    good, broken = "a" * 64, "b" * 64
    for night, sha256 in (("n3", good), ("n5", broken)):  # of the good file a part was refused
        begin_night(lab.con, night, NOON)
        error = MalformedFile("is cut off", file="labs.csv", line=7)
        record_refusal(lab.con, night, error, NOON, kind="labs", name="labs.csv", sha256=sha256)

    def waiting() -> int:
        rows = open_rows(lab.con, "n6", TODAY)
        return sum(row["item_count"] for row in rows if row["kind"] == "file_in_quarantine")

    assert waiting() == 2
    assert refused_names(lab.con, "n5") == {("labs", "labs.csv")}
    assert refused_names(lab.con, NIGHT) == {("labs", "labs.csv")}
    begin_night(lab.con, "n6", NOON)
    note = {"code": "came_again", "kind": "labs", "name": "labs.csv", "sha256": good, "message": "labs.csv: came again"}
    record_notes(lab.con, "n6", [note])
    assert waiting() == 1
    lab.con.close()
