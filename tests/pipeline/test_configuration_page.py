"""docs/configuration.md: a row a knob, and what a row says is what the model takes and refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbis.config import load_site
from pbis.core.errors import ConfigError
from pbis.pipeline.configuration_page import configuration_page, knobs, template_words, words_of
from pbis.pipeline.new_site import write_site

ROWS = {
    (section.splitlines()[0].strip("[]"), cells[0].strip("`")): cells[1:]
    for section in configuration_page().split("\n## ")[1:]
    for cells in ([cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if "| `" in line)
}  # fmt: skip


def test_every_knob_has_a_row_and_says_what_it_does() -> None:
    assert list(ROWS) == knobs()
    assert [knob for knob in knobs() if not words_of(*knob)] == []


def test_every_knob_that_init_writes_is_one_of_the_model() -> None:
    assert set(template_words()) - set(knobs()) == set()


BESIDE = {"notify.email": 'host = "h"\nfrom = "a@b"\nto = ["c@d"]\n'}  # what a section must say
BOUNDED = [
    (knob, *found.groups()) for knob, cells in ROWS.items() if (found := re.search(r", (\d+) to (\d+)$", cells[0]))
]


@pytest.mark.parametrize(("knob", "least", "most"), BOUNDED, ids=str)
def test_what_lies_beyond_the_bounds_of_a_row_is_refused_and_what_lies_on_them_is_taken(
    knob: tuple[str, str], least: str, most: str, tmp_path: Path
) -> None:
    path = write_site(tmp_path / "s", name="a", cutoff_set="pbis-2025-il2-pgml")
    text = re.sub(rf"^{knob[1]} = .*\n", "", path.read_text(), flags=re.M)
    text = text if f"\n[{knob[0]}]\n" in text else f"{text}\n[{knob[0]}]\n{BESIDE.get(knob[0], '')}"
    for value, is_taken in ((least, True), (most, True), (int(least) - 1, False), (int(most) + 1, False)):
        path.write_text(text.replace(f"[{knob[0]}]\n", f"[{knob[0]}]\n{knob[1]} = {value}\n"))
        if is_taken:
            load_site(tmp_path / "s")
        else:
            with pytest.raises(ConfigError, match=knob[1]):
                load_site(tmp_path / "s")
