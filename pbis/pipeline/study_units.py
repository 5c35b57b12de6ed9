"""The units of a study's own table by plausibility: the ranges that the night holds laboratory rows and wells against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from pbis.core.errors import TableRefused

if TYPE_CHECKING:
    import pandas as pd

    from expectations.plausible import PlausibleRange

# Column of the study -> analyte and unit of the suite. NLR has neither, and limits of its own.
_NLR, _RATIO = "nlr", "neutrophils / lymphocytes"
_ANALYTES = {
    "crp_mg_dl": ("crp", "mg/dL"),
    "il12_pg_ml": ("IL-12p70", "pg/mL"),
    "il2_pg_ml": ("IL-2", "pg/mL"),
    "afp_ng_ml": ("afp", "ng/mL"),
}


def told_of_units(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """The table with a mark `implausible` on each row whose value is none of its unit.

    TableRefused where more than half of a column's values are none: then the column is in another unit. A bound is no value, and
    what is no number is left to whoever reads the cells.
    """
    _require_not_inverse(table, source)
    marks: dict[int, list[str]] = {}
    for name, plausible in _ranges().items():
        if name in table:
            outside = list(_outside(table, name, plausible))
            known = int(_plain(table, name).notna().sum())
            if len(outside) * 2 > known:
                raise TableRefused(_question(table, name, plausible, source, len(outside), known))
            for position, value in outside:
                words = f"implausible: {name} {value:g}, plausible: {plausible.words}, {'a percentage, or the inverse?' if name == _NLR else 'in another unit?'}"
                marks.setdefault(position, []).append(words)
    if not marks:
        return table
    said = table["mark_reasons"].tolist() if "mark_reasons" in table else [None] * len(table)
    own = [[text] if isinstance(text, str) else [] for text in said]
    return table.assign(mark_reasons=["; ".join([*own[k], *marks.get(k, [])]) or None for k in range(len(table))])


def _require_not_inverse(table: pd.DataFrame, source: str) -> None:
    """A column whose median is that of lymphocytes over neutrophils would turn the score around. TableRefused."""
    import expectations

    if _NLR not in table:
        return
    limits, known = expectations.nlr_of_a_study(), _plain(table, _NLR).dropna()
    if len(known) >= limits.fewest and known.median() < limits.least_median:
        raise TableRefused(
            f"{source}: {_NLR}: expected {_RATIO}, whose median is above {limits.least_median:g} among adults; found a median of {known.median():.3g} "
            f"of {len(known)} values, as of lymphocytes / neutrophils. Put neutrophils over lymphocytes and run again"
        )


def _plain(table: pd.DataFrame, name: str) -> pd.Series:
    """The column's numbers that are no bounds."""
    import pandas as pd

    value = pd.to_numeric(table[name], errors="coerce")
    if f"{name}_op" not in table:
        return value
    return value.where(table[f"{name}_op"].fillna("=").replace("", "=") == "=")


def _outside(table: pd.DataFrame, name: str, plausible: PlausibleRange) -> Iterator[tuple[int, float]]:
    for position, value in enumerate(_plain(table, name).tolist()):
        if value == value and not plausible.holds(value):
            yield position, value


def _question(table: pd.DataFrame, name: str, plausible: PlausibleRange, source: str, outside: int, known: int) -> str:
    middle = _plain(table, name).median()
    unit = _RATIO if name == _NLR else _ANALYTES[name][1]
    return (
        f"{source}: {name}: values that cannot be {unit}: expected {plausible.words}; found {outside} of {known} outside, median "
        f"{middle:g}. Convert the column to {unit} and run again"
    )


@cache
def _ranges() -> Mapping[str, PlausibleRange]:
    """Those of the suite that a site has unless it says otherwise."""
    import expectations

    known = expectations.plausible_ranges(expectations.load_suite("research"))
    own = {name: known[key] for name, key in _ANALYTES.items() if key in known}
    return {_NLR: expectations.nlr_of_a_study().of_one, **own}
