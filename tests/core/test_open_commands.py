"""Commands to paste: a shell reads what they name as one word, whatever it holds, and the site stands before the reason."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pbis.core.open_items import KINDS, open_item
from pbis.pipeline.todo import linked

ROOT = Path("/srv/our lab")


def command(kind: str, key: str) -> str:
    row = {"kind": kind, "object_kind": "file", "object_key": key, "plate": "P01", "run_id": "0123456789ab" * 2}
    row |= {"item_count": 1, "blocks": None, "names": [key], "known": [], "detail": "is cut off"}
    (item,) = linked((open_item(row),), ROOT)
    return item.command or ""


@pytest.mark.parametrize(
    "name", ["P01.csv", "week 10.csv", "$(touch x).csv", 'a"b`c`.csv', "o'brien.csv", "x --reason y.csv", "a\nb.csv"]
)
@pytest.mark.parametrize("kind", ["file_in_quarantine", "lab_without_linkage", "work_expected", "specimen_never_run"])
def test_a_key_is_one_word_for_a_shell(kind: str, name: str) -> None:
    said = shlex.split(command(kind, f"plates/{name}"))
    assert said[:5] == ["pbis", "decide", "later", kind, f"plates/{name}"]
    assert said[said.index("--site", 5) :] == ["--site", str(ROOT), "--reason", "...", "--author", "..."]


def test_a_run_and_a_decision_are_named() -> None:
    assert command("failed_plate", "P01").startswith("pbis decide exclude --plate 0123456789ab --cause ")
    assert command("decision_not_applying", "7").startswith("pbis decide reverse 7 --site ")


def test_no_template_quotes_what_is_filled_in() -> None:
    assert [kind.name for kind in KINDS.values() if '}"' in kind.command or "}'" in kind.command] == []
