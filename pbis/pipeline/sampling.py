"""Which few of many are looked at: chosen by a hash, so that nobody chooses and anybody can choose the same again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def sampled(seed: str, count: int, names: Iterable[str]) -> frozenset[str]:
    """So many of the names, others for each seed, the same for the same."""
    return frozenset(sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())[:count])
