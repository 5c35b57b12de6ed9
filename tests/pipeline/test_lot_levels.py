"""Curves of a lot come some analytes at a time, and are the same however many."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from small_site import write_small_site

import warehouse
import warehouse.history
from pbis.core.frames import LOT_CURVE_LEVEL
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain


def test_levels_of_a_lot_come_in_parts_with_all_plates_of_their_analytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = write_small_site(tmp_path / "site", plates=2)
    run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3))
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        (whole,) = warehouse.lot_curve_levels(con)
        columns, key = (", ".join(names) for names in (LOT_CURVE_LEVEL.names, LOT_CURVE_LEVEL.key))
        asked = con.execute(f"select {columns} from lot_curve_level order by {key}").to_arrow_table()
        monkeypatch.setattr(warehouse.history, "_PART", 30)  # two analytes: seven levels on each of two plates
        parts = list(warehouse.lot_curve_levels(con))
    analytes = [sorted(set(part.column("analyte").to_pylist())) for part in parts]
    assert [len(own) for own in analytes] == [2, 2, 2, 1]
    assert len({name for own in analytes for name in own}) == 7
    order = [(name, "ascending") for name in LOT_CURVE_LEVEL.key]
    assert whole.num_rows == 2 * 7 * 7
    assert whole.equals(asked.cast(LOT_CURVE_LEVEL.schema))
    assert pa.concat_tables(parts).sort_by(order).equals(whole.sort_by(order))


def test_plates_of_a_lot_that_is_in_use_no_more_are_left_out(tmp_path: Path) -> None:
    """Of an analyte: where the latest plate does not measure it, the lot of the latest that does is in use."""
    site = write_small_site(tmp_path / "site", plates=3)
    run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3))
    with closing(warehouse.connect(site.path("warehouse"))) as con:
        first, second, third = (
            run for (run,) in con.execute("select run_id from store.run order by started_at").fetchall()
        )
        con.execute(
            "update store.lot set lot_number = 'L' || case run_id when $1 then 1 when $2 then 2 else 3 end",
            [first, second],
        )
        con.execute("delete from store.trend_point where run_id = $1 and analyte = 'IL-2'", [third])
        (levels,) = warehouse.lot_curve_levels(con)
    of = {(row["run_id"], row["analyte"] == "IL-2") for row in levels.select(["run_id", "analyte"]).to_pylist()}
    assert of == {(third, False), (second, True)}
