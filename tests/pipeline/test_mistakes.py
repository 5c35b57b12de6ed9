"""The twelve commonest mistakes of a technician, all in one night: each is on the list with what to do, and gone when it is mended.

An old file is the one that needs nobody: the newer export stands, and the night says so.
"""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from small_site import plate_of, put_patients, put_plate

import warehouse
from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.core.open_items import OpenItem
from pbis.core.site_time import in_utc, stored
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide, list_decisions, release
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.open_now import put_off
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.todo import find
from pbis.simulate import SimulatedPlate, faults, render_plate
from pbis.simulate.load import late_export
from pbis.simulate.sheets import kit_sheet
from pbis.simulate.xlsx import workbook

PLATES = range(1, 6)
SLIP = "SR0O2001"  # a letter where a figure should be
FIRST, SECOND = datetime(2126, 3, 1, 22), datetime(2126, 3, 2, 22)


def go(site: Site, at: datetime) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), lambda: at)


def named(number: int, **header: object) -> SimulatedPlate:
    plate = plate_of(number)
    return replace(plate, header=replace(plate.header, **header))  # type: ignore[arg-type]


def name(number: int) -> str:
    return f"LOAD_{number:04d}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Site:
    """Five plates of four samples, their layouts and patients, before any mistake."""
    root = tmp_path_factory.mktemp("mistakes") / "site"
    write_site(root, name="small", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    (root / "warehouse").mkdir(mode=0o700)
    shutil.copy(empty_warehouse, root / "warehouse")
    for number in PLATES:
        put_plate(root / "inbox", number)
    put_patients(root / "inbox", PLATES)
    return load_site(root)


def make_mistakes(inbox: Path, stack: ExitStack) -> dict[str, bytes]:
    """Make them, and give back what mends them: path in the inbox -> bytes."""
    mended = {}

    def spoil(path: str, data: bytes | None) -> None:
        mended[path] = (inbox / path).read_bytes()
        (inbox / path).unlink() if data is None else (inbox / path).write_bytes(data)

    spoil(f"layouts/{name(1)}.csv", None)
    layout = f"layouts/{name(2)}.csv"
    spoil(layout, (inbox / layout).read_bytes().replace(b"SR002001", SLIP.encode()))
    lot = plate_of(3).header.kit.number
    sheet = kit_sheet(plate_of(3), "Kit,Human cytokine", f"Lot,{lot}").encode()
    (inbox / "lot_sheets/kit.csv").write_bytes(sheet.replace(lot.encode(), lot.replace("0", "O").encode()))
    mended["lot_sheets/kit.csv"] = (
        f"Plate,{name(3)}\n".encode() + sheet
    )  # for one plate, so that the others need not be computed anew
    (inbox / "plates/copy.csv").write_bytes(render_plate(named(4, batch="COPY_0004")))
    good = inbox / f"plates/{name(5)}.csv"  # five ways to spoil one plate, each a file of its own
    (inbox / f"plates/{name(5)}.xlsx").write_bytes(workbook([("results", [["sample", "IL-2"], ["a", "3.1"]])]))
    (inbox / f"plates/{name(5)}_copied.csv").write_bytes(good.read_bytes())
    copied = (inbox / f"plates/{name(5)}_copied.csv").open("ab")
    stack.callback(copied.close)
    (inbox / f"plates/{name(5)}_two.csv").write_bytes(render_plate(named(5, batch=name(2))))
    (inbox / f"plates/{name(5)}_kit.csv").write_bytes(render_plate(faults.other_region(plate_of(5), "IL-2")))
    spoil(f"plates/{name(5)}.csv", good.read_bytes()[:4000])
    swapped = faults.swap_standards(plate_of(1), "Standard3", "Standard5")
    spoil(f"plates/{name(1)}.csv", render_plate(swapped))
    mended[f"plates/{name(1)}.csv"] = render_plate(late_export(plate_of(1), 1))
    spoil(f"layouts/{name(3)}.csv", None)
    (inbox / f"plates/{name(3)} layout.csv").write_bytes(mended[f"layouts/{name(3)}.csv"])
    old = plate_of(2).header.exported_at - timedelta(minutes=1)
    (inbox / "plates/old.csv").write_bytes(render_plate(named(2, exported_at=old)))
    return mended


@pytest.fixture(scope="module")
def nights(site: Site) -> tuple[Outcome, Outcome, str]:
    """The night of the mistakes, the night after they were mended, and the index between the two."""
    with ExitStack() as stack:
        mended = make_mistakes(site.path("inbox"), stack)
        first = go(site, FIRST)
    page = Path(str(first.report_index)).read_text()
    for path, data in mended.items():
        (site.path("inbox") / path).write_bytes(data)
    run = {row["plate"]: row["run_id"] for row in run_query(site.root, "select plate, run_id from plate").to_pylist()}
    seen = Request("exclude", "A", "bubble", "seen in the well", plate=run[name(1)], well="A3")
    decide(
        site.root, seen, lambda: SECOND
    )  # the plate is exported again with other medians: it is about what no longer stands
    request = Request("release", "A", "twin", "the copy was a test", plate=run[name(4)])
    release(site.root, request, lambda: SECOND)
    return first, go(site, SECOND), page


BLOCKING = {
    "layout forgotten": ("plate_without_layout", name(1)),
    "barcode mistyped": ("barcode_without_specimen", SLIP),
    "exported twice under another name": ("twin", "COPY_0004"),
    "a workbook of results": ("file_in_quarantine", f"plates/{name(5)}.xlsx"),
    "still being copied": ("file_in_quarantine", f"plates/{name(5)}_copied.csv"),
    "truncated": ("file_in_quarantine", f"plates/{name(5)}.csv"),
    "two plates of one name": ("file_in_quarantine", f"plates/{name(5)}_two.csv"),
    "wrong kit": ("file_in_quarantine", f"plates/{name(5)}_kit.csv"),
    "swapped standards": ("failed_plate", name(1)),
    "wrong folder": ("file_in_quarantine", f"plates/{name(3)} layout.csv"),
    "and so its plate has no layout": ("plate_without_layout", name(3)),
}
BESIDE = {"lot mistyped": ("sheet_without_plate", "lot_sheets/kit.csv")}


def test_each_mistake_is_on_the_list_with_what_to_do(site: Site, nights: tuple[Outcome, Outcome, str]) -> None:
    first, _, page = nights
    found = [OpenItem(**{each.name: row[each.name] for each in fields(OpenItem)}) for row in _stored(site, FIRST)]
    items = {(item.kind, item.object_key.partition(" (")[0]): item for item in found}
    assert {key for key, item in items.items() if item.is_blocking} == set(BLOCKING.values())
    assert set(BESIDE.values()) <= items.keys()
    assert first.waits_for_a_person
    assert SLIP not in str(first.as_json())  # what a terminal says can go to a log
    assert re.search(
        r"level 3 \(.*\) and level 5 \(.*\) exchanged they would rise", items["failed_plate", name(1)].what
    )
    assert all(item.remedy in unescape(page) for item in items.values())
    assert all(key.rpartition("/")[2] in page for kind, key in BLOCKING.values() if kind != "barcode_without_specimen")


def test_names_that_are_nearly_right_are_proposed(site: Site, nights: tuple[Outcome, Outcome, str]) -> None:
    said = {row["kind"]: row["what"] for row in _stored(site, FIRST)}
    assert f"Nearly right: 'SR002001' for '{SLIP}'" in said["barcode_without_specimen"]
    assert f"Nearly right: '{plate_of(3).header.kit.number}'" in said["sheet_without_plate"]


def test_each_is_gone_when_it_is_mended(nights: tuple[Outcome, Outcome, str]) -> None:
    _, second, _ = nights
    (left,) = (item for item in second.open_items if item.kind != "group_hangs_on_il2")
    assert (left.kind, left.is_blocking) == (
        "decision_not_applying",
        True,
    )  # the new export is held until somebody says whether the well is out of it, too
    assert [each.plate for each in second.held] == [name(1)]


def test_a_decision_that_a_new_export_left_behind_does_not_stand(
    site: Site, nights: tuple[Outcome, Outcome, str]
) -> None:
    assert list_decisions(site.root).column("stands").to_pylist() == ["touches nothing", "yes"]


def test_what_is_put_off_is_open_again_on_its_day(site: Site, nights: tuple[Outcome, Outcome, str]) -> None:
    why = {"author": "A", "reason": "the study decides in April"}
    with pytest.raises(UsageError, match="nearest: decision_not_applying"):
        put_off(site.root, "decisions_not_applying", "1", date(2126, 4, 1), lambda: SECOND, **why)
    with pytest.raises(UsageError, match="nothing open is called '7'"):
        put_off(site.root, "decision_not_applying", "7", date(2126, 4, 1), lambda: SECOND, **why)
    with pytest.raises(UsageError, match="expected a day after today"):
        put_off(site.root, "decision_not_applying", "1", SECOND.date(), lambda: SECOND, **why)
    event, item = put_off(site.root, "decision_not_applying", "1", date(2126, 4, 1), lambda: SECOND, **why)
    assert (event.kind, item.object_key) == ("later", "1")
    kinds = [_kinds(site, datetime(2126, month, day, 22)) for month, day in ((3, 31), (4, 1))]
    assert [kind for kind in kinds[1] if kind not in kinds[0]] == ["decision_not_applying"]


def _kinds(site: Site, at: datetime) -> list[str]:
    with open_night(site, NightOptions(is_dry_run=True), Silent(), lambda: at) as night:
        return [item.kind for item in find(night)]


def test_an_old_export_changes_nothing(site: Site, nights: tuple[Outcome, Outcome, str]) -> None:
    first, *_ = nights
    stands = run_query(site.root, f"select file_name from plate where plate = '{name(2)}'").to_pylist()
    assert stands == [{"file_name": f"{name(2)}.csv"}]
    assert first.plates_superseded == 1


def _stored(site: Site, at: datetime) -> list[dict[str, Any]]:
    with warehouse.opened(site.path("warehouse")) as con:
        query = (
            "select found.* from store.open_item_found as found join store.night using (night_id) where started_at = $1"
        )
        return list(con.execute(query, [stored(in_utc(at, site.time_zone))]).to_arrow_table().to_pylist())
