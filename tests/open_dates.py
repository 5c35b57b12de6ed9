"""Edits that leave the order of day and month in tests/golden/xponent_small.csv to nobody: (text, what stands for it), each once."""

from __future__ import annotations

OPEN = (
    ('"03/14/2025"', '"03/04/2025"'),
    ('"3/14/2025 3:02', '"3/4/2025 3:02'),
    ('"3/14/2025 4:31', '"3/4/2025 4:31'),
    ('"Country Code","409"', '"Country Code","0"'),
    ("03/13/2025 15:47", "03/03/2025 15:47"),
    ("03/13/2025 15:48", "03/03/2025 15:48"),
    ("3/13/2025 3:47", "3/3/2025 3:47"),
    ("11/17/2025", "11/11/2025"),
)
