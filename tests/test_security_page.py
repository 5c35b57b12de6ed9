"""docs/security.md names tests that exist, and every threat and requirement names one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for part in re.split(r"^## ", (ROOT / "docs" / "security.md").read_text(), flags=re.M)
    if part.startswith(("Threats", "21 CFR"))
    for line in part.splitlines()
    if line.startswith("| ") and not line.startswith(("| threat", "| requirement"))
]


def test_every_threat_and_requirement_names_tests_that_are_there() -> None:
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
    }
    assert len(ROWS) > 40
    assert [row for row in ROWS if len(row) != 3 or not re.search(r"`test_\w+`", row[2])] == []
    named = {name for row in ROWS for name in re.findall(r"`(test_\w+)`", row[2])}
    assert named - defined == set()
