"""Cut-offs as values: what earns a point, in which unit, by whose word. The sets themselves are data (pbis.scores)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from pbis.core.errors import ConfigError
from pbis.core.units import to_unit

COMPONENTS = ("nlr", "crp", "il12", "il2")
COMPARATORS = (">=", ">")
RATIO = "1"  # the unit of NLR


@dataclass(frozen=True)
class Cutoff:
    """One point: `component` compared with `value` (decimal text) in `unit`.

    status: as_published or interpreted. cv_pct: the imprecision that `near_cut` assumes for a value that carries no
    confidence interval of its own, decimal text, with its own source; None where nothing is assumed. plate_cv_pct: what plates are
    taken to differ by beyond the error of their curves, which an interval does not hold, where the controls of too few plates of the
    lot say so; place_cv_pct: what wells away from the controls differ by on one plate, which controls cannot see; uneven_cv_pct: the
    same where the samples of the lot's plates do not show that they are even; likewise.
    """

    component: str
    value: str
    comparator: str
    unit: str
    source: str
    status: str
    note: str = ""
    cv_pct: str | None = None
    cv_source: str = ""
    plate_cv_pct: str | None = None
    plate_cv_source: str = ""
    place_cv_pct: str | None = None
    place_cv_source: str = ""
    uneven_cv_pct: str | None = None
    uneven_cv_source: str = ""

    @cached_property
    def bound(self) -> Fraction:
        return Fraction(self.value)

    @cached_property
    def rule(self) -> tuple[str, ...]:
        """What decides: two sets whose rule is the same give the same point."""
        assumed = (self.cv_pct or "", self.plate_cv_pct or "", self.place_cv_pct or "", self.uneven_cv_pct or "")
        return (self.component, self.value, self.comparator, self.unit, *assumed)


@dataclass(frozen=True)
class CutoffSet:
    """A named, versioned set of cut-offs; `high_at` points and more are the high group.

    crafity: the cut-offs of the comparator score (AFP, CRP), the same for every set.
    """

    name: str
    title: str
    cutoffs: tuple[Cutoff, ...]
    high_at: int
    citation: str
    note: str
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    crafity: tuple[Cutoff, ...] = ()

    def cutoff(self, component: str) -> Cutoff | None:
        return next((cut for cut in self.cutoffs if cut.component == component), None)


def what_if(base: CutoffSet, change: str) -> CutoffSet:
    """The set with one cut-off replaced, from text such as 'IL2=5pg/mL', 'il-2 = 5 pg/mL' or 'nlr=4'; without a unit the
    cut-off keeps its own. ConfigError where it makes no sense."""
    said, _, wanted = (part.strip() for part in change.partition("="))
    old = base.cutoff(said.casefold().replace("-", ""))
    if old is None:
        names = ", ".join(cut.component for cut in base.cutoffs)
        raise ConfigError(f"what-if {change!r}: {base.name} has no component {said!r}; expected one of {names}")
    found = _CHANGE.fullmatch(wanted)
    value, unit = found.groups() if found else (wanted, "")
    new = replace(old, value=value, unit=unit or old.unit, status="what_if", source="asked for on the command line")
    check_cutoff(new, f"what-if {change!r}")
    cutoffs = tuple(new if cut is old else cut for cut in base.cutoffs)
    return replace(base, name=f"{base.name}+{old.component}={value}{unit and f' {unit}'}", cutoffs=cutoffs)


def check_cutoff(cut: Cutoff, where: str) -> None:
    """ConfigError where a cut-off cannot be compared: not a positive decimal, an unknown unit or comparator."""
    if not _is_decimal(cut.value) or cut.bound <= 0:
        raise ConfigError(f"{where}: {cut.component}: expected a positive decimal number; found {cut.value!r}")
    if cut.comparator not in COMPARATORS:
        raise ConfigError(f"{where}: {cut.component}: expected comparator >= or >; found {cut.comparator!r}")
    if (cut.unit == RATIO) != (cut.component == "nlr") or (cut.unit != RATIO and to_unit(cut.unit) is None):
        raise ConfigError(f"{where}: {cut.component}: {cut.unit!r} is no unit that it can have")


_CHANGE = re.compile(r"([0-9.]+)\s*(.*)", re.DOTALL)


def _is_decimal(text: str) -> bool:
    whole, _, rest = text.partition(".")
    return text.isascii() and whole.isdigit() and (rest.isdigit() or "." not in text)
