"""Sentences that name a command are said at the desk by its buttons: every one below the desk has words there, or never comes to a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbis.desk.spoken import spoken, spoken_charts

HOUSE = Path(__file__).parents[2] / "pbis"
COMMAND = re.compile(r"\bpbis [a-z]+|(?<![\w-])--(?:label|specimen|dilution|date-order|answered-by|plate)\b")
BELOW = ("core", "files", "readers", "clinical", "panels", "labs", "expectations", "pipeline", "report", "desk")
# Where sentences, or the commands that stand beside them, are for a terminal, a file or a static page alone.
ELSEWHERE = {
    "core/open_items.py": "commands beside an item; the desk has buttons in their place",
    "desk/spoken.py": "the table itself",
    "labs/write_map.py": "written into a file",
    "panels/load.py": "written into a file",
    "panels/propose.py": "written into a file",
    "pipeline/auditing.py": "of `pbis audit`",
    "pipeline/configuration_page.py": "written into a page of docs/",
    "pipeline/doctor.py": "of `pbis doctor`",
    "pipeline/falls.py": "nothing was published: of the night and its terminal",
    "pipeline/holding.py": "commands beside the sentence on the plate's page",
    "pipeline/how_it_runs.py": "of `pbis status`",
    "pipeline/lake.py": "notes of a night at its terminal, and faults of `pbis verify`",
    "pipeline/lake_reader.py": "of a machine of readers, which has no desk",
    "pipeline/message.py": "of the message of a night",
    "pipeline/missing.py": "of `pbis reprocess` and its page",
    "pipeline/new_site.py": "written into a file",
    "pipeline/open_pages.py": "a pattern",
    "pipeline/restoring.py": "of `pbis restore`",
    "pipeline/room.py": "of `pbis doctor`",
    "pipeline/service_files.py": "written into files",
}


def sentences() -> Iterator[tuple[str, str]]:
    """Place and text of every literal that names a command; a value that is filled in stands as X."""
    for path in sorted(path for name in BELOW for path in (HOUSE / name).rglob("*.py")):
        place, tree = path.relative_to(HOUSE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        within = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if id(node) in within | docs:
                continue
            text = _text(node)
            if COMMAND.search(text):
                yield place, text


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


FOUND = [pair for pair in sentences() if pair[0] not in ELSEWHERE]


def test_what_is_left_to_the_terminal_is_still_there() -> None:
    assert ELSEWHERE.keys() <= {place for place, _ in sentences()}
    assert len(FOUND) > 20


@pytest.mark.parametrize(("place", "text"), FOUND, ids=[f"{place} {number}" for number, (place, _) in enumerate(FOUND)])
def test_a_sentence_that_names_a_command_has_words_at_the_desk(place: str, text: str) -> None:
    said = spoken(text)
    assert not COMMAND.search(said), said
    assert "`" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("there is no decision 9; `pbis decide list` shows them", "there is no decision 9; the page of the plate shows them"),
        (
            "P1 is rejected by decision 3 by ann; reverse it first (pbis decide reverse 3), so that",
            "P1 is rejected by decision 3 by ann; withdraw that first (Withdraw, beside it), so that",
        ),
        ("/x/site: nothing is published yet; run: pbis night --site /x/site", "/x/site: nothing is published yet; the next night does that"),
        ("1. Run pbis verify --site /x/site", "1. Let whoever runs the program verify the site"),
        ("a sentence of a file -- with dashes", "a sentence of a file -- with dashes"),
        ("run--plate.csv was refused: say --plate", "run--plate.csv was refused: say the plate"),
    ],
)  # fmt: skip
def test_what_a_person_reads(text: str, words: str) -> None:
    assert spoken(text) == words


def test_the_page_of_control_charts_names_buttons_at_the_desk() -> None:
    """All that its template can say, whether the charts of a site have an alarm or not."""
    template = (HOUSE / "report" / "templates" / "trends.html.j2").read_text(encoding="utf-8")
    assert COMMAND.search(template)
    said = spoken_charts(template)
    assert not COMMAND.search(said)
    assert (
        "On the page of its plate, <b>Keep what a rule took</b> gives back what an alarm took, <b>Exclude</b> confirms it"
        in said
    )
