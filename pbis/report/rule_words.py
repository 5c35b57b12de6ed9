"""Titles of rules: what a page calls a rule, in words. The rule's own name, by which tables and decisions call it, stands beside."""

from __future__ import annotations

from collections.abc import Iterable

RULE_TITLES = {
    "acquisition_protocol": "Bead regions unlike the panel's",
    "analyte_order": "Analytes in another order",
    "analyte_rate": "Too many analytes failed",
    "awaiting_decision": "Waits for a decision",
    "background_level": "Background wells scatter",
    "background_missing": "No background well",
    "background_unknown": "Background unknown",
    "bead_count": "Too few beads",
    "bead_count_plate": "Too few beads in many wells",
    "calibration_status": "Instrument's calibration not passed",
    "carry_over": "Carry-over from the well before",
    "cell_unreadable": "A cell that is no number",
    "control_acceptance": "Controls off their nominal value",
    "control_agreement": "Controls against the instrument's comments",
    "control_order": "Controls swapped",
    "curve_acceptance": "Too few standards pass in a row",
    "curve_fit": "Curve does not fit",
    "decision": "A person's decision",
    "dilution_assumed": "Dilution assumed",
    "dilution_unknown": "Dilution unknown",
    "duplicate_plate": "Same numbers as another plate",
    "events_differ": "Bead totals differ between blocks",
    "hook_effect": "Hook at the highest standard",
    "inter_assay_cv": "Scatter from plate to plate",
    "kit_control_range": "Controls outside the kit's range",
    "label_differs": "Two names for one well",
    "ladder_geometry": "Expected concentrations cannot be right",
    "layout_missing": "Wells without a specimen",
    "levey_jennings": "Off the mean of earlier plates",
    "lot_bridging": "Lots read differently",
    "lot_change": "New lot",
    "missing_reading": "No reading",
    "net_differs": "Median and Net MFI contradict each other",
    "no_curve": "No standard of it on this plate",
    "no_reading_left": "No sample reading left",
    "parallelism": "Dilutions do not agree",
    "plausibility": "Implausibly high result",
    "replicate_cv_sample": "Replicates of a sample scatter",
    "replicate_cv_standard": "Replicates of a standard scatter",
    "replicate_drift": "Second replicates drift",
    "replicate_pair": "Replicates contradict each other",
    "role_unknown": "Unknown what a well holds",
    "single_replicate": "One replicate left",
    "spatial_effect": "Rows or columns read differently",
    "standard_order": "Standards out of order",
    "standard_recovery": "Standards do not recover",
    "trend_undated": "No time, so in no trend",
    "unit_sanity": "Samples at another level than earlier plates",
    "well_outlier": "Well deviates in many analytes",
    "westgard_10_x": "Ten plates on one side of the mean",
    "westgard_1_2s": "Control beyond 2 SD",
    "westgard_1_3s": "Control beyond 3 SD",
    "westgard_2_2s": "Two controls beyond 2 SD on one side",
    "westgard_4_1s": "Four plates beyond 1 SD on one side",
    "westgard_r_4s": "Controls far apart on opposite sides",
}


def rule_title(rule: str) -> str:
    """The title of a rule; of a rule that has none, its name without underscores."""
    return RULE_TITLES.get(rule) or rule.replace("_", " ").strip().capitalize()


def titled(names: str | None) -> str:
    """`curve_fit; bead_count` as `Curve does not fit, too few beads`."""
    found = [rule_title(part.strip()) for part in (names or "").split(";") if part.strip()]
    return joined(found)


def joined(titles: Iterable[str]) -> str:
    """Titles as one line: the first begins with a capital, as it does alone."""
    names = list(dict.fromkeys(titles))
    return ", ".join([*names[:1], *(lowered(name) for name in names[1:])])


def lowered(title: str) -> str:
    """A title inside a sentence; a name that is written in capitals stays."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title
