"""Tables of the review of plates: what a plate's results are called by, its state as people decided, and who signed, without names."""

from __future__ import annotations

from pbis.core.frames.keys import ASSAY_ID, PLATE_NUMBER, RUN_ID
from pbis.core.frames.model import HASH, KEY, MOMENT, TEXT, WHOLE, WORD, Column, FrameSpec
from pbis.core.frames.trend import JUDGEMENT_ID

_NIGHT = Column("night_id", TEXT, "night that wrote the row", False, holds=KEY)

PLATE_HASH = FrameSpec(
    "plate_hash",
    "plate of an assay: what its results, verdicts and limits are called by",
    ("assay_id", "plate_number"),
    (
        ASSAY_ID,
        PLATE_NUMBER,
        _NIGHT,
        Column(
            "result_hash",
            TEXT,
            "sha256 over the plate's results, verdicts and limits, without what trends find",
            False,
            holds=HASH,
        ),
    ),
)

TREND_HASH = FrameSpec(
    "trend_hash",
    "plate of an assay that is judged with what trends find: what its results, verdicts and limits are called by then",
    ("judgement_id", "plate_number"),
    (
        JUDGEMENT_ID,
        ASSAY_ID,
        PLATE_NUMBER,
        _NIGHT,
        Column(
            "result_hash", TEXT, "sha256 over what plate_hash calls the plate, and what trends find", False, holds=HASH
        ),
        Column("held_hash", TEXT, "the same of a plate that is held", False, holds=HASH),
    ),
)

PLATE_REVIEW = FrameSpec(
    "plate_review",
    "plate x state of its review; the last one stands",
    ("sequence",),
    (
        Column("sequence", WHOLE, "order of the states, from 1", False),
        _NIGHT,
        RUN_ID,
        PLATE_NUMBER,
        Column(
            "state",
            TEXT,
            "pending, accepted, accepted_with_exclusions, rejected, repeat_ordered or stale",
            False,
            holds=WORD,
        ),
        Column("decided_by", WHOLE, "sequence of the decision that made it so; null while nobody has decided"),
        Column("reviewed_at", MOMENT, "when that was entered, null likewise; UTC"),
        Column("exclusion_count", WHOLE, "standing exclusions on the plate", False),
        Column("signed", TEXT, "yes, partly (exclusions ask for a second person) or no", False, holds=WORD),
        Column(
            "accepted_hash",
            TEXT,
            "sha256 over the results, verdicts and limits that were accepted; null where none were",
            holds=HASH,
        ),
        Column(
            "accepted_version",
            TEXT,
            "version of the program that they were accepted under; null likewise",
            holds=WORD,
        ),
        Column(
            "answered_by_run_id", TEXT, "run of the plate that was run instead; null where none is named", holds=HASH
        ),
    ),
)

PLATE_SIGNATURE = FrameSpec(
    "plate_signature",
    "signature on a plate; who signed stays in the decision log",
    ("sequence",),
    (
        Column("sequence", WHOLE, "sequence of the decision that it is", False),
        _NIGHT,
        Column("signature_id", TEXT, "random, drawn when it was entered", False, holds=HASH),
        Column("run_id", TEXT, "run of the plate when the signature came into the store", False, holds=HASH),
        PLATE_NUMBER,
        Column("meaning", TEXT, "review, approval or responsibility", False, holds=WORD),
        Column("role", TEXT, "role of who signed: reviewer, approver or admin", False, holds=WORD),
        Column("signed_at", MOMENT, "when, UTC", False),
        Column("result_hash", TEXT, "sha256 over the results, verdicts and limits that were signed", False, holds=HASH),
        Column("page_hash", TEXT, "sha256 of the plate's page without its decisions and signatures", False, holds=HASH),
        Column(
            "config_hash",
            TEXT,
            "sha256 of the site's configuration that the plate was computed with",
            False,
            holds=HASH,
        ),
        Column("code_version", TEXT, "version of the program that it was computed with", False, holds=WORD),
    ),
)

OF_REVIEW = (PLATE_HASH, TREND_HASH, PLATE_REVIEW, PLATE_SIGNATURE)
