"""A message about a subject's score to a recipient, whatever format writes it; its names follow from what it is about.

Nothing of a clock or of chance is in it, so that a message which is made again has the same bytes.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from pbis.deliver.told import ToldScore, ToldSource

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:x-pbis:delivery")
_ID_LENGTH = 20  # characters of MSH-10 in HL7 2.5.1; 80 bits of a hash, by which a billion messages do not collide


@dataclass(frozen=True)
class ScoreMessage:
    """number: of the recipient's messages about the subject, from 1; subject: study id, or the surrogate of one who withdrew consent;
    told: None where the message takes back what was told; replaces: message_id of the one before; why: what is another now, in words."""

    recipient: str
    subject: str
    number: int
    status: str
    message_id: str
    report_id: str
    replaces: str
    told: ToldScore | None
    source: ToldSource
    why: tuple[str, ...] = ()


def message_id(recipient: str, subject_key: str, number: int) -> str:
    """Name of a message; unique for a recipient, a subject and its number. subject_key: keyed hash of the study id."""
    text = f"{recipient}\n{subject_key}\n{number}"
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH].upper()


def report_id(subject_key: str) -> str:
    """Name of the subject's report, the same in every message about it; no study id can be read from it."""
    return str(uuid.uuid5(_SPACE, subject_key))


def part_id(report: str, part: str) -> str:
    """Name of a part of a report: of the score or of a component."""
    return str(uuid.uuid5(uuid.UUID(report), part))
