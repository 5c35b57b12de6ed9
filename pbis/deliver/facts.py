"""What a message says of the score beside its components, as named facts that every format writes in its own way."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.deliver.message import ScoreMessage
from pbis.deliver.told import ToldScore

# Codes of all facts.
FACTS = (
    "score_min",
    "score_max",
    "group",
    "is_certain",
    "reasons",
    "marks",
    "mark_reasons",
    "p_high_low",
    "p_high_high",
    "p_high_words",
    "p_high_basis",
    "changed",
    "cutoff_set",
    "release",
    "code_version",
    "decision_head",
)


@dataclass(frozen=True)
class ToldFact:
    """code: a word of our own (docs/deliver.md); value: null where nothing is known."""

    code: str
    value: int | float | bool | str | None


def facts_of(message: ScoreMessage, told: ToldScore) -> tuple[ToldFact, ...]:
    """All of them, in an order that never changes; a receiver finds each in every message, also where it has no value now."""
    source = message.source
    return (
        ToldFact("score_min", told.score_min),
        ToldFact("score_max", told.score_max),
        ToldFact("group", told.group),
        ToldFact("is_certain", told.is_certain),
        ToldFact("reasons", told.reasons),
        ToldFact("marks", told.marks),
        ToldFact("mark_reasons", told.mark_reasons),
        ToldFact("p_high_low", told.p_high_low),
        ToldFact("p_high_high", told.p_high_high),
        ToldFact("p_high_words", told.chance or None),
        ToldFact("p_high_basis", told.p_high_basis),
        ToldFact("changed", "; ".join(message.why) or None),
        ToldFact("cutoff_set", told.cutoff_set),
        ToldFact("release", source.release),
        ToldFact("code_version", source.code_version),
        ToldFact("decision_head", source.decision),
    )
