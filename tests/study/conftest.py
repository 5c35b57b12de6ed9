"""Data sets and values computed with R, where a checkout has them beside itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pbis.study.stats.survival import Survival, survival

sys.path.insert(0, str(Path(__file__).parent))  # for study_cohort

DATA_SETS = ("rossi", "gbsg2", "lung", "leukemia", "larynx")


class Reference:
    """Values of R by page, and the tables they were computed from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def values(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "data" / f"{name}.csv")

    def model(self, name: str, columns: list[str]) -> tuple[Survival, np.ndarray]:
        """Survival and covariates of the complete cases, as R's na.omit."""
        table = self.table(name)[["time", "event", *columns]].dropna()
        return survival(table["time"], table["event"]), table[columns].to_numpy(float)


@pytest.fixture(scope="session")
def reference(shared: Path) -> Reference:
    return Reference(shared / "reference" / "r")
