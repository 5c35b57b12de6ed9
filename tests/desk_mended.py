"""Twelve mistakes of a site that waits (desk/conftest.py: waiting_site), and what its release holds when they are mended."""

from __future__ import annotations

from pbis.config import load_site
from pbis.desk.routing import DeskSite
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.plate_layout import is_registered
from pbis.pipeline.published import run_query
from pbis.simulate import example_plate, render_plate
from pbis.simulate.load import example_kit

# The third column holds the sample in E3 and F3.
BENCH = [
    ("A", "Background", "Standard4", "Control1"), ("B", "Background", "Standard4", "Control1"),
    ("C", "Standard1", "Standard5", "Control2"), ("D", "Standard1", "Standard5", "Control2"),
    ("E", "Standard2", "Standard6", "SR021001"), ("F", "Standard2", "Standard6", "SR021001"),
]  # fmt: skip


def whole(number: int) -> bytes:
    """The export of a plate as it should have been."""
    return render_plate(example_plate(1, number, example_kit(100 + number), samples=1))


def holds_what_is_right(desk: DeskSite) -> None:
    """Each of the twelve is in the release as it should have been, and every decision is the reviewer's."""
    wells = run_query(
        desk.root, "select distinct plate, well, specimen_id, qc_state from result_all where well_role = 'unknown'"
    ).to_pylist()
    tubes = {(row["plate"], row["well"]): row["specimen_id"] for row in wells}
    assert tubes["WORK_0022", "E3"] == "SR029001"
    assert tubes["WORK_0021", "E3"] == "SR021001"
    assert {row["qc_state"] for row in wells if row["plate"] == "WORK_0023"} == {"pass"}
    plates = {
        row["plate"]: row
        for row in run_query(desk.root, "select plate, state, started_at, lot_sheet_file_id from plate").to_pylist()
    }
    assert plates["WORK_0024"]["state"] == "pass"
    assert plates["LOAD_0026"]["state"] == "pass"
    assert plates["LOAD_0028"]["lot_sheet_file_id"] is not None
    assert any(str(row["started_at"]).startswith("2025-03-04") for row in plates.values())
    bare = run_query(desk.root, "select specimen_id from specimen_current where subject_id = 'PBARE'").to_pylist()
    assert [is_registered("SRBARE", each.values()) for each in bare] == [True]
    assert (
        run_query(desk.root, "select count(*) as n from clinical_lab where subject_id = 'PSTRAY'").to_pylist()[0]["n"]
        == 3
    )
    assert {event.author for event in log_of(load_site(desk.root))} == {"reviewer"}
