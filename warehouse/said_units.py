"""The unit of every number that people can ask for, from the name of its column: `_pct` is percent, `_months` months; a concentration is in
the unit that stands beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_NUMBERS = ("DOUBLE", "BIGINT", "INTEGER", "HUGEINT", "UBIGINT", "DECIMAL")
BESIDE = "as unit says"
_COUNT, _DAYS, _PERCENT, _PROBABILITY, _POINTS, _MFI, _NUMBER = (
    "count", "days", "percent", "0 to 1", "points", "MFI", "number in an order",
)  # fmt: skip
_RULES_OWN = "as the rule says"
# Whole names first, then the longest ending that fits.
_NAMED: Mapping[str, str] = {
    **dict.fromkeys(("observed", "limit_value"), _RULES_OWN),
    **dict.fromkeys(("mean", "sd", "limit_low", "limit_high"), "as the metric says"),
    **dict.fromkeys(("value", "value_display", "value_text", "by_value", "was_value", "cut", "cut_text"), BESIDE),
    **dict.fromkeys(("ci_low", "ci_high", "lloq", "uloq", "lod", "ec50", "lowest", "highest", "qc1", "qc2"), BESIDE),
    **dict.fromkeys(
        ("highest_uloq", "lowest_lloq", "lowest_standard", "highest_standard", "kit_low", "kit_high"), BESIDE
    ),
    **dict.fromkeys(("expected_concentration", "implied_concentration", "range_low", "range_high"), BESIDE),
    "result_reported": "as unit_reported says",
    **dict.fromkeys(("mfi", "net_mfi", "net_mfi_reported", "fitted_mfi", "background_mfi", "background_sd"), _MFI),
    **dict.fromkeys(("score", "score_min", "score_max", "was_score_min", "was_score_max", "point"), _POINTS),
    **dict.fromkeys(("crafity_min", "crafity_max"), _POINTS),
    **dict.fromkeys(("p_high", "p_high_low", "p_high_high", "flip_probability", "ci_shared", "r2"), _PROBABILITY),
    **dict.fromkeys(("lloq_precision", "uloq_precision"), _PERCENT),
    **dict.fromkeys(("lloq_recovery", "uloq_recovery"), _PERCENT),
    **dict.fromkeys(("coef_a", "coef_b", "coef_c", "coef_d", "coef_f"), "as the model says"),
    "shared_width_squared": "square of a log",
    "dilution_factor": "times",
    "age": "years",
    "ecog": "0 to 5",
    **dict.fromkeys(("expected_false_alarms", "twin_count"), _COUNT),
    **dict.fromkeys(("analytes_passed", "analytes_warned", "analytes_failed", "low_bead_wells"), _COUNT),
    **dict.fromkeys(("plates_passed", "plates_warned", "plates_failed", "plates_with_findings"), _COUNT),
    **dict.fromkeys(("passing_levels", "required_levels", "required_passing"), _COUNT),
    **dict.fromkeys(("plate_number", "line", "line_number", "source_line", "by_source_line", "draw_number"), _NUMBER),
    **dict.fromkeys(("position", "sequence", "reverses", "reversed_by", "standard_level", "hook_level"), _NUMBER),
    "days_to_expiry": _DAYS,
}
_ENDINGS: Mapping[str, str] = {
    "_day": _DAYS,
    "_pct": _PERCENT,
    "_months": "months",
    "_seconds": "seconds",
    "_count": _COUNT,
    "_point": _POINTS,
}


def unit_of(column: str, data_type: str, beside: Collection[str]) -> str:
    """In what a number is told; empty for what is no number, and where nothing says it. beside: the columns of the same view, of which
    one has to be `unit` where a value refers to it."""
    if data_type.partition("(")[0] not in _NUMBERS and column not in ("value_display", "value_text", "cut_text"):
        return ""
    said = _NAMED.get(column) or next((unit for ending, unit in _ENDINGS.items() if column.endswith(ending)), "")
    if said == BESIDE and "unit" not in beside:
        return "as unit_reported says" if "unit_reported" in beside else "as the analyte is reported"
    return said
