"""The lower limit by the precision profile (CLSI EP17-A2), beside the detection limit and the lowest standard: the greatest binds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.draw import palette
from pbis.study.draw.small_multiples import PanelLine, SmallPanel, panels
from pbis.study.result import Cell, ChapterPart, Figure, Number, Section, StudyTable, show
from pbis.validation.data import Validation
from pbis.validation.sections.precision import between_plates
from pbis.validation.stats.nested import Floats
from pbis.validation.stats.profile import PrecisionProfile, precision_profile
from pbis.validation.words import MEETS, MISSES, OPEN, level_words, unanswered

NAME, TITLE = "lloq", "Lower limit of quantification"
COLUMNS = (
    "analyte", "unit", "groups", "CV far above, %", "between plates CV, %", "precision profile crosses at (95 %)", "detection limit",
    "lowest standard", "lower limit", "binding", "lowest level read", "in use", "limit in use",
)  # fmt: skip
_METHOD = "variance a + b level squared by gamma likelihood; crossing by the delta method"


@dataclass(frozen=True, eq=False)
class ReplicateLevels:
    """Replicates of a material on a plate: mean and variance of what the wells held, degrees of freedom."""

    level: Floats
    variance: Floats
    df: Floats

    def lower(self) -> ReplicateLevels:
        """The half with the lower levels: towards the top a curve flattens and the imprecision grows again, of which a lower limit knows nothing."""
        kept = self.level <= np.median(self.level) if len(self.level) else np.zeros(0, dtype=bool)
        return ReplicateLevels(self.level[kept], self.variance[kept], self.df[kept])


def groups_of(rows: pd.DataFrame) -> ReplicateLevels:
    """ReplicateLevels of two wells or more."""
    made = rows[rows["material"].notna()].groupby(["plate_key", "is_control", "material", "dilution"])["in_well"]
    table = made.agg(["mean", "var", "count"])
    table = table[table["count"] > 1]
    level, variance = (table[name].to_numpy(float) for name in ("mean", "var"))
    return ReplicateLevels(level, variance, table["count"].to_numpy(float) - 1)


def quantification(validation: Validation) -> Section:
    """Each analyte with enough groups of replicates."""
    part, drawn, between = ChapterPart(), [], between_plates(validation)
    for analyte in validation.analytes:
        rows = validation.used[validation.used["analyte"] == analyte]
        unit = next(iter(rows["unit"].dropna()), "unit not known")
        groups = groups_of(rows).lower()
        profile = precision_profile(groups.level, groups.variance, groups.df)
        needed = validation.limits.fewest_profile_groups
        if profile is None or profile.count < needed.value:
            why = f"not answered: {len(groups.level)} groups of replicates with numbers, at least {needed} asked for"
            part = part + ChapterPart(
                rows=(unanswered(analyte, unit, len(groups.level), columns=len(COLUMNS), why=why),)
            )
            continue
        further = between.get(analyte)
        part = part + _answer(validation, analyte, groups, profile, further)
        drawn.append(_panel(analyte, groups, profile, further or 0.0, validation.limits.lloq_cv_pct.value))
    limit = validation.limits.lloq_cv_pct
    lead = (
        f"Where the CV of what a well reads falls to {limit} % ({limit.source}), from the replicates of specimens and controls on the "
        "same plate, the lower half by level, with what plates differ by among the controls added where that is known. The lower limit is the greatest of that level, the "
        "detection limit and the lowest standard, each in the well, not multiplied by a dilution; the one that binds is named."
    )
    seen = (
        f"CLSI EP17-A2; {_METHOD}. Fewest groups: {validation.limits.fewest_profile_groups.source}. Readings below the limit in use have no number, "
        "so the profile below the lowest level that was read is not seen: there the crossing is said as at most that level."
    )
    notes = (seen, "Detection limit, lowest standard and the limit in use are medians over the plates.")
    figure = Figure(
        "precision_profile", "Precision profile",
        panels("Precision profile", drawn, "Level in the well", "CV, %", (True, False)),
        "Each dot is a group of replicates; the line is the fitted profile, plates included where known; red: the limit.",
    )  # fmt: skip
    return Section(
        NAME, TITLE, lead, (StudyTable("lloq", "Lower limits", COLUMNS, part.rows, notes),), (figure,), part.numbers
    )


def _answer(
    validation: Validation, analyte: str, groups: ReplicateLevels, profile: PrecisionProfile, further: float | None
) -> ChapterPart:
    rows = validation.readings[validation.readings["analyte"] == analyte]
    unit, lowest = str(rows["unit"].dropna().iloc[0]), float(groups.level.min())
    allowed = validation.limits.lloq_cv_pct
    crossing = profile.crossing(allowed.value, further or 0.0)
    lod, standard, used = (
        float(rows.groupby("plate_key")[name].first().median()) for name in ("lod", "lowest_standard", "lloq")
    )
    lead: tuple[Cell, ...] = (
        analyte, unit, profile.count, show(float(np.sqrt(profile.slope)) * 100, 1),
        None if further is None else show(float(np.sqrt(further)) * 100, 1),
    )  # fmt: skip
    known = (level_words(lod), level_words(standard))
    end = (level_words(lowest), level_words(used))
    if crossing is None:
        return ChapterPart(rows=((*lead, "no level keeps the limit", *known, None, "precision profile", *end, MISSES),))
    is_seen = crossing[0] >= lowest
    words = (
        f"{level_words(crossing[0])} ({level_words(crossing[1])} to {level_words(crossing[2])})"
        if is_seen
        else f"at most {level_words(lowest)}"
    )
    limit, binding = _binding(
        {"precision profile": crossing[0] if is_seen else 0.0, "detection limit": lod, "lowest standard": standard}
    )
    number = Number(
        section=NAME, population=analyte, endpoint=None, term="precision profile", quantity=f"level of {allowed} % CV, {unit}",
        value=max(crossing[0], lowest), low=crossing[1], high=crossing[2], test=_METHOD, n=profile.count, direction="higher is worse",
        note=f"floor {profile.floor:.6g}, slope {profile.slope:.6g}, df {profile.df:g}; lowest level read {lowest:.6g}; lower limit {limit:.6g} ({binding})",
    )  # fmt: skip
    row = (*lead, words, *known, level_words(limit), binding, *end, _verdict(limit, lowest, used, allowed.value))
    return ChapterPart(rows=(row,), numbers=(number,))


def _verdict(limit: float, lowest: float, used: float, allowed_pct: float) -> str:
    """Of the limit in use: missed where it lies below what binds; not shown where nothing was read near it, which the accepted
    error of a reading at it says."""
    if used < limit * (1 - 1e-9):
        return MISSES
    if lowest > used * (1 + allowed_pct / 100):
        return f"{OPEN}; nothing was read below {level_words(lowest)}"
    return MEETS


def _binding(levels: dict[str, float]) -> tuple[float, str]:
    known = {name: level for name, level in levels.items() if np.isfinite(level)}
    name = max(known, key=lambda each: known[each])
    return known[name], name


def _panel(
    analyte: str, groups: ReplicateLevels, profile: PrecisionProfile, further: float, limit: float
) -> SmallPanel:
    across = np.geomspace(groups.level.min(), groups.level.max(), 60)
    cv = 100 * np.sqrt(groups.variance) / groups.level
    top = max(1.5 * limit, float(profile.cv_pct(across[0], further)) * 1.1)
    lines = [PanelLine(across, profile.cv_pct(across, further))]
    return SmallPanel(analyte, [(groups.level, cv, palette.PALE)], lines, [limit], (0.0, top))
