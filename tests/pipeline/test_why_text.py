"""The text beside a refused file, as a person reads it."""

from __future__ import annotations

import pickle

from pbis.core.errors import CorruptedLadder, MalformedFile
from pbis.core.wrong_cell import WrongCell
from pbis.pipeline.why_text import MOST_CELLS, why_text

CELLS = [
    WrongCell(885, "Standard4 of IFNg", "204.8", "204800"),
    WrongCell(1021, "Standard4 of IL-2", "204.8", "204800"),
]


def ladder(cells: list[WrongCell]) -> CorruptedLadder:
    brief = f"{len(cells)} expected concentrations cannot be right"
    said = "; ".join(map(str, cells))
    return CorruptedLadder(f"{brief}: {said}", file="p.csv", line=885, brief=brief, cells=cells, hint="export it again")


def test_several_cells_are_a_table_and_what_to_do_is_numbered() -> None:
    text = why_text(
        "p.csv was refused by night n.", [ladder(CELLS)], ["drop it again; the next night takes it."], ["sha256: ab"]
    )
    assert text == (
        "p.csv was refused by night n.\n"
        "\n"
        "why: 2 expected concentrations cannot be right\n"
        "\n"
        "  line  where              expected  found\n"
        "  885   Standard4 of IFNg  204.8     204800\n"
        "  1021  Standard4 of IL-2  204.8     204800\n"
        "\n"
        "What to do\n"
        "  1. Export it again.\n"
        "  2. Drop it again; the next night takes it.\n"
        "\n"
        "sha256: ab\n"
    )  # fmt: skip


def test_one_place_stands_upright_and_only_with_what_is_known_of_it() -> None:
    one = MalformedFile("the row has another width", line=7, expected="11 cells", found="10\ncells")
    bare = MalformedFile("the file is empty")
    text = why_text("two rows.", [one, bare, MalformedFile("value cannot be read", line=9, column="value")], [])
    assert (
        "why: the row has another width\n\n  line      7\n  expected  11 cells\n  found     10 cells\n\nwhy: the file is empty\n\nwhy: value"
        in text
    )
    assert "  line      9\n  where     value\n" in text


def test_a_table_ends_somewhere_and_says_how_many_are_left() -> None:
    text = why_text("p.csv was refused.", [ladder(CELLS[:1] * (MOST_CELLS + 3))], [])
    assert text.count("Standard4 of IFNg") == MOST_CELLS
    assert "\n  and 3 more\n" in text


def test_a_refusal_from_another_process_still_names_its_cells() -> None:
    there = pickle.loads(pickle.dumps(ladder(CELLS)))
    assert (there.wrong_cells, there.brief, str(there)) == (tuple(CELLS), ladder(CELLS).brief, str(ladder(CELLS)))
