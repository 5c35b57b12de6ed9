"""Scores as messages for other systems: what is told, when it is told again, and how FHIR, HL7 version 2 and CSV write it."""

from __future__ import annotations

from pbis.deliver.basis import basis_of, changes
from pbis.deliver.formats import FORMATS, DeliveryFormat
from pbis.deliver.message import ScoreMessage, message_id, report_id
from pbis.deliver.states import CORRECTED, FINAL, PRELIMINARY, WITHDRAWN, is_final_now, status_of
from pbis.deliver.told import ToldComponent, ToldScore, ToldSource, as_plain, from_plain

__all__ = [
    "CORRECTED",
    "FINAL",
    "FORMATS",
    "PRELIMINARY",
    "WITHDRAWN",
    "DeliveryFormat",
    "ScoreMessage",
    "ToldComponent",
    "ToldScore",
    "ToldSource",
    "as_plain",
    "basis_of",
    "changes",
    "from_plain",
    "is_final_now",
    "message_id",
    "report_id",
    "status_of",
]
