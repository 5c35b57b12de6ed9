"""Cohorts with a known truth, for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pbis.study.stats.survival import Survival, survival


def exponential(log_hazard: np.ndarray, rng: np.random.Generator, follow_up: float = 30.0) -> Survival:
    """Exponential times of median 12 at log hazard zero, censored uniformly up to `follow_up`."""
    death = rng.exponential(12 / np.log(2) / np.exp(log_hazard))
    seen = rng.uniform(follow_up / 5, follow_up, len(death))
    return survival(np.minimum(death, seen), death <= seen)


def cohort(n: int, seed: int, log_hr: float = 1.2) -> pd.DataFrame:
    """A study's table: four markers, PBIS high raises the hazard; two cohorts and a second regimen; IL-2 mostly below 3.2."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"subject_id": [f"S{k:04d}" for k in range(n)]})
    place = np.arange(n) / n
    frame["cohort"] = np.where(place < 0.6, "derivation", np.where(place < 0.88, "validation", "lenvatinib"))
    frame["regimen"] = np.where(place < 0.88, "AB", "lenvatinib")
    frame["nlr"] = np.exp(rng.normal(np.log(3.5), 0.5, n)).round(2)
    frame["crp_mg_dl"] = np.exp(rng.normal(np.log(0.13), 1.0, n)).round(2)
    frame["il12_pg_ml"] = np.exp(rng.normal(np.log(9), 0.9, n))
    frame["il2_pg_ml"] = np.exp(rng.normal(np.log(2), 0.9, n))
    points = (frame["nlr"] >= 3.5) * 1 + (frame["crp_mg_dl"] >= 0.13) + (frame["il12_pg_ml"] >= 11.6)
    high = (points + (frame["il2_pg_ml"] >= 3.2)) >= 2
    frame["il2_pg_ml_op"] = np.where(frame["il2_pg_ml"] < 3.2, "<", "=")
    frame["il2_pg_ml"] = np.maximum(frame["il2_pg_ml"], np.where(place < 0.1, 6.4, 3.2))
    frame.loc[place < 0.1, "il2_pg_ml_op"] = "<"  # a dilution: below 6.4 does not decide
    frame.loc[n - 1, "nlr"] = np.nan
    death, progress = (exponential(log_hr * high.to_numpy() + more, rng) for more in (0.0, 0.5))
    frame["os_months"], frame["os_event"] = death.time.round(1), death.event
    first = progress.time < death.time  # progression-free survival ends at the first of the two
    frame["pfs_months"] = np.minimum(progress.time, death.time).round(1)
    frame["pfs_event"] = np.where(first, progress.event, death.event)
    ends_together = (frame["pfs_months"] == frame["os_months"]) & frame["os_event"]
    frame["pfs_event"] = frame["pfs_event"].astype(bool) | ends_together
    frame["best_response"] = rng.choice(["CR", "PR", "SD", "PD", "NE"], n, p=[0.05, 0.25, 0.35, 0.3, 0.05])
    frame["age"] = rng.normal(62, 9, n).round()
    frame["sex"] = rng.choice(["f", "m"], n)
    frame["afp_ng_ml"] = np.exp(rng.normal(4, 2, n)).round(1)
    frame["crafity"] = (frame["afp_ng_ml"] >= 100) * 1 + (frame["crp_mg_dl"] >= 1)
    frame["days_before_start"] = 3
    frame.loc[3, "days_before_start"] = 9
    return frame
