"""The study's table: one row per patient, with documented columns. Anything may be missing; nothing is guessed.

Needed: subject_id, cohort, and per endpoint a pair (os_months, os_event), (pfs_months, pfs_event).
Events are 1/0, true/false or yes/no, responses CR PR SD PD NE, in the words of pbis/labs/outcomes.toml.
Optional, each used where it is there:
  regimen, best_response, days_before_start (draw to first dose)
  markers, in the unit of their name: nlr, crp_mg_dl, il12_pg_ml, il2_pg_ml, afp_ng_ml, ifn_gamma_pg_ml, il10_pg_ml, il17_pg_ml,
    il6_pg_ml, tnf_pg_ml and any other column that ends in _pg_ml; beside a marker m: m_op (=, <, >; empty is =) with m the
    bound where censored, m_low and m_high the 95 % interval of the measurement
  nlr_point, crp_point, il12_point, il2_point: points as the laboratory service decided them, exact; else decided here
  crafity: 0, 1, 2
  covariates: age, sex, ecog, child_pugh, bclc, etiology, afp_high, tumour_size_cm, macrovascular_invasion,
    extrahepatic_spread, albumin_g_l, bilirubin_umol_l, platelets_10_9_l; pivka_mau_ml for correlations; other columns named in study.toml
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.core.errors import TableRefused, UsageError
from pbis.study.cells import (
    ROW,
    numbered,
    read_child_pugh,
    read_ecog,
    read_events,
    read_numbers,
    read_responses,
    source_of,
)
from pbis.study.stats.survival import Bools, Floats, Ints, Survival, survival
from pbis.study.units_of_time import in_months

COMPONENTS = ("nlr", "crp_mg_dl", "il12_pg_ml", "il2_pg_ml")
POINTS = {"nlr": "nlr_point", "crp_mg_dl": "crp_point", "il12_pg_ml": "il12_point", "il2_pg_ml": "il2_point"}
RESPONSES = ("CR", "PR", "SD", "PD", "NE")
_KNOWN_COVARIATES = (
    *("age", "sex", "ecog", "child_pugh", "bclc", "etiology", "afp_high", "tumour_size_cm"),
    *("macrovascular_invasion", "extrahepatic_spread", "albumin_g_l", "bilirubin_umol_l", "platelets_10_9_l"),
)
_LABELS = {
    "nlr": "NLR",
    "crp_mg_dl": "CRP, mg/dL",
    "il12_pg_ml": "IL-12, pg/mL",
    "il2_pg_ml": "IL-2, pg/mL",
    "afp_ng_ml": "AFP, ng/mL",
    "ifn_gamma_pg_ml": "IFN-γ, pg/mL",
    "il10_pg_ml": "IL-10, pg/mL",
    "il17_pg_ml": "IL-17, pg/mL",
    "il6_pg_ml": "IL-6, pg/mL",
    "tnf_pg_ml": "TNF, pg/mL",
    "age": "Age, years",
    "sex": "Sex",
    "ecog": "ECOG",
    "child_pugh": "Child-Pugh points",
    "tumour_size_cm": "Tumour size, cm",
    "afp_high": "AFP high",
    "crafity": "CRAFITY",
    "cohort": "Cohort",
    "regimen": "Regimen",
    "macrovascular_invasion": "Macrovascular invasion",
    "extrahepatic_spread": "Extrahepatic spread",
    "etiology": "Etiology",
    "bclc": "BCLC stage",
    "albumin_g_l": "Albumin, g/L",
    "bilirubin_umol_l": "Bilirubin, µmol/L",
    "platelets_10_9_l": "Platelets, 10⁹/L",
    "pivka_mau_ml": "PIVKA-II, mAU/mL",
    "log2_afp_ng_ml": "AFP, per doubling",
}


@dataclass(frozen=True)
class Endpoint:
    """A survival endpoint by its columns and names."""

    key: str
    name: str

    @property
    def short(self) -> str:
        return self.key.upper()


OS, PFS = Endpoint("os", "Overall survival"), Endpoint("pfs", "Progression-free survival")
ENDPOINTS = (OS, PFS)


def label(column: str) -> str:
    """The words of a column."""
    return _LABELS.get(column, column.replace("_pg_ml", ", pg/mL").replace("_", " "))


def short(column: str) -> str:
    """The same without its unit."""
    return label(column).split(",")[0]


def check_table(frame: pd.DataFrame, time_unit: str = "") -> pd.DataFrame:
    """Sorted by subject, every cell read, times in months, each row with its number. TableRefused where the table cannot be a study's.

    time_unit: what the times are in (units_of_time); "" where nobody has said it, and they are months unless they cannot be.
    """
    needed = {"subject_id", "cohort", "os_months", "os_event"} - set(frame.columns)
    if needed:
        raise TableRefused(
            f"{source_of(frame)}: expected columns {', '.join(sorted(needed))}; found {', '.join(frame.columns)}"
        )
    twice = frame["subject_id"][frame["subject_id"].duplicated()]
    if len(twice):
        raise TableRefused(f"{source_of(frame)}: expected one row a subject; found {twice.iloc[0]} more than once")
    made = numbered(frame)
    made["cohort"] = made["cohort"].astype(object).where(made["cohort"].notna(), "not recorded").astype(str)
    if "regimen" in made:
        known = made["regimen"].notna()
        made["regimen"] = made["regimen"].astype(object).where(~known, made["regimen"].astype(str)).where(known, None)
    for name in made.columns:
        if name in ("os_event", "pfs_event") or name.endswith("_point"):
            made[name] = read_events(made, name)
        elif name == "best_response":
            made[name] = read_responses(made, name)
        elif name == "child_pugh":
            made[name] = read_child_pugh(made, name)
        elif name == "ecog":
            made[name] = read_ecog(made, name)
        elif _is_numeric(name):
            made[name] = read_numbers(made, name)
    made = in_months(made, [name for e in ENDPOINTS if (name := f"{e.key}_months") in made], time_unit)
    return made.sort_values("subject_id", kind="stable").reset_index(drop=True)


def _is_numeric(name: str) -> bool:
    if name.endswith("_op"):
        return False
    ends = ("_months", "_pg_ml", "_ng_ml", "_mg_dl", "_low", "_high", "_cm", "_g_l", "_umol_l", "_10_9_l", "_mau_ml")
    return name in ("nlr", "age", "crafity", "days_before_start") or name.endswith(ends)


def markers(frame: pd.DataFrame) -> list[str]:
    """Laboratory markers in the table: the score's four first, then the others by name."""
    ends = ("_pg_ml", "_ng_ml", "_mg_dl")
    others = [c for c in frame.columns if c.endswith(ends) and c not in COMPONENTS]
    present = [c for c in (*COMPONENTS, *sorted(others)) if c in frame.columns]
    return [c for c in present if frame[c].notna().sum() >= 10 and frame[c].nunique() > 2]


def covariates(frame: pd.DataFrame, wanted: Sequence[str] = ()) -> list[str]:
    """The wanted columns, or the known ones that are recorded for at least 90 % and vary."""
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise UsageError(f"study.toml names covariates that the data does not have: {', '.join(missing)}")
    if wanted:
        return list(wanted)
    present = [c for c in _KNOWN_COVARIATES if c in frame.columns]
    return [c for c in present if frame[c].notna().mean() >= 0.9 and frame[c].nunique() > 1]


@dataclass(frozen=True)
class Population:
    """A named set of patients: rows of the study's table."""

    name: str
    frame: pd.DataFrame

    @property
    def n(self) -> int:
        return len(self.frame)

    def where(self, rows: Bools, name: str | None = None) -> Population:
        return Population(name or self.name, self.frame[rows].reset_index(drop=True))

    def column(self, name: str) -> Floats:
        return self.frame[name].to_numpy(float) if name in self.frame else np.full(self.n, np.nan)


@dataclass(frozen=True)
class Complete:
    """Complete cases of an analysis: survival, covariates by name, which rows they are, and the sentence about the others."""

    data: Survival
    x: Floats
    names: tuple[str, ...]
    rows: Ints
    missing: str


def outcome_known(population: Population, endpoint: Endpoint) -> Bools:
    return np.isfinite(population.column(f"{endpoint.key}_months")) & np.isfinite(
        population.column(f"{endpoint.key}_event")
    )


def complete(population: Population, endpoint: Endpoint, columns: dict[str, Floats]) -> Complete:
    """Survival and the given columns for the patients who have all of them."""
    x = np.column_stack(list(columns.values())) if columns else np.zeros((population.n, 0))
    rows = np.flatnonzero(outcome_known(population, endpoint) & np.isfinite(x).all(axis=1))
    data = survival(
        population.column(f"{endpoint.key}_months")[rows], population.column(f"{endpoint.key}_event")[rows] > 0
    )
    return Complete(data, x[rows], tuple(columns), rows, complete_words(population.n - len(rows), population.n))


def complete_words(left_out: int, of: int) -> str:
    return f"complete cases: {left_out} of {of} left out"


def coded(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    """Covariates as numbers: numeric ones as they are, others one column a level against the first (alphabetical)."""
    made: dict[str, Floats] = {}
    for name in names:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            made[name] = column.to_numpy(float)
            continue
        levels = sorted(column.dropna().astype(str).unique())
        for level in levels[1:]:
            made[f"{name}: {level} (vs {levels[0]})"] = np.where(
                column.isna(), np.nan, (column.astype(str) == level) * 1.0
            )
    return made


def table_hash(frame: pd.DataFrame, settings_hash: str) -> str:
    """sha256 over the table, canonically written, and the settings: what every number was computed from."""
    text = frame[sorted(set(frame.columns) - {ROW})].to_csv(index=False, float_format="%.12g")
    return hashlib.sha256(f"{settings_hash}\n{text}".encode()).hexdigest()
