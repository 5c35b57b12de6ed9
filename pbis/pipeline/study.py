"""The study's table from a site's newest release: scores, measurements, outcomes, and further cytokines of the same draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbis.core.errors import TableRefused, UsageError
from pbis.pipeline.published import run_query
from pbis.pipeline.study_units import told_of_units
from pbis.study.findings import HELD
from pbis.study.settings import CutSettings, StudySettings, load_settings

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    Ask = Callable[[str], pa.Table]

_SCORE = """
    select s.subject_id, s.cohort, t.regimen, s.nlr_point, s.crp_point, s.il12_point, s.il2_point,
           case when s.crafity_min = s.crafity_max then s.crafity_min end as crafity, s.mark_reasons, t.age,
           t.child_pugh, t.ecog::double as ecog
    from score as s
    left join subject_start as t on t.subject_id = s.subject_id
    where s.is_site_set
    order by s.subject_id
"""
_OUTCOME = """
    select subject_id, os_months, is_dead as os_event, pfs_months, is_progressed as pfs_event, best_response, reason, detail
    from outcome
    order by subject_id
"""
_INPUT = """
    select subject_id, measure, value_op, try_cast(value_text as double) as value, unit, ci_low, ci_high, days_before_start
    from score_input
    order by subject_id, measure
"""
# Of the analytes that are no part of the score, by the rules of those that are: the view draw_result over other analytes.
_CYTOKINES = """
    with analyte_for_score as (select unnest([{}]) as analyte, analyte as measure)
    select subject_id, analyte, value_op, value, unit, ci_low, ci_high
    from ({}) as draw_result
    where value is not null and unit = 'pg/mL'
    order by subject_id, analyte
"""
_CUTS = """
    select c.component, c.value_text, c.unit, c.cutoff_set
    from cutoff_current as c
    join (select distinct cutoff_set from score where is_site_set) as s on s.cutoff_set = c.cutoff_set
    where c.score_name = 'pbis'
    order by c.component
"""
_OPTIONAL = ("mark_reasons", "age", "child_pugh", "ecog")
_COLUMNS = {"crp": "crp_mg_dl", "il12": "il12_pg_ml", "il2": "il2_pg_ml", "afp": "afp_ng_ml"}
_UNITS = {"crp": "mg/dL", "il12": "pg/mL", "il2": "pg/mL", "afp": "ng/mL"}
_CYTOKINE_COLUMNS = {
    "IFN-gamma": "ifn_gamma_pg_ml",
    "IL-10": "il10_pg_ml",
    "IL-17A": "il17_pg_ml",
    "IL-6": "il6_pg_ml",
    "TNF": "tnf_pg_ml",
}


_TEXTS: Mapping[str, type] = {"subject_id": str, "cohort": str}  # 0012 is no 12


def study_table(
    root: Path, cohorts: Sequence[str] = (), covariates: Path | None = None, release: str = ""
) -> pd.DataFrame:
    """One row per scored patient with the columns of pbis.study.data, from the newest release or the one named.

    cohorts: only these; covariates: a CSV file with a column `subject_id` and one column per covariate.
    UsageError where a cohort is unknown or nothing is published.
    """
    ask = partial(run_query, root, release=release)
    table = ask(_SCORE).to_pandas()
    nobody_s = [name for name in _OPTIONAL if table[name].isna().all()]  # these may come with --covariates
    table = (
        table.drop(columns=nobody_s)
        .merge(_measures(ask), on="subject_id", how="left")
        .merge(_cytokines(ask), on="subject_id", how="left")
    )
    table = table.merge(_outcomes(ask), on="subject_id", how="left")
    return _chosen(table, cohorts, covariates)


def read_table(path: Path, cohorts: Sequence[str] = (), covariates: Path | None = None) -> pd.DataFrame:
    """A study's table from a CSV or Parquet file. UsageError where it is not there, TableRefused where it is no table of a study."""
    import pandas as pd

    try:
        is_parquet = path.suffix.lower() in (".parquet", ".pq")
        table = pd.read_parquet(path) if is_parquet else pd.read_csv(path, dtype=_TEXTS)
    except OSError as error:
        raise UsageError(f"{path}: {error}") from None
    except ValueError as error:
        raise TableRefused(f"{path}: {error}") from None
    if "cohort" not in table:
        raise TableRefused(f"{path}, line 1: expected a column cohort; found {', '.join(map(str, table.columns))}")
    made = _chosen(told_of_units(table, path.name), cohorts, covariates)
    made.attrs["source"] = path.name
    return made


def _chosen(table: pd.DataFrame, cohorts: Sequence[str], covariates: Path | None) -> pd.DataFrame:
    if covariates is not None:
        table = _with_covariates(table, covariates)
    unknown = sorted(set(cohorts) - set(table["cohort"].dropna()))
    if unknown:
        known = ", ".join(sorted(table["cohort"].dropna().unique()))
        raise UsageError(f"--cohort {unknown[0]}: there is no such cohort; expected one of {known}")
    return table[table["cohort"].isin(cohorts)] if cohorts else table  # the index keeps the rows of the file


def _outcomes(ask: Ask) -> pd.DataFrame:
    made = ask(_OUTCOME).to_pandas()
    unclear = made[made["reason"] == "conflicting_rows"]
    if len(unclear):
        raise UsageError(
            f"outcomes: {unclear['subject_id'].iloc[0]}: {unclear['detail'].iloc[0]}; "
            "send a file that says one thing and run the night again"
        )
    held = made.rename(columns={"detail": HELD}).drop(columns="reason")
    return held if held[HELD].notna().any() else held.drop(columns=HELD)


def _measures(ask: Ask) -> pd.DataFrame:
    rows = ask(_INPUT).to_pandas()
    import pandas as pd

    made = pd.DataFrame({"subject_id": sorted(rows["subject_id"].unique())})
    for measure, column in _COLUMNS.items():
        part = rows[(rows["measure"] == measure) & rows["value"].notna()]
        odd = part["unit"][part["unit"] != _UNITS[measure]]
        if len(odd):
            raise UsageError(f"{measure}: expected {_UNITS[measure]}; found {odd.iloc[0]}")
        names = {"value": column, "value_op": f"{column}_op", "ci_low": f"{column}_low", "ci_high": f"{column}_high"}
        made = made.merge(part[["subject_id", *names]].rename(columns=names), on="subject_id", how="left")
    draw = rows[rows["measure"] == "il12"][["subject_id", "days_before_start"]]
    return made.merge(_nlr(rows), on="subject_id", how="left").merge(draw, on="subject_id", how="left")


def _nlr(rows: pd.DataFrame) -> pd.DataFrame:
    """Ratio of the two counts where both are plain numbers and there are lymphocytes."""
    plain = rows[rows["value_op"] == "="].pivot(index="subject_id", columns="measure", values="value")
    plain = plain.reindex(columns=["neutrophils", "lymphocytes"])
    ratio = plain["neutrophils"] / plain["lymphocytes"].where(plain["lymphocytes"] > 0)
    return ratio.rename("nlr").reset_index()


def _cytokines(ask: Ask) -> pd.DataFrame:
    import pandas as pd

    from warehouse.ddl import literal
    from warehouse.scoring import steps

    body = dict(steps("draw_result"))["draw_result"]
    rows = ask(_CYTOKINES.format(", ".join(map(literal, _CYTOKINE_COLUMNS)), body)).to_pandas()
    made = pd.DataFrame({"subject_id": sorted(rows["subject_id"].unique())})
    for analyte, column in _CYTOKINE_COLUMNS.items():
        part = rows[rows["analyte"] == analyte]
        if len(part):
            names = {
                "value": column,
                "value_op": f"{column}_op",
                "ci_low": f"{column}_low",
                "ci_high": f"{column}_high",
            }
            made = made.merge(part[["subject_id", *names]].rename(columns=names), on="subject_id", how="left")
    return made


def _with_covariates(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        extra = pd.read_csv(path, dtype=_TEXTS)
    except OSError as error:
        raise UsageError(f"{path}: {error}") from None
    except ValueError as error:
        raise TableRefused(f"{path}: {error}") from None
    if "subject_id" not in extra:
        raise TableRefused(f"{path}, line 1: expected a column subject_id; found {', '.join(map(str, extra.columns))}")
    if not extra["subject_id"].isin(table["subject_id"]).any():
        first = (
            f"; its first is {extra['subject_id'].iloc[0]!r}, that of the study {table['subject_id'].iloc[0]!r}"
            if len(extra) and len(table)
            else ""
        )
        raise TableRefused(f"{path}: none of its subjects is in the study{first}")
    if extra["subject_id"].duplicated().any():
        raise TableRefused(
            f"{path}: {extra['subject_id'][extra['subject_id'].duplicated()].iloc[0]} has more than one line"
        )
    clash = sorted((set(extra) & set(table)) - {"subject_id"})
    if clash:
        raise TableRefused(f"{path}: column {clash[0]} comes from the release already")
    return table.merge(extra, on="subject_id", how="left")


def site_study(
    root: Path, cohorts: Sequence[str], covariates: Path | None, config: Path | None, release: str = ""
) -> tuple[StudySettings, pd.DataFrame]:
    """Settings and table of a site: its own cut-offs and decided points, unless study.toml brings other cut-offs."""
    import msgspec

    cuts: dict[str, Any] = site_cuts(root, release)
    settings, own = load_settings(config), CutSettings(**cuts)
    table = study_table(root, cohorts, covariates, release)
    if settings.score in (CutSettings(), own):
        return msgspec.structs.replace(settings, score=own), table
    return settings, table.drop(columns=[c for c in table.columns if c.endswith("_point")])


def site_cuts(root: Path, release: str = "") -> dict[str, float | None]:
    """Cut-offs of the site's set by the study's column; IL-2 in pg/mL; None where the set has no such component."""
    factor = {("il2", "ng/mL"): 1000.0}
    rows = run_query(root, _CUTS, release).to_pylist()
    found = {r["component"]: float(r["value_text"]) * factor.get((r["component"], r["unit"]), 1.0) for r in rows}
    columns = {"nlr": "nlr", "crp": "crp_mg_dl", "il12": "il12_pg_ml", "il2": "il2_pg_ml"}
    return {column: found.get(component) for component, column in columns.items()}
