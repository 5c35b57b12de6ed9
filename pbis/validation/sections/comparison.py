"""Two lots, or two instruments, on the same specimens (CLSI EP26-A, EP09c; Bland and Altman 1999)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from pbis.draw import palette
from pbis.study.draw.small_multiples import PanelLine, SmallPanel, panels
from pbis.study.result import ChapterPart, Figure, Number, Section, StudyTable
from pbis.validation.data import Validation
from pbis.validation.stats.agreement import Agreement, agreement, deming
from pbis.validation.stats.nested import Floats
from pbis.validation.stats.plates import contrast, plate_effects
from pbis.validation.words import ratio_words, unanswered, within

COLUMNS = (
    "analyte", "first", "second", "specimens", "second / first (95 %)", "lower limit of agreement (95 %)", "upper limit of agreement (95 %)",
    "within the difference", "Deming slope of logarithms (95 %)", "mean ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """What is compared: the column that tells the two, the one that is held equal, and the words for it."""

    name: str
    title: str
    column: str
    held: str
    guideline: str
    beside: str


LOTS = Compared(
    "lots", "Lot to lot", "lot", "instrument", "CLSI EP26-A, specimens alone",
    "Controls are not compared: each lot brings controls of its own with targets of their own.",
)  # fmt: skip
INSTRUMENTS = Compared(
    "instruments", "Instrument to instrument", "instrument", "lot", "CLSI EP09c",
    "Plates of one instrument share their days; a difference of days stands in it.",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pairs:
    """Specimens that both measured: geometric means. of_plates: the ratio with its interval from the plates' own differences, None
    with too few plates; is_confounded: no pair was measured with the other thing equal."""

    first: Floats
    second: Floats
    of_plates: tuple[float, float, float] | None
    is_confounded: bool


def pairs_of(rows: pd.DataFrame, what: Compared, names: tuple[str, str]) -> Pairs:
    """A specimen's values of both, with the other thing held equal where any specimen has that, else whatever it is."""
    told = rows[rows[what.column].isin(names) & ~rows["is_control"].astype(bool) & rows["material"].notna()]
    logs = told.assign(ln=np.log(told["value"]))
    for held in ([what.held], []):
        made = logs.groupby(["material", *held, what.column])["ln"].mean().unstack()
        whole = made.dropna() if set(names) <= set(made.columns) else made.iloc[:0]
        if len(whole):
            of_each = whole.groupby(level="material").mean()
            first, second = (np.exp(of_each[name].to_numpy(float)) for name in names)
            shared = logs[logs["material"].isin(of_each.index)]
            return Pairs(first, second, _of_plates(shared, what, names), not held)
    return Pairs(np.zeros(0), np.zeros(0), None, False)


def _of_plates(logs: pd.DataFrame, what: Compared, names: tuple[str, str]) -> tuple[float, float, float] | None:
    """The ratio by the plates' effects; specimens of one plate share its error, so pairs alone would look surer than they are."""
    cells = logs.groupby(["material", "plate_key", what.column, what.held], as_index=False)["ln"].mean()
    plate, known = pd.factorize(cells["plate_key"])
    effects = plate_effects(cells["ln"].to_numpy(float), pd.factorize(cells["material"])[0], plate)
    of_plate = cells.drop_duplicates("plate_key").set_index("plate_key").loc[known]
    level = (of_plate[what.column] == names[1]).to_numpy(np.int64)
    found = contrast(effects, level, pd.factorize(of_plate[what.held])[0])
    if found is None:
        return None
    value, low, high = (float(np.exp(each)) for each in (found.value, found.low, found.high))
    return value, low, high


def compared(validation: Validation, what: Compared) -> Section:
    """Every two lots or instruments that have specimens in common, the one that was used first as the first."""
    used = validation.used
    order = used.groupby(what.column)["read_on"].min().sort_values(kind="stable")
    names = [str(name) for name in order.index]
    part, drawn = ChapterPart(), []
    for analyte in validation.analytes:
        rows = used[used["analyte"] == analyte]
        for two in combinations(names, 2):
            found = pairs_of(rows, what, two)
            part = part + _row(validation, what, analyte, two, found)
            drawn += list(_panel(analyte, two, found, len(names) > 2, 1 + validation.limits.difference_pct.value / 100))
    limits = validation.limits
    lead = (
        f"Specimens that were read with both, as ratios, since differences grow with the level. Accepted: a mean ratio within {limits.difference_pct} % "
        f"({limits.difference_pct.source}), from at least {limits.fewest_pairs} specimens ({limits.fewest_pairs.source}). {what.beside}"
    )
    if len(names) < 2:
        lead = f"Not answered: all plates are of one {what.column} ({', '.join(names) or 'none'}). " + lead
    note = (
        f"{what.guideline}; limits of agreement hold 95 % of specimens (Bland and Altman 1999). Pairs are of one {what.held} where any are; "
        f"where none is, the {what.held} changed as well and the row says so. The mean ratio's interval is of the plates' effects, since specimens of one "
        "plate share its error; limits of agreement are of the pairs."
    )
    tables = (
        (StudyTable(what.name, f"Ratios between {what.column}s", COLUMNS, part.rows, (note,)),)
        if len(names) > 1
        else ()
    )
    return Section(what.name, what.title, lead, tables, _figures(what, drawn), part.numbers)


def _row(validation: Validation, what: Compared, analyte: str, two: tuple[str, str], found: Pairs) -> ChapterPart:
    limits, count = validation.limits, len(found.first)
    whole = agreement(found.first, found.second)
    if whole is None or count < limits.fewest_pairs.value:
        why = f"not answered: {count} specimens in common, at least {limits.fewest_pairs} asked for"
        return ChapterPart(rows=(unanswered(analyte, *two, count, columns=len(COLUMNS), why=why),))
    line = deming(found.first, found.second)
    share = 1 + limits.difference_pct.value / 100
    inside = int((np.abs(np.log(found.second / found.first)) <= np.log(share)).sum())
    ratio = found.of_plates or whole.ratio
    said = [within(*ratio, (1 / share, share))]
    said += [f"{what.held} changed as well"] if found.is_confounded else []
    said += ["too few plates: what they differ by is not in the interval"] if found.of_plates is None else []
    row = (
        analyte, *two, count, ratio_words(ratio), ratio_words(whole.lower), ratio_words(whole.upper), f"{inside} of {count}",
        ratio_words(line.slope) if line else None, "; ".join(said),
    )  # fmt: skip
    return ChapterPart(rows=(row,), numbers=tuple(_numbers(what, analyte, two, whole, found)))


def _numbers(what: Compared, analyte: str, two: tuple[str, str], whole: Agreement, found: Pairs) -> Iterator[Number]:
    of_pairs = "Student's t on logarithms of ratios"
    of_plates = "least squares of plates' effects" if found.of_plates else of_pairs
    named = (
        ("mean ratio", found.of_plates or whole.ratio, of_plates),
        ("lower limit of agreement", whole.lower, of_pairs),
        ("upper limit of agreement", whole.upper, of_pairs),
    )
    for quantity, three, test in named:
        yield Number(
            section=what.name, population=analyte, endpoint=None, term=f"{two[1]} / {two[0]}", quantity=quantity, value=three[0], low=three[1],
            high=three[2], test=test, n=whole.n, direction="1 is equal",
        )  # fmt: skip


def _panel(analyte: str, two: tuple[str, str], found: Pairs, is_several: bool, share: float) -> Iterator[SmallPanel]:
    whole = agreement(found.first, found.second)
    if whole is None:
        return
    level, ratio = np.sqrt(found.first * found.second), found.second / found.first
    ends = np.array([level.min(), level.max()])
    lines = [
        PanelLine(ends, np.full(2, whole.ratio[0])),
        *(PanelLine(ends, np.full(2, each[0]), palette.SOFT, "4 3") for each in (whole.lower, whole.upper)),
    ]
    name = f"{analyte}: {two[1]} / {two[0]}" if is_several else analyte
    yield SmallPanel(name, [(level, ratio, palette.PALE)], lines, (1 / share, share))


def _figures(what: Compared, drawn: list[SmallPanel]) -> tuple[Figure, ...]:
    if not drawn:
        return ()
    every = np.concatenate([[*one.across, *(y for _, ys, _ in one.points for y in ys)] for one in drawn])
    ends = float(every.min()) * 0.95, float(every.max()) * 1.05
    svg = panels(
        what.title,
        [replace(one, y=ends) for one in drawn],
        "Geometric mean of the two",
        "Second / first",
        (True, False),
    )
    words = "Blue: mean ratio; dashed: limits of agreement; red: the difference that is accepted of the mean. Levels on a logarithmic axis."
    return (Figure(what.name, f"{what.title}: ratios by level", svg, words),)
