"""What archived files give is what the store holds of them; each night looks at a plate and a clinical file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from pbis.config import Site
from pbis.core.errors import IntegrityError
from pbis.pipeline.context import Night
from pbis.pipeline.reading_again import clinical_faults, require_sample
from pbis.pipeline.sampling import sampled
from pbis.pipeline.verify_store import copied

FIRST = "2026-01-05-1"
# A change of one stored value, or of the rows, of each kind of clinical file: what it does, and what is said of it.
CHANGES = {
    "layouts": ("update store.layout_well set specimen_id = 'X' where well = 'D5'", "store.layout_well", "specimen_id "),
    "specimens": ("update store.specimen set collected_at = collected_at + interval 1 day", "store.specimen", "collected_at "),
    "labs": ("update store.clinical_lab set value_text = '7' where source_line = 12", "store.clinical_lab", "value_text "),
    "treatments": ("delete from store.treatment where source_line = 3", "store.treatment", " rows"),
    "outcomes": ("delete from store.outcome where source_line = 3", "store.outcome", " rows"),
}  # fmt: skip


@pytest.fixture
def night(good: Site) -> Iterator[Night]:
    with copied(good, lambda: datetime(2026, 1, 6, 3)) as opened:
        yield opened


def clinical(night: Night) -> list[str]:
    return [file_id for kind, file_id in night.loaded_before if kind not in ("plates", "linkage")]


def test_a_store_that_nobody_touched_is_what_its_files_give(night: Night) -> None:
    assert len(clinical(night)) == 12
    assert list(clinical_faults(night, clinical(night))) == []
    require_sample(night)


def test_a_changed_row_of_each_kind_is_named_with_the_night_that_wrote_it(night: Night) -> None:
    for change, _, _ in CHANGES.values():
        night.con.execute(change)
    found = {fault.object.partition(" ")[0]: fault for fault in clinical_faults(night, clinical(night))}
    for _, table, words in CHANGES.values():
        assert words in f"{found[table].expected} "
        assert (found[table].kind, found[table].night) == ("warehouse", FIRST)


def test_a_night_stops_where_its_sample_differs(night: Night) -> None:
    night.con.execute("update store.reading set mfi = mfi + 1 where well = 'D5'")
    with pytest.raises(IntegrityError) as stop:
        require_sample(night)
    said = str(stop.value)
    assert said.startswith("a sample of the archive was read again: warehouse: store.reading of run ")
    assert f"first night that differs: {FIRST}; nothing was published" in said


def test_in_the_end_every_clinical_file_is_looked_at(night: Night) -> None:
    night.con.execute(CHANGES["outcomes"][0])
    said = []
    for count in range(1, 200):
        try:
            require_sample(replace(night, night_id=f"2026-01-06-{count}"))
        except IntegrityError as error:
            said.append(str(error))
            break
    assert "store.outcome of file" in said[0]


def test_the_same_are_chosen_for_the_same_name_and_others_for_others() -> None:
    names = [f"{count:064x}" for count in range(200)]
    chosen = {night: sampled(night, 2, names) for night in ("2026-01-05-1", "2026-01-06-1")}
    assert all(len(few) == 2 for few in chosen.values())
    assert chosen[FIRST] == sampled(FIRST, 2, reversed(names)) != chosen["2026-01-06-1"]
    assert sampled(FIRST, 2, []) == frozenset()
