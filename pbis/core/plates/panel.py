"""Panels and analyte names as data: what a kit measures, and which spellings mean which canonical analyte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PanelAnalyte:
    """One analyte of a kit. Concentrations in `unit`, undiluted, as the kit's insert gives them."""

    name: str
    unit: str
    bead_region: str | None = None
    range_low: str | None = None  # the kit's declared range, decimal text
    range_high: str | None = None
    plausible_warn_above: str | None = None
    plausible_fail_above: str | None = None


@dataclass(frozen=True)
class Panel:
    """A kit's panel as reviewed data."""

    name: str
    title: str
    analytes: tuple[PanelAnalyte, ...]
    sample_dilution: str = "1"
    source: str = ""
    author: str = ""
    checker: str = ""
    next_review: str = ""
    protocols: tuple[str, ...] = ()  # names of the acquisition protocols that read it; none: any
    reporter_gain: str | None = None  # that they read it with; None: any

    def analyte(self, name: str) -> PanelAnalyte | None:
        return next((a for a in self.analytes if a.name == name), None)


@dataclass(frozen=True)
class AliasTable:
    """Spelling -> canonical analyte. Spellings are compared after `normalise`; nothing is matched by prefix."""

    canonical_by_spelling: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, reported: str) -> str | None:
        """The canonical name, or None where no reviewed alias knows the spelling."""
        return self.canonical_by_spelling.get(normalise(reported))

    def name_of(self, reported: str) -> str:
        """The canonical name, or the spelling itself where no reviewed alias knows it."""
        return self.resolve(reported) or reported


def normalise(spelling: str) -> str:
    """Fold case, blanks and typographic dashes, Greek letters to words, and a trailing bead region '(38)' away."""
    text = spelling.strip().casefold()
    for old, new in _FOLDS:
        text = text.replace(old, new)
    if text.endswith(")") and "(" in text:
        head, _, tail = text[:-1].rpartition("(")
        if tail.strip().isdigit():
            text = head
    return "".join(text.split())


_FOLDS = (
    ("\N{HYPHEN}", "-"),
    ("\N{NON-BREAKING HYPHEN}", "-"),
    ("\N{EN DASH}", "-"),
    ("\N{EM DASH}", "-"),
    ("\N{MINUS SIGN}", "-"),
    ("\N{GREEK SMALL LETTER ALPHA}", "alpha"),
    ("\N{GREEK SMALL LETTER BETA}", "beta"),
    ("\N{GREEK SMALL LETTER GAMMA}", "gamma"),
)
