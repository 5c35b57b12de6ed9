"""Messages quote cells of files as Python writes a text, between quotation marks; here such pieces are found and told by their length.

What everybody may read (pages, a terminal whose output goes to a log, a release) says where a cell stands, of what kind it is and how long;
the cell itself stands in the text beside the refused file. Where equal cells are to stay equal, one is called by its kind and hash.
"""

from __future__ import annotations

import hashlib
import re

# An apostrophe within a word, or behind one, opens nothing: "the kit's", "the plates' names".
QUOTED = re.compile(r"""(?<![\w'"])(?:'(?:[^'\\\n]|\\.|'(?=\w))*'|"(?:[^"\\\n]|\\.)*")(?!\w)""")
_KINDS = (
    (str.isdecimal, "figures"),
    (str.isalpha, "letters"),
    (str.isalnum, "letters and figures"),
    (str.isspace, "blanks"),
)


def how_long(cell: str) -> str:
    """`(5 characters: letters and figures)`."""
    kind = next((words for is_so, words in _KINDS if is_so(cell)), "text")
    return f"({len(cell)} character{'' if len(cell) == 1 else 's'}: {kind})"


def without_cells(message: str) -> str:
    """The message with each quoted piece told by its length and kind."""
    return QUOTED.sub(lambda found: how_long(found.group()[1:-1]) if len(found.group()) > 2 else found.group(), message)


HASH_DIGITS = 12  # of a name by hash, as of the files about patients: of a million names no two collide by chance
_FACTOR = re.compile(r"(.*)( x(?:\?|[0-9.e+-]+))", re.DOTALL)
SPECIMEN = (
    "specimen"  # a label, a barcode and an accession number are called alike, because one text may be each of them
)


def called(kind: str, cell: str) -> str:
    """`unit-3f2a91c04be7`: the cell by its kind and the head of its sha256."""
    return f"{kind}-{hashlib.sha256(cell.encode()).hexdigest()[:HASH_DIGITS]}"


def parts_of_group(group: str) -> tuple[str, str]:
    """The specimen or label of a replicate group, and its factor with the blank before it: `SR123`, ` x2`; without one ''."""
    found = _FACTOR.fullmatch(group)
    return (found[1], found[2]) if found else (group, "")


def called_group(group: str) -> str:
    """A replicate group by the hash of its specimen or label: `specimen-3f2a91c04be7 x2`."""
    base, factor = parts_of_group(group)
    return called(SPECIMEN, base) + factor


def is_same_group(one: str | None, other: str | None) -> bool:
    """Whether two names mean one group: a decision may name it as the plate's page does, or as a release calls it."""
    if one is None or other is None or one == other:
        return one == other
    return called_group(one) == other or one == called_group(other)
