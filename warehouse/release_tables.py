"""Tables of releases: which were made in which order, and what each changed against the one before it, with the cause."""

from __future__ import annotations

from pbis.core.frames.model import HASH, KEY, TEXT, WHOLE, WORD, Column, FrameSpec

_NIGHT = Column("night_id", TEXT, "night that wrote the row", False, holds=KEY)
_BEFORE = Column("release_before", TEXT, "release that people were led to until then; null for the first", holds=KEY)

RELEASE_MADE = FrameSpec(
    "release_made",
    "release that a night set out to write; one that nobody was led to is the release before none",
    ("release",),
    (
        Column("release", TEXT, "name of the release", False, holds=KEY),
        _BEFORE,
        Column("sequence", WHOLE, "order of the releases, from 1", False),
        _NIGHT,
        Column("score_night_id", TEXT, "night whose scores it shows; null where there are none yet", holds=KEY),
    ),
)

RELEASE_CHANGE_FOUND = FrameSpec(
    "release_change_found",
    "change of a release against the one before it x cause",
    ("night_id", "position"),
    (
        _NIGHT,
        Column("position", WHOLE, "order within the night, from 1", False),
        Column("release_before", TEXT, "release that people were led to until then", False, holds=KEY),
        Column("release_after", TEXT, "release that shows the change", False, holds=KEY),
        Column("subject_id", TEXT, "study id; null where it is about no single subject", holds=KEY),
        Column("run_id", TEXT, "run of the plate; null where it is about no plate", holds=HASH),
        Column("plate_number", WHOLE, "plate within the batch, from 1; null where it is about no plate"),
        Column(
            "what",
            TEXT,
            "subject (came, went), group, score, score_min, score_max, is_certain, marks; nlr, crp, il12 or il2 with _point, _value, "
            "_unit or _reason; plate_verdict, plate_review, cutoff_set or withdrawal",
            False,
            holds=WORD,
        ),
        Column("before", TEXT, "what the release before shows, as text; null where it shows nothing", holds=WORD),
        Column("after", TEXT, "what the release shows, as text; null where it shows nothing", holds=WORD),
        Column(
            "cause_kind",
            TEXT,
            "plate, laboratory_result (any row or file about patients), retraction, decision, configuration or code",
            False,
            holds=WORD,
        ),
        Column(
            "cause_key",
            TEXT,
            "run_id of a plate; file_id:line, or file_id, of a laboratory result or retraction; sequence of a decision; sha256 of the "
            "configuration; version of the program",
            False,
            holds=KEY,
        ),
    ),
)

RELEASES = (RELEASE_MADE, RELEASE_CHANGE_FOUND)
