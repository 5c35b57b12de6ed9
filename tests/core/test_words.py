"""Numbers and nouns agree."""

from __future__ import annotations

import pytest

from pbis.core.words import plural


@pytest.mark.parametrize(("count", "said"), [(0, "0 plates"), (1, "1 plate"), (2, "2 plates"), (44, "44 plates")])
def test_a_noun_agrees_with_its_number(count: int, said: str) -> None:
    assert plural(count, "plate") == said


def test_a_plural_of_its_own() -> None:
    assert (plural(1, "child", "children"), plural(3, "child", "children")) == ("1 child", "3 children")
