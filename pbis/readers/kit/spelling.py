"""How xPONENT exports of every version spell their blocks: the one table to extend when a new spelling turns up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class BlockKind:
    """What a block holds. shape: well, sample, reagent, analyte, audit or warning; value: number, count, result, text;
    target: the frame's column that takes it."""

    shape: str
    value: str
    target: str


def _well(target: str, value: str = "number") -> BlockKind:
    return BlockKind("well", value, target)


_KINDS = {
    "median": _well("mfi"),
    "netmfi": _well("net_mfi_reported"),
    "count": _well("bead_count", "count"),
    "result": _well("result_reported", "result"),
    "range": _well("range_text", "text"),
    "mean": _well("mean"),
    "%cv": _well("cv_pct"),
    "cv": _well("cv_pct"),
    "peak": _well("peak"),
    "stddev": _well("std_dev"),
    "standarddeviation": _well("std_dev"),
    "trimmedcount": _well("trimmed_count"),
    "trimmedmean": _well("trimmed_mean"),
    "trimmed%cv": _well("trimmed_cv_pct"),
    "trimmedcv": _well("trimmed_cv_pct"),
    "trimmed%cvofmicrospheres": _well("trimmed_cv_pct"),
    "trimmedpeak": _well("trimmed_peak"),
    "trimmedstddev": _well("trimmed_std_dev"),
    "trimmedstandarddeviation": _well("trimmed_std_dev"),
    "%recovery": _well("recovery_reported_pct"),
    "recovery": _well("recovery_reported_pct"),
    "comments": _well("comment", "text"),
    "acquisitiontime": BlockKind("single", "number", "acquisition_seconds"),
    "dilutionfactor": BlockKind("single", "number", "dilution_factor_reported"),
    "avgnetmfi": BlockKind("sample", "number", "avg_net_mfi"),
    "avgmfi": BlockKind("sample", "number", "avg_mfi"),
    "avgresult": BlockKind("sample", "result", "avg_result"),
    "avgrange": BlockKind("sample", "text", "avg_range_text"),
    "%cvreplicates": BlockKind("sample", "number", "cv_replicates_pct"),
    "standardexpectedconcentration": BlockKind("reagent", "number", "standard"),
    "controlexpectedconcentration": BlockKind("reagent", "number", "qc_control"),
    "controlrangelow": BlockKind("reagent", "number", "range_low"),
    "controlrangehigh": BlockKind("reagent", "number", "range_high"),
    "units": BlockKind("analyte", "text", "units"),
    "perbeadcount": BlockKind("analyte", "number", "per_bead"),
    "analysistypes": BlockKind("analyte", "text", "analysis_types"),
    "analysiscoefficients": BlockKind("analyte", "number", "coefficients"),
    "r^2": BlockKind("analyte", "number", "r2"),
    "r2": BlockKind("analyte", "number", "r2"),
    "auditlogs": BlockKind("audit", "text", "audit"),
    "warnings/errors": BlockKind("warning", "text", "warning"),
}


def kind_of(name: str) -> BlockKind | None:
    """The kind of a block by its name, blanks, case and hyphens aside; None where no reader knows it."""
    return _KINDS.get(fold(name))


@lru_cache(maxsize=4096)  # a table asks for the same names row by row
def fold(name: str) -> str:
    """Case, blanks, hyphens and full stops folded away; '%', '^' and '/' tell blocks apart and stay."""
    return re.sub(r"[\s_.:\-\N{EN DASH}]+", "", name.casefold())


def fold_label(name: str) -> str:
    """A sample or reagent name with blanks and case folded away: 'Standard 1' is 'Standard1', and nothing else is."""
    return "".join(name.split()).casefold()
