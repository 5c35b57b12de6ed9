"""A laboratory sends neutrophils a thousand times too high, and its own reference range agrees: no patient is scored on them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime

from pbis.config import Site
from pbis.core.quoted import SPECIMEN, called
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

SLIPPED = 12  # rows of the batch


def slip(site: Site) -> set[str]:
    """The first neutrophil rows of the southern laboratory, in cells/uL and with the range of cells/uL, still called G/L."""
    path = site.path("inbox") / "labs" / "labs_south.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    batch = [row for row in rows if row["test"] == "Neutrophils" and row["unit"] == "G/L"][:SLIPPED]
    for row in batch:
        row |= {"value": str(int(1000 * float(row["value"]))), "reference_range": "1800-7500"}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return {row["accession"] for row in batch}


def test_a_batch_that_its_own_range_accepts_is_kept_out_and_says_why(
    make_site: Callable[..., Site], clock: Callable[[], datetime]
) -> None:
    site = make_site(plates=())
    specimens = {called(SPECIMEN, accession) for accession in slip(site)}
    run_plain(site, NightOptions(), Silent(), clock)
    flags = run_query(site.root, "select * from lab_flag where rule = 'lab_batch_shift'").to_pylist()
    assert len(flags) == SLIPPED
    assert {(row["effect"], row["reference_text"], row["analyte"]) for row in flags} == {
        ("exclude_row", "1800-7500", "neutrophils")
    }
    query = "select specimen_id, reason, value_text, detail from score_input where measure = 'neutrophils'"
    inputs = run_query(site.root, query).to_pylist()
    hit = [row for row in inputs if row["specimen_id"] in specimens]
    assert hit
    assert {(row["reason"], row["value_text"]) for row in hit} == {("failed_qc", None)}
    assert all("lab_batch_shift" in row["detail"] and "'G/L'" in row["detail"] for row in hit)
    assert sum(row["reason"] is None for row in inputs) > 50
    high = "select 1 from score_component where component = 'nlr' and try_cast(value_text as double) > 50"
    assert run_query(site.root, high).num_rows == 0
