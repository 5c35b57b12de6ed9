"""What a lot sheet's names of reagents mean: which are standards and which are controls, and what a column's heading adds.

A sheet may call its reagents as the plate does. Names of the common kind say themselves what they are (Standard1, St1, ES1, ConA,
QC B); any other is a control where the sheet gives it a range, and else what the sheet's Type says. Nothing is taken from the order
of rows or from a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbis.readers.layouts.cells import ROLES, fold
from pbis.readers.lot_sheets.cells import VALUE_HEADS, refuse

KIND_HEADS = ("type", "kind", "role", "reagenttype", "reagentkind", "reagentrole")
_KINDS = dict.fromkeys(("s", "st", "std", "es", "cal", "standard", "calibrator"), "standard") | dict.fromkeys(
    ("c", "con", "ctl", "ctrl", "qc", "control", "qccontrol"), "qc_control"
)
# Standards and controls are numbered; controls are also lettered, but `Control Low` is no control called L.
_REAGENT = re.compile(
    r"(?:(?P<numbered>standard|calibrator|std|cal|st|es|s|c)\s*\d+"
    r"|(?P<either>qc[ _]?control|control|ctrl|ctl|con|qc)\s*(?:\d+|[A-Z](?![A-Za-z])))",
    re.IGNORECASE | re.ASCII,
)
_BARE = ("low", "high", "lower", "upper", "min", "max")


@dataclass(frozen=True)
class NamedReagent:
    """A reagent where the sheet names it. target: expected, low, high or range; is_filled: whether a number stands there; told:
    what the sheet's Type says of it, '' where it says nothing."""

    line: int
    label: str
    target: str
    is_filled: bool = True
    told: str = ""


def kind_of_reagent(label: str) -> str | None:
    """'Standard 1' and 'St1' -> standard, 'Control2' and 'ConA' -> qc_control, anything else None."""
    match = _REAGENT.fullmatch(label.strip())
    return _KINDS[fold(match["numbered"] or match["either"])] if match else None


def reagent_and_target(words: str) -> tuple[str, str] | None:
    """'Control 1 Range - Low' -> ('Control 1', 'low'); 'Standard3' -> ('Standard3', 'expected'); None where no reagent is named.

    Of a name of no common kind a bare Low or High is part of it or a limit, which nobody can tell: (None); `Range Low` is a limit.
    """
    written = words.strip()
    match = _REAGENT.match(written)
    if match is not None:
        rest = written[match.end() :]
        target = _target(rest) if rest.strip(" -:()") else "expected"
        if target:
            return match.group(0), target
    parts = re.split(r"([\s\-:()]+)", written)
    for at in range(0, len(parts), 2):
        target = _target("".join(parts[at:]))
        label = "".join(parts[:at]).strip(" -:(")
        if target and (not label or fold("".join(parts[at:]).strip(" -:()")) in _BARE):
            return None
        if target:
            return label, target
    return (written, "expected") if written else None


def kinds_of(file: str, named: Sequence[NamedReagent]) -> dict[str, str]:
    """Label -> standard or qc_control. Raises MalformedFile with the line of a name whose kind nothing says, or two things say."""
    found: dict[str, str] = {}
    for reagent in named:
        told = _told(file, reagent)
        known = found.get(reagent.label) or kind_of_reagent(reagent.label)
        if told and known not in (None, told):
            raise refuse(
                file, reagent.line, "Type", f"{known} for {reagent.label}, as its name or another line says", told
            )
        if kind := told or known:
            found[reagent.label] = kind
    ranged = {reagent.label for reagent in named if reagent.is_filled and reagent.target != "expected"}
    for reagent in named:
        if reagent.label in found:
            continue
        if reagent.label not in ranged:
            expected = "Standard1, Control1, St1, ConA, ...; or Type beside another name: standard or control"
            raise refuse(file, reagent.line, "", expected, repr(reagent.label))
        found[reagent.label] = "qc_control"  # kits give no standard a range
    return found


def _told(file: str, reagent: NamedReagent) -> str | None:
    if not reagent.told:
        return None
    role = ROLES.get(fold(reagent.told))
    if role not in ("standard", "qc_control"):
        raise refuse(file, reagent.line, "Type", "standard or control", repr(reagent.told))
    return role


def _target(words: str) -> str | None:
    folded = fold(words.strip(" -:()"))
    return next((name for name, spellings in VALUE_HEADS.items() if folded in spellings), None)
