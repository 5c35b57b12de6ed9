"""A treatment start whose record number is in conflict names the study ids that it may mean, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import read_linkage, read_treatments
from pbis.core.frames import TREATMENT
from pbis.labs import load_map

LINKAGE = """site,mrn,subject,valid_from,valid_to
north,MRN-1,S1,,
north,MRN-1,S2,,
north,MRN-3,S3,2020-01-01,2020-12-31
north,MRN-4,S4,,
south,MRN-4,S5,,
"""


@pytest.mark.parametrize(
    ("row", "subject", "candidates"),
    [
        ("north,MRN-1,2026-03-05", None, "S1;S2"),
        ("north,MRN-3,2026-03-05", None, "S3"),  # its validity has ended
        ("north,MRN-3,2020-03-05", "S3", None),
        ("north,MRN-4,2026-03-05", "S4", None),
        (",MRN-4,2026-03-05", None, "S4;S5"),
        ("north,MRN-9,2026-03-05", None, None),
    ],
)
def test_candidates(write: Callable[..., Path], row: str, subject: str | None, candidates: str | None) -> None:
    linkage = read_linkage(write(LINKAGE, "linkage.csv"))
    table = read_treatments(write(f"site,mrn,started_at\n{row}\n"), linkage, load_map(), ZoneInfo("Europe/Berlin"))
    TREATMENT.check(table)
    (found,) = table.to_pylist()
    assert (found["subject_id"], found["candidates"]) == (subject, candidates)
    assert found["reason"] == (None if subject else "identity_conflict")
    assert "MRN" not in str(found)
