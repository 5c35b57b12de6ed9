"""Marks beside a score: what to know before it is used. A mark never changes a point, a score or a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pbis.core.scoring.components import ComponentPoint
from pbis.core.scoring.cutoffs import COMPONENTS

MARKS = ("at_cut", "near_cut", "outside_population", "implausible")


@dataclass(frozen=True)
class Mark:
    """name: of the closed list MARKS; reason: in words, without the name."""

    name: str
    reason: str


@dataclass(frozen=True)
class ScorePopulation:
    """In whom a score was found. min_age: years; child_pugh, ecog, materials: each that belongs to it, as written in its file."""

    name: str
    min_age: float
    child_pugh: tuple[str, ...]
    ecog: tuple[int, ...]
    materials: tuple[str, ...]


@dataclass(frozen=True)
class Treated:
    """What is known of a patient at the start; None where it is not. is_of_regimen: None where the site asks for no regimen."""

    regimen: str | None = None
    is_of_regimen: bool | None = None
    age: float | None = None
    child_pugh: str | None = None
    ecog: int | None = None
    materials: tuple[str, ...] = ()


def outside(patient: Treated, population: ScorePopulation) -> Mark | None:
    """The mark of a patient in whom the score was not found, with every reason; what is not known is none, but a regimen
    that nobody has recorded is not the one that the site asks for."""
    said = list(_outside_reasons(patient, population))
    return Mark("outside_population", ", ".join(said)) if said else None


def _outside_reasons(patient: Treated, population: ScorePopulation) -> Iterable[str]:
    if patient.is_of_regimen is False:
        yield f"regimen {patient.regimen}" if patient.regimen else "regimen not known"
    if patient.age is not None and patient.age < population.min_age:
        yield f"age {patient.age:g}, found from {population.min_age:g} years"
    if patient.child_pugh is not None and patient.child_pugh not in population.child_pugh:
        wanted = " ".join(population.child_pugh)
        yield f"Child-Pugh {patient.child_pugh}, found in {wanted}"
    if patient.ecog is not None and patient.ecog not in population.ecog:
        yield f"ECOG {patient.ecog}, found in {' '.join(map(str, population.ecog))}"
    known = {each.casefold() for each in population.materials}
    for material in patient.materials:
        if material.strip().casefold() not in known:
            yield f"material {material}, found in {' '.join(population.materials)}"


def of_components(decisions: Mapping[str, ComponentPoint]) -> tuple[Mark, ...]:
    """at_cut and near_cut with the components that lie there."""
    known = [(name, decisions[name]) for name in COMPONENTS if name in decisions]
    at = ", ".join(name for name, each in known if each.is_at_cut)
    near = ", ".join(name for name, each in known if each.is_near_cut)
    return tuple(Mark(name, which) for name, which in (("at_cut", at), ("near_cut", near)) if which)


def marks_text(marks: Sequence[Mark]) -> tuple[str | None, str | None]:
    """The names once each in the order of MARKS, and every mark with its reason, both joined by '; '; None where there are none.

    ValueError where a name is not of the closed list.
    """
    strange = [mark.name for mark in marks if mark.name not in MARKS]
    if strange:
        raise ValueError(f"{strange[0]!r} is not in the closed list of marks")
    ordered = sorted(marks, key=lambda mark: (MARKS.index(mark.name), mark.reason))
    names = dict.fromkeys(mark.name for mark in ordered)
    return "; ".join(names) or None, "; ".join(f"{mark.name}: {mark.reason}" for mark in ordered) or None
