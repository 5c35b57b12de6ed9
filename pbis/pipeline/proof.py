"""Compare what came out of a simulated site with the truth that was written beside it; used by the demo and by tests."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pbis.config import Site
from pbis.core.scoring.weighing import expected_wrong
from pbis.pipeline.published import run_query
from pbis.simulate.cohort import IL2_CUT_PG_ML

_COMPONENTS = ("nlr", "crp", "il12", "il2")
_SCORES = """
    select subject_id, score, "group", reasons, is_near_cut, is_certain, nlr_point, crp_point, il12_point, il2_point, p_high_low, p_high_high
    from score
    where is_site_set
"""
_RESULTS = "select specimen_id, analyte, value as concentration from specimen_result where value_op = '='"


@dataclass(frozen=True)
class Disagreement:
    """A subject whose group is not what a perfect measurement under the same rules would give."""

    subject_id: str
    expected: str
    found: str
    reason: str


@dataclass(frozen=True)
class Proof:
    """subjects: all; as_expected: same group as the planted facts allow; right, wrong, open: the group against the true one;
    wrong_certain: of the wrong ones those that were called certain; expected_wrong: least and most that the scores' own
    probabilities expect; within_20_pct: of all, those whose true IL-2 lies within 20 % of its cut; concentration errors in percent of the truth, over quantified specimens."""

    subjects: int
    as_expected: int
    right: int
    wrong: int
    wrong_certain: int
    expected_wrong: tuple[float, float]
    within_20_pct: int
    left_open: int
    open_reasons: tuple[tuple[str, int], ...]
    disagreements: tuple[Disagreement, ...]
    concentrations: int
    median_error_pct: float
    p90_error_pct: float

    def lines(self) -> list[str]:
        """The comparison as text."""
        lines = [
            "Against the simulated truth:",
            f"  group as the planted facts allow   {self.as_expected} of {self.subjects} patients",
            f"  group against the true one         {self.right} right, {self.wrong} wrong, {self.left_open} left open (indeterminate or not scored)",
            f"  wrong groups                       {self.wrong} of {self.right + self.wrong}, {self.wrong_certain} of them called certain; {self._expected()} expected from the scores' own probabilities",
            f"  IL-2                               {self.within_20_pct} of {self.subjects} patients truly within 20 % of the cut",
            f"  concentrations                     {self.concentrations} quantified, error median {self.median_error_pct:.1f} %, 90th percentile {self.p90_error_pct:.1f} %",
        ]
        if self.open_reasons:
            lines.append(
                "  left open because of               " + ", ".join(f"{r} ({n})" for r, n in self.open_reasons)
            )
        if self.disagreements:
            lines.append("  every disagreement with what was planted, and why:")
            lines += [
                f"    {d.subject_id}: expected {d.expected}, came out {d.found}: {d.reason}" for d in self.disagreements
            ]
        return lines

    def _expected(self) -> str:
        low, high = (f"{number:.1f}" for number in self.expected_wrong)
        return low if low == high else f"{low} to {high}"


def prove(site: Site, truth: Path) -> Proof:
    """Compare the site's newest release with truth/subjects.csv and truth/concentrations.csv."""
    found = {row["subject_id"]: row for row in run_query(site.root, _SCORES).to_pylist()}
    planted = {row["subject"]: row for row in _read(truth / "subjects.csv")}
    true_column = _true_column(site.file.score.cutoff_set)
    pairs = [(planted[key], found.get(key, _ABSENT)) for key in sorted(planted)]
    against = Counter(_against(row[true_column], score["group"]) for row, score in pairs)
    errors = _errors(site, truth)
    return Proof(
        subjects=len(pairs),
        as_expected=sum(row["expected_group"] == score["group"] for row, score in pairs),
        right=against["right"],
        wrong=against["wrong"],
        wrong_certain=sum(
            _against(row[true_column], s["group"]) == "wrong" and bool(s["is_certain"]) for row, s in pairs
        ),
        expected_wrong=expected_wrong((s["group"], s["p_high_low"], s["p_high_high"]) for _, s in pairs),
        within_20_pct=sum(abs(float(row["il2_pg_ml"]) / IL2_CUT_PG_ML - 1) <= 0.2 for row, _ in pairs),
        left_open=against["open"],
        open_reasons=tuple(_open_reasons(score for _, score in pairs)),
        disagreements=tuple(_disagreements(pairs)),
        concentrations=len(errors),
        median_error_pct=float(np.median(errors)) if len(errors) else float("nan"),
        p90_error_pct=float(np.percentile(errors, 90)) if len(errors) else float("nan"),
    )


_ABSENT: Mapping[str, Any] = {
    "group": "absent",
    "reasons": "no row",
    "is_certain": None,
    "p_high_low": None,
    "p_high_high": None,
}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _true_column(cutoff_set: str) -> str:
    return "true_group_" + cutoff_set.removeprefix("pbis-2025-").replace("-", "_")


def _against(true: str, found: object) -> str:
    if found not in ("high", "low"):
        return "open"
    return "right" if found == true else "wrong"


def _open_reasons(scores: Iterable[Mapping[str, object]]) -> Iterable[tuple[str, int]]:
    """Reasons of the unknown components of patients without a group, the most frequent first."""
    said = [str(score["reasons"] or "") for score in scores if score["group"] not in ("high", "low")]
    counted = Counter(reason for text in said for reason in text.split("; ") if reason)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _disagreements(pairs: Iterable[tuple[Mapping[str, str], Mapping[str, object]]]) -> Iterable[Disagreement]:
    for row, score in pairs:
        if row["expected_group"] != score["group"]:
            yield Disagreement(row["subject"], row["expected_group"], str(score["group"]), _why(row, score))


def _why(row: Mapping[str, str], score: Mapping[str, object]) -> str:
    """Which components came out otherwise than planted, and what the score itself says about them."""
    parts = []
    for name in _COMPONENTS:
        point = score.get(f"{name}_point")
        found = "unknown" if point is None else str(point)
        expected = row[f"expected_{name}"] or "unknown"
        if found != expected:
            near = ", planted near its cut" if name in row["near_cut"] else ""
            parts.append(f"{name} {found} where {expected} was planted{near}")
    said = str(score.get("reasons") or "")
    return "; ".join(parts) + (f" ({said})" if said else "")


def _errors(site: Site, truth: Path) -> np.ndarray:
    """Relative errors in percent of quantified specimens against the true concentrations."""
    true = {(r["specimen"], r["analyte"]): float(r["concentration_pg_ml"]) for r in _read(truth / "concentrations.csv")}
    rows = run_query(site.root, _RESULTS).to_pylist()
    pairs = [(row["concentration"], true.get((row["specimen_id"], row["analyte"]), 0.0)) for row in rows]
    return np.array([100 * abs(value - exact) / exact for value, exact in pairs if exact > 0])
