"""A message as rows of a CSV file: one a component, and one of what is taken back; all messages of a delivery are one file."""

from __future__ import annotations

from pbis.deliver.facts import FACTS, facts_of
from pbis.deliver.fhir import instant
from pbis.deliver.message import ScoreMessage
from pbis.files.table_out import csv_lines

_ABOUT = ("message_id", "replaces", "report_id", "recipient", "subject_id", "number", "status", "issued", "score")
_COMPONENT = (
    "component",
    "value_op",
    "value_text",
    "unit",
    "comparator",
    "cut_text",
    "point",
    "reason",
    "is_at_cut",
    "is_near_cut",
    "study_day",
)


def csv_head() -> str:
    """The line of names."""
    return csv_lines([(*_ABOUT, *FACTS, *_COMPONENT)])


def csv_message(message: ScoreMessage) -> str:
    """The rows of one message."""
    told, source = message.told, message.source
    about = [
        message.message_id,
        message.replaces,
        message.report_id,
        message.recipient,
        message.subject,
        message.number,
        message.status,
        instant(source.issued),
    ]
    if told is None:
        said = {"changed": "; ".join(message.why), "release": source.release, "code_version": source.code_version}
        said["decision_head"] = source.decision
        return csv_lines([[*about, None, *(said.get(name) for name in FACTS), *(None for _ in _COMPONENT)]])
    facts = {each.code: each.value for each in facts_of(message, told)}
    head = [*about, told.score, *(facts[name] for name in FACTS)]
    return csv_lines([*head, *(getattr(each, name) for name in _COMPONENT)] for each in told.components)
