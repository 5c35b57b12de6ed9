"""Tables of what waits for a person: what a night said of files, and the open items as they stood when something of them changed."""

from __future__ import annotations

from pbis.core.frames.model import HASH, KEY, PRIVATE, SENTENCE, TEXT, WHOLE, WORD, Column, FrameSpec, surrogate

_NIGHT = Column("night_id", TEXT, "night that wrote the row", False, holds=KEY)
_POSITION = Column("position", WHOLE, "order within the night, from 1", False)

NIGHT_NOTE = FrameSpec(
    "night_note",
    "sentence that a night said of a file, a plate or itself",
    ("night_id", "position"),
    (
        _NIGHT,
        _POSITION,
        Column("code", TEXT, "note, or blocked_by_sheet: the plate could not be computed anew", False, holds=WORD),
        Column("kind", TEXT, "what the file was dropped as; null where the note is about no file", holds=WORD),
        Column("name", TEXT, "name of the file; null where the note is about no file", holds=KEY),
        Column("sha256", TEXT, "sha256 of its bytes, of a plate its run_id; null where it is not known", holds=HASH),
        Column(
            "message",
            TEXT,
            "the sentence; in a release null where it is about no file of the laboratory",
            holds=SENTENCE,
        ),
    ),
)

OPEN_CHECK = FrameSpec(
    "open_check",
    "night that found other open items than the one before it",
    ("night_id",),
    (
        _NIGHT,
        Column("sequence", WHOLE, "order of the checks, from 1", False),
        Column("item_count", WHOLE, "items that were open", False),
        Column("blocking_count", WHOLE, "of them, those that keep a result back", False),
        Column("basis", TEXT, "sha256 over the items", False, holds=HASH),
    ),
)

OPEN_ITEM_FOUND = FrameSpec(
    "open_item_found",
    "open item of a night that found other ones than the night before it",
    ("night_id", "position"),
    (
        _NIGHT,
        _POSITION,
        Column("kind", TEXT, "what is open, from the closed list of docs/open-items.md", False, holds=WORD),
        Column(
            "object_kind", TEXT, "plate, file, specimen, subject, layout, decision or cutoff_set", False, holds=WORD
        ),
        Column("object_key", TEXT, "what the object is called; with the kind it names the item", False, holds=KEY),
        Column("plate", TEXT, "plate that it is about; null where it is about none", holds=surrogate("plate")),
        Column("run_id", TEXT, "run of that plate; null where none is loaded", holds=HASH),
        Column("subject_id", TEXT, "study id; null where it is about no single subject", holds=KEY),
        Column("item_count", WHOLE, "how many wells, barcodes, rows or plates have this one cause", False),
        Column("since_night", TEXT, "night that found it first without a break", False, holds=KEY),
        Column("blocks", TEXT, "what waits for it: results; null where nothing does", holds=WORD),
        Column("what", TEXT, "what is open, in a sentence", False, holds=SENTENCE),
        Column("remedy", TEXT, "what a person does about it, in a sentence", False, holds=SENTENCE),
        Column("command", TEXT, "command to type, where there is one; empty in a release", holds=PRIVATE),
    ),
)

OPEN = (NIGHT_NOTE, OPEN_CHECK, OPEN_ITEM_FOUND)
