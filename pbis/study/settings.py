"""study.toml: every choice that changes a number, with its default. Unknown names are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pbis.core.errors import ConfigError

Count = Annotated[int, msgspec.Meta(ge=10, le=100_000)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of study.toml."""


class Design(_Section, frozen=True):
    """Who is compared. Empty means: decide from the data (largest regimen; `derivation`, else the largest cohort)."""

    title: str = "Peripheral blood inflammatory score: study"
    main_regimen: str = ""
    derivation_cohort: str = ""
    min_age: float = 18
    child_pugh: tuple[float, float] = (5, 7)
    ecog: tuple[float, float] = (0, 1)
    window_days: float = 7


class CutSettings(_Section, frozen=True):
    """The cut-offs of the four components, value >= cut, and from which sum a patient is high."""

    nlr: float = 3.5
    crp_mg_dl: float = 0.13
    il12_pg_ml: float = 11.6
    il2_pg_ml: float | None = 3.2
    high_at: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2


class Methods(_Section, frozen=True):
    """How numbers are made."""

    ties: Literal["efron", "breslow"] = "efron"
    min_share: Annotated[float, msgspec.Meta(gt=0, lt=0.5)] = 0.1
    horizons_months: tuple[float, ...] = (6, 12, 18, 24)
    prediction_month: float = 12
    resamples: Count = 1000
    permutations: Count = 1000
    draws: Count = 200
    seed: int = 20251123
    lab_cv_pct: float = 5


class MatchingSettings(_Section, frozen=True):
    """Propensity matching; covariates empty: every covariate with a value for at least 90 % of the patients."""

    caliper_sd: Annotated[float, msgspec.Meta(gt=0)] = 0.2
    scale: Literal["probability", "logit"] = "probability"
    order: Literal["largest", "smallest", "data"] = "largest"
    covariates: tuple[str, ...] = ()


class Models(_Section, frozen=True):
    """Covariates of the multivariable models; empty: those of the data."""

    covariates: tuple[str, ...] = ()


class StudySettings(_Section, frozen=True):
    """The whole of study.toml."""

    design: Design = Design()
    score: CutSettings = CutSettings()
    methods: Methods = Methods()
    matching: MatchingSettings = MatchingSettings()
    models: Models = Models()

    @property
    def hash(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def load_settings(path: Path | None) -> StudySettings:
    """Read study.toml; defaults where there is none. Raises ConfigError in one line."""
    if path is None:
        return StudySettings()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=StudySettings)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
