"""The tolerances of an assay in words: what its page says was asked of standards and curves."""

from __future__ import annotations

from pbis.core.tolerances import Tolerances

UNKNOWN = "not kept with this assay: an earlier program computed it"


def band_text(tolerances: Tolerances | None) -> str:
    """What the band of the recovery strip is."""
    if tolerances is None:
        return f"recovery; its limits were {UNKNOWN}"
    return f"recovery {_span(tolerances.recovery_low_pct, tolerances.recovery_high_pct)}"


def tolerance_facts(tolerances: Tolerances | None) -> list[tuple[str, str]]:
    """Name and value of everything that was asked."""
    if tolerances is None:
        return [("tolerances", UNKNOWN)]
    inner = _span(tolerances.recovery_low_pct, tolerances.recovery_high_pct)
    ends = _span(tolerances.recovery_end_low_pct, tolerances.recovery_end_high_pct)
    return [
        ("recovery of a standard level", f"{inner}; at the ends {ends}"),
        ("CV of its wells", f"at most {tolerances.level_cv_pct:g} %; at the ends {tolerances.end_cv_pct:g} %"),
        ("detection limit", f"mean background + {tolerances.lod_sds:g} SD"),
        ("a curve is accepted with", _acceptance(tolerances)),
        ("a curve is fitted where the highest level reads", f"at least {tolerances.flat_ratio:g} x the background"),
        ("a hook is a top level", f"below {tolerances.hook_ratio:g} x the level under it"),
        ("a level is out of order where it lies", f"more than {tolerances.inversion_pct:g} % below one under it"),
        ("EC50 is said to be outside", _ec50(tolerances)),
    ]


def _ec50(tolerances: Tolerances) -> str:
    low, high = tolerances.ec50_low_ratio, tolerances.ec50_high_ratio
    said = [
        f"below {low:g} x the lowest standard" if low is not None else "",
        f"above {high:g} x the highest standard" if high is not None else "",
    ]
    return "; ".join(text for text in said if text) or "nowhere"


def _span(low: float, high: float) -> str:
    return f"{low:g} to {high:g} %"


def _acceptance(tolerances: Tolerances) -> str:
    run, warn = tolerances.run_fail, tolerances.run_warn
    count, share = tolerances.least_passing, tolerances.least_passing_pct
    asked = [
        f"at least {run:g} passing levels in a row" if run is not None else "",
        f"a warning under {warn:g} in a row" if warn is not None else "",
        f"at least {count:g} recovering levels" if count is not None else "",
        f"at least {share:g} % of the levels in the fit and inside the kit's range recovering"
        if share is not None
        else "",
    ]
    return "; ".join(text for text in asked if text) or "any number of levels"
