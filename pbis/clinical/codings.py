"""What a result is of: one text, or several codings that a message or resource gives for the same thing and that must agree.

Codings are one text inside this package: joined by RECORD, each `system UNIT code UNIT name`, so that a column of them can be
dictionary-encoded and each distinct one is understood once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pbis.clinical.code_systems import is_own
from pbis.labs import LabsMap
from pbis.labs.model import is_loinc

RECORD, UNIT = "\x1e", "\x1f"
LOINC_SYSTEMS = ("http://loinc.org", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1", "LN", "LOINC")
TEXT = "text"  # the system of words that stand beside codings
UNKNOWN = "the code is not in the reviewed table"


@dataclass(frozen=True)
class Coded:
    """code, system: as sent; analyte: None where unknown or refused, with the sentence; is_local: a name decided, no LOINC.

    is_declared: the site's own map says what it means. strange: the shared code system that a known name stands in alone, or ''.
    """

    code: str
    system: str
    analyte: str | None = None
    refusal: str | None = None
    is_local: bool = True
    is_declared: bool = False
    strange: str = ""

    @property
    def detail(self) -> str | None:
        if self.refusal is not None or self.analyte is not None:
            return self.refusal
        if self.strange:
            return f"{self.code[:40]!r} is a name in {self.strange[:40]!r}, no code system of the laboratory's own: it may mean another thing"
        return UNKNOWN if self.code else "no code was sent"


Reader = Callable[[str, LabsMap], Coded]


@dataclass(frozen=True)
class Coding:
    system: str
    code: str
    name: str = ""

    @property
    def is_loinc(self) -> bool:
        return is_loinc(self.code) and (self.system in LOINC_SYSTEMS or not self.system)


def text_of(codings: Iterable[Coding]) -> str:
    return RECORD.join(coding_text(each.system, each.code, each.name) for each in codings)


def coding_text(system: str, code: str, name: str) -> str:
    """One coding; a separator that a sender smuggled into a part is a blank."""
    if (system + code + name).isprintable():
        return f"{system}{UNIT}{code}{UNIT}{name}"
    return UNIT.join(part.translate(_BLANKS) for part in (system, code, name))


def codings_of(text: str) -> list[Coding]:
    return [Coding(*(each.split(UNIT, 2))) for each in text.split(RECORD)] if text else []


def read_plain(text: str, labs_map: LabsMap) -> Coded:
    """The test cell of a table: a LOINC code or a name."""
    found = labs_map.codes.meaning(text)
    system = "loinc" if is_loinc(text) else "local"
    return Coded(text, system, found.analyte, found.refusal, system == "local")


def read_codings(text: str, labs_map: LabsMap) -> Coded:
    """Codings of one thing. LOINC goes over names; a near miss among them, or two meanings, refuses the whole."""
    codings = codings_of(text)
    loinc = [each.code for each in codings if each.is_loinc]
    names = _names(codings)
    sent = (loinc or names or [""])[0]
    system = "loinc" if loinc else "local"
    refusal = _refusal(loinc, names, labs_map)
    if refusal is not None:
        return Coded(sent, system, refusal=refusal)
    analytes = _analytes(loinc, names, labs_map)
    if len({labs_map.codes.kind(a) for a in analytes.values()}) > 1:
        return Coded(sent, system, refusal=_contradiction(analytes))
    own = loinc or _own_names(codings, labs_map)
    decisive = next((each for each in own if each in analytes), None)
    if decisive is None:
        return Coded(sent, system, None, is_local=not loinc, strange="" if loinc else _strange(codings, analytes))
    is_declared = labs_map.codes.is_declared(decisive)
    return Coded(sent, system, analytes[decisive], is_local=not loinc, is_declared=is_declared)


def _names(codings: Sequence[Coding]) -> list[str]:
    """Local codes, then what is written beside any code."""
    codes = [each.code for each in codings if each.code and not each.is_loinc]
    return list(dict.fromkeys(codes + [each.name for each in codings if each.name]))


def _own_names(codings: Sequence[Coding], labs_map: LabsMap) -> list[str]:
    """The names that may decide: those of the laboratory's own systems, and what the site's map declares.

    A text beside codings describes them: it is as much the laboratory's own as they are.
    """
    own = [each for each in codings if each.system != TEXT and is_own(each.system)]
    if own or all(each.system == TEXT for each in codings):
        own += [each for each in codings if each.system == TEXT]
    declared = [each for each in _names(codings) if labs_map.codes.is_declared(each)]
    return list(dict.fromkeys(declared + _names(own)))


def _strange(codings: Sequence[Coding], analytes: dict[str, str]) -> str:
    """The shared system under which a known name stands."""
    return next((each.system for each in codings if {each.code, each.name} & set(analytes) and each.system != TEXT), "")


def _refusal(loinc: Sequence[str], names: Sequence[str], labs_map: LabsMap) -> str | None:
    """The first near miss; a name that only resembles what the LOINC code beside it says for certain is none."""
    codes = [labs_map.codes.meaning(each) for each in loinc]
    certain = {labs_map.codes.kind(each.analyte) for each in codes if each.analyte is not None}
    meanings = (*codes, *(labs_map.codes.meaning(each) for each in names))
    return next((each.refusal for each in meanings if each.refusal is not None and each.near not in certain), None)


def _analytes(loinc: Sequence[str], names: Sequence[str], labs_map: LabsMap) -> dict[str, str]:
    """Sent code or name -> analyte, where known. A local code that only looks like LOINC means nothing."""
    readable = [*loinc, *(each for each in names if not is_loinc(each) or labs_map.codes.is_declared(each))]
    found = {each: labs_map.codes.meaning(each).analyte for each in readable}
    return {each: analyte for each, analyte in found.items() if analyte is not None}


def _contradiction(analytes: dict[str, str]) -> str:
    told = "; ".join(f"{sent[:40]!r} means {analyte}" for sent, analyte in analytes.items())
    return f"the codes contradict each other: {told}"


_BLANKS = {ord(RECORD): " ", ord(UNIT): " "}
