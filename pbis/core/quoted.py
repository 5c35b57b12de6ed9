"""Messages quote cells of files as Python writes a text, between quotation marks; here such pieces are found and told by their length.

What everybody may read (pages, a terminal whose output goes to a log, a release) says where a cell stands, of what kind it is and how long;
the cell itself stands in the text beside the refused file.
"""

from __future__ import annotations

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
