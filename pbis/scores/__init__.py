"""Cut-off sets as reviewed data: one TOML file a set, and the comparator score beside them."""

from __future__ import annotations

from pbis.scores.load import load_set, load_sets, set_names

__all__ = ["load_set", "load_sets", "set_names"]
