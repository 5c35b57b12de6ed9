"""A cut-off asked for on the command line: spellings that mean the same, several at once, and what is refused."""

from __future__ import annotations

import pytest

from pbis.core.errors import ConfigError
from pbis.core.scoring.cutoffs import what_if
from pbis.scores import load_sets

BASE = load_sets()["pbis-2025-il2-pgml"]


@pytest.mark.parametrize("said", ["IL2=5pg/mL", "il2=5 pg/mL", "IL-2 = 5 pg/mL", "Il2=5", "il2=5pg/ml"])
def test_spellings_of_one_cut(said: str) -> None:
    cut = what_if(BASE, said).cutoff("il2")
    assert cut is not None
    assert (cut.value, cut.unit.lower(), cut.comparator, cut.status) == ("5", "pg/ml", ">=", "what_if")


def test_changes_add_up_and_leave_the_rest_alone() -> None:
    changed = what_if(what_if(BASE, "NLR=4"), "IL2=5pg/mL")
    values = {cut.component: cut.value for cut in changed.cutoffs}
    assert values == {cut.component: cut.value for cut in BASE.cutoffs} | {"nlr": "4", "il2": "5"}
    assert changed.name == f"{BASE.name}+nlr=4+il2=5 pg/mL"


@pytest.mark.parametrize("said", ["IL2", "IL2=", "IL2=-5", "IL2=5 kelvin", "IL2=1e3", "NLR=4 pg/mL", "IL-2R=5", "=5"])
def test_nonsense_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match="what-if"):
        what_if(BASE, said)
