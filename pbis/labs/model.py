"""What the tables of pbis.labs hold once they are read: codes, unit rules, and a site's map."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pbis.core.units import factor, is_same_unit

LOINC = re.compile(r"[0-9]{1,7}-[0-9]")


@dataclass(frozen=True)
class Meaning:
    """What a code means: an analyte, or a refusal with its sentence, or nothing known (both None).

    near: of a refusal, the analyte whose own code may stand beside such a name.
    """

    analyte: str | None = None
    refusal: str | None = None
    near: str = ""


@dataclass(frozen=True)
class RefusedTest:
    """A near miss: `why` it is not the analyte that it resembles; `contains` are sets of words, each enough on its own."""

    name: str
    why: str
    contains: tuple[tuple[str, ...], ...]
    near: str = ""

    def resembles(self, folded: str) -> bool:
        return any(all(word in folded for word in words) for words in self.contains)

    def sentence(self, sent: str) -> str:
        return f"{sent!r} is {self.name}: {self.why}"


@dataclass(frozen=True)
class CodeTable:
    """LOINC codes and folded local names -> analyte or near miss. `share_of`: analyte -> the analyte meant in percent.

    kind_of: analyte -> the one that it is another method or unit of.
    declared: the site's own codes and names -> analyte; its word goes over the table, near misses included.
    """

    analyte_by_loinc: Mapping[str, str]
    analyte_by_name: Mapping[str, str]
    refused_by_loinc: Mapping[str, RefusedTest]
    refused_by_name: Mapping[str, RefusedTest]
    refused: tuple[RefusedTest, ...]
    share_of: Mapping[str, str]
    fluids: frozenset[str] = frozenset()
    kind_of: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)

    def kind(self, analyte: str) -> str:
        """What is counted, by whatever method and in whatever unit: a manual percentage of neutrophils is neutrophils."""
        return self.kind_of.get(analyte, analyte)

    def is_declared(self, sent: str) -> bool:
        """Whether the site's own map says what this code or name means."""
        return declared_key(sent) in self.declared

    def is_fluid(self, material: str) -> bool:
        """Whether a specimen's type, as sent, is a body fluid whose cells and proteins are not those of blood."""
        return bool(material) and fold_name(material) in self.fluids

    def meaning(self, sent: str) -> Meaning:
        """The meaning of a code or name as sent. Names are compared whole; only refusals look inside them."""
        if self.is_declared(sent):
            return Meaning(self.declared[declared_key(sent)])
        if is_loinc(sent):
            refused = self.refused_by_loinc.get(sent)
            return Meaning(self.analyte_by_loinc.get(sent), refused.sentence(sent) if refused else None)
        name = fold_name(sent)
        if name in self.analyte_by_name:
            return Meaning(analyte=self.analyte_by_name[name])
        refused = self.refused_by_name.get(name) or next((each for each in self.refused if each.resembles(name)), None)
        return Meaning(refusal=refused.sentence(sent), near=refused.near) if refused else Meaning()


@dataclass(frozen=True)
class UnitRule:
    """The unit an analyte is kept in, the units it may be sent in (canonical names), and texts that mean 'no unit needed'.

    typical: the middle of what adults have, in the canonical unit; None where patients differ too much to say. It tells
    units apart by factors of ten, nothing finer.
    """

    canonical: str
    allowed: frozenset[str]
    unitless: frozenset[str]
    typical: float | None = None


@dataclass(frozen=True)
class KitFactor:
    """A kit's own factor, declared by the site: value in `unit` times `factor` is the value in `to`."""

    analyte: str
    unit: str
    factor: Fraction
    to: str
    source: str

    def in_canonical(self, units: Mapping[str, UnitRule]) -> Fraction:
        """The exact factor from the kit's unit to the one that the analyte is kept in."""
        return self.factor * factor(self.to, units[self.analyte].canonical)


@dataclass(frozen=True)
class LabsMap:
    """How a site's extracts are written. `columns`: table -> field -> folded headers; `status_by_word`: folded word -> status;
    `unit_spelling`: the site's own spelling of a unit, without blanks -> a known one; `encoding`: the codec of text that is not UTF-8, '' where the site declares none.
    """

    name: str
    decimal_mark: str
    date_order: str | None
    columns: Mapping[str, Mapping[str, tuple[str, ...]]]
    status_by_word: Mapping[str, str]
    blank_status: str
    unit_where_blank: Mapping[str, str]
    kit_factors: tuple[KitFactor, ...]
    codes: CodeTable
    units: Mapping[str, UnitRule]
    unit_spelling: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""

    def spelled(self, unit: str) -> str:
        """The unit as sent, or what the site's own spelling of it means."""
        return self.unit_spelling.get("".join(unit.split()), unit) if self.unit_spelling else unit

    def kit_factor(self, analyte: str, unit: str) -> KitFactor | None:
        """The site's factor for the unit, however it is spelled."""
        of_analyte = [kit for kit in self.kit_factors if kit.analyte == analyte]
        return next((kit for kit in of_analyte if is_same_unit(kit.unit, unit)), None)


def is_loinc(sent: str) -> bool:
    """Shaped like a LOINC code."""
    return LOINC.fullmatch(sent) is not None


def declared_key(sent: str) -> str:
    """How a site's own code is compared: a number as it is written, a name folded."""
    return sent if is_loinc(sent) else fold_name(sent)


def fold_name(sent: str) -> str:
    """A test's name without case, blanks, accents of form and punctuation; % and # stay, Greek letters become words."""
    text = unicodedata.normalize("NFKC", sent).casefold()
    text = "".join(_GREEK.get(sign, sign) for sign in text)
    return "".join(sign for sign in text if sign.isalnum() or sign in "%#")


def fold_header(sent: str) -> str:
    """A column header without case, blanks and punctuation."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", sent).casefold() if sign.isalnum())


def fold_status(sent: str) -> str:
    """A status word without case, one blank between its words, hyphens among them; any other sign makes it another word."""
    return re.sub(r"(?<=[^\W_])[-_ ]+(?=[^\W_])", " ", sent.casefold().strip(" "))


def spellings_of_status(word: str) -> tuple[str, ...]:
    """A status word of a map as senders write it: with its blanks, and as one word. One word is not sent in two: `fi-nal` is unknown."""
    folded = fold_status(word)
    return tuple(dict.fromkeys((folded, folded.replace(" ", ""))))


_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma"}
