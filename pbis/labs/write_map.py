"""A site's map as text: the map that comes with the program, with the site's own headers in front of the known ones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pbis.labs.load import FOLDER


def map_text(
    name: str,
    columns: Mapping[str, str],
    remarks: Sequence[str],
    base: Path = FOLDER / "maps" / "default.toml",
    table: str = "labs",
) -> str:
    """TOML of a map. columns: field of [columns.TABLE] -> header as written; remarks: comment lines for its head; base: the map that
    it goes on from."""
    text = base.read_text("utf-8")
    head, labs, tail = _around(text, f"[columns.{table}]")
    for field, header in columns.items():
        labs = _without_repeats(_with_header(labs, field, header), field, header)
    own = re.sub(r'(?m)^name = ".*"', lambda _: f"name = {_quoted(name)}", head, count=1)
    own = re.sub(r'(?m)^author = ".*"', 'author = "proposed by pbis labs map: check every line"', own, count=1)
    return "".join(f"# {' '.join(each.split())}\n" for each in remarks) + own + labs + tail


def _around(text: str, table: str) -> tuple[str, str, str]:
    start = text.find(table)
    if start < 0:  # a map need not name the tables whose headers are the usual ones
        return text.rstrip("\n") + "\n\n", table, "\n"
    end = text.find("\n[", start)
    end = len(text) if end < 0 else end
    return text[:start], text[start:end], text[end:]


def _with_header(labs: str, field: str, header: str) -> str:
    """The site's header in front of those that the field is known by, or alone where the map names none."""
    added, count = re.subn(rf"(?m)^{field} = \[", lambda found: f"{found[0]}{_quoted(header)}, ", labs, count=1)
    return added if count else f"{labs.rstrip()}\n{field} = [{_quoted(header)}]\n"


def _without_repeats(labs: str, field: str, header: str) -> str:
    """The same header under another field would have two meanings; the proposal's stands."""
    lines = labs.split("\n")
    word = re.compile(rf"(?i){re.escape(_quoted(header))}(, )?")
    return "\n".join(line if line.startswith(f"{field} = ") else word.sub("", line) for line in lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
