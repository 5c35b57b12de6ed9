"""What plates take in shards is let go between them, in their order, and what waits for its turn is small and comes back as it was."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from pbis.core.plates.plate import PlateRead
from pbis.pipeline.context import Silent
from pbis.pipeline.packed import PackedAway, packed
from pbis.pipeline.walking import Plan, Shards, Step, in_process, walk, whole
from pbis.readers import read_bytes
from pbis.simulate import write_plates


class Heavy:
    """A stage that holds much."""

    def __init__(self, plates: Sequence[int]) -> None:
        self.plates = plates


def walked(plates: Sequence[int], alive: list[int]) -> tuple[Any, list[tuple[str, list[int]]]]:
    """The stage after a plan whose two middle steps are taken two plates at a time; and what each step saw, in its order."""
    seen: list[tuple[str, list[int]]] = []
    made: list[weakref.ref[Heavy]] = []

    def compute(_: Any, before: Sequence[int]) -> Heavy:
        gc.collect()
        alive.append(sum(one() is not None for one in made))
        seen.append(("compute", list(before)))
        heavy = Heavy(before)
        made.append(weakref.ref(heavy))
        return heavy

    def load(_: Any, before: Heavy) -> list[int]:
        seen.append(("load", list(before.plates)))
        return [plate * 10 for plate in before.plates]

    middle: Plan[Any, Any] = Plan.of(Step("compute", "computing", whole(compute))).then(
        Step("load", "loading", whole(load))
    )
    shards: Shards[Any, Any] = Shards(
        "plates",
        middle,
        lambda _, before: [before[start : start + 2] for start in range(0, max(len(before), 1), 2)],
        lambda _, before, shards: [before, *shards],
    )
    plan: Plan[Any, Any] = Plan.of(Step("read", "reading", whole(lambda _, begun: list(begun)))).then(shards)
    night: Any = SimpleNamespace(teller=Silent(), night_id="n1")
    return walk(night, plan, plates, in_process).stage, seen


def test_a_shard_comes_to_its_end_and_is_let_go_before_the_next_begins() -> None:
    alive: list[int] = []
    stage, seen = walked([1, 2, 3, 4, 5], alive)
    assert seen == [(step, part) for part in ([1, 2], [3, 4], [5]) for step in ("compute", "load")]
    assert stage == [[1, 2, 3, 4, 5], [10, 20], [30, 40], [50]]
    assert alive == [0, 0, 0]


def test_a_night_without_plates_takes_every_step_all_the_same() -> None:
    stage, seen = walked([], [])
    assert seen == [("compute", []), ("load", [])]
    assert stage == [[], []]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> PlateRead:
    folder: Path = tmp_path_factory.mktemp("plates")
    write_plates(folder, 1, 1, 7)
    (path,) = folder.iterdir()
    return read_bytes(path.read_bytes(), path.name)


def test_a_plate_that_waits_is_a_quarter_of_itself_and_comes_back_as_it_was(read: PlateRead) -> None:
    packed = PackedAway.of(read)
    assert len(packed.data) < packed.size / 4
    back = packed.unpacked()
    assert back.run == read.run
    assert back.reading.equals(read.reading)
    assert back.reading.schema == read.reading.schema
    assert back == read


def test_a_part_of_a_table_goes_to_another_process_without_the_rest_of_it() -> None:
    whole_table = pa.table({"mfi": pa.array(range(8000), pa.float64()), "well": pa.array(["A1", None] * 4000)})
    part = whole_table.slice(4001, 10)
    data = packed({"part": part, "beside": [1]})
    assert len(data) < 2000  # 100 kB with the rest
    assert pickle.loads(data) == {"part": part, "beside": [1]}
    assert pickle.loads(data)["part"].schema == part.schema
