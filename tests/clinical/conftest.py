"""Helpers of the clinical tests: write an extract, read it, show its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, read_labs, read_linkage
from pbis.labs import load_map

BERLIN = ZoneInfo("Europe/Berlin")
HEADER = "mrn,accession,test,value,unit,status,collected_at,resulted_at,reference_range"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(text or bytes, name) -> path."""

    def _write(content: str | bytes, name: str = "extract.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture
def linkage(write: Callable[..., Path]) -> Linkage:
    return read_linkage(
        write("site,mrn,subject,valid_from,valid_to\nnorth,MRN-1,S1,2020-01-01,\nnorth,MRN-2,S2,,\n", "link.csv")
    )


@pytest.fixture
def labs(write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    """labs(row, ...) -> frames.LAB of rows under the usual header."""

    def _labs(*rows: str, header: str = HEADER, map_name: str = "default") -> pa.Table:
        return read_labs(write("\n".join((header, *rows)) + "\n"), linkage, load_map(map_name), BERLIN)

    return _labs
