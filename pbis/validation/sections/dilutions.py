"""Linearity (CLSI EP06-A), recovery and parallelism (ICH M10) of specimens that were read at several dilutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pbis.draw import palette
from pbis.study.result import Cell, ChapterPart, Figure, Number, Section, StudyTable, show, show_p
from pbis.validation.data import Validation
from pbis.validation.draw import Line, Panel, panels
from pbis.validation.stats.linearity import Linearity, linearity
from pbis.validation.stats.parallel import common_slope, mean_ratio
from pbis.validation.words import MEETS, MISSES, level_words, ratio_words, unanswered, within

LINEAR, PARALLEL = "linearity", "parallelism"
_LINEAR_COLUMNS = (
    "analyte", "specimen", "plate", "dilutions", "wells", "best order", "p of the bend", "largest deviation, %", "at dilution",
    "recovery, % (lowest to highest)", "linearity", "recovery",
)  # fmt: skip
_SLOPE_COLUMNS = (
    "analyte",
    "specimens",
    "wells",
    "slope (95 %)",
    "CV over dilutions, % (median, largest)",
    "slope",
    "specimens within the CV",
)
_POTENCY_COLUMNS = ("analyte", "dilution", "against", "specimens", "relative potency (95 %)", "verdict")


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


def linear(validation: Validation) -> Section:
    """Each series by itself."""
    part = ChapterPart()
    drawn: dict[str, list[tuple[Linearity, Dilutions]]] = {}
    for series in dilutions(validation):
        rows = series.rows
        found = linearity(1 / rows["dilution"].to_numpy(float), rows["in_well"].to_numpy(float))
        part = part + _linear_row(validation, series, found)
        if found is not None:
            drawn.setdefault(series.analyte, []).append((found, series))
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
    notes = (
        "CLSI EP06-A, polynomial method; least squares weighted by one over the level squared, since the error grows with it.",
    )
    figure = _linear_figure(drawn)
    return Section(
        LINEAR,
        "Linearity and recovery",
        lead,
        (StudyTable("linearity", "Dilution series", _LINEAR_COLUMNS, part.rows, notes),),
        figure,
        part.numbers,
    )


def _linear_row(validation: Validation, series: Dilutions, found: Linearity | None) -> ChapterPart:
    levels, limits = series.levels, validation.limits
    recovery = 100 * levels / levels.iloc[0]
    span = (float(recovery.min()), float(recovery.max()))
    keeps = MEETS if limits.recovery_low_pct.value <= span[0] and span[1] <= limits.recovery_high_pct.value else MISSES
    lead: tuple[Cell, ...] = (series.analyte, series.specimen, series.plate, len(levels), len(series.rows))
    range_words = f"{show(span[0], 0)} to {show(span[1], 0)}"
    whole = Number(
        section=LINEAR, population=series.analyte, endpoint=None, term=f"{series.specimen} on {series.plate}",
        quantity="recovery against the least dilution, %", value=None, n=len(series.rows), direction="100 is whole",
    )  # fmt: skip
    numbers = tuple(
        replace(whole, value=float(value), note=f"dilution {dilution:g}") for dilution, value in recovery.items()
    )
    if found is None:
        why = f"not answered: {len(levels)} dilutions, at least {limits.fewest_levels} asked for"
        return ChapterPart(rows=((*lead, None, None, None, None, range_words, why, keeps),), numbers=numbers)
    at = int(np.argmax(np.abs(found.deviation_pct)))
    worst = float(found.deviation_pct[at])
    verdict = MEETS if abs(worst) <= limits.linearity_deviation_pct.value else MISSES
    row = (
        *lead,
        found.order,
        show_p(min(found.p)),
        show(worst, 1),
        f"1:{1 / found.levels[at]:g}",
        range_words,
        verdict,
        keeps,
    )
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


def _linear_figure(drawn: dict[str, list[tuple[Linearity, Dilutions]]]) -> tuple[Figure, ...]:
    if not drawn:
        return ()
    made = []
    for analyte, several in drawn.items():
        points = [
            (1 / s.rows["dilution"].to_numpy(float), s.rows["in_well"].to_numpy(float), palette.PALE)
            for _, s in several
        ]
        lines = [Line(f.levels, f.linear, palette.SOFT, "4 3") for f, _ in several] + [
            Line(f.levels, f.best) for f, _ in several if f.order > 1
        ]
        made.append(Panel(analyte, points, lines))
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
        StudyTable("parallelism", "Slopes", _SLOPE_COLUMNS, slopes.rows, ("ICH M10, 4.2.2.7; USP <1034> for slopes. Dilutions out of the range have no number and are not part of a series.",)),
        StudyTable("relative_potency", "Relative potency by dilution", _POTENCY_COLUMNS, potency.rows, ("Geometric mean over specimens of the dilution-corrected value against that of the least dilution of each.",)),
    )  # fmt: skip
    return Section(PARALLEL, "Parallelism", lead, tables if series else (), (), (*slopes.numbers, *potency.numbers))


def _slope_row(validation: Validation, analyte: str, several: list[Dilutions]) -> ChapterPart:
    limits = validation.limits
    if len(several) < limits.fewest_parallel.value:
        why = f"not answered: {len(several)} series, at least {limits.fewest_parallel} asked for"
        return ChapterPart(rows=(unanswered(analyte, len(several), columns=len(_SLOPE_COLUMNS), why=why),))
    rows = pd.concat([s.rows.assign(series=k) for k, s in enumerate(several)])
    found = common_slope(
        rows["dilution"].to_numpy(float), rows["in_well"].to_numpy(float), rows["series"].to_numpy(np.int64)
    )
    if found is None:
        return ChapterPart(
            rows=(
                unanswered(
                    analyte, len(several), columns=len(_SLOPE_COLUMNS), why="not answered: nothing tells the error"
                ),
            )
        )
    cv = np.array([100 * s.levels.std(ddof=1) / s.levels.mean() for s in several])
    kept = int((cv <= limits.parallelism_cv_pct.value).sum())
    verdict = within(found.value, found.low, found.high, (limits.slope_low.value, limits.slope_high.value))
    row = (
        analyte, len(several), len(rows), ratio_words((found.value, found.low, found.high)),
        f"{show(float(np.median(cv)), 1)}, {show(float(cv.max()), 1)}", verdict, f"{kept} of {len(several)}",
    )  # fmt: skip
    number = Number(
        section=PARALLEL, population=analyte, endpoint=None, term="all specimens", quantity="slope of ln reading on ln share", value=found.value,
        low=found.low, high=found.high, test=f"analysis of covariance, {found.df} degrees of freedom", n=len(rows), direction="1 is parallel",
    )  # fmt: skip
    return ChapterPart(rows=(row,), numbers=(number,))


def _potency_rows(validation: Validation, analyte: str, several: list[Dilutions]) -> ChapterPart:
    ratios: dict[float, list[float]] = {}
    for series in several:
        levels = series.levels
        for dilution, value in levels.iloc[1:].items():
            ratios.setdefault(float(dilution), []).append(float(value / levels.iloc[0]))
    part = ChapterPart()
    limits = validation.limits
    accepted = (limits.recovery_low_pct.value / 100, limits.recovery_high_pct.value / 100)
    for dilution, found in sorted(ratios.items()):
        three = mean_ratio(np.array(found))
        verdict = within(*three, accepted) if len(found) > 1 else "one specimen"
        number = Number(
            section=PARALLEL, population=analyte, endpoint=None, term=f"dilution {dilution:g}", quantity="relative potency", value=three[0],
            low=three[1], high=three[2], test="Student's t on logarithms", n=len(found), direction="1 is parallel",
        )  # fmt: skip
        row = (analyte, f"1:{level_words(dilution)}", "least dilution", len(found), ratio_words(three), verdict)
        part = part + ChapterPart(rows=(row,), numbers=(number,))
    return part
