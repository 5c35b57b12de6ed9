"""What a large export costs, whole and damaged: no file takes time out of proportion to its bytes.

Plates of any size are made by repeating the analytes of one under other names. `make prove large` takes 2 MB of every dialect; the
suite, a slice of it. docs/files.md has the figures.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from pbis.core.errors import InputRefused, MalformedFile
from pbis.files.limits import PLATE
from pbis.readers import read_bytes
from pbis.simulate import EUROPEAN, RESAVED, UNICODE, Dialect, example_plate, render_plate
from pbis.simulate.bioplex import render_bioplex, render_xml
from pbis.simulate.instrument import Derived, derive
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.resaved import render_is, render_sheets, render_workbook

SLICE, LARGE = 100_000, 2_000_000
# CPU seconds of a file of 2 MB. A packed workbook is ten times as large as its bytes, and its cells come from another process.
MOST, MOST_PACKED = 1.0, 2.0

Render = Callable[[SimulatedPlate, Derived], bytes]

DIALECTS: dict[str, Render] = {
    "xponent": lambda plate, derived: render_plate(plate, Dialect(), derived),
    "xponent european": lambda plate, derived: render_plate(plate, EUROPEAN, derived),
    "xponent utf-16": lambda plate, derived: render_plate(plate, UNICODE, derived),
    "xponent re-saved": lambda plate, derived: render_plate(plate, RESAVED, derived),
    "luminex is 2.3": lambda plate, derived: render_is(plate, derived=derived),
    "intelliflex flat": lambda plate, derived: render_flat(plate, derived=derived),
    "bioplex xml": lambda plate, derived: render_xml(plate, derived),
    "bioplex workbook": lambda plate, derived: render_bioplex(plate, derived),
    "xponent workbook": lambda plate, derived: render_workbook(plate, derived=derived),
    "xponent sheets": lambda plate, derived: render_sheets(plate, derived=derived),
}


def export(dialect: str, size: int) -> bytes:
    """The largest export of the dialect that has at most so many bytes."""
    plate = example_plate(1, samples=170 if size > SLICE else 38)
    derived = derive(plate)
    render = DIALECTS[dialect]
    one, two = (len(render(*wide(plate, derived, times))) for times in (1, 2))
    times = max(1, 1 + (size - one) // (two - one))
    data = render(*wide(plate, derived, times))
    while times > 1 and len(data) > size:
        times -= 1 + times // 20
        data = render(*wide(plate, derived, times))
    return data[:size] if len(data) > size else data


def wide(plate: SimulatedPlate, derived: Derived, times: int) -> tuple[SimulatedPlate, Derived]:
    """Every analyte so many times, the copies under names and bead regions of their own."""
    analytes = tuple(
        replace(analyte, name=f"{analyte.name} {n}", bead_region=str(n * len(plate.analytes) + i))
        for n in range(1, times + 1)
        for i, analyte in enumerate(plate.analytes)
    )
    reagents = _tiled(plate.reagents, len(plate.analytes), times)
    found = replace(_tiled(plate, len(plate.analytes), times), analytes=analytes, reagents=reagents)
    return found, _tiled(derived, len(plate.analytes), times)


def _tiled(record: Any, width: int, times: int) -> Any:
    """The dataclass with every array repeated whose last axis is the analytes."""
    arrays = {f.name: getattr(record, f.name) for f in fields(record)}
    many = {
        name: np.tile(value, (*[1] * (value.ndim - 1), times))
        for name, value in arrays.items()
        if isinstance(value, np.ndarray) and value.ndim and value.shape[-1] == width
    }
    return replace(record, **many)


def seconds(data: bytes) -> tuple[float, str]:
    """CPU seconds of reading, those of a workbook's child included, and what came of it."""
    before = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    try:
        came = f"read, {read_bytes(data, 'large').reading.num_rows} readings"
    except InputRefused as refusal:
        came = f"refused: {refusal}"
    return time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, came


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda data: b"\n".join(change(data.split(b"\n")))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "whole": lambda data: data,
    "cut": lambda data: data[: 2 * len(data) // 3],
    "a quote": lambda data: data[: len(data) // 3] + b'"' + data[len(data) // 3 :],
    "a quote at the begin": lambda data: data[:100] + b'"' + data[100:],
    "no line ends": lambda data: data.replace(b"\n", b" "),
    "every line twice": _lines(lambda lines: [line for line in lines for _ in range(2)]),
    "empty lines": _lines(lambda lines: [part for line in lines for part in (line, b"")]),
    "lines backwards": _lines(lambda lines: lines[: len(lines) // 10] + lines[len(lines) // 10 :][::-1]),
    "numbers to words": lambda data: data.replace(b"1", b"x"),
    "numbers to marks": lambda data: data.replace(b"1", b"<").replace(b"2", b"***"),
    "commas for points": lambda data: data.replace(b".", b","),
    "labels": lambda data: data.replace(b"nknown", b"nknown ", len(data) // 100_000),
    "quotes": lambda data: b'"' * len(data),
    "delimiters": lambda data: data[:200] + b"," * (len(data) - 200),
    "line ends": lambda data: data[:200] + b"\n" * (len(data) - 200),
    "blocks": lambda data: data[: len(data) // 4] + b'\r\n"DataType:","Nobody"\r\n' * ((len(data) * 3 // 4) // 26),
    "notes": lambda data: data[: len(data) // 2] + b"\r\nnote of a person" * (len(data) // 2 // 18),
}


@pytest.mark.parametrize(
    ("dialect", "size"),
    [
        *((name, SLICE) for name in ("xponent", "xponent re-saved", "intelliflex flat")),
        *(pytest.param(name, LARGE, marks=pytest.mark.prove) for name in DIALECTS),
    ],
)
def test_no_damage_makes_a_large_file_slow(dialect: str, size: int) -> None:
    data = export(dialect, size)
    is_packed = data.startswith(b"PK")
    assert seconds(data)[1].startswith("read, ")
    for name, damage in DAMAGE.items():
        if is_packed and name not in ("whole", "cut"):
            continue  # any other damage of packed bytes breaks the container at once
        took, came = seconds(damage(data)[:size])
        print(f"{dialect:18s} {name:22s} {len(data) / 1e6:6.2f} MB {took:6.2f} s  {came[:80]}")
        assert took < (MOST_PACKED if is_packed else MOST), (name, came)


def test_a_text_of_too_many_lines_is_refused_before_it_is_cut() -> None:
    data = b"Program,xPONENT,,MAGPIX\n" + b"\n" * PLATE.text_rows
    with pytest.raises(MalformedFile, match=r"line 1000001: has too many lines; expected at most 1000000 lines"):
        read_bytes(data, "long.csv")


def test_an_export_of_too_many_blocks_is_refused_at_the_first_beyond_them() -> None:
    data = b"Program,xPONENT,,MAGPIX\nResults\n" + b"DataType:,Nobody\n" * 1001
    with pytest.raises(
        MalformedFile, match=r"line 1003: the export has too many blocks; expected at most 1000; found 1001"
    ):
        read_bytes(data, "blocks.csv")
