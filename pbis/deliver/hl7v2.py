"""A message as HL7 2.5.1 ORU^R01: one OBR, an OBX for every fact, a carriage return behind each segment, UTF-8.

Chapter 7 of the standard: OBR-25 and OBX-11 say P, F or C; of what is taken back OBR-25 is X and OBX-11 is D. Every message has all
rows, since a receiver keeps the rows of before that it is not told anew; a row without a value holds HL7's own null, two quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pbis.deliver.codes import REPORT, REPORT_NAME, UNITS, loinc_of, name_of
from pbis.deliver.facts import FACTS, ToldFact, facts_of
from pbis.deliver.message import ScoreMessage
from pbis.deliver.states import CORRECTED, FINAL, PRELIMINARY, WITHDRAWN
from pbis.deliver.told import NAMES, ToldComponent, ToldScore

_LETTER = {PRELIMINARY: "P", FINAL: "F", CORRECTED: "C", WITHDRAWN: "D"}
_NULL = '""'
_DECIMALS = 10  # of a probability: NM has 16 characters and no exponent
_ESCAPED = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": "\\X0D\\", "\n": "\\X0A\\"}


def hl7_message(message: ScoreMessage) -> str:
    """The message's segments."""
    at = f"{message.source.issued:%Y%m%d%H%M%S}+0000"
    subject = escaped(message.subject)
    letter = "X" if message.status == WITHDRAWN else _LETTER[message.status]
    sender, receiver = escaped(message.source.site), escaped(message.recipient)
    head = [
        f"MSH|^~\\&|PBIS|{sender}|{receiver}||{at}||ORU^R01^ORU_R01|{message.message_id}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||{subject}^^^{sender}^PI||^^^^^^S",  # S: a name that stands for one, of which the study id is all there is
        f"OBR|1||{message.report_id}^PBIS|{REPORT}^{REPORT_NAME}^L" + "|" * 18 + f"{at}|||{letter}",
    ]
    notes = [f"NTE|1|L|{escaped(_note(message))}"]
    rows = _rows(message)
    return "".join(f"{segment}\r" for segment in (*head, *notes, *_numbered(rows, _LETTER[message.status])))


def escaped(text: str) -> str:
    """Text of which no character is taken for a separator."""
    return "".join(_ESCAPED.get(sign, sign) for sign in text)


def _note(message: ScoreMessage) -> str:
    if message.told is None:
        return f"withdrawn: {'; '.join(message.why)}"
    return message.told.sentence + (f"; corrected: {'; '.join(message.why)}" if message.why else "")


def _numbered(rows: Sequence[str], letter: str) -> Iterator[str]:
    yield from (f"OBX|{number}|{row}||||{letter}" for number, row in enumerate(rows, 1))


def _rows(message: ScoreMessage) -> list[str]:
    """OBX-2 to OBX-7 of every row."""
    told = message.told
    score = _fact(ToldFact("score", told.score if told else None), "", "NM")
    said = (
        facts_of(message, told) if told else [ToldFact(code, None) for code in FACTS]
    )  # a row that is deleted says nothing
    facts = [_fact(each, "", _KINDS.get(each.code, "ST")) for each in said]
    return [score, *facts, *(row for name in NAMES for row in _component(told, name))]


_LONG = ("reasons", "marks", "mark_reasons", "p_high_words", "p_high_basis", "changed")  # ST ends at 199 characters
_KINDS = dict.fromkeys(("score_min", "score_max", "p_high_low", "p_high_high"), "NM") | dict.fromkeys(_LONG, "TX")


def _component(told: ToldScore | None, name: str) -> Iterator[str]:
    found = next((each for each in told.components if each.component == name), None) if told else None
    yield _value(found, name)
    yield _fact(ToldFact("point", found.point if found else None), name, "NM")
    yield _fact(ToldFact("reason", found.reason if found else None), name, "ST")
    yield _fact(ToldFact("is_at_cut", found.is_at_cut if found else None), name, "ST")
    yield _fact(ToldFact("is_near_cut", found.is_near_cut if found else None), name, "ST")
    yield _fact(ToldFact("study_day", found.study_day if found else None), name, "NM")


def _value(told: ToldComponent | None, name: str) -> str:
    if told is None:
        return _row("NM", name, name, _NULL)
    unit = (
        "" if told.unit is None else escaped(told.unit) + (f"^{escaped(told.unit)}^UCUM" if told.unit in UNITS else "")
    )
    cut = escaped(f"{told.comparator}{told.cut_text}")
    if told.value_text is None:
        return _row("NM", name, name, _NULL, unit, cut)
    if told.value_op in (None, "="):
        return _row("NM", name, name, told.value_text, unit, cut)
    return _row("SN", name, name, f"{told.value_op}^{told.value_text}", unit, cut)


def _fact(fact: ToldFact, part: str, kind: str) -> str:
    return _row(kind, fact.code, part, _NULL if fact.value is None else escaped(_text(fact.value)))


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.{_DECIMALS}f}".rstrip("0").removesuffix(".")
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _row(kind: str, code: str, part: str, value: str, unit: str = "", cut: str = "") -> str:
    own = f"{code}^{escaped(name_of(code))}^L"
    loinc = loinc_of(code)
    return f"{kind}|{f'{loinc}^^LN^{own}' if loinc else own}|{part}|{value}|{unit}|{cut}"
