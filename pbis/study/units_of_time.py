"""Survival times in months: negative ones refused, times that cannot be months asked about, other units turned into months."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pbis.core.errors import TableRefused, UsageError
from pbis.labs.outcome_words import load_outcome_words
from pbis.study.cells import place, source_of

MONTHS_IN = {"months": 1.0, "days": 12 / 365.25, "weeks": 7 * 12 / 365.25, "years": 12.0}


def in_months(frame: pd.DataFrame, names: list[str], time_unit: str) -> pd.DataFrame:
    """The columns `names` in months.

    time_unit: what they are in, where somebody has said it: `days` for all of them, `os=days` or `os=days,pfs=months` for
    each. TableRefused where a time is negative, or where nobody has said the unit and the times are longer than anyone is
    followed; UsageError where one word is said of columns that cannot be in one unit.
    """
    said = _said(time_unit, names)
    odd = [name for name in names if _is_odd(frame, name)]
    if "" in said and said[""] != "months" and odd and len(odd) < len(names):
        raise UsageError(f"{_question(frame, names, odd)}: the columns are not in one unit")
    made = frame.copy()
    for name in names:
        _refuse_negative(made, name)
        unit = said.get(name, said.get("", ""))
        if not unit and name in odd:
            raise TableRefused(_question(frame, names, odd))
        if unit and unit != "months":
            made[name] = made[name] * MONTHS_IN[unit]
    return made


def _said(time_unit: str, names: list[str]) -> dict[str, str]:
    """Column -> unit; the key of a word that is said of all is empty."""
    found = {}
    for part in filter(None, (p.strip() for p in time_unit.split(","))):
        endpoint, _, unit = part.rpartition("=")
        name = f"{endpoint}_months" if endpoint else ""
        if unit not in MONTHS_IN or (name and name not in names):
            known = ", ".join(name.removesuffix("_months") for name in names)
            raise UsageError(
                f"--time-unit {part}: expected one of {', '.join(MONTHS_IN)}, for one of {known} as in os=days; found {part}"
            )
        found[name] = unit
    return found


def _refuse_negative(frame: pd.DataFrame, name: str) -> None:
    negative = np.flatnonzero(frame[name].to_numpy(float) < 0)
    if len(negative):
        first = int(negative[0])
        found = f"{place(frame, first)} {frame[name].iloc[first]:g}"
        raise TableRefused(f"{source_of(frame)}: {name} must not be negative; found {found}")


def _is_odd(frame: pd.DataFrame, name: str) -> bool:
    words, value = load_outcome_words(), frame[name].to_numpy(float)
    if not np.isfinite(value).any():
        return False
    return bool(np.nanmax(value) > words.longest_months or np.nanmedian(value) > words.middle_months)


def _question(frame: pd.DataFrame, names: list[str], odd: list[str]) -> str:
    words = load_outcome_words()
    found = []
    for name in names:
        value = frame[name].to_numpy(float)
        if np.isfinite(value).any():
            longest = int(np.nanargmax(value))
            found.append(f"{name} {value[longest]:g} in {place(frame, longest)}, median {np.nanmedian(value):g}")
    one = "" if len(odd) == len(names) else f"{odd[0].removesuffix('_months')}="
    return (
        f"{source_of(frame)}: {' and '.join(odd)}: times that cannot be months: expected up to {words.longest_months:g}, and a "
        f"median of at most {words.middle_months:g}; found {'; '.join(found)}. In which unit are they? Say --time-unit "
        f"{', '.join(one + unit for unit in MONTHS_IN if unit != 'months')}, or {one}months where they are right as they are"
    )
