"""Everything that an export says is there to be asked for by SQL, in the working file and in the release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import numpy as np
import pytest

import warehouse
from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.simulate import SimulatedPlate, example_plate, render_plate

STATISTICS = (
    *("Mean", "%CV", "Peak", "Std Dev"),
    *("Trimmed Count", "Trimmed Mean", "Trimmed % CV", "Trimmed Peak", "Trimmed Std Dev"),
)
WANTED = {
    "median": "select count(mfi) from store.reading",
    "count": "select count(bead_count) from store.reading",
    "net MFI": "select count(net_mfi_reported) from store.reading",
    "mean": "select count(mean) from store.reading",
    "CV": "select count(cv_pct) from store.reading",
    "peak": "select count(peak) from store.reading",
    "standard deviation": "select count(std_dev) from store.reading",
    "trimmed count": "select count(trimmed_count) from store.reading",
    "trimmed mean": "select count(trimmed_mean) from store.reading",
    "trimmed CV": "select count(trimmed_cv_pct) from store.reading",
    "trimmed peak": "select count(trimmed_peak) from store.reading",
    "trimmed standard deviation": "select count(trimmed_std_dev) from store.reading",
    "result": "select count(result_reported) from store.reading",
    "result as written": "select count(result_reported_text) from store.reading",
    "range": "select count(range_text) from store.reading",
    "recovery": "select count(recovery_reported_pct) from store.reading",
    "dilution": "select count(dilution_factor_reported) from store.reading",
    "events": "select count(total_events) from store.reading",
    "seconds": "select count(acquisition_seconds) from store.reading",
    "average result": "select count(avg_result) from store.sample_summary",
    "replicate CV": "select count(cv_replicates_pct) from store.sample_summary",
    "coefficients": "select count(coef_a + coef_b + coef_c + coef_d + coef_f) from store.analyte_run",
    "R2": "select count(r2_reported) from store.analyte_run",
    "unit": "select count(unit_reported) from store.analyte_run",
    "bead region": "select count(bead_region) from store.analyte_run",
    "curve type": "select count(analysis_type) from store.analyte_run",
    "expected": "select count(expected_concentration) from store.reagent where reagent_kind = 'standard'",
    "control values": "select count(expected_concentration) from store.reagent where reagent_kind = 'qc_control'",
    "control ranges": "select count(range_low + range_high) from store.reagent where reagent_kind = 'qc_control'",
    "lots": "select count(lot_number) from store.lot",
    "expiry": "select count(expires_on) from store.lot",
    "calibration": "select count(performed_at) from store.calibration where kind = 'calibration'",
    "verification": "select count(performed_at) from store.calibration where kind = 'verification'",
    "audit log": "select count(at_text) from store.run_event where kind = 'audit'",
    "instrument's warnings": "select count(message) from store.run_event where kind = 'warning'",
    "reader's warnings": "select count(message) from store.run_warning",
    "warnings about roles": "select count(message) from store.assay_warning where code = 'well_not_in_layout'",
    "blocks": "select count(name) from store.block where is_consumed",
    "ignored blocks": "select count(name) from store.block where not is_consumed",
    "roles": "select count(well_role) from store.well",
    "checksum": "select count(crc_state) from store.run",
}
ONLY_WORKING = {
    "comment": "select count(comment) from store.reading",
    "audit log's words": "select count(message) from store.run_event where kind = 'audit'",
    "header": "select count(value) from store.run_header",
}


@dataclass(frozen=True)
class Told:
    """Answers of the working file and of the release to the same questions; what cannot be asked is -1."""

    working: Mapping[str, int]
    released: Mapping[str, int]
    plate: SimulatedPlate


@pytest.fixture(scope="module")
def told(copy_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A night with one plate whose export holds every block there is, a block of no known kind, and a short layout."""
    plate = _everything()
    site = copy_site(tmp_path_factory.mktemp("site"), plates=(), has_clinic=False)
    data = _with_range(render_plate(plate))
    (site.path("inbox") / "plates" / "all.csv").write_bytes(data)
    layout = f"plate,well,role,specimen\n{plate.header.batch},{plate.wells.name[-1]},unknown,SP-1\n"
    (site.path("inbox") / "layouts" / "all.csv").write_text(layout)
    outcome = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    assert outcome.refused == ()
    questions = WANTED | ONLY_WORKING
    with warehouse.opened(site.path("warehouse")) as con:
        working = {name: con.execute(query).fetchone()[0] for name, query in questions.items()}
    con = warehouse.open_published(warehouse.published_database(site.path("releases")))
    released = {name: _ask(con, query) for name, query in questions.items()}
    con.close()
    return Told(working, released, plate)


def _everything() -> SimulatedPlate:
    plate = example_plate(5, samples=4)
    statistics = tuple((name, plate.median + at) for at, name in enumerate(STATISTICS))
    count = plate.count.copy()
    count[-1, 0] = 3  # makes the instrument warn
    return replace(
        plate,
        statistics=(*statistics, ("Blue Shift", plate.median)),
        audit=(("labuser", "3/2/2026 9:00:00 AM", "Batch was imported by labuser"),),
        count=count,
        acquisition_seconds=np.full(len(plate.median), 31.0),
    )


def _with_range(data: bytes) -> bytes:
    """The export with one cell in its Range block, which the writer leaves empty."""
    head, block = data.split(b'"DataType:","Range"\r\n', 1)
    names, first, rest = block.split(b"\r\n", 2)
    return (
        head
        + b'"DataType:","Range"\r\n'
        + names
        + b"\r\n"
        + first.replace(b',"",', b',"3.2 - 10000",', 1)
        + b"\r\n"
        + rest
    )


def _ask(con: duckdb.DuckDBPyConnection, query: str) -> int:
    try:
        return int(con.execute(query).fetchone()[0])
    except duckdb.Error:
        return -1


@pytest.mark.parametrize("what", WANTED)
def test_it_is_in_the_working_file_and_in_the_release(told: Told, what: str) -> None:
    assert told.working[what] > 0
    assert told.released[what] == told.working[what]


@pytest.mark.parametrize("what", ONLY_WORKING)
def test_words_that_may_name_people_stay_in_the_working_file(told: Told, what: str) -> None:
    assert told.working[what] > 0
    assert told.released[what] <= 0
