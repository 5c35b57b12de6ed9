"""Where this report answers what the guidelines for reports of this kind ask: REMARK (markers) and TRIPOD (prediction models)."""

from __future__ import annotations

from pbis.study.result import Section, StudyTable
from pbis.study.study import Study

NAME = "reporting"
_AUTHORS = "for the authors: not in the data"
# Item, topic in short, where. REMARK: McShane et al., J Natl Cancer Inst 2005;97:1180, 20 items.
_REMARK = (
    ("1", "marker, objectives, hypotheses", _AUTHORS),
    ("2", "patients: source, criteria", "Patients: flow, eligibility"),
    ("3", "treatments", "Patients: sets by regimen"),
    ("4", "specimens: type, handling, storage", _AUTHORS + "; the laboratory's release"),
    ("5", "assay: method, quality control, blinding", "the laboratory's release: plates and their checks"),
    ("6", "design, period, end of follow-up, median follow-up", "Patients: follow-up"),
    ("7", "endpoints defined", "Score and survival; Tumour response"),
    ("8", "variables looked at", "Patients: Table 1; Markers one by one"),
    ("9", "sample size", "Adjusted models: events per variable; the rest " + _AUTHORS),
    ("10", "methods, model building, missing data", "every number: test, ties, missing; How it was made"),
    ("11", "handling of marker values, cut-offs", "Cut-offs; Optimism of the search; settings"),
    ("12", "flow with patients and events", "Patients: flow, sets"),
    ("13", "distributions, missing values", "Patients: Table 1"),
    ("14", "marker beside standard variables", "Markers one by one: with clinical variables, by score"),
    ("15", "univariable effects, curves", "Score and survival; Markers one by one"),
    ("16", "multivariable effects with intervals", "Adjusted models; Comparators and ablations"),
    ("17", "marker and standard variables in one model", "Adjusted models"),
    (
        "18",
        "assumptions, sensitivity, validation",
        "Score and survival: proportional hazards, cuts; Certainty; Calibration",
    ),
    ("19", "interpretation, limits", "What was found; the rest " + _AUTHORS),
    ("20", "implications", _AUTHORS),
)
# TRIPOD: Collins et al., Ann Intern Med 2015;162:55; those of its 22 items that a report of numbers can answer.
_TRIPOD = (
    ("4-5", "data, participants, treatments", "Patients"),
    ("6-7", "outcome and predictors defined", "Score and survival; settings"),
    ("8", "sample size", "Adjusted models: events per variable"),
    ("9", "missing data", "every number: missing; Certainty of the groups"),
    ("10", "model building, performance measures", "Comparators; Calibration; Optimism of the search"),
    ("11", "risk groups", "settings: high from; Cut-offs"),
    ("12", "development against validation", "Patients: Table 1 of the cohorts"),
    ("13", "participants: flow, characteristics, follow-up", "Patients"),
    ("14", "events; unadjusted associations", "Markers one by one; Adjusted models"),
    ("15", "the full model, how to use it", "Calibration and decision: the model's equation"),
    ("16", "performance with intervals", "Comparators; Calibration: slope and in the large"),
    ("17", "model updating", "none was done"),
    ("18-20", "limits, interpretation, implications", _AUTHORS),
)


def reporting(study: Study) -> Section:
    """The map: it depends on nothing in the data."""
    columns = ("guideline", "item", "asks for", "answered in")
    rows = tuple(("REMARK", *row) for row in _REMARK) + tuple(("TRIPOD", *row) for row in _TRIPOD)
    table = StudyTable("reporting", "REMARK and TRIPOD, item by item", columns, rows)
    lead = "Where this report answers the items of the guidelines, in short words; their own texts say more. What the data does not hold is named."
    return Section(NAME, "Reporting map", lead, (table,))
