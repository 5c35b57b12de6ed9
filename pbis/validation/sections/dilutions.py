"""Linearity (CLSI EP06-A), recovery and parallelism (ICH M10) of specimens that were read at several dilutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pbis.draw import palette
from pbis.study.draw.small_multiples import PanelLine, SmallPanel, panels
from pbis.study.result import Cell, ChapterPart, Figure, Number, Section, StudyTable, show, show_p
from pbis.validation.data import Validation
from pbis.validation.stats.linearity import Linearity, linearity
from pbis.validation.stats.nested import Floats
from pbis.validation.stats.parallel import Slope, common_slope, mean_interval, mean_ratio
from pbis.validation.words import MEETS, MISSES, level_words, ratio_words, unanswered, within

LINEAR, PARALLEL = "linearity", "parallelism"
_LINEAR_COLUMNS = (
    "analyte", "specimen", "plates", "dilutions", "wells", "best order", "p of the bend", "largest deviation, %", "at dilution",
    "recovery, % (lowest to highest)", "linearity", "recovery",
)  # fmt: skip
_SLOPE_COLUMNS = (
    "analyte",
    "series",
    "wells",
    "slope (95 %)",
    "CV over dilutions, % (median, largest)",
    "slope",
    "series within the CV",
)
_POTENCY_COLUMNS = ("analyte", "dilution", "against", "series", "relative potency (95 %)", "verdict")


@dataclass(frozen=True, eq=False)
class Dilutions:
    """A specimen at three dilutions or more on one plate."""

    analyte: str
    specimen: str
    plate: str
    rows: pd.DataFrame

    @property
    def levels(self) -> pd.Series:
        """Geometric mean of the undiluted value, by dilution from the least."""
        return pd.Series(np.exp(np.log(self.rows["value"]).groupby(self.rows["dilution"]).mean()))


def dilutions(validation: Validation) -> Iterator[Dilutions]:
    """Every series, by analyte, specimen and plate; a dilution whose wells have no number is not part of it."""
    used = validation.used
    samples = used[~used["is_control"].astype(bool) & used["material"].notna()]
    for (analyte, specimen, _), rows in samples.groupby(["analyte", "material", "plate_key"], sort=True):
        if rows["dilution"].nunique() > 2:
            yield Dilutions(str(analyte), str(specimen), str(rows["plate"].iloc[0]), rows)


@dataclass(frozen=True, eq=False)
class DilutedSpecimen:
    """A specimen's series on all plates, each brought to their common level: what a plate reads in all is no matter of linearity."""

    analyte: str
    name: str
    plates: int
    share: Floats
    read: Floats
    recovery: (
        pd.Series
    )  # geometric mean over the series of the dilution-corrected value, percent of that of the least dilution

    @property
    def dilutions(self) -> int:
        return len(self.recovery)


def specimens(validation: Validation) -> Iterator[DilutedSpecimen]:
    """By analyte and specimen."""
    several: dict[tuple[str, str], list[Dilutions]] = {}
    for series in dilutions(validation):
        several.setdefault((series.analyte, series.specimen), []).append(series)
    for (analyte, name), found in several.items():
        levels = pd.concat([np.log(series.levels) for series in found], axis=1)
        shared = levels.dropna() if len(levels.dropna()) else levels
        offset = shared.mean() - shared.mean().mean()
        rows = [
            series.rows.assign(read=series.rows["in_well"] / np.exp(at))
            for series, at in zip(found, offset, strict=True)
        ]
        whole = pd.concat(rows)
        middle = (levels - offset.to_numpy()).mean(axis=1).sort_index()
        recovery = 100 * np.exp(middle - middle.iloc[0])
        yield DilutedSpecimen(
            analyte, name, len(found), 1 / whole["dilution"].to_numpy(float), whole["read"].to_numpy(float), recovery
        )


def linear(validation: Validation) -> Section:
    """Each specimen by itself, over the plates that hold it."""
    part = ChapterPart()
    drawn: dict[str, list[tuple[Linearity, DilutedSpecimen]]] = {}
    for specimen in specimens(validation):
        found = linearity(specimen.share, specimen.read)
        part = part + _linear_row(validation, specimen, found)
        if found is not None:
            drawn.setdefault(specimen.analyte, []).append((found, specimen))
    limits = validation.limits
    lead = (
        f"Is what a well reads in proportion to how much of the specimen it holds? A curve of order two or three that is significantly better than the line (p below .05) "
        f"may deviate from it by at most {limits.linearity_deviation_pct} % ({limits.linearity_deviation_pct.source}); at least {limits.fewest_levels} dilutions are asked for "
        f"({limits.fewest_levels.source}). Recovery is the dilution-corrected value in percent of that of the least dilution; accepted: {limits.recovery_low_pct} to {limits.recovery_high_pct} %."
    )
    if not part.rows:
        lead = (
            "Not answered: no specimen was read at three dilutions or more on one plate; a dilution series of at least five is asked for. "
            + lead
        )
    note = (
        "CLSI EP06-A, polynomial method; least squares weighted by one over the level squared, since the error grows with it. Series of a specimen on several plates are "
        "brought to one level first. Diluted specimens also show what their matrix does; spiked standards would not."
    )
    return Section(
        LINEAR, "Linearity and recovery", lead, (StudyTable("linearity", "Dilution series", _LINEAR_COLUMNS, part.rows, (note,)),), _linear_figure(drawn), part.numbers
    )  # fmt: skip


def _linear_row(validation: Validation, specimen: DilutedSpecimen, found: Linearity | None) -> ChapterPart:
    limits, recovery = validation.limits, specimen.recovery
    span = (float(recovery.min()), float(recovery.max()))
    keeps = MEETS if limits.recovery_low_pct.value <= span[0] and span[1] <= limits.recovery_high_pct.value else MISSES
    lead: tuple[Cell, ...] = (specimen.analyte, specimen.name, specimen.plates, specimen.dilutions, len(specimen.read))
    range_words = f"{show(span[0], 0)} to {show(span[1], 0)}"
    whole = Number(
        section=LINEAR, population=specimen.analyte, endpoint=None, term=specimen.name, quantity="recovery against the least dilution, %",
        value=None, n=len(specimen.read), direction="100 is whole",
    )  # fmt: skip
    numbers = tuple(
        replace(whole, value=float(value), note=f"dilution {dilution:g}") for dilution, value in recovery.items()
    )
    if found is None:
        why = f"not answered: {specimen.dilutions} dilutions, at least {limits.fewest_levels} asked for"
        return ChapterPart(rows=((*lead, None, None, None, None, range_words, why, keeps),), numbers=numbers)
    at = int(np.argmax(np.abs(found.deviation_pct)))
    worst = float(found.deviation_pct[at])
    verdict = MEETS if abs(worst) <= limits.linearity_deviation_pct.value else MISSES
    where = ("none", None) if found.order == 1 else (show(worst, 1), f"1:{1 / found.levels[at]:g}")
    row = (*lead, found.order, show_p(min(found.p)), *where, range_words, verdict, keeps)
    test = f"t test of the bends; best order {found.order}"
    number = replace(
        whole,
        quantity="largest deviation from linearity, %",
        value=worst,
        p=min(found.p),
        test=test,
        direction="0 is linear",
    )
    return ChapterPart(rows=(row,), numbers=(number, *numbers))


def _linear_figure(drawn: dict[str, list[tuple[Linearity, DilutedSpecimen]]]) -> tuple[Figure, ...]:
    if not drawn:
        return ()
    made = []
    for analyte, several in drawn.items():
        points = [(s.share, s.read, palette.PALE) for _, s in several]
        lines = [PanelLine(f.levels, f.linear, palette.SOFT, "4 3") for f, _ in several] + [
            PanelLine(f.levels, f.best) for f, _ in several if f.order > 1
        ]
        made.append(SmallPanel(analyte, points, lines))
    svg = panels("Linearity", made, "Share of the specimen in the well", "Read in the well", (True, True))
    words = "Dashed: the straight line of each series; blue: the curve that is better than it, where one is. Both axes logarithmic."
    return (Figure("linearity", "Linearity", svg, words),)


def parallel(validation: Validation) -> Section:
    """All series of an analyte together."""
    series = list(dilutions(validation))
    by_analyte = {name: [s for s in series if s.analyte == name] for name in validation.analytes}
    slopes, potency = ChapterPart(), ChapterPart()
    for analyte, several in by_analyte.items():
        slopes = slopes + _slope_row(validation, analyte, several)
        potency = potency + _potency_rows(validation, analyte, several)
    limits = validation.limits
    lead = (
        f"Does a diluted specimen read as much less as it was diluted? The common slope of ln reading on ln of the share, each specimen with an intercept of its own, is 1 where it does; "
        f"accepted: {limits.slope_low} to {limits.slope_high} ({limits.slope_low.source}). Dilution-corrected values of a specimen may have a CV of at most {limits.parallelism_cv_pct} % ({limits.parallelism_cv_pct.source})."
    )
    if not series:
        lead = "Not answered: no specimen was read at three dilutions or more on one plate. " + lead
    tables = (
        StudyTable("parallelism", "Slopes", _SLOPE_COLUMNS, slopes.rows, ("ICH M10, 7.2; USP <1034> for slopes. Dilutions out of the range have no number and are not part of a series.",)),
        StudyTable("relative_potency", "Relative potency by dilution", _POTENCY_COLUMNS, potency.rows, ("Geometric mean over specimens of the dilution-corrected value against that of the least dilution of each.",)),
    )  # fmt: skip
    return Section(PARALLEL, "Parallelism", lead, tables if series else (), (), (*slopes.numbers, *potency.numbers))


def _slope(several: list[Dilutions]) -> Slope | None:
    """The mean of the plates' slopes where three plates or more have one, since series of a plate share its curve; else that of all series."""
    rows = pd.concat([s.rows.assign(series=k) for k, s in enumerate(several)])
    of_plates = [_slope_of(each) for _, each in rows.groupby("plate_key")]
    values = np.array([each.value for each in of_plates if each is not None])
    if len(values) < 3:
        return _slope_of(rows)
    middle, low, high = mean_interval(values)
    return Slope(middle, low, high, len(values) - 1)


def _slope_of(rows: pd.DataFrame) -> Slope | None:
    dilution, in_well = (rows[name].to_numpy(float) for name in ("dilution", "in_well"))
    return common_slope(dilution, in_well, rows["series"].to_numpy(np.int64))


def _slope_row(validation: Validation, analyte: str, several: list[Dilutions]) -> ChapterPart:
    limits = validation.limits
    if len(several) < limits.fewest_parallel.value:
        why = f"not answered: {len(several)} series, at least {limits.fewest_parallel} asked for"
        return ChapterPart(rows=(unanswered(analyte, len(several), columns=len(_SLOPE_COLUMNS), why=why),))
    found = _slope(several)
    if found is None:
        why = "not answered: nothing tells the error"
        return ChapterPart(rows=(unanswered(analyte, len(several), columns=len(_SLOPE_COLUMNS), why=why),))
    cv = np.array([100 * s.levels.std(ddof=1) / s.levels.mean() for s in several])
    kept = int((cv <= limits.parallelism_cv_pct.value).sum())
    verdict = within(found.value, found.low, found.high, (limits.slope_low.value, limits.slope_high.value))
    row = (
        analyte, len(several), sum(len(s.rows) for s in several), ratio_words((found.value, found.low, found.high)),
        f"{show(float(np.median(cv)), 1)}, {show(float(cv.max()), 1)}", verdict, f"{kept} of {len(several)}",
    )  # fmt: skip
    number = Number(
        section=PARALLEL, population=analyte, endpoint=None, term="all specimens", quantity="slope of ln reading on ln share", value=found.value,
        low=found.low, high=found.high, test=f"analysis of covariance, of plates where there are three; {found.df} degrees of freedom", n=len(several), direction="1 is parallel",
    )  # fmt: skip
    return ChapterPart(rows=(row,), numbers=(number,))


def _potency_rows(validation: Validation, analyte: str, several: list[Dilutions]) -> ChapterPart:
    ratios: dict[float, dict[str, list[float]]] = {}
    for series in several:
        levels = series.levels
        for dilution, value in levels.iloc[1:].items():
            ratios.setdefault(float(dilution), {}).setdefault(series.plate, []).append(float(value / levels.iloc[0]))
    part = ChapterPart()
    limits = validation.limits
    accepted = (limits.recovery_low_pct.value / 100, limits.recovery_high_pct.value / 100)
    for dilution, of_plates in sorted(ratios.items()):
        every = np.array([ratio for found in of_plates.values() for ratio in found])
        middles = np.array([mean_ratio(np.array(found))[0] for found in of_plates.values()])
        three = mean_ratio(middles if len(middles) > 2 else every)
        verdict = within(*three, accepted) if len(every) > 1 else "one series"
        number = Number(
            section=PARALLEL, population=analyte, endpoint=None, term=f"dilution {dilution:g}", quantity="relative potency", value=three[0],
            low=three[1], high=three[2], test="Student's t on logarithms, of plates where there are three", n=len(every), direction="1 is parallel",
        )  # fmt: skip
        row = (analyte, f"1:{level_words(dilution)}", "least dilution", len(every), ratio_words(three), verdict)
        part = part + ChapterPart(rows=(row,), numbers=(number,))
    return part
