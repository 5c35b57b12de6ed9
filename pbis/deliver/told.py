"""What a message tells of a subject: the score under the site's cut-off set, its components, and where all of it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pbis.core.words import chance

NAMES: Mapping[str, str] = {"nlr": "NLR", "crp": "CRP", "il12": "IL-12", "il2": "IL-2"}  # in the order of the score
DIGITS = 4  # that count and that people are shown; a curve that is fitted by another program moves later ones


@dataclass(frozen=True)
class ToldComponent:
    """component: nlr, crp, il12 or il2; value_text: decimal text in `unit`, with its operator; study_day: of the draw, 0 is the first dose;
    reason: why the point is unknown, from the closed list."""

    component: str
    point: int | None
    value_op: str | None
    value_text: str | None
    unit: str | None
    comparator: str
    cut_text: str
    reason: str | None
    is_at_cut: bool
    is_near_cut: bool
    study_day: int | None

    @property
    def name(self) -> str:
        return NAMES.get(self.component, self.component)

    @property
    def value(self) -> str:
        """Operator and number with the unit, for people; 'no value' where there is none."""
        if self.value_text is None:
            return "no value"
        op = "" if self.value_op in (None, "=") else f"{self.value_op} "
        return f"{op}{shortened(self.value_text)} {self.unit_shown}".rstrip()

    @property
    def cut(self) -> str:
        """For people: >= 3.2 pg/mL."""
        return f"{self.comparator} {self.cut_text} {self.unit_shown}".rstrip()

    @property
    def unit_shown(self) -> str:
        """The unit; nothing of a ratio."""
        return "" if self.unit in (None, "1") else str(self.unit)


@dataclass(frozen=True)
class ToldScore:
    """subject_id: study id; score: null unless certain; reasons and marks: joined by '; '; is_awaited: a plate of the draw that does not answer yet waits for a
    person, beside one that does."""

    subject_id: str
    cutoff_set: str
    score: int | None
    score_min: int
    score_max: int
    group: str
    is_certain: bool | None
    reasons: str | None
    marks: str | None
    mark_reasons: str | None
    p_high: float | None
    p_high_low: float | None
    p_high_high: float | None
    p_high_basis: str | None
    components: tuple[ToldComponent, ...]
    is_awaited: bool = False

    @property
    def chance(self) -> str:
        """The probability of a high group in words; '' where it was not weighed."""
        if self.p_high_low is None or self.p_high_high is None:
            return ""
        low, high = (chance(each) for each in (self.p_high_low, self.p_high_high))
        share = f"{low} %" if self.p_high is not None or low == high else f"{low} to {high} %"
        return f"the true group is high with a probability of {share}; the group does not come from it"

    @property
    def sentence(self) -> str:
        """Group, points and reasons as people read them."""
        number = "no single number" if self.score is None else f"score {self.score}"
        said = [f"{self.group}: {number}, {self.score_min} to {self.score_max} points; cut-off set {self.cutoff_set}"]
        if self.is_certain is False and self.group in ("high", "low"):
            said.append("not certain: a value near its cut decides the group")
        if self.reasons:
            said.append(f"unknown because {self.reasons}")
        if self.marks:
            said.append(f"marks (they change no point) {self.marks}")
        return "; ".join([*said, *([self.chance] if self.chance else [])])


@dataclass(frozen=True)
class ToldSource:
    """release: the night whose release it is; issued: when that night began, UTC; decision: number and hash of the latest one that it saw."""

    site: str
    release: str
    issued: datetime
    code_version: str
    decision: str


def as_plain(told: ToldScore) -> dict[str, Any]:
    """The score as what JSON holds."""
    return asdict(told)


def from_plain(plain: Mapping[str, Any]) -> ToldScore:
    """The way back."""
    return ToldScore(**{**plain, "components": tuple(ToldComponent(**each) for each in plain["components"])})


def shortened(text: str | None) -> str | None:
    """A decimal to the digits that count, without zeros at its end."""
    try:
        return None if text is None else f"{Decimal(f'{Decimal(text):.{DIGITS}g}').normalize():f}"
    except InvalidOperation:
        return text
